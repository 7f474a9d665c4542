"""/api/v1: spending. Hold, then capture or release; or both at once; and give a spend back."""

from __future__ import annotations

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from pydantic_core import to_json

from loyalty.actions.holds import capture_hold, hold_points, release_hold, return_spend
from loyalty.actions.spending import spend_plainly
from loyalty.api.account_shapes import CaptureInput, HoldInput, HoldShape, ReturnInput, present_hold
from loyalty.api.references import member_unread
from loyalty.models import Hold
from loyalty.queries.balances import get_hold
from merchants.actions.idempotency import Once
from merchants.frames.endpoint import Answer, ApiRequest, Endpoint
from merchants.frames.public_ids import read_public_id
from merchants.roles import Scope

_TAGS = ["Spending"]


def hold_of(request: ApiRequest, public: str) -> Hold:
    """The caller's hold with this public id, or NotFound."""
    return get_hold(request.merchant, read_public_id("hld", public))


class CustomerHolds(Endpoint):
    scopes = {"POST": Scope.POINTS_WRITE}

    @extend_schema(
        operation_id="holds_create",
        summary="Hold points, or spend them at once",
        description="The same reference with the same points again answers with the first hold; with other points it is "
        "refused (`reference_conflict`). `insufficient_points` says how many are missing.",
        tags=_TAGS,
        request=HoldInput,
        responses={201: HoldShape},
    )
    def post(self, request: ApiRequest, customer_id: str) -> Answer:
        body = self.body(HoldInput)
        member = member_unread(request.merchant, customer_id)
        hold = hold_points(
            member,
            points=body.points,
            reference=body.reference,
            by=request.actor,
            capture=body.capture,
            minutes=body.minutes,
            description=body.description,
        )
        return Answer(present_hold(hold, member.pk), status=201)

    def post_plainly(self, request: ApiRequest, once: Once | None, customer_id: str) -> HttpResponse | None:
        body = self.body(HoldInput)
        if not body.capture:
            return None
        member = member_unread(request.merchant, customer_id)
        answer = spend_plainly(
            member,
            points=body.points,
            reference=body.reference,
            by=request.actor,
            minutes=body.minutes,
            description=body.description,
            once=once,
            status=201,
            present=lambda hold: to_json(present_hold(hold, member.pk)),
        )
        return None if answer is None else HttpResponse(answer, status=201, content_type="application/json")


class HoldDetail(Endpoint):
    scopes = {"GET": Scope.POINTS_READ}

    @extend_schema(operation_id="holds_get", summary="Get a hold", tags=_TAGS, responses={200: HoldShape})
    def get(self, request: ApiRequest, hold_id: str) -> Answer:
        hold = hold_of(request, hold_id)
        return Answer(present_hold(hold, hold.account.customer_id))


class HoldCapture(Endpoint):
    scopes = {"POST": Scope.POINTS_WRITE}

    @extend_schema(
        operation_id="holds_capture",
        summary="Spend a hold",
        description="Whole, or fewer points of it: the rest is released.",
        tags=_TAGS,
        request=CaptureInput,
        responses={200: HoldShape},
    )
    def post(self, request: ApiRequest, hold_id: str) -> Answer:
        hold = hold_of(request, hold_id)
        member_id = hold.account.customer_id
        captured = capture_hold(hold, by=request.actor, points=self.body(CaptureInput).points)
        return Answer(present_hold(captured, member_id))


class HoldRelease(Endpoint):
    scopes = {"POST": Scope.POINTS_WRITE}

    @extend_schema(
        operation_id="holds_release",
        summary="Give held points back",
        tags=_TAGS,
        request=None,
        responses={200: HoldShape},
    )
    def post(self, request: ApiRequest, hold_id: str) -> Answer:
        hold = hold_of(request, hold_id)
        member_id = hold.account.customer_id
        return Answer(present_hold(release_hold(hold, by=request.actor), member_id))


class HoldReturns(Endpoint):
    scopes = {"POST": Scope.POINTS_WRITE}

    @extend_schema(
        operation_id="holds_return",
        summary="Give a spend back",
        description="All of what was captured, or some points of it. They keep their original expiry.",
        tags=_TAGS,
        request=ReturnInput,
        responses={200: HoldShape},
    )
    def post(self, request: ApiRequest, hold_id: str) -> Answer:
        hold = hold_of(request, hold_id)
        member_id = hold.account.customer_id
        body = self.body(ReturnInput)
        returned = return_spend(
            hold, reference=body.reference, by=request.actor, points=body.points, reason=body.reason
        )
        return Answer(present_hold(returned, member_id))
