"""`manage.py demo`: prepare the database and the files, start everything, say where it is. `make demo` calls it."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from argparse import ArgumentParser
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command, get_commands

from analytics.models import ModelRun
from loyalty_platform.celery import app
from loyalty_platform.demo.address import HOST, NoPort, answers, first_free_port, wished_port
from loyalty_platform.demo.crew import Crew
from merchants.models import Merchant

_ROLES = ("owner", "marketer", "support", "cashier", "member", "developer")
_READY_WITHIN_S = 60


class Command(BaseCommand):
    help = "Run the whole platform with demo data: web, worker and beat, until Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", default=os.environ.get("PORT") or "8000")
        parser.add_argument(
            "--folder", type=Path, default=settings.BASE_DIR / "var" / "demo", help="for logs and stamps"
        )

    def handle(self, *arguments: Any, port: str, folder: Path, **options: Any) -> None:
        try:
            wish = wished_port(port)
            self._prepare(folder)
            chosen = first_free_port(wish)
        except NoPort as refusal:
            raise CommandError(str(refusal)) from None
        except KeyboardInterrupt:
            raise CommandError(
                "Stopped before it was ready; `make demo` goes on, `make demo RESET=1` starts over."
            ) from None
        if chosen != wish:
            self.stdout.write(f"Port {wish} is taken, so this is on {chosen}.")
        crew = Crew(folder / "logs")
        try:
            _start_members(crew, folder, chosen)
            self._wait(crew, f"http://{HOST}:{chosen}")
            _learn_at_once()
            crew.stay()
        finally:
            crew.stop()
        if crew.stopped_by in crew.members:
            raise CommandError(f"The {crew.stopped_by} ended by itself; {crew.log_of(crew.stopped_by)} says why.")
        with suppress(OSError):  # the terminal may be what went away
            self.stdout.write("\nStopped. The data stays; `make demo` goes on from here.")

    def _prepare(self, folder: Path) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        known = get_commands()
        if "compile_messages" in known:
            call_command("compile_messages", verbosity=0)
        _collect_static(folder / "static-stamp")
        if "load_demo" in known:
            call_command("load_demo")

    def _wait(self, crew: Crew, url: str) -> None:
        until = time.monotonic() + _READY_WITHIN_S
        while crew.is_up() and not answers(f"{url}/health/ready"):
            if time.monotonic() > until:
                raise CommandError(f"{url}/health/ready did not answer within {_READY_WITHIN_S} s; see {crew.logs}.")
            time.sleep(0.05)
        if crew.is_up():
            self.stdout.write(f"\n  Ready: {self.style.SUCCESS(url)}\n\n  Step in as\n")
            for role in _ROLES:
                self.stdout.write(f"    {role:<10} {url}/demo/as/{role}/")
            self.stdout.write("\n  Ctrl-C stops everything; the data stays in var/.")
            self.stdout.flush()


def _start_members(crew: Crew, folder: Path, port: int) -> None:
    python = [sys.executable, "-m"]
    environment = {"BIND": f"{HOST}:{port}", "PUBLIC_URL": f"http://{HOST}:{port}"}
    celery = [*python, "celery", "--app", "loyalty_platform"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    crew.start(
        "web", [*python, "gunicorn", "--config", "loyalty_platform/gunicorn.py", "loyalty_platform.wsgi"], environment
    )
    crew.start("worker", [*celery, "worker", "--concurrency", "2", "--loglevel", "WARNING", *quiet], environment)
    # No pid file: a killed demo would leave one behind, and beat would refuse to start again.
    crew.start(
        "beat",
        [*celery, "beat", "--loglevel", "WARNING", "--pidfile=", "--schedule", str(folder / "beat")],
        environment,
    )


def _learn_at_once() -> None:
    """Ask the worker for each shop's first models, which would otherwise come tonight."""
    for merchant in Merchant.objects.order_by("pk"):
        if not ModelRun.objects.filter(merchant=merchant).exists():
            for task in ("recommend", "score_churn", "forecast_value", "find_clusters"):
                app.send_task(f"analytics.training_tasks.{task}", [merchant.pk])


def _collect_static(stamp: Path) -> None:
    """`collectstatic` hashes and compresses every file: only when one of them, or a package's, changed."""
    build = settings.BASE_DIR / "static" / "build"
    seen = hashlib.sha256((settings.BASE_DIR / "requirements" / "base.txt").read_bytes())
    for file in sorted(path for path in build.rglob("*") if path.is_file()):
        stat = file.stat()
        seen.update(f"{file}:{stat.st_size}:{stat.st_mtime_ns}".encode())
    collected = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if collected.exists() and stamp.exists() and stamp.read_text() == seen.hexdigest():
        return
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(seen.hexdigest())
