"""Macros: steps that an agent does at once, and the variables in their texts."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from aftersales.rules.wording import is_html

VARIABLES = (
    "customer.name", "ticket.number", "ticket.subject", "order.number", "agent.name", "advisor.name", "shop.name",
    "goodwill.points",
)  # fmt: skip
"""What `{{ … }}` may name in a reply or a note. What is not known for a ticket becomes empty text."""
_VARIABLE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
Code = Annotated[str, Field(min_length=1, max_length=40)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MacroSet(_Frozen):
    """Fields to set; `status` and `category` by their codes. `assignee`: the one who runs it, the advisor, or nobody."""

    status: Code | None = None
    category: Code | None = None
    priority: Literal["low", "normal", "high", "urgent"] | None = None
    assignee: Literal["me", "advisor", "nobody"] | None = None
    snooze_hours: Annotated[int, Field(ge=1, le=24 * 60)] | None = None


class MacroGrant(_Frozen):
    """Goodwill points; `reason` is one of GrantReason."""

    points: Annotated[int, Field(ge=1, le=1_000_000)]
    reason: Literal["late", "damaged", "wrong_item", "quality", "service", "gesture"]
    note: Annotated[str, Field(max_length=300)] = ""


class MacroSteps(_Frozen):
    """What stands in Macro.steps. Done in this order: note, fields, goodwill, reply, status, snooze; all or nothing."""

    reply: Annotated[str, Field(max_length=8000)] = ""
    note: Annotated[str, Field(max_length=8000)] = ""
    set: MacroSet = MacroSet()
    grant: MacroGrant | None = None

    @field_validator("reply", "note")
    @classmethod
    def _names_known_variables(cls, text: str) -> str:
        unknown = sorted({name for name in _VARIABLE.findall(text) if name not in VARIABLES})
        if unknown:
            raise PydanticCustomError("unknown_variable", "There is no variable {name}.", {"name": unknown[0]})
        return text

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if not (self.reply.strip() or self.note.strip() or self.grant or self.set != MacroSet()):
            raise PydanticCustomError(
                "macro_does_nothing", "A macro does something: a reply, a note, a field, goodwill."
            )
        return self


def filled(text: str, values: Mapping[str, str]) -> str:
    """`text` with its variables filled. In a text that is HTML, values are escaped: a name is never a tag."""
    quoted = is_html(text)

    def value(found: re.Match[str]) -> str:
        plain = values.get(found.group(1), "")
        return html.escape(plain, quote=False) if quoted else plain

    return _VARIABLE.sub(value, text)
