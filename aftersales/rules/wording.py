"""What people write: HTML made harmless, and its plain text for searching, quoting and mails."""

from __future__ import annotations

import html
import re

import nh3

MOST_CHARACTERS = 20_000
_TAGS = {"p", "br", "b", "strong", "i", "em", "u", "s", "a", "ul", "ol", "li", "blockquote", "code", "pre"}
_ATTRIBUTES = {"a": {"href"}}
_SCHEMES = {"http", "https", "mailto", "tel"}
_BREAKS = re.compile(r"(?i)<br\s*/?>|</(?:p|li|blockquote|pre|ul|ol|div|h[1-6]|tr)>")
_BLANK_LINES = re.compile(r"\n{3,}")
# A tag of ours at the beginning of what an editor sends; plain text that merely holds "<" is escaped instead.
_IS_HTML = re.compile(r"(?i)<(?:p|br|b|strong|i|em|u|s|a|ul|ol|li|blockquote|code|pre|div|span)\b[^<>]*>")


def is_html(written: str) -> bool:
    """Whether somebody wrote tags of simple writing; "a < b" is text."""
    return _IS_HTML.search(written) is not None


def clean_html(written: str) -> str:
    """Harmless HTML of what somebody wrote, as plain text or as HTML.

    Only the tags of simple writing stay; links lead to the web, mail or phone, say nofollow and open elsewhere. Scripts and
    styles go with what they hold.
    """
    written = written.replace("\x00", "").replace("\r\n", "\n").strip()
    if not is_html(written):
        return from_text(written)
    return nh3.clean(
        written,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
        clean_content_tags={"script", "style", "iframe", "object", "svg", "math", "template", "noscript", "title"},
    ).strip()


def from_text(text: str) -> str:
    """Paragraphs and line breaks of plain text, as HTML."""
    paragraphs = [each for each in re.split(r"\n\s*\n", text.strip()) if each.strip()]
    return "".join(f"<p>{html.escape(each.strip(), quote=False).replace(chr(10), '<br>')}</p>" for each in paragraphs)


def text_of(clean: str) -> str:
    """The plain text of harmless HTML."""
    broken = _BREAKS.sub(lambda found: found.group() + "\n", clean)
    text = html.unescape(nh3.clean(broken, tags=set(), attributes={}))
    lines = [line.strip() for line in text.split("\n")]
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()
