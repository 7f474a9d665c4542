"""The published names and meanings of RFM groups and lifecycle stages, in the active language."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from analytics.rules.lifecycle import STAGES
from analytics.rules.rfm import GROUPS, cells_of

Text = str | Promise


@dataclass(frozen=True, slots=True)
class RfmGroup:
    """`cells`: the (recency, FM) pairs that make it, exactly; FM is the mean of frequency and monetary, halves up."""

    code: str
    name: Text
    meaning: Text
    advice: Text

    @property
    def cells(self) -> tuple[tuple[int, int], ...]:
        return cells_of(self.code)

    @property
    def definition(self) -> str:
        """Its cells as recency-FM: "5-4, 5-5, 4-5"."""
        return ", ".join(f"{recency}-{fm}" for recency, fm in self.cells)


_GROUPS = {
    "champions": (
        pgettext_lazy("rfm", "Champions"),
        pgettext_lazy("rfm", "Bought just now, often, and for much."),
        pgettext_lazy("rfm", "Thank them, show them new things first, ask for their reviews."),
    ),
    "loyal": (
        pgettext_lazy("rfm", "Loyal"),
        pgettext_lazy("rfm", "Buy often and for much, and not long ago."),
        pgettext_lazy("rfm", "Offer the next tier and things that go with what they buy."),
    ),
    "potential_loyalist": (
        pgettext_lazy("rfm", "Potential loyalists"),
        pgettext_lazy("rfm", "Bought lately, more than the least, and could become regulars."),
        pgettext_lazy("rfm", "Recommend what fits; tell them what the programme gives."),
    ),
    "new": (
        pgettext_lazy("rfm", "Just arrived"),
        pgettext_lazy("rfm", "Bought very lately, but little so far."),
        pgettext_lazy("rfm", "Welcome them and make the second purchase easy."),
    ),
    "promising": (
        pgettext_lazy("rfm", "Promising"),
        pgettext_lazy("rfm", "Bought not long ago and little."),
        pgettext_lazy("rfm", "Remind them of the shop with something small."),
    ),
    "need_attention": (
        pgettext_lazy("rfm", "Need attention"),
        pgettext_lazy("rfm", "Average in everything: they may stay or leave."),
        pgettext_lazy("rfm", "An offer with an end, made from what they bought before."),
    ),
    "about_to_sleep": (
        pgettext_lazy("rfm", "About to sleep"),
        pgettext_lazy("rfm", "Bought little, and some time ago."),
        pgettext_lazy("rfm", "Show what is liked most now, before they forget the shop."),
    ),
    "at_risk": (
        pgettext_lazy("rfm", "At risk"),
        pgettext_lazy("rfm", "Bought well, but long ago."),
        pgettext_lazy("rfm", "Write personally, ask what was missing."),
    ),
    "cannot_lose": (
        pgettext_lazy("rfm", "Cannot lose them"),
        pgettext_lazy("rfm", "Were among the best, and have not bought for very long."),
        pgettext_lazy("rfm", "Call them; win them back with something that is worth it."),
    ),
    "hibernating": (
        pgettext_lazy("rfm", "Hibernating"),
        pgettext_lazy("rfm", "Bought little, and long ago."),
        pgettext_lazy("rfm", "A cheap message now and then, nothing more."),
    ),
    "lost": (
        pgettext_lazy("rfm", "Lost"),
        pgettext_lazy("rfm", "Bought least, and longest ago."),
        pgettext_lazy("rfm", "Leave them in peace, or try once."),
    ),
}
RFM_GROUPS = tuple(RfmGroup(code, *_GROUPS[code]) for code in GROUPS)
_STAGES = {
    "new": pgettext_lazy("lifecycle", "New"),
    "active": pgettext_lazy("lifecycle", "Active"),
    "loyal": pgettext_lazy("lifecycle", "Loyal"),
    "cooling": pgettext_lazy("lifecycle", "Cooling"),
    "lapsed": pgettext_lazy("lifecycle", "Lapsed"),
    "won_back": pgettext_lazy("lifecycle", "Won back"),
}
assert tuple(_STAGES) == STAGES


def rfm_group_name(code: str) -> str:
    return str(_GROUPS[code][0]) if code in _GROUPS else code


def stage_name(code: str) -> str:
    return str(_STAGES.get(code, code))
