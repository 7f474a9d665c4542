"""The demo's shops come to life through actions alone, and their books balance."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.db.models import Sum

from aftersales.models import (
    OPEN_CATEGORIES,
    Advisor,
    Grant,
    Macro,
    PostMortem,
    Satisfaction,
    Ticket,
)
from commerce.models import Order, OrderLine
from customers.models import Customer
from loyalty.actions.nights import reconcile
from loyalty.models import Adjustment, Entry, Hold, ProgrammeVersion, Reconciliation
from loyalty_platform.demo_data.people import demo_key
from merchants.models import ApiKey, Membership, Merchant
from merchants.roles import Role
from merchants.rules.api_keys import hash_of
from tests.aftersales.tickets import derived_is_rebuilt

JOURNEY_OF_THREE = (91, 1_698, 446_631)
pytestmark = pytest.mark.django_db(transaction=True)


def test_the_tea_shop_has_a_life_of_its_own() -> None:
    call_command("load_demo", shop="chayun", verbosity=0)
    shop = Merchant.objects.get(slug="chayun")
    assert shop.is_sandbox
    assert Customer.objects.filter(merchant=shop).count() == 120
    assert Customer.objects.filter(merchant=shop, birthday_is_leap_month=True).exists()
    assert 1000 <= Order.objects.filter(merchant=shop).count() <= 1400
    kinds = set(Entry.objects.filter(merchant=shop).values_list("kind", flat=True))
    assert kinds >= {"earn", "bonus", "goodwill", "spend", "spend_return", "refund", "adjust", "expire"}
    assert Adjustment.objects.filter(merchant=shop, state="waiting").count() == 1
    assert Hold.objects.filter(merchant=shop, state="held").count() == 1
    assert Reconciliation.objects.filter(merchant=shop).latest("pk").fault_count == 0
    assert set(Membership.objects.filter(merchant=shop).values_list("role", flat=True)) == set(Role.values)
    assert ApiKey.objects.get(merchant=shop).secret_hash == hash_of(demo_key(shop))
    lives(shop, lesson="fewer")


def test_households_bring_their_whole_year_and_coming_again_changes_nothing() -> None:
    call_command("load_demo", shop="journey", households=3, processes=2, verbosity=0)
    shop = Merchant.objects.get(slug="journey")
    assert Customer.objects.filter(merchant=shop).count() == 3
    orders = Order.objects.filter(merchant=shop)
    counted = orders.count(), OrderLine.objects.filter(merchant=shop).count()
    # As the grocer's files have it for households 1, 2 and 3: baskets, lines, and what was paid.
    assert counted == JOURNEY_OF_THREE[:2]
    assert orders.aggregate(paid=Sum("total_minor"))["paid"] == JOURNEY_OF_THREE[2]
    assert Reconciliation.objects.filter(merchant=shop).latest("pk").fault_count == 0
    assert ProgrammeVersion.objects.filter(merchant=shop, state="draft").exists()
    desk = Ticket.objects.filter(merchant=shop).count()
    assert desk >= 30
    said = StringIO()
    call_command("load_demo", shop="journey", households=3, stdout=said)
    assert said.getvalue() == ""
    assert orders.count() == counted[0]
    assert Ticket.objects.filter(merchant=shop).count() == desk


def lives(shop: Merchant, *, lesson: str) -> None:
    """The desk has all that a desk has, every ticket is what its history says, and the books balance with the goodwill."""
    tickets = Ticket.objects.filter(merchant=shop)
    assert 30 <= tickets.count() <= 60
    open_ones = tickets.filter(status_category__in=OPEN_CATEGORIES, merged_into__isnull=True)
    meanings = set(open_ones.values_list("status_category", flat=True))
    assert meanings == {"waiting_us", "waiting_customer", "paused"}
    assert open_ones.filter(breaches__gt=0).exists()
    assert open_ones.filter(snoozed_until__isnull=False).exists()
    assert tickets.filter(merged_into__isnull=False).count() == 1
    assert set(tickets.filter(is_recovery=True).values_list("status_category", flat=True)) >= {"waiting_us"}
    assert set(Grant.objects.filter(merchant=shop).values_list("state", flat=True)) == {"posted", "declined", "waiting"}
    assert {1, 5} <= set(
        Satisfaction.objects.filter(merchant=shop, score__isnull=False).values_list("score", flat=True)
    )
    assert not Satisfaction.objects.filter(merchant=shop, sent_at__isnull=True).exists()
    checked = PostMortem.objects.get(merchant=shop, state="checked")
    assert checked.effect is not None
    assert checked.effect["verdict"] == lesson
    assert PostMortem.objects.filter(merchant=shop, state="open").count() == 1
    assert Macro.objects.filter(merchant=shop).count() == 3
    assert Advisor.objects.filter(merchant=shop).exists()
    assert reconcile(shop).faults == []
    for ticket in tickets:
        derived_is_rebuilt(ticket)
