"""What the shop learns about its customers: scores, stages, segments, groups."""

from __future__ import annotations

from analytics.models.clusters import ClusterGroup, Clustering, ClusteringState, ClusterMember
from analytics.models.lifecycle import LifecycleRhythm, LifecycleStage
from analytics.models.rfm import RfmRun, RfmScore
from analytics.models.segments import (
    DirtyCustomer,
    InsightNight,
    Segment,
    SegmentCheck,
    SegmentDay,
    SegmentUse,
    SegmentVersion,
)

__all__ = [
    "ClusterGroup",
    "ClusterMember",
    "Clustering",
    "ClusteringState",
    "DirtyCustomer",
    "InsightNight",
    "LifecycleRhythm",
    "LifecycleStage",
    "RfmRun",
    "RfmScore",
    "Segment",
    "SegmentCheck",
    "SegmentDay",
    "SegmentUse",
    "SegmentVersion",
]
