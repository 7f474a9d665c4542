"""Bases of this API's shapes, and those that several addresses share."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Input(Shape):
    """Strict: `true` is no number, `"12"` is no amount."""

    model_config = ConfigDict(extra="forbid", strict=True)


class CustomerBrief(Shape):
    id: str = Field(examples=["cus_4fQzR9mK2x"])
    number: str
    name: str
