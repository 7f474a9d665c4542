"""From a cell to a value. A cell that cannot be one is a BadCell, with a code and a reason that names what was there."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_MONEY_MARKS = re.compile(r"[\s,¥￥$€£元]|CNY|RMB|USD|EUR", re.IGNORECASE)
_CHINESE_DATE = str.maketrans({"年": "-", "月": "-", "日": " ", "/": "-", "时": ":", "点": ":", "分": ":", "秒": " "})
_MOMENT = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.\d+)?)?:?)?\s*$")


class BadCell(Exception):
    """`column` is ours; the message says what stands there and what should."""

    def __init__(self, column: str, message: str | Promise, **details: Any) -> None:
        self.column = column
        self.message, self.details = message, details
        super().__init__(column)

    def text(self) -> str:
        return str(self.message) % self.details


def text(cell: Any, *, longest: int = 200) -> str:
    """Text as it stands, a spreadsheet's 12345.0 as "12345", cut to what the column holds."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return " ".join(unicodedata.normalize("NFKC", str(cell)).replace("\x00", "").split())[:longest]


def decimal(column: str, cell: Any) -> Decimal:
    """Of "¥1,280.50", "１２" or 1280.5."""
    plain = _MONEY_MARKS.sub("", unicodedata.normalize("NFKC", str(cell)))
    try:
        value = Decimal(plain)
    except InvalidOperation:
        raise BadCell(column, _("“%(cell)s” is not a number."), cell=text(cell, longest=40)) from None
    if not value.is_finite() or abs(value) > Decimal("1e12"):
        raise BadCell(column, _("“%(cell)s” is not a number."), cell=text(cell, longest=40))
    return value


def minor(column: str, cell: Any, *, exponent: int) -> int:
    """An amount in minor units, ≥ 0. More decimals than the currency has are refused, not rounded."""
    value = decimal(column, cell).scaleb(exponent)
    if value < 0:
        raise BadCell(column, _("“%(cell)s” is below zero."), cell=text(cell, longest=40))
    # A spreadsheet counts in binary: 0.1 + 0.2 is 0.30000000000000004 there.
    nearest = value.to_integral_value()
    if abs(value - nearest) > Decimal("0.000001"):
        raise BadCell(column, _("“%(cell)s” has more decimals than the currency."), cell=text(cell, longest=40))
    return int(nearest)


def quantity(column: str, cell: Any) -> Decimal:
    """A quantity above zero with up to three decimals."""
    value = decimal(column, cell)
    if value <= 0:
        raise BadCell(column, _("A quantity is more than zero."))
    if value != round(value, 3):
        raise BadCell(column, _("A quantity has at most three decimals."))
    return value


def moment(column: str, cell: Any, *, zone: ZoneInfo) -> datetime:
    """An aware moment in UTC. What carries no zone of its own is read by the clock on the shop's wall."""
    if isinstance(cell, date) and not isinstance(cell, datetime):
        cell = datetime.combine(cell, time.min)
    at: datetime = cell if isinstance(cell, datetime) else _parsed(column, cell)
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def _parsed(column: str, cell: Any) -> datetime:
    plain = unicodedata.normalize("NFKC", str(cell)).strip()
    try:
        return datetime.fromisoformat(plain)
    except ValueError:
        found = _MOMENT.match(plain.translate(_CHINESE_DATE).strip())
    try:
        if found:
            return datetime(*(int(part or 0) for part in found.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        pass
    raise BadCell(column, _("“%(cell)s” is not a date and time."), cell=plain[:40])
