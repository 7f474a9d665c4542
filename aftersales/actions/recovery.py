"""A bad rating is somebody's: a recovery case with an owner and a due time, once for each ticket."""

from __future__ import annotations

from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext

from aftersales.actions.history import NewEvent, append_events
from aftersales.actions.opening import MOST_SUBJECT, NewTicket, open_ticket
from aftersales.facts import RecoveryOpened
from aftersales.models import Priority, Satisfaction, Ticket, TicketChannel
from aftersales.queries.people import workers_of
from aftersales.rules.care import CareDocument, RecoveryOwner
from aftersales.rules.history import Kind
from merchants.models import SYSTEM, Membership
from merchants.roles import Role


def open_recovery(ticket: Ticket, asked: Satisfaction, *, care: CareDocument, at: datetime) -> Ticket:
    """The case that makes a low score good: of the same customer, order and category, urgent enough to be seen, and due within
    the shop's `recovery_minutes` of business time. Again: the case there is."""
    assert asked.score is not None
    merchant = ticket.merchant
    known = Ticket.objects.filter(merchant=merchant, recovers=ticket, is_recovery=True).first()
    if known is not None:
        return known
    with translation.override(ticket.language or merchant.language):
        subject = gettext("Making it right: %(subject)s") % {"subject": ticket.subject}
        body = gettext(
            "You rated ticket #%(number)s with %(score)s of 5. We are sorry, and want to make it right: somebody looks into it."
        ) % {"number": ticket.number, "score": asked.score}
    case = open_ticket(
        merchant,
        NewTicket(
            subject=subject[:MOST_SUBJECT], body="\n\n".join([body, asked.comment]).strip(), channel=TicketChannel.SYSTEM,
            customer=ticket.customer, guest_name=ticket.guest_name, guest_contact=ticket.guest_contact,
            category_code=_category_of(ticket), priority=Priority.HIGH, order=ticket.order,
            assignee=find_recovery_owner(ticket, asked, care), reference=f"recovery:{ticket.pk}",
            language=ticket.language, recovers=ticket, occurred_at=at,
        ),
        by=SYSTEM,
    )  # fmt: skip
    promise = {
        "sla_version": case.sla_version_id, "calendar": case.calendar_id, "first": case.first_response_target,
        "next": case.next_response_target, "resolution": care.recovery_minutes, "tier": case.tier,
    }  # fmt: skip
    fact = RecoveryOpened(case.pk, case.number, ticket.pk, ticket.number, asked.score)
    return append_events(case, [NewEvent(Kind.TARGETED, promise, facts=[fact])], by=SYSTEM, at=at)


def _category_of(ticket: Ticket) -> str:
    """Its own, as long as the shop still uses it."""
    return ticket.category.code if ticket.category.archived_at is None else ""


def find_recovery_owner(ticket: Ticket, asked: Satisfaction, care: CareDocument) -> Membership | None:
    """Who makes it good, by the shop's rule; the shop's owner where that person is not there (any more)."""
    team = workers_of(ticket.merchant)
    wanted = {RecoveryOwner.AGENT: asked.agent_id, RecoveryOwner.ADVISOR: ticket.advisor_id}.get(care.recovery_owner)
    found = team.filter(pk=wanted).first() if wanted is not None else None
    return found or team.filter(role=Role.OWNER).order_by("pk").first()
