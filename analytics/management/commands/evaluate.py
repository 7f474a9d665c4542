"""`manage.py evaluate churn --shop S --cutoff D --horizon N`: how good the models would have been on a past day.

Everything is learnt from what had happened before the cut-off, and judged on the days after it. `--orders FILE` takes a CSV
of orders (`customer,time,amount`) that is in no database instead of a shop.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError

from analytics.science.evaluate import NothingToJudge, evaluate_churn, evaluate_next_basket, evaluate_value
from analytics.science.order_files import UnreadableOrders, stage_file
from analytics.science.purchases import Source
from merchants.models import Merchant

WHAT = {"churn": evaluate_churn, "clv": evaluate_value, "next-basket": evaluate_next_basket}


class Command(BaseCommand):
    help = "Print the figures that the models reach on a past day, beside their baselines."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=sorted(WHAT))
        parser.add_argument("--shop", help="the shop's address, as in /dashboard/ADDRESS/")
        parser.add_argument("--orders", type=Path, help="a CSV of orders instead of a shop: customer,time,amount")
        parser.add_argument(
            "--cutoff", type=date.fromisoformat, required=True, help="the day before which all is known"
        )
        parser.add_argument("--horizon", type=int, required=True, help="how many days from the cut-off on are judged")
        parser.add_argument("--json", action="store_true", help="the figures as one JSON document")

    def handle(
        self, *arguments: Any, what: str, shop: str | None, orders: Path | None, cutoff: date, horizon: int,
        json: bool, **options: Any,
    ) -> None:  # fmt: skip
        if (shop is None) == (orders is None):
            raise CommandError("Give either --shop or --orders.")
        if horizon < 1:
            raise CommandError("The horizon is at least one day.")
        if what == "next-basket" and orders is not None:
            raise CommandError("Next baskets need products, which a file of orders does not tell: give --shop.")
        try:
            found = WHAT[what](self._source(shop, orders), cutoff, horizon)
        except (UnreadableOrders, NothingToJudge) as failure:
            raise CommandError(str(failure)) from failure
        self.stdout.write(_as_json(found) if json else _as_text(found))

    def _source(self, shop: str | None, orders: Path | None) -> Source:
        if orders is not None:
            return stage_file(orders).source
        merchant = Merchant.objects.filter(slug=shop).first()
        if merchant is None:
            raise CommandError(f"There is no shop with the address {shop}.")
        return Source.of_shop(merchant)


def _as_json(found: dict[str, Any]) -> str:
    return json.dumps(found, indent=1, ensure_ascii=False, default=str)


def _as_text(found: dict[str, Any]) -> str:
    """A line for each fact, then a table: one line for each of the compared, one column for each figure."""
    lines = [f"{key}: {_plain(value)}" for key, value in found.items() if not isinstance(value, dict)]
    tables = {name: table for name, table in found.items() if isinstance(table, dict)}
    for name, table in tables.items():
        rows = {row: figures for row, figures in table.items() if isinstance(figures, dict)}
        if not rows:
            lines.append(f"{name}: " + ", ".join(f"{key} {_plain(value)}" for key, value in table.items()))
            continue
        columns = list(dict.fromkeys(key for figures in rows.values() for key in figures))
        width = max(len(row) for row in rows) + 2
        lines += ["", f"{name}", " " * width + "".join(f"{column:>18}" for column in columns)]
        lines += [
            f"{row:<{width}}" + "".join(f"{_plain(figures.get(column)):>18}" for column in columns)
            for row, figures in rows.items()
        ]
    return "\n".join(lines)


def _plain(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.4f}" if abs(value) < 100 else f"{value:,.0f}"
    return "–" if value is None else str(value)
