"""Writing down what happened, in the caller's transaction, with the deliveries it owes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction

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
    if not facts:
        return []
    rows = fact_rows(merchant, facts, by=by, deliver=deliver)
    with connection.cursor() as cursor:
        cursor.execute("SELECT events_record(%s, %s::jsonb)", [merchant.pk, facts_json(rows)])
        ids: list[int] = cursor.fetchone()[0]
    nudge_after_commit(rows)
    return ids


def fact_rows(
    merchant: Merchant, facts: Sequence[Recorded], *, by: Actor, deliver: bool = True
) -> list[dict[str, Any]]:
    """`facts` as the SQL function `events_record` takes them, for statements that record as they write.

    Whoever sends them calls `nudge_after_commit` with them.
    """
    # Asked once for all: a batch has thousands.
    frame = _frame(by, world_now())
    present = now(merchant)
    return [_row(item, frame, present, deliver=deliver) for item in facts]


def facts_json(rows: Sequence[dict[str, Any]]) -> str:
    return json.dumps(rows, cls=DjangoJSONEncoder, ensure_ascii=False)


def nudge_after_commit(rows: Sequence[dict[str, Any]]) -> None:
    """Wake the worker when somebody is to be told."""
    if any(row["listeners"] for row in rows):
        transaction.on_commit(nudge, robust=True)


def _frame(by: Actor, recorded_at: datetime) -> dict[str, Any]:
    """What all facts of one call have in common."""
    return {
        "actor_kind": by.kind,
        "actor_id": by.id,
        "actor_name": by.name[:120],
        "request_id": structlog.contextvars.get_contextvars().get("request_id", ""),
        "recorded_at": recorded_at.isoformat(),
    }


def _row(item: Recorded, frame: dict[str, Any], present: datetime, *, deliver: bool) -> dict[str, Any]:
    about_type, about_id = _subject(item.about)
    return {
        "type": item.fact.wire,
        "payload": item.fact.payload(),
        "about_type": about_type,
        "about_id": about_id,
        "occurred_at": (item.occurred_at or present).isoformat(),
        "listeners": listeners_of(item.fact.wire) if deliver else [],
        **frame,
    }


def _subject(about: Subject) -> tuple[str, int | None]:
    if about is None:
        return "", None
    if isinstance(about, tuple):
        return about
    return about._meta.label_lower, about.pk
