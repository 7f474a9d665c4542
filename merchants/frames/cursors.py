"""Lists by signed keyset cursors: no offsets, no counting, stable while rows arrive.

A cursor holds the order values of the row at a page's edge. It is signed together with its merchant, path and filters,
so a cursor of one list opens no other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core import signing
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Field, Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from merchants.errors import InvalidValue
from merchants.frames.refusals import InvalidCursor

Row = TypeVar("Row", bound=Model)
LARGEST_PAGE = 100
_USUAL_PAGE = 25
_NOT_FILTERS = ("cursor", "limit", "after", "before")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of rows, first to last; cursors are "" at the ends."""

    rows: list[Row]
    next_cursor: str
    previous_cursor: str


def cursor_page(
    request: HttpRequest,
    queryset: QuerySet[Row],
    *,
    order: str | Sequence[str] = "-id",
    present: Callable[[Row], dict[str, Any]],
) -> dict[str, Any]:
    """A page for the API: {"data": […], "has_more": bool, "next_cursor": str | None}; reads `limit` and `cursor`."""
    limit = _limit(request)
    page = page_of(request, queryset, order=order, limit=limit, after=request.GET.get("cursor", ""))
    return {
        "data": [present(row) for row in page.rows],
        "has_more": bool(page.next_cursor),
        "next_cursor": page.next_cursor or None,
    }


def list_page(
    request: HttpRequest, queryset: QuerySet[Row], *, order: str | Sequence[str] = "-id", limit: int = 50
) -> Page[Row]:
    """A page for the dashboard; reads `after` and `before`. A cursor that fits no more begins at the first page."""
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    try:
        return page_of(request, queryset, order=order, limit=limit, after=after, before=before)
    except InvalidCursor:
        return page_of(request, queryset, order=order, limit=limit)


def page_of(
    request: HttpRequest,
    queryset: QuerySet[Row],
    *,
    order: str | Sequence[str],
    limit: int,
    after: str = "",
    before: str = "",
) -> Page[Row]:
    """The page after or before a cursor. `order` names fields as `order_by` does; the last one must be unique.

    Fields may be null: PostgreSQL's own order holds (nulls last upwards, first downwards).
    """
    keys = [order] if isinstance(order, str) else list(order)
    salt = _salt(request, keys)
    backwards = bool(before)
    walk = [_turned(key) for key in keys] if backwards else keys
    edge = _read(before or after, salt, queryset.model, keys)
    if edge is not None:
        queryset = queryset.filter(_beyond(walk, edge))
    rows = list(queryset.order_by(*walk)[: limit + 1])
    more = len(rows) > limit
    rows = rows[:limit]
    if backwards:
        rows.reverse()
    has_next = bool(rows) if backwards else more
    has_previous = more if backwards else edge is not None and bool(rows)
    return Page(
        rows,
        _write(rows[-1], keys, salt) if has_next else "",
        _write(rows[0], keys, salt) if has_previous else "",
    )


def _limit(request: HttpRequest) -> int:
    given = request.GET.get("limit", "")
    if not given:
        return _USUAL_PAGE
    if not (given.isascii() and given.isdigit() and 1 <= int(given[:6]) <= LARGEST_PAGE):
        raise InvalidValue("limit", _("This must be a whole number from 1 to %(most)s."), most=LARGEST_PAGE)
    return int(given)


def _salt(request: HttpRequest, keys: list[str]) -> str:
    merchant = getattr(request, "merchant", None)
    filters = sorted(
        (name, value) for name, values in request.GET.lists() for value in values if name not in _NOT_FILTERS
    )
    return repr(("cursor", getattr(merchant, "pk", None), request.path, filters, keys))


def _turned(key: str) -> str:
    return key[1:] if key.startswith("-") else f"-{key}"


def _write(row: Model, keys: list[str], salt: str) -> str:
    return signing.dumps([_value(row, key) for key in keys], salt=salt, serializer=_Exact)


def _value(row: Model, key: str) -> Any:
    value: Any = row
    for part in key.lstrip("-").split("__"):
        value = getattr(value, part) if value is not None else None
    return value


def _read(cursor: str, salt: str, model: type[Model], keys: list[str]) -> list[Any] | None:
    if not cursor:
        return None
    try:
        values = signing.loads(cursor, salt=salt, serializer=_Exact)
        return [_field(model, key).to_python(value) for key, value in zip(keys, values, strict=True)]
    except (signing.BadSignature, ValidationError, ValueError, TypeError) as failure:
        raise InvalidCursor() from failure


class _AsIs:
    """For annotations, which are no fields: numbers and text travel as JSON holds them."""

    def to_python(self, value: Any) -> Any:
        return value


def _field(model: type[Model], key: str) -> Field[Any, Any] | _AsIs:
    parts = key.lstrip("-").split("__")
    try:
        for part in parts[:-1]:
            related = model._meta.get_field(part).related_model
            assert isinstance(related, type)
            model = related
        return model._meta.get_field(parts[-1])  # type: ignore[return-value]  # a column, or get_field would not serve
    except FieldDoesNotExist:
        return _AsIs()


class _Exact:
    """JSON that keeps microseconds, which Django's encoder cuts to milliseconds."""

    def dumps(self, values: list[Any]) -> bytes:
        exact = [value.isoformat() if hasattr(value, "isoformat") else value for value in values]
        return json.dumps(exact, separators=(",", ":"), cls=DjangoJSONEncoder).encode()

    def loads(self, text: bytes) -> Any:
        return json.loads(text)


def _beyond(keys: list[str], edge: list[Any]) -> Q:
    """The rows that come strictly after `edge` in the order of `keys`."""
    beyond = Q()
    same = Q()
    for key, value in zip(keys, edge, strict=True):
        further = _further(key, value)
        if further is not None:
            beyond |= same & further
        name = key.lstrip("-")
        same &= Q(**{f"{name}__isnull": True}) if value is None else Q(**{name: value})
    if edge[0] is not None and len(keys) > 1 and keys[0].startswith("-"):
        # Says nothing new, but lets an index on the first field begin at the edge instead of at the top.
        beyond &= Q(**{f"{keys[0][1:]}__lte": edge[0]})
    return beyond


def _further(key: str, value: Any) -> Q | None:
    name = key.lstrip("-")
    if key.startswith("-"):
        return Q(**{f"{name}__isnull": False}) if value is None else Q(**{f"{name}__lt": value})
    if value is None:
        return None
    return Q(**{f"{name}__gt": value}) | Q(**{f"{name}__isnull": True})
