"""The nightly closing of a merchant's day: expiry, tier review, and the proof that the books balance."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db import connection, transaction

from events.actions import Recorded, record, record_many
from loyalty.actions.ledger import Closed, close_due_lots, open_books, write_books
from loyalty.actions.purchases import standing_measures, tier_fact
from loyalty.facts import BooksBalanced, BooksDisagreed, PointsExpired, TierGraceStarted
from loyalty.models import ClosedDay, Reconciliation
from loyalty.queries.programme import find_version_in_force
from loyalty.rules.expiry import start_of
from loyalty.rules.kinds import Wallet
from loyalty.rules.shares import EVERYBODY, Share
from loyalty.rules.terms import Ladder
from loyalty.rules.tiers import after_night
from merchants.clock import now, today
from merchants.models import SYSTEM, Merchant

LOTS_A_CHUNK = 5_000  # about a third of a second under lock
MEMBERS_A_CHUNK = 2_000
MOST_FAULTS_KEPT = 100
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Expired:
    """Closing entries written, and the spendable points among them."""

    lots: int = 0
    points: int = 0


def close_day(merchant: Merchant, *, day: date | None = None) -> ClosedDay | None:
    """Close a local day that has ended (None: yesterday): expire, review tiers, prove the books. Twice is once: then None."""
    day = day or today(merchant) - timedelta(days=1)
    if ClosedDay.objects.filter(merchant=merchant, day=day).exists():
        return None
    at = start_of(day + timedelta(days=1), merchant.zone)
    expired = expire_lots(merchant, at=at)
    changed = review_tiers(merchant, at=at)
    reconcile(merchant)
    closed, made = ClosedDay.objects.get_or_create(
        merchant=merchant,
        day=day,
        defaults={
            "closed_at": now(merchant),
            "lots_expired": expired.lots,
            "points_expired": expired.points,
            "tiers_changed": changed,
        },
    )
    return closed if made else None


def expire_lots(merchant: Merchant, *, at: datetime, deliver: bool = True, share: Share = EVERYBODY) -> Expired:
    """Write the closing entry of every lot past its expiry, dated at the expiry; chunk by chunk, each its own transaction.

    A second run finds nothing. The points were not spendable since their expiry in any case.
    """
    lots = points = 0
    since: datetime | None = _LONG_AGO
    while since is not None:
        closed = _expire_chunk(merchant, since, at, deliver=deliver, share=share)
        lots += closed.lots
        points += sum(gone for _customer, gone, _balance, _at in closed.members)
        since = closed.last
    return Expired(lots, points)


@transaction.atomic
def _expire_chunk(merchant: Merchant, since: datetime, at: datetime, *, deliver: bool, share: Share) -> Closed:
    closed = close_due_lots(merchant, since=since, at=at, most=LOTS_A_CHUNK, share=share)
    facts = [
        Recorded(PointsExpired(points, balance), ("customers.customer", customer_id), expired_at)
        for customer_id, points, balance, expired_at in closed.members
    ]
    record_many(merchant, facts, by=SYSTEM, deliver=deliver)
    return closed


def review_tiers(merchant: Merchant, *, at: datetime, deliver: bool = True, share: Share = EVERYBODY) -> int:
    """Review every member's tier as of `at`; how many standings changed (grace periods begun or ended included)."""
    version = find_version_in_force(merchant, at=at)
    if version is None:
        return 0
    terms = version.parsed()
    candidates = _to_review(merchant, terms.ladder, at, share)
    changed = 0
    for start in range(0, len(candidates), MEMBERS_A_CHUNK):
        changed += _review_chunk(merchant, candidates[start : start + MEMBERS_A_CHUNK], at, deliver=deliver)
    return changed


def _to_review(merchant: Merchant, ladder: Ladder, at: datetime, share: Share) -> list[int]:
    """Members whose reached tier is not the one they have, or whose grace period may have ended: one pass of SQL."""
    every = ladder.match == "both"
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT s.customer_id
            FROM loyalty_tierstanding s
            JOIN loyalty_account a ON a.merchant_id = s.merchant_id AND a.customer_id = s.customer_id AND a.wallet = 'growth'
            CROSS JOIN LATERAL (
                SELECT t.code, t.rank
                FROM unnest(%s::text[], %s::bigint[], %s::int[]) WITH ORDINALITY AS t(code, growth, orders, rank)
                WHERE (t.growth IS NULL AND t.orders IS NULL)
                   OR CASE WHEN %s THEN (t.growth IS NULL OR a.balance >= t.growth) AND (t.orders IS NULL OR a.orders >= t.orders)
                      ELSE coalesce(a.balance >= t.growth, false) OR coalesce(a.orders >= t.orders, false) END
                ORDER BY t.rank DESC LIMIT 1
            ) reached
            WHERE s.merchant_id = %s AND s.customer_id %% %s = %s AND (
                (reached.code <> s.tier AND (
                    s.grace_until IS NULL OR s.grace_until <= %s OR reached.rank > array_position(%s::text[], s.tier::text)))
                OR (reached.code = s.tier AND s.grace_until IS NOT NULL)
                OR NOT s.tier = ANY (%s::text[]))
            ORDER BY s.customer_id
            """,
            [
                [tier.code for tier in ladder.tiers],
                [tier.min_growth for tier in ladder.tiers],
                [tier.min_orders for tier in ladder.tiers],
                every,
                merchant.pk,
                share.parts,
                share.part,
                at,
                [tier.code for tier in ladder.tiers],
                [tier.code for tier in ladder.tiers],
            ],
        )
        return [customer_id for (customer_id,) in cursor.fetchall()]


@transaction.atomic
def _review_chunk(merchant: Merchant, customer_ids: list[int], at: datetime, *, deliver: bool) -> int:
    version = find_version_in_force(merchant, at=at)
    if version is None:
        return 0
    terms = version.parsed()
    books = open_books(merchant, customer_ids, at=at, wallets=[Wallet.GROWTH], due_until=at)
    facts = []
    for customer_id in customer_ids:
        standing = books.opened(customer_id, Wallet.GROWTH).standing
        if standing is None:
            continue
        growth, orders = standing_measures(books, customer_id, at)
        reviewed = after_night(terms.ladder, standing, growth=growth, orders=orders, at=at)
        if reviewed == standing:
            continue
        books.standings[customer_id] = reviewed
        about = ("customers.customer", customer_id)
        if reviewed.tier != standing.tier:
            facts.append(Recorded(tier_fact(terms, standing.tier, reviewed.tier, "reviewed"), about, at))
        elif reviewed.grace_until is not None:
            name = terms.ladder.tier(reviewed.tier).name
            facts.append(Recorded(TierGraceStarted(reviewed.tier, name, reviewed.grace_until.isoformat()), about, at))
    write_books(books, by=SYSTEM, facts=facts, deliver=deliver)
    return len(books.standings)


@transaction.atomic
def reconcile(merchant: Merchant) -> Reconciliation:
    """Prove the merchant's books from their rows, and keep the result: the dashboard's "books balance as of …"."""
    started = time.perf_counter()
    with connection.cursor() as cursor:
        # One snapshot for all sums: postings that go on meanwhile belong to the next proof.
        cursor.execute("SELECT fault, account_id, expected, found FROM loyalty_audit(%s)", [merchant.pk])
        faults = [
            {"check": check, "account": account, "expected": int(expected), "found": int(found)}
            for check, account, expected, found in cursor.fetchall()
        ]
        cursor.execute(
            """
            SELECT (SELECT count(*) FROM loyalty_account WHERE merchant_id = %s),
                   (SELECT count(*) FROM loyalty_entry WHERE merchant_id = %s),
                   (SELECT count(*) FROM loyalty_lot WHERE merchant_id = %s),
                   (SELECT coalesce(sum(balance), 0) FROM loyalty_account WHERE merchant_id = %s AND wallet = 'points')
            """,
            [merchant.pk] * 4,
        )
        accounts, entries, lots, outstanding = cursor.fetchone() or (0, 0, 0, 0)
    result = Reconciliation.objects.create(
        merchant=merchant, checked_at=now(merchant), accounts=accounts, entries=entries, lots=lots,
        points_outstanding=int(outstanding), seconds=round(time.perf_counter() - started, 3),
        faults=faults[:MOST_FAULTS_KEPT], fault_count=len(faults),
    )  # fmt: skip
    fact = BooksDisagreed(len(faults)) if faults else BooksBalanced(accounts, entries, lots)
    record(merchant, fact, about=result, by=SYSTEM)
    return result
