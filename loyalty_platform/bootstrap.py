"""From a fresh checkout to a command that runs. Needs only Python: the standard library, and nothing installed yet.

    python3 -I loyalty_platform/bootstrap.py demo | run | check | test | bench | messages | lock

Each step is skipped when its inputs have not changed since it last went well; a foreseeable failure is one sentence.
An old Python must be able to read this file far enough to say that it is too old: no syntax newer than 3.6 here.
"""

import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any, Callable, Dict, List

ROOT = Path(os.path.abspath(__file__)).parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NEWEST_FIRST = ("3.13", "3.12", "3.11")
NODE_AT_LEAST = 20
FREE_GB_AT_LEAST = 4  # packages 1.5, front end 0.3, database and its log 1, and some air


class Sorry(Exception):
    """It cannot go on; the message is one sentence that says what to do."""


def main(arguments: List[str]) -> int:
    if sys.version_info < (3, 11):
        return use_newer_python(arguments)
    command = arguments[0] if len(arguments) == 1 else ""
    if command not in COMMANDS:
        raise Sorry("Give one of: " + ", ".join(COMMANDS) + ".")
    check_system()
    os.chdir(str(ROOT))
    return COMMANDS[command]()


# --- the machine ---------------------------------------------------------------------------------------------------


def use_newer_python(arguments: List[str]) -> int:
    for version in NEWEST_FIRST:
        newer = shutil.which("python" + version)
        if newer:
            os.execv(newer, [newer, "-I", os.path.abspath(__file__), *arguments])
    have = ".".join(str(part) for part in sys.version_info[:2])
    raise Sorry(
        "This needs Python 3.11 or newer, and python3 is %s: install one, then give make PYTHON=/its/path." % have
    )


def check_system() -> None:
    if sys.platform == "win32":
        raise Sorry("Windows itself is not supported: use WSL 2, or `docker compose up`.")
    if "musl" in (sysconfig.get_config_var("HOST_GNU_TYPE") or "") + (sysconfig.get_config_var("SOABI") or ""):
        raise Sorry("No PostgreSQL is packaged for musl systems such as Alpine: use `docker compose up` there.")
    if sys.platform.startswith("linux") and platform.machine() not in ("x86_64", "aarch64"):
        raise Sorry("No PostgreSQL is packaged for %s: use `docker compose up`." % platform.machine())
    if not os.access(str(ROOT), os.W_OK):
        raise Sorry("The folder %s cannot be written to by this user: check it out where it can." % ROOT)
    free = shutil.disk_usage(str(ROOT)).free / 1e9
    if not stamp("installed-demo").exists() and free < FREE_GB_AT_LEAST:
        raise Sorry("Only %.1f GB are free on the disk of %s: %d are needed." % (free, ROOT, FREE_GB_AT_LEAST))


# --- steps, each skipped when nothing changed ----------------------------------------------------------------------


def stamp(name: str) -> Path:
    return VENV / "stamps" / name


def fingerprint(*paths: Path) -> str:
    """A hash over names and contents; folders are walked."""
    seen = hashlib.sha256()
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and "__pycache__" not in file.parts:
                seen.update(("\0%s\0" % file.relative_to(ROOT)).encode() + file.read_bytes())
    return seen.hexdigest()


def once_for(name: str, mark: str, step: Callable[..., None], *arguments: Any) -> None:
    """Do `step` unless it went well before with the same mark."""
    path = stamp(name)
    if path.is_file() and path.read_text() == mark:
        return
    path.unlink(missing_ok=True)  # an interrupted step must not look done
    step(*arguments)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(mark)


def say(text: str) -> None:
    print(text, flush=True)


def call(command: List[str], otherwise: str) -> None:
    """Run it quietly; on failure show the end of what it said, and be sorry."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        said = done.stdout.strip()
        lines = said.splitlines()
        print("\n".join(lines if len(lines) < 30 else [*lines[:15], "…", *lines[-15:]]), file=sys.stderr)
        full = "No space left on device" in said or "ENOSPC" in said
        raise Sorry("The disk is full." if full else otherwise)


def make_venv() -> None:
    if (
        PYTHON.exists()
        and subprocess.run([str(PYTHON), "-c", "import pip"], stderr=subprocess.DEVNULL, check=False).returncode == 0
    ):
        return
    say("Making .venv …")
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if not missing:
        call(
            [sys.executable, "-m", "venv", "--clear", str(VENV)],
            "Python could not make a virtual environment in .venv.",
        )
    elif shutil.which("uv"):
        call(["uv", "venv", "--clear", "--seed", "--python", sys.executable, str(VENV)], "uv could not make .venv.")
    else:
        raise Sorry(
            "This Python comes without the module %s: on Debian and Ubuntu `apt install python3-venv`." % missing[0]
        )


def install(extra: str) -> None:
    """The packages of requirements/<extra>.txt, each checked against its hash."""
    make_venv()
    wanted = ROOT / "requirements" / (extra + ".txt")
    # The interpreter belongs to the mark: another one needs its own compiled packages.
    once_for("installed-" + extra, fingerprint(wanted) + sys.version, install_now, extra, wanted)


def install_now(extra: str, wanted: Path) -> None:
    say("Installing the Python packages of requirements/%s.txt …" % extra)
    uv = shutil.which("uv")
    tool = [uv, "pip", "install", "--python", str(PYTHON)] if uv else [str(PYTHON), "-I", "-m", "pip", "install"]
    # Wheels only: a newcomer's machine has no compiler. One package, pure Python, is published as source alone.
    flags = ["--quiet", "--require-hashes", "--only-binary", ":all:", "--no-binary", "lunar-python"]
    call(tool + flags + ["-r", str(wanted)], "The Python packages could not be installed: is there a network?")


def node_folder() -> str:
    """The folder of a Node that is new enough, with npm beside it: from PATH, else from a Python package."""
    node = shutil.which("node")
    if node and shutil.which("npm"):
        said = subprocess.run([node, "--version"], stdout=subprocess.PIPE, text=True, check=False).stdout
        if said.startswith("v") and int(said[1:].split(".")[0]) >= NODE_AT_LEAST:
            return os.path.dirname(node)
    install("node")
    return str(VENV / "bin")


def build_front_end() -> None:
    lock = ROOT / "package-lock.json"
    # Style classes are collected from templates, template tags and forms too.
    sources = [ROOT / "static" / name for name in ("build.mjs", "css", "js", "icons")] + [ROOT / "templates"]
    sources += [ROOT / "merchants" / "templatetags", *ROOT.glob("*/forms.py"), *ROOT.glob("*/*/forms.py")]
    before = os.environ["PATH"]
    os.environ["PATH"] = node_folder() + os.pathsep + before
    if not (ROOT / "node_modules").is_dir():
        stamp("npm").unlink(missing_ok=True)
    once_for("npm", fingerprint(lock), npm_install)
    if not (ROOT / "static" / "build").is_dir():
        stamp("front-end").unlink(missing_ok=True)
    once_for("front-end", fingerprint(lock, *sorted(path for path in sources if path.exists())), npm_build)


def npm_install() -> None:
    say("Installing the front end's packages …")
    call(
        ["npm", "ci", "--no-audit", "--no-fund"], "npm could not install the front end's packages: is there a network?"
    )


def npm_build() -> None:
    say("Building style sheets and scripts …")
    call(["npm", "run", "--silent", "build"], "The front end could not be built.")


# --- commands ------------------------------------------------------------------------------------------------------


def become(command: List[str]) -> int:
    """Replace this process: Ctrl-C and SIGTERM then reach the command itself."""
    sys.stdout.flush()
    os.execv(str(PYTHON), [str(PYTHON), *command])


def with_servers(directory: str, command: List[str]) -> int:
    """Become `command`, with embedded PostgreSQL and Valkey unless DATABASE_URL and REDIS_URL are given."""
    return become(["-m", "loyalty_platform.embedded", "--dir", "var/" + directory, "run", "--", *command])


def demo() -> int:
    install("demo")
    build_front_end()
    if os.environ.get("RESET", "") not in ("", "0"):
        if "DATABASE_URL" in os.environ:
            raise Sorry(
                "RESET=1 only clears the demo's own database: DATABASE_URL is given, so clear that one yourself."
            )
        call(
            [str(PYTHON), "-m", "loyalty_platform.embedded", "--dir", "var/demo", "erase"],
            "var/demo could not be erased.",
        )
    os.environ.setdefault("DEMO", "1")
    return with_servers("demo", [str(PYTHON), "manage.py", "demo"])


def run() -> int:
    install("dev")
    build_front_end()
    os.environ.setdefault("DEBUG", "1")
    os.environ.setdefault("DEMO", "1")
    return with_servers("demo", [str(PYTHON), "manage.py", "develop"])


def check() -> int:
    install("dev")
    build_front_end()
    os.execvp("bash", ["bash", ".ci/gates"])


def test() -> int:
    install("dev")
    build_front_end()
    os.execvp("bash", ["bash", ".ci/gates", "and-tests"])


def bench() -> int:
    install("dev")
    build_front_end()
    os.environ.setdefault("SECRET_KEY", "bench-only-key-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMN")
    os.environ.setdefault("HTTPS", "0")  # as behind a proxy that ends TLS, without its redirect
    return with_servers("bench", [str(PYTHON), "-m", "tests.benchmarks"])


def messages() -> int:
    install("dev")
    os.environ.setdefault("DEBUG", "1")
    return become(["manage.py", "collect_messages"])


def lock() -> int:
    """Write requirements/*.txt anew from pyproject.toml. Each file is constrained by the smaller one, so they agree."""
    uv = shutil.which("uv") or (str(VENV / "bin" / "uv") if (VENV / "bin" / "uv").exists() else None)
    if uv is None:
        raise Sorry("Locking needs uv: `pip install uv` into any environment on PATH.")
    compile_ = [uv, "pip", "compile", "--quiet", "--generate-hashes", "--no-emit-index-url", "--no-header"]
    compile_ += ["--universal", "--python-version", "3.11"]
    if os.environ.get("UPGRADE", "") not in ("", "0"):
        compile_ += ["--upgrade"]
    folder = "requirements/"
    for name, more in (
        ("base", ["pyproject.toml"]),
        ("demo", ["pyproject.toml", "--extra", "demo", "--constraint", folder + "base.txt"]),
        ("dev", ["pyproject.toml", "--extra", "demo", "--extra", "dev", "--constraint", folder + "demo.txt"]),
        ("node", [folder + "node.in"]),
    ):
        call(compile_ + more + ["-o", folder + name + ".txt"], "requirements/%s.txt could not be resolved." % name)
        say("requirements/%s.txt" % name)
    return 0


COMMANDS: Dict[str, Callable[[], int]] = {
    "demo": demo,
    "run": run,
    "check": check,
    "test": test,
    "bench": bench,
    "messages": messages,
    "lock": lock,
}

if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Sorry as sorry:
        print(str(sorry), file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as failure:
        if failure.errno == 28:
            print("The disk is full.", file=sys.stderr)
            sys.exit(1)
        raise
