"""Explanations in sentences, for staff and members, in the active language. Doors print them; they decide nothing."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.numbers import format_currency, format_decimal
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from loyalty.models import Entry
from loyalty.queries.balances import TierView
from loyalty.queries.explanations import AwardExplanation, EntryExplanation, OrderExplanation
from loyalty.rules.earning import RuleTrace
from loyalty.rules.kinds import Kind, Wallet
from loyalty.rules.money import exponent_of
from loyalty.rules.terms import Ladder, Terms
from loyalty.rules.tiers import Progress


def money(amount_minor: int, currency: str) -> str:
    """An amount as people write it in the active language: ¥128.00, US$12.50."""
    amount = Decimal(amount_minor).scaleb(-exponent_of(currency))
    # In English CLDR writes CN¥; a shop's own pages know which yuan they mean.
    return str(format_currency(amount, currency, locale=_locale())).replace("CN¥", "¥")


def number(value: int | Decimal) -> str:
    """1,234 or 1,234.56, without trailing zeros."""
    return str(format_decimal(value, locale=_locale(), decimal_quantization=False))


def rule_sentence(trace: RuleTrace, *, currency: str, wallet_name: str) -> str:
    """One rule's part: its arithmetic if it matched, else why it did not."""
    rule = trace.rule
    if trace.reason == "no_line_counts":
        return _("%(rule)s: no item of this order is in its categories.") % {"rule": rule.name}
    if trace.reason == "below_minimum":
        return _(
            "%(rule)s: starts at %(minimum)s; the items that count come to %(base)s, so %(short)s were missing."
        ) % {
            "rule": rule.name,
            "minimum": money(rule.minimum_minor, currency),
            "base": money(trace.base_minor, currency),
            "short": money(trace.short_by_minor, currency),
        }
    known: dict[str, Any] = {
        "rule": rule.name,
        "base": money(trace.base_minor, currency),
        "rate": number(rule.points_per_unit),
        "points": number(trace.points),
        "unit": wallet_name,
    }
    if trace.multiplier != 1:
        return _("%(rule)s: %(base)s × %(rate)s × %(multiplier)s (tier) = %(points)s %(unit)s") % {
            **known,
            "multiplier": number(trace.multiplier),
        }
    return _("%(rule)s: %(base)s × %(rate)s = %(points)s %(unit)s") % known


def award_sentences(award: AwardExplanation, *, currency: str, terms: Terms) -> list[str]:
    """An award, rule by rule, then the one rounding and what refunds took back."""
    name = wallet_name(award.wallet, terms)
    sentences = [rule_sentence(trace, currency=currency, wallet_name=name) for trace in award.rules]
    if award.exact != award.points:
        sentences.append(
            _("Rounded down once, at the end: %(exact)s → %(points)s")
            % {"exact": number(award.exact), "points": number(award.points)}
        )
    if award.taken_back:
        sentences.append(
            _("Taken back by refunds: %(points)s %(unit)s") % {"points": number(award.taken_back), "unit": name}
        )
    if award.lapsed:
        sentences.append(
            _("%(points)s of these had expired before and were not taken twice.") % {"points": number(award.lapsed)}
        )
    return sentences


def order_sentences(explained: OrderExplanation) -> list[str]:
    """Why an order earned what it did, or nothing."""
    if explained.nothing_because:
        return [
            {
                "no_customer": _("This order has no customer, so nobody earned points."),
                "not_paid": _("Points are earned when the order is paid; it has not been paid yet."),
                "no_programme": _("There was no loyalty programme when this order was paid."),
            }[explained.nothing_because]
        ]
    if explained.terms is None:
        return []
    return [
        sentence
        for award in explained.awards
        for sentence in award_sentences(award, currency=explained.order.currency, terms=explained.terms)
    ]


def entry_title(entry: Entry, explained: EntryExplanation | None = None) -> str:
    """One line for a list: what happened."""
    subject = entry.reference.partition(":")[2]
    titles = {
        Kind.EARN: _("Order %(subject)s"),
        Kind.REFUND: _("Refund %(subject)s"),
        Kind.SPEND: _("Spent: %(subject)s"),
        Kind.SPEND_RETURN: _("Spend returned: %(subject)s"),
        Kind.ADJUST: _("Correction by the shop"),
        Kind.REVERSAL: _("Earlier entry reversed"),
        Kind.EXPIRE: _("Expired"),
        Kind.BONUS: _("Bonus"),
        Kind.GOODWILL: _("Goodwill from the shop"),
    }
    if entry.kind == Kind.SPEND_RETURN:
        subject = subject.partition(":")[0]
    title = titles[Kind(entry.kind)] % {"subject": subject.removesuffix(":cancel")}
    if entry.kind in (Kind.BONUS, Kind.GOODWILL, Kind.ADJUST) and entry.reason:
        return _("%(title)s: %(reason)s") % {"title": title, "reason": entry.reason}
    if entry.kind == Kind.SPEND and entry.reason:
        return entry.reason
    return title


def entry_sentences(explained: EntryExplanation, *, zone: ZoneInfo) -> list[str]:
    """Why an entry stands in the ledger, in the reader's words."""
    entry = explained.entry
    sentences: list[str] = []
    if entry.kind == Kind.EARN and explained.order is not None:
        award = explained.order.award(_wallet_of(explained))
        if award is not None and explained.order.terms is not None:
            sentences += award_sentences(award, currency=explained.order.order.currency, terms=explained.order.terms)
    elif entry.kind == Kind.REFUND and explained.order is not None:
        sentences.append(
            _("Order %(number)s was refunded in whole or in part; exactly what those items had earned was taken back.")
            % {"number": explained.order.order.number}
        )
    elif entry.kind == Kind.EXPIRE:
        sentences.append(
            _("These points reached the end of their life on %(day)s.") % {"day": day(entry.occurred_at, zone)}
        )
    elif entry.kind == Kind.SPEND_RETURN:
        sentences.append(_("The spend was cancelled; the points keep their original expiry."))
    elif entry.kind == Kind.REVERSAL and explained.reverses is not None:
        sentences.append(
            _("This takes back the entry of %(day)s: %(title)s")
            % {"day": day(explained.reverses.occurred_at, zone), "title": entry_title(explained.reverses)}
        )
    if entry.reason and entry.kind not in (Kind.BONUS, Kind.GOODWILL, Kind.ADJUST, Kind.SPEND):
        sentences.append(_("Reason: %(reason)s") % {"reason": entry.reason})
    sentences += _use_sentences(explained, zone)
    if explained.owed:
        sentences.append(
            _("%(points)s points could not be taken because they were spent; the next points earned pay for them.")
            % {"points": number(explained.owed)}
        )
    return sentences


def _use_sentences(explained: EntryExplanation, zone: ZoneInfo) -> list[str]:
    if explained.entry.points > 0 and explained.entry.kind not in (Kind.SPEND_RETURN, Kind.REVERSAL):
        return []
    sentences = []
    for use in explained.uses:
        known = {
            "points": number(abs(use.points)),
            "day": day(use.earned_by.occurred_at, zone),
            "title": entry_title(use.earned_by),
        }
        if use.points > 0:
            sentences.append(_("%(points)s from those of %(day)s (%(title)s)") % known)
        else:
            sentences.append(_("%(points)s back to those of %(day)s (%(title)s)") % known)
    return sentences


def missing_sentence(progress: Progress, *, ladder: Ladder, terms: Terms) -> str:
    """What is missing for a tier: "120 成长值 or 2 orders more"."""
    parts = []
    if progress.growth_missing:
        parts.append(_("%(growth)s %(unit)s") % {"growth": number(progress.growth_missing), "unit": terms.growth_name})
    if progress.orders_missing:
        parts.append(
            ngettext("%(orders)s order", "%(orders)s orders", progress.orders_missing)
            % {"orders": number(progress.orders_missing)}
        )
    if not parts:
        return _("Everything is there for %(tier)s.") % {"tier": progress.tier.name}
    joined = (_(" and ") if ladder.match == "both" else _(" or ")).join(parts)
    return _("%(missing)s more to %(tier)s") % {"missing": joined, "tier": progress.tier.name}


def tier_sentences(tier: TierView, *, terms: Terms, zone: ZoneInfo) -> list[str]:
    """Where a member stands: the way up, and what keeps the tier."""
    sentences = []
    if tier.next is not None:
        sentences.append(missing_sentence(tier.next, ladder=terms.ladder, terms=terms))
    if tier.to_stay is not None and tier.grace_until is not None:
        sentences.append(
            _("To keep %(tier)s beyond %(day)s: %(missing)s")
            % {
                "tier": tier.current.name,
                "day": day(tier.grace_until, zone),
                "missing": missing_sentence(tier.to_stay, ladder=terms.ladder, terms=terms),
            }
        )
    return sentences


def wallet_name(wallet: Wallet, terms: Terms) -> str:
    return terms.points_name if wallet is Wallet.POINTS else terms.growth_name


def with_one(unit: str, amount: Decimal) -> str:
    """ "points" → "point" where there is one. A shop's own name for them stays as the shop writes it."""
    return unit[:-1] if amount == 1 and unit.casefold() == "points" else unit


def day(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).date().isoformat()


def _wallet_of(explained: EntryExplanation) -> Wallet:
    return Wallet(explained.entry.account.wallet)


def _locale() -> str:
    return "zh_Hans_CN" if (get_language() or "zh").startswith("zh") else "en"
