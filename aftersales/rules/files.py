"""What a file is by its bytes, whatever its name says; and what it hides.

Only a few kinds are taken. A file must begin and end like its kind, its name must agree, and it must not be a second kind
too: a picture with a script, an archive or a page behind it is how a browser or a colleague is tricked.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from dataclasses import dataclass

MOST_BYTES = 10 * 1024 * 1024
MOST_FILES = 6  # on one message
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ENDINGS: dict[str, frozenset[str]] = {
    "image/jpeg": frozenset({"jpg", "jpeg"}),
    "image/png": frozenset({"png"}),
    "image/webp": frozenset({"webp"}),
    "image/gif": frozenset({"gif"}),
    "image/heic": frozenset({"heic", "heif"}),
    "application/pdf": frozenset({"pdf"}),
    "video/mp4": frozenset({"mp4", "m4v", "mov"}),
    "text/plain": frozenset({"txt", "log"}),
    "text/csv": frozenset({"csv"}),
    _SHEET: frozenset({"xlsx"}),
    _WORD: frozenset({"docx"}),
}
"""The kinds that are taken, with the endings that their names may have."""
PICTURES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
"""What a browser may show in place; everything else is downloaded."""

_HEIC = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"hevm", b"mif1", b"msf1")
_MP4 = (
    b"isom",
    b"iso2",
    b"iso4",
    b"iso5",
    b"iso6",
    b"mp41",
    b"mp42",
    b"avc1",
    b"M4V ",
    b"MSNV",
    b"dash",
    b"qt  ",
    b"3gp4",
    b"3gp5",
)
# Beginnings that a browser or a reader acts on. Long enough not to occur in compressed bytes by accident.
_ACTIVE = re.compile(
    rb"(?i)<script[\s>/]|<!doctype\s+html|<html[\s>]|<\?php\s|<svg[\s>]|<iframe[\s>]|javascript:|#!/bin/|#!/usr/bin/"
)
_ZIP_END = b"PK\x05\x06"
_ZIP_ENTRY = b"PK\x01\x02"
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
_MOST_UNPACKED = 200 * 1024 * 1024


class FileFault(ValueError):
    """`code`: empty, too_large, type, mixed or name."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Sniffed:
    name: str
    content_type: str


def examine(name: str, content: bytes) -> Sniffed:
    """A clean name and the true kind of a file; FileFault where it is refused."""
    plain = plain_name(name)
    if not content:
        raise FileFault("empty")
    if len(content) > MOST_BYTES:
        raise FileFault("too_large")
    kind = kind_of(content)
    ending = plain.rpartition(".")[2].lower() if "." in plain else ""
    if kind == "text/plain" and ending == "csv":
        kind = "text/csv"
    if kind is None:
        raise FileFault("type")
    if ending not in ENDINGS[kind]:
        raise FileFault("mixed" if any(ending in each for each in ENDINGS.values()) else "type")
    if _hides(kind, content):
        raise FileFault("mixed")
    return Sniffed(plain, kind)


def plain_name(name: str) -> str:
    """The name without anything that could lead elsewhere; FileFault("name") for one that tries."""
    text = unicodedata.normalize("NFC", name).strip()
    if not text or text.startswith(".") or len(text) > 120 or "/" in text or "\\" in text or ".." in text:
        raise FileFault("name")
    # Control characters, and those that turn the reading direction so that "gpj.exe" reads "exe.jpg".
    if any(unicodedata.category(each) in ("Cc", "Cf", "Cs", "Co") for each in text) or _DEVICES.fullmatch(text):
        raise FileFault("name")
    return text


def kind_of(content: bytes) -> str | None:
    """The media type that the bytes are, None for one that is not taken."""
    head = content[:32]
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "image/gif"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        return "image/heic" if head[8:12] in _HEIC else "video/mp4" if head[8:12] in _MP4 else None
    if head.startswith(b"%PDF-1.") or head.startswith(b"%PDF-2."):
        return "application/pdf"
    if head.startswith(b"PK\x03\x04"):
        return _office(content)
    return "text/plain" if _is_text(content) else None


def _office(content: bytes) -> str | None:
    """A Word or Excel document without macros, and nothing that unpacks to more than anybody means."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return None
    names = {each.filename for each in parts}
    if len(parts) > 5000 or sum(each.file_size for each in parts) > _MOST_UNPACKED:
        return None
    if any(name.lower().endswith((".bin", ".exe", ".js", ".vbs")) and "vba" in name.lower() for name in names):
        return None
    if "[Content_Types].xml" not in names:
        return None
    return _WORD if "word/document.xml" in names else _SHEET if "xl/workbook.xml" in names else None


def _is_text(content: bytes) -> bool:
    if b"\x00" in content:
        return False
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:  # what Excel writes in China
            text = content.decode("gb18030")
        except UnicodeDecodeError:
            return False
    return all(each.isprintable() or each in "\t\r\n\x0c" or each == "\u3000" or not each.isascii() for each in text)


def _hides(kind: str, content: bytes) -> bool:
    """Whether the file is something else besides."""
    if kind in ("text/plain", "text/csv"):
        return _ACTIVE.search(content) is not None
    if kind in (_WORD, _SHEET):
        # An archive is read from its end: nothing may follow it.
        end = content.rfind(_ZIP_END)
        return end < 0 or end + 22 + int.from_bytes(content[end + 20 : end + 22], "little") != len(content)
    if _ZIP_END in content and _ZIP_ENTRY in content:
        return True
    if kind.startswith("image/"):
        if b"%PDF-" in content[:1024] or not _ends_like(kind, content):
            return True
        return _ACTIVE.search(content) is not None
    if kind == "application/pdf":
        return b"%%EOF" not in content[-1024:] or _ACTIVE.search(content[:1024]) is not None
    return _ACTIVE.search(content[:4096]) is not None or _ACTIVE.search(content[-4096:]) is not None


def _ends_like(kind: str, content: bytes) -> bool:
    """Whether a picture ends where its kind ends; some cameras pad with zeros."""
    body = content.rstrip(b"\x00")
    if kind == "image/jpeg":
        # Phones write a few words, or the short film around the picture, behind it.
        from_phone = body.endswith(b"SEFT") or any(mark in content[:65536] for mark in (b"MotionPhoto", b"MicroVideo"))
        return b"\xff\xd9" in body[-64:] or (from_phone and b"\xff\xd9" in body)
    if kind == "image/png":
        return content.endswith(b"IEND\xaeB`\x82")
    if kind == "image/gif":
        return body.endswith(b";")
    if kind == "image/webp":
        size = int.from_bytes(content[4:8], "little") + 8
        return len(content) - 1 <= size <= len(content) + 1
    return True
