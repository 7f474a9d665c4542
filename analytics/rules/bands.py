"""Churn bands: exact, published edges on a calibrated probability, the same for every shop."""

from __future__ import annotations

from enum import StrEnum


class Band(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


BANDS = (Band.LOW, Band.MEDIUM, Band.HIGH)
MEDIUM_FROM, HIGH_FROM = 0.35, 0.65


def band_of(probability: float) -> Band:
    """`probability` is P(no purchase within the horizon): low below 35 %, high from 65 %."""
    if probability >= HIGH_FROM:
        return Band.HIGH
    return Band.MEDIUM if probability >= MEDIUM_FROM else Band.LOW
