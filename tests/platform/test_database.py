"""A connection heals after the server went away, is not asked about it before every request, and spares round trips."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import suppress

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.db.backends.postgresql import base
from psycopg2.extensions import TRANSACTION_STATUS_IDLE

from merchants.actions.sending import send_with_next

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


@pytest.fixture
def notes() -> Iterator[None]:
    """A table of this connection's own, where a number may stand once."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE note (n int PRIMARY KEY)")
    yield
    connection.close()


def written() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT n FROM note ORDER BY n")
        return [n for (n,) in cursor.fetchall()]


def write(n: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO note VALUES (%s)", [n])


def write_with_next(n: int) -> None:
    send_with_next("INSERT INTO note VALUES (%s)", [n])


def write_together(*, waiting: list[int], then: list[int] | None = None) -> None:
    with transaction.atomic():
        for n in waiting:
            write_with_next(n)
        for n in then or ():
            write(n)


def in_transaction() -> bool:
    return bool(connection.connection.get_transaction_status() != TRANSACTION_STATUS_IDLE)


@pytest.mark.usefixtures("notes")
def test_a_transaction_begins_with_its_first_statement() -> None:
    with transaction.atomic():
        assert not in_transaction()
        write(1)
        assert in_transaction()
    assert not in_transaction()
    assert written() == [1]


@pytest.mark.usefixtures("notes")
def test_what_waits_is_there_for_the_next_statement_and_for_the_commit() -> None:
    with transaction.atomic():
        write_with_next(1)
        write_with_next(2)
        assert written() == [1, 2]
        write_with_next(3)
    assert written() == [1, 2, 3]
    write_with_next(4)  # outside of a transaction nothing waits
    assert written() == [1, 2, 3, 4]


@pytest.mark.usefixtures("notes")
def test_what_waits_is_taken_back_with_its_transaction() -> None:
    with suppress(ZeroDivisionError), transaction.atomic():
        write_with_next(1)
        raise ZeroDivisionError
    with transaction.atomic():
        write(2)
        with suppress(ZeroDivisionError), transaction.atomic():
            write_with_next(3)
            raise ZeroDivisionError
        write_with_next(4)
    assert written() == [2, 4]


@pytest.mark.usefixtures("notes")
def test_what_waits_in_vain_fails_the_statement_or_the_commit_it_travels_with() -> None:
    write(1)
    with pytest.raises(IntegrityError):
        write_together(waiting=[2, 1])
    with pytest.raises(IntegrityError):
        write_together(waiting=[1], then=[3])
    with transaction.atomic():
        write(4)
        with suppress(IntegrityError), transaction.atomic():
            write_with_next(1)
        write(5)
    assert written() == [1, 4, 5]


@pytest.mark.usefixtures("notes")
def test_copies_and_cursors_of_the_server_take_part_in_the_transaction() -> None:
    with suppress(ZeroDivisionError), transaction.atomic(), connection.cursor() as cursor:
        cursor.copy_expert("COPY note FROM STDIN", io.StringIO("1\n2\n"))
        raise ZeroDivisionError
    with transaction.atomic(), connection.cursor() as cursor:
        write_with_next(1)
        cursor.copy_expert("COPY note FROM STDIN", io.StringIO("2\n3\n"))
        with connection.chunked_cursor() as chunks:
            chunks.execute("SELECT n FROM note ORDER BY n")
            assert chunks.fetchmany(2) == [(1,), (2,)]
        cursor.executemany("INSERT INTO note VALUES (%s)", [(4,), (5,)])
    assert written() == [1, 2, 3, 4, 5]


@pytest.mark.usefixtures("notes")
def test_without_autocommit_one_transaction_follows_the_other() -> None:
    transaction.set_autocommit(False)
    try:
        write(1)
        transaction.commit()
        write(2)
        transaction.rollback()
        write(3)
        transaction.commit()
    finally:
        transaction.set_autocommit(True)
    assert written() == [1, 3]
