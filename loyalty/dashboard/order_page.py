"""One order: its lines, what it earned and why, what went back, and what happened to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from commerce.models import Order, OrderLine, Refund
from commerce.queries import get_order, refunds_of
from loyalty.actions.refunds import cancel_paid_order
from loyalty.dashboard.orders import STATUS_LABELS
from loyalty.models import KIND_LABELS, Entry
from loyalty.queries.explanations import AwardExplanation, OrderExplanation, explain_order
from loyalty.queries.wording import number, order_sentences, rule_sentence, wallet_name
from loyalty.rules.kinds import Kind, Wallet
from merchants.frames.public_ids import public_id, read_public_id
from merchants.frames.staff import StaffRequest, page, shop_url, staff_page
from merchants.roles import Permission
from merchants.rules.figures import format_points


@dataclass(frozen=True, slots=True)
class LineRow:
    """An order line with its exact share of the points, "–" where nothing was awarded."""

    line: OrderLine
    name: str
    points: str


@dataclass(frozen=True, slots=True)
class AwardPanel:
    """One wallet's award as the page tells it: (matched, sentence) per rule, then the sum."""

    award: AwardExplanation
    unit: str
    rules: list[tuple[bool, str]]

    @property
    def kept(self) -> int:
        return self.award.points - self.award.taken_back

    @property
    def exact(self) -> str:
        """The sum before the one rounding, without trailing zeros; "" where nothing was rounded away."""
        return number(self.award.exact) if self.award.exact != self.award.points else ""


def order_at(request: StaffRequest, order: str) -> Order:
    return get_order(request.merchant, read_public_id("ord", order))


def order_url(request: StaffRequest, order: Order) -> str:
    return shop_url(request, "loyalty:order", public_id("ord", order.pk))


def trail_of(request: StaffRequest, order: Order, *last: str) -> list[dict[str, str]]:
    steps = [
        (_("Orders"), shop_url(request, "loyalty:order-list")),
        (order.number, order_url(request, order) if last else ""),
    ]
    return [{"label": label, "url": url} for label, url in (*steps, *((label, "") for label in last))]


@require_GET
@staff_page(Permission.SEE_ORDERS)
def order_page(request: StaffRequest, order: str) -> HttpResponse:
    found = order_at(request, order)
    explained = explain_order(found)
    refunds = list(refunds_of(found))
    label, tone = STATUS_LABELS[found.status]
    return page(
        request,
        "loyalty/dashboard/order.html",
        trail=trail_of(request, found),
        order=found,
        status_label=label,
        tone=tone,
        lines=line_rows(explained),
        awards=award_panels(explained),
        nothing=order_sentences(explained) if explained.nothing_because else [],
        refunds=refunds,
        entries=explained.entries,
        timeline=_timeline(request, found, refunds, explained),
        refundable=found.paid_at is not None
        and found.cancelled_at is None
        and found.refunded_minor < found.total_minor,
    )


@require_POST
@staff_page(Permission.REFUND_ORDERS)
def cancel(request: StaffRequest, order: str) -> HttpResponseBase:
    found = order_at(request, order)
    outcome = cancel_paid_order(found, by=request.actor, reason=request.POST.get("reason", "").strip()[:200])
    if outcome is None or not outcome.points:
        messages.success(request, _("The order is cancelled."))
    else:
        messages.success(
            request, _("The order is cancelled; %(points)s points went back.") % {"points": outcome.points}
        )
    return HttpResponseRedirect(order_url(request, found))


def line_rows(explained: OrderExplanation) -> list[LineRow]:
    award = explained.award(Wallet.POINTS)
    rows = []
    for position, line in enumerate(explained.lines):
        name = line.name or (line.product.name if line.product else "") or line.sku
        share = award.contributions[position] if award is not None and position < len(award.contributions) else None
        rows.append(LineRow(line, name, "–" if share is None else number(share)))
    return rows


def award_panels(explained: OrderExplanation) -> list[AwardPanel]:
    if explained.terms is None:
        return []
    panels = []
    for award in explained.awards:
        unit = wallet_name(award.wallet, explained.terms)
        rules = [
            (trace.matched, rule_sentence(trace, currency=explained.order.currency, wallet_name=unit))
            for trace in award.rules
        ]
        panels.append(AwardPanel(award, unit, rules))
    return panels


def _timeline(
    request: StaffRequest, order: Order, refunds: list[Refund], explained: OrderExplanation
) -> list[dict[str, Any]]:
    """The order's own moments, the refunds and the ledger, newest first; of one moment, the consequence stands on top."""
    moments: list[tuple[datetime | None, str, str, str]] = [
        (order.placed_at, "shopping-bag", "", _("Placed")),
        (order.paid_at, "credit-card", "success", _("Paid")),
        (order.completed_at, "check", "success", _("Completed")),
        (order.cancelled_at, "circle-x", "warning", _("Cancelled")),
    ]
    lines: list[dict[str, Any]] = [
        {"when": when, "icon": icon, "tone": tone, "title": title}
        for when, icon, tone, title in moments
        if when is not None
    ]
    lines += [
        {
            "when": refund.refunded_at, "icon": "undo-2", "tone": "warning",
            "title": _("Refund %(number)s") % {"number": refund.number}, "detail": refund.reason,
        }
        for refund in refunds
    ]  # fmt: skip
    units = {panel.award.wallet: panel.unit for panel in award_panels(explained)}
    accounts = {award.account_id: Wallet(award.wallet) for award in order.awards.all()}
    lines += [
        _entry_line(request, entry, units.get(accounts.get(entry.account_id, Wallet.POINTS), ""))
        for entry in explained.entries
    ]
    return sorted(lines, key=lambda line: line["when"])[::-1]


def _entry_line(request: StaffRequest, entry: Entry, unit: str) -> dict[str, Any]:
    label = str(KIND_LABELS[Kind(entry.kind)])
    signed = format_points(entry.points, language=get_language() or "en", signed=True)
    title = _("%(kind)s: %(points)s %(unit)s") % {
        "kind": label,
        "points": signed,
        "unit": unit,
    }
    return {
        "when": entry.occurred_at,
        "icon": "coins" if entry.points > 0 else "undo-2",
        "tone": "success" if entry.points > 0 else "warning",
        "title": title,
        "url": shop_url(request, "loyalty:entry", public_id("ent", entry.pk)),
        "by": entry.actor_name if entry.actor_kind == "staff" else "",
    }
