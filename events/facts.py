"""What a fact is: something that happened, typed, in the past tense.

Each app's `facts.py` declares its own as frozen dataclasses of plain JSON values:

    @dataclass(frozen=True, slots=True)
    class TierChanged(Fact):
        label = pgettext_lazy("event", "Tier changed")

        before: str
        after: str

On the wire and in the table it is `loyalty.tier_changed`: the app, and the class in snake case. After the base stand
the facts about the shop itself: `merchants` lies under this floor and cannot announce them (docs/decisions/0001).
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

_HUMP = re.compile(r"(?<!^)(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Fact:
    """Base of all facts. `wire` is set for each subclass; `known` maps every wire name to its class."""

    wire: ClassVar[str] = ""
    app: ClassVar[str] = ""  # speaks for another app than its module's
    label: ClassVar[str | Promise] = ""  # what people read where there is no sentence: filters, generic lines
    known: ClassVar[dict[str, type[Fact]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        # Plain super() has no cell to look in: slots=True rebuilds each class once.
        super(Fact, cls).__init_subclass__(**kwargs)
        cls.wire = f"{cls.app or cls.__module__.split('.', 1)[0]}.{_HUMP.sub('_', cls.__name__).lower()}"
        Fact.known[cls.wire] = cls

    @staticmethod
    def label_of(wire: str) -> str:
        """The label of the fact of that wire name; the name itself when nobody announces it any more."""
        fact = Fact.known.get(wire)
        return str(fact.label) if fact and fact.label else wire

    def payload(self) -> dict[str, Any]:
        """The fact's own values, as JSON can hold them."""
        return {name: getattr(self, name) for name in _names_in(type(self))}  # type: ignore[arg-type]  # a class has a hash


@functools.cache
def _names_in(fact: type[Fact]) -> tuple[str, ...]:
    return tuple(each.name for each in fields(fact))


@dataclass(frozen=True, slots=True)
class ShopFact(Fact):
    """Base of what is said of a shop, its team and its keys: `merchants.…` on the wire."""

    app: ClassVar[str] = "merchants"


@dataclass(frozen=True, slots=True)
class ShopOpened(ShopFact):
    label = pgettext_lazy("event", "Shop opened")

    name: str


@dataclass(frozen=True, slots=True)
class SandboxOpened(ShopFact):
    label = pgettext_lazy("event", "Test shop opened")

    slug: str


@dataclass(frozen=True, slots=True)
class SettingsChanged(ShopFact):
    """`before` and `after` hold only the fields that changed."""

    label = pgettext_lazy("event", "Settings changed")

    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, slots=True)
class LogoChanged(ShopFact):
    label = pgettext_lazy("event", "Logo changed")

    bytes: int  # 0: removed


@dataclass(frozen=True, slots=True)
class ClockMoved(ShopFact):
    label = pgettext_lazy("event", "Test clock moved")

    before: str  # ISO 8601, by the sandbox's clock
    after: str


@dataclass(frozen=True, slots=True)
class StaffInvited(ShopFact):
    label = pgettext_lazy("event", "Staff invited")

    email: str
    role: str


@dataclass(frozen=True, slots=True)
class InvitationWithdrawn(ShopFact):
    label = pgettext_lazy("event", "Invitation withdrawn")

    email: str


@dataclass(frozen=True, slots=True)
class StaffJoined(ShopFact):
    label = pgettext_lazy("event", "Staff joined")

    email: str
    role: str


@dataclass(frozen=True, slots=True)
class RoleChanged(ShopFact):
    label = pgettext_lazy("event", "Role changed")

    email: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class StaffRemoved(ShopFact):
    label = pgettext_lazy("event", "Staff removed")

    email: str
    role: str


@dataclass(frozen=True, slots=True)
class ApiKeyIssued(ShopFact):
    label = pgettext_lazy("event", "API key issued")

    name: str
    prefix: str
    scopes: list[str]


@dataclass(frozen=True, slots=True)
class ApiKeyRotated(ShopFact):
    label = pgettext_lazy("event", "API key rotated")

    name: str
    prefix: str
    successor_prefix: str
    works_until: str  # ISO 8601


@dataclass(frozen=True, slots=True)
class ApiKeyRevoked(ShopFact):
    label = pgettext_lazy("event", "API key revoked")

    name: str
    prefix: str


@dataclass(frozen=True, slots=True)
class DeliveryReplayed(Fact):
    label = pgettext_lazy("event", "Delivery replayed")

    listener: str
    event_id: int
