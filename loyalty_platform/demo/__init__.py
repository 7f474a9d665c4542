"""The platform on one machine, for a newcomer to look at and for its developers to change."""

from __future__ import annotations
