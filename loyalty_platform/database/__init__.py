"""Django's PostgreSQL, with fewer questions."""

from __future__ import annotations
