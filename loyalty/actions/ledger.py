"""The one module that opens and writes the books. One posting is a batch of one.

`open_books` locks accounts (FOR NO KEY UPDATE, in id order) and reads what a verb must see; the verbs of
`loyalty.rules.ledger` change the books in memory; `write_books` writes every row they made in one statement. Both must be
called inside the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from pydantic_core import from_json, to_json

from events.actions import Recorded, Telling, record_many, telling
from loyalty.actions.books import Books, read_books, rows_to_write
from loyalty.rules.kinds import Wallet
from loyalty.rules.shares import Share
from merchants.actions.sending import send_with_next
from merchants.clock import world_now
from merchants.models import Actor, Merchant

_WRITE = "SELECT loyalty_write_books(%s, %s, %s, %s, %s)"
ALL_WALLETS = (Wallet.POINTS, Wallet.GROWTH)


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
        return read_books(merchant, _json(cursor.fetchone()))


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
    document, entry_keys = rows_to_write(books)
    if not document:
        return None
    document["actor"] = {"kind": by.kind, "id": by.id, "name": by.name}
    told = telling(books.merchant, facts, by=by, deliver=deliver)
    params = [
        books.merchant.pk, world_now(), to_json(document).decode(), told.facts if told else None,
        told.frame if told else None,
    ]  # fmt: skip
    return _Prepared(params, entry_keys, told)


def _json(row: tuple[Any, ...] | None) -> Any:
    """A jsonb answer: Django leaves it as text for functions' results."""
    value = row[0] if row else None
    return from_json(value) if isinstance(value, str) else value


def _moment(iso: str) -> datetime:
    return datetime.fromisoformat(iso)
