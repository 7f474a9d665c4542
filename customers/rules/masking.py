"""Personal data as it is shown unless somebody asks to see it, which is recorded."""

from __future__ import annotations

import re

_COUNTRY_CODE_OF_TWO_DIGITS = re.compile(r"^\+(86|8[1245]|6[0-6]|9[0-58]|[345]\d|2[07])")


def mask_phone(phone: str) -> str:
    """ "+8613800138000" → "138****8000"; numbers of other countries keep their code: "+49 151****4567"."""
    if not phone:
        return ""
    prefix, digits = "", phone.lstrip("+")
    if phone.startswith("+86"):
        digits = phone[3:]
    elif phone.startswith("+1"):
        prefix, digits = "+1 ", phone[2:]
    elif match := _COUNTRY_CODE_OF_TWO_DIGITS.match(phone):
        prefix, digits = f"{match.group()} ", phone[match.end() :]
    elif phone.startswith("+"):
        prefix, digits = f"{phone[:4]} ", phone[4:]
    if len(digits) <= 6:
        return f"{prefix}****{digits[-2:]}"
    head = 3 if len(digits) >= 9 else 1
    return f"{prefix}{digits[:head]}****{digits[-4:]}"


def mask_email(email: str) -> str:
    """ "carla@example.com" → "c***a@example.com"."""
    local, at, domain = email.partition("@")
    if not at:
        return ""
    shown = local[0] + "***" + (local[-1] if len(local) > 2 else "")
    return f"{shown}@{domain}"


def mask_address(address: str) -> str:
    """The first characters, enough to recognise a quarter: "朝阳区***"."""
    return f"{address[:3]}***" if address else ""
