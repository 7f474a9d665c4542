"""The ledger's pages: entries and why, corrections by two people, and books that are proved."""

from __future__ import annotations

from django.db import connection
from django.test import Client

from customers.models import Customer
from loyalty.actions.grants import ask_adjustment, grant_bonus
from loyalty.actions.holds import hold_points
from loyalty.models import Account, Adjustment, Entry, Reconciliation
from loyalty.queries.figures import liability, totals
from loyalty.rules.kinds import Kind
from merchants.frames.public_ids import public_id
from merchants.models import SYSTEM, Actor, Merchant
from tests.loyalty.dashboard.conftest import an_order

LEDGER = "/dashboard/aroma/ledger/"


def balance(customer: Customer) -> int:
    return Account.objects.get(merchant=customer.merchant_id, customer=customer, wallet="points").balance


def falsify(customer: Customer, *, by: int) -> None:
    """What no action can do."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE loyalty_account SET balance = balance + %s WHERE customer_id = %s AND wallet = 'points'",
            [by, customer.pk],
        )


def entry_of(kind: Kind) -> Entry:
    return Entry.objects.across_merchants().get(kind=kind, account__wallet="points")


def test_entries_are_found_by_member_kind_and_reference(
    ana_s_browser: Client, aroma: Merchant, carla: Customer, dario: Customer, by_ana: Actor
) -> None:
    an_order(aroma, carla, "A-1", 128)
    grant_bonus(dario, points=20, kind=Kind.GOODWILL, reference="ticket:7", by=by_ana, reason="late parcel")

    def shows(query: str) -> tuple[bool, bool]:
        page = ana_s_browser.get(f"{LEDGER}?{query}").content.decode()
        return "Order A-1" in page, "late parcel" in page

    assert shows("") == (True, True)
    assert shows("q=dario") == (False, True)
    assert shows("q=order:A-1") == (True, False)
    assert shows("kind=goodwill") == (False, True)
    assert shows("wallet=growth") == (True, False)
    assert shows("kind=expire") == (False, False)


def test_an_entry_says_why_it_stands_there(ana_s_browser: Client, aroma: Merchant, carla: Customer) -> None:
    an_order(aroma, carla, "A-1", 128)
    hold_points(carla, points=100, reference="till-9", by=SYSTEM, capture=True)

    earned = ana_s_browser.get(f"{LEDGER}{public_id('ent', entry_of(Kind.EARN).pk)}").content.decode()
    spent = ana_s_browser.get(f"{LEDGER}{public_id('ent', entry_of(Kind.SPEND).pk)}").content.decode()

    assert "¥128.00 × 1 = 128" in earned
    assert "28 / 128" in earned
    assert "100 from those of" in spent
    assert "spend:till-9" in spent
    assert "reverse-entry" not in earned


def test_a_mistaken_bonus_is_reversed_by_an_entry_of_its_own(
    ben_s_browser: Client, mia_s_browser: Client, aroma: Merchant, carla: Customer, by_ana: Actor
) -> None:
    entry = grant_bonus(carla, points=500, kind=Kind.BONUS, reference="slip", by=by_ana)
    url = f"{LEDGER}{public_id('ent', entry.pk)}"

    assert mia_s_browser.post(f"{url}/reverse", {"reason": "no"}).status_code == 403
    page = ben_s_browser.post(f"{url}/reverse", {"reason": "wrong member"}, follow=True).content.decode()

    assert "−500" in page
    assert balance(carla) == 0
    ben_s_browser.post(f"{url}/reverse", {"reason": "again"})
    assert balance(carla) == 0


def test_a_small_adjustment_is_posted_a_large_one_waits_for_somebody_else(
    ben_s_browser: Client, ana_s_browser: Client, aroma: Merchant, carla: Customer
) -> None:
    url = f"/dashboard/aroma/customers/{public_id('cus', carla.pk)}/adjust"
    wish = {"direction": "credit", "reason": "missed at the fair"}

    ben_s_browser.post(url, {**wish, "points": "200"})
    waiting = ben_s_browser.post(url, {**wish, "points": "3000"}, follow=True).content.decode()

    assert balance(carla) == 200
    assert "Someone else decides" in waiting
    assert "/approve" not in waiting
    asked = Adjustment.objects.get(merchant=aroma, state="waiting")
    approve = f"/dashboard/aroma/adjustments/{public_id('adj', asked.pk)}/approve"
    assert ben_s_browser.post(approve).status_code == 403
    assert balance(carla) == 200

    ana_s_browser.post(approve)

    assert balance(carla) == 3200
    ana_s_browser.post(approve)
    assert balance(carla) == 3200


def test_an_owner_cannot_approve_what_she_asked_for(
    ana_s_browser: Client, aroma: Merchant, carla: Customer, by_ana: Actor
) -> None:
    asked = ask_adjustment(carla, points=5000, reason="opening balance", by=by_ana)

    page = ana_s_browser.post(f"/dashboard/aroma/adjustments/{public_id('adj', asked.pk)}/approve", follow=True)

    assert "Someone else has to decide about your own request" in page.content.decode()
    assert not Entry.objects.filter(merchant=aroma).exists()


def test_a_rejected_adjustment_moves_nothing(
    ana_s_browser: Client, aroma: Merchant, carla: Customer, by_ben: Actor
) -> None:
    asked = ask_adjustment(carla, points=5000, reason="opening balance", by=by_ben)

    ana_s_browser.post(f"/dashboard/aroma/adjustments/{public_id('adj', asked.pk)}/reject")

    asked.refresh_from_db()
    assert asked.state == "rejected"
    assert not Entry.objects.filter(merchant=aroma).exists()
    assert "opening balance" in ana_s_browser.get("/dashboard/aroma/adjustments/?state=rejected").content.decode()


def test_more_than_the_member_has_is_refused_with_what_is_missing(
    ben_s_browser: Client, aroma: Merchant, carla: Customer
) -> None:
    url = f"/dashboard/aroma/customers/{public_id('cus', carla.pk)}/adjust"

    answer = ben_s_browser.post(url, {"direction": "debit", "points": "40", "reason": "twice"})

    assert answer.status_code == 422
    assert "40 points are missing" in answer.content.decode()
    assert not Adjustment.objects.filter(merchant=aroma).exists()


def test_the_books_add_up_and_are_proved_on_demand(
    ana_s_browser: Client, aroma: Merchant, carla: Customer, borough: Merchant
) -> None:
    an_order(aroma, carla, "A-1", 128)
    hold_points(carla, points=100, reference="till-9", by=SYSTEM, capture=True)

    page = ana_s_browser.post("/dashboard/aroma/books/prove", follow=True).content.decode()

    assert "Every balance, lot and entry agrees" in page
    assert "When do outstanding points leave?" in page
    found = totals(aroma)
    assert (found.issued, found.spent, found.outstanding, found.taken_back) == (128, 100, 28, 0)
    assert [points for _month, points in liability(aroma).by_leaving] == [28]
    assert Reconciliation.objects.filter(merchant=borough).count() == 0


def test_books_that_disagree_say_where(ana_s_browser: Client, aroma: Merchant, carla: Customer) -> None:
    an_order(aroma, carla, "A-1", 128)
    falsify(carla, by=1)

    page = ana_s_browser.post("/dashboard/aroma/books/prove", follow=True).content.decode()

    assert "The balance is the sum of its entries" in page
    assert "The books do not agree" in ana_s_browser.get("/dashboard/aroma/overview/").content.decode()
    falsify(carla, by=-1)  # or the database itself would refuse the end of this transaction
