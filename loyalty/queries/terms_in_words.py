"""A programme's terms as sentences for people, in the active language: what anybody may read before they join."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loyalty.queries.wording import money, number, wallet_name, with_one
from loyalty.rules.kinds import Shortfall, Wallet
from loyalty.rules.money import exponent_of
from loyalty.rules.terms import EarningRule, Expiry, Ladder, Terms, Tier
from loyalty.rules.tiers import Progress


@dataclass(frozen=True, slots=True)
class RuleInWords:
    """An earning rule: its name, the one line that matters, and the conditions under it."""

    name: str
    headline: str
    conditions: list[str]


def rules_in_words(terms: Terms, *, currency: str) -> list[RuleInWords]:
    """Rules of spendable points first, then those that only count for tiers."""
    ordered = sorted(terms.earning_rules, key=lambda rule: rule.wallet is Wallet.GROWTH)
    return [_rule(rule, terms, currency) for rule in ordered]


def expiry_sentence(expiry: Expiry) -> str:
    if expiry.kind == "none":
        return _("Points do not expire.")
    if expiry.kind == "months":
        return ngettext(
            "Points expire %(months)s month after they were earned, at the end of that day.",
            "Points expire %(months)s months after they were earned, at the end of that day.",
            expiry.months,
        ) % {"months": expiry.months}
    if not expiry.months:
        return _("Points expire at the end of the year in which they were earned.")
    return ngettext(
        "Points live for %(months)s month, then until the end of that year.",
        "Points live for %(months)s months, then until the end of that year.",
        expiry.months,
    ) % {"months": expiry.months}


def fairness_sentences(terms: Terms) -> list[str]:
    """What happens between the purchase and the points, and when an order goes back."""
    sentences = []
    if terms.pending_days:
        sentences.append(
            ngettext(
                "Points of an order can be used %(days)s day after it was paid.",
                "Points of an order can be used %(days)s days after it was paid.",
                terms.pending_days,
            )
            % {"days": terms.pending_days}
        )
    sentences.append(_("Points count from the payment, on what was paid after discounts."))
    sentences.append(_("A refund takes back exactly what the returned items had earned, under the rules of that day."))
    if terms.shortfall is Shortfall.ARREARS:
        sentences.append(_("If those points are already spent, the next ones you earn make up for them."))
    else:
        sentences.append(_("If those points are already spent, you owe nothing."))
    sentences.append(_("Changed rules never touch points that you already have."))
    return sentences


def condition_sentence(tier: Tier, *, terms: Terms, currency: str) -> str:
    """How a tier is reached: "Spend ¥1,000 or place 10 orders within 12 months"."""
    ladder = terms.ladder
    wanted = _spend_and_orders(tier.min_growth, tier.min_orders, terms, currency, ladder.match)
    if not wanted:
        return _("Everyone starts here.")
    return ngettext(
        "%(wanted)s within %(months)s month", "%(wanted)s within %(months)s months", ladder.window_months
    ) % {"wanted": wanted, "months": ladder.window_months}


def way_sentence(progress: Progress, *, terms: Terms, currency: str) -> str:
    """What is missing towards a tier, as something to do: "Spend ¥120 more, or place 2 more orders"; "" when nothing is."""
    growth, orders = progress.growth_missing, progress.orders_missing
    if not growth and not orders:
        return ""
    amount = spend_for_growth(growth, terms=terms, currency=currency) if growth else None
    known = {
        "spend": money_in_words(amount, currency) if amount else "",
        "growth": number(growth or 0),
        "unit": terms.growth_name,
        "orders": number(orders or 0),
    }
    if growth and not orders:
        return (_("Spend %(spend)s more") if amount else _("%(growth)s %(unit)s more")) % known
    if not growth:
        return ngettext("Place %(orders)s more order", "Place %(orders)s more orders", orders or 0) % known
    if terms.ladder.match == "both":
        if amount:
            wording = ngettext(
                "Spend %(spend)s more and place %(orders)s more order",
                "Spend %(spend)s more and place %(orders)s more orders",
                orders or 0,
            )
        else:
            wording = ngettext(
                "%(growth)s %(unit)s more and %(orders)s more order",
                "%(growth)s %(unit)s more and %(orders)s more orders",
                orders or 0,
            )
    elif amount:
        wording = ngettext(
            "Spend %(spend)s more, or place %(orders)s more order",
            "Spend %(spend)s more, or place %(orders)s more orders",
            orders or 0,
        )
    else:
        wording = ngettext(
            "%(growth)s %(unit)s more, or %(orders)s more order",
            "%(growth)s %(unit)s more, or %(orders)s more orders",
            orders or 0,
        )
    return wording % known


def spend_for_growth(growth: int, *, terms: Terms, currency: str) -> int | None:
    """Minor units that earn so much growth value, rounded up; None where it depends on what is bought."""
    rules = [rule for rule in terms.earning_rules if rule.wallet is Wallet.GROWTH]
    if len(rules) != 1:
        return None
    rule = rules[0]
    if rule.only_categories or rule.excluded_categories or rule.minimum_minor or rule.with_tier_multiplier:
        return None
    amount = (growth / rule.points_per_unit).scaleb(exponent_of(currency))
    return int(amount.to_integral_value(rounding=ROUND_CEILING))


def money_in_words(amount_minor: int, currency: str) -> str:
    """¥120 rather than ¥120.00, where it is not a price but a threshold."""
    decimals = exponent_of(currency)
    text = money(amount_minor, currency)
    return text.removesuffix("." + "0" * decimals) if decimals else text


def _rule(rule: EarningRule, terms: Terms, currency: str) -> RuleInWords:
    unit = wallet_name(rule.wallet, terms)
    per, step = rule.points_per_unit, 1
    # "1 point for each ¥10" reads better than "0.1 points for each ¥1".
    if per < 1 and (1 / per) == (1 / per).to_integral_value():
        per, step = Decimal(1), int(1 / per)
    spent = money_in_words(step * 10 ** exponent_of(currency), currency)
    headline = _("%(rate)s %(unit)s for each %(money)s spent") % {
        "rate": number(per.normalize()),
        "unit": with_one(unit, per),
        "money": spent,
    }
    conditions = []
    if rule.wallet is Wallet.GROWTH:
        conditions.append(_("Counts for your tier only; it cannot be spent."))
    elif rule.with_tier_multiplier and any(tier.multiplier != 1 for tier in terms.ladder.tiers):
        conditions.append(_("Multiplied by your tier."))
    if rule.only_categories:
        conditions.append(_("Only for: %(categories)s") % {"categories": _list(rule.only_categories)})
    if rule.excluded_categories:
        conditions.append(_("Not for: %(categories)s") % {"categories": _list(rule.excluded_categories)})
    if rule.minimum_minor:
        conditions.append(
            _("From %(minimum)s of such items in one order") % {"minimum": money_in_words(rule.minimum_minor, currency)}
        )
    return RuleInWords(rule.name, headline, conditions)


def _list(categories: tuple[str, ...]) -> str:
    return str(_(", ")).join(category.replace("/", " › ") for category in categories)


def _spend_and_orders(growth: int | None, orders: int | None, terms: Terms, currency: str, match: str) -> str:
    amount = spend_for_growth(growth, terms=terms, currency=currency) if growth else None
    known = {
        "spend": money_in_words(amount, currency) if amount else "",
        "growth": number(growth or 0),
        "unit": terms.growth_name,
        "orders": number(orders or 0),
    }
    by_growth = (_("Spend %(spend)s") if amount else _("Reach %(growth)s %(unit)s")) % known if growth else ""
    by_orders = ngettext("place %(orders)s order", "place %(orders)s orders", orders) % known if orders else ""
    if by_growth and by_orders:
        both = _("%(one)s and %(other)s") if match == "both" else _("%(one)s or %(other)s")
        return both % {"one": by_growth, "other": by_orders}
    return by_growth or by_orders[:1].upper() + by_orders[1:]


def ladder_sentences(ladder: Ladder) -> list[str]:
    """How tiers are reached and kept, whatever their conditions are."""
    sentences = [
        ngettext(
            "What you bought in the last %(months)s month counts, less what went back.",
            "What you bought in the last %(months)s months counts, less what went back.",
            ladder.window_months,
        )
        % {"months": ladder.window_months},
        _("A higher tier is yours with the purchase that reaches it."),
    ]
    if ladder.grace_days:
        sentences.append(
            ngettext(
                "When it is no longer enough, you keep your tier for %(days)s more day.",
                "When it is no longer enough, you keep your tier for %(days)s more days.",
                ladder.grace_days,
            )
            % {"days": ladder.grace_days}
        )
    return sentences
