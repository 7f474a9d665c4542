"""Books as the actions hold them, and how they travel: read from what `loyalty_open_accounts` answers, told to
`loyalty_write_books` as rows. Nothing here talks to the database; `loyalty.actions.ledger` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from loyalty.rules.kinds import Wallet
from loyalty.rules.ledger import Arrear, Book, Entry, Lot
from loyalty.rules.tiers import Standing
from merchants.models import Merchant

Row = dict[str, Any]  # of the JSON that `loyalty_write_books` takes; moments are written by who makes it JSON


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


def read_books(merchant: Merchant, answer: Any) -> Books:
    """What `loyalty_open_accounts` answered, parsed."""
    return Books(
        merchant,
        {(opened.book.customer_id, opened.book.wallet): opened for opened in map(_opened, answer["accounts"])},
        [(version_id, _moment(effective_from)) for version_id, effective_from in answer["versions"]],
    )


def lot_from_row(row: Sequence[Any]) -> Lot:
    """A lot as `loyalty_lot_json` writes it."""
    key, points, remaining, held, earned, available, expires, order_credit, entry = row
    return Lot(
        key, points, remaining, held, _moment(earned), _moment(available) if available else None,
        _moment(expires) if expires else None, order_credit, entry,
    )  # fmt: skip


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


def rows_to_write(books: Books) -> tuple[dict[str, Any], list[tuple[int, int]]]:
    """All that the verbs made, as `loyalty_write_books` takes it, and whose entries they are: (account id, key in the book).

    An empty document when they made nothing.
    """
    rows: dict[str, list[Row]] = {
        "accounts": [], "entries": [], "lots": [], "changes": [], "allocations": [], "owed": [], "paid": [],
    }  # fmt: skip
    entry_keys: list[tuple[int, int]] = []
    for opened in books.by_key.values():
        _collect(opened, rows, entry_keys)
    rows["awards"] = [_award_row(award) for award in books.awards]
    rows["holds"] = [_hold_row(hold) for hold in books.holds]
    rows["standings"] = [
        {"customer": customer_id, "tier": standing.tier, "since": standing.since, "grace": standing.grace_until}
        for customer_id, standing in books.standings.items()
    ]
    document: dict[str, Any] = {name: each for name, each in rows.items() if each}
    if document:
        document["n_entries"], document["n_lots"] = len(rows["entries"]), len(rows["lots"])
    return document, entry_keys


def _collect(opened: OpenBook, payload: dict[str, list[Row]], entry_keys: list[tuple[int, int]]) -> None:
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
        "reference": entry.reference, "at": entry.occurred_at,
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
        "earned": lot.earned_at,
    }  # fmt: skip
    if lot.available_at is not None:
        row["available"] = lot.available_at
    if lot.expires_at is not None:
        row["expires"] = lot.expires_at
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
        "at": award.at,
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
        "created": hold.created_at,
        "expires": hold.expires_at,
        "settled": hold.settled_at,
    }


def _moment(iso: str) -> datetime:
    return datetime.fromisoformat(iso)
