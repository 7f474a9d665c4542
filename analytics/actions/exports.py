"""Files that staff ask for: asked in a request, written by a worker, gone after a week."""

from __future__ import annotations

import csv
import secrets
import tempfile
from collections.abc import Mapping
from datetime import timedelta
from typing import IO

import structlog
import xlsxwriter
from celery import current_app
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import translation
from kombu.exceptions import OperationalError

from analytics.errors import ExportNotReady, TooManyExports
from analytics.facts import ExportAsked, ExportDownloaded
from analytics.models import Export, ExportFormat, ExportState
from analytics.queries.exports import PEOPLE, Sheet, get_export, sheet_of, title_of, unfinished_exports
from analytics.queries.report_tables import Cell, Column
from analytics.rules.cells import guarded_cell
from events.actions import record
from merchants.clock import now, world_now
from merchants.models import Actor, Merchant
from merchants.rules.figures import money_amount

WRITE_TASK = "analytics.tasks.write_export"
KEPT = timedelta(days=7)
MOST_WAITING = 20
_XLSX_FORMATS = {"percent": "0.0%", "number": "#,##0", "days": "0.0", "decimal": "0.00"}
log = structlog.get_logger(__name__)


@transaction.atomic
def ask_export(
    merchant: Merchant,
    *,
    subject: str,
    options: Mapping[str, str],
    format: ExportFormat,
    in_clear: bool,
    by: Actor,
) -> Export:
    """Put a file on the list; a worker writes it. `in_clear`: the asker may see phones and e-mails unmasked."""
    if unfinished_exports(merchant).count() >= MOST_WAITING:
        raise TooManyExports(most=MOST_WAITING)
    title = title_of(merchant, subject, options)
    holds_people = subject.partition(":")[0] in PEOPLE
    export = Export.objects.create(
        merchant=merchant, subject=subject, title=title[:200], options=dict(options), format=format,
        language=translation.get_language() or merchant.language, in_clear=in_clear and holds_people,
        asked_by_id=by.id, asked_by=by.name[:120], asked_at=now(merchant),
    )  # fmt: skip
    record(merchant, ExportAsked(title=export.title, format=format, in_clear=export.in_clear), about=export, by=by)
    transaction.on_commit(lambda: _tell_worker(merchant, export), robust=True)
    return export


def _tell_worker(merchant: Merchant, export: Export) -> None:
    try:
        current_app.send_task(WRITE_TASK, args=[merchant.pk, export.pk], retry=False)
    except (OperationalError, OSError) as failure:  # the sweep finds it within a minute
        log.warning("export_not_announced", export=export.pk, reason=str(failure))


def write_export(merchant: Merchant, *, export_id: int) -> bool:
    """Write the file; False when somebody else does or did. A failure stands on the list and is not tried again."""
    claimed = unfinished_exports(merchant).filter(pk=export_id)
    if not claimed.update(state=ExportState.RUNNING, claimed_at=world_now()):
        return False
    export = get_export(merchant, export_id)
    try:
        with translation.override(export.language), tempfile.TemporaryFile() as file:
            sheet = sheet_of(merchant, export)
            rows = (_write_csv if export.format == ExportFormat.CSV else _write_xlsx)(file, sheet, merchant)
            size = file.tell()
            file.seek(0)
            # Nobody can guess the name; that is not what protects it, but it does not hurt.
            path = default_storage.save(f"exports/{merchant.pk}/{secrets.token_hex(16)}.{export.format}", File(file))
    except Exception as failure:
        log.exception("export_failed", export=export.pk)
        _finish(merchant, export, state=ExportState.FAILED, failure=f"{type(failure).__name__}: {failure}"[:200])
        return True
    at = now(merchant)
    _finish(merchant, export, state=ExportState.READY, path=path, rows=rows, bytes=size, expires_at=at + KEPT)
    return True


def _finish(merchant: Merchant, export: Export, **values: object) -> None:
    Export.objects.filter(merchant=merchant, pk=export.pk).update(finished_at=now(merchant), **values)


@transaction.atomic
def download_export(export: Export, *, by: Actor) -> IO[bytes]:
    """The open file; that it was fetched is written down. ExportNotReady while (or after) there is none."""
    if export.state != ExportState.READY or not default_storage.exists(export.path):
        raise ExportNotReady()
    file: IO[bytes] = default_storage.open(export.path, "rb")
    record(export.merchant, ExportDownloaded(title=export.title, rows=export.rows), about=export, by=by)
    return file


def remove_export(export: Export) -> None:
    """Delete the file now; the line on the list stays and says so."""
    if export.path:
        default_storage.delete(export.path)
    Export.objects.filter(merchant=export.merchant_id, pk=export.pk).update(state=ExportState.EXPIRED, path="")


def _write_csv(file: IO[bytes], sheet: Sheet, merchant: Merchant) -> int:
    """UTF-8 with a mark, so that a spreadsheet reads it as such. Amounts in whole units, percentages as percent."""
    file.write("\ufeff".encode())
    lines = csv.writer(_Encoding(file))
    lines.writerow([guarded_cell(_heading(column, merchant)) for column in sheet.columns])
    rows = 0
    for row in sheet.rows:
        lines.writerow([_plain(cell, column, merchant) for cell, column in zip(row, sheet.columns, strict=True)])
        rows += 1
    return rows


class _Encoding:
    """What csv writes text to, over a file of bytes."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    def write(self, line: str) -> int:
        return self.file.write(line.encode())


def _heading(column: Column, merchant: Merchant) -> str:
    unit = {"money": merchant.currency, "percent": "%"}.get(column.format)
    return f"{column.label} ({unit})" if unit else column.label


def _plain(cell: Cell, column: Column, merchant: Merchant) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return guarded_cell(cell)
    if column.format == "money":
        return str(money_amount(round(cell), merchant.currency))
    if column.format == "percent":
        return f"{cell * 100:.2f}"
    return f"{cell:.4f}".rstrip("0").rstrip(".") if isinstance(cell, float) else str(cell)


def _write_xlsx(file: IO[bytes], sheet: Sheet, merchant: Merchant) -> int:
    """Text is written as text: a cell that looks like a formula or an address stays what it is."""
    book = xlsxwriter.Workbook(
        file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )  # fmt: skip
    page = book.add_worksheet()
    bold = book.add_format({"bold": True})
    digits = -int(money_amount(1, merchant.currency).as_tuple().exponent)
    shown = {name: book.add_format({"num_format": each}) for name, each in _XLSX_FORMATS.items()}
    shown["money"] = book.add_format({"num_format": f"#,##0.{'0' * digits}" if digits else "#,##0"})
    page.freeze_panes(1, 1)
    for at, column in enumerate(sheet.columns):
        label = f"{column.label} ({merchant.currency})" if column.format == "money" else column.label
        page.write_string(0, at, label, bold)
        page.set_column(at, at, max(10, min(len(label) * 2, 28)))
    rows = 0
    for row in sheet.rows:
        rows += 1
        for at, (cell, column) in enumerate(zip(row, sheet.columns, strict=True)):
            if isinstance(cell, str):
                page.write_string(rows, at, cell)
            elif cell is not None:
                value = float(money_amount(round(cell), merchant.currency)) if column.format == "money" else cell
                page.write_number(rows, at, value, shown.get(column.format))
    if sheet.explanations:
        notes = book.add_worksheet()
        notes.set_column(1, 1, 100)
        for line, (term, text) in enumerate(sheet.explanations):
            notes.write_string(line, 0, term, bold)
            notes.write_string(line, 1, text)
    book.close()
    file.seek(0, 2)
    return rows
