"""How numbers, money, moments and masked identities are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from merchants.rules import figures

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("points", "signed", "written"),
    [
        (0, False, "0"),
        (12480, False, "12,480"),
        (-64, False, "\u221264"),
        (192, True, "+192"),
        (0, True, "0"),
        (-1200, True, "\u22121,200"),
    ],
)
def test_points_are_grouped_and_signed_with_a_real_minus(points: int, signed: bool, written: str) -> None:
    assert figures.format_points(points, language="zh-hans", signed=signed) == written


@pytest.mark.parametrize(
    ("amount_minor", "currency", "language", "written"),
    [
        (12800, "CNY", "zh-hans", "¥128.00"),
        (12800, "CNY", "en", "¥128.00"),
        (-1280, "CNY", "zh-hans", "\u2212¥12.80"),
        (128412345, "CNY", "zh-hans", "¥1,284,123.45"),
        (89900, "USD", "en", "$899.00"),
        (89900, "EUR", "en", "€899.00"),
        (980, "JPY", "en", "¥980"),
        (1234, "KWD", "en", "KWD 1.234"),
    ],
)
def test_money_knows_each_currencys_minor_units(amount_minor: int, currency: str, language: str, written: str) -> None:
    assert figures.format_money(amount_minor, currency, language=language) == written


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        (871, "871", "871"),
        (9_999, "9,999", "9,999"),
        (10_000, "1万", "10K"),
        (124_312, "12.4万", "124.3K"),
        (98_210_432, "9,821万", "98.2M"),
        (123_456_789, "1.2亿", "123.5M"),
        (-124_312, "\u221212.4万", "\u2212124.3K"),
    ],
)
def test_cards_count_in_the_units_people_count_in(value: int, chinese: str, english: str) -> None:
    assert figures.format_compact(value, language="zh-hans") == chinese
    assert figures.format_compact(value, language="en") == english


def test_compact_money_keeps_its_symbol() -> None:
    assert figures.format_compact_money(128_400_000, "CNY", language="zh-hans") == "¥128.4万"
    assert figures.format_compact_money(-128_400_000, "USD", language="en") == "\u2212$1.3M"


def test_ratios_become_percentages() -> None:
    assert figures.format_ratio(Decimal("0.0634"), language="zh-hans") == "6.3%"
    assert figures.format_ratio(-0.12, language="en", digits=0) == "\u221212%"


def test_a_moment_is_told_on_the_shops_clock() -> None:
    moment = datetime(2026, 11, 22, 1, 5, tzinfo=UTC)

    assert figures.format_moment(moment, tz=ZoneInfo("Asia/Shanghai")) == "2026-11-22 09:05"
    assert figures.format_moment(moment, tz=ZoneInfo("America/New_York")) == "2026-11-21 20:05"


@pytest.mark.parametrize(
    ("passed", "chinese", "english"),
    [
        (timedelta(seconds=20), "", ""),
        (timedelta(minutes=5), "5分钟前", "5 minutes ago"),
        (timedelta(days=3, hours=2), "3天前", "3 days ago"),
        (timedelta(hours=-2), "2小时后", "in 2 hours"),
    ],
)
def test_feeds_tell_how_long_ago(passed: timedelta, chinese: str, english: str) -> None:
    assert figures.format_ago(NOON - passed, now=NOON, language="zh-hans") == chinese
    assert figures.format_ago(NOON - passed, now=NOON, language="en") == english


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("+8613812348000", "138****8000"),
        ("13812348000", "138****8000"),
        ("+393331234567", "+393*******67"),
        ("12345", "*****"),
    ],
)
def test_phones_show_too_little_to_call(phone: str, masked: str) -> None:
    assert figures.mask_phone(phone) == masked


def test_emails_and_names_show_their_first_letters() -> None:
    assert figures.mask_email("carla@example.com") == "c***@example.com"
    assert figures.mask_email("broken") == "b***"
    assert figures.mask_name("张晓敏") == "张**"
    assert figures.mask_name("Carla Rossi") == "C*** R***"
