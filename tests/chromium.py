"""A Chromium for the browser tests: the system's, else the one inside the npm package @sparticuz/chromium.

The package's Chromium is built for a machine without any desktop library: it brings the few it needs in archives of its
own, and draws without a GPU.
"""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import NamedTuple

_ROOT = Path(__file__).resolve().parents[1]
_ARCHIVES = _ROOT / "node_modules" / "@sparticuz" / "chromium" / "bin"
_SYSTEM = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
# No sandbox: in a container, and as root, the kernel grants none. The pages it opens are our own, on loopback.
_ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--font-render-hinting=none"]
# The packaged build has no multi-process support to rely on outside of its own launcher's choices.
_PACKAGED = ["--headless=shell", "--no-zygote", "--in-process-gpu", "--use-gl=angle", "--use-angle=swiftshader"]
_UNPACK = """
const { brotliDecompressSync } = require("node:zlib");
const { readFileSync, writeFileSync } = require("node:fs");
writeFileSync(process.argv[2], brotliDecompressSync(readFileSync(process.argv[1])));
"""


class Chromium(NamedTuple):
    executable: str
    arguments: list[str]
    environment: dict[str, str]


def find_chromium() -> Chromium:
    """What to give to Playwright's `launch(executable_path=…, args=…, env=…)`."""
    for name in _SYSTEM:
        found = shutil.which(name)
        if found:
            return Chromium(found, _ARGUMENTS, dict(os.environ))
    if platform.machine() != "x86_64" or not _ARCHIVES.is_dir():
        raise RuntimeError("No Chromium: install the system's, or (on x86_64) run `npm ci`.")
    home = _unpacked()
    libraries = os.pathsep.join([str(home / "lib"), os.environ.get("LD_LIBRARY_PATH", "")]).rstrip(os.pathsep)
    environment = {**os.environ, "LD_LIBRARY_PATH": libraries}
    if not Path("/etc/fonts/fonts.conf").exists():
        environment["FONTCONFIG_PATH"] = str(home)
    return Chromium(str(home / "chromium"), _ARGUMENTS + _PACKAGED, environment)


def _unpacked() -> Path:
    """Unpack the archives once; several test processes may ask at the same time."""
    stat = (_ARCHIVES / "chromium.br").stat()
    home = _ROOT / "var" / "chromium" / f"{stat.st_size}-{int(stat.st_mtime)}"
    home.parent.mkdir(parents=True, exist_ok=True)
    with (home.parent / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.exists():
            part = home.with_name("part")
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            _decompress(_ARCHIVES / "chromium.br", part / "chromium")
            (part / "chromium").chmod(0o755)
            for name in ("al2023", "swiftshader", "fonts"):
                _decompress(_ARCHIVES / f"{name}.tar.br", part / "archive.tar")
                with tarfile.open(part / "archive.tar") as archive:
                    archive.extractall(part, filter="data")  # refuses names that lead out of the folder
                (part / "archive.tar").unlink()
            part.rename(home)
    return home


def _decompress(archive: Path, target: Path) -> None:
    node = shutil.which("node", path=os.pathsep.join([str(_ROOT / ".venv" / "bin"), os.environ.get("PATH", "")]))
    if node is None:
        raise RuntimeError("No Node to unpack Chromium with: run `make test`, which installs one.")
    subprocess.run([node, "-e", _UNPACK, str(archive), str(target)], check=True)
