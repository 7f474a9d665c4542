"""/api/v1/orders: report one, list, get, tell of its progress, cancel."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiResponse, extend_schema

from commerce.models import Order
from commerce.queries import OrderFilter, get_order, lines_of, orders_matching
from loyalty.actions.purchases import record_orders
from loyalty.actions.refunds import cancel_paid_order, progress_order
from loyalty.api.order_input import CancelInput, OrderChanges, OrderInput, OrderQuery, refuse_ahead
from loyalty.api.order_shapes import (
    CancelReceipt,
    OrderPage,
    OrderReceipt,
    OrderShape,
    present_order,
    present_receipt,
    present_refund,
    present_summary,
    present_taken_back,
)
from loyalty.api.references import customer_ids
from merchants.errors import DomainError
from merchants.frames.cursors import cursor_page
from merchants.frames.endpoint import Answer, ApiRequest, Endpoint
from merchants.frames.openapi import query_parameters
from merchants.frames.public_ids import read_public_id
from merchants.roles import Scope

_TAGS = ["Orders"]


def order_of(request: ApiRequest, public: str) -> Order:
    """The caller's order with this public id, or NotFound."""
    return get_order(request.merchant, read_public_id("ord", public))


def _whole(order: Order) -> dict[str, object]:
    return present_order(order, list(lines_of(order)))


class OrderList(Endpoint):
    scopes = {"GET": Scope.ORDERS_READ, "POST": Scope.ORDERS_WRITE}

    @extend_schema(
        operation_id="orders_list",
        summary="List orders",
        description="The latest placed first.",
        tags=_TAGS,
        parameters=query_parameters(OrderQuery),
        responses={200: OrderPage},
    )
    def get(self, request: ApiRequest) -> Answer:
        query = self.query(OrderQuery)
        wanted = OrderFilter(
            customer_id=None if query.customer is None else read_public_id("cus", query.customer),
            number=query.number,
            status=query.status,
            channel=query.channel,
            placed_from=query.placed_from,
            placed_before=query.placed_before,
        )
        rows = orders_matching(request.merchant, wanted)
        return Answer(cursor_page(request, rows, order=["-placed_at", "-id"], present=present_summary))

    @extend_schema(
        operation_id="orders_record",
        summary="Report an order",
        description="Records the purchase and awards its points, growth value and perhaps a tier, all or nothing. The "
        "same number with the same content again is a repeat: 200, and nothing changes. With other content it is refused "
        "(`order_conflict`).",
        tags=_TAGS,
        request=OrderInput,
        responses={
            201: OpenApiResponse(OrderReceipt, description="Recorded"),
            200: OpenApiResponse(OrderReceipt, description="Known before; nothing changed"),
        },
    )
    def post(self, request: ApiRequest) -> Answer:
        body = self.body(OrderInput)
        merchant = request.merchant
        (customer_id,) = customer_ids(merchant, [body.customer])
        if isinstance(customer_id, DomainError):
            raise customer_id
        (outcome,) = record_orders(merchant, [body.purchase(merchant, customer_id)], by=request.actor)
        if isinstance(outcome, DomainError):
            raise outcome
        return Answer(present_receipt(outcome, body.currency), status=201 if outcome.is_new else 200)


class OrderDetail(Endpoint):
    scopes = {"GET": Scope.ORDERS_READ, "PATCH": Scope.ORDERS_WRITE}

    @extend_schema(operation_id="orders_get", summary="Get an order", tags=_TAGS, responses={200: OrderShape})
    def get(self, request: ApiRequest, order_id: str) -> Answer:
        return Answer(_whole(order_of(request, order_id)))

    @extend_schema(
        operation_id="orders_progress",
        summary="Tell that an order was paid or completed",
        description="A payment awards the order's points. Moments known before stay as they are.",
        tags=_TAGS,
        request=OrderChanges,
        responses={200: OrderShape},
    )
    def patch(self, request: ApiRequest, order_id: str) -> Answer:
        order = order_of(request, order_id)
        body = self.body(OrderChanges)
        refuse_ahead(request.merchant, "paid_at", body.paid_at)
        refuse_ahead(request.merchant, "completed_at", body.completed_at)
        progress_order(order, by=request.actor, paid_at=body.paid_at, completed_at=body.completed_at)
        return Answer(_whole(order_of(request, order_id)))


class OrderCancel(Endpoint):
    scopes = {"POST": Scope.ORDERS_WRITE}

    @extend_schema(
        operation_id="orders_cancel",
        summary="Cancel an order",
        description="What was paid and not refunded goes back whole, and with it all that the order had earned.",
        tags=_TAGS,
        request=CancelInput,
        responses={200: CancelReceipt},
    )
    def post(self, request: ApiRequest, order_id: str) -> Answer:
        order = order_of(request, order_id)
        outcome = cancel_paid_order(order, by=request.actor, reason=self.body(CancelInput).reason)
        return Answer(
            {
                "order": _whole(order_of(request, order_id)),
                "refund": outcome and present_refund(outcome.refund.refund),
                "taken_back": outcome and present_taken_back(outcome),
            }
        )
