"""Files, functions and templates that a person can hold in mind."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.architecture.source import ROOT, python_files, tracked, tree

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
LONGEST_TEMPLATE = 150


def _lines(path: Path) -> int:
    return len((ROOT / path).read_text(encoding="utf-8").splitlines())


def test_no_file_is_longer_than_400_lines() -> None:
    long = {str(path): _lines(path) for path in python_files(tests=True) if _lines(path) > LONGEST_FILE}
    assert not long


def test_no_function_is_longer_than_60_lines() -> None:
    long: dict[str, int] = {}
    for path in python_files():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > LONGEST_FUNCTION:
                    long[f"{path}:{node.lineno} {node.name}"] = length
    assert not long


def test_no_template_is_longer_than_150_lines() -> None:
    templates = [path for path in tracked(".html", ".txt") if path.parts[0] == "templates"]
    assert not {str(path): _lines(path) for path in templates if _lines(path) > LONGEST_TEMPLATE}


def test_no_file_is_named_after_nothing() -> None:
    hollow = {
        "utils",
        "util",
        "helpers",
        "common",
        "manager",
        "managers",
        "service",
        "services",
        "data",
        "info",
        "misc",
    }
    # What the tests call services are PostgreSQL and Valkey.
    allowed = {Path("tests/services.py")}
    assert not [path for path in python_files(tests=True) if path.stem in hollow and path not in allowed]


# Its packages belong to the demo's extra and are missing in production.
MAY_IMPORT_LATE = {Path("loyalty_platform/management/commands/load_demo.py")}


def test_no_import_hides_in_a_function() -> None:
    hidden: list[str] = []
    for path in (path for path in python_files() if path not in MAY_IMPORT_LATE):
        for function in ast.walk(tree(path)):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                inner = (node for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom))
                hidden += [f"{path}:{node.lineno}" for node in inner]
    assert not hidden
