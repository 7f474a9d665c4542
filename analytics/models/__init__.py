"""What the shop learns about its customers: scores, stages, segments, groups."""

from __future__ import annotations

from analytics.models.clusters import ClusterGroup, Clustering, ClusteringState, ClusterMember
from analytics.models.exports import Export, ExportFormat, ExportState
from analytics.models.lifecycle import LifecycleRhythm, LifecycleStage
from analytics.models.months import CustomerMonth, MonthsKept
from analytics.models.recommendations import AffinityPair, PersonalPicks, RecommendationPolicy
from analytics.models.rfm import RfmRun, RfmScore
from analytics.models.runs import ModelArtefact, ModelRun, RunKind, RunState
from analytics.models.scores import ChurnScore, ValueForecast
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
    "AffinityPair",
    "ChurnScore",
    "ClusterGroup",
    "ClusterMember",
    "Clustering",
    "ClusteringState",
    "CustomerMonth",
    "DirtyCustomer",
    "Export",
    "ExportFormat",
    "ExportState",
    "InsightNight",
    "LifecycleRhythm",
    "LifecycleStage",
    "ModelArtefact",
    "ModelRun",
    "MonthsKept",
    "PersonalPicks",
    "RecommendationPolicy",
    "RfmRun",
    "RfmScore",
    "RunKind",
    "RunState",
    "Segment",
    "SegmentCheck",
    "SegmentDay",
    "SegmentUse",
    "SegmentVersion",
    "ValueForecast",
]
