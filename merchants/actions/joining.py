"""A transaction of one's own, or the one that already runs: without a savepoint."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import connection, transaction

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


def joined_transaction(action: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """For hot actions that refuse before they write: after a refusal there is nothing to go back to.

    `transaction.atomic` would send a savepoint and its release, two round trips of a short action's eight; with
    `savepoint=False` a refusal would doom a caller's transaction that means to go on.
    """

    @wraps(action)
    def joined(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
        if connection.in_atomic_block:
            return action(*args, **kwargs)
        with transaction.atomic():
            return action(*args, **kwargs)

    return joined
