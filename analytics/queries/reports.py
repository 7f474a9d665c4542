"""The reports by name: what each asks, how its figure is defined, which choices it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from analytics.queries.cohorts import MEASURES, Measure, retention_cohorts
from analytics.queries.lifecycle import latest_rhythm
from analytics.queries.names import RFM_GROUPS, stage_name
from analytics.queries.programme_effect import programme_effect
from analytics.queries.reasons import band_label
from analytics.queries.report_tables import Report, moments_of
from analytics.queries.reports_customers import (
    active_customers,
    average_order,
    new_customers,
    repurchase_rate,
    tier_names,
)
from analytics.queries.reports_revenue import categories_by_group, revenue_by_tier
from analytics.queries.reports_rhythm import churn_rate, intervals_in, repurchase_intervals
from analytics.queries.segments import get_segment, segments_of
from analytics.rules.bands import BANDS
from analytics.rules.lifecycle import FEWEST_GAPS, STAGES, USUAL
from analytics.rules.spans import DEFAULT_PRESET, LONGEST_DAYS, PRESETS, Span, preset_span
from commerce.queries import orders_of
from merchants.clock import today
from merchants.errors import InvalidValue, NotFound
from merchants.models import Merchant

Options = Mapping[str, str]
_SHORTEST_LOST_DAYS = 14
_LATE_AFTER, _SILENT_AFTER = timedelta(days=2), timedelta(days=14)


@dataclass(frozen=True, slots=True)
class ReportKind:
    """`choices`: {option: its values, the first one usual}; "segment:<id>" also fits where `by` is asked for."""

    key: str
    title: str | Promise
    question: str | Promise
    definition: str | Promise
    formula: str | Promise
    build: Callable[[Merchant, Span, Options], Report]
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def _churn(merchant: Merchant, span: Span, options: Options) -> Report:
    return churn_rate(merchant, span, horizon_days=lost_after_days(merchant, span))


def _cohorts(merchant: Merchant, span: Span, options: Options) -> Report:
    measure: Measure = options["measure"]  # type: ignore[assignment]  # one of MEASURES: `chosen_options` saw to it
    return retention_cohorts(merchant, span, measure=measure)


def _categories(merchant: Merchant, span: Span, options: Options) -> Report:
    by = options["by"]
    if by.startswith("segment:"):
        segment = get_segment(merchant, int(by.removeprefix("segment:")))
        return categories_by_group(merchant, span, by="tag", groups={"in": segment.name}, tag=segment.tag.slug)
    groupings: dict[str, Callable[[], dict[str, str]]] = {
        "tier": lambda: tier_names(merchant),
        "lifecycle": lambda: {stage: stage_name(stage) for stage in STAGES},
        "rfm": lambda: {group.code: str(group.name) for group in RFM_GROUPS},
        "churn": lambda: {band: band_label(band) for band in BANDS},
    }
    return categories_by_group(merchant, span, by=by, groups=groupings[by]())


REPORTS: Mapping[str, ReportKind] = {
    kind.key: kind
    for kind in (
        ReportKind(
            "active", _("Active customers"), _("How many customers buy?"),
            _("Different customers with at least one counted order. An order counts from its payment until it is cancelled or "
              "refunded whole."),
            _("count of different customers with an order in the period"),
            lambda merchant, span, options: active_customers(merchant, span),
        ),
        ReportKind(
            "new", _("New customers"), _("How many buy for the first time?"),
            _("Customers whose first counted order ever lies in the period."),
            _("count of customers by the day of their first order"),
            lambda merchant, span, options: new_customers(merchant, span),
        ),
        ReportKind(
            "repurchase", _("Repurchase rate"), _("How many buy again within the period?"),
            _("Of the customers who bought in the period, the share with two or more counted orders in it."),
            _("customers with ≥ 2 orders ÷ customers with ≥ 1 order"),
            lambda merchant, span, options: repurchase_rate(merchant, span),
        ),
        ReportKind(
            "average_order", _("Average order"), _("How much is an order worth?"),
            _("What counted orders cost, shipping included, less what was refunded of them, per order."),
            _("revenue ÷ orders, rounded down to the minor unit"),
            lambda merchant, span, options: average_order(merchant, span),
        ),
        ReportKind(
            "churn", _("Churn rate"), _("How many do we lose, by our own rhythm?"),
            _("Of the customers who were active when the period began, the share whose time ran out before it ended: so many "
              "days after their last order without another one that the shop's own rhythm calls them lapsed."),
            _("lost in the period ÷ active at its beginning"), _churn,
        ),
        ReportKind(
            "revenue_by_tier", _("Revenue by tier"), _("Which tiers does the revenue come from?"),
            _("Counted orders, less refunds, by the tier that the member had at the purchase."),
            _("sum of order totals − refunds"),
            lambda merchant, span, options: revenue_by_tier(merchant, span),
        ),
        ReportKind(
            "cohorts", _("Retention cohorts"), _("Do the customers we win come back?"),
            _("Customers by the month of their first counted order ever; how many of them bought in each month after."),
            _("customers of the cohort who bought in month n ÷ customers of the cohort"),
            _cohorts, {"measure": MEASURES},
        ),
        ReportKind(
            "intervals", _("Repurchase intervals"), _("How long until they come back?"),
            _("Days between one day of purchase and the next of the same customer, of gaps that ended in the period."),
            _("day of purchase − day of the purchase before"),
            lambda merchant, span, options: repurchase_intervals(merchant, span),
        ),
        ReportKind(
            "categories", _("Categories by segment"), _("Who buys what?"),
            _("The share of each group's spending that goes to each category."),
            _("spend of the group in the category ÷ spend of the group"),
            _categories, {"by": ("tier", "lifecycle", "rfm", "churn")},
        ),
        ReportKind(
            "programme", _("Programme effect"), _("Does redeeming bring people back?"),
            _("Members who redeemed in the stretch before the period beside those who bought then and did not redeem, before and "
              "after."),
            _("(after − before) of redeemers − (after − before) of the others, per head"),
            lambda merchant, span, options: programme_effect(merchant, span),
        ),
    )
}  # fmt: skip


def get_report_kind(key: str) -> ReportKind:
    if key not in REPORTS:
        raise NotFound()
    return REPORTS[key]


def chosen_options(merchant: Merchant, key: str, given: Options) -> dict[str, str]:
    """The report's choices as given, the usual one where nothing (or nothing we know) was said."""
    chosen: dict[str, str] = {}
    for name, values in get_report_kind(key).choices.items():
        asked = given.get(name, "")
        known = asked in values or (name == "by" and asked in segment_choices(merchant))
        chosen[name] = asked if known else values[0]
    return chosen


def segment_choices(merchant: Merchant) -> dict[str, str]:
    """{"segment:<id>": name} of the shop's segments."""
    return {f"segment:{segment.pk}": segment.name for segment in segments_of(merchant)}


def report_of(merchant: Merchant, key: str, span: Span, options: Options | None = None) -> Report:
    """The report in the active language. What the shop was too young for is not compared."""
    kind = get_report_kind(key)
    report = kind.build(merchant, span, chosen_options(merchant, key, options or {}))
    if report.headline is None or report.headline.before is None or key == "cohorts" or _is_comparable(merchant, span):
        return report
    return replace(report, headline=replace(report.headline, before=None))


def _is_comparable(merchant: Merchant, span: Span) -> bool:
    """A shop that opened in the middle of the earlier period would seem to have grown by hundreds of per cent."""
    first = orders_of(merchant).order_by("placed_at", "id").values_list("placed_at", flat=True).first()
    return first is not None and first < moments_of(merchant, span).before + timedelta(days=1)


def lost_after_days(merchant: Merchant, span: Span) -> int:
    """When a customer who does not come back is called lost: as the lifecycle has it, else from the gaps themselves."""
    rhythm = latest_rhythm(merchant)
    if rhythm is not None:
        return int(rhythm.lapsed_after_days)
    year = intervals_in(merchant, Span(span.last - timedelta(days=364), span.last))
    if year.gaps < FEWEST_GAPS or year.p95 is None:
        return USUAL.lapsed_after_days
    return max(round(year.p95), _SHORTEST_LOST_DAYS)


def last_day_told(merchant: Merchant) -> date:
    """Today; or, where orders arrive late, the day of the latest one. After two weeks of silence silence is what there is."""
    present = today(merchant)
    latest = orders_of(merchant).values_list("placed_at", flat=True).first()
    day = latest.astimezone(merchant.zone).date() if latest else present
    return day if _LATE_AFTER <= present - day <= _SILENT_AFTER else present


def span_asked(merchant: Merchant, *, preset: str = "", first: date | None = None, last: date | None = None) -> Span:
    """The span of a preset, or of two days of one's own. InvalidValue when they make none."""
    if first is None and last is None:
        if preset and preset not in PRESETS:
            raise InvalidValue("period", _("This is no period that we know."), code="unknown_period")
        return preset_span(preset or DEFAULT_PRESET, last_day_told(merchant))
    if first is None or last is None:
        raise InvalidValue("from", _("Give both the first and the last day."), code="both_days")
    if last < first:
        raise InvalidValue("to", _("The last day lies before the first."), code="ends_before_it_begins")
    if (last - first).days >= LONGEST_DAYS or first.year < 1990 or last > today(merchant):
        raise InvalidValue(
            "from", _("At most %(days)s days, and none that is still to come."), code="span_too_long", days=LONGEST_DAYS
        )
    return Span(first, last)
