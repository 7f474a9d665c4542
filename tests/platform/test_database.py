"""A connection heals after the server went away, and is not asked about it before every request."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection, connections
from django.db.backends.postgresql import base

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _asked_anew() -> Iterator[None]:
    connection.close()
    connection.ensure_connection()
    connections["default"].__dict__.pop("_answered_at", None)
    yield
    connection.close()


def test_a_connection_that_answered_a_moment_ago_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def ask(self: base.DatabaseWrapper) -> bool:
        asked.append(True)
        return True

    monkeypatch.setattr(base.DatabaseWrapper, "is_usable", ask)
    assert connection.is_usable()
    assert connection.is_usable()
    assert len(asked) == 1


def test_after_an_error_the_connection_is_asked_at_once_and_replaced() -> None:
    assert connection.is_usable()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    connection.connection.close()  # as if the server had gone
    connection.errors_occurred = True
    connection.close_if_unusable_or_obsolete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchone()[0] != pid
