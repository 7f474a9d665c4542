"""The words of the ledger that rules, rows and doors share."""

from __future__ import annotations

from enum import StrEnum


class Wallet(StrEnum):
    """Points can be spent. Growth value only counts for tiers: it is never spent, it leaves when its window has passed."""

    POINTS = "points"
    GROWTH = "growth"


class Kind(StrEnum):
    """Why an entry was written."""

    EARN = "earn"  # for an order
    BONUS = "bonus"  # granted: welcome, birthday, campaign
    GOODWILL = "goodwill"  # granted to make something good again
    SPEND = "spend"
    SPEND_RETURN = "spend_return"  # a cancelled spend gives back, at the original expiry
    REFUND = "refund"  # an order's refund takes back what its lines had earned
    ADJUST = "adjust"  # by hand, with a reason
    REVERSAL = "reversal"  # of an entry that was a mistake
    EXPIRE = "expire"


class Shortfall(StrEnum):
    """What happens when a debit is larger than what is there."""

    REFUSE = "refuse"
    ARREARS = "arrears"  # the rest is owed; later credits pay it first
    WRITE_OFF = "write_off"  # the rest is given up
