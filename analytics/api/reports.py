"""/api/v1/reports: the dashboard's figures with their definitions."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from drf_spectacular.utils import extend_schema
from pydantic import Field

from analytics.api.shapes import Shape
from analytics.queries.report_tables import Report
from analytics.queries.reports import REPORTS, ReportKind, chosen_options, get_report_kind, report_of, span_asked
from analytics.rules.spans import Span
from merchants.frames.endpoint import Answer, ApiRequest, Endpoint
from merchants.frames.openapi import query_parameters
from merchants.roles import Scope

_TAGS = ["Reports"]


class ReportBrief(Shape):
    """`choices`: further query parameters that the report takes, each with its values, the usual one first."""

    key: str = Field(examples=["cohorts"])
    title: str
    question: str
    definition: str
    formula: str
    choices: dict[str, list[str]]


class ReportIndex(Shape):
    data: list[ReportBrief]


class DaysShape(Shape):
    """Local days of the shop, both included."""

    first: date
    last: date


class ColumnShape(Shape):
    """`money`: minor units of the shop's currency. `percent`: a ratio of 1. `days`: a number of days."""

    key: str
    label: str
    format: Literal["text", "number", "percent", "money", "days", "decimal"]


class HeadlineShape(Shape):
    label: str
    value: float | int | None
    before: float | int | None = Field(description="Of the period before; null where there is nothing to compare with.")
    format: Literal["text", "number", "percent", "money", "days", "decimal"]


class CellPlace(Shape):
    row: int
    column: str


class ReportShape(ReportBrief):
    currency: str
    period: DaysShape
    compared_with: DaysShape
    options: dict[str, str]
    headline: HeadlineShape | None
    columns: list[ColumnShape]
    rows: list[dict[str, str | int | float | None]] = Field(description="One object per row, by the columns' keys.")
    incomplete: list[CellPlace] = Field(description="Cells whose time is not over yet.")
    notes: list[str]


class ReportQuery(Shape):
    """Give a `period`, or both `first` and `last`."""

    period: str = Field(
        "", description="7d, 30d (usual), 90d, 365d, this_month, last_month, this_quarter or this_year."
    )
    first: date | None = Field(None, description="First local day.")
    last: date | None = Field(None, description="Last local day, included.")
    measure: str = Field("", max_length=40, description="Of cohorts: percent, customers or revenue.")
    by: str = Field("", max_length=40, description="Of categories: tier, lifecycle, rfm or churn.")


class ReportList(Endpoint):
    scopes = {"GET": Scope.INSIGHT_READ}

    @extend_schema(operation_id="reports_list", summary="List reports", tags=_TAGS, responses={200: ReportIndex})
    def get(self, request: ApiRequest) -> Answer:
        return Answer({"data": [_brief(kind) for kind in REPORTS.values()]})


class ReportDetail(Endpoint):
    scopes = {"GET": Scope.INSIGHT_READ}

    @extend_schema(
        operation_id="reports_get", summary="Get a report", tags=_TAGS, parameters=query_parameters(ReportQuery),
        responses={200: ReportShape},
    )  # fmt: skip
    def get(self, request: ApiRequest, report: str) -> Answer:
        kind = get_report_kind(report)
        query = self.query(ReportQuery)
        span = span_asked(request.merchant, preset=query.period, first=query.first, last=query.last)
        options = chosen_options(request.merchant, report, {"measure": query.measure, "by": query.by})
        found = report_of(request.merchant, report, span, options)
        return Answer(_present(kind, found, span, options, request.merchant.currency))


def _brief(kind: ReportKind) -> dict[str, Any]:
    return {
        "key": kind.key,
        "title": str(kind.title),
        "question": str(kind.question),
        "definition": str(kind.definition),
        "formula": str(kind.formula),
        "choices": {name: list(values) for name, values in kind.choices.items()},
    }


def _present(kind: ReportKind, report: Report, span: Span, options: dict[str, str], currency: str) -> dict[str, Any]:
    headline = report.headline
    keys = [column.key for column in report.columns]
    return {
        **_brief(kind),
        "currency": currency,
        "period": {"first": span.first, "last": span.last},
        "compared_with": {"first": span.before.first, "last": span.before.last},
        "options": options,
        "headline": headline
        and {"label": headline.label, "value": headline.value, "before": headline.before, "format": headline.format},
        "columns": [{"key": each.key, "label": each.label, "format": each.format} for each in report.columns],
        "rows": [dict(zip(keys, row, strict=True)) for row in report.rows],
        "incomplete": [{"row": row, "column": keys[at]} for row, at in sorted(report.incomplete)],
        "notes": list(report.notes),
    }
