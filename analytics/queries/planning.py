"""Room and caution for statements about a whole shop."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

# The planner guesses how many rows a condition leaves. Where it guesses one and there are thousands, a nested loop reads
# every order once for each of them; a hash join reads them once, whatever the guess. (Index look-ups in LATERAL stay.)
_CAUTIOUS = {"work_mem": "128MB", "enable_nestloop": "off"}


@contextmanager
def whole_shop() -> Iterator[None]:
    """Inside a transaction: more memory and no nested loops for what runs here; afterwards as before."""
    before = _set(_CAUTIOUS)
    yield
    _set(before)  # not after a failure: the transaction is lost then, and the settings with it


def _set(wanted: dict[str, str]) -> dict[str, str]:
    """What they were before."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, setting || coalesce(unit, '') FROM pg_settings WHERE name = ANY (%s)", [list(wanted)]
        )
        before = dict(cursor.fetchall())
        for name, value in wanted.items():
            cursor.execute("SELECT set_config(%s, %s, true)", [name, value])
    return before
