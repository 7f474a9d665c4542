"""Verbs of the events floor: recording, delivering, and those of the shop itself that must be on the record."""

from __future__ import annotations

from events.actions.recording import Recorded, fact_rows, facts_json, nudge_after_commit, record, record_many

__all__ = ["Recorded", "fact_rows", "facts_json", "nudge_after_commit", "record", "record_many"]
