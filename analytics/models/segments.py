"""Segments: named questions about customers, whose answer is kept as a dynamic tag on each of them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models import Customer, Tag
from merchants.tenancy import TenantModel, same_merchant


class Segment(TenantModel):
    """`version` is the tree in force. `filled_version` is the one that `tag` shows: they differ until the worker filled it.

    `members`, `reachable` are as of `counted_at`; reachable ones agreed to offers on a channel for which we have an address.
    """

    code = models.SlugField(_("Code"), max_length=60)  # never changes: other segments and the API name it
    name = models.CharField(pgettext_lazy("segment", "Name"), max_length=40)
    description = models.CharField(_("Description"), max_length=300, blank=True)
    tag = models.OneToOneField(Tag, models.PROTECT, related_name="segment", db_constraint=False)
    version = models.PositiveIntegerField(default=1)
    filled_version = models.PositiveIntegerField(null=True)
    members = models.IntegerField(default=0)
    reachable = models.IntegerField(default=0)
    counted_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120, blank=True)
    updated_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            same_merchant("analytics_segment_same_merchant"),
            models.UniqueConstraint(fields=["merchant", "code"], name="analytics_segment_code_once"),
            models.CheckConstraint(name="analytics_segment_counts", condition=Q(members__gte=0, reachable__gte=0)),
        ]

    def __str__(self) -> str:
        return self.name


class SegmentVersion(TenantModel):
    """A tree that a segment had. Never changed (a trigger refuses it)."""

    segment = models.ForeignKey(Segment, models.PROTECT, related_name="versions", db_constraint=False, db_index=False)
    number = models.PositiveIntegerField()
    tree = models.JSONField()
    note = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "number"], name="analytics_segment_version_once")]


class SegmentDay(TenantModel):
    """How large a segment was at the end of a local day (or now, for today), and how many came and went on it."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="days", db_constraint=False, db_index=False)
    day = models.DateField()
    members = models.IntegerField()
    reachable = models.IntegerField()
    entered = models.IntegerField(default=0)
    left = models.IntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "day"], name="analytics_segment_day_once")]


class SegmentUse(TenantModel):
    """Something of a floor above that works with the segment: an offer, a journey. It keeps the segment from being archived."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="uses", db_constraint=False, db_index=False)
    kind = models.CharField(max_length=40)
    reference = models.CharField(max_length=120)
    label = models.CharField(max_length=120)
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["segment", "kind", "reference"], name="analytics_segment_use_once")
        ]


class SegmentCheck(TenantModel):
    """One full pass over all segments. `drift`: memberships that no time had moved and that events had missed."""

    checked_at = models.DateTimeField()
    segments = models.IntegerField()
    customers = models.IntegerField()
    by_time = models.IntegerField()
    drift = models.IntegerField()
    seconds = models.FloatField()
    worst = models.JSONField(default=list)  # [{"segment": code, "entered", "left", "is_drift"}], most changes first

    class Meta:
        indexes = [models.Index(fields=["merchant", "-id"], name="analytics_check_latest")]


class DirtyCustomer(TenantModel):
    """Somebody to whom something happened: their memberships are looked at again. A queue: rows are added and taken off."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    reason = models.CharField(max_length=64)  # the fact's name on the wire
    marked_at = models.DateTimeField()  # by the world's clock

    class Meta:
        indexes = [models.Index(fields=["merchant", "id"], name="analytics_dirty_queue")]


class InsightNight(TenantModel):
    """The nightly work done for one local day: RFM, lifecycle, segments. Twice is once."""

    day = models.DateField()
    closed_at = models.DateTimeField()
    seconds = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "day"], name="analytics_night_once")]
