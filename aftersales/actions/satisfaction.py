"""The customer's verdict: asked once when a ticket was resolved; a bad one gets somebody who makes it good."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from aftersales.actions.history import NewEvent, about_ticket, lock_ticket, ticket_moment, write_history
from aftersales.actions.recovery import open_recovery
from aftersales.errors import AlreadyRated, NotYetRated, RatingClosed
from aftersales.facts import SatisfactionAsked, SatisfactionGiven
from aftersales.models import Satisfaction, StatusCategory, Ticket
from aftersales.queries.satisfaction import care_of, hash_of_token, rating_token
from aftersales.rules.care import CareDocument
from aftersales.rules.history import Kind
from events.actions import record
from merchants.clock import now
from merchants.errors import InvalidValue
from merchants.models import SYSTEM, Actor, Merchant

SETTLED = (StatusCategory.RESOLVED, StatusCategory.CLOSED)
log = structlog.get_logger(__name__)


@transaction.atomic
def plan_satisfaction(ticket: Ticket, *, at: datetime | None = None) -> Satisfaction | None:
    """Note that the customer is to be asked some minutes after the resolution at `at`, and ask where the shop waits for none.

    Once for each ticket; None where nobody is asked: the shop does not want it, the ticket is merged or not resolved, it was
    resolved too long ago, or was itself opened for a bad rating.
    """
    ticket = lock_ticket(ticket)
    care, moment = care_of(ticket.merchant), ticket_moment(ticket.merchant, at)
    if not care.asks_satisfaction or ticket.is_recovery or not _is_settled(ticket):
        return None
    asked = _find(ticket)
    if asked is None and moment + timedelta(days=care.answer_within_days) <= now(ticket.merchant):
        return None  # history: nobody wants to be asked about last year
    asked = asked or _plan(ticket, care, moment + timedelta(minutes=care.ask_after_minutes))
    return _ask(asked, at=moment) if asked.sent_at is None and asked.due_at <= moment else asked


@transaction.atomic
def ask_satisfaction(ticket: Ticket, *, at: datetime | None = None, quiet: bool = False) -> Satisfaction:
    """Ask now, whatever was planned; asking again changes nothing. `quiet` is for history: no e-mail.

    Raises NotYetRated when the ticket is not resolved.
    """
    ticket = lock_ticket(ticket)
    if not _is_settled(ticket):
        raise NotYetRated()
    moment = ticket_moment(ticket.merchant, at)
    asked = _find(ticket) or _plan(ticket, care_of(ticket.merchant), moment)
    return asked if asked.sent_at is not None else _ask(asked, at=moment, quiet=quiet)


def ask_due_satisfaction(merchant: Merchant) -> int:
    """Ask everybody whose time has come; how many. A plan for a ticket that was reopened meanwhile is dropped."""
    due = Satisfaction.objects.select_related("ticket__merchant").filter(
        merchant=merchant, sent_at__isnull=True, due_at__lte=now(merchant)
    )
    return sum(_ask_one_due(asked) for asked in due.order_by("due_at", "id"))


@transaction.atomic
def _ask_one_due(asked: Satisfaction) -> bool:
    ticket = lock_ticket(asked.ticket)
    found = _find(ticket)
    if found is None or found.sent_at is not None:
        return False
    if not _is_settled(ticket):
        found.delete()
        return False
    _ask(found, at=now(ticket.merchant))
    return True


@transaction.atomic
def give_satisfaction(
    asked: Satisfaction | Ticket,
    *,
    score: int,
    comment: str = "",
    via: str,
    by: Actor | None = None,
    occurred_at: datetime | None = None,
) -> Satisfaction:
    """The customer's score (1 to 5) and words, once. A low one opens a recovery case with an owner and a due time.

    `via` is "link", "portal" or "api". `by` None: whoever holds the link, the ticket's customer. Raises InvalidValue,
    AlreadyRated, RatingClosed when it is too late, NotYetRated while the ticket is open.
    """
    if not 1 <= score <= 5:
        raise InvalidValue("score", _("From 1 to 5."), code="out_of_range")
    ticket = lock_ticket(asked.ticket if isinstance(asked, Satisfaction) else asked)
    merchant, care = ticket.merchant, care_of(ticket.merchant)
    moment = ticket_moment(merchant, occurred_at)
    found = _find(ticket)
    if found is None:
        found = _plan(ticket, care, moment)
    if not _is_settled(ticket) and found.sent_at is None:
        raise NotYetRated()
    if found.answered_at is not None:
        raise AlreadyRated()
    if found.sent_at is None:
        # Said in the portal before anybody asked: the agent of this moment is the one that is meant.
        _snapshot(found, at=moment)
    if found.expires_at <= moment:
        raise RatingClosed()
    found.score, found.comment = score, comment.strip()[:2000]
    found.answered_at, found.answered_via = moment, via
    found.save()
    actor = by or _customer_of(ticket)
    told = SatisfactionGiven(ticket.pk, ticket.number, score, via)
    rated = NewEvent(Kind.RATED, {"score": score, "via": via}, facts=[told])
    write_history(ticket, [rated], by=actor, at=moment)
    if care.is_low(score) and (ticket.customer is None or ticket.customer.archived_at is None):
        open_recovery(ticket, found, care=care, at=moment)
    return found


def _customer_of(ticket: Ticket) -> Actor:
    if ticket.customer is not None:
        return Actor("member", ticket.customer.pk, ticket.customer.display_name)
    return Actor("member", None, ticket.guest_name)


def _is_settled(ticket: Ticket) -> bool:
    return ticket.status_category in SETTLED and ticket.merged_into_id is None


def _find(ticket: Ticket) -> Satisfaction | None:
    found = Satisfaction.objects.filter(merchant=ticket.merchant, ticket=ticket).first()
    if found is not None:
        found.ticket, found.merchant = ticket, ticket.merchant
    return found


def _plan(ticket: Ticket, care: CareDocument, due_at: datetime) -> Satisfaction:
    return Satisfaction.objects.create(
        merchant=ticket.merchant, ticket=ticket, token_hash=hash_of_token(rating_token(ticket)), due_at=due_at,
        expires_at=due_at + timedelta(days=care.answer_within_days),
    )  # fmt: skip


def _ask(asked: Satisfaction, *, at: datetime, quiet: bool = False) -> Satisfaction:
    ticket = asked.ticket
    _snapshot(asked, at=at)
    asked.save()
    fact = SatisfactionAsked(ticket.pk, ticket.number)
    record(ticket.merchant, fact, about=about_ticket(ticket), by=SYSTEM, occurred_at=at)
    address = address_of(ticket)
    # A test shop's messages stay inside; the demo's mail goes to its outbox.
    if address and not quiet and (settings.DEMO or not ticket.merchant.is_sandbox):
        transaction.on_commit(lambda: _mail(ticket, address), robust=True)
    return asked


def _snapshot(asked: Satisfaction, *, at: datetime) -> None:
    agent = asked.ticket.assignee
    asked.agent, asked.agent_name = agent, str(agent.staff) if agent is not None else ""
    asked.sent_at = at
    asked.expires_at = at + timedelta(days=care_of(asked.ticket.merchant).answer_within_days)


def address_of(ticket: Ticket) -> str:
    """Where the question goes: the member's or the guest's e-mail; "" when there is none."""
    if ticket.customer is not None:
        return str(ticket.customer.email)
    return ticket.guest_contact if "@" in ticket.guest_contact else ""


def _mail(ticket: Ticket, address: str) -> None:
    language = ticket.language or (ticket.customer.language if ticket.customer else "") or ticket.merchant.language
    with translation.override(language):
        context = {
            "merchant": ticket.merchant,
            "ticket": ticket,
            "name": ticket.customer.display_name if ticket.customer else ticket.guest_name,
            "url": f"{settings.PUBLIC_URL}/m/{ticket.merchant.slug}/help/rate/{rating_token(ticket)}",
        }
        body = render_to_string("aftersales/email/rating.txt", context).strip()
        subject = gettext("How did we do with “%(subject)s”?") % {"subject": ticket.subject}
    try:
        send_mail(" ".join(subject.split()), body, None, [address])
    except OSError as failure:
        # The portal still asks; the operator reads why.
        log.error("rating_not_sent", merchant=ticket.merchant.slug, ticket=ticket.number, reason=str(failure))
