"""What happens after the answer: closing, reopening, the customer's verdict, and who makes good a bad one.

The document is stored as JSON with each version. Days are days of the shop, minutes of recovery are business minutes.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

SATISFIED_FROM = 4  # of 5: what counts as satisfied, as everywhere in the field


class RecoveryOwner(StrEnum):
    """Who makes it good. Whoever is not there any more is replaced by the shop's owner."""

    AGENT = "agent"  # the one who was rated
    ADVISOR = "advisor"  # the customer's dedicated one
    OWNER = "owner"  # of the shop


class CareDocument(BaseModel):
    """`reopen_days`: how long after its resolution a customer may reopen a ticket; afterwards a new one is linked to it.

    `close_after_days`: when a resolved ticket closes by itself. A score of `low_score` and less opens a recovery case.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    reopen_days: Annotated[int, Field(ge=0, le=365)] = 14
    close_after_days: Annotated[int, Field(ge=1, le=365)] = 7
    asks_satisfaction: bool = True
    ask_after_minutes: Annotated[int, Field(ge=0, le=10_080)] = 30
    answer_within_days: Annotated[int, Field(ge=1, le=90)] = 14
    low_score: Annotated[int, Field(ge=1, le=4)] = 2
    recovery_minutes: Annotated[int, Field(ge=1, le=100_000)] = 480
    recovery_owner: RecoveryOwner = RecoveryOwner.OWNER

    def is_low(self, score: int) -> bool:
        return score <= self.low_score
