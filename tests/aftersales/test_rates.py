"""Shares, rates and limits, as arithmetic."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.rules.limits import LimitsDocument, RoleLimits, most_now
from aftersales.rules.rates import Verdict, compare, share


def test_wilson_s_interval_as_in_the_books() -> None:
    # 15 of 148: Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
    found = share(15, 148)
    assert (round(found.low, 4), round(found.high, 4)) == (0.0624, 0.1605)
    assert (round(share(0, 20).low, 4), round(share(0, 20).high, 4)) == (0.0, 0.1611)


@given(st.integers(0, 500), st.integers(0, 500))
def test_a_share_lies_in_its_interval(count: int, rest: int) -> None:
    found = share(count, count + rest)
    assert 0 <= found.low <= found.high <= 1
    if found.ratio is not None:
        assert found.low <= found.ratio <= found.high


def test_more_than_all_is_no_share() -> None:
    with pytest.raises(ValueError, match="no share"):
        share(3, 2)


def test_a_clear_fall_is_told_and_few_tickets_are_not_believed() -> None:
    fall = compare(tickets_before=40, orders_before=1000, tickets_after=10, orders_after=1000)
    assert (fall.rate_before, fall.rate_after, fall.verdict) == (Decimal(40), Decimal(10), Verdict.FEWER)
    few = compare(tickets_before=4, orders_before=1000, tickets_after=2, orders_after=1000)
    assert few.verdict == Verdict.UNSURE
    rise = compare(tickets_before=5, orders_before=1000, tickets_after=30, orders_after=1000)
    assert rise.verdict == Verdict.MORE
    # As many tickets of half the orders are twice the rate.
    assert compare(tickets_before=20, orders_before=2000, tickets_after=20, orders_after=1000).ratio == 2


@given(st.integers(0, 200), st.integers(0, 10_000), st.integers(0, 200), st.integers(0, 10_000))
def test_a_comparison_always_has_a_verdict(before: int, orders_before: int, after: int, orders_after: int) -> None:
    found = compare(tickets_before=before, orders_before=orders_before, tickets_after=after, orders_after=orders_after)
    told = orders_before and orders_after and before + after
    assert (found.verdict == Verdict.UNKNOWN) == (not told)
    if found.ratio is not None and found.low is not None:
        assert found.low <= found.ratio * (1 + 1e-9)
        assert found.high is None or found.ratio <= found.high * (1 + 1e-9)


@given(st.dictionaries(st.sampled_from(["shop", "staff", "customer", "ticket"]), st.integers(0, 200_000)))
def test_what_may_be_given_fits_every_budget(used: dict[str, int]) -> None:
    document = LimitsDocument()
    role = RoleLimits(per_grant=1000, per_month=10_000, second_above=300)

    most = most_now(document, role, used)

    assert 0 <= most <= 1000
    if most:
        assert used.get("shop", 0) + most <= document.shop_month
        assert used.get("staff", 0) + most <= role.per_month
        assert used.get("customer", 0) + most <= document.per_customer_month
        assert used.get("ticket", 0) + most <= document.per_ticket
