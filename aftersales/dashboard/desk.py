"""Desk settings: everything the desk goes by, and what stands now."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_GET

from aftersales.actions.desk import open_desk
from aftersales.models import DocumentKind
from aftersales.queries.desk import (
    calendars_in_force,
    categories_of,
    causes_of,
    find_document,
    macros_for,
    statuses_of,
)
from aftersales.queries.people import agents_of
from merchants.frames.staff import StaffRequest, page, shop_url, staff_page
from merchants.models import Merchant
from merchants.roles import Permission


@require_GET
@staff_page(Permission.EDIT_DESK)
def desk(request: StaffRequest) -> HttpResponse:
    open_desk(request.merchant, by=request.actor)  # a shop that never had a ticket sees what it would begin with
    return page(request, "aftersales/dashboard/desk.html", groups=_groups(request))


def desk_trail(request: StaffRequest, *steps: tuple[str, str]) -> list[dict[str, str]]:
    """The way to a settings page; the last step has no address."""
    first = (_("Desk settings"), shop_url(request, "aftersales:desk"))
    return [{"label": label, "url": url} for label, url in (first, *steps)]


def _groups(request: StaffRequest) -> list[dict[str, Any]]:
    merchant = request.merchant

    def row(icon: str, name: str, label: str, note: str) -> dict[str, str]:
        return {"icon": icon, "label": label, "note": note, "url": shop_url(request, f"aftersales:{name}")}

    people = agents_of(merchant)
    here = sum(each.is_here for each in people)
    calendars = calendars_in_force(merchant)
    macros = macros_for(request.membership, merchant=merchant).count()
    return [
        {
            "title": _("Promises"),
            "rows": [
                row("timer", "desk-levels", _("Service levels"), _version(merchant, DocumentKind.SLA)),
                row("calendar", "desk-hours", _("Business hours"), _(", ").join(each.name for each in calendars)),
            ],
        },
        {
            "title": _("Who gets what"),
            "rows": [
                row("split", "desk-routing", _("Routing"), _version(merchant, DocumentKind.ROUTING)),
                row("users", "desk-people", _("People"), _people(here, len(people))),
            ],
        },
        {
            "title": _("The desk's words"),
            "rows": [
                row("list-checks", "desk-statuses", _("Statuses"), _count(statuses_of(merchant).count())),
                row(
                    "tag", "desk-categories", pgettext("ticket", "Categories"), _count(categories_of(merchant).count())
                ),
                row("layers", "desk-causes", _("Root causes"), _count(causes_of(merchant).count())),
                row("zap", "desk-macros", _("Macros"), _count(macros)),
            ],
        },
        {
            "title": _("Making it right"),
            "rows": [
                row("gift", "desk-limits", _("Goodwill limits"), _version(merchant, DocumentKind.LIMITS)),
                row("heart", "desk-care", _("After the answer"), _version(merchant, DocumentKind.CARE)),
            ],
        },
    ]


def _version(merchant: Merchant, kind: str) -> str:
    found = find_document(merchant, kind)
    return _("Version %(number)s") % {"number": found[0].number} if found is not None else ""


def _count(many: int) -> str:
    return ngettext("%(count)s in use", "%(count)s in use", many) % {"count": many}


def _people(here: int, everybody: int) -> str:
    return _("%(here)s of %(everybody)s present") % {"here": here, "everybody": everybody}
