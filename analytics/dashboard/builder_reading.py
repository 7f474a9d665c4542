"""From the editor's fields to a segment's tree and back. Both ways keep what is not finished: that is what an editor is for.

A node's fields are named by its place: "t" is the root, "t.0.2" the third part of its first part. What a person says with
"not" is a mark on the node; in the tree it is a node around it. Every tree is edited as a group, even one condition alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import QueryDict

from analytics.dashboard.builder_fields import Asked, Kind

GROUPS = ("all", "any")
MOST_PARTS = 60
_PLACE = re.compile(r"^t(\.\d{1,2}){0,7}$")
_TRUTHS = {"true": True, "false": False}
Document = dict[str, Any]


def fresh_group() -> Document:
    return {"kind": "all", "of": [fresh_condition()]}


def fresh_condition() -> Document:
    return {"kind": "orders", "measure": "count", "at_least": 1, "window": {"last_days": 90}}


def as_group(document: Document) -> Document:
    return document if bare_node(document)[0].get("kind") in GROUPS else {"kind": "all", "of": [document]}


def read_editor(posted: QueryDict, kinds: Mapping[str, Kind], *, digits: int) -> Document:
    """The tree as the fields say it. `digits`: of the currency's minor unit. A field that was left empty is left out."""
    return _read(posted, kinds, "t", digits)


def _read(posted: QueryDict, kinds: Mapping[str, Kind], place: str, digits: int) -> Document:
    code = posted.get(f"{place}:kind", "")
    if code in GROUPS:
        parts = []
        for n in range(MOST_PARTS):
            if f"{place}.{n}:kind" not in posted or place.count(".") > 6:
                break
            parts.append(_read(posted, kinds, f"{place}.{n}", digits))
        node: Document = {"kind": code, "of": parts}
    elif code in kinds:
        node = {"kind": code}
        for asked in kinds[code].asked:
            _put(node, asked.name, _value(posted, f"{place}:{asked.name}", asked, node, digits))
    else:
        node = fresh_condition()
    return {"kind": "not", "of": node} if posted.get(f"{place}:not") else node


def _value(posted: QueryDict, name: str, asked: Asked, node: Document, digits: int) -> Any:
    text = posted.get(name, "").strip()
    if asked.widget == "many":
        chosen = [each for each in posted.getlist(name) if each]
        return [int(each) if each.isdigit() and asked.name in _WHOLE else each for each in chosen] or None
    if asked.widget == "words":
        return [each.strip() for each in re.split(r"[,，;；\n]", text) if each.strip()] or None
    if asked.widget == "check":
        return True if text else None
    if asked.widget == "money" or _is_amount(node, asked):
        return _minor(text, digits)
    if asked.widget == "number" or (asked.widget == "text" and re.fullmatch(r"-?\d{1,15}", text)):
        return int(text) if re.fullmatch(r"-?\d{1,15}", text) else (text or None)
    if asked.widget == "text" and re.fullmatch(r"-?\d{1,15}\.\d{1,6}", text):
        return float(text)
    if asked.widget == "select" and text in _TRUTHS:
        return _TRUTHS[text]
    return int(text) if asked.name == "horizon_days" and text.isdigit() else (text or None)


_WHOLE = ("recency", "frequency", "monetary", "months")


def _is_amount(node: Document, asked: Asked) -> bool:
    """Bounds of a measure of money are typed in whole units."""
    return asked.name in ("at_least", "at_most") and str(node.get("measure", "")).endswith("_minor")


def _minor(text: str, digits: int) -> int | str | None:
    try:
        return int(Decimal(text).scaleb(digits)) if text else None
    except (InvalidOperation, ValueError, OverflowError):
        return text


def _put(node: Document, name: str, value: Any) -> None:
    if value is None:
        return
    if name.startswith("window."):
        node.setdefault("window", {})[name.removeprefix("window.")] = value
    else:
        node[name] = value


def shown_value(node: Document, asked: Asked, *, digits: int) -> Any:
    """What the control of `asked` holds: text, or a list of texts for several choices."""
    value = node.get(asked.name)
    if asked.name.startswith("window."):
        value = (node.get("window") or {}).get(asked.name.removeprefix("window."))
    if asked.widget == "many":
        return [str(each) for each in value or ()]
    if asked.widget == "words":
        return ", ".join(str(each) for each in value or ())
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if (asked.widget == "money" or _is_amount(node, asked)) and isinstance(value, int):
        return f"{Decimal(value).scaleb(-digits):f}"
    return str(value)


def changed_tree(document: Document, step: str) -> Document:
    """The tree after "add:<place>", "group:<place>" or "remove:<place>"; as it is after anything else."""
    verb, _colon, place = step.partition(":")
    if verb not in ("add", "group", "remove") or not _PLACE.match(place):
        return document
    path = [int(part) for part in place.split(".")[1:]]
    if verb == "remove":
        if not path:
            return document
        parts = _parts_at(document, path[:-1])
        if parts is not None and path[-1] < len(parts):
            parts.pop(path[-1])
    else:
        parts = _parts_at(document, path)
        if parts is not None:
            parts.append(fresh_condition() if verb == "add" else {"kind": "any", "of": [fresh_condition()]})
    return document


def _parts_at(document: Document, path: list[int]) -> list[Any] | None:
    node = bare_node(document)[0]
    for place in path:
        parts = node.get("of")
        if not isinstance(parts, list) or place >= len(parts):
            return None
        node = bare_node(parts[place])[0]
    return node["of"] if node.get("kind") in GROUPS else None


def bare_node(document: Document) -> tuple[Document, bool]:
    """The node without the "not" around it, and whether there was (an odd number of) one."""
    is_negated = False
    while document.get("kind") == "not" and isinstance(document.get("of"), dict):
        document, is_negated = document["of"], not is_negated
    return document, is_negated


def pointer_places(document: Document, place: str = "t", pointer: str = "/tree") -> dict[str, str]:
    """{JSON pointer: place} of every node, so that a fault is shown where it was made."""
    node, pointers = document, [pointer]
    while node.get("kind") == "not" and isinstance(node.get("of"), dict):
        node = node["of"]
        pointers.append(f"{pointers[-1]}/of")
    found = dict.fromkeys(pointers, place)
    if node.get("kind") in GROUPS:
        for n, part in enumerate(node.get("of") or ()):
            found |= pointer_places(part, f"{place}.{n}", f"{pointers[-1]}/of/{n}")
    return found
