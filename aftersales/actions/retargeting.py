"""Promising open tickets anew: after new service levels, new hours or a new tier. What was missed before stays missed."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from aftersales.actions.history import NewEvent, lock_tickets, write_history
from aftersales.facts import OpenTicketsRetargeted
from aftersales.models import OPEN_CATEGORIES
from aftersales.queries.desk import tier_code_of
from aftersales.queries.people import open_tickets_of
from aftersales.queries.retargeting import DeskRules, differing, differs, rules_in_force
from aftersales.rules.history import Kind
from customers.models import Customer
from events.actions import record
from merchants.clock import now
from merchants.models import SYSTEM, Actor, Merchant

MOST_AT_ONCE = 2_000  # some seconds; the rest follows by itself


@dataclass(frozen=True, slots=True)
class Retargeted:
    """How many tickets were promised something else, and whether more wait."""

    moved: int
    more: bool


@transaction.atomic
def retarget_open_tickets(merchant: Merchant, *, by: Actor = SYSTEM, most: int = MOST_AT_ONCE) -> Retargeted:
    """Bring the promises of open tickets in step with what is published. A second run finds nothing.

    At most `most`, oldest first. Tells how many; whoever listens to that goes on while `more`.
    """
    rules = rules_in_force(merchant)
    if rules is None:
        return Retargeted(0, False)
    wanted = list(differing(rules).values_list("pk", flat=True)[: most + 1])
    moved = _retarget(merchant, rules, wanted[:most], by)
    more = len(wanted) > most
    if moved or more:
        record(merchant, OpenTicketsRetargeted(moved, more), about=None, by=by)
    return Retargeted(moved, more)


@transaction.atomic
def retarget_customer(customer: Customer, *, by: Actor = SYSTEM) -> int:
    """Bring a customer's open tickets in step with their tier; how many changed."""
    merchant = customer.merchant
    rules = rules_in_force(merchant)
    if rules is None:
        return 0
    ids = open_tickets_of(merchant).filter(customer=customer).values_list("pk", flat=True)
    return _retarget(merchant, rules, list(ids), by, tier=tier_code_of(customer))


def _retarget(merchant: Merchant, rules: DeskRules, ids: list[int], by: Actor, tier: str | None = None) -> int:
    moved = 0
    for ticket in lock_tickets(merchant, ids).values():
        if ticket.status_category not in OPEN_CATEGORIES or ticket.merged_into_id is not None:
            continue
        payload = rules.payload(ticket, tier=tier)
        if not differs(ticket, payload):
            continue
        write_history(ticket, [NewEvent(Kind.TARGETED, payload)], by=by, at=now(merchant))
        moved += 1
    return moved
