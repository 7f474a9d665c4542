"""Tiers as badges: names and ranks for the codes that tickets carry."""

from __future__ import annotations

from dataclasses import dataclass

from loyalty.errors import NoProgramme
from loyalty.queries.programme import get_version_in_force
from merchants.models import Merchant


@dataclass(frozen=True, slots=True)
class TierMark:
    """`rank` counts from 1, the lowest."""

    code: str
    name: str
    rank: int


def tier_marks(merchant: Merchant) -> dict[str, TierMark]:
    """{code: mark}, lowest first; empty for a shop without a programme."""
    try:
        tiers = get_version_in_force(merchant).parsed().ladder.tiers
    except NoProgramme:
        return {}
    return {tier.code: TierMark(tier.code, tier.name, rank) for rank, tier in enumerate(tiers, start=1)}
