"""Who listens to what: subscribers say `@listens_to(Fact)`; nobody below ever knows their names.

    @listens_to(CustomerRegistered)
    def enrol_new_customer(event: Event) -> None: ...

A listener may ring twice, so its write carries `reference=f"event:{event.id}"` or is idempotent by nature.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from events.facts import Fact

if TYPE_CHECKING:
    from events.models import Event

Listener = Callable[["Event"], None]
_by_fact: dict[str, list[str]] = {}
_by_name: dict[str, Listener] = {}


def listens_to(*facts: type[Fact]) -> Callable[[Listener], Listener]:
    """Register the decorated function for each of `facts`.

    Its dotted name is stored in deliveries: renaming it needs care.
    """

    def register(listener: Listener) -> Listener:
        name = f"{listener.__module__}.{listener.__qualname__}"
        _by_name[name] = listener
        for fact in facts:
            names = _by_fact.setdefault(fact.wire, [])
            if name not in names:
                names.append(name)
        return listener

    return register


def listeners_of(wire: str) -> list[str]:
    return _by_fact.get(wire, [])


def find_listener(name: str) -> Listener | None:
    return _by_name.get(name)
