"""Points that are given, corrected or reversed by a decision instead of an order."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from events.actions import record
from loyalty.actions.books import Books
from loyalty.actions.holds import moment_of, open_used_lots
from loyalty.actions.ledger import open_books, write_books
from loyalty.errors import (
    AdjustmentDecided,
    AlreadyReversed,
    CustomerArchived,
    InsufficientPoints,
    NotReversible,
    SecondPersonNeeded,
)
from loyalty.facts import AdjustmentAsked, AdjustmentRejected, EntryReversed, PointsAdjusted, PointsGranted
from loyalty.models import Adjustment, AdjustmentState, Allocation, Entry, Lot
from loyalty.queries.programme import find_version_in_force, terms_of_version
from loyalty.rules.expiry import lot_expires_at
from loyalty.rules.kinds import Kind, Shortfall, Wallet
from loyalty.rules.ledger import Short
from merchants.clock import now
from merchants.errors import InvalidValue, ReferenceConflict
from merchants.models import SYSTEM, Actor, Merchant

MOST_POINTS = 10_000_000  # in one grant or adjustment: a slipped finger, not a gift


@transaction.atomic
def grant_bonus(
    member: Customer,
    *,
    points: int,
    kind: Kind,
    reference: str,
    by: Actor,
    reason: str = "",
    occurred_at: datetime | None = None,
) -> Entry:
    """Give `points` (> 0) of kind BONUS or GOODWILL; they live as long as earned ones. The same reference posts once.

    `occurred_at` is for history, told in the order of time. Raises ReferenceConflict when the reference posted other points
    before, CustomerArchived, InvalidValue.
    """
    if kind not in (Kind.BONUS, Kind.GOODWILL):
        raise ValueError(f"{kind} is no grant")
    _check_points(points)
    if member.archived_at is not None:
        raise CustomerArchived()
    merchant, at = member.merchant, moment_of(member.merchant, occurred_at)
    books = open_books(merchant, [member.pk], at=at, standings=True, references=[reference])
    book = books.of(member.pk)
    if reference in book.known:
        return _same(merchant, book.known[reference], points)
    entry = book.credit(
        points, kind=kind, reference=reference, at=at, expires_at=_expiry(books, at), reason=reason[:300]
    )
    written = write_books(books, by=by)
    fact = PointsGranted(kind, points, reference, reason[:300], book.balance)
    record(merchant, fact, about=member, by=by, occurred_at=at)
    return Entry.objects.get(merchant=merchant, pk=written.entries[book.account_id, entry.key])


def welcome_member(merchant: Merchant, customer_id: int, *, reference: str) -> Entry | None:
    """Grant the programme's welcome points to somebody new; None when it gives none or they are gone again."""
    version = find_version_in_force(merchant)
    points = version.parsed().welcome_points if version else 0
    member = Customer.objects.filter(merchant=merchant, pk=customer_id, archived_at__isnull=True).first()
    if not points or member is None:
        return None
    with translation.override(merchant.language):
        reason = gettext("Welcome")
    return grant_bonus(member, points=points, kind=Kind.BONUS, reference=reference, by=SYSTEM, reason=reason)


@transaction.atomic
def ask_adjustment(member: Customer, *, points: int, reason: str, by: Actor) -> Adjustment:
    """Correct a balance by signed `points`, with a reason. Within the shop's limit it is posted at once; above it, it waits
    for a second person.

    Raises InsufficientPoints when a deduction is more than can be spent, InvalidValue.
    """
    _check_points(abs(points))
    if not reason.strip():
        raise InvalidValue("reason", _("Say why: the member and the auditor will read it."), code="required")
    merchant = member.merchant
    adjustment = Adjustment.objects.create(
        merchant=merchant, customer=member, points=points, reason=reason.strip()[:300], state=AdjustmentState.WAITING,
        asked_by_id=by.id or 0, asked_by_name=by.name, asked_at=now(merchant),
        needs_second=abs(points) > merchant.adjustment_limit_points,
    )  # fmt: skip
    if adjustment.needs_second:
        record(merchant, AdjustmentAsked(adjustment.pk, points, adjustment.reason), about=member, by=by)
        return adjustment
    return _post(adjustment, by=by)


@transaction.atomic
def approve_adjustment(adjustment: Adjustment, *, by: Actor) -> Adjustment:
    """Post a waiting adjustment. Raises SecondPersonNeeded for the one who asked, AdjustmentDecided, InsufficientPoints."""
    return _post(_lock_waiting(adjustment, by), by=by)


@transaction.atomic
def reject_adjustment(adjustment: Adjustment, *, by: Actor, note: str = "") -> Adjustment:
    """Decline a waiting adjustment. Raises SecondPersonNeeded, AdjustmentDecided."""
    adjustment = _lock_waiting(adjustment, by)
    adjustment.state, adjustment.decision_note = AdjustmentState.REJECTED, note.strip()[:300]
    _decide(adjustment, by)
    fact = AdjustmentRejected(adjustment.pk, adjustment.points, adjustment.decision_note)
    record(adjustment.merchant, fact, about=adjustment.customer, by=by)
    return adjustment


@transaction.atomic
def reverse_entry(entry: Entry, *, reason: str, by: Actor) -> Entry:
    """Take back an entry that was a mistake, by another entry. Once; grants, adjustments and reversals of grants only.

    A credit is taken from its own lot first, what expired of it counts as gone, the rest may become arrears; a debit returns
    to the lots it used. Raises AlreadyReversed, NotReversible.
    """
    merchant, at = entry.merchant, now(entry.merchant)
    if entry.kind not in (Kind.BONUS, Kind.GOODWILL, Kind.ADJUST):
        raise NotReversible()
    member_id, reference = entry.account.customer_id, f"reversal:{entry.pk}"
    if entry.points > 0:
        lot = Lot.objects.get(merchant=merchant, entry=entry)
        books = open_books(
            merchant, [member_id], at=at, wallets=[Wallet.POINTS], need=entry.points, pending_too=True, lot_ids=[lot.pk],
            references=[reference],
        )  # fmt: skip
        book = books.of(member_id)
        _refuse_twice(book.known, reference)
        expired = sum(
            Allocation.objects.filter(merchant=merchant, lot=lot, entry__kind=Kind.EXPIRE).values_list(
                "points", flat=True
            )
        )
        if expired >= entry.points:
            raise NotReversible()
        posted = book.debit(
            entry.points - expired, kind=Kind.REVERSAL, reference=reference, at=at, first=[lot.pk],
            shortfall=Shortfall.ARREARS, reason=reason[:300], reverses=entry.pk,
        )  # fmt: skip
    else:
        books, used = open_used_lots(merchant, member_id, entry, reference)
        book = books.of(member_id)
        _refuse_twice(book.known, reference)
        posted = book.give_back(
            -entry.points, used, kind=Kind.REVERSAL, reference=reference, at=at, reverses=entry.pk, reason=reason[:300]
        )
    if posted is None:
        raise NotReversible()
    written = write_books(books, by=by)
    about = ("customers.customer", member_id)
    record(merchant, EntryReversed(entry.pk, posted.points, reason[:300], book.balance), about=about, by=by)
    return Entry.objects.get(merchant=merchant, pk=written.entries[book.account_id, posted.key])


def _post(adjustment: Adjustment, *, by: Actor) -> Adjustment:
    merchant, member = adjustment.merchant, adjustment.customer
    at, points, reference = now(merchant), adjustment.points, f"adjustment:{adjustment.pk}"
    books = open_books(merchant, [member.pk], at=at, standings=True, need=max(0, -points))
    book = books.of(member.pk)
    if points > 0:
        entry = book.credit(
            points,
            kind=Kind.ADJUST,
            reference=reference,
            at=at,
            expires_at=_expiry(books, at),
            reason=adjustment.reason,
        )
    else:
        try:
            debit = book.debit(-points, kind=Kind.ADJUST, reference=reference, at=at, reason=adjustment.reason)
        except Short as short:
            raise InsufficientPoints(short_by=short.by) from short
        if debit is None:
            raise InsufficientPoints(short_by=-points)
        entry = debit
    written = write_books(books, by=by)
    adjustment.state = AdjustmentState.POSTED
    adjustment.entry_id = written.entries[book.account_id, entry.key]
    _decide(adjustment, by)
    fact = PointsAdjusted(adjustment.pk, points, adjustment.reason, book.balance)
    record(merchant, fact, about=member, by=by)
    return adjustment


def _lock_waiting(adjustment: Adjustment, by: Actor) -> Adjustment:
    adjustment = (
        Adjustment.objects.select_for_update(no_key=True, of=("self",))
        .select_related("customer", "merchant", "customer__merchant")
        .get(merchant=adjustment.merchant, pk=adjustment.pk)
    )
    if adjustment.state != AdjustmentState.WAITING:
        raise AdjustmentDecided()
    if adjustment.asked_by_id == by.id:
        raise SecondPersonNeeded()
    return adjustment


def _decide(adjustment: Adjustment, by: Actor) -> None:
    adjustment.decided_by_id, adjustment.decided_by_name = by.id, by.name
    adjustment.decided_at = now(adjustment.merchant)
    adjustment.save()


def _expiry(books: Books, at: datetime) -> datetime | None:
    version_id = books.version_at(at)
    if version_id is None:
        return None
    return lot_expires_at(terms_of_version(books.merchant, version_id).expiry, earned_at=at, zone=books.merchant.zone)


def _same(merchant: Merchant, entry_id: int, points: int) -> Entry:
    entry = Entry.objects.get(merchant=merchant, pk=entry_id)
    if entry.points != points:
        raise ReferenceConflict()
    return entry


def _refuse_twice(known: dict[str, int], reference: str) -> None:
    if reference in known:
        raise AlreadyReversed()


def _check_points(points: int) -> None:
    if not 0 < points <= MOST_POINTS:
        raise InvalidValue("points", _("Between 1 and %(most)s points."), code="out_of_range", most=MOST_POINTS)
