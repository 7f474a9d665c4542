"""The kinds of values that the desk's API takes and gives."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from django.utils.functional import Promise
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from merchants.errors import InvalidValue


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Input(Shape):
    model_config = ConfigDict(extra="forbid", strict=True)


Moment = Annotated[
    AwareDatetime,
    Field(
        ge=datetime(1990, 1, 1, tzinfo=UTC),
        lt=datetime(2100, 1, 1, tzinfo=UTC),
        description="RFC 3339 with its time zone.",
        examples=["2026-11-02T12:30:00+08:00"],
    ),
]
Reference = Annotated[
    str,
    Field(
        min_length=1, max_length=100, pattern=r"^\S(.*\S)?$", description="Yours. Saying it twice does it once."
    ),
]  # fmt: skip
PublicId = Annotated[str, Field(min_length=1, max_length=40)]
Code = Annotated[str, Field(min_length=1, max_length=40)]
Text = Annotated[
    str, Field(max_length=20_000, description="Plain text, or simple HTML, of which only harmless tags are kept.")
]
Subject = Annotated[str, Field(min_length=1, max_length=200)]
PriorityName = Literal["low", "normal", "high", "urgent"]
CategoryOfStatus = Literal["waiting_us", "waiting_customer", "paused", "resolved", "closed"]
Channel = Literal["portal", "guest", "api", "phone", "email", "wechat", "store", "review"]
Attached = Annotated[
    list[PublicId], Field(max_length=6, description="Files that this key uploaded and did not send yet.")
]


def fault(code: str, message: str | Promise) -> PydanticCustomError:
    """For validators of whole shapes: a refusal of ours, with words that are translated when they are shown."""
    return PydanticCustomError("fault", "fault", {"error": InvalidValue("", message, code=code)})
