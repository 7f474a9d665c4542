"""The frame of every API view: key → merchant, scope, limits, language, idempotency, problems.

    class OrderList(Endpoint):
        scopes = {"GET": Scope.ORDERS_READ, "POST": Scope.ORDERS_WRITE}
        idempotency = "required"

        def post(self, request: ApiRequest) -> Answer:
            order = record_order(request.merchant, self.body(OrderInput), by=request.actor)
            return Answer(present(order), status=201)

Of REST framework only the class is used, so that the schema generator knows the view: its Request, parsers and
negotiation cost more than the whole of this frame.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal, TypeVar, get_origin

import structlog
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header
from pydantic import BaseModel
from pydantic_core import to_json
from rest_framework.views import APIView

from merchants.actions.idempotency import Once
from merchants.errors import InvalidValue, InvalidValues, NotFound
from merchants.frames.callers import admit
from merchants.frames.idempotency import answer_once, once_of
from merchants.frames.problems import problem
from merchants.frames.refusals import (
    IdempotencyKeyRequired,
    MalformedBody,
    MethodNotAllowed,
    ScopeMissing,
    UnsupportedMediaType,
)
from merchants.frames.schema import EndpointSchema
from merchants.models import Actor, ApiKey, Merchant
from merchants.roles import Scope

Input = TypeVar("Input", bound=BaseModel)


class ApiRequest(HttpRequest):
    """What a view gets. The frame sets these; nobody else does."""

    merchant: Merchant
    actor: Actor
    api_key: ApiKey
    request_id: str


class Answer(HttpResponse):
    """A JSON answer from plain Python: dicts, lists, text, numbers, dates (ISO 8601), Decimals (text)."""

    def __init__(self, data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(to_json(data), status=status, content_type="application/json", headers=headers)


class Endpoint(APIView):
    """Base of the API's views; methods get an ApiRequest and return an Answer or raise a refusal."""

    schema = EndpointSchema()
    scopes: ClassVar[Mapping[str, Scope]] = {}
    idempotency: ClassVar[Literal["required", "optional"]] = "optional"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        language = _language(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))
        if language:
            translation.activate(language)
        headers: list[tuple[str, str]] = []
        try:
            response = self._admitted(request, bool(language), headers, *args, **kwargs)
        except Exception as failure:  # the last frame before the wire: each kind has its answer
            response = problem(failure, request)
        for name, value in headers:
            response.headers[name] = value
        # Without a length the server would send it in chunks: three packets instead of one.
        response.headers["Content-Length"] = str(len(response.content))
        response.headers["Cache-Control"] = "no-store"
        response.headers["Content-Language"] = translation.get_language() or ""
        response.headers["Vary"] = "Accept-Language, Authorization"
        return response

    def _admitted(
        self, request: Any, has_language: bool, headers: list[tuple[str, str]], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        caller, allowance = admit(request.META.get("HTTP_AUTHORIZATION", ""))
        headers.extend(allowance.headers())
        headers.append(("X-Livemode", "false" if caller.merchant.is_sandbox else "true"))
        if not has_language:
            translation.activate(caller.merchant.language)
        structlog.contextvars.bind_contextvars(merchant=caller.merchant.slug, api_key=caller.key.prefix)
        request.merchant, request.actor, request.api_key = caller.merchant, caller.actor, caller.key
        if "\x00" in request.path_info:  # PostgreSQL stores no NUL, so nothing has such a name
            raise NotFound()
        handler = self._handler(request.method)
        scope = self.scopes["GET" if request.method == "HEAD" else request.method]
        if scope.value not in caller.scopes:
            raise ScopeMissing(scope=scope.value)
        if request.method == "POST":
            return self._post(request, handler, *args, **kwargs)
        return handler(request, *args, **kwargs)

    def _handler(self, method: str) -> Callable[..., HttpResponse]:
        lookup = "GET" if method == "HEAD" else method
        handler = getattr(self, lookup.lower(), None) if lookup in self.scopes else None
        if handler is None:
            raise MethodNotAllowed(method=method)
        return handler  # type: ignore[no-any-return]

    def _post(
        self, request: ApiRequest, handler: Callable[..., HttpResponse], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        once = once_of(request)
        if once is None and self.idempotency == "required":
            raise IdempotencyKeyRequired()
        response = self.post_plainly(request, once, *args, **kwargs)
        if response is not None:
            return response
        work = functools.partial(handler, request, *args, **kwargs)
        if once is not None:
            return answer_once(request.merchant, once, work)
        with transaction.atomic():
            response = work()
            if response.status_code >= 400:
                transaction.set_rollback(True)
        return response

    def post_plainly(self, request: Any, once: Once | None, *args: Any, **kwargs: Any) -> HttpResponse | None:
        """For the hottest paths: do the plain case of a POST, with its key's claim and stored answer, in one statement.

        None says that this was not a plain case and that nothing happened: then `post` is asked, in a transaction.
        """
        return None

    def body(self, model: type[Input]) -> Input:
        """The request's JSON as `model`; InvalidValues with every fault, MalformedBody, UnsupportedMediaType."""
        if self.request.META.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() != "application/json":
            raise UnsupportedMediaType()
        if self.request.META.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity":
            raise UnsupportedMediaType()
        raw: bytes = self.request.body
        if b"\\u0000" in raw:
            _refuse_nul(raw)
        try:
            return model.model_validate_json(raw)
        except ValueError as failure:
            if any(error["type"] == "json_invalid" for error in getattr(failure, "errors", list)()):
                raise MalformedBody() from failure
            raise

    def query(self, model: type[Input]) -> Input:
        """The query parameters as `model`;

        Repeated ones only where the model says list. Unknown ones are its business.
        """
        given: dict[str, Any] = {}
        for name, values in self.request.GET.lists():
            if any("\x00" in value for value in values):
                raise InvalidValues([_nul(name)])
            field = model.model_fields.get(name)
            given[name] = values if field is not None and get_origin(field.annotation) is list else values[-1]
        return model.model_validate(given)


@functools.lru_cache(maxsize=1024)
def _language(header: str) -> str:
    """The best language of an Accept-Language header that we speak, or "" for none."""
    for wanted, _quality in parse_accept_lang_header(header[:500]):
        try:
            return get_supported_language_variant(wanted)
        except LookupError:
            continue
    return ""


def _nul(field: str) -> InvalidValue:
    return InvalidValue(field, translation.gettext("This contains a NUL character."), code="nul_character")


def _refuse_nul(raw: bytes) -> None:
    """PostgreSQL stores no NUL in text: say where it is instead of failing on it."""
    try:
        parsed = json.loads(raw)
    except (ValueError, RecursionError):  # whoever reads it next says so
        return
    found: list[InvalidValue] = []
    places: list[tuple[str, Any]] = [("", parsed)]
    while places:
        place, value = places.pop()
        if isinstance(value, str) and "\x00" in value:
            found.append(_nul(place))
        elif isinstance(value, dict):
            if any("\x00" in name for name in value):
                found.append(_nul(place))
            places.extend((f"{place}.{name}".lstrip("."), item) for name, item in value.items())
        elif isinstance(value, list):
            places.extend((f"{place}.{index}".lstrip("."), item) for index, item in enumerate(value))
    if found:
        raise InvalidValues(found)
