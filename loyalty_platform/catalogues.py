"""Message catalogues without gettext's programs: a fresh machine has Python, and that is enough.

Strings are collected from our Python and templates (Django's own `templatize` turns a template into what Babel can read),
merged into `locale/<language>/LC_MESSAGES/django.po` and compiled beside it. Sources are English; Chinese is complete.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polib
from babel.messages.extract import extract_python
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
APPS = ("merchants", "events", "customers", "commerce", "loyalty", "aftersales", "analytics", "loyalty_platform")
_KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}


@dataclass(slots=True)
class Found:
    """One string to translate, and where it stands."""

    singular: str
    plural: str = ""
    context: str | None = None
    places: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def collect() -> dict[tuple[str | None, str], Found]:
    """Every string marked in our sources, by (context, singular)."""
    found: dict[tuple[str | None, str], Found] = {}
    for path, code in _sources():
        for line, function, message, notes in extract_python(
            io.BytesIO(code.encode()), _KEYWORDS, ["Translators:"], {"encoding": "utf-8"}
        ):
            item = _as_found(str(function), message)
            if item is None:
                continue
            kept = found.setdefault((item.context, item.singular), item)
            kept.plural = kept.plural or item.plural
            kept.places.append((path, str(line)))
            kept.notes += [note for note in notes or () if note not in kept.notes]
    return found


def catalogue_path(language: str) -> Path:
    return ROOT / "locale" / language / "LC_MESSAGES" / "django.po"


def merged(language: str) -> polib.POFile:
    """The language's catalogue brought up to date: new strings empty, gone ones dropped, translations kept."""
    path = catalogue_path(language)
    old = {(e.msgctxt, e.msgid): e for e in polib.pofile(str(path))} if path.exists() else {}
    new = polib.POFile(wrapwidth=100)
    new.metadata = {
        "Project-Id-Version": "loyalty-platform",
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=1; plural=0;",
    }
    for key, item in sorted(collect().items(), key=lambda pair: (sorted(pair[1].places)[0][0], pair[0][1])):
        before = old.get(key)
        entry = polib.POEntry(
            msgid=item.singular,
            msgctxt=item.context,
            # Files, not lines: a line's number moves with every edit above it and tells a translator nothing.
            occurrences=[(path, "") for path in sorted({path for path, _line in item.places})],
            comment="\n".join(item.notes),
            flags=["python-format"] if "%(" in item.singular else [],
        )
        if item.plural:
            entry.msgid_plural = item.plural
            entry.msgstr_plural = dict(before.msgstr_plural) if before and before.msgstr_plural else {0: ""}
        else:
            entry.msgstr = before.msgstr if before else ""
        new.append(entry)
    return new


def faults(language: str) -> list[str]:
    """What keeps the stored catalogue from being complete and true: missing, gone, untranslated, placeholders that differ."""
    path = catalogue_path(language)
    if not path.exists():
        return [f"{path.name} for {language} is missing"]
    wanted, stored = collect(), {(e.msgctxt, e.msgid): e for e in polib.pofile(str(path)) if not e.obsolete}
    problems = [
        f"not in the catalogue: {item.singular!r} ({item.places[0][0]})"
        for key, item in wanted.items()
        if key not in stored
    ]
    problems += [f"no longer in the sources: {msgid!r}" for context, msgid in stored.keys() - wanted.keys()]
    for key, entry in stored.items():
        if key not in wanted:
            continue
        translations = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
        if not all(translations) or entry.fuzzy:
            problems.append(f"not translated: {entry.msgid!r}")
        problems += [
            f"placeholders differ: {entry.msgid!r} → {text!r}"
            for text in translations
            if text and not _placeholders(text) <= _placeholders(entry.msgid + entry.msgid_plural)
        ]
    return problems


def compile_all() -> list[Path]:
    """Write the .mo beside each .po; the compiled paths."""
    written = []
    for path in sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po")):
        target = path.with_suffix(".mo")
        polib.pofile(str(path)).save_as_mofile(str(target))
        written.append(target)
    return written


def _sources() -> Iterator[tuple[str, str]]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield str(path.relative_to(ROOT)), path.read_text()
    for path in sorted((ROOT / "templates").rglob("*")):
        if path.suffix in (".html", ".txt", ".xml"):
            # Not indented: what stands between the tags is no Python, and must only not disturb the reader of tokens.
            yield str(path.relative_to(ROOT)), re.sub(r"(?m)^[ \t]+", "", templatize(path.read_text()))


def _as_found(function: str, message: Sequence[str | None] | str) -> Found | None:
    spec = _KEYWORDS[function]
    parts: list[str | None] = [message] if isinstance(message, str) else list(message)
    if not parts or not parts[0]:
        return None
    if spec is None:
        return Found(parts[0])
    has_context = isinstance(spec[0], tuple)
    context = parts[0] if has_context else None
    texts = [part for part in parts[1 if has_context else 0 :] if part]
    if not texts:
        return None
    plural = texts[1] if "n" in function.split("gettext")[0] and len(texts) > 1 else ""
    return Found(texts[0], plural, context)


def _placeholders(text: str) -> set[str]:
    return {part.split(")")[0] for part in text.split("%(")[1:]}
