"""When a difference is worth a sentence: large enough to matter, and hardly chance at these numbers.

Shares are compared by the two-proportion z-test with pooled variance, means by Welch's statistic (large-sample normal
limit). Several figures are looked at each day, so the bar is |z| ≥ 2.58 (one false alarm in a hundred), not 1.96.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

LEAST_PEOPLE = 30  # on either side: below that a share moves by three points with one person
LEAST_Z = 2.58
LEAST_CHANGE = 0.05  # relative: less is noise to somebody who decides
_Z95 = 1.959964


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `people`."""

    hits: int
    people: int

    @property
    def ratio(self) -> float | None:
        return self.hits / self.people if self.people else None


@dataclass(frozen=True, slots=True)
class Mean:
    """Of `count` values: their mean and their sample variance."""

    count: int
    mean: float
    variance: float


@dataclass(frozen=True, slots=True)
class Change:
    """`relative`: (now − before) / before. `z`: how many standard errors the difference is."""

    now: float
    before: float
    z: float

    @property
    def relative(self) -> float:
        return (self.now - self.before) / self.before

    @property
    def is_telling(self) -> bool:
        return abs(self.z) >= LEAST_Z and abs(self.relative) >= LEAST_CHANGE


def share_change(now: Share, before: Share) -> Change | None:
    """None when there are too few people, or nothing to compare with."""
    if min(now.people, before.people) < LEAST_PEOPLE or not before.hits:
        return None
    ratio, earlier = now.hits / now.people, before.hits / before.people
    pooled = (now.hits + before.hits) / (now.people + before.people)
    error = math.sqrt(pooled * (1 - pooled) * (1 / now.people + 1 / before.people))
    return Change(ratio, earlier, (ratio - earlier) / error if error else 0.0)


def mean_change(now: Mean, before: Mean) -> Change | None:
    """None when there are too few values, or the earlier mean is not positive."""
    if min(now.count, before.count) < LEAST_PEOPLE or before.mean <= 0:
        return None
    error = math.sqrt(now.variance / now.count + before.variance / before.count)
    return Change(now.mean, before.mean, (now.mean - before.mean) / error if error else 0.0)


def count_change(now: int, before: int) -> Change | None:
    """Two counts of equally long stretches, as Poisson numbers: z = (now − before) / √(now + before)."""
    if min(now, before) < LEAST_PEOPLE:
        return None
    return Change(float(now), float(before), (now - before) / math.sqrt(now + before))


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference of means with its 95 % interval, in the values' own unit."""

    value: float
    low: float
    high: float

    @property
    def is_certain(self) -> bool:
        """Zero lies outside the interval."""
        return self.low > 0 or self.high < 0


def difference(one: Mean, other: Mean) -> Difference | None:
    """one − other; None with fewer than LEAST_PEOPLE on either side."""
    if min(one.count, other.count) < LEAST_PEOPLE:
        return None
    error = math.sqrt(one.variance / one.count + other.variance / other.count)
    value = one.mean - other.mean
    return Difference(value, value - _Z95 * error, value + _Z95 * error)
