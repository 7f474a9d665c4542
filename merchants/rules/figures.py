"""How numbers, money and moments are written for people. Languages are Django's codes: ``zh-hans`` and ``en``.

Money comes as an integer of minor units beside an ISO currency; the exponent (JPY 0, EUR 2, KWD 3) is CLDR's.
"""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.dates import format_timedelta
from babel.numbers import format_decimal, format_percent, get_currency_precision, get_currency_symbol

MINUS = "\u2212"
COMPACT_FROM = 10_000


@lru_cache(maxsize=16)
def locale_for(language: str) -> Locale:
    """The CLDR locale of a Django language code: ``zh-hans`` → zh_Hans_CN, ``en`` → en_US."""
    return Locale.parse("zh_Hans_CN" if language.lower().startswith("zh") else "en_US")


def is_chinese(language: str) -> bool:
    return language.lower().startswith("zh")


def format_points(points: int, *, language: str, signed: bool = False) -> str:
    """``12480`` → ``12,480``; signed: ``+12,480`` or ``−12,480`` (a real minus sign)."""
    text = format_decimal(abs(points), format="#,##0", locale=locale_for(language))
    if points < 0:
        return f"{MINUS}{text}"
    return f"+{text}" if signed and points > 0 else text


def money_amount(amount_minor: int, currency: str) -> Decimal:
    """Minor units → the amount: ``(12800, "CNY")`` → ``Decimal("128.00")``."""
    return Decimal(amount_minor).scaleb(-get_currency_precision(currency))


def format_money(amount_minor: int, currency: str, *, language: str, whole: bool = False) -> str:
    """``(12800, "CNY")`` → ``¥128.00``. `whole` drops the fraction (for axis labels and cards), rounding half up."""
    locale = locale_for(language)
    amount = money_amount(abs(amount_minor), currency)
    digits = 0 if whole else get_currency_precision(currency)
    pattern = f"#,##0.{'0' * digits}" if digits else "#,##0"
    # In English CLDR writes CN¥; a shop's own pages know which yuan they mean.
    symbol = get_currency_symbol(currency, locale=locale).replace("CN¥", "¥")
    gap = " " if symbol[-1].isalpha() else ""  # KWD 1.234, but $1.23
    text = f"{symbol}{gap}{format_decimal(amount, format=pattern, locale=locale)}"
    return f"{MINUS}{text}" if amount_minor < 0 else text


def format_ratio(ratio: Decimal | float, *, language: str, digits: int = 1) -> str:
    """A ratio as a percentage: ``0.0634`` → ``6.3%``."""
    pattern = "#,##0%" if digits == 0 else f"#,##0.{'0' * digits}%"
    return format_percent(ratio, format=pattern, locale=locale_for(language)).replace("-", MINUS)


def _scaled(value: Decimal, steps: tuple[tuple[int, str], ...], language: str) -> str:
    size = abs(value)
    sign = MINUS if value < 0 else ""
    for step, suffix in steps:
        if size >= step:
            short = (size / step).quantize(Decimal("0.1"))
            pattern = "#,##0" if short == short.to_integral() else "#,##0.0"
            return f"{sign}{format_decimal(short, format=pattern, locale=locale_for(language))}{suffix}"
    return sign + format_decimal(size.quantize(Decimal(1)), format="#,##0", locale=locale_for(language))


def format_compact(value: int | Decimal | float, *, language: str) -> str:
    """For cards: ``124,312`` → ``12.4万`` in Chinese, ``124.3K`` in English. Below 10,000 the number stays whole."""
    number = Decimal(str(value))
    if is_chinese(language):
        return _scaled(number, ((10**8, "亿"), (10**4, "万")), language)
    if abs(number) < COMPACT_FROM:
        return _scaled(number, (), language)
    return _scaled(number, ((10**9, "B"), (10**6, "M"), (10**3, "K")), language)


def format_compact_money(amount_minor: int, currency: str, *, language: str) -> str:
    """``(1284000000, "CNY")`` → ``¥1,284万`` in Chinese, ``¥12.8M`` in English."""
    sign = MINUS if amount_minor < 0 else ""
    symbol = format_money(0, currency, language=language, whole=True).rstrip("0")
    amount = money_amount(abs(amount_minor), currency)
    return f"{sign}{symbol}{format_compact(amount, language=language)}"


def format_moment(moment: datetime, *, tz: tzinfo) -> str:
    """``2026-11-22 09:05`` on the shop's or the member's clock."""
    return moment.astimezone(tz).strftime("%Y-%m-%d %H:%M")


def format_ago(moment: datetime, *, now: datetime, language: str) -> str:
    """``3天前``, ``in 2 hours``; within a minute ``刚刚`` / ``just now`` is the caller's word: returns ``""``."""
    passed = now - moment
    if abs(passed) < timedelta(minutes=1):
        return ""
    text = format_timedelta(-passed, add_direction=True, threshold=1, locale=locale_for(language))
    return text.replace(" ", "") if is_chinese(language) else text


def mask_phone(phone: str) -> str:
    """``+8613812348000`` → ``138****8000``; any other number keeps its first three and last two digits at most."""
    digits = "".join(letter for letter in phone if letter.isdigit())
    if phone.startswith("+86") and len(digits) == 13:
        digits = digits[2:]
    if len(digits) == 11 and digits.startswith("1"):
        return f"{digits[:3]}****{digits[-4:]}"
    if len(digits) < 7:
        return "*" * len(digits)
    prefix = "+" if phone.startswith("+") else ""
    return f"{prefix}{digits[:3]}{'*' * (len(digits) - 5)}{digits[-2:]}"


def mask_email(email: str) -> str:
    """``carla@example.com`` → ``c***@example.com``."""
    name, at, domain = email.partition("@")
    return f"{name[:1]}***{at}{domain}" if at else f"{name[:1]}***"


def mask_name(name: str) -> str:
    """``张晓敏`` → ``张**``; ``Carla Rossi`` → ``C*** R***``."""
    if any("\u4e00" <= letter <= "\u9fff" for letter in name):
        return name[:1] + "*" * (len(name) - 1)
    return " ".join(f"{word[:1]}***" for word in name.split())


def format_number(value: int | float | Decimal, *, language: str) -> str:
    """At most two decimals, grouped: ``1234.5`` → ``1,234.5``."""
    return format_decimal(value, format="#,##0.##", locale=locale_for(language)).replace("-", MINUS)
