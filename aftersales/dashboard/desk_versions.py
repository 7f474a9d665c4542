"""What the rule books were: published versions stay for ever."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from aftersales.dashboard.desk import desk_trail
from aftersales.dashboard.desk_readable import Words, changes_between, sections_of
from aftersales.models import DocumentKind
from aftersales.queries.desk import parsed_document, versions_of_document
from merchants.errors import NotFound
from merchants.frames.staff import StaffRequest, page, shop_url, staff_page
from merchants.roles import Permission

PAGES = {"sla": "desk-levels", "routing": "desk-routing", "limits": "desk-limits", "care": "desk-care"}


@require_GET
@staff_page(Permission.EDIT_DESK)
def versions(request: StaffRequest, kind: str) -> HttpResponse:
    label, url = _book(request, kind)
    return page(
        request,
        "aftersales/dashboard/desk_versions.html",
        kind=kind,
        versions=list(versions_of_document(request.merchant, kind)[:100]),
        trail=desk_trail(request, (label, url), (_("Versions"), "")),
    )


@require_GET
@staff_page(Permission.EDIT_DESK)
def version(request: StaffRequest, kind: str, number: int) -> HttpResponse:
    label, url = _book(request, kind)
    every = versions_of_document(request.merchant, kind)
    found, before = every.filter(number=number).first(), every.filter(number__lt=number).first()
    if found is None:
        raise NotFound()
    words = Words(request.merchant)
    document = parsed_document(found)
    return page(
        request,
        "aftersales/dashboard/desk_version.html",
        version=found,
        is_in_force=not every.filter(number__gt=number).exists(),
        sections=sections_of(document, words),
        changes=changes_between(parsed_document(before), document, words) if before else [],
        earlier=before,
        trail=desk_trail(
            request,
            (label, url),
            (_("Versions"), shop_url(request, "aftersales:desk-versions", kind)),
            (_("Version %(number)s") % {"number": number}, ""),
        ),
    )


def _book(request: StaffRequest, kind: str) -> tuple[str, str]:
    if kind not in PAGES:
        raise NotFound()
    return str(DocumentKind(kind).label), shop_url(request, f"aftersales:{PAGES[kind]}")
