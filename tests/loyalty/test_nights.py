"""The nightly closing: expiry, tier review with grace, and the proof of the books."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.models import Customer
from events.models import Event
from loyalty.actions.grants import grant_bonus
from loyalty.actions.nights import close_day, expire_lots, reconcile, review_tiers
from loyalty.actions.purchases import record_orders
from loyalty.models import Account, Allocation, Entry, Lot, ProgrammeVersion, TierStanding
from loyalty.queries.balances import balance_of
from loyalty.queries.nights import days_to_close
from loyalty.rules.kinds import Kind
from loyalty.rules.terms import Ladder
from loyalty.rules.tiers import Standing, after_night
from merchants.clock import now
from merchants.models import SYSTEM, Merchant
from tests.cast import a_line, a_purchase, make_customer, make_terms

NOON = datetime(2026, 10, 2, 12, tzinfo=UTC)


def standing_of(customer: Customer) -> TierStanding:
    return TierStanding.objects.get(merchant=customer.merchant, customer=customer)


def test_points_end_with_the_local_day_a_year_later(aroma: Merchant, carla: Customer) -> None:
    record_orders(aroma, [a_purchase("A-1", carla, at=NOON)], by=SYSTEM)
    lot = Lot.objects.get(merchant=aroma, account__wallet="points")
    end = datetime(2027, 10, 2, 16, tzinfo=UTC)  # midnight in Shanghai after 2 October

    assert lot.expires_at == end
    assert expire_lots(aroma, at=end - timedelta(seconds=1)).lots == 0
    assert expire_lots(aroma, at=end).points == 100
    entry = Entry.objects.get(merchant=aroma, kind=Kind.EXPIRE, account__wallet="points")
    assert (entry.points, entry.balance_after, entry.occurred_at) == (-100, 0, end)
    assert Event.objects.filter(merchant=aroma, type="loyalty.points_expired").count() == 1


def test_a_tier_is_kept_for_thirty_days_and_then_lost(aroma: Merchant, carla: Customer) -> None:
    record_orders(aroma, [a_purchase("A-1", carla, a_line(1500), at=NOON)], by=SYSTEM)
    out_of_window = NOON + timedelta(days=367)
    expire_lots(aroma, at=out_of_window)

    assert review_tiers(aroma, at=out_of_window) == 1
    assert (standing_of(carla).tier, standing_of(carla).grace_until) == ("silver", out_of_window + timedelta(days=30))
    assert review_tiers(aroma, at=out_of_window + timedelta(days=29)) == 0
    assert review_tiers(aroma, at=out_of_window + timedelta(days=30)) == 1
    assert (standing_of(carla).tier, standing_of(carla).grace_until) == ("regular", None)
    assert review_tiers(aroma, at=out_of_window + timedelta(days=31)) == 0
    causes = (
        Event.objects.filter(merchant=aroma, type="loyalty.tier_changed")
        .order_by("id")
        .values_list("payload", flat=True)
    )
    assert [cause["cause"] for cause in causes] == ["earned", "reviewed"]


def test_buying_again_within_the_grace_period_keeps_the_tier(aroma: Merchant, carla: Customer) -> None:
    record_orders(aroma, [a_purchase("A-1", carla, a_line(1500), at=NOON - timedelta(days=370))], by=SYSTEM)
    expire_lots(aroma, at=NOON)
    review_tiers(aroma, at=NOON)
    assert standing_of(carla).grace_until is not None

    record_orders(aroma, [a_purchase("A-2", carla, a_line(1000), at=NOON + timedelta(days=3))], by=SYSTEM)

    assert (standing_of(carla).tier, standing_of(carla).grace_until) == ("silver", None)


def test_the_night_touches_no_other_shop(aroma: Merchant, borough: Merchant, rival_carla: Customer) -> None:
    long_ago = now(borough) - timedelta(days=500)
    record_orders(borough, [a_purchase("B-1", rival_carla, at=long_ago, currency="USD")], by=SYSTEM)

    close_day(aroma)

    assert not Entry.objects.filter(merchant=borough, kind=Kind.EXPIRE).exists()
    assert Account.objects.get(merchant=borough, customer=rival_carla, wallet="points").balance == 100


def test_nights_missed_in_an_outage_are_caught_up_once(aroma: Merchant) -> None:
    yesterday = days_to_close(aroma)[-1]
    close_day(aroma, day=yesterday - timedelta(days=3))

    missed = days_to_close(aroma)
    assert missed == [yesterday - timedelta(days=n) for n in (2, 1, 0)]
    for day in missed:
        assert close_day(aroma, day=day) is not None
    assert days_to_close(aroma) == []
    assert close_day(aroma, day=yesterday) is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE loyalty_entry SET points = points + 1",
        "DELETE FROM loyalty_entry",
        "UPDATE loyalty_allocation SET points = 1",
        "UPDATE loyalty_programmeversion SET note = 'other'",
        "UPDATE loyalty_award SET contributions = '[]'",
        "UPDATE loyalty_award SET points_kept = points_kept + 1",
        "UPDATE loyalty_account SET balance = balance - 1 WHERE wallet = 'points'; SET CONSTRAINTS ALL IMMEDIATE",
        "UPDATE loyalty_lot SET remaining = -1",
        "UPDATE loyalty_lot SET held = remaining + 1",
        "UPDATE loyalty_account SET held = balance + 1, balance = balance",
    ],
)
def test_the_database_itself_refuses_to_bend_the_books(aroma: Merchant, carla: Customer, statement: str) -> None:
    record_orders(aroma, [a_purchase("A-1", carla, at=NOON)], by=SYSTEM)
    expire_lots(aroma, at=NOON + timedelta(days=400))
    record_orders(aroma, [a_purchase("A-2", carla, at=NOON)], by=SYSTEM)

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert reconcile(aroma).faults == []


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE loyalty_lot SET remaining = remaining - 1", "balance_is_lots_less_arrears"),
        ("UPDATE loyalty_lot SET held = 1", "held_is_in_lots"),
        ("UPDATE loyalty_account SET orders = orders + 1", "orders_are_open_lots"),
        ("UPDATE loyalty_account SET lifetime_earned = 7", "lifetime_earned"),
    ],
)
def test_the_proof_finds_what_was_bent_all_the_same(
    aroma: Merchant, carla: Customer, statement: str, fault: str
) -> None:
    record_orders(aroma, [a_purchase("A-1", carla, at=NOON)], by=SYSTEM)
    with connection.cursor() as cursor:
        cursor.execute(statement)

    result = reconcile(aroma)

    assert fault in {found["check"] for found in result.faults}
    assert Event.objects.filter(merchant=aroma, type="loyalty.books_disagreed").count() == 1


def test_a_bonus_is_growth_for_nobody(aroma: Merchant, carla: Customer) -> None:
    grant_bonus(carla, points=9000, kind=Kind.BONUS, reference="gift", by=SYSTEM)

    tier = balance_of(carla).tier
    assert tier is not None
    assert tier.current.code == "regular"
    assert not Allocation.objects.filter(merchant=aroma).exists()


MEMBERS = st.lists(
    st.tuples(
        st.integers(0, 60),  # orders, each of so many yuan:
        st.integers(1, 200),
        st.sampled_from(["regular", "silver", "gold", "retired"]),
        st.sampled_from([None, -1, 0, 1]),  # grace in days from the review
    ),
    min_size=1,
    max_size=6,
)


@pytest.mark.django_db
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(members=MEMBERS, match=st.sampled_from(["either", "both"]), grace_days=st.sampled_from([0, 30]))
def test_the_set_based_review_decides_like_the_rule(
    aroma: Merchant, members: list[tuple[int, int, str, int | None]], match: str, grace_days: int
) -> None:
    with transaction.atomic():
        ladder = Ladder.model_validate(make_terms().ladder.model_dump() | {"match": match, "grace_days": grace_days})
        ProgrammeVersion.objects.create(
            merchant=aroma, number=99, state="published", effective_from=NOON - timedelta(days=900), created_at=NOON,
            published_at=NOON, terms=make_terms(ladder=ladder.model_dump(mode="json")).model_dump(mode="json"),
        )  # fmt: skip
        expected = []
        for serial, (orders, yuan, tier, grace) in enumerate(members):
            customer = make_customer(aroma, number=f"H{serial}")
            grant_bonus(customer, points=1, kind=Kind.BONUS, reference="seed", by=SYSTEM)
            Account.objects.filter(merchant=aroma, customer=customer, wallet="growth").update(orders=orders)
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
                cursor.execute(
                    "UPDATE loyalty_account SET balance = %s WHERE customer_id = %s AND wallet = 'growth'",
                    [orders * yuan, customer.pk],
                )
            before = Standing(tier, NOON - timedelta(days=99), None if grace is None else NOON + timedelta(days=grace))
            TierStanding.objects.filter(merchant=aroma, customer=customer).update(
                tier=before.tier, since=before.since, grace_until=before.grace_until
            )
            after = after_night(ladder, before, growth=orders * yuan, orders=orders, at=NOON)
            expected.append((customer.pk, after.tier, after.since, after.grace_until))

        review_tiers(aroma, at=NOON)

        found = TierStanding.objects.filter(merchant=aroma, customer__number__startswith="H").order_by("customer_id")
        assert [(row.customer_id, row.tier, row.since, row.grace_until) for row in found] == expected
        transaction.set_rollback(True)
