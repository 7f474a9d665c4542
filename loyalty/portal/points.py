"""The member's ledger: what came, what went, what will go, and why."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from customers.frames.member import MemberRequest, member_page, portal_page, portal_url
from loyalty.models import KIND_LABELS, Entry, Lot
from loyalty.portal.rows import entry_rows
from loyalty.queries.balances import balance_of, entries_of, get_entry
from loyalty.queries.explanations import explain_entry
from loyalty.queries.wording import entry_sentences, entry_title, wallet_name
from loyalty.rules.kinds import Kind, Wallet
from merchants.frames.cursors import list_page
from merchants.frames.public_ids import public_id, read_public_id

_ROWS = 20
_MOST_EXPIRATIONS = 100


@require_GET
@member_page
def points(request: MemberRequest) -> HttpResponseBase:
    """`?show=` in, spent or gone; `?wallet=growth` for what only counts towards the tier."""
    wallet = Wallet.GROWTH if request.GET.get("wallet") == Wallet.GROWTH else Wallet.POINTS
    show = request.GET.get("show", "")
    found = list_page(request, _narrowed(entries_of(request.member, wallet=wallet), show), limit=_ROWS)
    balance = balance_of(request.member)
    home = portal_url(request, "loyalty-portal:points")
    return portal_page(
        request,
        "loyalty/portal/points.html",
        balance=balance,
        growth=wallet is Wallet.GROWTH,
        wallet_name=wallet_name(wallet, balance.terms) if balance.terms else _("Points"),
        growth_name=balance.terms.growth_name if balance.terms else "",
        views=_views(home, wallet, show),
        entries=entry_rows(request, found.rows),
        next=found.next_cursor,
        previous=found.previous_cursor,
        narrowed=bool(show),
        all_url=home,
    )


@require_GET
@member_page
def expiring(request: MemberRequest) -> HttpResponseBase:
    """Everything that will expire unless it is spent, soonest first."""
    balance = balance_of(request.member, expirations=_MOST_EXPIRATIONS)
    back = portal_url(request, "loyalty-portal:points")
    return portal_page(request, "loyalty/portal/expiring.html", balance=balance, back_url=back)


@require_GET
@member_page
def entry(request: MemberRequest, entry_id: str) -> HttpResponseBase:
    """One posting and its reasons."""
    found = get_entry(request.merchant, read_public_id("ent", entry_id))
    if found.account.customer_id != request.member.pk:
        raise Http404
    explained = explain_entry(found)
    order = explained.order.order if explained.order else None
    terms = balance_of(request.member).terms
    return portal_page(
        request,
        "loyalty/portal/entry.html",
        entry=found,
        title=entry_title(found, explained),
        kind=KIND_LABELS[Kind(found.kind)],
        unit=wallet_name(Wallet(found.account.wallet), terms) if terms else _("Points"),
        sentences=_given(found) + entry_sentences(explained, zone=request.merchant.zone),
        order=order,
        order_url=portal_url(request, "loyalty-portal:order", public_id("ord", order.pk)) if order else "",
        lot=Lot.objects.filter(merchant=request.merchant, entry=found).first(),
        undone_by=entry_rows(request, explained.reversals),
        back_url=portal_url(request, "loyalty-portal:points"),
    )


def _given(entry: Entry) -> list[str]:
    """What was decided rather than calculated has no arithmetic: it says who decided, and the reason if there is one."""
    who = {
        Kind.BONUS: _("A gift from the shop."),
        Kind.GOODWILL: _("The shop gave these to make something good again."),
        Kind.ADJUST: _("The shop corrected your balance."),
        Kind.SPEND: _("You paid with points."),
    }.get(Kind(entry.kind))
    if who is None:
        return []
    return [who, _("Reason: %(reason)s") % {"reason": entry.reason}] if entry.reason else [who]


def _narrowed(entries: QuerySet[Entry], show: str) -> QuerySet[Entry]:
    if show == "in":
        return entries.filter(points__gt=0)
    if show == "spent":
        return entries.filter(kind=Kind.SPEND)
    if show == "gone":
        return entries.filter(points__lt=0).exclude(kind=Kind.SPEND)
    return entries


def _views(home: str, wallet: Wallet, show: str) -> list[dict[str, Any]]:
    if wallet is Wallet.GROWTH:
        return []
    views = [("", _("All")), ("in", _("Received")), ("spent", _("Spent")), ("gone", _("Expired or taken back"))]
    known = {key for key, _label in views}
    return [
        {"label": label, "url": f"{home}?show={key}" if key else home, "active": key == (show if show in known else "")}
        for key, label in views
    ]
