"""What the demo's shops know of their customers: segments that somebody made, and the night that filled them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from analytics.actions.nights import run_insight_night
from analytics.actions.segments import create_segment
from analytics.frames.segment_documents import read_tree
from merchants.models import Actor, Merchant

Sketch = tuple[str, str, dict[str, Any]]

# Name, what it is for, who is meant. Amounts are minor units of the shop's currency.
ENGLISH: Sequence[Sketch] = (
    (
        "Big baskets, gone quiet",
        "Spent well in the last half year and nothing for a month: worth a call before an offer.",
        {"kind": "all", "of": [
            {"kind": "orders", "measure": "spend_minor", "at_least": 50_000, "window": {"last_days": 180}},
            {"kind": "not", "of": {"kind": "orders", "measure": "count", "at_least": 1, "window": {"last_days": 30}}}]},
    ),
    (
        "Best customers without a complaint",
        "Who may be asked for a review.",
        {"kind": "all", "of": [
            {"kind": "rfm", "groups": ["champions", "loyal"]},
            {"kind": "not", "of": {"kind": "tickets", "state": "open", "complaints_only": True}}]},
    ),
)  # fmt: skip
CHINESE: Sequence[Sketch] = (
    (
        "高消费但近期沉默",
        "半年内消费不错、近一个月没有下单：先问候，再发券。",
        {"kind": "all", "of": [
            {"kind": "orders", "measure": "spend_minor", "at_least": 100_000, "window": {"last_days": 180}},
            {"kind": "not", "of": {"kind": "orders", "measure": "count", "at_least": 1, "window": {"last_days": 30}}}]},
    ),
    (
        "无投诉的优质会员",
        "可以邀请评价的人。",
        {"kind": "all", "of": [
            {"kind": "rfm", "groups": ["champions", "loyal"]},
            {"kind": "not", "of": {"kind": "tickets", "state": "open", "complaints_only": True}}]},
    ),
)  # fmt: skip


def study(merchant: Merchant, sketches: Sequence[Sketch], *, by: Actor) -> None:
    """Make the shop's segments and let its first insight night run, as it would by itself tonight."""
    for name, description, tree in sketches:
        create_segment(merchant, name=name, description=description, tree=read_tree(tree), by=by)
    run_insight_night(merchant)
