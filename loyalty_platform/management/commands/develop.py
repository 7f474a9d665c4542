"""`manage.py develop`: the platform while it is being changed. `make run` calls it."""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.utils import autoreload

from loyalty_platform.demo.address import HOST, NoPort, first_free_port, wished_port
from loyalty_platform.demo.crew import Crew
from loyalty_platform.embedded.processes import dies_with_me

_CELERY = [sys.executable, "-m", "celery", "--app", "loyalty_platform"]


class Command(BaseCommand):
    help = "Run web, worker and style sheets, each reloading when its files change, until Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", default=os.environ.get("PORT") or "8000")
        parser.add_argument("--worker", action="store_true", help="only the reloading worker")

    def handle(self, *arguments: Any, port: str, worker: bool, **options: Any) -> None:
        if worker:
            autoreload.run_with_reloader(_work)
            return
        try:
            wish = wished_port(port)
            chosen = first_free_port(wish)
        except NoPort as refusal:
            raise CommandError(str(refusal)) from None
        if chosen != wish:
            self.stdout.write(f"Port {wish} is taken, so this is on {chosen}.")
        call_command("migrate", interactive=False, verbosity=0)
        manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
        crew = Crew()
        try:
            crew.start("web", [*manage, "runserver", f"{HOST}:{chosen}"], {"PUBLIC_URL": f"http://{HOST}:{chosen}"})
            crew.start("worker", [*manage, "develop", "--worker"])
            crew.start("styles", ["npm", "run", "--silent", "watch"])
            crew.stay()
        finally:
            crew.stop()
        if crew.stopped_by in crew.members:
            raise CommandError(f"The {crew.stopped_by} ended by itself.")


def _work() -> None:
    """The worker as a child of the reloader's process, which ends, and ends it, whenever a file changed."""
    child = subprocess.Popen(
        [*_CELERY, "worker", "--beat", "--schedule", str(settings.BASE_DIR / "var" / "develop-beat"), "--pool", "solo"],
        preexec_fn=dies_with_me(signal.SIGTERM),  # noqa: PLW1509 -- nothing is locked that the child would touch
    )
    atexit.register(child.terminate)
    child.wait()
