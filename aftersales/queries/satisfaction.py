"""CSAT: what was asked and what customers said."""

from __future__ import annotations

import hashlib

from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from aftersales.models import DocumentKind, Satisfaction, Ticket
from aftersales.queries.desk import find_document
from aftersales.rules.care import CareDocument
from merchants.clock import now
from merchants.errors import NotFound
from merchants.models import Merchant


def care_of(merchant: Merchant) -> CareDocument:
    """What happens after the answer, as in force; what every shop begins with until it publishes its own."""
    found = find_document(merchant, DocumentKind.CARE)
    parsed = found[1] if found is not None else CareDocument()
    assert isinstance(parsed, CareDocument)
    return parsed


def rating_token(ticket: Ticket) -> str:
    """The secret of the ticket's rating link, signed by this installation: 64 hexadecimal digits. The table keeps its hash."""
    signed = salted_hmac("aftersales.rating", f"{ticket.merchant_id}|{ticket.pk}", algorithm="sha256")
    return str(signed.hexdigest())


def hash_of_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def get_by_token(merchant: Merchant, token: str) -> Satisfaction:
    """What the link with `token` asks about; NotFound for a token of another shop, or one that was never sent."""
    found = _with_ticket(merchant).filter(token_hash=hash_of_token(token), sent_at__isnull=False).first()
    if found is None:
        raise NotFound()
    found.merchant = found.ticket.merchant = merchant
    return found


def find_satisfaction(ticket: Ticket) -> Satisfaction | None:
    return Satisfaction.objects.filter(merchant=ticket.merchant_id, ticket=ticket).first()


def may_rate(ticket: Ticket) -> bool:
    """Whether the customer can still say how it was: resolved, not merged away, asked or about to be, not answered, not late."""
    if ticket.status_category not in ("resolved", "closed") or ticket.merged_into_id is not None:
        return False
    asked = find_satisfaction(ticket)
    return asked is not None and asked.answered_at is None and asked.expires_at > now(ticket.merchant)


def answers_in(merchant: Merchant) -> QuerySet[Satisfaction]:
    """What customers said, newest first."""
    return _with_ticket(merchant).filter(answered_at__isnull=False).order_by("-answered_at", "-id")


def _with_ticket(merchant: Merchant) -> QuerySet[Satisfaction]:
    return Satisfaction.objects.filter(merchant=merchant).select_related("ticket", "ticket__customer")
