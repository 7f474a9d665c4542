"""A segment's tree: typed conditions joined by all, any and not. The JSON of the API and of every stored version.

Every node says its `kind`:

    {"kind": "all", "of": [
        {"kind": "orders", "measure": "count", "at_least": 3, "window": {"last_days": 90}},
        {"kind": "not", "of": {"kind": "tag", "any_of": ["员工"]}}]}

docs/segments.md lists every kind with an example. Amounts are minor units of the shop's currency, bounds are included, days
are the shop's local days.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator
from pydantic_core import PydanticCustomError

from analytics.rules.bands import BANDS
from analytics.rules.lifecycle import STAGES
from analytics.rules.rfm import GROUPS

MOST_CONDITIONS = 60
MOST_DEPTH = 8

Word = Annotated[str, Field(min_length=1, max_length=200)]
Words = Annotated[tuple[Word, ...], Field(min_length=1, max_length=200)]
Scores = Annotated[tuple[Annotated[int, Field(ge=1, le=5)], ...], Field(max_length=5)]
Days = Annotated[int, Field(ge=1, le=36_500)]
_LARGEST = 10**15
_BANDS = tuple(band.value for band in BANDS)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Window(_Frozen):
    """A stretch of time; all that are given must hold. Days count back from the beginning of today.

    `last_days` 90: since the beginning of the day 90 days ago. `older_than_days` 90: before that moment, so that the two part
    all time exactly. `since` and `until`: dates, both included.
    """

    last_days: Days | None = None
    older_than_days: Days | None = None
    since: date | None = None
    until: date | None = None

    @model_validator(mode="after")
    def _is_open(self) -> Self:
        if self.last_days and self.older_than_days and self.older_than_days >= self.last_days:
            raise PydanticCustomError("window_empty", "This stretch of time is empty.")
        if self.since and self.until and self.until < self.since:
            raise PydanticCustomError("window_empty", "This stretch of time is empty.")
        return self

    @property
    def moves(self) -> bool:
        """Whether it means another stretch tomorrow."""
        return self.last_days is not None or self.older_than_days is not None


class _Bounds(_Frozen):
    at_least: Annotated[int, Field(ge=-_LARGEST, le=_LARGEST)] | None = None
    at_most: Annotated[int, Field(ge=-_LARGEST, le=_LARGEST)] | None = None

    @model_validator(mode="after")
    def _ascends(self) -> Self:
        if self.at_least is not None and self.at_most is not None and self.at_most < self.at_least:
            raise PydanticCustomError("bounds_crossed", "The upper bound lies below the lower one.")
        return self

    def takes(self, value: int) -> bool:
        """Whether `value` lies within the bounds."""
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)


class _Bounded(_Bounds):
    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise PydanticCustomError("bounds_missing", "Give a lower bound, an upper bound or both.")
        return self


class Profile(_Frozen):
    """What stands in the profile. Names, phones, e-mails and birthdays can only be asked for being there."""

    kind: Literal["profile"]
    field: Literal[
        "gender", "language", "country", "region", "city", "postcode", "source", "name", "phone", "email", "birthday"
    ]
    any_of: Words | None = None
    is_known: bool | None = None

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Self:
        if (self.any_of is None) == (self.is_known is None):
            raise PydanticCustomError("one_question", "Give either any_of or is_known.")
        if self.any_of is not None and self.field in ("name", "phone", "email", "birthday"):
            raise PydanticCustomError("only_is_known", "Of this field only is_known can be asked.")
        return self


class Age(_Bounded):
    """Completed years; nobody whose birth year is unknown."""

    kind: Literal["age"]


class BirthdayIn(_Frozen):
    """The birthday's month in the calendar that the customer gave it in."""

    kind: Literal["birthday"]
    months: Annotated[tuple[Annotated[int, Field(ge=1, le=12)], ...], Field(min_length=1, max_length=12)]


class Joined(_Frozen):
    kind: Literal["joined"]
    window: Window


class _Valued(_Frozen):
    """A value that may be text, a number, a date (as text), or a truth."""

    any_of: Annotated[tuple[Word | bool | int | float, ...], Field(min_length=1, max_length=200)] | None = None
    at_least: float | date | None = None
    at_most: float | date | None = None
    is_known: bool | None = None

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Self:
        ranged = self.at_least is not None or self.at_most is not None
        if [self.any_of is not None, ranged, self.is_known is not None].count(True) != 1:
            raise PydanticCustomError("one_question", "Give any_of, bounds or is_known, and only one of them.")
        if (
            self.at_least is not None
            and self.at_most is not None
            and isinstance(self.at_least, date) != isinstance(self.at_most, date)
        ):
            raise PydanticCustomError("bounds_mixed", "Both bounds are dates or both are numbers.")
        return self


class CustomFieldIs(_Valued):
    kind: Literal["custom_field"]
    key: Word


class TraitIs(_Valued):
    kind: Literal["trait"]
    key: Word


class Tagged(_Frozen):
    """Carries one of these tags."""

    kind: Literal["tag"]
    any_of: Words


class Consented(_Frozen):
    """What was decided last holds; nothing said means no. `reachable`: and there is an address for the channel."""

    kind: Literal["consent"]
    purpose: Literal["membership", "offers", "birthday", "surveys", "profiling"]
    channel: Literal["any", "email", "sms", "wechat", "phone"]
    given: bool = True
    reachable: bool = False


class Orders(_Bounds):
    """Counted orders placed in the window. The average is nobody's who has no such order."""

    kind: Literal["orders"]
    measure: Literal["count", "spend_minor", "average_minor"] = "count"
    window: Window = Window()
    channels: Annotated[
        tuple[Literal["online", "store", "mini_program", "phone", "other"], ...], Field(max_length=5)
    ] = ()


class Bought(_Bounds):
    """Lines of counted orders, refunded ones taken off. A category means what lies below it as well."""

    kind: Literal["bought"]
    skus: Annotated[tuple[Word, ...], Field(max_length=200)] = ()
    categories: Annotated[tuple[Word, ...], Field(max_length=50)] = ()
    brands: Annotated[tuple[Word, ...], Field(max_length=50)] = ()
    measure: Literal["orders", "quantity", "spend_minor"] = "orders"
    window: Window = Window()

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not (self.skus or self.categories or self.brands):
            raise PydanticCustomError("nothing_bought", "Name products, categories or brands.")
        return self


class PurchaseAt(_Frozen):
    """The first, the last or the nth counted order was placed in the window."""

    kind: Literal["purchase"]
    which: Literal["first", "last", "nth"]
    n: Annotated[int, Field(ge=1, le=1000)] | None = None
    window: Window

    @model_validator(mode="after")
    def _counts(self) -> Self:
        if (self.which == "nth") != (self.n is not None):
            raise PydanticCustomError("n_missing", "The nth purchase needs n, and no other does.")
        return self


class InTier(_Frozen):
    kind: Literal["tier"]
    any_of: Words
    in_grace: bool | None = None


class Points(_Bounded):
    """`spendable` is what can be spent now; `growth` is the growth value that counts for the tier."""

    kind: Literal["points"]
    measure: Literal["spendable", "pending", "growth", "lifetime_earned", "lifetime_spent"] = "spendable"


class ExpiringPoints(_Frozen):
    """At least so many spendable points leave within so many days."""

    kind: Literal["expiring_points"]
    within_days: Days
    at_least: Annotated[int, Field(ge=1, le=_LARGEST)] = 1


class Tickets(_Bounds):
    """Tickets opened in the window. `open` ones wait for us or the customer, or are paused."""

    kind: Literal["tickets"]
    state: Literal["open", "resolved", "any"] = "any"
    complaints_only: bool = False
    priorities: Annotated[tuple[Literal["low", "normal", "high", "urgent"], ...], Field(max_length=4)] = ()
    categories: Annotated[tuple[Word, ...], Field(max_length=50)] = ()
    window: Window = Window()


class Churn(_Frozen):
    kind: Literal["churn"]
    any_of: Annotated[tuple[Literal[*_BANDS], ...], Field(min_length=1)]  # type: ignore[valid-type]


class LifetimeValue(_Bounded):
    """Spend that is forecast for the next 90 or 365 days."""

    kind: Literal["lifetime_value"]
    horizon_days: Literal[90, 365] = 365


class Rfm(_Frozen):
    """Groups by name, or cells by scores; an empty list of scores means any."""

    kind: Literal["rfm"]
    groups: Annotated[tuple[Literal[*GROUPS], ...], Field(max_length=11)] = ()  # type: ignore[valid-type]
    recency: Scores = ()
    frequency: Scores = ()
    monetary: Scores = ()

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not (self.groups or self.recency or self.frequency or self.monetary):
            raise PydanticCustomError("no_scores", "Name groups or scores.")
        return self


class Lifecycle(_Frozen):
    kind: Literal["lifecycle"]
    any_of: Annotated[tuple[Literal[*STAGES], ...], Field(min_length=1)]  # type: ignore[valid-type]


class InSegment(_Frozen):
    """Is a member of another segment, by its code."""

    kind: Literal["segment"]
    segment: Word


class All(_Frozen):
    kind: Literal["all"]
    of: Annotated[tuple[Node, ...], Field(min_length=1, max_length=MOST_CONDITIONS)]


class AnyOf(_Frozen):
    kind: Literal["any"]
    of: Annotated[tuple[Node, ...], Field(min_length=1, max_length=MOST_CONDITIONS)]


class Not(_Frozen):
    kind: Literal["not"]
    of: Node


Condition = (
    Profile | Age | BirthdayIn | Joined | CustomFieldIs | TraitIs | Tagged | Consented | Orders | Bought | PurchaseAt
    | InTier | Points | ExpiringPoints | Tickets | Churn | LifetimeValue | Rfm | Lifecycle | InSegment
)  # fmt: skip
Node = Annotated[Condition | All | AnyOf | Not, Field(discriminator="kind")]
for _joint in (All, AnyOf, Not):
    _joint.model_rebuild()
TREE: TypeAdapter[Any] = TypeAdapter(Node)


def children_of(node: Any) -> tuple[Any, ...]:
    if isinstance(node, All | AnyOf):
        return node.of
    return (node.of,) if isinstance(node, Not) else ()


def conditions_of(node: Any, path: str = "tree") -> Iterator[tuple[str, Any]]:
    """(path, condition) of every leaf in reading order; paths as in the JSON: "tree.of.0.of"."""
    if isinstance(node, Not):
        yield from conditions_of(node.of, f"{path}.of")
    elif isinstance(node, All | AnyOf):
        for place, child in enumerate(node.of):
            yield from conditions_of(child, f"{path}.of.{place}")
    else:
        yield path, node


def depth_of(node: Any) -> int:
    return 1 + max((depth_of(child) for child in children_of(node)), default=0)


def as_json(node: Any) -> dict[str, Any]:
    """The shortest document that reads as the same tree."""
    document: dict[str, Any] = {"kind": node.kind} | node.model_dump(mode="json", exclude_defaults=True)
    if isinstance(node, All | AnyOf):
        document["of"] = [as_json(child) for child in node.of]
    elif isinstance(node, Not):
        document["of"] = as_json(node.of)
    return document


def of_json(document: Any) -> Any:
    """The tree of a stored document. A document from outside is read by frames.segment_documents, which words its faults."""
    return TREE.validate_python(document, strict=False)


def segments_named(node: Any) -> set[str]:
    """Codes of the other segments that the tree asks about."""
    return {condition.segment for _, condition in conditions_of(node) if isinstance(condition, InSegment)}


_BY_NIGHT = (Age, Churn, LifetimeValue, Rfm, Lifecycle, TraitIs, ExpiringPoints, Points)


def moves_with_time(node: Any) -> bool:
    """Whether the answer may change without anything happening to the customer: by the day or by nightly figures."""
    return any(
        isinstance(condition, (*_BY_NIGHT, InSegment))
        or (isinstance(condition, InTier) and condition.in_grace is not None)
        or getattr(getattr(condition, "window", None), "moves", False)
        for _, condition in conditions_of(node)
    )
