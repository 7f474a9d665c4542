"""A listener for tests: writes down what it heard, and fails as often as it is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock

from events.models import Event


@dataclass
class Heard:
    """`names` in the order of ringing; `failures` more rings fail, each after it was heard."""

    name: str = ""
    names: list[str] = field(default_factory=list)
    failures: int = 0
    lock: Lock = field(default_factory=Lock)

    def ring(self, event: Event) -> None:
        with self.lock:
            self.names.append(event.payload["name"])
            if self.failures:
                self.failures -= 1
                raise ConnectionError("The other side does not answer.")
