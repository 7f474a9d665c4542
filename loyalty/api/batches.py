"""/api/v1/orders/batch: up to 500 orders in one request, each with its own result."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from pydantic import ValidationError
from pydantic_core import to_json

from commerce.actions.purchases import Purchase
from loyalty.actions.purchases import OrderOutcome, record_orders
from loyalty.api.order_input import BatchInput, LooseBatch, OrderInput
from loyalty.api.order_shapes import BatchAnswer, present_receipt
from loyalty.api.references import customer_ids
from merchants.errors import DomainError
from merchants.frames.endpoint import Answer, ApiRequest, Endpoint
from merchants.frames.problems import as_refusal, problem_document
from merchants.models import Merchant
from merchants.roles import Scope


class OrderBatch(Endpoint):
    scopes = {"POST": Scope.ORDERS_WRITE}

    @extend_schema(
        operation_id="orders_record_batch",
        summary="Report up to 500 orders",
        description="Every order stands alone: one that is refused leaves nothing behind and does not hinder the others. "
        "`results` has one item per order, in the order sent, each with the status that the single request would have "
        "had. Orders of the same member earn in the sequence of their payment.",
        tags=["Orders"],
        request=BatchInput,
        responses={200: BatchAnswer},
    )
    def post(self, request: ApiRequest) -> Answer:
        merchant = request.merchant
        items = self._items()
        answers = _record(request, merchant, items)
        results = [
            _present(index, item, answer) for index, (item, answer) in enumerate(zip(items, answers, strict=True))
        ]
        statuses = [result["status"] for result in results]
        return Answer(
            {
                "results": results,
                "recorded": statuses.count(201),
                "repeated": statuses.count(200),
                "refused": len(statuses) - statuses.count(201) - statuses.count(200),
            }
        )

    def _items(self) -> list[OrderInput | DomainError]:
        """The orders; in the place of one that is malformed, its refusal."""
        try:
            return list(self.body(BatchInput).orders)
        except ValidationError:
            # Rare: look again, this time at each on its own.
            return [_item(given) for given in self.body(LooseBatch).orders]


def _item(given: Any) -> OrderInput | DomainError:
    try:
        return OrderInput.model_validate_json(to_json(given))
    except ValidationError as failure:
        return as_refusal(failure)


def _record(
    request: ApiRequest, merchant: Merchant, items: list[OrderInput | DomainError]
) -> list[OrderOutcome | DomainError]:
    references = [item.customer if isinstance(item, OrderInput) else None for item in items]
    answers: list[OrderOutcome | DomainError | None] = [None] * len(items)
    purchases: list[Purchase] = []
    places: list[int] = []
    for n, (item, customer_id) in enumerate(zip(items, customer_ids(merchant, references), strict=True)):
        try:
            purchases.append(_purchase(merchant, item, customer_id))
            places.append(n)
        except DomainError as refusal:
            answers[n] = refusal
    if purchases:
        for n, answer in zip(places, record_orders(merchant, purchases, by=request.actor), strict=True):
            answers[n] = answer
    return [answer for answer in answers if answer is not None]


def _purchase(merchant: Merchant, item: OrderInput | DomainError, customer_id: int | DomainError | None) -> Purchase:
    """As `record_orders` takes it; raises the refusal that stands in the place of either part."""
    if isinstance(item, DomainError):
        raise item
    if isinstance(customer_id, DomainError):
        raise customer_id
    return item.purchase(merchant, customer_id)


def _present(index: int, item: OrderInput | DomainError, answer: OrderOutcome | DomainError) -> dict[str, Any]:
    number = item.number if isinstance(item, OrderInput) else None
    if isinstance(answer, OrderOutcome):
        assert isinstance(item, OrderInput)
        receipt = present_receipt(answer, item.currency)
        status = 201 if answer.is_new else 200
        return {"index": index, "status": status, "number": number, "order": receipt, "problem": None}
    return {
        "index": index,
        "status": answer.http_status,
        "number": number,
        "order": None,
        "problem": _placed(problem_document(answer), index),
    }


def _placed(document: dict[str, Any], index: int) -> dict[str, Any]:
    """Pointers as seen from the whole body: /orders/3/lines/0/quantity."""
    for fault in document.get("errors", ()):
        fault["pointer"] = f"/orders/{index}{fault['pointer']}"
    return document
