"""A psycopg2 connection that sends what needs no answer together with the next statement.

BEGIN has no answer worth a round trip, nor has the last INSERT of a transaction: they wait here and travel in front of the
next statement, at the latest of COMMIT, in one message (`a; b; c`). The server runs them one after the other and stops at
the first error, which is raised by the statement they travelled with: inside the same transaction, which is lost anyway.

To psycopg2 the connection is always in autocommit, so that it adds no BEGIN of its own; transactions are kept here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from psycopg2 import extensions

_BEGIN = b"BEGIN"


class Connection(extensions.connection):
    """`begin_at_next` says whether statements belong to a transaction, as Django's `set_autocommit` wants it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.autocommit = True
        self.transactional = False
        self.waiting: list[bytes] = []

    def begin_at_next(self, transactional: bool) -> None:
        """From here on, statements belong to a transaction that begins with the first of them; or to none."""
        self.transactional = transactional
        self._start_anew()

    def take_waiting(self) -> list[bytes]:
        taken, self.waiting = self.waiting, []
        return taken

    def flush(self) -> None:
        """Send what waits, for a statement that cannot take it along."""
        if self.waiting:
            with self.cursor(cursor_factory=extensions.cursor) as cursor:
                cursor.execute(b"; ".join(self.take_waiting()))

    def commit(self) -> None:
        if self.waiting and self.waiting != [_BEGIN]:
            self._end(b"; ".join([*self.take_waiting(), b"COMMIT"]))
        elif self.get_transaction_status() != extensions.TRANSACTION_STATUS_IDLE:
            self._end(b"COMMIT")
        self._start_anew()

    def rollback(self) -> None:
        self.waiting = []
        if self.get_transaction_status() != extensions.TRANSACTION_STATUS_IDLE:
            self._end(b"ROLLBACK")
        self._start_anew()

    def _end(self, sql: bytes) -> None:
        with self.cursor(cursor_factory=extensions.cursor) as cursor:
            cursor.execute(sql)

    def _start_anew(self) -> None:
        self.waiting = [_BEGIN] if self.transactional else []


class Cursor(extensions.cursor):
    """Takes along what waits."""

    connection: Connection

    def execute(self, query: Any, vars: Any = None) -> None:
        waiting = self._taken()
        if waiting:
            query, vars = b"; ".join([*waiting, self.mogrify(query, vars)]), None
        super().execute(query, vars)

    def executemany(self, query: Any, vars_list: Any) -> None:
        self._alone(super().executemany, query, vars_list)

    def callproc(self, procname: Any, parameters: Any = None) -> None:
        self._alone(super().callproc, procname, parameters or ())

    def copy_expert(self, sql: Any, file: Any, size: int = 8192) -> None:
        self._alone(super().copy_expert, sql, file, size)

    def copy_from(self, file: Any, table: str, *args: Any, **kwargs: Any) -> None:
        self._alone(super().copy_from, file, table, *args, **kwargs)

    def copy_to(self, file: Any, table: str, *args: Any, **kwargs: Any) -> None:
        self._alone(super().copy_to, file, table, *args, **kwargs)

    def _taken(self) -> Sequence[bytes]:
        connection = self.connection
        if not connection.waiting:
            return ()
        if self.name is not None:  # psycopg2 makes a DECLARE of its query
            connection.flush()
            return ()
        return connection.take_waiting()

    def _alone(self, send: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        self.connection.flush()
        send(*args, **kwargs)
