"""All writes are in actions; doors, queries and rules only read."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.architecture.source import ROOT, python_files, tree

WRITES = {
    "save",
    "create",
    "bulk_create",
    "update",
    "bulk_update",
    "delete",
    "get_or_create",
    "update_or_create",
    "copy_expert",
}
# Names that these verbs also have on things that are no rows.
HARMLESS_OWNERS = {"cache", "digest", "hashlib", "session", "hasher", "params", "context", "seen", "known", "headers"}
ROOMS = ("actions",)
# Not rows of ours, or the one place that makes them, each with its reason.
ALLOWED = {
    "merchants/models/staff.py": "Django's own way to make a user, called by allauth",
    "merchants/tenancy.py": "the guard stands around the verbs",
}
WRITING_SQL = re.compile(r"\b(INSERT INTO|UPDATE\s+\w+\s+(?:AS\s+\w+\s+)?SET|DELETE FROM|TRUNCATE|COPY\s+\w+)\b")


def _outside_actions() -> list[Path]:
    return [
        path
        for path in python_files()
        if path.parts[0] != "loyalty_platform" and "actions" not in path.parts and str(path) not in ALLOWED
    ]


def _owner(call: ast.Call) -> str:
    """The last name before the verb: `Order.objects.create` → "objects"."""
    value = call.func.value if isinstance(call.func, ast.Attribute) else None
    while isinstance(value, ast.Call):
        value = value.func
    if isinstance(value, ast.Attribute):
        return value.attr
    return value.id if isinstance(value, ast.Name) else ""


def _writes(path: Path) -> list[str]:
    found: list[str] = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
            if _owner(node) in HARMLESS_OWNERS or _is_plain_update(node):
                continue
            found.append(f"{path}:{node.lineno} .{node.func.attr}()")
    return found


def _is_plain_update(call: ast.Call) -> bool:
    """dict.update and set.update take a value; QuerySet.update takes only keywords."""
    assert isinstance(call.func, ast.Attribute)
    return call.func.attr == "update" and bool(call.args)


def test_only_actions_write_rows() -> None:
    assert not [write for path in _outside_actions() for write in _writes(path)]


def test_only_actions_hold_sql_that_writes() -> None:
    found = []
    for path in _outside_actions():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and WRITING_SQL.search(node.value):
                found.append(f"{path}:{node.lineno}")
    assert not found


def test_the_exceptions_still_exist() -> None:
    assert all((ROOT / path).exists() for path in ALLOWED)


def test_only_the_events_floor_writes_the_rows_of_the_floor_below() -> None:
    """docs/decisions/0001: shops, teams and keys change on the record. Nobody else writes another app's rows."""
    ours = {"ApiKey", "Invitation", "Membership", "Merchant", "IdempotencyRecord"}
    found = []
    for path in python_files():
        if path.parts[0] in ("merchants", "events", "loyalty_platform"):
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
                names = {name.id for name in ast.walk(node.func) if isinstance(name, ast.Name)}
                found += [f"{path}:{node.lineno} {name}" for name in names & ours]
    assert not found
