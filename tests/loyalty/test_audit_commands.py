"""The books are proved from their rows alone, and what does not agree is told."""

from __future__ import annotations

from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from commerce.actions.purchases import Purchase, PurchaseLine
from commerce.models import PurchaseSummary
from customers.models import Customer
from loyalty.actions.purchases import record_orders
from loyalty.models import Account
from merchants.clock import now
from merchants.models import SYSTEM, Merchant


@pytest.fixture
def bought(aroma: Merchant, carla: Customer) -> Customer:
    at = now(aroma)
    line = PurchaseLine(Decimal(1), 10_000)
    record_orders(aroma, [Purchase("A-1", carla.pk, at, at, "CNY", [line])], by=SYSTEM)
    return carla


def audit(**options: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("audit_ledger", stdout=out, **options)
    except SystemExit as ending:
        return int(str(ending.code)), out.getvalue()
    return 0, out.getvalue()


def falsify(sql: str, *values: str | int) -> None:
    """Change a row behind the ledger's back, as only the tables' owner can."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("loyalty_account", "loyalty_lot"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(sql, values)
        for table in ("loyalty_account", "loyalty_lot"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def test_books_that_balance_pass(bought: Customer) -> None:
    code, said = audit()
    assert code == 0
    assert "aroma: 2 accounts, 2 entries, 2 lots, 100 points outstanding: books balance" in said


def test_a_point_that_came_from_nowhere_is_found(aroma: Merchant, bought: Customer) -> None:
    account = Account.objects.get(merchant=aroma, customer=bought, wallet="points")
    falsify("UPDATE loyalty_account SET balance = balance + 1 WHERE id = %s", account.pk)
    code, said = audit(shop="aroma")
    assert code == 1
    assert f"account {account.pk}: balance_is_sum_of_entries: expected 100, found 101" in said


def test_a_lot_that_lost_a_point_is_found_and_the_rival_is_not_blamed(aroma: Merchant, bought: Customer) -> None:
    account = Account.objects.get(merchant=aroma, customer=bought, wallet="points")
    falsify("UPDATE loyalty_lot SET remaining = remaining - 1 WHERE account_id = %s", account.pk)
    code, said = audit()
    assert code == 1
    assert "lot_is_points_less_allocations: expected 100, found 99" in said
    assert "borough: 0 accounts, 0 entries, 0 lots, 0 points outstanding: books balance" in said


def test_a_summary_that_drifted_is_told_and_mended(aroma: Merchant, bought: Customer) -> None:
    PurchaseSummary.objects.filter(merchant=aroma, customer=bought).update(orders=7)
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("rebuild_summaries", check=True, stdout=out)
    assert f"customer {bought.pk}" in out.getvalue()
    assert PurchaseSummary.objects.get(merchant=aroma, customer=bought).orders == 7
    call_command("rebuild_summaries", stdout=out)
    assert PurchaseSummary.objects.get(merchant=aroma, customer=bought).orders == 1
    out = StringIO()
    call_command("rebuild_summaries", check=True, stdout=out)
    assert "aroma: summaries agree with the orders" in out.getvalue()
