"""Every operation of the document, called with what it allows and with what it does not: never a fault of ours.

What comes back is held against the document as well: statuses, content types and the shape of every answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from customers.models import Customer
from loyalty_platform.openapi import OPENAPI_FILE
from merchants.frames.public_ids import public_id
from tests.api.till import Till, an_order, cus

SCHEMA: Any = schemathesis.openapi.from_path(OPENAPI_FILE)
OPERATIONS: dict[str, Any] = {each.ok().label: each.ok() for each in SCHEMA.get_all_operations()}
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@contextmanager
def one_connection() -> Iterator[None]:
    """The application runs inside the test's transaction: it must not close the connection after a request."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


@pytest.fixture
def known(till: Till, carla: Customer) -> dict[str, str]:
    """Something real for every parameter of a path, so that calls reach what lies behind it."""
    member = cus(carla)
    order = till.post("/orders", an_order("A-1", carla, 300, 200))[1]["id"]
    till.send("PUT", "/customers/by-external/shopify/6712", {"phone": carla.phone, "link_existing": True})
    till.post(f"/customers/{member}/tags", {"tag": "tea"})
    complaint = {"customer": {"id": member}, "subject": "裂了", "body": "裂了", "reference": "t1"}
    ticket = till.post("/tickets", complaint)[1]
    segment = till.post("/segments", {"name": "买过", "tree": {"kind": "orders", "at_least": 1}})[1]
    return {
        "segment_id": segment["id"],
        "report": till.get("/reports")[1]["data"][0]["key"],
        "customer_id": member,
        "ticket_id": ticket["id"],
        "attachment_id": public_id("att", 1),  # bytes are served by tests/api/test_tickets.py; here only the refusal
        "order_id": order,
        "hold_id": till.post(f"/customers/{member}/holds", {"points": 50, "reference": "cart-1"})[1]["id"],
        "entry_id": till.get(f"/customers/{member}/entries")[1]["data"][0]["id"],
        "product_id": till.get("/products")[1]["data"][0]["id"],
        "source": "shopify",
        "external_id": "6712",
        "tag": "tea",
    }


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["allowed", "not allowed"])
@pytest.mark.parametrize("label", OPERATIONS)
def test_no_call_is_answered_with_a_fault(label: str, mode: GenerationMode, till: Till, known: dict[str, str]) -> None:
    operation = OPERATIONS[label]
    application = get_wsgi_application()
    names = [name for name in known if f"{{{name}}}" in operation.path]

    @settings(
        max_examples=12, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def call(case: Any) -> None:
        if mode is GenerationMode.POSITIVE:
            case.path_parameters = {name: known[name] for name in names}
            if isinstance(case.body, dict) and "currency" in case.body:
                case.body["currency"] = "CNY"  # else hardly an order would come further than that
        case.operation.app = application
        before = transaction.savepoint()
        answer = case.call(headers={"Authorization": f"Bearer {till.secret}"})
        transaction.savepoint_rollback(before)
        case.validate_response(answer, checks=CHECKS)

    with one_connection():
        call()
