"""Arithmetic about people: birthdays in two calendars, identities, search keys, masks, fields."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.rules.birthdays import (
    Birthday,
    checked,
    greeted_on,
    lunar_day_of,
    lunar_month_days,
    lunar_words,
    next_occurrence,
    solar_of_lunar,
)
from customers.rules.codes import Allowance, wait_s
from customers.rules.consents import standing, text_version
from customers.rules.custom_fields import FieldSpec, checked_value, checked_values
from customers.rules.faults import Fault
from customers.rules.files import guarded
from customers.rules.identity import luhn_digit, new_number, normal_email, normal_phone, pretty_phone
from customers.rules.labels import tag_slug
from customers.rules.masking import mask_address, mask_email, mask_phone
from customers.rules.search_keys import Kind, escaped_like, search_keys, search_term

TODAY = date(2026, 11, 22)
days = st.dates(min_value=date(1900, 2, 1), max_value=date(2099, 12, 31))


def fault_of(birthday: Birthday) -> str:
    with pytest.raises(Fault) as refused:
        checked(birthday, today=TODAY)
    return refused.value.code


# Birthdays


def test_the_29th_of_february_is_greeted_on_the_28th_in_common_years() -> None:
    leapling = Birthday(2, 29, 1992)
    assert next_occurrence(leapling, on_or_after=date(2027, 1, 1)) == date(2027, 2, 28)
    assert next_occurrence(leapling, on_or_after=date(2028, 1, 1)) == date(2028, 2, 29)
    assert next_occurrence(leapling, on_or_after=date(2027, 3, 1)) == date(2028, 2, 29)


def test_the_30th_of_a_lunar_month_is_greeted_on_the_29th_when_the_month_is_short() -> None:
    # The 12th month of lunar 2025 has 29 days: the 29th is New Year's Eve, 2026-02-16.
    new_year_s_eve = Birthday(12, 30, is_lunar=True)
    assert lunar_month_days(2025, 12) == 29
    assert next_occurrence(new_year_s_eve, on_or_after=date(2026, 1, 1)) == date(2026, 2, 16)


def test_a_leap_month_birthday_is_greeted_in_the_leap_month_when_there_is_one() -> None:
    born = Birthday(2, 10, 2004, is_lunar=True, is_leap_month=True)
    assert next_occurrence(born, on_or_after=date(2023, 2, 1)) == solar_of_lunar(2023, 2, 10, is_leap_month=True)
    assert next_occurrence(born, on_or_after=date(2024, 1, 1)) == solar_of_lunar(2024, 2, 10)


@given(days, st.integers(1, 12), st.integers(1, 30), st.booleans())
def test_every_lunar_birthday_comes_within_fourteen_months(today: date, month: int, day: int, leap: bool) -> None:
    found = next_occurrence(Birthday(month, day, is_lunar=True, is_leap_month=leap), on_or_after=today)
    assert timedelta(0) <= found - today <= timedelta(days=30 * 14)


@given(days, st.dates(date(2000, 1, 1), date(2000, 12, 31)))
def test_every_solar_birthday_comes_within_a_year(today: date, born: date) -> None:
    found = next_occurrence(Birthday(born.month, born.day), on_or_after=today)
    assert timedelta(0) <= found - today <= timedelta(days=366)


@given(days, st.booleans())
def test_who_is_greeted_today_and_when_one_is_greeted_next_agree(today: date, lunar: bool) -> None:
    greeted = [each for each in greeted_on(today) if each.is_lunar == lunar]
    for each in greeted:
        assert next_occurrence(each, on_or_after=today) == today
    if lunar:
        now = lunar_day_of(today)
        born_today = Birthday(now.month, now.day, is_lunar=True, is_leap_month=now.is_leap_month)
        assert born_today in greeted
    else:
        assert Birthday(today.month, today.day) in greeted


@given(st.integers(1, 12), st.integers(1, 30), st.booleans(), st.integers(2000, 2060))
def test_everybody_is_greeted_once_in_each_year_of_their_calendar(month: int, day: int, leap: bool, year: int) -> None:
    born = Birthday(month, day, is_lunar=True, is_leap_month=leap)
    first, last = solar_of_lunar(year, 1, 1), solar_of_lunar(year + 1, 1, 1) - timedelta(days=1)
    greetings, day_after = 0, first
    while (found := next_occurrence(born, on_or_after=day_after)) <= last:
        greetings, day_after = greetings + 1, found + timedelta(days=1)
    assert greetings == 1


def test_days_that_are_not_are_refused() -> None:
    assert fault_of(Birthday(2, 30)) == "birthday_no_such_day"
    assert fault_of(Birthday(2, 29, 2023)) == "birthday_no_such_day"
    assert fault_of(Birthday(13, 1)) == "birthday_no_such_day"
    assert fault_of(Birthday(4, 1, 2021, is_lunar=True, is_leap_month=True)) == "birthday_no_such_leap_month"
    assert fault_of(Birthday(12, 30, 2025, is_lunar=True)) == "birthday_no_such_day"
    assert fault_of(Birthday(3, 3, is_leap_month=True)) == "birthday_no_such_leap_month"
    assert fault_of(Birthday(11, 23, 2026)) == "birthday_in_future"
    assert fault_of(Birthday(12, 1, 2026, is_lunar=True)) == "birthday_in_future"
    assert fault_of(Birthday(1, 1, 1860)) == "birthday_too_long_ago"
    assert fault_of(Birthday(1, 1, 1, is_lunar=True)) == "birthday_too_long_ago"


def test_days_that_are_are_kept() -> None:
    for born in (
        Birthday(2, 29),
        Birthday(11, 22, 2026),
        Birthday(12, 30, is_lunar=True),
        Birthday(2, 29, 2023, is_lunar=True, is_leap_month=True),
    ):
        assert checked(born, today=TODAY) is born


@given(days)
def test_the_calendars_agree_there_and_back(day: date) -> None:
    lunar = lunar_day_of(day)
    assert solar_of_lunar(lunar.year, lunar.month, lunar.day, is_leap_month=lunar.is_leap_month) == day


def test_lunar_days_are_said_as_people_say_them() -> None:
    said = {
        (1, 1, False): "正月初一", (12, 30, False): "腊月三十", (8, 15, False): "八月十五", (4, 10, True): "闰四月初十",
        (11, 20, False): "冬月二十", (5, 21, False): "五月廿一",
    }  # fmt: skip
    for (month, day, leap), words in said.items():
        assert lunar_words(Birthday(month, day, is_lunar=True, is_leap_month=leap)) == words


# Identity


@pytest.mark.parametrize(
    "typed", ["13800138000", "138 0013 8000", "+86 138-0013-8000", "008613800138000", "１３８００１３８０００"]
)
def test_one_phone_has_one_form(typed: str) -> None:
    assert normal_phone(typed, country="CN") == "+8613800138000"


def test_a_foreign_phone_keeps_its_country() -> None:
    assert normal_phone("+1 (212) 555-2368", country="CN") == "+12125552368"
    assert normal_phone("(212) 555-2368", country="US") == "+12125552368"
    assert pretty_phone("+8613800138000", country="CN") == "138 0013 8000"


@pytest.mark.parametrize("typed", ["1", "abc", "+86 123", "138001380001380"])
def test_what_is_no_phone_is_refused(typed: str) -> None:
    with pytest.raises(Fault, match="phone_invalid"):
        normal_phone(typed, country="CN")


@given(st.text(max_size=40))
def test_a_phone_is_refused_or_settles_at_once(typed: str) -> None:
    try:
        once = normal_phone(typed, country="CN")
    except Fault:
        return
    assert normal_phone(once, country="US") == once


@given(st.emails())
def test_an_e_mail_settles_at_once(typed: str) -> None:
    try:
        once = normal_email(typed)
    except Fault:
        return
    assert normal_email(once) == once == once.lower()


@pytest.mark.parametrize(
    "typed", ["a", "a@b", "@b.cn", "a b@c.de", "a@b..de", ".a@b.de", "a@-b.de", "x" * 65 + "@b.de"]
)
def test_what_is_no_e_mail_is_refused(typed: str) -> None:
    with pytest.raises(Fault, match="email_invalid"):
        normal_email(typed)


def test_numbers_carry_a_check_digit_that_notices_a_slip() -> None:
    assert luhn_digit("7992739871") == "3"
    number = new_number()
    assert len(number) == 10
    assert luhn_digit(number[:-1]) == number[-1]
    slipped = number[:4] + str((int(number[4]) + 1) % 10) + number[5:]
    assert luhn_digit(slipped[:-1]) != slipped[-1]


# Searching


def test_names_are_found_by_pinyin_initials_and_given_name() -> None:
    keys = search_keys("王小明", "ming.w@example.com")
    assert (keys.pinyin, keys.initials) == ("wangxiaoming", "wxm")
    for word in (" 小明", " 明", " xiaoming", " xm", " ming.w", " w"):
        assert word in keys.words


@pytest.mark.parametrize(
    ("name", "pinyin"),
    [
        ("曾小明", "zengxiaoming"),
        ("单雄信", "shanxiongxin"),
        ("尉迟恭", "yuchigong"),
        ("吕布", "lvbu"),
        ("José Ángel", "joseangel"),
    ],
)
def test_surnames_are_read_as_surnames(name: str, pinyin: str) -> None:
    assert search_keys(name).pinyin == pinyin


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_name_has_keys_that_fit_their_columns(name: str, email: str) -> None:
    keys = search_keys(name[:120], email)
    assert len(keys.pinyin) <= 400
    assert len(keys.initials) <= 120


def test_a_search_is_taken_for_what_it_looks_like() -> None:
    kinds = {
        "张三": Kind.HAN, "zhang san": Kind.LETTERS, "138 0000": Kind.DIGITS, "+86-138": Kind.DIGITS, "a@b": Kind.EMAIL,
        "  ": Kind.NOTHING, "VIP001": Kind.LETTERS,
    }  # fmt: skip
    assert {text: search_term(text).kind for text in kinds} == kinds


def test_signs_of_patterns_mean_themselves() -> None:
    assert escaped_like(r"50%_\x") == r"50\%\_\\x"


# Masks, fields, consents, codes


def test_masks_leave_enough_to_recognise_and_too_little_to_use() -> None:
    assert mask_phone("+8613800138000") == "138****8000"
    assert mask_phone("+12125552368") == "+1 212****2368"
    assert mask_phone("") == ""
    assert mask_email("carla@example.com") == "c***a@example.com"
    assert mask_email("ab@x.cn") == "a***@x.cn"
    assert mask_address("朝阳区建国路1号") == "朝阳区***"


@given(st.integers(10_000, 10**14))
def test_a_mask_never_shows_the_whole_number(digits: int) -> None:
    assert str(digits) not in mask_phone(f"+{digits}").replace(" ", "")


def test_fields_take_their_kind_and_nothing_else() -> None:
    number, day = FieldSpec("n", "number"), FieldSpec("d", "date")
    assert checked_value(number, "3.50") == 3.5
    assert checked_value(number, 4.0) == 4
    assert checked_value(day, date(2026, 1, 2)) == "2026-01-02"
    assert checked_value(FieldSpec("b", "boolean"), "是") is True
    assert checked_value(FieldSpec("t", "text"), " x ") == "x"
    for spec, value, code in (
        (number, "x", "not_a_number"), (number, True, "not_a_number"), (number, float("nan"), "not_a_number"),
        (day, "1.2.2026", "not_a_date"), (FieldSpec("b", "boolean"), "maybe", "not_yes_or_no"),
        (FieldSpec("c", "choice", ("a",)), "b", "not_a_choice"), (FieldSpec("t", "text"), 3, "not_text"),
        (FieldSpec("t", "text", is_required=True), "", "required"), (FieldSpec("t", "text"), "x" * 501, "too_long"),
    ):  # fmt: skip
        with pytest.raises(Fault, match=code):
            checked_value(spec, value)


def test_a_new_customer_needs_the_required_fields_and_a_change_does_not() -> None:
    specs = [FieldSpec("tea", "text", is_required=True)]
    assert list(checked_values(specs, {}, whole=True)[1]) == ["tea"]
    assert checked_values(specs, {}, whole=False) == ({}, {})


def test_the_last_word_on_consent_holds() -> None:
    said = [("offers", "sms", "given"), ("offers", "email", "given"), ("offers", "sms", "withdrawn")]
    assert standing(said) == {("offers", "sms"): False, ("offers", "email"): True}
    assert text_version("a") != text_version("b")
    assert text_version("  ") == ""


def test_room_for_one_more_code_comes_when_the_oldest_leaves() -> None:
    now = datetime(2026, 1, 1, 12, tzinfo=UTC)
    hour = Allowance(2, timedelta(hours=1))
    assert wait_s([], hour, now) == 0
    assert wait_s([now - timedelta(minutes=5)], hour, now) == 0
    assert wait_s([now - timedelta(minutes=5), now - timedelta(minutes=50)], hour, now) == 600


@pytest.mark.parametrize("cell", ["=1+1", "+86", "-2", "@x", "\tx"])
def test_cells_are_kept_from_running(cell: str) -> None:
    assert guarded(cell) == f"'{cell}"
    assert guarded("x=1") == "x=1"


def test_tags_of_one_word_are_one() -> None:
    assert tag_slug(" ＶＩＰ ") == tag_slug("vip") == "vip"
