"""Notes that staff leave for each other."""

from __future__ import annotations

from django.db import transaction

from customers.actions.checking import refusal_of
from customers.facts import NoteAdded, NoteRemoved
from customers.models import Customer, Note
from customers.rules.faults import Fault
from events.actions import record
from merchants.clock import now
from merchants.errors import InvalidValues, NotFound
from merchants.models import Actor

NOTE_LENGTH = 4000


@transaction.atomic
def add_note(customer: Customer, *, text: str, by: Actor) -> Note:
    text = text.strip().replace("\x00", "")
    if not text:
        raise InvalidValues([refusal_of("text", Fault("required"))])
    if len(text) > NOTE_LENGTH:
        raise InvalidValues([refusal_of("text", Fault("too_long", limit=NOTE_LENGTH))])
    note = Note.objects.create(
        merchant=customer.merchant,
        customer=customer,
        text=text,
        written_by_id=by.id,
        written_by=by.name[:120],
        written_at=now(customer.merchant),
    )
    record(customer.merchant, NoteAdded(note_id=note.pk), about=customer, by=by)
    return note


@transaction.atomic
def remove_note(customer: Customer, *, note_id: int, by: Actor) -> None:
    """The note disappears; that there was one stays on the record. NotFound when this customer has no such note."""
    gone = Note.objects.filter(
        merchant=customer.merchant_id, customer=customer, pk=note_id, removed_at__isnull=True
    ).update(removed_at=now(customer.merchant), text="")
    if not gone:
        raise NotFound()
    record(customer.merchant, NoteRemoved(note_id=note_id), about=customer, by=by)
