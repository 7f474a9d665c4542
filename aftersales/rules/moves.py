"""Who may move a ticket from what to what, and what becomes of it when nobody does anything."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from aftersales.rules.ticket_state import CLOSED, OPEN, PAUSED, RESOLVED, SETTLED, WAITING_CUSTOMER, WAITING_US

# side → from → to. Staying within a category is always allowed: it is another word of the shop for the same.
_EVERYWHERE = frozenset({WAITING_US, WAITING_CUSTOMER, PAUSED, RESOLVED, CLOSED})
MOVES: Mapping[str, Mapping[str, frozenset[str]]] = {
    "staff": {
        WAITING_US: _EVERYWHERE,
        WAITING_CUSTOMER: _EVERYWHERE,
        PAUSED: _EVERYWHERE,
        RESOLVED: frozenset({CLOSED, WAITING_US, WAITING_CUSTOMER, PAUSED}),
        CLOSED: frozenset({WAITING_US}),
    },
    "customer": {
        WAITING_US: frozenset({CLOSED}),
        WAITING_CUSTOMER: frozenset({WAITING_US, CLOSED}),
        PAUSED: frozenset({WAITING_US, CLOSED}),
        RESOLVED: frozenset({WAITING_US, CLOSED}),
        CLOSED: frozenset({WAITING_US}),
    },
    "system": {
        WAITING_US: frozenset(),
        WAITING_CUSTOMER: frozenset({WAITING_US}),
        PAUSED: frozenset({WAITING_US}),
        RESOLVED: frozenset({CLOSED, WAITING_US}),
        CLOSED: frozenset({WAITING_US}),
    },
}


def may_move(side: str, before: str, after: str) -> bool:
    """Whether `side` ("staff", "customer", "system") may take a ticket from one category of statuses to another."""
    return before == after or after in MOVES[side][before]


def may_reopen_until(settled_at: datetime, reopen_days: int) -> datetime:
    """Until when the customer may reopen what was settled then; afterwards they open a new one that is linked to it."""
    return settled_at + timedelta(days=reopen_days)


def after_customer_reply(category: str) -> str:
    """What a customer's message makes of a ticket: it is our turn, also where we had paused."""
    return WAITING_US if category in OPEN or category in SETTLED else category
