"""Where the demo listens: loopback only, for its role links sign anybody in."""

from __future__ import annotations

import socket
from http.client import HTTPException
from urllib.error import URLError
from urllib.request import urlopen

HOST = "127.0.0.1"
_TRIES = 100


class NoPort(Exception):
    """The port asked for is none, or a hundred of them in a row are taken."""


def wished_port(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise NoPort(f"PORT={text} is not a port number.")
    return int(text)


def first_free_port(wish: int) -> int:
    for port in range(wish, min(wish + _TRIES, 65536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise NoPort(f"No port from {wish} on is free.")


def answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, HTTPException, OSError):
        return False
