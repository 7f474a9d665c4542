"""Belt 4: every route that takes an identifier is asked for the rival's object, and knows nothing of it.

A route with an identifier that `possessions.py` does not know fails here: teach it there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from customers.frames.member import sign_member_in
from customers.models import Customer
from merchants.models import Merchant, StaffMember
from tests.architecture.possessions import WORDS, possessions_of
from tests.cast import make_customer, make_key

pytestmark = pytest.mark.django_db

KNOWN = {
    f"{name}{suffix}"
    for name in (
        "customer", "order", "product", "entry", "hold", "adjustment", "key", "invitation", "member", "delivery",
        "external", "view", "field", "note", "segment", "run", "export", "ticket", "attachment", "grant",
        "status", "category", "cause", "calendar", "macro", "post_mortem",
    )
    for suffix in ("", "_id")
}  # fmt: skip
# What a POST, PUT or PATCH must say to be understood, so that the answer is about the object and not about the body.
BODIES: dict[str, dict[str, Any]] = {
    "customers-api:customer-consents": {
        "purpose": "marketing", "channel": "email", "decision": "given", "text_version": "1",
    },
    "customers-api:customer-tags": {"tag": "vip"},
    "loyalty-api:order-refunds": {"number": "R-1", "reason": "x"},
    "loyalty-api:customer-grants": {"points": 5, "reason": "x", "reference": "g1"},
    "loyalty-api:customer-holds": {"points": 5, "reference": "h9"},
    "loyalty-api:hold-returns": {"points": 1, "reference": "r9"},
}  # fmt: skip
# Makes what is not there, in the caller's own shop: never the rival's.
MAKES_ITS_OWN = {("customers-api:customer-by-external", "put")}
METHODS = ("get", "post", "put", "patch", "delete")


def routes(
    resolver: URLResolver | None = None, path: str = "", names: tuple[str, ...] = ()
) -> Iterator[tuple[str, str]]:
    """(name with namespaces, route) of every pattern of ours."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = path + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield ":".join([*names, pattern.name or ""]), route
        elif isinstance(pattern, URLResolver):
            yield from routes(pattern, route, (*names, pattern.namespace) if pattern.namespace else names)


def identifiers(route: str) -> list[str]:
    return re.findall(r"<(?:\w+:)?(\w+)>", route)


def doors(*prefixes: str) -> list[Any]:
    ours = [(name, route) for name, route in routes() if route.startswith(prefixes)]
    return [pytest.param(name, route, id=name) for name, route in ours if set(identifiers(route)) & KNOWN]


def test_every_identifier_of_every_route_is_known() -> None:
    ours = [(name, route) for name, route in routes() if not route.startswith("account/")]
    unknown = {name: set(identifiers(route)) - KNOWN - set(WORDS) for name, route in ours}
    assert not {name: rest for name, rest in unknown.items() if rest}
    assert len(ours) > 40


def _address(name: str, route: str, values: dict[str, str]) -> str:
    words = {
        "shop": "aroma",
        "source": "shop",
        "tag": "vip",
        "kind": "email",
        "code": "not_found",
        "token": "t",
        "report": "active",
        "number": "1",
    }
    return reverse(name, args=[values.get(one, words.get(one, "")) for one in identifiers(route)])


def _asked(client: Client, method: str, address: str, name: str, **headers: str) -> HttpResponse:
    if address.startswith("/api/"):
        body = json.dumps(BODIES.get(name, {}))
        send = getattr(client, method)
        if method == "get":
            return send(address, headers=headers)  # type: ignore[no-any-return]
        return send(address, body, content_type="application/json", headers=headers)  # type: ignore[no-any-return]
    return getattr(client, method)(address, {} if method in ("get", "post") else b"")  # type: ignore[no-any-return]


def _sign_in(client: Client, member: Customer) -> None:
    request = HttpRequest()
    request.session = client.session
    sign_member_in(request, member)
    request.session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = request.session.session_key or ""


def _refusals(
    client: Client, name: str, route: str, own: dict[str, str], rival: dict[str, str], **headers: str
) -> None:
    """Each identifier in turn is the rival's, the others one's own: every method answers 404, or does not exist."""
    for strange in set(identifiers(route)) & KNOWN:
        address = _address(name, route, own | {strange: rival[strange]})
        answers = {
            method: _asked(client, method, address, name, **headers).status_code
            for method in METHODS
            if (name, method) not in MAKES_ITS_OWN
        }
        assert set(answers.values()) <= {404, 405}, (strange, answers)
        assert 404 in answers.values(), (strange, answers)


@pytest.mark.parametrize(("name", "route"), doors("dashboard/"))
def test_staff_do_not_reach_the_rival_s_object(
    name: str, route: str, client: Client, aroma: Merchant, borough: Merchant, ana: StaffMember, carla: Customer,
    rival_carla: Customer,
) -> None:  # fmt: skip
    own, rival = possessions_of(aroma, carla), possessions_of(borough, rival_carla)
    client.force_login(ana)
    _refusals(client, name, route, own, rival)


@pytest.mark.parametrize(("name", "route"), doors("api/"))
def test_a_key_does_not_reach_the_rival_s_object(
    name: str, route: str, client: Client, aroma: Merchant, borough: Merchant, carla: Customer, rival_carla: Customer
) -> None:
    own, rival = possessions_of(aroma, carla), possessions_of(borough, rival_carla)
    headers = {"Authorization": f"Bearer {make_key(aroma)}", "Idempotency-Key": "k1"}
    _refusals(client, name, route, own, rival, **headers)


@pytest.mark.parametrize("other", ["rival", "neighbour"])
@pytest.mark.parametrize(("name", "route"), doors("m/"))
def test_a_member_reaches_neither_the_rival_s_nor_the_neighbour_s_object(
    name: str, route: str, other: str, client: Client, aroma: Merchant, borough: Merchant, carla: Customer,
    rival_carla: Customer,
) -> None:  # fmt: skip
    own = possessions_of(aroma, carla)
    if other == "rival":
        strange = possessions_of(borough, rival_carla)
    else:
        strange = possessions_of(aroma, make_customer(aroma, number="M000009", name="Nora"))
    _sign_in(client, carla)
    _refusals(client, name, route, own, strange)


@pytest.mark.parametrize(
    ("name", "route"), [pytest.param(name, route, id=name) for name, route in routes() if "dashboard/<" in route]
)
def test_the_rival_s_owner_enters_no_page_of_the_shop(
    name: str, route: str, client: Client, aroma: Merchant, carla: Customer
) -> None:
    client.force_login(StaffMember.objects.get(email="rhea@borough.example"))
    address = _address(name, route, possessions_of(aroma, carla))
    answers = {method: _asked(client, method, address, name).status_code for method in ("get", "post")}
    assert set(answers.values()) <= {404, 405}, answers
    assert 404 in answers.values(), answers
