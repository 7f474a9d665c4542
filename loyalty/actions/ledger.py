"""The one module that opens and writes the books. One posting is a batch of one.

`open_books` locks accounts (FOR NO KEY UPDATE, in id order) and reads what a verb must see; the verbs of
`loyalty.rules.ledger` change the books in memory; `write_books` writes every row they made in one statement. Both must be
called inside the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from pydantic_core import from_json, to_json

from events.actions import Recorded, Telling, record_many, telling
from loyalty.rules.kinds import Wallet
from loyalty.rules.ledger import Arrear, Book, Entry, Lot
from loyalty.rules.shares import Share
from loyalty.rules.tiers import Standing
from merchants.actions.sending import send_with_next
from merchants.clock import world_now
from merchants.models import Actor, Merchant

_WRITE = "SELECT loyalty_write_books(%s, %s, %s, %s, %s)"
ALL_WALLETS = (Wallet.POINTS, Wallet.GROWTH)


@dataclass(slots=True)
class NewAward:
    """An award to be written; `key` is −1, −2, … as entries refer to it."""

    key: int
    order_id: int
    account_id: int
    wallet: Wallet
    version_id: int
    tier: str
    multiplier: Decimal
    contributions: list[Decimal]
    points: int
    at: datetime


@dataclass(slots=True)
class NewHold:
    """A hold to be written; `key` is −1, −2, … as entries refer to it."""

    key: int
    account_id: int
    reference: str
    points: int
    captured_points: int
    state: str
    description: str
    parts: list[tuple[int, int]]
    created_at: datetime
    expires_at: datetime
    settled_at: datetime | None


@dataclass(slots=True)
class OpenBook:
    """A book with the figures it had when it was opened, from which the differences to be written are taken."""

    book: Book
    standing: Standing | None
    archived: bool  # the customer left: their books are read, and nothing is spent from them
    due: list[tuple[datetime, int, int]]  # growth that leaves while the batch runs: (expires_at, points, orders)
    before: tuple[int, int, int, int] = (0, 0, 0, 0)
    lots_before: dict[int, tuple[int, int]] = field(default_factory=dict)
    owed_before: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class Books:
    """All accounts opened by one session, by (customer id, wallet)."""

    merchant: Merchant
    by_key: dict[tuple[int, Wallet], OpenBook]
    versions: list[tuple[int, datetime]]  # published ones with their beginning, oldest first
    awards: list[NewAward] = field(default_factory=list)
    holds: list[NewHold] = field(default_factory=list)
    standings: dict[int, Standing] = field(default_factory=dict)  # changed ones, by customer id

    def of(self, customer_id: int, wallet: Wallet = Wallet.POINTS) -> Book:
        return self.by_key[customer_id, wallet].book

    def version_at(self, at: datetime) -> int | None:
        """Id of the version in force then; the first one for what lies before it; None without a programme."""
        begun = [version_id for version_id, effective_from in self.versions if effective_from <= at]
        return begun[-1] if begun else self.versions[0][0] if self.versions else None

    def opened(self, customer_id: int, wallet: Wallet = Wallet.POINTS) -> OpenBook:
        return self.by_key[customer_id, wallet]


@dataclass(frozen=True, slots=True)
class Written:
    """Ids of the written rows: entries by (account id, key in the book), awards and holds by key."""

    entries: dict[tuple[int, int], int]
    awards: dict[int, int]
    holds: dict[int, int]


def open_books(
    merchant: Merchant,
    customer_ids: Iterable[int],
    *,
    at: datetime,
    standings: bool = False,
    wallets: Sequence[Wallet] = ALL_WALLETS,
    references: Sequence[str] | None = None,
    need: int = 0,
    pending_too: bool = False,
    lot_ids: Sequence[int] | None = None,
    due_until: datetime | None = None,
) -> Books:
    """Lock the members' accounts, opening missing ones, and read them. Who is no customer has no book in the answer.

    `need`: load lots in spending order that cover so many points (`pending_too`: not yet available ones as well);
    `lot_ids`: load these besides; `references`: tell which have posted before (`book.known`); `standings`: start missing
    ones on the first tier; `due_until`: also what leaves the growth wallet by then.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT loyalty_open_accounts(%s, %s::bigint[], %s::text[], %s, %s, %s::text[], %s, %s, %s::bigint[], %s)",
            [
                merchant.pk, sorted(set(customer_ids)), [str(wallet) for wallet in wallets], at, standings,
                list(references) if references else None, need, pending_too, list(lot_ids) if lot_ids else None, due_until,
            ],
        )  # fmt: skip
        return _books(merchant, cursor.fetchone())


@dataclass(frozen=True, slots=True)
class Closed:
    """Lots that were closed; `members`: (customer id, points, balance after it, moment) of those who lost points.

    `last`: the latest expiry among them, where the next chunk begins; None when nothing was due.
    """

    lots: int
    last: datetime | None
    members: list[tuple[int, int, int, datetime]]


def close_due_lots(merchant: Merchant, *, since: datetime, at: datetime, most: int, share: Share) -> Closed:
    """Write the closing entries of up to `most` lots that expired from `since` to `at`: one statement locks, looks, writes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT loyalty_close_due_lots(%s, %s, %s, %s, %s, %s, %s)",
            [merchant.pk, since, at, world_now(), most, share.part, share.parts],
        )
        answer = _json(cursor.fetchone())
    last = _moment(answer["last"]) if answer["last"] else None
    return Closed(answer["lots"], last, [(*row[:3], _moment(row[3])) for row in answer["members"]])


def write_books(books: Books, *, by: Actor, facts: Sequence[Recorded] = (), deliver: bool = True) -> Written:
    """Write everything that the verbs made since `open_books`, in one statement, and record `facts` with it.

    Nothing made and nothing to tell: nothing written. A fact's `hold_id` may be a NewHold's key.
    """
    prepared = _prepared(books, by=by, facts=facts, deliver=deliver)
    if prepared is None:
        record_many(books.merchant, facts, by=by, deliver=deliver)
        return Written({}, {}, {})
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, prepared.params)
        written = _json(cursor.fetchone())
    prepared.nudge_after_commit()
    return Written(
        dict(zip(prepared.entry_keys, written["entries"] or (), strict=True)),
        dict(zip((award.key for award in books.awards), written["awards"] or (), strict=True)),
        dict(zip((hold.key for hold in books.holds), written["holds"] or (), strict=True)),
    )


def write_books_with_next(books: Books, *, by: Actor, facts: Sequence[Recorded] = (), deliver: bool = True) -> None:
    """As `write_books`, for who needs no id of what was written: it travels with the transaction's next statement."""
    prepared = _prepared(books, by=by, facts=facts, deliver=deliver)
    if prepared is None:
        record_many(books.merchant, facts, by=by, deliver=deliver)
        return
    send_with_next(_WRITE, prepared.params)
    prepared.nudge_after_commit()


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A call of `loyalty_write_books`."""

    params: list[Any]
    entry_keys: list[tuple[int, int]]
    told: Telling | None

    def nudge_after_commit(self) -> None:
        if self.told:
            self.told.nudge_after_commit()


def _prepared(books: Books, *, by: Actor, facts: Sequence[Recorded], deliver: bool) -> _Prepared | None:
    """None when the verbs made nothing."""
    payload: dict[str, list[dict[str, Any]]] = {
        name: []
        for name in (
            "accounts",
            "entries",
            "lots",
            "changes",
            "allocations",
            "owed",
            "paid",
            "awards",
            "holds",
            "standings",
        )
    }
    entry_keys: list[tuple[int, int]] = []
    for opened in books.by_key.values():
        _collect(opened, payload, entry_keys)
    for award in books.awards:
        payload["awards"].append(_award_row(award))
    for hold in books.holds:
        payload["holds"].append(_hold_row(hold))
    for customer_id, standing in books.standings.items():
        payload["standings"].append(
            {
                "customer": customer_id,
                "tier": standing.tier,
                "since": standing.since.isoformat(),
                "grace": standing.grace_until.isoformat() if standing.grace_until else None,
            }
        )
    if not any(payload.values()):
        return None
    document: dict[str, Any] = {name: rows for name, rows in payload.items() if rows}
    document["n_entries"], document["n_lots"] = len(payload["entries"]), len(payload["lots"])
    document["actor"] = {"kind": by.kind, "id": by.id, "name": by.name}
    told = telling(books.merchant, facts, by=by, deliver=deliver)
    params = [
        books.merchant.pk, world_now(), to_json(document).decode(), told.facts if told else None,
        told.frame if told else None,
    ]  # fmt: skip
    return _Prepared(params, entry_keys, told)


def lot_from_row(row: Sequence[Any]) -> Lot:
    """A lot as `loyalty_lot_json` writes it."""
    key, points, remaining, held, earned, available, expires, order_credit, entry = row
    return Lot(
        key, points, remaining, held, _moment(earned), _moment(available) if available else None,
        _moment(expires) if expires else None, order_credit, entry,
    )  # fmt: skip


def _books(merchant: Merchant, row: tuple[Any, ...] | None) -> Books:
    answer = _json(row)
    return Books(
        merchant,
        {(opened.book.customer_id, opened.book.wallet): opened for opened in map(_opened, answer["accounts"])},
        [(version_id, _moment(effective_from)) for version_id, effective_from in answer["versions"]],
    )


def _opened(row: Sequence[Any]) -> OpenBook:
    """An account as `loyalty_open_accounts` writes it."""
    (
        account_id, customer_id, wallet, balance, held, arrears, orders, tier, since, grace_until, archived, owing, known,
        picked, due,
    ) = row  # fmt: skip
    lots = [lot_from_row(lot) for lot in picked or ()]
    owed = [Arrear(*arrear) for arrear in owing or ()]
    book = Book(account_id, customer_id, Wallet(wallet), balance, held, arrears, orders, lots, owed, known or {})
    standing = None
    if tier is not None:
        standing = Standing(tier, _moment(since), _moment(grace_until) if grace_until else None)
    return OpenBook(
        book,
        standing,
        archived,
        [(_moment(expires), points, orders) for expires, points, orders in due or ()],
        (balance, held, arrears, orders),
        {lot.key: (lot.remaining, lot.held) for lot in lots},
        {arrear.key: arrear.remaining for arrear in owed},
    )


def _collect(opened: OpenBook, payload: dict[str, list[dict[str, Any]]], entry_keys: list[tuple[int, int]]) -> None:
    """Append one book's rows; its keys −1, −2, … are moved past those of the books before it."""
    book = opened.book
    moved = _changed_lots(opened)
    if not book.entries and not moved and not book.new_lots:
        return
    entry_base, lot_base = len(payload["entries"]), len(payload["lots"])

    def entry_key(key: int) -> int:
        return key - entry_base if key < 0 else key

    def lot_key(key: int) -> int:
        return key - lot_base if key < 0 else key

    entry_keys += [(book.account_id, entry.key) for entry in book.entries]
    payload["entries"] += [_entry_row(book, entry, entry_base - entry.key) for entry in book.entries]
    payload["lots"] += [_lot_row(book, lot, lot_base - lot.key, entry_key(lot.entry_key)) for lot in book.new_lots]
    payload["changes"] += moved
    payload["allocations"] += [
        {"entry": entry_key(used.entry), "lot": lot_key(used.lot), "points": used.points} for used in book.allocations
    ]
    payload["owed"] += [
        {"account": book.account_id, "entry": entry_key(arrear.entry_key), "points": arrear.points} | _owing(arrear)
        for arrear in book.new_arrears
    ]
    payload["paid"] += [
        {"id": arrear.key} | _owing(arrear)
        for arrear in book.owed
        if arrear.key > 0 and arrear.remaining != opened.owed_before[arrear.key]
    ]
    payload["accounts"].append(_account_row(opened, moved))


def _entry_row(book: Book, entry: Entry, place: int) -> dict[str, Any]:
    row: dict[str, Any] = {
        "k": place, "account": book.account_id, "kind": entry.kind, "points": entry.points, "after": entry.balance_after,
        "reference": entry.reference, "at": entry.occurred_at.isoformat(),
    }  # fmt: skip
    # Most entries have one of these four at most, and an import writes very many.
    for name, value in (
        ("reason", entry.reason), ("award", entry.award), ("reverses", entry.reverses), ("hold", entry.hold),
    ):  # fmt: skip
        if value:
            row[name] = value
    return row


def _lot_row(book: Book, lot: Lot, place: int, entry: int) -> dict[str, Any]:
    row: dict[str, Any] = {
        "k": place, "account": book.account_id, "entry": entry, "points": lot.points, "remaining": lot.remaining,
        "earned": lot.earned_at.isoformat(),
    }  # fmt: skip
    if lot.available_at is not None:
        row["available"] = lot.available_at.isoformat()
    if lot.expires_at is not None:
        row["expires"] = lot.expires_at.isoformat()
    if lot.order_credit:
        row["order_credit"] = True
    return row


def _owing(arrear: Arrear) -> dict[str, int]:
    return {"remaining": arrear.remaining, "forgiven": arrear.forgiven}


def _account_row(opened: OpenBook, moved: list[dict[str, int]]) -> dict[str, int]:
    """What moved in the account; `lots` is what its lots say moved, for the database to compare."""
    book = opened.book
    balance, held, arrears, orders = opened.before
    return {
        "id": book.account_id,
        "balance": book.balance - balance,
        "held": book.held - held,
        "arrears": book.arrears - arrears,
        "orders": book.orders - orders,
        "earned": book.earned,
        "spent": book.spent,
        "lots": sum(lot.remaining for lot in book.new_lots) + sum(change["remaining"] for change in moved),
    }


def _changed_lots(opened: OpenBook) -> list[dict[str, int]]:
    changes = []
    for lot in opened.book.lots:
        if lot.key > 0 and (lot.remaining, lot.held) != (before := opened.lots_before[lot.key]):
            changes.append({"id": lot.key, "remaining": lot.remaining - before[0], "held": lot.held - before[1]})
    return changes


def _award_row(award: NewAward) -> dict[str, Any]:
    return {
        "k": -award.key,
        "order_id": award.order_id,
        "account": award.account_id,
        "wallet": award.wallet,
        "version": award.version_id,
        "tier": award.tier,
        "multiplier": str(award.multiplier),
        "contributions": [f"{part:f}" for part in award.contributions],
        "points": award.points,
        "at": award.at.isoformat(),
    }


def _hold_row(hold: NewHold) -> dict[str, Any]:
    return {
        "k": -hold.key,
        "account": hold.account_id,
        "reference": hold.reference,
        "points": hold.points,
        "captured": hold.captured_points,
        "state": hold.state,
        "description": hold.description,
        "parts": hold.parts,
        "created": hold.created_at.isoformat(),
        "expires": hold.expires_at.isoformat(),
        "settled": _iso(hold.settled_at),
    }


def _json(row: tuple[Any, ...] | None) -> Any:
    """A jsonb answer: Django leaves it as text for functions' results."""
    value = row[0] if row else None
    return from_json(value) if isinstance(value, str) else value


def _moment(iso: str) -> datetime:
    return datetime.fromisoformat(iso)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
