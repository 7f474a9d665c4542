"""Who gets a ticket: the dedicated advisor, whoever stands in for them, else whoever is there and carries least."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from aftersales.models import Agent, AssignReason, TicketCategory
from aftersales.queries.people import advisor_of, is_here, workers_of
from customers.models import Customer
from merchants.models import Membership, Merchant
from merchants.queries import live_shop_of

LONGEST_COVER = 5  # who covers for whom: no further, and never in a circle

Picked = tuple[Membership | None, AssignReason]


@transaction.atomic
def pick_assignee(
    merchant: Merchant,
    *,
    customer: Customer | None,
    category: TicketCategory,
    skill: str | None = None,
    assignee: int | None = None,
    at: datetime,
) -> Picked:
    """Who takes a new ticket, and why; nobody when nobody can.

    First the customer's dedicated advisor, then the `assignee` (a membership's id) that a routing rule names; for either,
    whoever covers for them when they are away. Else round robin by load: among those present who have the skill (`skill`,
    else the category's) and room for one more, the one with fewest tickets that wait for us, longest not asked first.

    The picked agent's row stays locked until the caller commits, so that openings at the same moment go to different people.
    """
    advisor = advisor_of(customer) if customer is not None else None
    if advisor is not None:
        found, is_cover = _there_or_cover(merchant, advisor.membership_id, at)
        if found is not None:
            return found, AssignReason.COVER if is_cover else AssignReason.ADVISOR
    if assignee is not None:
        found, is_cover = _there_or_cover(merchant, assignee, at)
        if found is not None:
            return found, AssignReason.COVER if is_cover else AssignReason.RULE
    return _round_robin(merchant, skill or category.skill, at)


def _there_or_cover(merchant: Merchant, membership_id: int, at: datetime) -> tuple[Membership | None, bool]:
    """The person when they may work and are there, else the first in the line of those who cover; True for a cover."""
    workers = {worker.pk: worker for worker in workers_of(merchant)}
    agents = {agent.membership_id: agent for agent in Agent.objects.filter(merchant=live_shop_of(merchant))}
    who: int | None = membership_id
    for step in range(LONGEST_COVER):
        if who is None:
            break
        agent = agents.get(who)
        if who in workers and is_here(agent, at):
            return workers[who], step > 0
        who = agent.cover_id if agent is not None else None
    return None, False


def _round_robin(merchant: Merchant, skill: str, at: datetime) -> Picked:
    workers = {worker.pk: worker for worker in workers_of(merchant)}
    _make_agents(merchant, list(workers))
    if _least_loaded(merchant, list(workers), skill, at) is None:
        return None, _why_nobody(merchant, list(workers), skill, at)
    chosen = _least_loaded(merchant, list(workers), skill, at, lock="FOR NO KEY UPDATE OF agent SKIP LOCKED")
    if chosen is None:
        # Everybody is being given a ticket at this moment: wait for all of them, then look again, so that those who wait
        # do not all fall on the same one.
        _lock_everybody(merchant, list(workers))
        chosen = _least_loaded(merchant, list(workers), skill, at)
    if chosen is None:
        return None, _why_nobody(merchant, list(workers), skill, at)
    Agent.objects.filter(merchant=live_shop_of(merchant), membership_id=chosen).update(last_assigned_at=at)
    return workers[chosen], AssignReason.ROUND_ROBIN


def _make_agents(merchant: Merchant, workers: list[int]) -> None:
    """A row for everybody who may work: what is locked must exist."""
    live = live_shop_of(merchant)
    known = set(Agent.objects.filter(merchant=live, membership__in=workers).values_list("membership_id", flat=True))
    missing = [Agent(merchant=live, membership_id=who) for who in sorted(set(workers) - known)]
    if missing:
        Agent.objects.bulk_create(missing, ignore_conflicts=True)


def _lock_everybody(merchant: Merchant, workers: list[int]) -> None:
    agents = Agent.objects.select_for_update(no_key=True).filter(
        merchant=live_shop_of(merchant), membership__in=workers
    )
    list(agents.order_by("pk").values_list("pk", flat=True))


def _least_loaded(merchant: Merchant, workers: list[int], skill: str, at: datetime, *, lock: str = "") -> int | None:
    """The membership id of the present agent with room and fewest tickets; None when there is none (that `lock` can get)."""
    # Counting stops at what a person takes: whoever has that many is out, so the count of the others is exact, and a desk
    # with a million open tickets costs no more than one with a hundred.
    query = """
        SELECT agent.membership_id
        FROM aftersales_agent agent
        CROSS JOIN LATERAL (
            SELECT count(*) AS many FROM (
                SELECT 1 FROM aftersales_ticket ticket
                WHERE ticket.merchant_id = %(merchant)s AND ticket.assignee_id = agent.membership_id
                  AND ticket.status_category = 'waiting_us' AND ticket.merged_into_id IS NULL
                LIMIT agent.most_open
            ) counted
        ) open_tickets
        WHERE agent.merchant_id = %(live)s AND agent.membership_id = ANY (%(workers)s)
          AND (agent.is_present OR agent.away_until <= %(at)s)
          AND (%(skill)s = '' OR agent.skills ? %(skill)s)
          AND open_tickets.many < agent.most_open
        ORDER BY open_tickets.many, agent.last_assigned_at NULLS FIRST, agent.id
        LIMIT 1
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"{query} {lock}",
            {
                "merchant": merchant.pk,
                "live": live_shop_of(merchant).pk,
                "workers": workers,
                "at": at,
                "skill": skill,
            },
        )
        row = cursor.fetchone()
    return row[0] if row else None


def _why_nobody(merchant: Merchant, workers: list[int], skill: str, at: datetime) -> AssignReason:
    agents = Agent.objects.filter(merchant=live_shop_of(merchant), membership__in=workers)
    here = [agent for agent in agents if is_here(agent, at)]
    if not here:
        return AssignReason.NOBODY_HERE
    if skill and not any(skill in agent.skills for agent in here):
        return AssignReason.NOBODY_SKILLED
    return AssignReason.EVERYBODY_FULL
