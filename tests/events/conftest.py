"""A listener that is registered for the length of a test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from events import registry
from events.facts import ShopOpened
from events.models import Event
from tests.events.listening import Heard


@pytest.fixture
def heard() -> Iterator[Heard]:
    heard = Heard()

    def hear_shop_opened(event: Event) -> None:
        heard.ring(event)

    registry.listens_to(ShopOpened)(hear_shop_opened)
    heard.name = f"{hear_shop_opened.__module__}.{hear_shop_opened.__qualname__}"
    yield heard
    registry._by_fact[ShopOpened.wire].remove(heard.name)
    registry._by_name.pop(heard.name, None)
