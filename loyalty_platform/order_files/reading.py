"""From a file to rows: CSV in whatever encoding, Excel, or one JSON object a line."""

from __future__ import annotations

import codecs
import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

_SAMPLE_BYTES = 1 << 20
_DELIMITERS = ",;\t|"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
csv.field_size_limit(1 << 20)


class UnreadableFile(Exception):
    """The file as a whole cannot be read; the text says why, for the person who gave it."""


@dataclass(frozen=True, slots=True)
class Row:
    """`number` is what the spreadsheet or editor shows, from 1; `cells` by the file's own headings, None where empty."""

    number: int
    cells: dict[str, Any]


def read_rows(path: Path) -> Iterator[Row]:
    """The rows below the heading; raises UnreadableFile."""
    suffix = path.suffix.lower()
    if suffix in (".xlsx", ".xls", ".xlsm", ".ods"):
        return _from_table(_sheet(path))
    if suffix in (".ndjson", ".jsonl"):
        return _json_rows(path)
    return _from_table(_csv(path))


def encoding_of(sample: bytes) -> str:
    """What a text file's beginning is written in: its mark, else UTF-8 where that is possible, else GB18030."""
    for mark, encoding in _BOMS:
        if sample.startswith(mark):
            return encoding
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)  # the last character may be cut
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


def _csv(path: Path) -> Iterator[tuple[int, list[Any]]]:
    with path.open("rb") as binary:
        encoding = encoding_of(binary.read(_SAMPLE_BYTES))
    with path.open(encoding=encoding, newline="", errors="strict") as text:
        first = text.readline()
        text.seek(0)
        reader = csv.reader(text, delimiter=max(_DELIMITERS, key=first.count))
        try:
            for cells in reader:
                yield reader.line_num, list(cells)
        except (UnicodeDecodeError, csv.Error) as failure:
            raise UnreadableFile(f"Line {reader.line_num + 1} cannot be read as {encoding}: {failure}") from failure


def _sheet(path: Path) -> Iterator[tuple[int, list[Any]]]:
    try:
        sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    except (CalamineError, OSError) as failure:
        raise UnreadableFile(f"{path.name} is no spreadsheet that can be read: {failure}") from failure
    first = sheet.start[0] + 1 if sheet.start else 1
    for number, cells in enumerate(sheet.iter_rows(), first):
        yield number, list(cells)


def _from_table(table: Iterator[tuple[int, list[Any]]]) -> Iterator[Row]:
    headings: list[str] = []
    for number, cells in table:
        if not headings:
            headings = [str(cell).strip() for cell in cells]
            if not any(headings):
                headings = []
            continue
        cells += [None] * (len(headings) - len(cells))
        given = {heading: _or_none(cell) for heading, cell in zip(headings, cells, strict=False) if heading}
        if any(cell is not None for cell in given.values()):
            yield Row(number, given)
    if not headings:
        raise UnreadableFile("The file is empty.")


def _json_rows(path: Path) -> Iterator[Row]:
    """An order a line with its `lines`, or an order line a line."""
    with path.open(encoding="utf-8-sig") as text:
        for number, line in enumerate(text, 1):
            if not line.strip():
                continue
            try:
                order = json.loads(line)
            except ValueError as failure:
                raise UnreadableFile(f"Line {number} is no JSON: {failure}") from failure
            if not isinstance(order, dict):
                raise UnreadableFile(f"Line {number} is no JSON object.")
            nested = order.pop("lines", None)
            for each in nested if isinstance(nested, list) and nested else [{}]:
                cells = {**order, **(each if isinstance(each, dict) else {})}
                yield Row(number, {key: _or_none(value) for key, value in cells.items()})


def _or_none(cell: Any) -> Any:
    return None if cell == "" else cell
