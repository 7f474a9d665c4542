"""Names of tags, folded so that one word is one tag."""

from __future__ import annotations

import unicodedata

TAG_LENGTH = 40


def tag_name(text: str) -> str:
    """As shown: full-width letters and runs of spaces made plain."""
    return " ".join(unicodedata.normalize("NFKC", text).replace("\x00", "").split())


def tag_slug(text: str) -> str:
    """As compared: "VIP", "vip " and "ＶＩＰ" are one."""
    return tag_name(text).casefold()
