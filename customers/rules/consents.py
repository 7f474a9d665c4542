"""Which channels each purpose can be agreed to on, and what a row of decisions comes to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

# "any" stands where the channel does not matter: being a member, being analysed.
CHANNELS_OF: dict[str, tuple[str, ...]] = {
    "membership": ("any",),
    "offers": ("email", "sms", "wechat", "phone"),
    "birthday": ("email", "sms", "wechat"),
    "surveys": ("email", "sms", "wechat"),
    "profiling": ("any",),
}
# What a member may switch at will; membership ends by leaving, not by a switch.
PREFERENCES: dict[str, tuple[str, ...]] = {
    purpose: channels for purpose, channels in CHANNELS_OF.items() if purpose != "membership"
}


def is_known(purpose: str, channel: str) -> bool:
    return channel in CHANNELS_OF.get(purpose, ())


def standing(decisions: Iterable[tuple[str, str, str]]) -> dict[tuple[str, str], bool]:
    """What holds now, of (purpose, channel, "given" | "withdrawn") from oldest to newest.

    Nothing said means no: a pair that is not in the answer was never agreed to.
    """
    return {(purpose, channel): decision == "given" for purpose, channel, decision in decisions}


def text_version(text: str) -> str:
    """A name for exactly these words, so that a consent can be shown with the text that was agreed to."""
    return f"sha256:{hashlib.sha256(text.strip().encode()).hexdigest()[:16]}" if text.strip() else ""
