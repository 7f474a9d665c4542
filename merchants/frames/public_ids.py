"""Public ids at the doors: see merchants.rules.public_ids for their form."""

from __future__ import annotations

from merchants.errors import NotFound
from merchants.rules.public_ids import PREFIXES, decode_public_id, encode_public_id


def public_id(prefix: str, id: int) -> str:
    """`public_id("cus", customer.pk)` → `"cus_4fQzR9…"`."""
    assert prefix in PREFIXES, f"Add {prefix!r} to PREFIXES first."
    return encode_public_id(prefix, id)


def read_public_id(prefix: str, text: str) -> int:
    """The integer of `text`; NotFound for anything that is not a public id of this kind."""
    number = decode_public_id(prefix, text)
    if number is None:
        raise NotFound()
    return number
