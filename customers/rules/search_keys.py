"""What a customer can be found by, and what a typed text asks for.

Stored beside the customer: the name, its pinyin in one word ("zhangxiaoming"), its initials ("zxm"), and `words`, a
text in which every place that a search may begin at starts a word:

    王小明, ming.w@example.com  →  "小明 明 xiaoming ming xm ming.w w"

Beginnings of a whole name, pinyin, initials, e-mail or number, and endings of a phone number, are plain index ranges:
they stay fast however common the surname. `words` is for the rest, and only asked for when those found too few. A
search in it anchors at the beginning of a word: a name of two characters has no three letters to look up otherwise.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum

from pypinyin import lazy_pinyin

# Surnames that are read differently than the same character elsewhere.
_SURNAMES = {
    "曾": "zeng", "单": "shan", "仇": "qiu", "解": "xie", "查": "zha", "任": "ren", "朴": "piao", "盖": "ge",
    "区": "ou", "乐": "yue", "尉迟": "yuchi", "万俟": "moqi", "长孙": "zhangsun", "翟": "zhai", "缪": "miao",
    "覃": "qin", "宁": "ning", "逄": "pang", "繁": "po", "秘": "bi", "员": "yun", "冼": "xian", "种": "chong",
    "黑": "he", "折": "she", "召": "shao", "薄": "bo", "柏": "bai", "卜": "bu", "重": "chong", "晁": "chao",
    "车": "che", "郇": "xun", "教": "jiao",
}  # fmt: skip
_HAN = re.compile(r"[㐀-䶿一-鿿豈-﫿\U00020000-\U0003ffff]")
_SPLIT = re.compile(r"[\s,;/|()\[\]<>\"]+")
_EMAIL_WORDS = re.compile(r"[._+-]")


@dataclass(frozen=True, slots=True)
class SearchKeys:
    pinyin: str
    initials: str
    words: str


class Kind(Enum):
    NOTHING = "nothing"
    EMAIL = "email"
    DIGITS = "digits"
    HAN = "han"
    LETTERS = "letters"


@dataclass(frozen=True, slots=True)
class SearchTerm:
    """What was typed, folded: `text` as words are stored, `joined` the same without spaces."""

    kind: Kind
    text: str
    joined: str


def folded(text: str) -> str:
    """NFKC, lower case, single spaces, no accents on Latin letters: "José  " and "jose" are one."""
    text = unicodedata.normalize("NFKC", text).replace("\x00", "").casefold()
    bare = "".join(each for each in unicodedata.normalize("NFD", text) if not unicodedata.combining(each))
    return " ".join(unicodedata.normalize("NFC", bare).split())


def search_keys(name: str, email: str = "") -> SearchKeys:
    """The columns that a name and an e-mail are found by; also what they sort by."""
    name = folded(name)
    syllables = _syllables(name)
    words: list[str] = []
    parts = _SPLIT.split(name)
    for part in parts:
        if _HAN.search(part):
            words.extend(part[start:] for start in range(1, len(part)))
    for start in range(1, len(syllables)):
        words.append("".join(syllables[start:]))
        words.append("".join(each[:1] for each in syllables[start:]))
    words.extend(part for part in parts if part and not _HAN.search(part))
    local = email.partition("@")[0]
    if local:
        words.extend([local, *_EMAIL_WORDS.split(local)[1:]])
    unique = dict.fromkeys(word for word in words if word)
    # The leading space lets the first word be found by its beginning too: LIKE "% ming%".
    return SearchKeys(
        pinyin="".join(syllables)[:400],
        initials="".join(each[:1] for each in syllables)[:120],
        words="".join(f" {word}" for word in unique),
    )


def _syllables(name: str) -> list[str]:
    """ "曾小明" → ["zeng", "xiao", "ming"]; "carla mendes" → ["carla", "mendes"]."""
    found: list[str] = []
    for part in (each for each in _SPLIT.split(name) if each):
        rest = part
        if not found and _HAN.match(part):
            for length in (2, 1):
                reading = _SURNAMES.get(part[:length])
                # A name of one character is a word, not a surname.
                if reading and len(part) > length:
                    found.extend(lazy_pinyin(part[:length]) and _split_reading(reading, length))
                    rest = part[length:]
                    break
        # ü is typed v on every Chinese keyboard, and pypinyin writes it so.
        found.extend(each.strip().lower() for each in lazy_pinyin(rest) if each.strip())
    return found


def _split_reading(reading: str, length: int) -> list[str]:
    halves = {"yuchi": ["yu", "chi"], "moqi": ["mo", "qi"], "zhangsun": ["zhang", "sun"]}
    return halves[reading] if length == 2 else [reading]


def search_term(text: str) -> SearchTerm:
    """What kind of thing a person typed into the search box."""
    text = folded(text)[:100]
    joined = text.replace(" ", "")
    digits = re.sub(r"[\s()+.-]", "", text)
    if not joined:
        kind = Kind.NOTHING
    elif "@" in joined:
        kind = Kind.EMAIL
    elif digits.isdigit():
        kind, joined = Kind.DIGITS, digits
    elif _HAN.search(joined):
        kind = Kind.HAN
    else:
        kind = Kind.LETTERS
    return SearchTerm(kind, text, joined)


def escaped_like(text: str) -> str:
    """The text with LIKE's own signs taken literally."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
