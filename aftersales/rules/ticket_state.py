"""What a ticket's history amounts to: one value for each derived column of the ticket's row."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

WAITING_US = "waiting_us"
WAITING_CUSTOMER = "waiting_customer"
PAUSED = "paused"
RESOLVED = "resolved"
CLOSED = "closed"
OPEN = frozenset({WAITING_US, WAITING_CUSTOMER, PAUSED})
SETTLED = frozenset({RESOLVED, CLOSED})

RANKS = {"urgent": 0, "high": 1, "normal": 2, "low": 3}
"""What lists sort by: the most pressing first."""

FIRST_RESPONSE = "first_response"
NEXT_RESPONSE = "next_response"
RESOLUTION = "resolution"
BITS = {FIRST_RESPONSE: 1, NEXT_RESPONSE: 2, RESOLUTION: 4}
"""The three deadlines, by their bit in `called_for`."""


@dataclass(slots=True)
class State:
    """Exactly the derived columns, by their names on the row. Moments are aware; seconds and targets are business time."""

    subject: str
    category_id: int
    is_complaint: bool
    priority: str
    priority_rank: int
    status_id: int
    status_category: str
    updated_at: datetime
    order_id: int | None = None
    tier: str = ""
    assignee_id: int | None = None
    advisor_id: int | None = None
    merged_into_id: int | None = None
    snoozed_until: datetime | None = None
    waiting_since: datetime | None = None
    first_response_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    reopened_count: int = 0
    reply_count: int = 0
    last_message_at: datetime | None = None
    last_customer_at: datetime | None = None
    last_staff_at: datetime | None = None
    sla_version_id: int | None = None
    calendar_id: int | None = None
    first_response_target: int | None = None
    next_response_target: int | None = None
    resolution_target: int | None = None
    first_response_due_at: datetime | None = None
    next_response_due_at: datetime | None = None
    resolution_due_at: datetime | None = None
    due_at: datetime | None = None
    next_due_at: datetime | None = None
    first_response_seconds: int | None = None
    resolution_seconds: int | None = None
    worked_seconds: int = 0
    clock_since: datetime | None = None
    waited_seconds: int = 0
    wait_clock_since: datetime | None = None
    called_for: int = 0
    breaches: int = 0
    escalation_level: int = 0
    last_event: int = 0

    @property
    def is_open(self) -> bool:
        return self.status_category in OPEN and self.merged_into_id is None


COLUMNS = tuple(each.name for each in fields(State))
"""The attributes of a ticket that are derived, as `getattr(ticket, name)` reads them."""
