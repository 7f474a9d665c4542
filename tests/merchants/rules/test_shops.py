"""Addresses, time zones, currencies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merchants.rules.shops import currencies, is_address, sandbox_address, time_zones


@pytest.mark.parametrize("slug", ["aroma", "tea-house-9", "a1b", "a" * 40])
def test_a_plain_word_may_be_an_address(slug: str) -> None:
    assert is_address(slug)


@pytest.mark.parametrize("slug", ["", "ab", "-tea", "tea-", "Tea", "tea house", "茶", "new", "api", "a" * 41, "tea\n"])
def test_anything_else_may_not(slug: str) -> None:
    assert not is_address(slug)


@given(st.from_regex(r"[a-z0-9][a-z0-9-]{1,38}[a-z0-9]", fullmatch=True))
def test_the_twin_of_an_address_is_an_address(slug: str) -> None:
    assert is_address(sandbox_address(slug))


def test_the_world_is_there() -> None:
    assert {"Asia/Shanghai", "Pacific/Apia", "Asia/Kathmandu", "UTC"} <= set(time_zones())
    assert {"CNY", "USD", "JPY", "BHD"} <= currencies()
