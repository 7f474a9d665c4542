"""Sparklines, charts and member codes: drawn by the server, allowed by a strict content policy."""

from __future__ import annotations

import pytest

from merchants.rules.charts import Chart, Series
from merchants.rules.codes import barcode_svg, qr_svg
from merchants.rules.sparkline import HEIGHT, WIDTH, sparkline


def test_a_rising_series_ends_at_the_top_right() -> None:
    line = sparkline([1, 2, 3])

    assert line is not None
    assert line.line == "M2,26L48,14L94,2"
    assert (line.end_x, line.end_y) == (94, 2)
    assert line.area.endswith(f"L94,{HEIGHT:g}L2,{HEIGHT:g}Z")


def test_a_flat_series_lies_in_the_middle() -> None:
    line = sparkline([5, 5])

    assert line is not None
    assert line.line == f"M2,{HEIGHT / 2:g}L{WIDTH - 2:g},{HEIGHT / 2:g}"


@pytest.mark.parametrize("values", [[], [7]])
def test_one_value_makes_no_line(values: list[float]) -> None:
    assert sparkline(values) is None


def test_the_table_under_a_chart_holds_the_numbers_of_the_picture() -> None:
    chart = Chart("line", ["Jan", "Feb"], [Series("Issued", [10, 20]), Series("Spent", [3, None])])

    assert chart.rows() == [("Jan", [10, 3]), ("Feb", [20, None])]
    assert chart.as_json()["series"][1] == {"name": "Spent", "values": [3, None], "compared": False}


def test_a_series_with_a_missing_month_is_refused() -> None:
    with pytest.raises(ValueError, match="'Issued' has 1 values for 2 labels"):
        Chart("line", ["Jan", "Feb"], [Series("Issued", [10])])


@pytest.mark.parametrize("drawing", [qr_svg("M000123"), barcode_svg("M000123")])
def test_codes_carry_no_inline_style(drawing: str) -> None:
    assert drawing.startswith("<svg")
    assert "style=" not in drawing
    assert "<script" not in drawing


def test_a_barcode_keeps_its_quiet_zone() -> None:
    assert 'viewBox="0 0 110 40"' in barcode_svg("M000123")
    assert 'd="M10 0h2' in barcode_svg("M000123")
