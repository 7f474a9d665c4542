"""The steps of a macro: what an agent does at once. Texts may hold {{ variables }}; the step that speaks fills them in."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, TypeAdapter, model_validator
from pydantic_core import PydanticCustomError

from aftersales.rules.sla import Code, Frozen, PriorityCode

Text = Annotated[str, Field(min_length=1, max_length=20_000)]


class Reply(Frozen):
    """A public reply; afterwards the ticket has the status of that code (None: as replies leave it)."""

    do: Literal["reply"] = "reply"
    text: Text
    then_status: Code | None = None


class Note(Frozen):
    """An internal note."""

    do: Literal["note"] = "note"
    text: Text


class SetFields(Frozen):
    """Fields by their codes; None leaves one as it is. `assignee`: "me", "nobody", or a membership's id."""

    do: Literal["set"] = "set"
    status: Code | None = None
    category: Code | None = None
    priority: PriorityCode | None = None
    assignee: Literal["me", "nobody"] | Annotated[int, Field(ge=1)] | None = None
    snooze_hours: Annotated[int, Field(ge=1, le=8_760)] | None = None

    @model_validator(mode="after")
    def _sets_something(self) -> Self:
        if not self.model_dump(exclude={"do"}, exclude_none=True):
            raise PydanticCustomError("step_does_nothing", "Say what is to be set.")
        return self


class Grant(Frozen):
    """Goodwill points, within the limits of whoever runs the macro."""

    do: Literal["grant"] = "grant"
    points: Annotated[int, Field(ge=1, le=1_000_000)]
    reason: Literal["late", "damaged", "wrong_item", "quality", "service", "gesture"] = "gesture"
    note: Annotated[str, Field(max_length=300)] = ""


Step = Annotated[Reply | Note | SetFields | Grant, Field(discriminator="do")]
Steps = Annotated[tuple[Step, ...], Field(min_length=1, max_length=10)]
_STEPS: TypeAdapter[tuple[Step, ...]] = TypeAdapter(Steps)


def read_steps(steps: object) -> tuple[Step, ...]:
    """Steps as stored (a list of {"do": …}) → typed. Raises pydantic's ValidationError."""
    return _STEPS.validate_python(steps)
