"""Cohorts: the first purchase ever makes them, and the kept months agree with the orders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from analytics.actions.months import keep_months
from analytics.models import CustomerMonth, MonthsKept
from analytics.queries.cohorts import Cohort, cohorts_of
from analytics.queries.reports import report_of
from analytics.rules.spans import Span
from customers.models import Customer
from loyalty.actions.refunds import refund_order
from merchants.clock import now, today
from merchants.models import SYSTEM, Merchant
from tests.analytics.doors import bought

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _mid_month() -> Iterator[None]:
    """Days ago are months ago only when the month is known."""
    with time_machine.travel("2026-11-20T06:00:00+00:00", tick=True):
        yield


def cohorts(shop: Merchant) -> list[Cohort]:
    return cohorts_of(shop, first=today(shop) - timedelta(days=400), last=today(shop))


def fill(shop: Merchant, carla: Customer, dario: Customer) -> None:
    bought(shop, carla, "A-1", 100, days_ago=80)  # 1 September
    bought(shop, carla, "A-2", 50, days_ago=78)
    bought(shop, carla, "A-3", 70, days_ago=10)  # November
    bought(shop, dario, "B-1", 40, days_ago=79)
    bought(shop, None, "G-1", 500, days_ago=10)


def test_a_cohort_is_the_month_of_the_first_purchase(aroma: Merchant, carla: Customer, dario: Customer) -> None:
    fill(aroma, carla, dario)

    (september,) = cohorts(aroma)

    assert f"{september.month:%Y-%m}" == "2026-09"
    assert september.customers == [2, 0, 1]
    assert september.revenue_minor == [19000, 0, 7000]


def test_kept_months_and_orders_give_the_same_cohorts(
    aroma: Merchant, borough: Merchant, carla: Customer, dario: Customer
) -> None:
    fill(aroma, carla, dario)
    live = cohorts(aroma)

    assert keep_months(aroma) == 3
    assert cohorts(aroma) == live
    assert not CustomerMonth.objects.filter(merchant=borough).exists()


def test_what_happened_since_is_in_the_cohorts_at_once(aroma: Merchant, carla: Customer, dario: Customer) -> None:
    fill(aroma, carla, dario)
    keep_months(aroma)
    refund_order(carla.orders.select_related("merchant").get(number="A-3"), number="R-1", by=SYSTEM)
    bought(aroma, dario, "B-2", 30, days_ago=3)

    (september,) = cohorts(aroma)

    assert september.customers == [2, 0, 1]
    assert september.revenue_minor == [19000, 0, 3000]
    keep_months(aroma)
    assert cohorts(aroma) == [september]


def test_an_earlier_order_that_arrives_late_moves_the_cohort(aroma: Merchant, carla: Customer) -> None:
    bought(aroma, carla, "A-2", 50, days_ago=10)
    with time_machine.travel(now(aroma) + timedelta(minutes=30)):
        keep_months(aroma)
        bought(aroma, carla, "A-1", 100, days_ago=80)

        assert [f"{cohort.month:%Y-%m}" for cohort in cohorts(aroma)] == ["2026-09"]
        keep_months(aroma)
        assert [row.cohort.month for row in CustomerMonth.objects.filter(merchant=aroma)] == [9, 9]


def test_another_time_zone_is_counted_anew(aroma: Merchant, carla: Customer) -> None:
    bought(aroma, carla, "A-1", days_ago=80)
    keep_months(aroma)
    aroma.timezone = "America/New_York"

    assert len(cohorts(aroma)) == 1
    keep_months(aroma)
    assert MonthsKept.objects.get(merchant=aroma).timezone == "America/New_York"


def test_the_running_month_is_marked_in_every_cohort(aroma: Merchant, carla: Customer, dario: Customer) -> None:
    fill(aroma, carla, dario)
    bought(aroma, dario, "B-9", days_ago=2)
    span = Span(today(aroma) - timedelta(days=29), today(aroma))

    for measure in ("percent", "customers", "revenue"):
        report = report_of(aroma, "cohorts", span, {"measure": measure})
        assert report.incomplete == {(0, 4)}
        assert report.rows[0][4] is not None
    assert report_of(aroma, "cohorts", span, {"measure": "percent"}).rows[0][2:] == [1.0, 0.0, 1.0]
