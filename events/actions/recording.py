"""Writing down what happened, in the caller's transaction, with the deliveries it owes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import connection, models, transaction
from pydantic_core import to_json

from events.actions.nudging import nudge
from events.facts import Fact
from events.registry import listeners_of
from merchants.clock import now, world_now
from merchants.models import Actor, Merchant

Subject = models.Model | tuple[str, int] | None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A fact with its subject, for `record_many`. `occurred_at` None means now, by the merchant's clock."""

    fact: Fact
    about: Subject
    occurred_at: datetime | None = None


def record(
    merchant: Merchant,
    fact: Fact,
    *,
    about: Subject,
    by: Actor,
    occurred_at: datetime | None = None,
    deliver: bool = True,
) -> int:
    """Write one fact; the event's id. It stands or falls with the caller's transaction."""
    return record_many(merchant, [Recorded(fact, about, occurred_at)], by=by, deliver=deliver)[0]


def record_many(merchant: Merchant, facts: Sequence[Recorded], *, by: Actor, deliver: bool = True) -> list[int]:
    """Write `facts` in one statement; their ids in order.

    `deliver=False` is for history: an import of last year's orders is remembered, and nobody is told.
    """
    told = telling(merchant, facts, by=by, deliver=deliver)
    if told is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT events_record(%s, %s::jsonb, %s::jsonb)", [merchant.pk, told.facts, told.frame])
        ids: list[int] = cursor.fetchone()[0]
    told.nudge_after_commit()
    return ids


@dataclass(frozen=True, slots=True)
class Telling:
    """Facts as the SQL function `events_record` takes them: each one, and what all of them have in common, as JSON."""

    facts: str
    frame: str
    owes_deliveries: bool

    def nudge_after_commit(self) -> None:
        """Wake the worker when somebody is to be told."""
        if self.owes_deliveries:
            transaction.on_commit(nudge, robust=True)


def telling(merchant: Merchant, facts: Sequence[Recorded], *, by: Actor, deliver: bool = True) -> Telling | None:
    """For statements of other apps that record as they write; who sends it also nudges. None when there is no fact."""
    if not facts:
        return None
    present = now(merchant)
    frame = {
        "actor_kind": by.kind,
        "actor_id": by.id,
        "actor_name": by.name[:120],
        "request_id": structlog.contextvars.get_contextvars().get("request_id", ""),
        "recorded_at": world_now(),
    }
    rows = [_row(item, present) for item in facts]
    owes = False
    if deliver:
        for row in rows:
            if names := listeners_of(row["type"]):
                row["listeners"], owes = names, True
    return Telling(_as_json(rows), _as_json(frame), owes)


def _as_json(value: object) -> str:
    return to_json(value, fallback=str).decode()  # the fallback: names that are translated when they are read


def _row(item: Recorded, present: datetime) -> dict[str, Any]:
    about_type, about_id = _subject(item.about)
    return {
        "type": item.fact.wire,
        "payload": item.fact.payload(),
        "about_type": about_type,
        "about_id": about_id,
        "occurred_at": item.occurred_at or present,
    }


def _subject(about: Subject) -> tuple[str, int | None]:
    if about is None:
        return "", None
    if isinstance(about, tuple):
        return about
    return about._meta.label_lower, about.pk
