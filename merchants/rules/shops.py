"""What may be a shop's address, time zone and currency."""

from __future__ import annotations

import functools
import re
import zoneinfo

from babel.core import get_global
from babel.numbers import get_territory_currencies

_ADDRESS = re.compile(r"^[a-z0-9](?:[a-z0-9-]{1,38}[a-z0-9])$")
# Words that stand where a shop's address could, now or later.
_RESERVED = frozenset({"account", "admin", "api", "dashboard", "developers", "health", "m", "metrics", "new", "static"})
SANDBOX_SUFFIX = "-test"


def is_address(slug: str) -> bool:
    """3 to 40 of a–z, 0–9 and inner hyphens, and no word of ours."""
    return _ADDRESS.fullmatch(slug) is not None and slug not in _RESERVED


def sandbox_address(slug: str) -> str:
    """Where a shop's test twin lives: `aroma` → `aroma-test`, cut to fit."""
    return slug[: 40 - len(SANDBOX_SUFFIX)].rstrip("-") + SANDBOX_SUFFIX


@functools.cache
def time_zones() -> tuple[str, ...]:
    """IANA names of places (`Asia/Shanghai`) and UTC, sorted; the database's aliases and offsets are left out."""
    places = (name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc/"))
    return (*sorted(places), "UTC")


@functools.cache
def currencies() -> frozenset[str]:
    """ISO 4217 codes of money that is legal tender somewhere today."""
    territories = get_global("territory_currencies")
    return frozenset(code for territory in territories for code in get_territory_currencies(territory))
