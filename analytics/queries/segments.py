"""Finding segments, their trees and who uses them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet

from analytics.models import Segment, SegmentCheck, SegmentDay, SegmentUse, SegmentVersion
from analytics.rules.segment_tree import of_json, segments_named
from customers.models import Customer
from merchants.clock import today
from merchants.errors import NotFound
from merchants.models import Merchant


def segments_of(merchant: Merchant, *, archived: bool = False) -> QuerySet[Segment]:
    """The shop's segments by name: those in use, or those archived."""
    return (
        Segment.objects.filter(merchant=merchant, archived_at__isnull=not archived)
        .select_related("tag", "merchant")
        .order_by("name", "id")
    )


def get_segment(merchant: Merchant, id: int) -> Segment:
    found = Segment.objects.filter(merchant=merchant, pk=id).select_related("tag", "merchant").first()
    if found is None:
        raise NotFound()
    return found


def find_segment(merchant: Merchant, code: str) -> Segment | None:
    return Segment.objects.filter(merchant=merchant, code=code).select_related("tag", "merchant").first()


def versions_of(segment: Segment) -> QuerySet[SegmentVersion]:
    """Newest first."""
    return SegmentVersion.objects.filter(merchant=segment.merchant_id, segment=segment).order_by("-number")


def get_version(segment: Segment, number: int) -> SegmentVersion:
    found = versions_of(segment).filter(number=number).first()
    if found is None:
        raise NotFound()
    return found


def tree_of(segment: Segment, *, number: int | None = None) -> Any:
    """The tree in force, or that of version `number`. NotFound when there is no such version."""
    return of_json(get_version(segment, segment.version if number is None else number).tree)


def trees_in_force(merchant: Merchant) -> dict[str, tuple[Segment, Any]]:
    """{code: (segment, tree)} of all segments that are not archived, in two queries."""
    segments = {segment.pk: segment for segment in segments_of(merchant)}
    versions = SegmentVersion.objects.filter(merchant=merchant, segment__in=list(segments)).values_list(
        "segment_id", "number", "tree"
    )
    return {
        segments[pk].code: (segments[pk], of_json(tree))
        for pk, number, tree in versions
        if number == segments[pk].version
    }


def who_asks(merchant: Merchant) -> dict[str, set[str]]:
    """{code: the codes that its tree asks about} of all segments that are not archived."""
    return {code: segments_named(tree) for code, (_, tree) in trees_in_force(merchant).items()}


@dataclass(frozen=True, slots=True)
class Use:
    """Who works with a segment: another segment (`kind` "segment", `reference` its code) or something of a floor above."""

    kind: str
    reference: str
    label: str


def uses_of(segment: Segment) -> list[Use]:
    """By kind and name: other segments that ask about it, then what floors above told."""
    asking = [
        Use("segment", code, other.name)
        for code, (other, tree) in trees_in_force(segment.merchant).items()
        if segment.code in segments_named(tree)
    ]
    told = SegmentUse.objects.filter(merchant=segment.merchant_id, segment=segment)
    others = [Use(use.kind, use.reference, use.label) for use in told.order_by("kind", "label", "id")]
    return [*sorted(asking, key=lambda use: use.label), *others]


def growth_of(segment: Segment, *, days: int = 90) -> list[SegmentDay]:
    """Its size on each of the last `days` local days on which it was counted, oldest first."""
    since = today(segment.merchant) - timedelta(days=days - 1)
    rows = SegmentDay.objects.filter(merchant=segment.merchant_id, segment=segment, day__gte=since)
    return list(rows.order_by("day"))


def segments_on(customer: Customer) -> QuerySet[Segment]:
    """Segments that this person is in, by name."""
    return segments_of(customer.merchant).filter(tag__tagged__customer=customer)


def latest_check(merchant: Merchant) -> SegmentCheck | None:
    """The last full pass: how many memberships events had missed."""
    return SegmentCheck.objects.filter(merchant=merchant).order_by("-id").first()
