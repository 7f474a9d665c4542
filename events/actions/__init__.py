"""Verbs of the events floor: recording, delivering, and those of the shop itself that must be on the record."""

from __future__ import annotations

from events.actions.recording import Recorded, as_row, record, record_many

__all__ = ["Recorded", "as_row", "record", "record_many"]
