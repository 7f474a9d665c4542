"""What a fact is: something that happened, typed, in the past tense.

Each app's `facts.py` declares its own as frozen dataclasses of plain JSON values:

    @dataclass(frozen=True, slots=True)
    class TierChanged(Fact):
        before: str
        after: str

On the wire and in the table it is `loyalty.tier_changed`: the app, and the class in snake case.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

_HUMP = re.compile(r"(?<!^)(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Fact:
    """Base of all facts. `wire` is set for each subclass; `known` maps every wire name to its class."""

    wire: ClassVar[str] = ""
    known: ClassVar[dict[str, type[Fact]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        # Plain super() has no cell to look in: slots=True rebuilds each class once.
        super(Fact, cls).__init_subclass__(**kwargs)
        cls.wire = f"{cls.__module__.split('.', 1)[0]}.{_HUMP.sub('_', cls.__name__).lower()}"
        Fact.known[cls.wire] = cls

    def payload(self) -> dict[str, Any]:
        """The fact's own values, as JSON can hold them."""
        return asdict(self)
