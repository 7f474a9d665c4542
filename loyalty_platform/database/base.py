"""The database engine of settings: Django's own for PostgreSQL, less one question a request.

Persistent connections are asked `SELECT 1` before each request, so that they heal after the server was restarted. One that
answered within the last second is taken at its word: a server that went away and came back takes longer than that.
"""

from __future__ import annotations

import time

from django.db.backends.postgresql import base

_TRUSTED_SECONDS = 1.0


class DatabaseWrapper(base.DatabaseWrapper):
    _answered_at = float("-inf")

    def is_usable(self) -> bool:
        moment = time.monotonic()
        # After an error Django asks too, and then the answer has to be true.
        if not self.errors_occurred and moment - self._answered_at < _TRUSTED_SECONDS:
            return True
        usable: bool = super().is_usable()
        self._answered_at = moment if usable else float("-inf")
        return usable
