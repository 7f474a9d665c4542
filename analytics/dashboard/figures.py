"""How the cells of a report are written for people."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from analytics.queries.report_tables import Cell, Column, Format, Headline, Report
from merchants.models import Merchant
from merchants.rules.figures import format_money, format_number, format_points, format_ratio
from merchants.templatetags.ui import compact, compact_money


@dataclass(frozen=True, slots=True)
class ShownCell:
    text: str
    label: str
    is_number: bool
    is_incomplete: bool = False


def written(cell: Cell, kind: Format, merchant: Merchant) -> str:
    """ "–" for what is not known."""
    if cell is None:
        return "–"
    language = get_language() or "en"
    if isinstance(cell, str):
        return cell
    if kind == "money":
        return format_money(round(cell), merchant.currency, language=language)
    if kind == "percent":
        return format_ratio(cell, language=language)
    if kind == "days":
        return _("%(days)s days") % {"days": format_number(round(cell, 1), language=language)}
    if kind == "decimal":
        return format_number(cell, language=language)
    return format_points(round(cell), language=language)


def shown_rows(report: Report, merchant: Merchant) -> list[list[ShownCell]]:
    return [
        [
            _shown(cell, column, merchant, (row_at, at) in report.incomplete)
            for at, (cell, column) in enumerate(zip(row, report.columns, strict=True))
        ]
        for row_at, row in enumerate(report.rows)
    ]


def _shown(cell: Cell, column: Column, merchant: Merchant, is_incomplete: bool) -> ShownCell:
    return ShownCell(written(cell, column.format, merchant), column.label, column.format != "text", is_incomplete)


def _short(value: float | int | None, kind: Format, merchant: Merchant) -> str:
    """As cards have it: large numbers and amounts in short, the exact one on demand."""
    if value is not None and kind == "money":
        return compact_money(round(value), merchant.currency)
    return compact(value) if value is not None and kind == "number" else written(value, kind, merchant)


def shown_headline(headline: Headline | None, merchant: Merchant) -> dict[str, object] | None:
    """What components/stat.html takes."""
    if headline is None:
        return None
    return {
        "label": headline.label,
        "value": _short(headline.value, headline.format, merchant),
        "before": written(headline.before, headline.format, merchant) if headline.before is not None else "",
        "delta": headline.change,
        "good": headline.good,
    }
