"""The little Markdown that our own documents use, as safe HTML: headings, paragraphs, lists, code, links, emphasis."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

_INLINE = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^(#{1,4}) (.+)$")
_SAFE_ADDRESS = re.compile(r"^(https?://|/|#)")


def to_html(text: str) -> SafeString:
    """Everything is escaped; a link keeps its address only when that is http(s), a path or an anchor."""
    return mark_safe("\n".join(_blocks(text.splitlines())))  # noqa: S308  # every piece below is escaped


def _blocks(lines: list[str]) -> Iterator[str]:
    place = 0
    while place < len(lines):
        line = lines[place]
        if line.startswith("```"):
            end = next((at for at in range(place + 1, len(lines)) if lines[at].startswith("```")), len(lines))
            code = escape("\n".join(lines[place + 1 : end]))
            yield f'<div class="code-block"><pre tabindex="0"><code>{code}</code></pre></div>'
            place = end + 1
        elif heading := _HEADING.match(line):
            level = len(heading[1])
            yield f"<h{level}>{_inline(heading[2])}</h{level}>"
            place += 1
        elif line.startswith(("- ", "* ")):
            end = _end_of(lines, place, lambda one: one.startswith(("- ", "* ", "  ")))
            items = "\n".join(lines[place:end]).replace("\n  ", " ").splitlines()
            yield "<ul>" + "".join(f"<li>{_inline(item[2:])}</li>" for item in items) + "</ul>"
            place = end
        elif line.strip():
            end = _end_of(lines, place, lambda one: bool(one.strip()) and not one.startswith(("```", "#", "- ")))
            yield f"<p>{_inline(' '.join(lines[place:end]))}</p>"
            place = end
        else:
            place += 1


def _end_of(lines: list[str], start: int, belongs: object) -> int:
    assert callable(belongs)
    place = start + 1
    while place < len(lines) and belongs(lines[place]):
        place += 1
    return place


def _inline(text: str) -> str:
    pieces: list[str] = []
    done = 0
    for match in _INLINE.finditer(text):
        pieces.append(escape(text[done : match.start()]))
        code, strong, label, address = match.groups()
        if code is not None:
            pieces.append(f"<code>{escape(code)}</code>")
        elif strong is not None:
            pieces.append(f"<strong>{escape(strong)}</strong>")
        elif _SAFE_ADDRESS.match(address):
            pieces.append(f'<a href="{escape(address)}">{escape(label)}</a>')
        else:
            pieces.append(escape(label))
        done = match.end()
    pieces.append(escape(text[done:]))
    return "".join(pieces)
