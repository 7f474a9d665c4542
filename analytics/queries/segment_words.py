"""Trees in sentences, in the active language: each condition as a statement about a person, and what was found of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from aftersales.models import Priority, TicketCategory
from analytics.models import Segment
from analytics.queries.names import rfm_group_name, stage_name
from analytics.queries.reasons import band_label
from analytics.rules import segment_tree as tree
from commerce.models import Channel as OrderChannel
from customers.models import Channel, CustomField, Gender, Purpose
from loyalty.queries.programme import find_version_in_force
from loyalty.queries.wording import money, number
from merchants.models import Language, Merchant

FIELD_NAMES = {
    "gender": gettext_lazy("Gender"),
    "language": gettext_lazy("Language"),
    "country": gettext_lazy("Country"),
    "region": gettext_lazy("Province or state"),
    "city": gettext_lazy("City"),
    "postcode": gettext_lazy("Postcode"),
    "source": gettext_lazy("Source"),
    "name": gettext_lazy("Name on file"),
    "phone": gettext_lazy("Phone"),
    "email": gettext_lazy("E-mail"),
    "birthday": gettext_lazy("Birthday"),
}


def condition_in_words(merchant: Merchant, node: Any) -> str:
    """One node as a sentence without its full stop; of all, any and not only how they join."""
    return _KINDS[type(node)](merchant, node)


def tree_in_words(merchant: Merchant, node: Any) -> str:
    """The whole tree in one line, with brackets where they matter."""
    if isinstance(node, tree.Not):
        return _("not (%(condition)s)") % {"condition": tree_in_words(merchant, node.of)}
    if isinstance(node, tree.All | tree.AnyOf):
        word = pgettext("segment", " and ") if isinstance(node, tree.All) else pgettext("segment", " or ")
        parts = [
            f"({tree_in_words(merchant, child)})"
            if isinstance(child, tree.All | tree.AnyOf) and len(child.of) > 1
            else tree_in_words(merchant, child)
            for child in node.of
        ]
        return word.join(parts)
    return condition_in_words(merchant, node)


def listed(words: Iterable[object]) -> str:
    return _(", ").join(str(word) for word in words)


def _labels(choices: Any, values: Iterable[Any]) -> str:
    known = dict(choices.choices)
    return listed(known.get(value, value) for value in values)


def window_in_words(window: tree.Window) -> str:
    """ "in the last 90 days"; nothing for an open window."""
    parts = []
    if window.last_days is not None:
        parts.append(ngettext("in the last %(days)s day", "in the last %(days)s days", window.last_days))
    if window.older_than_days is not None:
        parts.append(ngettext("more than %(older)s day ago", "more than %(older)s days ago", window.older_than_days))
    if window.since is not None:
        parts.append(_("from %(since)s"))
    if window.until is not None:
        parts.append(_("until %(until)s"))
    known = {
        "days": window.last_days,
        "older": window.older_than_days,
        "since": window.since,
        "until": window.until,
    }
    return _(", ").join(part % known for part in parts)


def _and_window(sentence: str, window: tree.Window) -> str:
    words = window_in_words(window)
    return _("%(statement)s (%(window)s)") % {"statement": sentence, "window": words} if words else sentence


def _bounds(at_least: Any, at_most: Any, shown: Callable[[Any], str]) -> str:
    if at_most is None:
        return _("at least %(least)s") % {"least": shown(at_least)}
    if at_least is None:
        return _("at most %(most)s") % {"most": shown(at_most)}
    if at_least == at_most:
        return _("exactly %(figure)s") % {"figure": shown(at_least)}
    return _("%(least)s to %(most)s") % {"least": shown(at_least), "most": shown(at_most)}


def _is(name: object, words: str) -> str:
    return _("%(name)s: %(values)s") % {"name": name, "values": words}


def _amount(merchant: Merchant, measure: str) -> Callable[[Any], str]:
    if measure.endswith("_minor"):
        return lambda value: money(int(value), merchant.currency)
    return number


def _known(name: object, is_known: bool) -> str:
    return _("%(name)s is known") % {"name": name} if is_known else _("%(name)s is not known") % {"name": name}


def _profile(merchant: Merchant, it: tree.Profile) -> str:
    name = FIELD_NAMES[it.field]
    if it.is_known is not None:
        return _known(name, it.is_known)
    choices = {"gender": Gender, "language": Language}.get(it.field)
    return _is(name, _labels(choices, it.any_of or ()) if choices else listed(it.any_of or ()))


def _valued(name: object, it: Any) -> str:
    if it.is_known is not None:
        return _known(name, it.is_known)
    if it.any_of is not None:
        return _is(name, listed(_scalar(each) for each in it.any_of))
    return _is(name, _bounds(it.at_least, it.at_most, _scalar))


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        return number(int(value) if float(value).is_integer() else value)  # type: ignore[arg-type]
    return str(value)


def _custom_field(merchant: Merchant, it: tree.CustomFieldIs) -> str:
    label = CustomField.objects.filter(merchant=merchant, key=it.key).values_list("label", flat=True).first()
    return _valued(label or it.key, it)


def _consented(merchant: Merchant, it: tree.Consented) -> str:
    known = {"purpose": Purpose(it.purpose).label, "channel": Channel(it.channel).label}
    if not it.given:
        return _("Has not agreed to %(purpose)s by %(channel)s") % known
    if it.reachable:
        return _("Agreed to %(purpose)s by %(channel)s, and can be reached there") % known
    return _("Agreed to %(purpose)s by %(channel)s") % known


_ORDERS = {
    "count": gettext_lazy("Orders"),
    "spend_minor": gettext_lazy("Spend"),
    "average_minor": gettext_lazy("Average order"),
}


def _least_one(it: Any) -> tuple[Any, Any]:
    return (1, None) if it.at_least is None and it.at_most is None else (it.at_least, it.at_most)


def _orders(merchant: Merchant, it: tree.Orders) -> str:
    name = str(_ORDERS[it.measure])
    if it.channels:
        name = _("%(name)s by %(channels)s") % {"name": name, "channels": _labels(OrderChannel, it.channels)}
    return _and_window(_is(name, _bounds(*_least_one(it), _amount(merchant, it.measure))), it.window)


def _bought(merchant: Merchant, it: tree.Bought) -> str:
    what = listed([*it.skus, *it.categories, *it.brands])
    if it.at_least is None and it.at_most is None and it.measure == "orders":
        return _and_window(_("Bought %(what)s") % {"what": what}, it.window)
    name = {
        "orders": _("Orders with %(what)s"),
        "quantity": _("Pieces bought of %(what)s"),
        "spend_minor": _("Spend on %(what)s"),
    }[it.measure] % {"what": what}
    return _and_window(_is(name, _bounds(*_least_one(it), _amount(merchant, it.measure))), it.window)


def _purchase(merchant: Merchant, it: tree.PurchaseAt) -> str:
    name = {"first": _("First purchase"), "last": _("Last purchase"), "nth": _("Purchase no. %(n)s") % {"n": it.n}}
    return _is(name[it.which], window_in_words(it.window) or _("at any time"))


def _tier(merchant: Merchant, it: tree.InTier) -> str:
    words = _is(_("Tier"), listed(_tier_names(merchant).get(code, code) for code in it.any_of))
    if it.in_grace is None:
        return words
    if it.in_grace:
        return _("%(tier)s, in its grace period") % {"tier": words}
    return _("%(tier)s, not in its grace period") % {"tier": words}


def _tier_names(merchant: Merchant) -> dict[str, str]:
    version = find_version_in_force(merchant)
    return {tier.code: tier.name for tier in version.parsed().ladder.tiers} if version else {}


_POINTS = {
    "spendable": gettext_lazy("Points to spend"),
    "pending": gettext_lazy("Points not available yet"),
    "growth": gettext_lazy("Growth value"),
    "lifetime_earned": gettext_lazy("Points ever earned"),
    "lifetime_spent": gettext_lazy("Points ever spent"),
}


def _expiring(merchant: Merchant, it: tree.ExpiringPoints) -> str:
    return ngettext(
        "At least %(points)s points expire within %(days)s day",
        "At least %(points)s points expire within %(days)s days",
        it.within_days,
    ) % {"points": number(it.at_least), "days": it.within_days}


_TICKETS = {
    "open": gettext_lazy("Open tickets"),
    "resolved": gettext_lazy("Resolved tickets"),
    "any": gettext_lazy("Tickets"),
}


def _tickets(merchant: Merchant, it: tree.Tickets) -> str:
    name = str(_TICKETS[it.state])
    limits = [_("complaints only")] if it.complaints_only else []
    if it.priorities:
        limits.append(_labels(Priority, it.priorities))
    if it.categories:
        names = dict(TicketCategory.objects.filter(merchant=merchant).values_list("code", "name"))
        limits.append(listed(names.get(code, code) for code in it.categories))
    if limits:
        name = _("%(name)s (%(limits)s)") % {"name": name, "limits": _("; ").join(limits)}
    return _and_window(_is(name, _bounds(*_least_one(it), number)), it.window)


def _rfm(merchant: Merchant, it: tree.Rfm) -> str:
    parts = [listed(rfm_group_name(group) for group in it.groups)] if it.groups else []
    for name, scores in (
        (_("Recency"), it.recency),
        (_("Frequency"), it.frequency),
        (_("Monetary value"), it.monetary),
    ):
        if scores:
            parts.append(_is(name, listed(scores)))
    return _is(_("RFM"), _("; ").join(parts))


def _segment(merchant: Merchant, it: tree.InSegment) -> str:
    return _("Is in the segment %(segment)s") % {"segment": segment_name(merchant, it.segment)}


def segment_name(merchant: Merchant, code: str) -> str:
    found = Segment.objects.filter(merchant=merchant, code=code).values_list("name", flat=True).first()
    return found or code


_KINDS: dict[type[Any], Callable[[Merchant, Any], str]] = {
    tree.All: lambda merchant, it: _("All of these hold"),
    tree.AnyOf: lambda merchant, it: _("At least one of these holds"),
    tree.Not: lambda merchant, it: _("This does not hold"),
    tree.Profile: _profile,
    tree.Age: lambda merchant, it: _is(_("Age"), _bounds(it.at_least, it.at_most, number)),
    tree.BirthdayIn: lambda merchant, it: _is(_("Month of birth"), listed(it.months)),
    tree.Joined: lambda merchant, it: _is(_("Joined"), window_in_words(it.window) or _("at any time")),
    tree.CustomFieldIs: _custom_field,
    tree.TraitIs: lambda merchant, it: _valued(_("Trait %(key)s") % {"key": it.key}, it),
    tree.Tagged: lambda merchant, it: _is(_("Has one of the tags"), listed(it.any_of)),
    tree.Consented: _consented,
    tree.Orders: _orders,
    tree.Bought: _bought,
    tree.PurchaseAt: _purchase,
    tree.InTier: _tier,
    tree.Points: lambda merchant, it: _is(_POINTS[it.measure], _bounds(it.at_least, it.at_most, number)),
    tree.ExpiringPoints: _expiring,
    tree.Tickets: _tickets,
    tree.Churn: lambda merchant, it: _is(_("Churn risk"), listed(band_label(band) for band in it.any_of)),
    tree.LifetimeValue: lambda merchant, it: _is(
        _("Expected spend in %(days)s days") % {"days": it.horizon_days},
        _bounds(it.at_least, it.at_most, _amount(merchant, "spend_minor")),
    ),
    tree.Rfm: _rfm,
    tree.Lifecycle: lambda merchant, it: _is(_("Lifecycle stage"), listed(stage_name(stage) for stage in it.any_of)),
    tree.InSegment: _segment,
}


def found_in_words(merchant: Merchant, it: Any, found: Any) -> str:
    """What a person has there, of a condition's `found`: a day, an amount, a name; "nothing" where there is nothing."""
    if found is None:
        return _("nothing")
    if isinstance(it, tree.PurchaseAt | tree.Joined):
        return datetime.fromisoformat(found).astimezone(merchant.zone).strftime("%Y-%m-%d")
    if isinstance(it, tree.Orders | tree.Bought):
        return _amount(merchant, it.measure)(found)
    if isinstance(it, tree.LifetimeValue):
        return money(int(found), merchant.currency)
    if isinstance(it, tree.InTier):
        return _tier_names(merchant).get(found, str(found))
    if isinstance(it, tree.Churn):
        return band_label(found)
    if isinstance(it, tree.Lifecycle):
        return stage_name(found)
    if isinstance(it, tree.Rfm):
        scores = f"{found['recency']}-{found['frequency']}-{found['monetary']}"
        return _("%(group)s (%(scores)s)") % {"group": rfm_group_name(found["group"]), "scores": scores}
    if isinstance(it, tree.Consented):
        return pgettext("consent", "agreed") if found == "given" else pgettext("consent", "withdrawn")
    if isinstance(it, tree.Profile) and it.field in ("gender", "language"):
        return _labels({"gender": Gender, "language": Language}[it.field], [found])
    if isinstance(found, list):
        return listed(found)
    if isinstance(found, str) and not found:
        return _("nothing")
    return _scalar(found)
