"""The desk's people: who may work on tickets, who is there, who stands in for whom, and how much they carry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet

from aftersales.models import OPEN_CATEGORIES, Advisor, Agent, StatusCategory, Ticket
from customers.models import Customer
from merchants.clock import now
from merchants.errors import NotFound
from merchants.models import Membership, Merchant
from merchants.queries import live_shop_of, team_of
from merchants.roles import Permission, Role, may

WORKING_ROLES = tuple(role.value for role in Role if may(role, Permission.WORK_TICKETS))


@dataclass(frozen=True, slots=True)
class AgentView:
    """A staff member who may work on tickets. `agent` None: nothing was set for them, so the defaults hold."""

    membership: Membership
    agent: Agent | None
    open_tickets: int  # that wait for us
    is_here: bool

    @property
    def skills(self) -> Sequence[str]:
        return self.agent.skills if self.agent else ()

    @property
    def name(self) -> str:
        return str(self.membership.staff)


def workers_of(merchant: Merchant) -> QuerySet[Membership]:
    """Memberships whose role may work on tickets. A sandbox is worked by the live shop's team."""
    return team_of(live_shop_of(merchant)).filter(role__in=WORKING_ROLES)


def get_worker(merchant: Merchant, membership_id: int) -> Membership:
    found = workers_of(merchant).filter(pk=membership_id).first()
    if found is None:
        raise NotFound()
    return found


def agents_of(merchant: Merchant) -> list[AgentView]:
    """Everybody who may work on tickets, with presence and load, in the order of the team."""
    at = now(merchant)
    agents = {
        agent.membership_id: agent
        for agent in Agent.objects.filter(merchant=live_shop_of(merchant)).select_related("cover__staff")
    }
    load = open_load(merchant)
    return [
        AgentView(worker, agents.get(worker.pk), load.get(worker.pk, 0), is_here(agents.get(worker.pk), at))
        for worker in workers_of(merchant)
    ]


def is_here(agent: Agent | None, at: datetime) -> bool:
    """Present unless they said otherwise; an absence with an end is over by itself."""
    if agent is None or agent.is_present:
        return True
    return agent.away_until is not None and agent.away_until <= at


def open_load(merchant: Merchant, memberships: Sequence[int] | None = None) -> dict[int, int]:
    """{membership id: open tickets that wait for us}: what round robin weighs. People without any are missing."""
    tickets = Ticket.objects.filter(
        merchant=merchant, status_category=StatusCategory.WAITING_US, merged_into=None, assignee__isnull=False
    )
    if memberships is not None:
        tickets = tickets.filter(assignee__in=memberships)
    return {who: many for who, many in tickets.values_list("assignee").annotate(many=Count("pk")).order_by() if who}


def advisor_of(customer: Customer) -> Advisor | None:
    """The customer's dedicated advisor, with their name in hand."""
    found = Advisor.objects.filter(merchant=customer.merchant_id, customer=customer)
    return found.select_related("membership__staff").first()


def advised_counts(merchant: Merchant) -> dict[int, int]:
    """{membership id: customers whom they advise}."""
    advised = Advisor.objects.filter(merchant=merchant).values_list("membership").annotate(many=Count("pk"))
    return dict(advised.order_by())


def advised_by(merchant: Merchant, membership: Membership) -> QuerySet[Advisor]:
    """Customers of one advisor, the newest first."""
    return Advisor.objects.filter(merchant=merchant, membership=membership).select_related("customer").order_by("-id")


def open_tickets_of(merchant: Merchant) -> QuerySet[Ticket]:
    """Tickets that somebody still works on; merged ones went on elsewhere."""
    return Ticket.objects.filter(merchant=merchant, status_category__in=OPEN_CATEGORIES, merged_into=None)
