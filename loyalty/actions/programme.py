"""Terms: drafted, looked at, published. Published versions stay for ever."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from pydantic import ValidationError

from events.actions import record
from loyalty.errors import DraftMissing, DraftOutdated, EffectiveInPast
from loyalty.facts import ProgrammePublished
from loyalty.models import ProgrammeVersion, VersionState
from loyalty.rules.terms import Terms
from merchants.clock import now
from merchants.errors import InvalidValue, InvalidValues
from merchants.models import Actor, Merchant


@transaction.atomic
def save_draft(merchant: Merchant, *, terms: dict[str, Any] | Terms, by: Actor, note: str = "") -> ProgrammeVersion:
    """Write the shop's one draft (made if there is none). Raises InvalidValues, each with its pointer into the terms."""
    document = check_terms(terms).model_dump(mode="json")
    draft = (
        ProgrammeVersion.objects.select_for_update(no_key=True)
        .filter(merchant=merchant, state=VersionState.DRAFT)
        .first()
    )
    if draft is None:
        latest = ProgrammeVersion.objects.filter(merchant=merchant).aggregate(latest=Max("number"))["latest"]
        draft = ProgrammeVersion(merchant=merchant, number=(latest or 0) + 1)
    draft.terms, draft.note, draft.created_at, draft.created_by = document, note[:300], now(merchant), by.name
    draft.save()
    return draft


@transaction.atomic
def discard_draft(merchant: Merchant) -> None:
    ProgrammeVersion.objects.filter(merchant=merchant, state=VersionState.DRAFT).delete()


@transaction.atomic
def publish_draft(
    merchant: Merchant, *, by: Actor, effective_from: datetime | None = None, seen: dict[str, Any] | None = None
) -> ProgrammeVersion:
    """Put the draft into force now, or from a later moment. `seen`: the terms that the preview showed; others are refused.

    Raises DraftMissing, DraftOutdated, EffectiveInPast. Members' tiers are reviewed in the following night; upgrades come
    with their next order.
    """
    draft = (
        ProgrammeVersion.objects.select_for_update(no_key=True)
        .filter(merchant=merchant, state=VersionState.DRAFT)
        .first()
    )
    if draft is None:
        raise DraftMissing()
    if seen is not None and seen != draft.terms:
        raise DraftOutdated()
    present = now(merchant)
    if effective_from is not None and effective_from < present:
        raise EffectiveInPast()
    draft.state, draft.effective_from = VersionState.PUBLISHED, effective_from or present
    draft.published_at, draft.published_by = present, by.name
    draft.save()
    fact = ProgrammePublished(draft.number, draft.effective_from.isoformat(), draft.note)
    record(merchant, fact, about=draft, by=by)
    return draft


@transaction.atomic
def start_programme(merchant: Merchant, *, terms: Terms, by: Actor, effective_from: datetime) -> ProgrammeVersion:
    """Publish a first version whose beginning may lie in the past: for a shop that brings its history along."""
    draft = save_draft(merchant, terms=terms, by=by)
    draft.state, draft.effective_from = VersionState.PUBLISHED, effective_from
    draft.published_at, draft.published_by = now(merchant), by.name
    draft.save()
    fact = ProgrammePublished(draft.number, effective_from.isoformat(), draft.note)
    record(merchant, fact, about=draft, by=by)
    return draft


def check_terms(terms: dict[str, Any] | Terms) -> Terms:
    """Terms as typed rules, or InvalidValues with one fault per place."""
    if isinstance(terms, Terms):
        return terms
    try:
        return Terms.model_validate(terms)
    except ValidationError as error:
        faults = [
            InvalidValue(".".join(str(part) for part in fault["loc"]), fault["msg"], code=fault["type"])
            for fault in error.errors(include_url=False, include_context=False)
        ]
        raise InvalidValues(faults) from error
