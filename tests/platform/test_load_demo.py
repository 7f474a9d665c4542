"""The demo's shops come to life through actions alone, and their books balance."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.db.models import Sum

from commerce.models import Order, OrderLine
from customers.models import Customer
from loyalty.models import Adjustment, Entry, Hold, ProgrammeVersion, Reconciliation
from loyalty_platform.demo_data.people import demo_key
from merchants.models import ApiKey, Membership, Merchant
from merchants.roles import Role
from merchants.rules.api_keys import hash_of

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
    said = StringIO()
    call_command("load_demo", shop="journey", households=3, stdout=said)
    assert said.getvalue() == ""
    assert orders.count() == counted[0]
