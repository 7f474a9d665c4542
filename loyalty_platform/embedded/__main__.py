"""The embedded servers from a shell.

python -m loyalty_platform.embedded [--dir var/dev] run -- COMMAND …    with DATABASE_URL and REDIS_URL set
python -m loyalty_platform.embedded [--dir var/dev] stop
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from loyalty_platform.embedded.attachment import attach, erase, stop
from loyalty_platform.embedded.keeper import Keeper
from loyalty_platform.embedded.processes import ServersFailed


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m loyalty_platform.embedded", description="Embedded PostgreSQL and Valkey."
    )
    parser.add_argument("--dir", type=Path, default=Path("var/demo"), help="where their files lie (default: var/demo)")
    parser.add_argument("--fast", action="store_true", help="no fsync: only for data that may be lost")
    parser.add_argument("--linger", type=float, default=0, metavar="SECONDS", help="stay up after the last user left")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run a command with DATABASE_URL and REDIS_URL set")
    run.add_argument("words", nargs="+", metavar="COMMAND")
    commands.add_parser("stop", help="stop the servers, whoever uses them")
    commands.add_parser("erase", help="stop the servers and delete all they hold")
    commands.add_parser("keep")
    given = parser.parse_args(arguments)
    try:
        if given.command == "keep":
            return _keep(Keeper(given.dir.resolve(), given.linger, given.fast))
        if given.command == "stop":
            print("Stopped." if stop(given.dir) else f"Nothing runs in {given.dir}.")
            return 0
        if given.command == "erase":
            erase(given.dir)
            return 0
        if not {"DATABASE_URL", "REDIS_URL"} <= os.environ.keys():
            servers = attach(given.dir, linger_s=given.linger, fast_and_forgetful=given.fast)
            if servers.home != given.dir.resolve():
                print(f"Only root may enter {given.dir}, so the servers' files lie in {servers.home}.", file=sys.stderr)
            os.environ.setdefault("DATABASE_URL", servers.database_url)
            os.environ.setdefault("REDIS_URL", servers.redis_url)
            os.set_inheritable(servers.hold.fileno(), True)  # the command becomes this process, and holds on to them
    except ServersFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    try:
        os.execvp(given.words[0], given.words)
    except OSError as failure:
        print(f"{given.words[0]}: {failure.strerror}", file=sys.stderr)
        return 127


def _keep(keeper: Keeper) -> int:
    try:
        keeper.keep(sys.stdout)
    except ServersFailed as failure:
        print(failure, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
