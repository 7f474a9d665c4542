"""A ticket's conversation as both doors draw it: bubbles, and lines between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aftersales.frames.attachments import file_rows
from aftersales.frames.words import Line, Names, is_told, line_of
from aftersales.models import Attachment, Author, Message, Ticket
from aftersales.queries.desk import categories_of, statuses_of
from aftersales.queries.tickets import ThreadItem, thread_of
from merchants.models import Merchant


@dataclass(frozen=True, slots=True)
class ThreadEntry:
    """A message (`side`: theirs, ours, note or mine) or a line about an event. `html` was sanitised when it was written."""

    when: datetime
    message: Message | None = None
    side: str = ""
    author: str = ""
    html: str = ""
    files: list[dict[str, Any]] = field(default_factory=list)
    line: Line | None = None


def names_of(merchant: Merchant) -> Names:
    return Names(
        {each.pk: each.name for each in statuses_of(merchant, archived=True)},
        {each.pk: each.name for each in categories_of(merchant, archived=True)},
    )


def staff_thread(ticket: Ticket, names: Names, *, file_url: Callable[[Attachment], str]) -> list[ThreadEntry]:
    """Everything: public messages, notes, and what happened between them."""
    return _entries(thread_of(ticket), names, file_url, to_staff=True)


def customer_thread(ticket: Ticket, *, file_url: Callable[[Attachment], str]) -> list[ThreadEntry]:
    """What its customer may read: never a note, and of the events what became of it."""
    return _entries(thread_of(ticket, for_customer=True), Names({}, {}), file_url, to_staff=False)


def _entries(
    items: Iterable[ThreadItem], names: Names, file_url: Callable[[Attachment], str], *, to_staff: bool
) -> list[ThreadEntry]:
    entries = []
    for item in items:
        if item.message is not None:
            entries.append(_bubble(item, item.message, file_url, to_staff=to_staff))
        elif item.event is not None and is_told(item.event, to_staff=to_staff):
            entries.append(ThreadEntry(item.at, line=line_of(item.event, names, to_staff=to_staff)))
    return entries


def _bubble(
    item: ThreadItem, message: Message, file_url: Callable[[Attachment], str], *, to_staff: bool
) -> ThreadEntry:
    from_customer = message.author == Author.CUSTOMER
    side = ("theirs" if from_customer else "ours") if to_staff else ("mine" if from_customer else "theirs")
    author = message.author_name
    if to_staff and item.ticket_number is not None:
        author = f"{author} · #{item.ticket_number}"
    return ThreadEntry(
        item.at,
        message,
        "note" if message.is_note else side,
        author,
        message.body_html,
        file_rows(message.attachments.all(), file_url),
    )
