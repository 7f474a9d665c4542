"""The platform, with one more address: who answers there, as process and thread. For the tests of the web server."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from typing import Any

from loyalty_platform.wsgi import application as platform


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"] != "/who":
        return platform(environ, start_response)
    body = f"{os.getpid()} {threading.get_ident()}".encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
