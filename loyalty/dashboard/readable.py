"""A programme's terms in words: the same facts are read on the pages and compared between versions."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loyalty.queries.wording import money, number, wallet_name, with_one
from loyalty.rules.kinds import Shortfall
from loyalty.rules.money import exponent_of
from loyalty.rules.terms import EarningRule, Expiry, Terms, Tier


@dataclass(frozen=True, slots=True)
class Section:
    """One rule, tier or topic. `key` stays the same when it is renamed; `facts` are (what, how) in the active language."""

    key: str
    title: str
    facts: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; "" where there was or will be nothing."""

    section: str
    what: str
    before: str
    after: str


def sections_of(terms: Terms, currency: str) -> list[Section]:
    """The whole terms."""
    return [
        general_section(terms),
        *(rule_section(rule, terms, currency) for rule in terms.earning_rules),
        *(tier_section(tier, terms) for tier in terms.ladder.tiers),
        ladder_section(terms),
        expiry_section(terms),
    ]


def changes_between(before: Terms | None, after: Terms, currency: str) -> list[Change]:
    """What `after` says otherwise, section by section; everything is new without a `before`."""
    old = {section.key: section for section in sections_of(before, currency)} if before is not None else {}
    new = {section.key: section for section in sections_of(after, currency)}
    changes = []
    for key in dict.fromkeys([*new, *old]):
        was, will = old.get(key), new.get(key)
        facts_before, facts_after = _named_facts(was), _named_facts(will)
        title = (will or was).title  # type: ignore[union-attr]  # the key came from one of them
        for what in dict.fromkeys([*facts_after, *facts_before]):
            had, has = facts_before.get(what, ""), facts_after.get(what, "")
            if had != has:
                changes.append(Change(title, what, had, has))
    return changes


def _named_facts(section: Section | None) -> dict[str, str]:
    """The facts of a rule or tier with its name, which its card has as the title: a new name is a change too."""
    if section is None:
        return {}
    named = [(_("Name"), section.title)] if ":" in section.key else []
    return dict([*named, *section.facts])


def general_section(terms: Terms) -> Section:
    return Section(
        "general",
        _("Names"),
        [
            (_("Programme"), terms.name),
            (_("Points are called"), terms.points_name),
            (_("Growth value is called"), terms.growth_name),
            (_("Welcome points"), number(terms.welcome_points)),
        ],
    )


def rule_section(rule: EarningRule, terms: Terms, currency: str) -> Section:
    unit = wallet_name(rule.wallet, terms)
    facts = [
        (
            _("Earns"),
            _("%(rate)s %(unit)s per %(amount)s")
            % {
                "rate": number(rule.points_per_unit),
                "unit": with_one(unit, rule.points_per_unit),
                "amount": _one(currency),
            },
        ),
        (_("Tier multiplier"), _("applies") if rule.with_tier_multiplier else _("does not apply")),
        (_("Counts for"), _list(rule.only_categories) or _("every category")),
    ]
    if rule.excluded_categories:
        facts.append((_("Except"), _list(rule.excluded_categories)))
    if rule.minimum_minor:
        facts.append((_("From an amount of"), money(rule.minimum_minor, currency)))
    return Section(f"rule:{rule.code}", rule.name, facts)


def tier_section(tier: Tier, terms: Terms) -> Section:
    conditions = []
    if tier.min_growth is not None:
        conditions.append(f"{number(tier.min_growth)} {terms.growth_name}")
    if tier.min_orders is not None:
        conditions.append(
            ngettext("%(orders)s order", "%(orders)s orders", tier.min_orders) % {"orders": number(tier.min_orders)}
        )
    joined = (_(" and ") if terms.ladder.match == "both" else _(" or ")).join(conditions)
    return Section(
        f"tier:{tier.code}",
        tier.name,
        [
            (_("Reached with"), joined or _("nothing: everyone starts here")),
            (_("Multiplier"), f"× {number(tier.multiplier)}"),
            (_("Benefits"), _list(tier.benefits) or "–"),
        ],
    )


def ladder_section(terms: Terms) -> Section:
    ladder = terms.ladder
    window = ngettext("%(months)s month", "%(months)s months", ladder.window_months) % {"months": ladder.window_months}
    grace = ngettext("%(days)s day", "%(days)s days", ladder.grace_days) % {"days": ladder.grace_days}
    return Section(
        "ladder",
        _("Tier rules"),
        [
            (_("Counts the last"), window),
            (_("Conditions"), _("both are needed") if ladder.match == "both" else _("one is enough")),
            (_("Grace before a tier is lost"), grace),
        ],
    )


def expiry_section(terms: Terms) -> Section:
    pending = ngettext("%(days)s day", "%(days)s days", terms.pending_days) % {"days": terms.pending_days}
    hold = ngettext("%(minutes)s minute", "%(minutes)s minutes", terms.hold_minutes) % {"minutes": terms.hold_minutes}
    return Section(
        "expiry",
        _("Life of points"),
        [
            (_("Points leave"), expiry_words(terms.expiry)),
            (_("Can be spent after"), pending if terms.pending_days else _("at once")),
            (_("Held for a purchase for"), hold),
            (_("When a refund takes back more than is left"), shortfall_words(terms.shortfall)),
        ],
    )


def expiry_words(expiry: Expiry) -> str:
    months = ngettext("%(months)s month", "%(months)s months", expiry.months) % {"months": expiry.months}
    if expiry.kind == "none":
        return _("never")
    if expiry.kind == "months":
        return _("%(months)s after they were earned") % {"months": months}
    if not expiry.months:
        return _("at the end of the year in which they were earned")
    return _("at the end of the year that lies %(months)s after the earning") % {"months": months}


def shortfall_words(shortfall: Shortfall) -> str:
    return (
        _("the rest is given up")
        if shortfall is Shortfall.WRITE_OFF
        else _("the rest is owed; the next points pay for it")
    )


def _one(currency: str) -> str:
    """One whole unit of the currency, as rates mean it."""
    return money(10 ** exponent_of(currency), currency)


def _list(items: tuple[str, ...]) -> str:
    return _(", ").join(items)
