"""Setting up the desk: the verbs of its files under one name."""

from __future__ import annotations

from aftersales.actions.desk_opening import open_desk
from aftersales.actions.desk_people import hand_over_customers, set_advisor, set_agent, set_presence
from aftersales.actions.desk_rules import check_document, check_hours, publish_calendar, publish_document
from aftersales.actions.desk_texts import add_macro, archive_macro, change_macro, remove_inbox_view, save_inbox_view
from aftersales.actions.desk_words import (
    add_category,
    add_cause,
    add_status,
    archive_word,
    change_category,
    change_cause,
    change_status,
    move_word,
    restore_word,
    tidy_skill,
)

__all__ = [
    "add_category", "add_cause", "add_macro", "add_status", "archive_macro", "archive_word", "change_category",
    "change_cause", "change_macro", "change_status", "check_document", "check_hours", "hand_over_customers", "move_word",
    "open_desk", "publish_calendar", "publish_document", "remove_inbox_view", "restore_word", "save_inbox_view",
    "set_advisor", "set_agent", "set_presence", "tidy_skill",
]  # fmt: skip
