"""What the verbs of a ticket offer: people, statuses, moments, macros, budgets; and where they are sent."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext as _

from aftersales.dashboard.ticket_side import ticket_rows
from aftersales.frames.attachments import file_limits
from aftersales.models import GoodwillUse, GrantReason, Priority, StatusCategory, Ticket, TicketLink, TicketStatus
from aftersales.queries.desk import categories_of, macros_for, statuses_of
from aftersales.queries.goodwill import Room, room_for
from aftersales.queries.people import AgentView, agents_of
from aftersales.queries.tickets import member_tickets, messages_of
from merchants.clock import now
from merchants.frames.navigation import find_url
from merchants.frames.public_ids import public_id
from merchants.frames.staff import StaffRequest, shop_url
from merchants.models import Merchant
from merchants.roles import Permission, may
from merchants.rules.figures import format_moment

VERBS = (
    "say", "status", "resolve", "close", "reopen", "assign", "change", "snooze", "merge", "unmerge", "split", "link",
    "macro", "goodwill", "presence",
)  # fmt: skip
_OPEN_FIRST = 8


def tools_of(request: StaffRequest, ticket: Ticket) -> dict[str, Any]:
    """The forms' choices, as templates/aftersales/dashboard/ticket_*.html name them."""
    merchant, me = request.merchant, request.membership
    statuses = list(statuses_of(merchant))
    is_mine = ticket.customer is not None and may(me.role, Permission.GRANT_GOODWILL)
    room = room_for(ticket, by=request.actor) if is_mine else None
    return {
        "urls": {verb: _url(request, ticket, verb) for verb in VERBS},
        "reference": secrets.token_hex(12),
        "agents": _agents(agents_of(merchant), ticket, but=me.pk),
        "statuses": statuses,
        "then_statuses": then_choices(statuses),
        "priorities": Priority.choices,
        "categories": list(categories_of(merchant)),
        "snoozes": snooze_choices(merchant),
        "macros": list(macros_for(me, merchant=merchant)),
        "file_limits": file_limits(),
        "room": room,
        "budgets": _budgets(room),
        "grant_reasons": GrantReason.choices,
        "link_kinds": [choice for choice in TicketLink.Kind.choices if choice[0] != TicketLink.Kind.SPLIT],
        "splittable": _splittable(ticket),
        "mergeable": _mergeable(request, ticket),
        "post_mortem_url": find_url("aftersales:post-mortem-new", merchant.slug, public_id("tkt", ticket.pk)),
    }


def then_choices(statuses: Iterable[TicketStatus]) -> list[tuple[str, str]]:
    """What a ticket becomes with the answer: by default the customer's turn."""
    usual = [status for status in statuses if status.is_default and status.category == StatusCategory.WAITING_CUSTOMER]
    rest = [status for status in statuses if status not in usual and status.category != StatusCategory.CLOSED]
    return [(status.code, status.name) for status in (*usual, *rest)]


def snooze_choices(merchant: Merchant) -> list[dict[str, str]]:
    """Moments that people mean, each with what it would be."""
    choices = (
        ("1h", _("For an hour")),
        ("3h", _("For three hours")),
        ("tomorrow", _("Until tomorrow morning")),
        ("monday", _("Until Monday morning")),
        ("week", _("For a week")),
    )
    moments = {name: snooze_moment(merchant, name) for name, _label in choices}
    return [
        {"value": name, "label": label, "note": format_moment(moments[name], tz=merchant.zone)[5:]}
        for name, label in choices
        if not (name == "monday" and moments[name] == moments["tomorrow"])  # on a Sunday they are one
    ]


def snooze_moment(merchant: Merchant, name: str) -> datetime:
    """The moment behind a choice; mornings are at nine on the shop's clock."""
    present = now(merchant)
    if name in ("1h", "3h"):
        return present + timedelta(hours=int(name[0]))
    here = present.astimezone(merchant.zone)
    days = {"tomorrow": 1, "monday": 7 - here.weekday(), "week": 7}.get(name, 1)
    return datetime.combine(here.date() + timedelta(days=days), time(9), tzinfo=merchant.zone)


def _url(request: StaffRequest, ticket: Ticket, verb: str) -> str:
    return shop_url(request, f"aftersales:ticket-{verb}", public_id("tkt", ticket.pk))


def _agents(agents: Iterable[AgentView], ticket: Ticket, *, but: int) -> list[dict[str, Any]]:
    """Those present first, the least busy of them on top."""
    rest = [agent for agent in agents if agent.membership.pk not in (but, ticket.assignee_id)]
    return [
        {
            "id": agent.membership.pk,
            "name": agent.name,
            "note": _("%(count)s open") % {"count": agent.open_tickets} if agent.is_here else _("away"),
        }
        for agent in sorted(rest, key=lambda each: (not each.is_here, each.open_tickets, each.name))
    ]


def _budgets(room: Room | None) -> list[dict[str, Any]]:
    if room is None:
        return []
    scope = GoodwillUse.Scope
    most = (
        (scope.TICKET, _("This ticket"), room.limits.per_ticket),
        (scope.CUSTOMER, _("This member, this month"), room.limits.per_customer_month),
        (scope.STAFF, _("You, this month"), room.role.per_month),
        (scope.SHOP, _("The shop, this month"), room.limits.shop_month),
    )
    return [
        {"label": label, "left": max(0, limit - room.used.get(name, 0)), "most": limit} for name, label, limit in most
    ]


def _splittable(ticket: Ticket) -> list[Any]:
    said = list(messages_of(ticket))
    return said if len(said) > 1 else []


def _mergeable(request: StaffRequest, ticket: Ticket) -> list[dict[str, Any]]:
    if ticket.customer is None:
        return []
    others = member_tickets(ticket.customer).exclude(pk=ticket.pk).exclude(status_category=StatusCategory.CLOSED)
    return ticket_rows(request, others[:_OPEN_FIRST])
