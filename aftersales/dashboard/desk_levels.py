"""Service levels: how soon customers are answered and helped; previewed on the open tickets, then published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from aftersales.actions.desk import open_desk
from aftersales.dashboard.desk import desk_trail
from aftersales.dashboard.desk_fields import (
    SomeField,
    SpanField,
    calendar_choices,
    category_choices,
    offer,
    tier_choices,
)
from aftersales.dashboard.desk_publishing import in_force, preview_or_publish, publish_form, rules_page
from aftersales.models import DocumentKind, Priority
from aftersales.queries.retargeting import MOST_SHOWN, MovedTicket, preview_sla
from aftersales.rules.documents import Document
from aftersales.rules.sla import Promise, SlaDocument
from merchants.frames.staff import StaffRequest, shop_url, staff_page
from merchants.models import Merchant
from merchants.roles import Permission

LAST = 100


class PromiseForm(forms.Form):
    first_response_minutes = SpanField(label=gettext_lazy("First reply within"))
    next_response_minutes = SpanField(label=gettext_lazy("Each further reply within"))
    resolution_minutes = SpanField(label=gettext_lazy("Solved within"))
    calendar = forms.ChoiceField(label=gettext_lazy("Counted in"))

    def __init__(self, *args: Any, merchant: Merchant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = self.initial if isinstance(self.initial, dict) else {}
        calendars = calendar_choices(merchant)
        offer(self.fields["calendar"], calendars, known=[known.get("calendar", "")])
        # What an empty row shows from the start is no change of it.
        self.fields["calendar"].initial = calendars[0][0] if calendars else None


class RuleForm(PromiseForm):
    """One rule; `remove` drops it. The last row may stay as it is: then it is none."""

    name = forms.CharField(label=pgettext_lazy("thing", "Name"), max_length=60)
    place = forms.IntegerField(
        label=pgettext_lazy("in an order", "Place"), min_value=1, max_value=99, required=False,
        help_text=gettext_lazy("The first that applies decides. Empty: last."),
    )  # fmt: skip
    tiers = SomeField(label=gettext_lazy("Tiers"))
    priorities = SomeField(label=gettext_lazy("Priorities"), choices=Priority.choices)
    categories = SomeField(label=pgettext_lazy("ticket", "Categories"))
    remove = forms.BooleanField(label=gettext_lazy("Remove this rule"), required=False)

    def __init__(self, *args: Any, merchant: Merchant, **kwargs: Any) -> None:
        super().__init__(*args, merchant=merchant, **kwargs)
        offer(self.fields["tiers"], tier_choices(merchant), known=self.initial.get("tiers"))
        offer(self.fields["categories"], category_choices(merchant), known=self.initial.get("categories"))


RuleForms = formset_factory(RuleForm, extra=1, max_num=50, validate_max=True)


@staff_page(Permission.EDIT_DESK)
def levels(request: StaffRequest) -> HttpResponseBase:
    """The rules in force as a form; `do` preview shows which open tickets move, publish puts it into force."""
    merchant = request.merchant
    open_desk(merchant, by=request.actor)
    number, document = in_force(request, DocumentKind.SLA)
    assert isinstance(document, SlaDocument)
    rows = RuleForms(
        request.POST or None, prefix="rule", initial=_initial(document), form_kwargs={"merchant": merchant}
    )
    otherwise = PromiseForm(
        request.POST or None, prefix="otherwise", initial=document.otherwise.model_dump(), merchant=merchant
    )
    ending = publish_form(request, number)
    shown: dict[str, Any] = {}
    if ending.is_bound and all([ending.is_valid(), rows.is_valid(), otherwise.is_valid()]):
        wanted = {"rules": _rules(rows), "otherwise": otherwise.cleaned_data}
        answer = preview_or_publish(
            request, DocumentKind.SLA, wanted, ending, preview=lambda checked: moved_context(request, checked),
            back="aftersales:desk-levels",
        )  # fmt: skip
        if isinstance(answer, HttpResponseBase):
            return answer
        shown = answer
    return rules_page(
        request, "desk_levels.html", ending=ending, shown=shown, rows=rows, otherwise=otherwise, number=number,
        versions_url=shop_url(request, "aftersales:desk-versions", DocumentKind.SLA.value),
        cancel_url=shop_url(request, "aftersales:desk"), trail=desk_trail(request, (_("Service levels"), "")),
    )  # fmt: skip


def moved_context(request: StaffRequest, document: Document) -> dict[str, Any]:
    assert isinstance(document, SlaDocument)
    return shown_moves(preview_sla(request.merchant, document))


def shown_moves(moved: Sequence[MovedTicket]) -> dict[str, Any]:
    """As desk_moved.html draws them: which open tickets get other deadlines."""
    return {
        "moved": moved[:20],
        "count": len(moved),
        "is_all": len(moved) < MOST_SHOWN,
        "late": sum(each.becomes_late for each in moved),
    }


def in_order(rows: BaseFormSet[Any]) -> list[dict[str, Any]]:
    """What stays of a formset of rules. A new rule comes before the one that had its place."""
    kept = [row for row in rows if row.cleaned_data.get("name") and not row.cleaned_data.get("remove")]
    kept.sort(key=lambda row: (row.cleaned_data["place"] or LAST, bool(row.initial)))
    return [row.cleaned_data for row in kept]


def _initial(document: SlaDocument) -> list[dict[str, Any]]:
    return [rule.model_dump() | {"place": place} for place, rule in enumerate(document.rules, start=1)]


def _rules(rows: BaseFormSet[RuleForm]) -> list[dict[str, Any]]:
    """The rows that have a name and stay, in the order of their places."""
    kept = in_order(rows)
    names = ("name", "tiers", "priorities", "categories", *Promise.model_fields)
    return [{name: row[name] for name in names} for row in kept]
