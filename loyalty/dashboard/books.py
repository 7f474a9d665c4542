"""The books: proved every night and on demand, what was issued and is still owed, and when it leaves."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from loyalty.actions.nights import reconcile
from loyalty.queries.figures import Liability, find_latest_proof, liability, totals
from loyalty.queries.nights import reconciliations_of
from loyalty.queries.programme import find_version_in_force
from merchants.clock import now
from merchants.frames.cursors import list_page
from merchants.frames.staff import StaffRequest, page, shop_url, staff_page
from merchants.roles import Permission
from merchants.rules.charts import Chart, Series

# What each check of loyalty_audit says, for people.
CHECKS = {
    "balance_is_sum_of_entries": gettext_lazy("The balance is the sum of its entries"),
    "balance_is_lots_less_arrears": gettext_lazy("The balance is what its lots hold, less what is owed"),
    "balance_is_stated_last": gettext_lazy("The balance is the one that the last entry states"),
    "arrears_are_owed": gettext_lazy("What is owed is the sum of the open debts"),
    "held_is_in_lots": gettext_lazy("Held points are held in lots"),
    "held_is_in_holds": gettext_lazy("Held points belong to open holds"),
    "orders_are_open_lots": gettext_lazy("Orders that count for the tier are open lots"),
    "lifetime_earned": gettext_lazy("All ever earned is the sum of the credits"),
    "lifetime_spent": gettext_lazy("All ever spent is the sum of the spends"),
    "lifetime_expired": gettext_lazy("All ever expired is the sum of the closing entries"),
    "each_credit_is_a_lot": gettext_lazy("Each credit is a lot"),
    "lot_is_points_less_allocations": gettext_lazy("A lot holds its points less what debits took"),
    "entry_is_allocated": gettext_lazy("Each debit says which lots it used"),
}


@require_GET
@staff_page(Permission.SEE_LEDGER)
def books(request: StaffRequest) -> HttpResponse:
    merchant = request.merchant
    version = find_version_in_force(merchant)
    proof = find_latest_proof(merchant)
    open_points = liability(merchant)
    return page(
        request,
        "loyalty/dashboard/books.html",
        proof=proof,
        faults=_faults(proof.faults if proof else []),
        checks=[str(label) for label in CHECKS.values()],
        totals=totals(merchant),
        unit=version.parsed().points_name if version else _("points"),
        found=list_page(request, reconciliations_of(merchant), order=["-id"], limit=15),
        charts=_charts(open_points),
        updated_at=now(merchant),
    )


@require_POST
@staff_page(Permission.SEE_LEDGER)
def prove(request: StaffRequest) -> HttpResponseBase:
    """Prove the books now."""
    proof = reconcile(request.merchant)
    if proof.fault_count:
        text = ngettext("%(count)s fault was found.", "%(count)s faults were found.", proof.fault_count)
        messages.error(request, text % {"count": proof.fault_count})
    else:
        messages.success(request, _("Every balance, lot and entry agrees."))
    return HttpResponseRedirect(shop_url(request, "loyalty:books"))


def _faults(faults: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**fault, "label": CHECKS.get(fault["check"], fault["check"])} for fault in faults]


def _charts(open_points: Liability) -> list[dict[str, Any]]:
    if not open_points.by_leaving:
        return []
    never = _("never")
    leaving = Chart(
        "bar",
        [month or never for month, _points in open_points.by_leaving],
        [Series(_("Points"), [points for _month, points in open_points.by_leaving])],
        format="points",
    )
    earned = Chart(
        "bar",
        [month for month, _points in open_points.by_earning],
        [Series(_("Points"), [points for _month, points in open_points.by_earning])],
        format="points",
    )
    return [
        {"id": "leaving", "question": _("When do outstanding points leave?"), "chart": leaving, "heading": _("Month")},
        {"id": "earned", "question": _("When were outstanding points earned?"), "chart": earned, "heading": _("Month")},
    ]
