"""/api/v1/customers/{id}/insight and /recommendations: what is known about one customer, and what they may want next."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from drf_spectacular.utils import extend_schema
from pydantic import AwareDatetime, Field

from analytics.api.shapes import Shape
from analytics.models import ChurnScore, ValueForecast
from analytics.queries.lifecycle import stage_of
from analytics.queries.names import rfm_group_name, stage_name
from analytics.queries.reasons import reasons_of
from analytics.queries.recommendations import because_in_words, next_categories, recommendations_for
from analytics.queries.rfm import rfm_of
from analytics.queries.scores import churn_of, value_of
from analytics.queries.segments import segments_on
from customers.models import Customer
from customers.queries import get_customer, traits_of
from merchants.frames.endpoint import Answer, ApiRequest, Endpoint
from merchants.frames.openapi import query_parameters
from merchants.frames.public_ids import public_id, read_public_id
from merchants.roles import Scope

_TAGS = ["Insight"]


class StageShape(Shape):
    stage: Literal["new", "active", "loyal", "cooling", "lapsed", "won_back"]
    name: str
    since: AwareDatetime


class RfmShape(Shape):
    """Scores from 1 to 5, 5 best, against the shop's other buyers."""

    recency: int
    frequency: int
    monetary: int
    group: str
    group_name: str


class ChurnShape(Shape):
    """`probability` that nothing is bought within `horizon_days`."""

    probability: float
    band: Literal["low", "medium", "high"]
    horizon_days: int
    reasons: list[str] = Field(description="The strongest first, in the language of Accept-Language.")
    served_by: str
    scored_at: AwareDatetime


class AmountShape(Shape):
    """Minor units; eight of ten customers should end between `low_minor` and `high_minor`."""

    expected_minor: int
    low_minor: int
    high_minor: int


class ValueShape(Shape):
    currency: str
    next_90_days: AmountShape
    next_365_days: AmountShape
    forecast_at: AwareDatetime


class SegmentBrief(Shape):
    id: str
    code: str
    name: str


class InsightShape(Shape):
    """null: not known (yet)."""

    customer_id: str
    lifecycle: StageShape | None
    rfm: RfmShape | None
    churn: ChurnShape | None
    value: ValueShape | None
    next_categories: list[str]
    segments: list[SegmentBrief]
    traits: dict[str, Any]


class RecommendationShape(Shape):
    """`again`: bought before. `new`: not yet. `popular`: what everybody buys."""

    product_id: str
    sku: str
    name: str
    kind: Literal["again", "new", "popular"]
    score: float
    because: str
    because_product_id: str | None


class RecommendationList(Shape):
    data: list[RecommendationShape]


class RecommendationQuery(Shape):
    limit: int = Field(10, ge=1, le=50)


class CustomerInsight(Endpoint):
    scopes = {"GET": Scope.INSIGHT_READ}

    @extend_schema(
        operation_id="insight_get", summary="What is known about a customer", tags=_TAGS, responses={200: InsightShape}
    )
    def get(self, request: ApiRequest, customer_id: str) -> Answer:
        customer = _customer(request, customer_id)
        stage, rfm, churn, value = stage_of(customer), rfm_of(customer), churn_of(customer), value_of(customer)
        return Answer(
            {
                "customer_id": customer_id,
                "lifecycle": stage and {"stage": stage.stage, "name": stage_name(stage.stage), "since": stage.since},
                "rfm": rfm
                and {
                    "recency": rfm.recency, "frequency": rfm.frequency, "monetary": rfm.monetary, "group": rfm.group,
                    "group_name": rfm_group_name(rfm.group),
                },
                "churn": churn and _churn(churn),
                "value": value and _value(value, request.merchant.currency),
                "next_categories": next_categories(customer),
                "segments": [
                    {"id": public_id("seg", each.pk), "code": each.code, "name": each.name} for each in segments_on(customer)
                ],
                "traits": {trait.key: trait.value for trait in traits_of(customer)},
            }
        )  # fmt: skip


class CustomerRecommendations(Endpoint):
    scopes = {"GET": Scope.INSIGHT_READ}

    @extend_schema(
        operation_id="recommendations_list", summary="What a customer may want next",
        description="Best first; excluded categories and products out of stock are left out.", tags=_TAGS,
        parameters=query_parameters(RecommendationQuery), responses={200: RecommendationList},
    )  # fmt: skip
    def get(self, request: ApiRequest, customer_id: str) -> Answer:
        query = self.query(RecommendationQuery)
        found = recommendations_for(_customer(request, customer_id), limit=query.limit)
        return Answer(
            {
                "data": [
                    {
                        "product_id": public_id("prd", each.product.pk), "sku": each.product.sku,
                        "name": each.product.name, "kind": each.kind, "score": each.score,
                        "because": because_in_words(each),
                        "because_product_id": public_id("prd", each.because.pk) if each.because else None,
                    }
                    for each in found
                ]
            }
        )  # fmt: skip


def _customer(request: ApiRequest, public: str) -> Customer:
    customer = get_customer(request.merchant, read_public_id("cus", public))
    customer.merchant = request.merchant
    return customer


def _churn(score: ChurnScore) -> dict[str, Any]:
    return {
        "probability": round(score.probability, 4), "band": score.band, "horizon_days": score.run.horizon_days,
        "reasons": reasons_of(score), "served_by": score.run.served_by, "scored_at": score.scored_at,
    }  # fmt: skip


def _value(value: ValueForecast, currency: str) -> dict[str, Any]:
    forecast_at: datetime = value.forecast_at
    return {
        "currency": currency,
        "next_90_days": {
            "expected_minor": value.spend_90d_minor, "low_minor": value.low_90d_minor, "high_minor": value.high_90d_minor,
        },
        "next_365_days": {
            "expected_minor": value.spend_365d_minor, "low_minor": value.low_365d_minor,
            "high_minor": value.high_365d_minor,
        },
        "forecast_at": forecast_at,
    }  # fmt: skip
