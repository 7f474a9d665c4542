"""Public ids: `cus_4fQzR9…` outside, integers inside.

They hide how many customers or orders a shop has from a glance; they are not secrets, and every query names its
merchant.
"""

from __future__ import annotations

from sqids import Sqids

PREFIXES = frozenset({"cus", "ord", "rfd", "prd", "ent", "acc", "hld", "evt", "key", "awd", "dlv", "inv", "adj", "mem"})

_LARGEST = 2**63 - 1
# No blocklist: it would make some ids depend on a word list that changes with the library.
_sqids = Sqids(min_length=10, blocklist=[])


def encode_public_id(prefix: str, number: int) -> str:
    """`("cus", 42)` → `"cus_…"`. `prefix` is one of PREFIXES, `number` a row's positive integer id."""
    return f"{prefix}_{_sqids.encode([number])}"


def decode_public_id(prefix: str, text: str) -> int | None:
    """The integer inside, or None when `text` is not exactly how we would write it."""
    head, _, tail = text.partition("_")
    if head != prefix or not tail or len(tail) > 24:
        return None
    numbers = _sqids.decode(tail)
    if len(numbers) != 1 or numbers[0] > _LARGEST or _sqids.encode(numbers) != tail:
        return None
    return numbers[0]
