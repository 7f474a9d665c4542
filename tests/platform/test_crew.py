"""The demo's programs: one ends, all end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from loyalty_platform.demo.address import NoPort, first_free_port, wished_port
from loyalty_platform.embedded.processes import Seen, seen

ROOT = Path(__file__).resolve().parents[2]
# A crew of two, in a process of its own: it writes their numbers down, stays, and says who stopped it.
PROGRAM = """
import sys
from pathlib import Path
from loyalty_platform.demo.crew import Crew
crew = Crew()
crew.start("web", ["sleep", sys.argv[1]])
crew.start("worker", ["sleep", "60"])
print(*(member.pid for member in crew.members.values()), flush=True)
crew.stay()
crew.stop()
print(crew.stopped_by, flush=True)
"""


def crew_of_two(*, web_lives_s: float = 60, through: str = "") -> tuple[subprocess.Popen[str], list[Seen]]:
    command = [sys.executable, "-c", PROGRAM, str(web_lives_s)]
    if through:
        command = ["sh", "-c", through, "sh", *command]
    owner = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    return owner, [seen(int(pid)) for pid in owner.stdout.readline().split()]


def all_gone(members: list[Seen], *, seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while any(member.is_alive() for member in members):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_every_program(number: signal.Signals) -> None:
    owner, members = crew_of_two()
    assert len(members) == 2
    owner.send_signal(number)
    assert owner.communicate(timeout=10)[0] == f"{number.name}\n"
    assert all_gone(members)


def test_a_program_that_ends_by_itself_stops_the_others() -> None:
    owner, members = crew_of_two(web_lives_s=0.2)
    assert owner.communicate(timeout=10)[0] == "web\n"
    assert all_gone(members)


def test_the_death_of_the_parent_stops_every_program() -> None:
    parent, members = crew_of_two(through='"$@" & wait')
    parent.kill()
    assert parent.stdout is not None
    assert parent.stdout.read() == "parent\n"
    parent.wait()
    parent.stdout.close()
    assert all_gone(members)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel's parent-death signal is Linux's own")
def test_killing_the_owner_leaves_no_orphan() -> None:
    owner, members = crew_of_two()
    os.kill(owner.pid, signal.SIGKILL)
    owner.communicate()
    assert all_gone(members)


def test_a_taken_port_moves_to_the_next() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert first_free_port(port) > port


@pytest.mark.parametrize("text", ["", "web", "0", "65536", "-1", "8000.5"])
def test_a_port_that_is_none_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(NoPort, match="is not a port number"):
        wished_port(text)


def test_the_first_port_asked_for_is_taken_when_free() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert first_free_port(wished_port(str(port))) >= port
