"""What insight does when something happens below it: the person is looked at again, within seconds."""

from __future__ import annotations

from aftersales.facts import (
    TicketChanged,
    TicketClosed,
    TicketMerged,
    TicketOpened,
    TicketReopened,
    TicketResolved,
    TicketStatusChanged,
    TicketUnmerged,
)
from analytics.actions.membership import mark_dirty
from analytics.facts import ChurnBandChanged
from commerce.facts import OrderPaid, OrderRecorded, OrderWasCancelled, RefundRecorded
from customers.facts import (
    ConsentGiven,
    ConsentWithdrawn,
    CustomerArchived,
    CustomerRegistered,
    CustomerRestored,
    CustomerTagged,
    CustomerUntagged,
    CustomerUpdated,
)
from events.models import Event
from events.registry import listens_to
from loyalty.facts import (
    EntryReversed,
    HoldReleased,
    PointsAdjusted,
    PointsExpired,
    PointsGranted,
    PointsHeld,
    PointsSpent,
    SpendReturned,
    TierChanged,
    TierGraceStarted,
)


# What an order or a refund does to points comes with the order's or the refund's own fact, in one transaction.
@listens_to(
    CustomerRegistered, CustomerUpdated, CustomerArchived, CustomerRestored, ConsentGiven, ConsentWithdrawn,
    CustomerTagged, CustomerUntagged, OrderRecorded, OrderPaid, OrderWasCancelled, RefundRecorded, PointsGranted,
    PointsHeld, PointsSpent, HoldReleased, SpendReturned, PointsExpired, PointsAdjusted, EntryReversed, TierChanged,
    TierGraceStarted, TicketOpened, TicketStatusChanged, TicketChanged, TicketResolved, TicketReopened, TicketClosed,
    TicketMerged, TicketUnmerged, ChurnBandChanged,
)  # fmt: skip
def look_at_customer_again(event: Event) -> None:
    """Twice is once: looking again finds nothing new. What is about no customer (a guest's order) moves nobody."""
    if event.about_type == "customers.customer" and event.about_id is not None:
        mark_dirty(event.merchant, [event.about_id], reason=event.type)
