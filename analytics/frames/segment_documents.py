"""Trees of segments at the doors: JSON in, every fault with its pointer; JSON out; the schema for those who write them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from analytics.rules.segment_tree import TREE, as_json, of_json
from merchants.errors import InvalidValue, InvalidValues
from merchants.frames.validation import invalid_values

# Faults that the tree's own rules find, by pydantic's type; the rest is worded by merchants.frames.validation.
_OURS: dict[str, str | Promise] = {
    "window_empty": _("This stretch of time is empty."),
    "bounds_crossed": _("The upper bound lies below the lower one."),
    "bounds_missing": _("Give a lower bound, an upper bound or both."),
    "bounds_mixed": _("Both bounds must be dates, or both numbers."),
    "one_question": _("Ask exactly one thing: for values, for bounds, or whether it is known."),
    "only_is_known": _("Of this field only can be asked whether it is known."),
    "nothing_bought": _("Name products, categories or brands."),
    "n_missing": _("The nth purchase needs its number, and no other does."),
    "no_scores": _("Name groups or scores."),
    "union_tag_invalid": _("There is no condition of this kind."),
    "union_tag_not_found": _("Every condition says its kind."),
    "recursion_loop": _("This is nested too deeply."),
}


def read_tree(document: object, *, field: str = "tree") -> Any:
    """The tree of a document from outside. Raises InvalidValues: `/tree/of/0/at_least` and so on, each fault once."""
    try:
        return of_json(document)
    except ValidationError as failure:
        raise _faults(failure, document, field) from failure
    except RecursionError as failure:
        raise InvalidValues([InvalidValue(field, _OURS["recursion_loop"], code="recursion_loop")]) from failure


def write_tree(node: Any) -> dict[str, Any]:
    return as_json(node)


def tree_schema() -> dict[str, Any]:
    """JSON Schema of a tree, every kind of condition included."""
    return TREE.json_schema()


def _faults(failure: ValidationError, document: object, field: str) -> InvalidValues:
    errors = failure.errors(include_url=False, include_input=False)
    worded = invalid_values(failure).faults
    faults: dict[str, InvalidValue] = {}
    for error, fault in zip(errors, worded, strict=True):
        place = _place(document, error["loc"], field)
        if error["type"] in ("union_tag_invalid", "union_tag_not_found"):
            place = f"{place}.kind"
        if error["type"] in _OURS:
            fault = InvalidValue(place, _OURS[error["type"]], code=error["type"])
        else:
            fault = InvalidValue(place, fault.message, code=fault.code, **fault.details)
        faults.setdefault(place, fault)
    return InvalidValues(list(faults.values()))


def _place(document: object, loc: Sequence[int | str], field: str) -> str:
    """pydantic's path without what the document does not have: the kinds of nodes and the branches of unions."""
    path = [field]
    here: object = document
    at_node = True  # the next part names this node's kind
    for part in loc:
        if at_node and isinstance(here, dict) and part == here.get("kind"):
            at_node = False
            continue
        if isinstance(here, dict) and isinstance(part, str):
            path.append(part.replace("~", "~0").replace("/", "~1"))
            here = here.get(part)
            at_node = part == "of" and isinstance(here, dict)
        elif isinstance(here, list | tuple) and isinstance(part, int) and part < len(here):
            path.append(str(part))
            here = here[part]
            at_node = isinstance(here, dict)
        else:  # a branch of a union of plain values
            break
    return ".".join(path)
