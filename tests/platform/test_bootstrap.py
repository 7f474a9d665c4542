"""The two commands, before anything is installed."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from loyalty_platform import bootstrap

ROOT = Path(__file__).resolve().parents[2]


def bootstrapped(*arguments: str, through: str = "") -> subprocess.CompletedProcess[str]:
    """Run the file as make does; `through` is Python to run before it, to make the machine a poorer one."""
    path = str(ROOT / "loyalty_platform" / "bootstrap.py")
    run = (
        f"import runpy, sys; sys.argv = [{path!r}, *{list(arguments)!r}]; runpy.run_path({path!r}, run_name='__main__')"
    )
    program = f"{through}\n{run}"
    return subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=False)


def test_an_old_python_can_read_it_far_enough_to_say_so() -> None:
    source = (ROOT / "loyalty_platform" / "bootstrap.py").read_text()
    ast.parse(source, feature_version=(3, 6))
    assert "from __future__ import annotations" not in source


@pytest.mark.parametrize(
    ("machine", "sentence"),
    [
        ("import sys, os; sys.version_info = (3, 8, 1); os.environ['PATH'] = ''", "needs Python 3.11 or newer"),
        ("import shutil, subprocess, sys; sys.platform = 'win32'", "Windows itself is not supported"),
        (
            "import sysconfig; sysconfig.get_config_var = lambda name: 'x86_64-linux-musl'",
            "musl systems such as Alpine",
        ),
        ("import platform; platform.machine = lambda: 'riscv64'", "No PostgreSQL is packaged for riscv64"),
    ],
)
def test_a_machine_that_cannot_run_it_hears_one_sentence(machine: str, sentence: str) -> None:
    done = bootstrapped("demo", through=machine)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""


def test_a_python_without_venv_is_told_what_to_install(tmp_path: Path) -> None:
    for name in ("loyalty_platform", "requirements"):
        (tmp_path / name).mkdir()
    shutil.copy(ROOT / "loyalty_platform" / "bootstrap.py", tmp_path / "loyalty_platform")
    shutil.copy(ROOT / "requirements" / "demo.txt", tmp_path / "requirements")
    path = str(tmp_path / "loyalty_platform" / "bootstrap.py")
    program = (
        "import importlib.util as u, os, runpy, sys; find = u.find_spec; os.environ['PATH'] = ''\n"
        "u.find_spec = lambda name, *more: None if name == 'ensurepip' else find(name, *more)\n"
        f"sys.argv = [{path!r}, 'demo']; runpy.run_path({path!r}, run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "apt install python3-venv" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_an_unknown_command_names_the_known_ones() -> None:
    done = bootstrapped("deploy")
    assert done.returncode == 1
    assert "demo, run, check, test, bench, messages, lock" in done.stderr


def test_a_fingerprint_changes_with_contents_and_names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    (tmp_path / "css").mkdir()
    (tmp_path / "css" / "a.css").write_text("a")
    first = bootstrap.fingerprint(tmp_path / "css")
    assert bootstrap.fingerprint(tmp_path / "css") == first
    (tmp_path / "css" / "a.css").rename(tmp_path / "css" / "b.css")
    assert bootstrap.fingerprint(tmp_path / "css") != first


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed here")
def test_make_alone_lists_every_command() -> None:
    said = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    listed = set(re.findall(r"^  make (\w+)", said, re.MULTILINE))
    assert set(bootstrap.COMMANDS) | {"help", "clean"} == listed


def test_locked_requirements_name_hashes_and_no_address() -> None:
    for name in ("base", "demo", "dev", "node"):
        text = (ROOT / "requirements" / f"{name}.txt").read_text()
        pins = re.findall(r"^[A-Za-z0-9._-]+==", text, re.MULTILINE)
        assert pins
        assert text.count("--hash=sha256:") >= len(pins)
        assert "://" not in text
