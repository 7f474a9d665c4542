"""A lean load generator: keep-alive HTTP/1.1 over plain sockets, all connections in one loop."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

_CHUNK = 1 << 16
_PATIENCE_S = 30.0


@dataclass(slots=True)
class Load:
    """`seconds` are those measured; `statuses` counts the answers by status, 0 for a connection that broke."""

    seconds: float
    latencies_ms: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        return len(self.latencies_ms) / self.seconds

    @property
    def failures(self) -> int:
        """Server errors and broken connections."""
        return sum(count for status, count in self.statuses.items() if status >= 500 or status == 0)


class _Line:
    """One connection: a request on its way or an answer coming in."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.started = 0.0
        self.answer = bytearray()

    def send(self, request: bytes) -> None:
        self.answer.clear()
        self.started = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> int | None:
        """The status when the answer is whole."""
        chunk = self.socket.recv(_CHUNK)
        if not chunk:
            return 0
        self.answer += chunk
        end = self.answer.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = bytes(self.answer[:end]).lower()
        if b"transfer-encoding: chunked" in head:
            return int(head[9:12]) if self.answer.endswith(b"0\r\n\r\n") else None
        place = head.find(b"content-length:")
        length = int(head[place + 15 :].split(b"\r\n", 1)[0]) if place >= 0 else 0
        return int(head[9:12]) if len(self.answer) >= end + 4 + length else None


def drive(
    address: tuple[str, int],
    next_request: Callable[[], bytes],
    *,
    connections: int,
    seconds: float,
    warm_up: float = 0.5,
) -> Load:
    """Keep `connections` requests under way for `seconds`, after a warm-up that does not count."""
    lines = {line.socket: line for line in (_Line(address) for _ in range(connections))}
    load = Load(seconds)
    with selectors.DefaultSelector() as selector:
        for line in lines.values():
            selector.register(line.socket, selectors.EVENT_READ)
            line.send(next_request())
        begin = time.perf_counter() + warm_up
        end = begin + seconds
        waiting = len(lines)
        while waiting:
            for key, _events in selector.select(timeout=_PATIENCE_S):
                line = lines[key.fileobj]  # type: ignore[index]
                status = line.receive()
                if status is None:
                    continue
                now = time.perf_counter()
                if begin <= now < end:
                    load.latencies_ms.append((now - line.started) * 1000)
                    load.statuses[status] = load.statuses.get(status, 0) + 1
                if now < end and status:
                    line.send(next_request())
                else:
                    selector.unregister(line.socket)
                    line.socket.close()
                    waiting -= 1
    return load
