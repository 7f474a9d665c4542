"""The desk's people: skills, presence, cover, load; and whose advisor they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from aftersales.actions.desk_words import tidy_skill
from aftersales.actions.history import NewEvent, lock_tickets, write_history
from aftersales.errors import CoverLoop, NotAnAgent
from aftersales.facts import AdvisorSet, DeskChanged
from aftersales.models import Advisor, Agent
from aftersales.queries.people import advised_by, open_tickets_of, workers_of
from aftersales.rules.history import Kind
from customers.models import Customer
from events.actions import record
from merchants.clock import now
from merchants.errors import InvalidValue, NotFound
from merchants.models import Actor, Membership, Merchant
from merchants.queries import live_shop_of

MOST_SKILLS = 20


@transaction.atomic
def set_presence(
    merchant: Merchant, membership: Membership, *, is_present: bool, until: datetime | None = None, by: Actor
) -> Agent:
    """Say that somebody is there, or away (`until` a moment, after which they are there again by themselves).

    Whoever is away gets no new tickets: those of the customers whom they advise go to their cover.
    """
    if not is_present and until is not None and until <= now(merchant):
        raise InvalidValue("until", _("This moment has passed."), code="in_past")
    agent = _locked_agent(merchant, membership)
    agent.is_present, agent.away_until = is_present, None if is_present else until
    agent.save(update_fields=["is_present", "away_until"])
    return _told(merchant, agent, by)


@transaction.atomic
def set_agent(
    merchant: Merchant,
    membership: Membership,
    *,
    skills: Sequence[str],
    cover: Membership | None,
    most_open: int,
    by: Actor,
) -> Agent:
    """What somebody can do, who covers for them, and how many open tickets they take before round robin passes them by.

    Raises NotAnAgent (one of the two may not work on tickets), CoverLoop, InvalidValue.
    """
    if not 1 <= most_open <= 1000:
        raise InvalidValue("most_open", _("From 1 to 1,000."), code="out_of_range")
    known = sorted({tidy for skill in skills if (tidy := tidy_skill(skill))})
    if len(known) > MOST_SKILLS:
        raise InvalidValue("skills", _("At most %(most)s."), code="too_many", most=MOST_SKILLS)
    if cover is not None and cover.pk == membership.pk:
        raise CoverLoop()
    if cover is not None and not workers_of(merchant).filter(pk=cover.pk).exists():
        raise NotAnAgent(pointer="/cover")
    agent = _locked_agent(merchant, membership)
    agent.skills, agent.cover, agent.most_open = known, cover, most_open
    agent.save(update_fields=["skills", "cover", "most_open"])
    return _told(merchant, agent, by)


@transaction.atomic
def set_advisor(customer: Customer, membership: Membership | None, *, by: Actor) -> Advisor | None:
    """Make somebody the customer's dedicated advisor; None: nobody. Their open tickets know it too. Raises NotAnAgent."""
    merchant = customer.merchant
    if membership is not None and not workers_of(merchant).filter(pk=membership.pk).exists():
        raise NotAnAgent(pointer="/advisor")
    # The customer's row stands for the advisor's, which may not exist yet.
    if not Customer.objects.select_for_update(no_key=True).filter(merchant=merchant, pk=customer.pk).exists():
        raise NotFound()
    known = Advisor.objects.filter(merchant=merchant, customer=customer).select_related("membership__staff").first()
    before = known.membership if known is not None else None
    if (before and before.pk) == (membership and membership.pk):
        return known
    if known is not None:
        known.delete()
    made = None
    if membership is not None:
        made = Advisor.objects.create(merchant=merchant, customer=customer, membership=membership, since=now(merchant))
    _tell_open_tickets(customer, membership, by)
    fact = AdvisorSet(str(before.staff) if before else "", str(membership.staff) if membership else "")
    record(merchant, fact, about=customer, by=by)
    return made


def hand_over_customers(merchant: Merchant, leaving: Membership, *, to: Membership | None, by: Actor) -> int:
    """Give all customers of one advisor to another (客户继承), each in its own transaction; how many."""
    if to is not None and to.pk == leaving.pk:
        return 0
    customers = [each.customer for each in advised_by(merchant, leaving)]
    for customer in customers:
        customer.merchant = merchant
        set_advisor(customer, to, by=by)
    return len(customers)


def _tell_open_tickets(customer: Customer, membership: Membership | None, by: Actor) -> None:
    merchant = customer.merchant
    ids = open_tickets_of(merchant).filter(customer=customer).values_list("pk", flat=True)
    for ticket in lock_tickets(merchant, list(ids)).values():
        told = {
            "assignee": ticket.assignee_id,
            "advisor": membership.pk if membership else None,
            "reason": "advisor_set",
        }
        write_history(ticket, [NewEvent(Kind.ASSIGNED, told)], by=by, at=now(merchant))


def _locked_agent(merchant: Merchant, membership: Membership) -> Agent:
    live = live_shop_of(merchant)
    if not workers_of(merchant).filter(pk=membership.pk).exists():
        raise NotAnAgent()
    Agent.objects.bulk_create([Agent(merchant=live, membership=membership)], ignore_conflicts=True)
    agent = Agent.objects.select_for_update(no_key=True).get(merchant=live, membership=membership)
    agent.membership = membership
    return agent


def _told(merchant: Merchant, agent: Agent, by: Actor) -> Agent:
    record(merchant, DeskChanged("agent", str(agent.membership.staff), "changed"), about=agent, by=by)
    return agent
