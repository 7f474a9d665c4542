"""CSV files of orders (`customer,time,amount`) that are in no database, for evaluating on a shop's own history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from analytics.actions.staging import stage_orders
from analytics.science.purchases import Source

COLUMNS = ("customer", "time", "amount")


class UnreadableOrders(ValueError):
    """The file is not what the command expects; the message says where."""


@dataclass(frozen=True, slots=True)
class StagedFile:
    """What was staged; days are UTC where the times carry no zone."""

    source: Source
    orders: int
    customers: int
    first_day: date
    last_day: date


def stage_file(path: Path) -> StagedFile:
    """Read `path` and stage its orders. Amounts are decimal; those below zero are left out, like refunds in a till's file."""
    try:
        table = pd.read_csv(path, dtype=str, encoding="utf-8-sig", skipinitialspace=True)
    except (OSError, ValueError) as failure:
        raise UnreadableOrders(f"{path}: {failure}") from failure
    table.columns = [str(name).strip().lower() for name in table.columns]
    missing = [name for name in COLUMNS if name not in table.columns]
    if missing:
        raise UnreadableOrders(f"{path} has no column {', '.join(missing)}; expected: {','.join(COLUMNS)}.")
    table = table[list(COLUMNS)].dropna()
    try:
        times = pd.to_datetime(table["time"], utc=True, format="%Y%m%d" if _compact(table["time"]) else "ISO8601")
        amounts = pd.to_numeric(table["amount"])
    except ValueError as failure:
        raise UnreadableOrders(f"{path}: {failure}") from failure
    kept = amounts >= 0
    if not kept.any():
        raise UnreadableOrders(f"{path} has no order.")
    customers, names = pd.factorize(table["customer"][kept], sort=True)
    minor = (amounts[kept] * 100).round().astype("int64")
    moments = times[kept]
    count = stage_orders(
        zip((customers + 1).tolist(), moments.map(pd.Timestamp.isoformat), minor.tolist(), strict=True)
    )
    return StagedFile(Source(None, "UTC"), count, len(names), moments.min().date(), moments.max().date())


def _compact(times: pd.Series) -> bool:
    return bool(times.str.fullmatch(r"\d{8}").all())
