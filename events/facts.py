"""What a fact is: something that happened, typed, in the past tense.

Each app's `facts.py` declares its own as frozen dataclasses of plain JSON values:

    @dataclass(frozen=True, slots=True)
    class TierChanged(Fact):
        before: str
        after: str

On the wire and in the table it is `loyalty.tier_changed`: the app, and the class in snake case. After the base stand
the facts about the shop itself: `merchants` lies under this floor and cannot announce them (docs/decisions/0001).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Any, ClassVar

_HUMP = re.compile(r"(?<!^)(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Fact:
    """Base of all facts. `wire` is set for each subclass; `known` maps every wire name to its class."""

    wire: ClassVar[str] = ""
    app: ClassVar[str] = ""  # speaks for another app than its module's
    known: ClassVar[dict[str, type[Fact]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        # Plain super() has no cell to look in: slots=True rebuilds each class once.
        super(Fact, cls).__init_subclass__(**kwargs)
        cls.wire = f"{cls.app or cls.__module__.split('.', 1)[0]}.{_HUMP.sub('_', cls.__name__).lower()}"
        Fact.known[cls.wire] = cls

    def payload(self) -> dict[str, Any]:
        """The fact's own values, as JSON can hold them."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


@dataclass(frozen=True, slots=True)
class ShopFact(Fact):
    """Base of what is said of a shop, its team and its keys: `merchants.…` on the wire."""

    app: ClassVar[str] = "merchants"


@dataclass(frozen=True, slots=True)
class ShopOpened(ShopFact):
    name: str


@dataclass(frozen=True, slots=True)
class SandboxOpened(ShopFact):
    slug: str


@dataclass(frozen=True, slots=True)
class SettingsChanged(ShopFact):
    """`before` and `after` hold only the fields that changed."""

    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, slots=True)
class LogoChanged(ShopFact):
    bytes: int  # 0: removed


@dataclass(frozen=True, slots=True)
class ClockMoved(ShopFact):
    before: str  # ISO 8601, by the sandbox's clock
    after: str


@dataclass(frozen=True, slots=True)
class StaffInvited(ShopFact):
    email: str
    role: str


@dataclass(frozen=True, slots=True)
class InvitationWithdrawn(ShopFact):
    email: str


@dataclass(frozen=True, slots=True)
class StaffJoined(ShopFact):
    email: str
    role: str


@dataclass(frozen=True, slots=True)
class RoleChanged(ShopFact):
    email: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class StaffRemoved(ShopFact):
    email: str
    role: str


@dataclass(frozen=True, slots=True)
class ApiKeyIssued(ShopFact):
    name: str
    prefix: str
    scopes: list[str]


@dataclass(frozen=True, slots=True)
class ApiKeyRotated(ShopFact):
    name: str
    prefix: str
    successor_prefix: str
    works_until: str  # ISO 8601


@dataclass(frozen=True, slots=True)
class ApiKeyRevoked(ShopFact):
    name: str
    prefix: str


@dataclass(frozen=True, slots=True)
class DeliveryReplayed(Fact):
    listener: str
    event_id: int
