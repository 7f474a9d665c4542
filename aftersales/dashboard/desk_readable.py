"""The desk's rule books in words: the same facts are read on the pages and compared between versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from aftersales.dashboard.desk_fields import (
    calendar_choices,
    category_choices,
    channel_choices,
    span_text,
    tier_choices,
)
from aftersales.models import Priority
from aftersales.queries.people import workers_of
from aftersales.rules.care import CareDocument
from aftersales.rules.documents import Document
from aftersales.rules.limits import API_KEY, LimitsDocument
from aftersales.rules.routing import RoutingDocument, RoutingRule
from aftersales.rules.sla import Promise, SlaDocument, SlaRule
from merchants.models import Merchant
from merchants.roles import Role
from merchants.rules.figures import format_money

Facts = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Section:
    """One rule or topic; `facts` are (what, how) in the active language."""

    title: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; "" where there was or will be nothing."""

    section: str
    what: str
    before: str
    after: str


class Words:
    """The shop's own names for the codes that its rule books hold. What is gone keeps its code."""

    def __init__(self, merchant: Merchant) -> None:
        self.merchant = merchant
        self._tiers = dict(tier_choices(merchant))
        self._categories = dict(category_choices(merchant))
        self._calendars = dict(calendar_choices(merchant))
        self._people = {each.pk: str(each.staff) for each in workers_of(merchant)}

    def tiers(self, codes: Sequence[str]) -> str:
        return _joined(self._tiers, codes)

    def categories(self, codes: Sequence[str]) -> str:
        return _joined(self._categories, codes)

    def calendar(self, code: str) -> str:
        return self._calendars.get(code, code)

    def person(self, membership_id: int | None) -> str:
        return "" if membership_id is None else self._people.get(membership_id, _("somebody who left"))

    def money(self, minor: int | None) -> str:
        if minor is None:
            return ""
        return format_money(minor, self.merchant.currency, language=get_language() or self.merchant.language)


def sections_of(document: Document, words: Words) -> list[Section]:
    """The whole document."""
    if isinstance(document, SlaDocument):
        rules = [Section(rule.name, [*_when(rule, words), *_promise(rule, words)]) for rule in document.rules]
        return [*rules, Section(_("Everything else"), _promise(document.otherwise, words))]
    if isinstance(document, RoutingDocument):
        return [Section(rule.name, _routing(rule, words)) for rule in document.rules]
    if isinstance(document, LimitsDocument):
        return _limits(document)
    return [Section(_("After the answer"), _care(document))]


def changes_between(before: Document, after: Document, words: Words) -> list[Change]:
    """What `after` says otherwise, section by section."""
    old = {section.title: dict(section.facts) for section in sections_of(before, words)}
    new = {section.title: dict(section.facts) for section in sections_of(after, words)}
    changes = []
    for title in dict.fromkeys([*new, *old]):
        had, has = old.get(title, {}), new.get(title, {})
        changes += [
            Change(title, what, had.get(what, ""), has.get(what, ""))
            for what in dict.fromkeys([*has, *had])
            if had.get(what, "") != has.get(what, "")
        ]
    return changes


def _when(rule: SlaRule, words: Words) -> Facts:
    return [
        (_("Tiers"), words.tiers(rule.tiers) or _("any")),
        (_("Priorities"), _priorities(rule.priorities) or _("any")),
        (pgettext("ticket", "Categories"), words.categories(rule.categories) or _("any")),
    ]


def _promise(promise: Promise, words: Words) -> Facts:
    none = _("no promise")
    return [
        (_("First reply within"), span_text(promise.first_response_minutes) or none),
        (_("Each further reply within"), span_text(promise.next_response_minutes) or none),
        (_("Solved within"), span_text(promise.resolution_minutes) or none),
        (_("Counted in"), words.calendar(promise.calendar)),
    ]


def _routing(rule: RoutingRule, words: Words) -> Facts:
    when, then = rule.when, rule.then
    together = _(" and ") if when.words_match == "all" else _(" or ")
    channels = _joined(dict(channel_choices()), when.channels)
    facts = [
        (pgettext("ticket", "Categories"), words.categories(when.categories)),
        (_("Tiers"), words.tiers(when.tiers)),
        (_("Channels"), channels),
        (_("Words"), together.join(when.words)),
        (_("Order total from"), words.money(when.order_total_at_least_minor)),
        (_("Priority becomes"), _priorities([then.priority] if then.priority else [])),
        (_("Category becomes"), words.categories([then.category] if then.category else [])),
        (_("Goes to"), words.person(then.assignee)),
        (_("Skill needed"), then.skill or ""),
    ]
    return [(what, how) for what, how in facts if how]


def _limits(document: LimitsDocument) -> list[Section]:
    names = dict(Role.choices) | {API_KEY: _("Integrations")}
    roles = [
        Section(
            str(names.get(role, role)),
            [
                (_("Most points at once"), f"{limits.per_grant:,}"),
                (_("Most points of one person in a month"), f"{limits.per_month:,}"),
                (_("A second person decides above"), f"{limits.second_above:,}"),
            ],
        )
        for role, limits in document.roles.items()
    ]
    signals = document.signals
    budgets = [
        (_("Points on one ticket"), f"{document.per_ticket:,}"),
        (_("Points to one customer in a month"), f"{document.per_customer_month:,}"),
        (_("Points of the whole shop in a month"), f"{document.shop_month:,}"),
        (_("Days until nobody's decision is a no"), str(document.waiting_days)),
    ]
    thresholds = [
        (_("Days to look back"), str(signals.window_days)),
        (_("Goodwill grants from"), str(signals.grants)),
        (_("Tickets from"), str(signals.tickets)),
        (_("Refunds from"), str(signals.refunds)),
    ]
    return [*roles, Section(_("Budgets"), budgets), Section(_("What is pointed out"), thresholds)]


def _care(document: CareDocument) -> Facts:
    owners = {
        "owner": _("The shop's owner"),
        "advisor": _("The customer's advisor"),
        "agent": _("The one who was rated"),
    }
    return [
        (_("Days in which a customer may reopen a ticket"), str(document.reopen_days)),
        (_("Days until a resolved ticket is closed"), str(document.close_after_days)),
        (_("Ask how it was"), _("yes") if document.asks_satisfaction else _("no")),
        (_("Minutes after the resolution"), str(document.ask_after_minutes)),
        (_("Days to answer"), str(document.answer_within_days)),
        (_("A score is low up to"), str(document.low_score)),
        (_("The recovery case is due within"), span_text(document.recovery_minutes)),
        (_("Who makes it good"), owners[document.recovery_owner]),
    ]


def _joined(names: Mapping[str, str], codes: Iterable[str]) -> str:
    return _(", ").join(names.get(code, code) for code in codes)


def _priorities(codes: Iterable[str]) -> str:
    return _(", ").join(str(Priority(code).label) for code in codes)
