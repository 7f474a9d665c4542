"""The shops that the demo shows: a real grocer's year, and a small Chinese tea shop. All writes go through actions."""

from __future__ import annotations
