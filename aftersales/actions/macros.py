"""Macros: several steps at once, first shown, then done in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from aftersales.actions.goodwill import grant_goodwill
from aftersales.actions.history import lock_ticket
from aftersales.actions.messages import add_ticket_note, membership_of, reply_to_ticket
from aftersales.actions.tickets import assign_ticket, change_ticket, set_ticket_status, snooze_ticket
from aftersales.errors import MacroArchived
from aftersales.models import Macro, Ticket, TicketCategory, TicketStatus
from aftersales.queries.desk import categories_of, statuses_of
from aftersales.rules.macros import MacroGrant, MacroSteps, filled
from aftersales.rules.wording import clean_html
from merchants.clock import now
from merchants.errors import DomainError, InvalidValue, NotFound
from merchants.models import Actor, Membership


@dataclass(frozen=True, slots=True)
class MacroPreview:
    """What a macro would do to a ticket. Texts have their variables filled; `refusal` says why it could not be done."""

    reply: str
    reply_html: str
    note: str
    status: TicketStatus | None
    category: TicketCategory | None
    priority: str | None
    assignee: Membership | None
    unassigns: bool
    snooze_hours: int | None
    grant: MacroGrant | None
    after: Ticket | None = None
    refusal: DomainError | None = field(default=None)


def preview_macro(macro: Macro, ticket: Ticket, by: Actor) -> MacroPreview:
    """What `run_macro` would do: it is done and taken back, so that a refusal shows now. Nothing is written."""
    plan = _planned(macro, ticket, by)
    try:
        with transaction.atomic():
            after = run_macro(macro, ticket, by=by, reference="preview")
            transaction.set_rollback(True)
    except DomainError as refusal:
        return MacroPreview(**plan, refusal=refusal)
    return MacroPreview(**plan, after=after)


@transaction.atomic
def run_macro(macro: Macro, ticket: Ticket, *, by: Actor, reference: str) -> Ticket:
    """Do all steps of a macro, or none. The same reference does it once.

    Raises MacroArchived, and whatever refuses one of the steps: then nothing of the others stays.
    """
    locked = lock_ticket(ticket)
    macro = _current(macro)
    steps, plan = MacroSteps.model_validate(macro.steps), _planned(macro, locked, by)
    said = f"macro:{reference}"
    if plan["note"]:
        add_ticket_note(locked, body=plan["note"], by=by, reference=f"{said}:note")
    if plan["category"] or plan["priority"]:
        change_ticket(locked, by=by, category=plan["category"], priority=plan["priority"])
    if plan["assignee"] is not None or plan["unassigns"]:
        assign_ticket(locked, plan["assignee"], by=by)
    if steps.grant is not None:
        grant_goodwill(
            locked, points=steps.grant.points, reason=steps.grant.reason, note=steps.grant.note, by=by, reference=said
        )
    if plan["reply"]:
        reply_to_ticket(locked, body=plan["reply"], by=by, reference=said, then_status=plan["status"])
    elif plan["status"] is not None:
        set_ticket_status(locked, plan["status"], by=by)
    if steps.set.snooze_hours is not None:
        snooze_ticket(locked, now(locked.merchant) + timedelta(hours=steps.set.snooze_hours), by=by)
    Macro.objects.filter(merchant=macro.merchant_id, pk=macro.pk).update(used_count=F("used_count") + 1)
    return lock_ticket(locked)


def _current(macro: Macro) -> Macro:
    found = Macro.objects.filter(merchant=macro.merchant_id, pk=macro.pk).first()
    if found is None:
        raise NotFound()
    if found.archived_at is not None:
        raise MacroArchived()
    return found


def _planned(macro: Macro, ticket: Ticket, by: Actor) -> dict[str, Any]:
    """The parts of a MacroPreview, looked up and filled."""
    if macro.merchant_id != ticket.merchant_id:
        raise NotFound()
    steps = MacroSteps.model_validate(macro.steps)
    wanted = steps.set
    values = _values(ticket, by, steps)
    reply = filled(steps.reply, values)
    assignee = None
    if wanted.assignee == "me":
        assignee = membership_of(ticket.merchant, by)
    elif wanted.assignee == "advisor":
        assignee = ticket.advisor
    return {
        "reply": reply,
        "reply_html": clean_html(reply) if reply else "",
        "note": filled(steps.note, values),
        "status": _status(ticket, wanted.status),
        "category": _category(ticket, wanted.category),
        "priority": wanted.priority,
        "assignee": assignee,
        "unassigns": wanted.assignee == "nobody",
        "snooze_hours": wanted.snooze_hours,
        "grant": steps.grant,
    }


def _values(ticket: Ticket, by: Actor, steps: MacroSteps) -> dict[str, str]:
    customer = ticket.customer
    return {
        "customer.name": (customer.name or customer.display_name) if customer is not None else ticket.guest_name,
        "ticket.number": str(ticket.number),
        "ticket.subject": ticket.subject,
        "order.number": ticket.order.number if ticket.order is not None else "",
        "agent.name": by.name,
        "advisor.name": str(ticket.advisor.staff) if ticket.advisor is not None else "",
        "shop.name": ticket.merchant.name,
        "goodwill.points": f"{steps.grant.points:,}" if steps.grant is not None else "",
    }


def _status(ticket: Ticket, code: str | None) -> TicketStatus | None:
    if code is None:
        return None
    found = statuses_of(ticket.merchant).filter(code=code).first()
    if found is None:
        raise InvalidValue("status", _("This macro names a status that is not used any more."), code="unknown")
    return found


def _category(ticket: Ticket, code: str | None) -> TicketCategory | None:
    if code is None:
        return None
    found = categories_of(ticket.merchant).filter(code=code).first()
    if found is None:
        raise InvalidValue("category", _("This macro names a category that is not used any more."), code="unknown")
    return found
