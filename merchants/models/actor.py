"""Who did it: stands in every event and ledger entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ActorKind = Literal["staff", "api_key", "member", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """`id` is the staff member's, key's or customer's integer id; `name` is what people read, as it was at the time."""

    kind: ActorKind
    id: int | None = None
    name: str = ""


SYSTEM = Actor(kind="system")
