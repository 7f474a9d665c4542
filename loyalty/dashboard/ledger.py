"""The ledger: every entry, why it stands there, and how a mistake is reversed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from customers.queries import search_customers
from loyalty.actions.grants import reverse_entry
from loyalty.dashboard.order_page import award_panels
from loyalty.models import KIND_LABELS, WALLET_LABELS, Entry
from loyalty.queries.balances import entries_of_merchant, get_entry
from loyalty.queries.explanations import explain_entry
from loyalty.queries.programme import find_version_in_force
from loyalty.queries.wording import entry_sentences, entry_title, wallet_name
from loyalty.rules.expiry import start_of
from loyalty.rules.kinds import Kind, Wallet
from merchants.frames.cursors import list_page
from merchants.frames.public_ids import public_id, read_public_id
from merchants.frames.staff import StaffRequest, page, shop_url, staff_page
from merchants.roles import Permission

_REVERSIBLE = (Kind.BONUS, Kind.GOODWILL, Kind.ADJUST)
TONES = {
    Kind.EARN: "success", Kind.BONUS: "success", Kind.GOODWILL: "success", Kind.SPEND: "accent", Kind.SPEND_RETURN: "info",
    Kind.REFUND: "warning", Kind.ADJUST: "info", Kind.REVERSAL: "warning", Kind.EXPIRE: "neutral",
}  # fmt: skip


class EntryFilterForm(forms.Form):
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), required=False,
        choices=[("", gettext_lazy("All kinds")), *((kind.value, label) for kind, label in KIND_LABELS.items())],
    )  # fmt: skip
    since = forms.DateField(label=gettext_lazy("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=gettext_lazy("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry as lists show it."""

    entry: Entry
    title: str
    kind: str
    tone: str
    wallet: str


def entry_rows(entries: Sequence[Entry]) -> list[EntryRow]:
    return [
        EntryRow(
            entry, entry_title(entry), str(KIND_LABELS[Kind(entry.kind)]), TONES[Kind(entry.kind)],
            str(WALLET_LABELS[Wallet(entry.account.wallet)]),
        )
        for entry in entries
    ]  # fmt: skip


@require_GET
@staff_page(Permission.SEE_LEDGER)
def ledger(request: StaffRequest) -> HttpResponse:
    form = EntryFilterForm(request.GET)
    wallet = Wallet.GROWTH if request.GET.get("wallet") == Wallet.GROWTH else Wallet.POINTS
    text = request.GET.get("q", "").strip()[:100]
    rows = _matching(request, form, wallet, text)
    got = list_page(request, rows, order=["-id"])
    context: dict[str, Any] = {
        "rows": entry_rows(got.rows),
        "found": got,
        "q": text,
        "filters": _chips(request, form),
        "kept": [
            (name, value) for name, value in request.GET.items() if value and name not in ("q", "after", "before")
        ],
    }
    if request.htmx and not request.htmx.boosted:
        return page(request, "loyalty/dashboard/ledger.html#list", **context)
    return page(request, "loyalty/dashboard/ledger.html", form=form, wallet=wallet, tabs=_tabs(wallet), **context)


@require_GET
@staff_page(Permission.SEE_LEDGER)
def entry_page(request: StaffRequest, entry: str) -> HttpResponse:
    found = get_entry(request.merchant, read_public_id("ent", entry))
    explained = explain_entry(found)
    version = find_version_in_force(request.merchant)
    return page(
        request,
        "loyalty/dashboard/entry.html",
        trail=[
            {"label": _("Ledger"), "url": shop_url(request, "loyalty:ledger")},
            {"label": public_id("ent", found.pk), "url": ""},
        ],
        row=entry_rows([found])[0],
        entry=found,
        member=found.account.customer,
        unit=wallet_name(Wallet(found.account.wallet), version.parsed()) if version else "",
        lot=getattr(found, "lot", None),
        sentences=entry_sentences(explained, zone=request.merchant.zone),
        awards=[
            panel
            for panel in (award_panels(explained.order) if explained.order else [])
            if panel.award.wallet == found.account.wallet
        ]
        if found.kind == Kind.EARN
        else [],
        explained=explained,
        reversible=found.kind in _REVERSIBLE and not explained.reversals,
    )


@require_POST
@staff_page(Permission.ADJUST_POINTS)
def reverse(request: StaffRequest, entry: str) -> HttpResponseBase:
    found = get_entry(request.merchant, read_public_id("ent", entry))
    posted = reverse_entry(found, reason=request.POST.get("reason", "").strip(), by=request.actor)
    messages.success(request, _("Reversed by an entry of its own."))
    return HttpResponseRedirect(shop_url(request, "loyalty:entry", public_id("ent", posted.pk)))


def _matching(request: StaffRequest, form: EntryFilterForm, wallet: Wallet, text: str) -> QuerySet[Entry]:
    merchant = request.merchant
    given = form.cleaned_data if form.is_valid() else {}
    rows = entries_of_merchant(merchant).filter(account__wallet=wallet)
    if text:
        # A reference ("order:…", a till receipt) is exact; anything else is somebody's name, phone or number.
        if ":" in text:
            rows = rows.filter(reference=text)
        else:
            members = [customer.pk for customer in search_customers(merchant, text, limit=50, with_archived=True)]
            rows = rows.filter(account__customer__in=members)
    if given.get("kind"):
        rows = rows.filter(kind=given["kind"])
    if given.get("since"):
        rows = rows.filter(occurred_at__gte=start_of(given["since"], merchant.zone))
    if given.get("until"):
        rows = rows.filter(occurred_at__lt=start_of(given["until"] + timedelta(days=1), merchant.zone))
    return rows


def _tabs(wallet: Wallet) -> list[dict[str, Any]]:
    return [
        {
            "label": WALLET_LABELS[each],
            "url": "?" if each is Wallet.POINTS else f"?wallet={each}",
            "active": each is wallet,
        }
        for each in Wallet
    ]


def _chips(request: StaffRequest, form: EntryFilterForm) -> list[dict[str, Any]]:
    given = form.cleaned_data if form.is_valid() else {}
    chips = []
    for name, value in given.items():
        if value in (None, ""):
            continue
        kept: QueryDict = request.GET.copy()
        for gone in (name, "after", "before"):
            kept.pop(gone, None)
        shown = KIND_LABELS[Kind(value)] if name == "kind" else value
        chips.append({"label": form.fields[name].label, "value": shown, "remove_url": f"?{kept.urlencode()}"})
    return chips
