"""Making and changing segments. Their members are written by actions.membership, in the worker."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pypinyin import lazy_pinyin

from analytics.actions.nudging import nudge_after_commit
from analytics.errors import SegmentCodeTaken, SegmentInUse, SegmentIsArchived, TooManySegments
from analytics.facts import SegmentChanged, SegmentCreated, SegmentRestored, SegmentWasArchived
from analytics.models import Segment, SegmentUse, SegmentVersion
from analytics.queries.segment_checks import check_tree
from analytics.queries.segments import get_version, tree_of, uses_of
from analytics.rules.segment_tree import as_json, of_json
from customers.actions import Retagged, make_dynamic_tag, rename_dynamic_tag, retag
from customers.queries import Selection
from events.actions import record
from merchants.clock import now
from merchants.errors import InvalidValue, InvalidValues
from merchants.models import Actor, Merchant

MOST_SEGMENTS = 200
FILL_TASK = "analytics.tasks.fill_segments"
_CODE = re.compile(r"^[a-z0-9][a-z0-9-]{0,59}$")


@transaction.atomic
def create_segment(
    merchant: Merchant,
    *,
    name: str,
    tree: Any,
    by: Actor,
    code: str | None = None,
    description: str = "",
    note: str = "",
) -> Segment:
    """A new segment; the worker fills it right after the commit. `tree` is a node of rules.segment_tree.

    `code` (None: made from the name) never changes. Raises InvalidValues with pointers, TagNameTaken, SegmentCodeTaken,
    TooManySegments.
    """
    _check_texts(name=name, description=description, code=code)
    check_tree(merchant, tree)
    if Segment.objects.filter(merchant=merchant, archived_at=None).count() >= MOST_SEGMENTS:
        raise TooManySegments(limit=MOST_SEGMENTS)
    if code is not None and Segment.objects.filter(merchant=merchant, code=code).exists():
        raise SegmentCodeTaken()
    code = code or _free_code(merchant, name)
    moment = now(merchant)
    segment = Segment.objects.create(
        merchant=merchant,
        code=code,
        name=name.strip(),
        description=description.strip(),
        tag=make_dynamic_tag(merchant, name=name, managed_by=f"segment:{code}"),
        created_at=moment,
        created_by=by.name[:120],
        updated_at=moment,
    )
    _add_version(segment, tree, note, by)
    record(merchant, SegmentCreated(code, segment.name), about=segment, by=by)
    nudge_after_commit(merchant, FILL_TASK)
    return segment


@transaction.atomic
def change_segment(
    segment: Segment,
    *,
    by: Actor,
    tree: Any = None,
    name: str | None = None,
    description: str | None = None,
    note: str = "",
) -> Segment:
    """What is None stays. Another tree is another version, filled by the worker; the same tree is none.

    Raises SegmentIsArchived, InvalidValues, TagNameTaken.
    """
    merchant = segment.merchant
    segment = _lock(segment)
    if segment.archived_at is not None:
        raise SegmentIsArchived()
    _check_texts(name=name, description=description)
    before = (segment.name, segment.description, segment.version)
    if name is not None and name.strip() != segment.name:
        rename_dynamic_tag(segment.tag, name=name)
        segment.name = name.strip()
    if description is not None:
        segment.description = description.strip()
    if tree is not None and as_json(tree) != as_json(tree_of(segment)):
        check_tree(merchant, tree, of=segment)
        segment.version += 1
        _add_version(segment, tree, note, by)
        nudge_after_commit(merchant, FILL_TASK)
    if before == (segment.name, segment.description, segment.version):
        return segment
    segment.updated_at = now(merchant)
    segment.save(update_fields=["name", "description", "version", "updated_at"])
    record(merchant, SegmentChanged(segment.code, segment.name, segment.version), about=segment, by=by)
    return segment


def restore_version(segment: Segment, number: int, *, by: Actor) -> Segment:
    """Put an earlier tree in force again, as a new version. NotFound when there is none of that number."""
    earlier = get_version(segment, number)
    return change_segment(
        segment, by=by, tree=of_json(earlier.tree), note=gettext("Back to version %(n)s") % {"n": number}
    )


@transaction.atomic
def archive_segment(segment: Segment, *, by: Actor) -> Segment:
    """Take it out of use: nobody carries its tag any more, its versions and days stay. SegmentInUse names who needs it."""
    merchant = segment.merchant
    segment = _lock(segment)
    if segment.archived_at is not None:
        return segment
    if users := uses_of(segment):
        raise SegmentInUse(users=gettext(", ").join(use.label for use in users))
    _leave_all(segment)
    segment.archived_at = segment.updated_at = now(merchant)
    segment.filled_version, segment.members, segment.reachable = None, 0, 0
    segment.save(update_fields=["archived_at", "updated_at", "filled_version", "members", "reachable"])
    record(merchant, SegmentWasArchived(segment.code, segment.name), about=segment, by=by)
    return segment


def _leave_all(segment: Segment) -> Retagged:
    nobody = Selection("SELECT 0::bigint AS id WHERE false", {})
    return retag(segment.merchant, segment.tag, nobody)


@transaction.atomic
def restore_segment(segment: Segment, *, by: Actor) -> Segment:
    """Back into use with its last tree, if that still makes sense here; the worker fills it."""
    merchant = segment.merchant
    segment = _lock(segment)
    if segment.archived_at is None:
        return segment
    check_tree(merchant, tree_of(segment), of=segment)
    segment.archived_at, segment.updated_at = None, now(merchant)
    segment.save(update_fields=["archived_at", "updated_at"])
    record(merchant, SegmentRestored(segment.code, segment.name), about=segment, by=by)
    nudge_after_commit(merchant, FILL_TASK)
    return segment


@transaction.atomic
def use_segment(segment: Segment, *, kind: str, reference: str, label: str) -> SegmentUse:
    """Say that something of a floor above works with this segment; twice is once. Raises SegmentIsArchived."""
    segment = _lock(segment)
    if segment.archived_at is not None:
        raise SegmentIsArchived()
    use, _made = SegmentUse.objects.filter(merchant=segment.merchant).update_or_create(
        merchant=segment.merchant,
        segment=segment,
        kind=kind,
        reference=reference,
        defaults={"label": label[:120], "since": now(segment.merchant)},
    )
    return use


def stop_using_segment(segment: Segment, *, kind: str, reference: str) -> bool:
    """Whether it was used so."""
    uses = SegmentUse.objects.filter(merchant=segment.merchant_id, segment=segment, kind=kind, reference=reference)
    return uses.delete()[0] > 0


def _lock(segment: Segment) -> Segment:
    return (
        Segment.objects.select_for_update(no_key=True, of=("self",))
        .select_related("tag", "merchant")
        .get(merchant=segment.merchant, pk=segment.pk)
    )


def _add_version(segment: Segment, tree: Any, note: str, by: Actor) -> None:
    SegmentVersion.objects.create(
        merchant=segment.merchant,
        segment=segment,
        number=segment.version,
        tree=as_json(tree),
        note=note.strip()[:300],
        created_at=now(segment.merchant),
        created_by=by.name[:120],
    )


def _check_texts(*, name: str | None, description: str | None = None, code: str | None = None) -> None:
    faults = []
    if name is not None and not name.strip():
        faults.append(InvalidValue("name", _("This value is required."), code="required"))
    if description is not None and len(description) > 300:
        faults.append(
            InvalidValue("description", _("This may have at most %(limit)s characters."), code="too_long", limit=300)
        )
    if code is not None and not _CODE.match(code):
        faults.append(
            InvalidValue("code", _("A code has small letters, digits and hyphens, at most 60."), code="wrong_format")
        )
    if faults:
        raise InvalidValues(faults)


def _free_code(merchant: Merchant, name: str) -> str:
    """From the name, in Latin letters: 金卡会员 → jin-ka-hui-yuan; with a number where that is taken."""
    letters = "-".join(lazy_pinyin(unicodedata.normalize("NFKC", name))).lower()
    stem = re.sub(r"[^a-z0-9]+", "-", unicodedata.normalize("NFKD", letters)).strip("-")[:50].strip("-") or "segment"
    taken = set(Segment.objects.filter(merchant=merchant, code__startswith=stem).values_list("code", flat=True))
    return next(code for n in range(1, len(taken) + 2) if (code := stem if n == 1 else f"{stem}-{n}") not in taken)
