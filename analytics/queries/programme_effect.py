"""What the programme may have added: those who redeemed beside those who did not, told honestly.

Whoever redeems buys more: that was so before they redeemed. So three stretches of equal length are looked at: the one in
which customers redeemed or did not, the one after it (the span) and the one before it. What redeemers spend more
afterwards, less what they already spent more before, is the most that the redemption can claim. It is no proof either
way: without a random hold-out, other reasons that came at the same time are in it too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from analytics.queries.report_tables import COUNTED, Cell, Column, Headline, Report, major, moments_of
from analytics.rules.findings import LEAST_PEOPLE, Difference, Mean, difference
from analytics.rules.spans import Span
from merchants.models import Merchant
from merchants.rules.charts import Chart, Series
from merchants.rules.figures import format_money


@dataclass(frozen=True, slots=True)
class Group:
    """Customers who bought in the middle stretch. Spend per head in minor units; `growth` is after − before, per head."""

    before: Mean
    during: Mean
    after: Mean
    growth: Mean

    @property
    def customers(self) -> int:
        return self.after.count


@dataclass(frozen=True, slots=True)
class Effect:
    """`naive`: what redeemers spend more afterwards. `placebo`: what they spent more before. `adjusted`: what is left."""

    redeemers: Group
    others: Group
    naive: Difference | None
    placebo: Difference | None
    adjusted: Difference | None


_NOBODY = Group(*[Mean(0, 0.0, 0.0)] * 4)
# Spend is net of refunds. Only customers who bought in the middle stretch: the others could hardly have redeemed.
_EFFECT = """
WITH spend AS (
    SELECT o.customer_id,
           coalesce(sum(o.total_minor - o.refunded_minor) FILTER (WHERE o.placed_at < %(middle)s), 0)::float AS before,
           coalesce(sum(o.total_minor - o.refunded_minor)
                    FILTER (WHERE o.placed_at >= %(middle)s AND o.placed_at < %(since)s), 0)::float AS during,
           coalesce(sum(o.total_minor - o.refunded_minor) FILTER (WHERE o.placed_at >= %(since)s), 0)::float AS after
    FROM commerce_order o
    WHERE o.merchant_id = %(merchant)s AND o.customer_id IS NOT NULL
      AND o.placed_at >= %(first)s AND o.placed_at < %(until)s AND {counted}
    GROUP BY 1 HAVING bool_or(o.placed_at >= %(middle)s AND o.placed_at < %(since)s)
), redeemed AS (
    SELECT DISTINCT a.customer_id FROM loyalty_entry e JOIN loyalty_account a ON a.id = e.account_id
    WHERE e.merchant_id = %(merchant)s AND e.kind = 'spend' AND e.occurred_at >= %(middle)s AND e.occurred_at < %(since)s
)
SELECT r.customer_id IS NOT NULL, count(*),
       avg(s.before), coalesce(var_samp(s.before), 0), avg(s.during), coalesce(var_samp(s.during), 0),
       avg(s.after), coalesce(var_samp(s.after), 0), avg(s.after - s.before), coalesce(var_samp(s.after - s.before), 0)
FROM spend s LEFT JOIN redeemed r USING (customer_id) GROUP BY 1
""".replace("{counted}", COUNTED)


def effect_of_redeeming(merchant: Merchant, span: Span) -> Effect:
    """Redeemers of the stretch right before the span, and what both groups spent around it."""
    moments = moments_of(merchant, span)
    length = moments.until - moments.since
    values: dict[str, Any] = {
        "merchant": merchant.pk, "first": moments.since - 2 * length, "middle": moments.since - length,
        "since": moments.since, "until": moments.until,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_EFFECT, values)
        found = {row[0]: _group(row[1:]) for row in cursor.fetchall()}
    redeemers, others = found.get(True, _NOBODY), found.get(False, _NOBODY)
    return Effect(
        redeemers, others, difference(redeemers.after, others.after), difference(redeemers.before, others.before),
        difference(redeemers.growth, others.growth),
    )  # fmt: skip


def _group(row: tuple[float, ...]) -> Group:
    people = int(row[0])
    return Group(*(Mean(people, float(row[n]), float(row[n + 1])) for n in (1, 3, 5, 7)))


@dataclass(frozen=True, slots=True)
class Recognised:
    """Orders of members and of guests in the span."""

    member_orders: int
    member_revenue_minor: int
    guest_orders: int
    guest_revenue_minor: int


_RECOGNISED = """
SELECT count(*) FILTER (WHERE o.customer_id IS NOT NULL),
       coalesce(sum(o.total_minor - o.refunded_minor) FILTER (WHERE o.customer_id IS NOT NULL), 0),
       count(*) FILTER (WHERE o.customer_id IS NULL),
       coalesce(sum(o.total_minor - o.refunded_minor) FILTER (WHERE o.customer_id IS NULL), 0)
FROM commerce_order o
WHERE o.merchant_id = %s AND o.placed_at >= %s AND o.placed_at < %s AND {counted}
""".replace("{counted}", COUNTED)


def recognised_in(merchant: Merchant, span: Span) -> Recognised:
    moments = moments_of(merchant, span)
    with connection.cursor() as cursor:
        cursor.execute(_RECOGNISED, [merchant.pk, moments.since, moments.until])
        row = cursor.fetchone() or (0, 0, 0, 0)
    return Recognised(*(int(each) for each in row))


def programme_effect(merchant: Merchant, span: Span) -> Report:
    effect, orders = effect_of_redeeming(merchant, span), recognised_in(merchant, span)
    rows: list[list[Cell]] = [
        _row(_("Redeemed in the stretch before"), effect.redeemers),
        _row(_("Bought, but did not redeem"), effect.others),
        [_("Members' orders in the period"), None, None, None, _average(orders.member_revenue_minor, orders.member_orders)],
        [_("Guests' orders in the period"), None, None, None, _average(orders.guest_revenue_minor, orders.guest_orders)],
    ]  # fmt: skip
    names = [pgettext("stretch of time", "Before"), _("In which they redeemed"), _("After: the period")]
    both = ((_("Redeemed"), effect.redeemers), (_("Did not redeem"), effect.others))
    chart = Chart(
        "bar", names,
        [
            Series(name, [major(mean.mean, merchant) for mean in (group.before, group.during, group.after)])
            for name, group in both
        ],
        format="money", currency=merchant.currency,
    )  # fmt: skip
    adjusted = effect.adjusted
    return Report(
        "programme",
        Headline(
            _("At most from redeeming, per customer"), round(adjusted.value) if adjusted else None, None, "money"
        ),
        [
            Column("group", _("Group"), "text"), Column("customers", _("Customers")),
            Column("before", _("Spend per head, before"), "money"), Column("during", _("While redeeming"), "money"),
            Column("after", _("After, or average order"), "money"),
        ],
        rows,
        chart if effect.redeemers.customers else None,
        notes=[*_told(effect, merchant), _stretches(merchant, span)],
    )  # fmt: skip


def _row(name: str, group: Group) -> list[Cell]:
    if not group.customers:
        return [name, 0, None, None, None]
    return [name, group.customers, round(group.before.mean), round(group.during.mean), round(group.after.mean)]


def _average(revenue_minor: int, orders: int) -> int | None:
    return revenue_minor // orders if orders else None


def _told(effect: Effect, merchant: Merchant) -> list[str]:
    def money(amount: float) -> str:
        return format_money(round(amount), merchant.currency, language=get_language() or "en")

    if effect.naive is None or effect.placebo is None or effect.adjusted is None:
        return [
            _("Too few customers to compare: it takes at least %(least)s who redeemed and as many who did not.")
            % {"least": LEAST_PEOPLE}
        ]
    said = [
        _("Redeemers spent %(naive)s more per head afterwards. They had already spent %(placebo)s more before, so most of "
          "such a gap is who they are, not what the points did.")
        % {"naive": money(effect.naive.value), "placebo": money(effect.placebo.value)},
        _("What is left is %(value)s per head (95%% interval %(low)s to %(high)s).")
        % {
            "value": money(effect.adjusted.value), "low": money(effect.adjusted.low), "high": money(effect.adjusted.high),
        },
    ]  # fmt: skip
    if not effect.adjusted.is_certain:
        said.append(
            _("The interval holds zero: with these numbers nothing can be said for the programme, or against it.")
        )
    said.append(_("No revenue may be called extra without a random hold-out group that got nothing."))
    return said


def _stretches(merchant: Merchant, span: Span) -> str:
    moments = moments_of(merchant, span)
    length = moments.until - moments.since
    middle = (moments.since - length).astimezone(merchant.zone).date()
    first = (moments.since - 2 * length).astimezone(merchant.zone).date()
    return _("Before: from %(first)s. Redeemed: from %(middle)s to %(end)s. After: from %(since)s.") % {
        "first": first, "middle": middle, "end": span.first - timedelta(days=1), "since": span.first,
    }  # fmt: skip
