"""The list of files, and the one way to a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from analytics.actions.exports import ask_export, download_export, remove_export
from analytics.models import Export, ExportFormat, ExportState
from analytics.queries.exports import exports_of, get_export
from merchants.frames.cursors import list_page
from merchants.frames.public_ids import public_id, read_public_id
from merchants.frames.staff import StaffRequest, page, shop_url, staff_page
from merchants.roles import Permission, may

_TONES = {"waiting": "neutral", "running": "info", "ready": "success", "failed": "error", "expired": "neutral"}
_POLL_SECONDS = 3
_TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@require_GET
@staff_page(Permission.SEE_INSIGHT)
def export_list(request: StaffRequest) -> HttpResponse:
    found = list_page(request, exports_of(request.merchant), order=["-id"], limit=25)
    rows = [_row(request, export) for export in found.rows]
    waits = any(export.state in (ExportState.WAITING, ExportState.RUNNING) for export in found.rows)
    context: dict[str, Any] = {"rows": rows, "found": found, "poll_seconds": _POLL_SECONDS if waits else 0}
    if request.htmx and not request.htmx.boosted:
        return page(request, "analytics/dashboard/exports.html#list", **context)
    return page(request, "analytics/dashboard/exports.html", **context)


@require_GET
@staff_page(Permission.EXPORT)
def fetch_export(request: StaffRequest, export: str) -> HttpResponseBase:
    """The file, to whoever may export in this shop; personal data in clear only to whoever may see it so."""
    found = get_export(request.merchant, read_public_id("exp", export))
    if found.in_clear and not may(request.membership.role, Permission.REVEAL_PERSONAL_DATA):
        return page(request, "merchants/dashboard/no_permission.html", status=403)
    found.merchant = request.merchant
    file = download_export(found, by=request.actor)
    name = f"{request.merchant.slug}-{slugify(found.title, allow_unicode=True) or 'export'}-{found.asked_at:%Y%m%d}"
    response = FileResponse(
        file, as_attachment=True, filename=f"{name}.{found.format}", content_type=_TYPES[ExportFormat(found.format)]
    )
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
@staff_page(Permission.EXPORT)
def drop_export(request: StaffRequest, export: str) -> HttpResponseBase:
    remove_export(get_export(request.merchant, read_public_id("exp", export)))
    messages.success(request, _("The file is deleted."))
    return HttpResponseRedirect(shop_url(request, "analytics:export-list"))


def asked_for(request: StaffRequest, *, subject: str, options: Mapping[str, str]) -> HttpResponseBase:
    """Ask for a file in the format that was posted, and show where it will be."""
    wanted = ExportFormat.XLSX if request.POST.get("format") == ExportFormat.XLSX else ExportFormat.CSV
    ask_export(
        request.merchant, subject=subject, options=options, format=wanted, by=request.actor,
        in_clear=may(request.membership.role, Permission.REVEAL_PERSONAL_DATA),
    )  # fmt: skip
    messages.info(request, _("The file is being written. It appears here in a moment; you may leave the page."))
    return HttpResponseRedirect(shop_url(request, "analytics:export-list"))


def _row(request: StaffRequest, export: Export) -> dict[str, Any]:
    is_theirs = not export.in_clear or may(request.membership.role, Permission.REVEAL_PERSONAL_DATA)
    may_have = may(request.membership.role, Permission.EXPORT) and is_theirs
    key = public_id("exp", export.pk)
    return {
        "export": export,
        "key": key,
        "tone": _TONES[export.state],
        "url": shop_url(request, "analytics:export-file", key)
        if export.state == ExportState.READY and may_have
        else "",
    }
