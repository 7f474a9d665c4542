"""Setting up the desk: the verbs of its other files under one name."""

from __future__ import annotations

from aftersales.actions.desk_opening import open_desk

__all__ = ["open_desk"]
