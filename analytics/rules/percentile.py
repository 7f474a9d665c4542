"""One percentile, the same in Python and in PostgreSQL."""

from __future__ import annotations

import math
from collections.abc import Sequence


def percentile(values: Sequence[int], share: float) -> int:
    """The smallest value that at least `share` of `values` do not exceed (percentile_disc); 0 of nothing."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1] if ordered else 0
