"""An order earns points, growth value and perhaps a tier."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from commerce.actions.purchases import Purchase
from commerce.errors import CurrencyMismatch, OrderConflict, UnknownCustomer
from commerce.models import Order
from commerce.queries import summary_of
from customers.models import Customer
from events.models import Event
from loyalty.actions.nights import reconcile
from loyalty.actions.purchases import OrderOutcome, record_orders
from loyalty.actions.refunds import progress_order
from loyalty.models import Award, Entry, TierStanding
from loyalty.queries.balances import balance_of
from merchants.errors import DomainError
from merchants.models import SYSTEM, Merchant
from tests.cast import a_line, a_purchase, publish_terms

NOON = datetime(2026, 10, 2, 12, tzinfo=UTC)


def record_one(shop: Merchant, purchase: Purchase) -> OrderOutcome:
    (outcome,) = record_orders(shop, [purchase], by=SYSTEM)
    assert isinstance(outcome, OrderOutcome), outcome
    return outcome


def test_a_yuan_earns_a_point_and_gift_cards_earn_none(aroma: Merchant, carla: Customer) -> None:
    purchase = a_purchase("A-1", carla, a_line(128), a_line(50, category_path="礼品卡/电子卡"), at=NOON)

    outcome = record_one(aroma, purchase)

    assert (outcome.points, outcome.growth, outcome.balance) == (128, 178, 128)
    assert balance_of(carla).active == 128
    assert reconcile(aroma).faults == []


def test_fractions_are_rounded_once_over_the_whole_order(aroma: Merchant, carla: Customer) -> None:
    outcome = record_one(aroma, a_purchase("A-1", carla, a_line("0.60"), a_line("0.60"), a_line("0.90"), at=NOON))

    assert outcome.points == 2


def test_the_same_order_twice_earns_once(aroma: Merchant, carla: Customer) -> None:
    purchase = a_purchase("A-1", carla, at=NOON)
    record_one(aroma, purchase)

    again = record_one(aroma, purchase)

    assert not again.is_new
    assert balance_of(carla).active == 100
    assert Order.objects.filter(merchant=aroma).count() == 1
    assert Entry.objects.filter(merchant=aroma).count() == 2  # points and growth value


def test_the_same_number_with_other_content_is_refused_and_changes_nothing(aroma: Merchant, carla: Customer) -> None:
    record_one(aroma, a_purchase("A-1", carla, at=NOON))

    (refusal,) = record_orders(aroma, [a_purchase("A-1", carla, a_line(999), at=NOON)], by=SYSTEM)

    assert isinstance(refusal, OrderConflict)
    assert balance_of(carla).active == 100
    assert summary_of(carla).spend_minor == 10_000


def test_a_refused_order_does_not_hinder_the_others_of_its_batch(
    aroma: Merchant, carla: Customer, rival_carla: Customer
) -> None:
    answers = record_orders(
        aroma,
        [
            a_purchase("A-1", carla, at=NOON),
            a_purchase("A-2", carla, at=NOON, currency="USD"),
            a_purchase("A-3", rival_carla, at=NOON),
            a_purchase("A-1", carla, at=NOON),
            a_purchase("A-4", carla, at=NOON),
        ],
        by=SYSTEM,
    )

    assert [answer.code if isinstance(answer, DomainError) else answer.is_new for answer in answers] == [
        True, CurrencyMismatch.code, UnknownCustomer.code, False, True,
    ]  # fmt: skip
    assert balance_of(carla).active == 200
    assert list(Order.objects.filter(merchant=aroma).order_by("number").values_list("number", flat=True)) == [
        "A-1",
        "A-4",
    ]
    assert balance_of(rival_carla).active == 0


def test_a_tier_reached_inside_a_batch_speeds_up_its_later_orders(aroma: Merchant, carla: Customer) -> None:
    later = NOON + timedelta(days=1)
    answers = record_orders(
        aroma, [a_purchase("A-2", carla, at=later), a_purchase("A-1", carla, a_line(1000), at=NOON)], by=SYSTEM
    )

    assert [answer.points for answer in answers if isinstance(answer, OrderOutcome)] == [120, 1000]
    standing = TierStanding.objects.get(merchant=aroma, customer=carla)
    assert (standing.tier, standing.since) == ("silver", NOON)
    changed = Event.objects.get(merchant=aroma, type="loyalty.tier_changed")
    assert (changed.payload["before"], changed.payload["after"], changed.about_id) == ("regular", "silver", carla.pk)


def test_ten_small_orders_reach_silver_as_well_as_a_thousand_yuan(aroma: Merchant, carla: Customer) -> None:
    record_orders(
        aroma, [a_purchase(f"A-{n}", carla, a_line(5), at=NOON + timedelta(hours=n)) for n in range(10)], by=SYSTEM
    )

    tier = balance_of(carla).tier
    assert tier is not None
    assert tier.current.code == "silver"
    assert tier.next is not None
    assert (tier.next.growth_missing, tier.next.orders_missing) == (4950, 20)


def test_growth_that_left_the_window_does_not_count_even_before_the_night(aroma: Merchant, carla: Customer) -> None:
    record_one(aroma, a_purchase("A-1", carla, a_line(900), at=NOON - timedelta(days=400)))

    outcome = record_one(aroma, a_purchase("A-2", carla, a_line(200), at=NOON))

    assert (outcome.tier_before, outcome.tier) == ("regular", "regular")
    assert balance_of(carla).growth == 200


def test_an_order_earns_when_it_is_paid_not_before(aroma: Merchant, carla: Customer) -> None:
    outcome = record_one(aroma, a_purchase("A-1", carla, at=NOON, paid_at=None))
    assert (outcome.points, summary_of(carla).orders) == (0, 0)

    order = Order.objects.get(merchant=aroma, number="A-1")
    paid = progress_order(order, by=SYSTEM, paid_at=NOON + timedelta(hours=1))
    assert paid is not None
    assert paid.points == 100

    assert progress_order(order, by=SYSTEM, paid_at=NOON + timedelta(hours=2)) is None
    assert balance_of(carla).active == 100
    assert summary_of(carla).orders == 1


def test_a_guest_earns_nothing_and_leaves_no_account(aroma: Merchant) -> None:
    outcome = record_one(aroma, a_purchase("A-1", None, at=NOON))

    assert (outcome.customer_id, outcome.points) == (None, 0)
    assert not Award.objects.filter(merchant=aroma).exists()


def test_pending_points_count_but_cannot_be_spent_yet(aroma: Merchant, carla: Customer) -> None:
    publish_terms(aroma, pending_days=7)

    record_one(aroma, a_purchase("A-1", carla, at=datetime.now(UTC)))

    balance = balance_of(carla)
    assert (balance.active, balance.pending, balance.lifetime_earned) == (0, 100, 100)
