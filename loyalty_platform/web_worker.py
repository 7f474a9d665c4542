"""gunicorn's threaded worker, made for clients that keep their connections: tills, shop back ends, a load balancer.

Two things are added to it, both measured by `make bench`:

- *A thread stays with its connection* while every connection of the worker can have one. The stock worker hands each
  request of a kept connection from the thread to the main loop and back to some thread, which costs a third of a short
  request.
- *Workers share the connections evenly.* Whichever worker is awake accepts first, so that one of them could end up with
  all of a load balancer's connections and the others with none. A worker that is ahead of another lets it go first.
"""

from __future__ import annotations

import mmap
import select
import struct
import time
from typing import Any

from gunicorn.workers.gthread import _DEFER, ThreadWorker  # type: ignore[import-untyped]

_STAY_MS = 20  # how long a thread waits for the next request of its connection before it gives it back
_GIVE_WAY_S = 0.0005
_GIVE_WAY_TIMES = 20  # then it accepts after all: the other one may be busy or gone

_SLOTS = 256
_SLOT = struct.Struct("i")
_NOBODY = -1
# Shared by fork: how many connections each worker has.
_connections = mmap.mmap(-1, _SLOTS * _SLOT.size)
_connections.write(_SLOT.pack(_NOBODY) * _SLOTS)


def forget(worker_age: int) -> None:
    """The worker ended: nobody gives way to it any more."""
    _publish(worker_age, _NOBODY)


def _publish(worker_age: int, connections: int) -> None:
    _SLOT.pack_into(_connections, worker_age % _SLOTS * _SLOT.size, connections)


def _fewest() -> int:
    return min((count for (count,) in _SLOT.iter_unpack(_connections[:]) if count != _NOBODY), default=0)


class KeepingThreadWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """See the module."""

    _gave_way = 0

    def init_process(self) -> None:
        _publish(self.age, 0)
        super().init_process()

    def accept(self, listener: Any) -> None:
        if self.nr_conns > _fewest() and self._gave_way < _GIVE_WAY_TIMES:
            self._gave_way += 1
            time.sleep(_GIVE_WAY_S)
            return
        self._gave_way = 0
        super().accept(listener)
        _publish(self.age, self.nr_conns)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        super().wait_for_and_dispatch_events(timeout)
        _publish(self.age, self.nr_conns)

    def handle(self, conn: Any) -> Any:
        # The stock worker lets a client that connects and says nothing hold a thread for five seconds.
        if not conn.initialized and not conn.data_ready and not conn.wait_for_data(_STAY_MS / 1000):
            return _DEFER
        kept = super().handle(conn)
        # Anything else than True is the end of the connection, or one that sent nothing yet.
        while kept is True and self._each_has_a_thread() and _readable(conn):
            kept = super().handle(conn)
        return kept

    def _each_has_a_thread(self) -> bool:
        return bool(self.alive and self.nr_conns <= self.cfg.threads)


def _readable(conn: Any) -> bool:
    """Whether the next request begins within the time to stay. What was read ahead is the main loop's to find."""
    if conn.is_http2 or conn.parser.unreader.buf.getvalue():
        return False
    waiting = select.poll()
    waiting.register(conn.sock, select.POLLIN)
    return bool(waiting.poll(_STAY_MS))
