"""/api/v1/orders/{id}/refunds: give back, and take back what it had earned."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiResponse, extend_schema

from commerce.queries import refunds_of
from loyalty.actions.refunds import refund_order
from loyalty.api.fields import page_of_shape
from loyalty.api.order_input import RefundInput, refuse_ahead
from loyalty.api.order_shapes import RefundList, RefundReceipt, present_refund, present_taken_back
from loyalty.api.orders import order_of
from merchants.frames.endpoint import Answer, ApiRequest, Endpoint
from merchants.roles import Scope

_TAGS = ["Refunds"]


class OrderRefunds(Endpoint):
    scopes = {"GET": Scope.ORDERS_READ, "POST": Scope.ORDERS_WRITE}

    @extend_schema(
        operation_id="refunds_list",
        summary="List an order's refunds",
        description="All of them, the earliest first.",
        tags=_TAGS,
        responses={200: RefundList},
    )
    def get(self, request: ApiRequest, order_id: str) -> Answer:
        refunds = refunds_of(order_of(request, order_id))
        return Answer(page_of_shape([present_refund(refund) for refund in refunds]))

    @extend_schema(
        operation_id="refunds_record",
        summary="Refund an order, whole or in part",
        description="Takes back exactly what the refunded lines had earned, by the stored award and not by today's rules. "
        "Points that are already spent become arrears, which later points pay first (or are written off, as the "
        "programme says). The same number with the same content again is a repeat: 200, and nothing changes.",
        tags=_TAGS,
        request=RefundInput,
        responses={
            201: OpenApiResponse(RefundReceipt, description="Refunded"),
            200: OpenApiResponse(RefundReceipt, description="Known before; nothing changed"),
        },
    )
    def post(self, request: ApiRequest, order_id: str) -> Answer:
        order = order_of(request, order_id)
        body = self.body(RefundInput)
        refuse_ahead(request.merchant, "refunded_at", body.refunded_at)
        outcome = refund_order(
            order,
            number=body.number,
            by=request.actor,
            lines=body.line_refunds(),
            amount_minor=body.amount_minor,
            shipping_minor=body.shipping_minor,
            reason=body.reason,
            refunded_at=body.refunded_at,
        )
        recorded = outcome.refund
        return Answer(
            {
                "refund": present_refund(recorded.refund),
                "is_new": recorded.is_new,
                "taken_back": present_taken_back(outcome),
            },
            status=201 if recorded.is_new else 200,
        )
