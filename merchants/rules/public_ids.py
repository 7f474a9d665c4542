"""Public ids: `cus_4fQzR9…` outside, integers inside.

They hide how many customers or orders a shop has from a glance; they are not secrets, and every query names its
merchant. The form is that of Sqids (sqids.org), so that other languages have libraries for it. An answer may hold a
thousand of them and the library shuffles an alphabet for each, so we keep what it does in small tables: of a single
number, everything but its own digits depends on the number modulo 62.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from sqids import Sqids

PREFIXES = frozenset(
    {
        "cus", "ord", "rfd", "prd", "ent", "acc", "hld", "evt", "key", "awd", "dlv", "inv", "adj", "mem",
        "tkt", "msg", "att", "grt", "pmo", "seg", "run", "exp",
    }
)  # fmt: skip

_LARGEST = 2**63 - 1
_LENGTH = 10
_BASE = 61
_KINDS = 62
# No blocklist: it would make some ids depend on a word list that changes with the library.
_whole = Sqids(min_length=_LENGTH, blocklist=[])
_bare = Sqids(blocklist=[])


@dataclass(frozen=True, slots=True)
class _Table:
    """How numbers of one kind are written: `first`, then their digits to base 61, then of `rest` what is missing."""

    first: str
    digits: str
    values: dict[str, int]
    rest: str


def encode_public_id(prefix: str, number: int) -> str:
    """`("cus", 42)` → `"cus_…"`. `prefix` is one of PREFIXES, `number` a row's positive integer id."""
    if not 0 <= number <= _LARGEST:
        raise ValueError(f"{number} is no row's id")
    table = _table(number % _KINDS)
    text = ""
    while True:
        number, digit = divmod(number, _BASE)
        text = table.digits[digit] + text
        if not number:
            break
    text = table.first + text
    return f"{prefix}_{text}{table.rest[: max(0, _LENGTH - len(text))]}"


def decode_public_id(prefix: str, text: str) -> int | None:
    """The integer inside, or None when `text` is not exactly how we would write it."""
    head, _, tail = text.partition("_")
    if head != prefix or len(tail) < _LENGTH or len(tail) > 24:
        return None
    kind = _kinds().get(tail[0])
    if kind is None:
        return None
    values = _table(kind).values
    number = 0
    for character in tail[1:]:
        digit = values.get(character)
        if digit is None:  # where the rest begins
            break
        number = number * _BASE + digit
    if number > _LARGEST or encode_public_id(prefix, number) != text:
        return None
    return number


@functools.cache
def _table(kind: int) -> _Table:
    plain = _bare.encode([kind])
    digits = [""] * _BASE
    for number in range(kind, kind + _BASE * _KINDS, _KINDS):
        digits[number % _BASE] = _bare.encode([number])[-1]
    return _Table(
        plain[0],
        "".join(digits),
        {digit: value for value, digit in enumerate(digits)},
        _whole.encode([kind])[len(plain) :],
    )


@functools.cache
def _kinds() -> dict[str, int]:
    """A kind for each first character; kinds that share one are written alike."""
    return {_bare.encode([kind])[0]: kind for kind in range(_KINDS)}
