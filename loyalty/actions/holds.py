"""Spending in two steps: hold, then capture or release. A spend at the till does both at once."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from events.actions import Recorded, record
from events.facts import Fact
from loyalty.actions.books import Books, NewHold
from loyalty.actions.ledger import open_books, write_books
from loyalty.errors import CaptureTooLarge, CustomerArchived, HoldNotOpen, InsufficientPoints, NothingToReturn
from loyalty.facts import HoldReleased, PointsHeld, PointsSpent, SpendReturned
from loyalty.models import Allocation, Entry, Hold, HoldState
from loyalty.queries.programme import terms_of_version
from loyalty.rules.kinds import Kind, Wallet
from loyalty.rules.ledger import Short
from merchants.actions.joining import joined_transaction
from merchants.clock import now
from merchants.errors import InvalidValue, NotFound, ReferenceConflict
from merchants.models import Actor, Merchant

DEFAULT_HOLD_MINUTES = 30


@joined_transaction
def hold_points(
    member: Customer,
    *,
    points: int,
    reference: str,
    by: Actor,
    capture: bool = False,
    minutes: int | None = None,
    description: str = "",
    occurred_at: datetime | None = None,
) -> Hold:
    """Set `points` aside for `minutes` (None: as the programme says), or spend them at once with `capture`.

    The same reference and points again answer with the first hold; other points under it, ReferenceConflict. `occurred_at`
    is for history, told in the order of time. Raises InsufficientPoints (`short_by`), CustomerArchived, InvalidValue, or
    NotFound when there is no such member: of `member` only the id and the merchant are looked at.
    """
    if points <= 0:
        raise InvalidValue("points", _("A spend is at least one point."), code="not_positive")
    merchant = member.merchant
    at = moment_of(merchant, occurred_at)
    key, held = f"spend:{reference}", f"hold:{reference}"
    books = open_books(merchant, [member.pk], at=at, wallets=[Wallet.POINTS], need=points, references=[held])
    if (member.pk, Wallet.POINTS) not in books.by_key:
        raise NotFound()
    if books.opened(member.pk).archived:
        raise CustomerArchived()
    book = books.of(member.pk)
    if held in book.known:  # under the account's lock: nobody else can hold under it meanwhile
        earlier = Hold.objects.get(merchant=merchant, pk=book.known[held])
        if earlier.points != points or (capture and earlier.state != HoldState.CAPTURED):
            raise ReferenceConflict()
        return earlier
    hold = _new_hold(books, book.account_id, points, reference, at, minutes, description, capture=capture)
    try:
        if capture:
            entry = book.debit(points, kind=Kind.SPEND, reference=key, at=at, reason=description[:300])
            if entry is not None:
                entry.hold = hold.key
        else:
            hold.parts = book.hold(points, at=at)
    except Short as short:
        raise InsufficientPoints(short_by=short.by) from short
    books.holds.append(hold)
    fact: Fact = (
        PointsSpent(hold.key, points, reference, book.balance) if capture else PointsHeld(hold.key, points, reference)
    )
    hold_id = write_books(books, by=by, facts=[Recorded(fact, member, at)]).holds[hold.key]
    return as_written(merchant, hold, hold_id)


def moment_of(merchant: Merchant, occurred_at: datetime | None) -> datetime:
    """When it happened: now, or the moment of the past that history tells. Raises InvalidValue for one to come."""
    present = now(merchant)
    if occurred_at is not None and occurred_at > present:
        raise InvalidValue("occurred_at", _("This moment has not come yet."), code="in_future")
    return occurred_at or present


def as_written(merchant: Merchant, hold: NewHold, hold_id: int) -> Hold:
    """The row that a new hold became, without reading it."""
    return Hold(
        id=hold_id, merchant=merchant, account_id=hold.account_id, reference=hold.reference, points=hold.points,
        state=hold.state, captured_points=hold.captured_points, description=hold.description,
        parts=[list(part) for part in hold.parts], created_at=hold.created_at, expires_at=hold.expires_at,
        settled_at=hold.settled_at,
    )  # fmt: skip


def _new_hold(
    books: Books,
    account_id: int,
    points: int,
    reference: str,
    at: datetime,
    minutes: int | None,
    description: str,
    *,
    capture: bool,
) -> NewHold:
    if minutes is None:
        minutes = default_minutes(books.merchant, books.version_at(at))
    state = HoldState.CAPTURED if capture else HoldState.HELD
    return NewHold(
        -1, account_id, reference, points, points if capture else 0, state, description[:200], [], at,
        at + timedelta(minutes=minutes), at if capture else None,
    )  # fmt: skip


def default_minutes(merchant: Merchant, version_id: int | None) -> int:
    """How long a hold waits, as the programme's version says; without a programme, half an hour."""
    return terms_of_version(merchant, version_id).hold_minutes if version_id else DEFAULT_HOLD_MINUTES


@transaction.atomic
def capture_hold(hold: Hold, *, by: Actor, points: int | None = None) -> Hold:
    """Spend a hold, or `points` of it; the rest is released. A captured hold answers again as it is.

    Raises HoldNotOpen when it was released or its time is over, CaptureTooLarge.
    """
    merchant, member_id, at = hold.merchant, hold.account.customer_id, now(hold.merchant)
    books = open_books(merchant, [member_id], at=at, wallets=[Wallet.POINTS], lot_ids=[part[0] for part in hold.parts])
    hold = _lock(hold)
    wanted = hold.points if points is None else points
    if hold.state == HoldState.CAPTURED and hold.captured_points == wanted:
        return hold
    if hold.state != HoldState.HELD or hold.expires_at <= at:
        raise HoldNotOpen(state=str(HoldState(hold.state if hold.state != HoldState.HELD else HoldState.EXPIRED).label))
    if not 0 < wanted <= hold.points:
        raise CaptureTooLarge(held_points=hold.points)
    book = books.of(member_id)
    book.capture(
        wanted, [(lot, part) for lot, part in hold.parts], reference=f"spend:{hold.reference}", at=at, hold=hold.pk,
        reason=hold.description,
    )  # fmt: skip
    write_books(books, by=by)
    hold.state, hold.captured_points, hold.settled_at, hold.parts = HoldState.CAPTURED, wanted, at, []
    hold.save(update_fields=["state", "captured_points", "settled_at", "parts"])
    about = ("customers.customer", member_id)
    record(merchant, PointsSpent(hold.pk, wanted, hold.reference, book.balance), about=about, by=by)
    return hold


@transaction.atomic
def release_hold(hold: Hold, *, by: Actor, lapsed: bool = False) -> Hold:
    """Give held points back. A released hold answers again as it is; a captured one raises HoldNotOpen."""
    merchant, member_id, at = hold.merchant, hold.account.customer_id, now(hold.merchant)
    books = open_books(merchant, [member_id], at=at, wallets=[Wallet.POINTS], lot_ids=[part[0] for part in hold.parts])
    hold = _lock(hold)
    if hold.state in (HoldState.RELEASED, HoldState.EXPIRED):
        return hold
    if hold.state != HoldState.HELD:
        raise HoldNotOpen(state=str(HoldState(hold.state).label))
    books.of(member_id).release([(lot, part) for lot, part in hold.parts])
    write_books(books, by=by)
    hold.state, hold.settled_at, hold.parts = HoldState.EXPIRED if lapsed else HoldState.RELEASED, at, []
    hold.save(update_fields=["state", "settled_at", "parts"])
    about = ("customers.customer", member_id)
    record(merchant, HoldReleased(hold.pk, hold.points, hold.reference, lapsed), about=about, by=by)
    return hold


@transaction.atomic
def return_spend(hold: Hold, *, reference: str, by: Actor, points: int | None = None, reason: str = "") -> Hold:
    """Give back a captured spend, or `points` of it, to the lots it used: they keep their original expiry.

    The same reference again changes nothing. Raises HoldNotOpen unless captured, NothingToReturn.
    """
    merchant, member_id, at = hold.merchant, hold.account.customer_id, now(hold.merchant)
    spend = Entry.objects.filter(merchant=merchant, hold=hold, kind=Kind.SPEND).first()
    if spend is None:
        raise HoldNotOpen(state=str(HoldState(hold.state).label))
    key = f"return:{hold.reference}:{reference}"
    books, used = open_used_lots(merchant, member_id, spend, key)
    hold = _lock(hold)
    book = books.of(member_id)
    if key in book.known:
        return hold
    returnable = hold.captured_points - hold.returned_points
    wanted = returnable if points is None else points
    if not 0 < wanted <= returnable:
        raise NothingToReturn(returnable_points=returnable)
    book.give_back(wanted, used, kind=Kind.SPEND_RETURN, reference=key, at=at, reverses=spend.pk, reason=reason[:300])
    write_books(books, by=by)
    hold.returned_points += wanted
    hold.save(update_fields=["returned_points"])
    about = ("customers.customer", member_id)
    record(merchant, SpendReturned(hold.pk, wanted, hold.reference, book.balance), about=about, by=by)
    return hold


def open_used_lots(
    merchant: Merchant, member_id: int, debit: Entry, reference: str
) -> tuple[Books, list[tuple[int, int]]]:
    """Open the books with the lots that `debit` used; (books, [(lot id, points still out)] in the order of use)."""
    # Lots first without the lock to know which to load; what is still out is counted again under it.
    lot_ids = list(
        Allocation.objects.filter(merchant=merchant, entry=debit).values_list("lot_id", flat=True).distinct()
    )
    books = open_books(
        merchant, [member_id], at=now(merchant), wallets=[Wallet.POINTS], lot_ids=lot_ids, references=[reference]
    )
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT jsonb_agg(jsonb_build_array(lot_id, out) ORDER BY first) FROM (
                SELECT a.lot_id, sum(a.points) AS out, min(a.id) AS first
                FROM loyalty_allocation a JOIN loyalty_entry e ON e.id = a.entry_id
                WHERE a.merchant_id = %s AND (e.id = %s OR e.reverses_id = %s)
                GROUP BY a.lot_id HAVING sum(a.points) > 0
            ) used
            """,
            [merchant.pk, debit.pk, debit.pk],
        )
        row = cursor.fetchone()
    rows = json.loads(row[0]) if row and isinstance(row[0], str) else (row[0] if row else None)
    return books, [(lot_id, out) for lot_id, out in rows or ()]


def _lock(hold: Hold) -> Hold:
    return (
        Hold.objects.select_for_update(no_key=True, of=("self",))
        .select_related("account", "merchant")
        .get(merchant=hold.merchant, pk=hold.pk)
    )


def release_lapsed_holds(merchant: Merchant, *, by: Actor, most: int = 500) -> int:
    """Release the holds whose time is over, each in its own transaction; how many there were."""
    due = Hold.objects.filter(merchant=merchant, state=HoldState.HELD, expires_at__lte=now(merchant)).order_by(
        "expires_at"
    )
    holds = list(due.select_related("account", "merchant")[:most])
    for hold in holds:
        release_hold(hold, by=by, lapsed=True)
    return len(holds)
