"""The ledger's arithmetic: what each verb does to an account's lots. Plain Python, no database, no clock.

A `Book` is one account as it was read under its lock, with the lots a verb may touch. Verbs change it and note every row to
be written: entries, new lots, allocations, arrears. `loyalty.actions.ledger` reads books and writes them; nothing else does.
The night's closing of expired lots is no verb: it looks at nothing but the lot, and stays in the database.

The invariants, for any sequence of verbs:
- balance = Σ entries = Σ lots' remaining − arrears;
- 0 ≤ held ≤ Σ remaining of each lot and of the account: what can be spent is never below zero;
- a debit's points = its allocations + what it left in arrears; a return's points = the allocations it gives back;
- a lot past its expiry, or not yet available, is never spent.

Keys: a row in the database has its id (> 0); a row yet to be written has −1, −2, … in order of its making.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from loyalty.rules.kinds import Kind, Shortfall, Wallet


class Short(Exception):
    """A debit or hold that must be covered is not: `by` points are missing. Nothing was changed."""

    def __init__(self, by: int) -> None:
        self.by = by
        super().__init__(by)


@dataclass(slots=True)
class Lot:
    """Points of one credit. `held` of the `remaining` are set aside by holds."""

    key: int
    points: int
    remaining: int
    held: int
    earned_at: datetime
    available_at: datetime | None = None
    expires_at: datetime | None = None
    order_credit: bool = False  # counts as one order towards the tier while anything remains
    entry_key: int = 0

    @property
    def free(self) -> int:
        return self.remaining - self.held

    def has_expired(self, at: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= at

    def is_spendable(self, at: datetime) -> bool:
        return self.free > 0 and not self.has_expired(at) and (self.available_at is None or self.available_at <= at)


@dataclass(slots=True)
class Arrear:
    """What a debit still owes."""

    key: int
    entry_key: int
    points: int
    remaining: int
    forgiven: int = 0


@dataclass(slots=True)
class Entry:
    """One posting, as it will stand for ever."""

    key: int
    kind: Kind
    points: int
    balance_after: int
    reference: str
    occurred_at: datetime
    reason: str = ""
    award: int | None = None  # key of the award it belongs to
    reverses: int | None = None  # id of the entry it takes back
    hold: int | None = None  # id of the hold it captured


@dataclass(frozen=True, slots=True)
class Allocation:
    """`points` of `lot` used by the debit `entry`; negative where a return gives them back."""

    entry: int
    lot: int
    points: int


@dataclass(slots=True)
class Book:
    """One account under its lock. Loaded lots are in spending order: soonest expiry first, then oldest."""

    account_id: int
    customer_id: int
    wallet: Wallet
    balance: int = 0
    held: int = 0
    arrears: int = 0
    orders: int = 0
    lots: list[Lot] = field(default_factory=list)
    owed: list[Arrear] = field(default_factory=list)
    known: dict[str, int] = field(default_factory=dict)  # reference → id of the entry that stands already
    entries: list[Entry] = field(default_factory=list)
    new_lots: list[Lot] = field(default_factory=list)
    new_arrears: list[Arrear] = field(default_factory=list)
    allocations: list[Allocation] = field(default_factory=list)
    earned: int = 0  # this session's movements of the lifetime figures
    spent: int = 0

    # ── verbs ────────────────────────────────────────────────────────────────────────────────────────────────────

    def credit(
        self,
        points: int,
        *,
        kind: Kind,
        reference: str,
        at: datetime,
        earned_at: datetime | None = None,
        available_at: datetime | None = None,
        expires_at: datetime | None = None,
        reason: str = "",
        award: int | None = None,
        order_credit: bool = False,
    ) -> Entry:
        """Add a lot of `points` (> 0). Open arrears are paid from it first."""
        if points <= 0:
            raise ValueError("A credit is positive.")
        entry = self._enter(points, kind, reference, at, reason=reason, award=award)
        lot = Lot(
            -len(self.new_lots) - 1, points, points, 0, earned_at or at, available_at, expires_at,
            order_credit=order_credit, entry_key=entry.key,
        )  # fmt: skip
        self.new_lots.append(lot)
        self.lots.append(lot)
        self.orders += order_credit
        self.earned += points
        self._pay_arrears((lot,))
        return entry

    def debit(
        self,
        points: int,
        *,
        kind: Kind,
        reference: str,
        at: datetime,
        first: Sequence[int] = (),
        shortfall: Shortfall = Shortfall.REFUSE,
        reason: str = "",
        award: int | None = None,
        reverses: int | None = None,
    ) -> Entry | None:
        """Take `points` (> 0) from the lots named in `first`, then from the others, soonest expiry first.

        `first` lots are taken even before they become available. A shortfall is refused (Short, nothing changed), owed, or
        written off; None when everything was written off. Clawbacks may also use points not yet available, for nobody
        should owe what already lies there.
        """
        if points <= 0:
            raise ValueError("A debit is positive.")
        own = [lot for key in first for lot in self.lots if lot.key == key and lot.free > 0]
        others = [lot for lot in self.lots if lot.key not in first and lot.is_spendable(at)]
        if shortfall is not Shortfall.REFUSE:
            others += [
                lot for lot in self.lots
                if lot.key not in first and lot.free > 0 and not lot.has_expired(at) and not lot.is_spendable(at)
            ]  # fmt: skip
        covered = sum(lot.free for lot in own) + sum(lot.free for lot in others)
        missing = max(0, points - covered)
        if missing and shortfall is Shortfall.REFUSE:
            raise Short(missing)
        if shortfall is Shortfall.WRITE_OFF:
            points -= missing
            missing = 0
            if not points:
                return None
        entry = self._enter(-points, kind, reference, at, reason=reason, award=award, reverses=reverses)
        self._take(points - missing, (*own, *others), entry.key)
        if missing:
            arrear = Arrear(-len(self.new_arrears) - 1, entry.key, missing, missing)
            self.new_arrears.append(arrear)
            self.owed.append(arrear)
            self.arrears += missing
        if kind is Kind.SPEND:
            self.spent += points
        return entry

    def give_back(
        self,
        points: int,
        used: Iterable[tuple[int, int]],
        *,
        kind: Kind,
        reference: str,
        at: datetime,
        reverses: int,
        reason: str = "",
    ) -> Entry:
        """Return `points` of an earlier debit to the lots it used: `used` is (lot key, points still out), as allocated.

        What the debit still owes is forgiven first. Lots used last get theirs back first: they live longest. A lot keeps its
        expiry; one that has passed it returns expired, and the next closing says so.
        """
        entry = self._enter(points, kind, reference, at, reason=reason, reverses=reverses)
        left = points
        for arrear in self.owed:
            if arrear.entry_key == reverses and left:
                forgiven = min(arrear.remaining, left)
                arrear.remaining -= forgiven
                arrear.forgiven += forgiven
                self.arrears -= forgiven
                left -= forgiven
        restored = []
        for lot_key, out in reversed(list(used)):
            if not left:
                break
            back = min(out, left)
            lot = self.lot(lot_key)
            self._move(lot, back)
            self.allocations.append(Allocation(entry.key, lot.key, -back))
            restored.append(lot)
            left -= back
        if left:
            raise ValueError(f"{left} points were never taken")
        if kind is Kind.SPEND_RETURN:
            self.spent -= points
        self._pay_arrears(restored)
        return entry

    def hold(self, points: int, *, at: datetime) -> list[tuple[int, int]]:
        """Set `points` aside, soonest expiry first: (lot key, points) pairs. Short when they are not there."""
        spendable = [lot for lot in self.lots if lot.is_spendable(at)]
        missing = points - sum(lot.free for lot in spendable)
        if missing > 0:
            raise Short(missing)
        parts: list[tuple[int, int]] = []
        left = points
        for lot in spendable:
            if not left:
                break
            part = min(lot.free, left)
            lot.held += part
            parts.append((lot.key, part))
            left -= part
        self.held += points
        return parts

    def release(self, parts: Iterable[tuple[int, int]]) -> None:
        """Give held points back to their lots. Open arrears are paid from them first."""
        released = []
        for lot_key, part in parts:
            lot = self.lot(lot_key)
            lot.held -= part
            self.held -= part
            released.append(lot)
        self._pay_arrears(released)

    def capture(
        self,
        points: int,
        parts: Iterable[tuple[int, int]],
        *,
        reference: str,
        at: datetime,
        hold: int,
        reason: str = "",
    ) -> Entry:
        """Spend `points` of a hold, even from a lot that expired since: they were set aside in time. The rest is released."""
        parts = list(parts)
        if not 0 < points <= sum(part for _, part in parts):
            raise ValueError("A capture is at most its hold.")
        entry = self._enter(-points, Kind.SPEND, reference, at, hold=hold, reason=reason)
        left = points
        rest: list[tuple[int, int]] = []
        for lot_key, part in parts:
            taken = min(part, left)
            if taken:
                lot = self.lot(lot_key)
                lot.held -= taken
                self.held -= taken
                self._take(taken, (lot,), entry.key)
                left -= taken
            if part > taken:
                rest.append((lot_key, part - taken))
        self.spent += points
        self.release(rest)
        return entry

    # ── what verbs are made of ───────────────────────────────────────────────────────────────────────────────────

    def lot(self, key: int) -> Lot:
        return next(lot for lot in self.lots if lot.key == key)

    def _enter(
        self,
        points: int,
        kind: Kind,
        reference: str,
        at: datetime,
        *,
        reason: str = "",
        award: int | None = None,
        reverses: int | None = None,
        hold: int | None = None,
    ) -> Entry:
        self.balance += points
        key = -len(self.entries) - 1
        entry = Entry(key, kind, points, self.balance, reference, at, reason, award, reverses, hold)
        self.entries.append(entry)
        return entry

    def _take(self, points: int, lots: Iterable[Lot], entry: int) -> None:
        for lot in lots:
            if not points:
                return
            part = min(lot.free, points)
            if part:
                self._move(lot, -part)
                self.allocations.append(Allocation(entry, lot.key, part))
                points -= part

    def _move(self, lot: Lot, points: int) -> None:
        before = lot.remaining
        lot.remaining += points
        if lot.order_credit:
            self.orders += (lot.remaining > 0) - (before > 0)

    def _pay_arrears(self, lots: Iterable[Lot]) -> None:
        if not self.arrears:
            return
        for lot in lots:
            for arrear in self.owed:
                part = min(lot.free, arrear.remaining)
                if part > 0:
                    arrear.remaining -= part
                    self.arrears -= part
                    self._move(lot, -part)
                    self.allocations.append(Allocation(arrear.entry_key, lot.key, part))
