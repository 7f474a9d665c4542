"""One PostgreSQL: create its files, start it, make the application's role and database."""

from __future__ import annotations

import locale
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from psycopg2 import sql

from loyalty_platform.embedded.account import Account, own_folder, postgres_binaries
from loyalty_platform.embedded.processes import ServersFailed, command_line, open_log, start

NAME = "loyalty"  # the application's role and its database
STOP = signal.SIGINT  # "fast": end sessions, write a checkpoint
_MB = 1024 * 1024
_FREE_AT_LEAST = 1024 * _MB


@dataclass(frozen=True)
class Postgres:
    home: Path
    account: Account
    password: str
    fast_and_forgetful: bool

    @property
    def files(self) -> Path:
        return self.home / "postgres"

    @property
    def log(self) -> Path:
        return self.home / "postgres.log"

    def url(self, port: int) -> str:
        return f"postgres://{NAME}:{self.password}@127.0.0.1:{port}/{NAME}"

    def superuser_url(self, port: int) -> str:
        return f"postgres://postgres:{self.password}@127.0.0.1:{port}/postgres"

    def create_files(self) -> None:
        """`initdb`, once. A half-made folder from an interrupted run is thrown away."""
        if (self.files / "PG_VERSION").exists():
            return
        if shutil.disk_usage(self.home).free < _FREE_AT_LEAST:
            raise ServersFailed(f"Less than 1 GB is free on the disk of {self.home}: the database needs more.")
        part, secret = self.home / "postgres.part", self.home / "postgres.secret"
        shutil.rmtree(part, ignore_errors=True)
        own_folder(part, self.account)
        secret.touch(mode=0o600)
        secret.write_text(self.password)
        self.account.give(secret)
        place = utf8_locale()
        command = [
            str(postgres_binaries(self.account) / "initdb"),
            *("--pgdata", str(part), "--username", "postgres", "--pwfile", str(secret)),
            # The builtin provider needs nothing of the system; under LANG=C trigrams lose all Chinese.
            *("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", f"--locale={place}"),
            *("--auth=scram-sha-256", "--no-sync", "--no-instructions"),
        ]
        done = subprocess.run(
            command,
            cwd=part,
            capture_output=True,
            text=True,
            check=False,
            env=_plain_environment(),
            **self.account.identity,
        )
        secret.unlink()
        if done.returncode != 0:
            raise ServersFailed(f"PostgreSQL could not create its files: {last_words(done.stderr)}")
        part.rename(self.files)

    def clear_stale_pid(self) -> None:
        """Remove `postmaster.pid` of a server that is gone: its number may be a zombie's or somebody else's now."""
        path = self.files / "postmaster.pid"
        try:
            first = path.read_text().partition("\n")[0]
        except OSError:
            return
        until = time.monotonic() + 10  # one whose keeper was killed is on its way out
        while first.isdigit() and str(self.files) in command_line(int(first)) and time.monotonic() < until:
            time.sleep(0.02)
        if not path.exists():
            return
        if first.isdigit() and str(self.files) in command_line(int(first)):
            raise ServersFailed(f"Another PostgreSQL (process {first}) already serves {self.files}: stop it first.")
        path.unlink()

    def start(self, port: int) -> subprocess.Popen[bytes]:
        with open_log(self.log) as log:
            return start(
                [str(postgres_binaries(self.account) / "postgres"), "-D", str(self.files), *self._options(port)],
                stop=STOP,
                log=log,
                identity=self.account.identity,
                folder=self.files,
            )

    def _options(self, port: int) -> list[str]:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // _MB
        free = shutil.disk_usage(self.home).free // _MB
        settings = {
            "port": port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",  # a socket's path has a limit of 107 bytes, loopback has none
            "max_connections": 200,
            "shared_buffers": f"{min(max(memory // 8, 128), 2048)}MB",
            "effective_cache_size": f"{max(memory // 2, 256)}MB",
            "work_mem": "16MB",
            "maintenance_work_mem": f"{min(max(memory // 32, 64), 512)}MB",
            "wal_level": "minimal",
            "max_wal_senders": 0,
            "max_wal_size": f"{min(max(free // 10, 256), 8192)}MB",
            "checkpoint_timeout": "15min",
            "random_page_cost": 1.1,
            "jit": "off",
            "synchronous_commit": "on",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        if self.fast_and_forgetful:
            settings |= {
                "fsync": "off",
                "full_page_writes": "off",
                "synchronous_commit": "off",
                "shared_buffers": "512MB",
                "autovacuum_naptime": "5min",
            }
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def wait(self, child: subprocess.Popen[bytes], port: int, *, seconds: float = 120) -> None:
        """Wait until it answers, then see that the application's role and database exist."""
        until = time.monotonic() + seconds
        while True:
            try:
                connection = psycopg2.connect(self.superuser_url(port), connect_timeout=5)
                break
            except psycopg2.OperationalError:
                if child.poll() is not None or time.monotonic() > until:
                    said = self.log.read_text(errors="replace")[-4000:]
                    raise ServersFailed(f"PostgreSQL did not start: {last_words(said)}") from None
                time.sleep(0.02)
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                role = sql.Identifier(NAME)
                cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [NAME])
                if cursor.fetchone() is None:
                    # No superuser: one would pass by every row policy. CREATEDB is for the tests.
                    create = sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER CREATEDB PASSWORD {}")
                    cursor.execute(create.format(role, sql.Literal(self.password)))
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME])
                if cursor.fetchone() is None:
                    cursor.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(role, role))
        finally:
            connection.close()


def utf8_locale() -> str:
    """A UTF-8 locale that this system has: pg_trgm asks it what a letter is."""
    kept = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in ("C.UTF-8", "en_US.UTF-8", "POSIX.UTF-8"):
            try:
                locale.setlocale(locale.LC_CTYPE, name)
            except locale.Error:
                continue
            return name
    finally:
        locale.setlocale(locale.LC_CTYPE, kept)
    raise ServersFailed(
        "This system has neither the locale C.UTF-8 nor en_US.UTF-8, so PostgreSQL could not search Chinese."
    )


def _plain_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}


def last_words(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    told = [line for line in lines if "FATAL" in line or "error" in line.lower()]
    return (told or lines or ["it said nothing"])[-1]
