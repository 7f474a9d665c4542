"""Verbs of the events floor: recording, delivering, and those of the shop itself that must be on the record."""

from __future__ import annotations

from events.actions.recording import Recorded, Telling, record, record_many, telling

__all__ = ["Recorded", "Telling", "record", "record_many", "telling"]
