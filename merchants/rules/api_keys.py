"""What an API key looks like: `lk_live_` or `lk_test_` and 40 characters that nobody guesses."""

from __future__ import annotations

import hashlib
import re
import secrets
import string

_ALPHABET = string.ascii_letters + string.digits
_SHAPE = re.compile(r"^lk_(live|test)_[A-Za-z0-9]{40}$")
_SHOWN = 12


def new_secret(*, test_mode: bool) -> str:
    """A fresh key: 40 characters of 62, 238 bits. Uses the system's randomness."""
    mode = "test" if test_mode else "live"
    return f"lk_{mode}_" + "".join(secrets.choice(_ALPHABET) for _ in range(40))


def looks_like_key(text: str) -> bool:
    return _SHAPE.fullmatch(text) is not None


def hash_of(secret: str) -> str:
    """SHA-256 in hex. Plain is enough: nobody searches 238 bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def shown_prefix(secret: str) -> str:
    """What lists show of it: "lk_live_4fQz"."""
    return secret[:_SHOWN]
