"""Public ids go out and come back; nothing else comes in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqids import Sqids

from merchants.errors import NotFound
from merchants.frames.public_ids import public_id, read_public_id
from merchants.rules.public_ids import PREFIXES, decode_public_id, encode_public_id


@given(prefix=st.sampled_from(sorted(PREFIXES)), number=st.integers(1, 2**63 - 1))
def test_every_id_comes_back(prefix: str, number: int) -> None:
    text = encode_public_id(prefix, number)
    assert decode_public_id(prefix, text) == number
    assert len(text) >= len(prefix) + 11


@given(text=st.text(max_size=40))
def test_anything_else_is_nobody_and_never_a_fault(text: str) -> None:
    number = decode_public_id("cus", text)
    assert number is None or encode_public_id("cus", number) == text


@pytest.mark.parametrize("text", ["", "42", "cus_", "ord_" + public_id("cus", 7)[4:], public_id("cus", 7) + "0"])
def test_another_kind_is_not_found(text: str) -> None:
    with pytest.raises(NotFound):
        read_public_id("cus", text)


@given(number=st.one_of(st.integers(1, 5000), st.integers(1, 2**63 - 1)))
def test_they_are_written_as_the_library_writes_them(number: int) -> None:
    library = Sqids(min_length=10, blocklist=[])
    assert encode_public_id("ord", number) == f"ord_{library.encode([number])}"
    assert decode_public_id("ord", f"ord_{library.encode([number])}") == number
