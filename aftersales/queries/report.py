"""The service report: how much came in, how long it took in business time, what customers said, and what it cost.

Merged tickets are counted where they were merged into. What came in is counted by its opening, what was settled by its
resolution, what customers said by their answer, what was given by its posting: each within the same period.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Sum

from aftersales.models import OPEN_CATEGORIES, Grant, GrantState, PostMortem, RootCause, Ticket, TicketCategory
from aftersales.queries.post_mortems import cause_names
from aftersales.rules.care import SATISFIED_FROM
from aftersales.rules.rates import Share, share
from commerce.models import Refund
from merchants.models import Merchant
from merchants.queries import live_shop_of, team_of

REFUND_WINDOW = timedelta(days=90)  # a refund this soon after a ticket about its order counts as its cost


@dataclass(frozen=True, slots=True)
class Spread:
    """Business seconds: the median and the ninth decile of `count` cases; None when there is none."""

    count: int = 0
    median: int | None = None
    ninth: int | None = None


@dataclass(slots=True)
class Verdicts:
    """Scores from 1 to 5. `satisfied`: 4 and 5."""

    scores: list[int] = field(default_factory=lambda: [0, 0, 0, 0, 0])

    @property
    def answered(self) -> int:
        return sum(self.scores)

    @property
    def satisfied(self) -> Share:
        return share(sum(self.scores[SATISFIED_FROM - 1 :]), self.answered)

    @property
    def mean(self) -> float | None:
        return sum(n * (i + 1) for i, n in enumerate(self.scores)) / self.answered if self.answered else None


@dataclass(slots=True)
class Row:
    """One category, or one person."""

    name: str
    opened: int = 0
    resolved: int = 0
    first_response: Spread = Spread()
    resolution: Spread = Spread()
    verdicts: Verdicts = field(default_factory=Verdicts)
    points: int = 0


@dataclass(slots=True)
class Volume:
    """Counts in the period. `settled_once`: of those opened, how many were resolved at least once; `reopened`: of these,
    how many came back. `late`: of those resolved, how many missed a deadline on the way."""

    opened: int = 0
    resolved: int = 0
    settled_once: int = 0
    reopened: int = 0
    late: int = 0
    worked_seconds: int = 0
    first_response: Spread = Spread()
    resolution: Spread = Spread()


@dataclass(slots=True)
class Cost:
    """What making it right took. Points were posted; money is refunds of orders that had a ticket; minutes stand in
    post-mortems."""

    points: int = 0
    grants: int = 0
    refunds_minor: int = 0
    refunds: int = 0
    learnt_minor: int = 0
    learnt_minutes: int = 0
    by_reason: list[tuple[str, int, int]] = field(default_factory=list)  # (reason, grants, points), most points first


@dataclass(slots=True)
class Cause:
    name: str
    tickets: int
    points: int
    minor: int
    minutes: int


@dataclass(slots=True)
class ServiceReport:
    """Lists have one item per bucket; `categories`, `people` and `causes` begin with the largest. `is_comparable`: the desk was
    at work since the beginning of the period before."""

    now: Volume
    before: Volume
    is_comparable: bool
    open_now: int
    verdicts: Verdicts
    verdicts_before: Verdicts
    asked: int
    cost: Cost
    opened: list[int]
    resolved: list[int]
    satisfied: list[float | None]
    channels: list[tuple[str, int]]
    categories: list[Row]
    people: list[Row]
    causes: list[Cause]


def service_report(
    merchant: Merchant, *, edges: Sequence[datetime], until: datetime, before: datetime, before_until: datetime
) -> ServiceReport:
    """From the first edge to `until`, in buckets that begin at `edges`; compared with `before` to `before_until`."""
    since = edges[0]
    present, earlier = _Stretch(merchant, edges, until), _Stretch(merchant, [before], before_until)
    cost = _cost(merchant, since, until, present.people)
    tickets = Ticket.objects.filter(merchant=merchant)
    first = tickets.order_by("opened_at").values_list("opened_at", flat=True).first()
    return ServiceReport(
        now=present.volume,
        before=earlier.volume,
        is_comparable=first is not None and first < before + timedelta(days=1),
        open_now=tickets.filter(status_category__in=OPEN_CATEGORIES, merged_into__isnull=True).count(),
        verdicts=present.verdicts,
        verdicts_before=earlier.verdicts,
        asked=_ask(_ASKED, merchant, since, until)[0][0],
        cost=cost,
        opened=present.opened,
        resolved=present.resolved,
        satisfied=[each.satisfied.ratio for each in present.verdicts_by_bucket],
        channels=sorted(present.channels.items(), key=lambda pair: (-pair[1], pair[0])),
        categories=_shown(present.categories, lambda row: row.opened + row.resolved),
        people=_shown(present.people, lambda row: row.resolved + row.verdicts.answered + row.points),
        causes=top_causes(merchant, since, until),
    )


def _shown(rows: Mapping[int, Row], size: Callable[[Row], int]) -> list[Row]:
    return sorted((row for row in rows.values() if size(row)), key=lambda row: (-size(row), row.name))


class _Stretch:
    """What happened between the first of `edges` and `until`, in total, by bucket, category and person."""

    def __init__(self, merchant: Merchant, edges: Sequence[datetime], until: datetime) -> None:
        self.volume, self.verdicts = Volume(), Verdicts()
        self.opened, self.resolved = [0] * len(edges), [0] * len(edges)
        self.verdicts_by_bucket = [Verdicts() for _ in edges]
        self.channels: dict[str, int] = {}
        self.categories = {each.pk: Row(each.name) for each in TicketCategory.objects.filter(merchant=merchant)}
        self.people = {each.pk: Row(str(each.staff)) for each in team_of(live_shop_of(merchant))}
        for row in _ask(_OPENED, merchant, edges[0], until, edges):
            self._count_opened(*row)
        for row in _ask(_FIRST, merchant, edges[0], until):
            self._take_first_response(*row)
        for row in _ask(_RESOLVED, merchant, edges[0], until, edges):
            self._take_resolved(*row)
        for row in _ask(_SCORES, merchant, edges[0], until, edges):
            self._count_scores(*row)

    def _count_opened(
        self, bucket: int, category: int, channel: str, count: int, settled_once: int, reopened: int
    ) -> None:
        self.opened[bucket - 1] += count
        self.channels[channel] = self.channels.get(channel, 0) + count
        self.categories[category].opened += count
        self.volume.opened += count
        self.volume.settled_once += settled_once
        self.volume.reopened += reopened

    def _take_first_response(self, category: int | None, count: int, spread: Sequence[float | None] | None) -> None:
        where = self.volume if category is None else self.categories[category]
        where.first_response = Spread(count, *_whole(spread))

    def _take_resolved(
        self, grouping: int, bucket: int | None, category: int | None, agent: int | None, count: int, late: int,
        worked: int | None, timed: int, spread: Sequence[float | None] | None,
    ) -> None:  # fmt: skip
        found = Spread(timed, *_whole(spread))
        if grouping == _BY_BUCKET and bucket is not None:
            self.resolved[bucket - 1] = count
        elif grouping == _BY_CATEGORY and category is not None:
            self.categories[category].resolved, self.categories[category].resolution = count, found
        elif grouping == _BY_AGENT and agent in self.people:
            self.people[agent].resolved, self.people[agent].resolution = count, found
        elif grouping == _ALL:
            self.volume.resolved, self.volume.late, self.volume.resolution = count, late, found
            self.volume.worked_seconds = int(worked or 0)

    def _count_scores(self, bucket: int, category: int, agent: int | None, score: int, count: int) -> None:
        where = [self.verdicts, self.verdicts_by_bucket[bucket - 1], self.categories[category].verdicts]
        if agent in self.people:
            where.append(self.people[agent].verdicts)
        for each in where:
            each.scores[score - 1] += count


def _cost(merchant: Merchant, since: datetime, until: datetime, people: dict[int, Row]) -> Cost:
    posted = Grant.objects.filter(
        merchant=merchant, state=GrantState.POSTED, decided_at__gte=since, decided_at__lt=until
    ).order_by()
    cost = Cost()
    by_reason: dict[str, tuple[int, int]] = {}
    for reason, asked_by, grants, points in posted.values_list("reason", "asked_by").annotate(
        Count("id"), Sum("points")
    ):
        cost.grants, cost.points = cost.grants + grants, cost.points + points
        so_far = by_reason.get(reason, (0, 0))
        by_reason[reason] = so_far[0] + grants, so_far[1] + points
        if asked_by in people:
            people[asked_by].points += points
    cost.by_reason = sorted(((reason, *both) for reason, both in by_reason.items()), key=lambda each: -each[2])
    asked = Ticket.objects.filter(
        merchant=merchant, order=OuterRef("order"), opened_at__lte=OuterRef("refunded_at"),
        opened_at__gte=OuterRef("refunded_at") - REFUND_WINDOW,
    )  # fmt: skip
    refunds = Refund.objects.filter(merchant=merchant, refunded_at__gte=since, refunded_at__lt=until).filter(
        Exists(asked)
    )
    money = refunds.aggregate(n=Count("id"), minor=Sum("amount_minor"))
    cost.refunds, cost.refunds_minor = money["n"], money["minor"] or 0
    learnt = PostMortem.objects.filter(merchant=merchant, written_at__gte=since, written_at__lt=until)
    sums = learnt.aggregate(minor=Sum("cost_minor"), minutes=Sum("minutes"))
    cost.learnt_minor, cost.learnt_minutes = sums["minor"] or 0, sums["minutes"] or 0
    return cost


def top_causes(merchant: Merchant, since: datetime, until: datetime, *, most: int = 8) -> list[Cause]:
    """Root causes of post-mortems written in the period, most tickets first."""
    found = (
        PostMortem.objects.filter(merchant=merchant, written_at__gte=since, written_at__lt=until)
        .values_list("cause")
        .annotate(many=Count("id"), points=Sum("cost_points"), minor=Sum("cost_minor"), work=Sum("minutes"))
        .order_by("-many", "cause")[:most]
    )
    names = cause_names(RootCause.objects.filter(merchant=merchant))
    return [Cause(names[cause], *rest) for cause, *rest in found]


def _whole(spread: Sequence[float | None] | None) -> tuple[int | None, int | None]:
    median, ninth = spread or (None, None)
    return (None if median is None else round(median)), (None if ninth is None else round(ninth))


def _ask(sql: str, merchant: Merchant, since: datetime, until: datetime, edges: Sequence[datetime] = ()) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"merchant": merchant.pk, "since": since, "until": until, "edges": list(edges)})
        return list(cursor.fetchall())


_OPENED = """
SELECT width_bucket(opened_at, %(edges)s::timestamptz[]), category_id, channel, count(*),
       count(*) FILTER (WHERE resolved_at IS NOT NULL OR reopened_count > 0), count(*) FILTER (WHERE reopened_count > 0)
FROM aftersales_ticket
WHERE merchant_id = %(merchant)s AND opened_at >= %(since)s AND opened_at < %(until)s AND merged_into_id IS NULL
GROUP BY 1, 2, 3
"""
_FIRST = """
SELECT category_id, count(*), percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY first_response_seconds)
FROM aftersales_ticket
WHERE merchant_id = %(merchant)s AND opened_at >= %(since)s AND opened_at < %(until)s AND merged_into_id IS NULL
      AND first_response_seconds IS NOT NULL
GROUP BY GROUPING SETS ((), (category_id))
"""
# GROUPING() has a bit for each of the three that a row is not grouped by.
_BY_BUCKET, _BY_CATEGORY, _BY_AGENT, _ALL = 0b011, 0b101, 0b110, 0b111
_RESOLVED = """
SELECT GROUPING(bucket, category_id, assignee_id), bucket, category_id, assignee_id, count(*),
       count(*) FILTER (WHERE breaches > 0), sum(worked_seconds), count(resolution_seconds),
       percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY resolution_seconds)
FROM (SELECT *, width_bucket(resolved_at, %(edges)s::timestamptz[]) AS bucket FROM aftersales_ticket
      WHERE merchant_id = %(merchant)s AND resolved_at >= %(since)s AND resolved_at < %(until)s
            AND merged_into_id IS NULL) resolved
GROUP BY GROUPING SETS ((bucket), (category_id), (assignee_id), ())
"""
_SCORES = """
SELECT width_bucket(s.answered_at, %(edges)s::timestamptz[]), t.category_id, s.agent_id, s.score, count(*)
FROM aftersales_satisfaction s JOIN aftersales_ticket t ON t.id = s.ticket_id
WHERE s.merchant_id = %(merchant)s AND s.answered_at >= %(since)s AND s.answered_at < %(until)s
GROUP BY 1, 2, 3, 4
"""
_ASKED = """
SELECT count(*) FROM aftersales_satisfaction
WHERE merchant_id = %(merchant)s AND sent_at >= %(since)s AND sent_at < %(until)s
"""
