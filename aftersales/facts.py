"""What the complaint desk announces. About the customer where there is one, else about the ticket.

Each names its ticket by id and by the number that staff and customers see. Never what was written: an event outlives an
erasure.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import pgettext_lazy

from events.facts import Fact


@dataclass(frozen=True, slots=True)
class TicketOpened(Fact):
    label = pgettext_lazy("event", "Ticket opened")

    ticket_id: int
    number: int
    category: str
    channel: str
    priority: str
    is_complaint: bool
    order_id: int | None


@dataclass(frozen=True, slots=True)
class TicketReplied(Fact):
    """A public message. `side`: customer, staff or system; `is_first`: the first answer of ours."""

    label = pgettext_lazy("event", "Ticket answered")

    ticket_id: int
    number: int
    message_id: int
    side: str
    is_first: bool


@dataclass(frozen=True, slots=True)
class TicketNoted(Fact):
    """An internal note: the customer never sees it."""

    label = pgettext_lazy("event", "Note added to a ticket")

    ticket_id: int
    number: int
    message_id: int


@dataclass(frozen=True, slots=True)
class TicketStatusChanged(Fact):
    """`before` and `after` are categories of statuses; `status` is the shop's own word."""

    label = pgettext_lazy("event", "Ticket status changed")

    ticket_id: int
    number: int
    before: str
    after: str
    status: str


@dataclass(frozen=True, slots=True)
class TicketChanged(Fact):
    """Names of changed fields, never their values: an event outlives an erasure."""

    label = pgettext_lazy("event", "Ticket changed")

    ticket_id: int
    number: int
    fields: list[str]


@dataclass(frozen=True, slots=True)
class TicketAssigned(Fact):
    """`membership_id` None: nobody's."""

    label = pgettext_lazy("event", "Ticket assigned")

    ticket_id: int
    number: int
    membership_id: int | None
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class TicketResolved(Fact):
    """`seconds`: business seconds that it was the shop's turn; `breaches`: deadlines missed."""

    label = pgettext_lazy("event", "Ticket resolved")

    ticket_id: int
    number: int
    seconds: int
    breaches: int


@dataclass(frozen=True, slots=True)
class TicketReopened(Fact):
    """`times`: how often by now."""

    label = pgettext_lazy("event", "Ticket reopened")

    ticket_id: int
    number: int
    times: int


@dataclass(frozen=True, slots=True)
class TicketClosed(Fact):
    label = pgettext_lazy("event", "Ticket closed")

    ticket_id: int
    number: int


@dataclass(frozen=True, slots=True)
class TicketMerged(Fact):
    label = pgettext_lazy("event", "Ticket merged")

    ticket_id: int
    number: int
    into_id: int
    into_number: int


@dataclass(frozen=True, slots=True)
class TicketUnmerged(Fact):
    label = pgettext_lazy("event", "Ticket un-merged")

    ticket_id: int
    number: int
    from_id: int
    from_number: int


@dataclass(frozen=True, slots=True)
class TicketSplit(Fact):
    label = pgettext_lazy("event", "Ticket split")

    ticket_id: int
    number: int
    new_id: int
    new_number: int


@dataclass(frozen=True, slots=True)
class DeadlineMissed(Fact):
    """`deadline`: first_response, next_response or resolution."""

    label = pgettext_lazy("event", "Service level missed")

    ticket_id: int
    number: int
    deadline: str
    due_at: str


@dataclass(frozen=True, slots=True)
class GoodwillAsked(Fact):
    """It waits for a second person."""

    label = pgettext_lazy("event", "Goodwill requested")

    ticket_id: int
    number: int
    grant_id: int
    points: int
    reason: str


@dataclass(frozen=True, slots=True)
class GoodwillGranted(Fact):
    label = pgettext_lazy("event", "Goodwill granted")

    ticket_id: int
    number: int
    grant_id: int
    points: int
    reason: str


@dataclass(frozen=True, slots=True)
class GoodwillDeclined(Fact):
    label = pgettext_lazy("event", "Goodwill declined")

    ticket_id: int
    number: int
    grant_id: int
    points: int
    note: str


@dataclass(frozen=True, slots=True)
class SatisfactionAsked(Fact):
    label = pgettext_lazy("event", "Asked for a rating")

    ticket_id: int
    number: int


@dataclass(frozen=True, slots=True)
class SatisfactionGiven(Fact):
    """`score` from 1 to 5."""

    label = pgettext_lazy("event", "Rating given")

    ticket_id: int
    number: int
    score: int
    via: str


@dataclass(frozen=True, slots=True)
class RecoveryOpened(Fact):
    """Born from a low score of the ticket `recovers_number`."""

    label = pgettext_lazy("event", "Recovery case opened")

    ticket_id: int
    number: int
    recovers_id: int
    recovers_number: int
    score: int


@dataclass(frozen=True, slots=True)
class PostMortemWritten(Fact):
    label = pgettext_lazy("event", "Post-mortem written")

    ticket_id: int
    number: int
    post_mortem_id: int
    cause: str


@dataclass(frozen=True, slots=True)
class EffectChecked(Fact):
    """Tickets of the category per 1,000 orders, as text; None where there were no orders. `verdict`: fewer, more, unsure or
    unknown; "not_done" when the date came before the action was done."""

    label = pgettext_lazy("event", "Effect of a post-mortem checked")

    ticket_id: int
    number: int
    post_mortem_id: int
    rate_before: str | None
    rate_after: str | None
    verdict: str


@dataclass(frozen=True, slots=True)
class DeskPublished(Fact):
    """A new version of one of the desk's rule books. `kind`: sla, routing, limits or care."""

    label = pgettext_lazy("event", "Desk rules published")

    kind: str
    number: int
    note: str


@dataclass(frozen=True, slots=True)
class CalendarPublished(Fact):
    """New business hours."""

    label = pgettext_lazy("event", "Business hours published")

    code: str
    name: str
    number: int


@dataclass(frozen=True, slots=True)
class OpenTicketsRetargeted(Fact):
    """After new rules or hours: so many open tickets were promised something else; `more` are still to come."""

    label = pgettext_lazy("event", "Open tickets moved to new service levels")

    moved: int
    more: bool


@dataclass(frozen=True, slots=True)
class DeskChanged(Fact):
    """A word, macro, view or person of the desk. `what`: status, category, cause, macro, view or agent; `change`: added,
    changed, archived, restored or removed."""

    label = pgettext_lazy("event", "Desk settings changed")

    what: str
    name: str
    change: str


@dataclass(frozen=True, slots=True)
class AdvisorSet(Fact):
    """A customer's dedicated advisor; "" for none."""

    label = pgettext_lazy("event", "Advisor changed")

    before: str
    after: str
