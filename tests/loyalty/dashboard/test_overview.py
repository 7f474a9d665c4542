"""The overview tells what happened, and only of its own shop."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client

from commerce.queries.figures import Sales, sales_figures
from customers.models import Customer
from loyalty.actions.grants import ask_adjustment
from loyalty.actions.holds import hold_points
from loyalty.actions.nights import reconcile
from loyalty.actions.refunds import cancel_paid_order, refund_order
from loyalty.dashboard.periods import Period, period_of
from loyalty.queries.figures import PointsFigures, leaving_before, member_figures, points_figures, tier_counts
from loyalty.queries.programme import current_terms
from merchants.clock import now
from merchants.models import SYSTEM, Actor, Merchant, StaffMember
from tests.loyalty.dashboard.conftest import an_order


def sales_of(shop: Merchant, period: Period) -> tuple[Sales, Sales]:
    found = sales_figures(
        shop, edges=period.edges, until=period.until, edges_before=period.edges_before, before_until=period.before_until
    )
    assert sum(found.orders) == found.now.orders
    assert sum(found.revenue_minor) == found.now.revenue_minor == sum(minor for *_rest, minor in found.by_channel)
    assert sum(found.revenue_before_minor) == found.before.revenue_minor
    return found.now, found.before


def points_of(shop: Merchant, period: Period) -> PointsFigures:
    return points_figures(
        shop, edges=period.edges, until=period.until, before=period.before, before_until=period.before_until
    )


def test_sales_count_paid_orders_less_refunds_and_never_a_rivals(
    aroma: Merchant, borough: Merchant, carla: Customer, dario: Customer
) -> None:
    period = period_of(aroma, "30")
    an_order(aroma, carla, "A-1", 100)
    half = an_order(aroma, carla, "A-2", 200)
    refund_order(half, number="R-1", by=SYSTEM, amount_minor=5000)
    whole = an_order(aroma, dario, "A-3", 300)
    refund_order(whole, number="R-2", by=SYSTEM)
    gone = an_order(aroma, dario, "A-4", 400)
    cancel_paid_order(gone, by=SYSTEM)
    an_order(aroma, None, "A-5", 50)
    an_order(aroma, dario, "A-6", 70, at=now(aroma) - timedelta(days=45))

    present, before = sales_of(aroma, period_of(aroma, "30"))

    assert present == Sales(orders=3, revenue_minor=30000, buyers=1, returning=1)
    assert before == Sales(orders=1, revenue_minor=7000, buyers=1, returning=0)
    assert present.repurchase_rate == 1
    assert Sales().repurchase_rate is None
    assert sales_of(borough, period)[0] == Sales()


def test_points_issued_spent_and_outstanding_add_up(aroma: Merchant, carla: Customer, by_ana: Actor) -> None:
    an_order(aroma, carla, "A-0", 60, at=now(aroma) - timedelta(days=40))
    order = an_order(aroma, carla, "A-1", 500)
    hold_points(carla, points=120, reference="till-1", by=SYSTEM, capture=True)
    refund_order(order, number="R-1", by=SYSTEM, amount_minor=10000)
    ask_adjustment(carla, points=30, reason="late parcel", by=by_ana)

    found = points_of(aroma, period_of(aroma, "30"))

    assert (found.now.issued, found.now.spent, found.now.taken_back, found.now.expired) == (530, 120, 100, 0)
    assert found.before.issued == 60
    assert (found.outstanding, found.outstanding_before) == (370, 60)
    assert found.outstanding_at_bucket_ends[-1] == 370


def test_long_periods_are_cut_into_weeks_that_cover_every_day(aroma: Merchant) -> None:
    year, month = period_of(aroma, "365"), period_of(aroma, "30")

    assert len(month.starts) == 30
    assert len(year.starts) == 52
    assert year.starts[-1] - year.starts[0] == timedelta(days=365 - 7)
    assert period_of(aroma, "nonsense").days == 30


def test_members_and_tiers_are_counted(aroma: Merchant, carla: Customer, dario: Customer) -> None:
    an_order(aroma, carla, "A-1", 1200)

    assert member_figures(aroma, edges=period_of(aroma, "30").edges).now == 2
    assert [(rank, members) for _name, rank, members in tier_counts(aroma, current_terms(aroma).ladder)] == [
        (1, 1), (2, 1), (3, 0),
    ]  # fmt: skip


def test_what_leaves_soon_is_counted_with_its_members(aroma: Merchant, carla: Customer) -> None:
    at = now(aroma)
    an_order(aroma, carla, "A-1", 80, at=at - timedelta(days=350))
    an_order(aroma, carla, "A-2", 90)

    soon = leaving_before(aroma, at=at, until=at + timedelta(days=30))

    assert (soon.points, soon.members) == (80, 1)


def test_the_overview_shows_figures_charts_and_the_proof(
    ana_s_browser: Client, aroma: Merchant, carla: Customer
) -> None:
    an_order(aroma, carla, "A-1", 128)
    reconcile(aroma)

    for days in ("30", "90", "365"):
        answer = ana_s_browser.get(f"/dashboard/aroma/overview/?days={days}")

        text = answer.content.decode()
        assert answer.status_code == 200
        assert "Books balance as of" in text
        assert "A-1" in text
        assert "Repurchase rate" in text
        assert "See as table" in text


def test_a_shop_that_opened_since_is_not_said_to_have_grown(
    ana_s_browser: Client, aroma: Merchant, carla: Customer
) -> None:
    an_order(aroma, carla, "A-0", 10, at=now(aroma) - timedelta(days=35))
    an_order(aroma, carla, "A-1", 500)

    text = ana_s_browser.get("/dashboard/aroma/overview/").content.decode()
    assert "4,900.0%" not in text
    assert "Period before" not in text

    an_order(aroma, carla, "A-2", 10, at=now(aroma) - timedelta(days=70))
    text = ana_s_browser.get("/dashboard/aroma/overview/").content.decode()

    assert "4,900.0%" in text
    assert "Period before" in text


def test_the_story_asks_an_owner_to_decide_but_not_a_marketer(
    ana_s_browser: Client, mia_s_browser: Client, aroma: Merchant, carla: Customer, by_ben: Actor
) -> None:
    an_order(aroma, carla, "A-1")
    ask_adjustment(carla, points=5000, reason="moved shop", by=by_ben)

    assert "1 adjustment waits for you" in ana_s_browser.get("/dashboard/aroma/overview/").content.decode()
    assert "waits for you" not in mia_s_browser.get("/dashboard/aroma/overview/").content.decode()


def test_a_shop_without_orders_is_told_what_to_do_first(ana_s_browser: Client) -> None:
    text = ana_s_browser.get("/dashboard/aroma/overview/").content.decode()

    assert "The programme waits for its first order" in text


def test_a_cashier_has_no_overview(kai_s_browser: Client) -> None:
    assert kai_s_browser.get("/dashboard/aroma/overview/").status_code == 403


def test_a_feed_that_is_late_by_days_is_not_shown_as_a_fall(aroma: Merchant, carla: Customer, client: Client) -> None:
    order = an_order(aroma, carla, "A-1", 100, at=now(aroma) - timedelta(days=6))
    client.force_login(StaffMember.objects.get(email="ana@aroma.example"))

    answer = client.get("/dashboard/aroma/overview/")

    period = answer.context["period"]
    assert (period.last, period.is_current) == (order.placed_at.astimezone(aroma.zone).date(), False)
    assert sales_of(aroma, period)[0].orders == 1
    assert period.last.isoformat() in answer.content.decode()
    assert period_of(aroma, "30", latest_order_at=now(aroma) - timedelta(days=1)).is_current
    assert period_of(aroma, "30", latest_order_at=now(aroma) - timedelta(days=40)).is_current
