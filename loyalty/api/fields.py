"""The kinds of values that the API of orders and points takes and gives.

Money is an integer of minor units beside an ISO currency, points are integers, moments carry their time zone. Input is
strict: `true` is no number, `"12"` is no amount.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

from django.utils.functional import Promise
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from merchants.errors import InvalidValue

MOST_MINOR = 10**12
MOST_POINTS = 10**12


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Input(Shape):
    model_config = ConfigDict(extra="forbid", strict=True)


# A till's typing error ("0202-…", "20226-…") is refused here; what lies ahead of the shop's clock, by the action.
Moment = Annotated[
    AwareDatetime,
    Field(
        ge=datetime(1990, 1, 1, tzinfo=UTC),
        lt=datetime(2100, 1, 1, tzinfo=UTC),
        description="RFC 3339 with its time zone.",
        examples=["2026-11-02T12:30:00+08:00"],
    ),
]
Minor = Annotated[int, Field(ge=0, le=MOST_MINOR, description="Minor units of the shop's currency (分, cents).")]
Points = Annotated[int, Field(ge=1, le=MOST_POINTS)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217.", examples=["CNY"])]
# Neither empty nor with blanks around it: those come from sloppy exports, and would make two numbers out of one.
Number = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^\S(.*\S)?$")]
Reference = Annotated[
    str,
    Field(
        min_length=1, max_length=100, pattern=r"^\S(.*\S)?$", description="Yours. Saying it twice does it once."
    ),
]  # fmt: skip
Reason = Annotated[str, Field(max_length=200)]
Quantity = Annotated[
    Decimal,
    Field(gt=0, le=1_000_000, max_digits=10, decimal_places=3),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0, "maximum": 1_000_000},
                {"type": "string", "pattern": r"^[0-9]{1,7}(\.[0-9]{1,3})?$"},
            ],
            "description": "Up to three decimals.",
            "examples": [1, "0.350"],
        }
    ),
]
PublicId = Annotated[str, Field(min_length=1, max_length=40)]


def fault(code: str, message: str | Promise) -> PydanticCustomError:
    """For validators of whole shapes: a refusal of ours, with words that are translated when they are shown."""
    return PydanticCustomError("fault", "fault", {"error": InvalidValue("", message, code=code)})


def tidy(value: Decimal) -> str:
    """A Decimal as text without trailing zeros: 1.500 → "1.5", 2.000 → "2"."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def page_of_shape(data: list[dict[str, Any]]) -> dict[str, Any]:
    """A whole, short list in the form of a page."""
    return {"data": data, "has_more": False, "next_cursor": None}
