"""The database engine of settings: Django's own for PostgreSQL, less one question and some round trips a request.

- Persistent connections are asked `SELECT 1` before each request, so that they heal after the server was restarted. One
  that answered within the last second is taken at its word: a server that went away and came back takes longer than that.
- BEGIN, and what an action sends by `send_with_next`, travel with the statement after them (see `connection`).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from django.db.backends.postgresql import base

from loyalty_platform.database.connection import Connection, Cursor

_TRUSTED_SECONDS = 1.0


class DatabaseWrapper(base.DatabaseWrapper):
    _answered_at = float("-inf")

    def get_connection_params(self) -> dict[str, Any]:
        given: dict[str, Any] = super().get_connection_params()
        return given | {"connection_factory": Connection, "cursor_factory": Cursor}

    def _set_autocommit(self, autocommit: bool) -> None:
        with self.wrap_database_errors:
            self.connection.begin_at_next(not autocommit)

    def send_with_next(self, sql: str, params: Sequence[Any]) -> None:
        """Send `sql`, whose answer nobody needs, in front of the transaction's next statement or its COMMIT.

        Outside of a transaction there is no next statement to wait for: it is sent at once.
        """
        with self.cursor() as cursor:
            if self.in_atomic_block:
                self.connection.waiting.append(cursor.mogrify(sql, params))
            else:
                cursor.execute(sql, params)

    def is_usable(self) -> bool:
        moment = time.monotonic()
        # After an error Django asks too, and then the answer has to be true.
        if not self.errors_occurred and moment - self._answered_at < _TRUSTED_SECONDS:
            return True
        usable: bool = super().is_usable()
        self._answered_at = moment if usable else float("-inf")
        return usable
