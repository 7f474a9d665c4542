"""The project's own files, for the tests that read them."""

from __future__ import annotations

import ast
import functools
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ("merchants", "events", "customers", "commerce", "loyalty", "aftersales", "analytics", "engagement")


@functools.cache
def tracked(*suffixes: str) -> tuple[Path, ...]:
    """Files that Git knows or would take, relative to the root; generated and ignored ones are not ours."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return tuple(Path(name) for name in sorted(set(names)) if name.endswith(suffixes) and (ROOT / name).exists())


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def python_files(*, tests: bool = False, migrations: bool = False) -> list[Path]:
    """Python sources, by default without tests and migrations."""
    return [
        path
        for path in tracked(".py")
        if (tests or path.parts[0] != "tests") and (migrations or "migrations" not in path.parts)
    ]


def modules_in(*rooms: str) -> list[Path]:
    """The files of these rooms ("actions", "queries") of every app, packages and single files alike."""
    return [
        path
        for path in python_files()
        if path.parts[0] in APPS and len(path.parts) > 1 and path.parts[1].removesuffix(".py") in rooms
    ]


def public_functions(path: Path) -> Iterator[ast.FunctionDef]:
    for node in tree(path).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node
