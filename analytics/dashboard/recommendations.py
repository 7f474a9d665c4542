"""Recommendations: what goes together, what one customer may want next, and what is never suggested."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from analytics.actions.recommendations import set_recommendation_policy
from analytics.models import RunKind
from analytics.queries.recommendations import affinity_pairs, because_in_words, policy_of, recommendations_for
from analytics.queries.runs import run_in_force
from commerce.queries import categories_of
from customers.models import Customer
from customers.queries import find_customer, search_customers
from merchants.frames.cursors import list_page
from merchants.frames.staff import StaffRequest, page, permissions_of, shop_url, staff_page
from merchants.roles import Permission

_SHOWN = 10


class PolicyForm(forms.Form):
    excluded_categories = forms.CharField(
        label=gettext_lazy("Categories that are never suggested"), required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("One on each line; what lies below a category goes with it."),
    )  # fmt: skip
    unavailable_skus = forms.CharField(
        label=gettext_lazy("SKUs that are out of stock"), required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("One on each line. They come back when you take them off the list."),
    )  # fmt: skip


@require_GET
@staff_page(Permission.SEE_INSIGHT)
def recommendations(request: StaffRequest) -> HttpResponse:
    merchant = request.merchant
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    customer = _customer(request, text)
    pairs = list_page(request, affinity_pairs(merchant), order=["-lift", "-id"], limit=25)
    policy = policy_of(merchant)
    return page(
        request,
        "analytics/dashboard/recommendations.html",
        run=run_in_force(merchant, RunKind.RECOMMENDATIONS),
        pairs=pairs,
        q=text,
        customer=customer,
        items=_items(customer) if customer else [],
        form=PolicyForm(
            initial={
                "excluded_categories": "\n".join(policy.excluded_categories),
                "unavailable_skus": "\n".join(policy.unavailable_skus),
            }
        ),
        may_edit=permissions_of(request.membership)[Permission.EDIT_SEGMENTS],
        categories=categories_of(merchant)[:200],
    )


@require_POST
@staff_page(Permission.EDIT_SEGMENTS)
def change_policy(request: StaffRequest) -> HttpResponseBase:
    set_recommendation_policy(
        request.merchant,
        excluded_categories=_lines(request.POST.get("excluded_categories", "")),
        unavailable_skus=_lines(request.POST.get("unavailable_skus", "")),
        by=request.actor,
    )
    messages.success(request, _("Kept. Suggestions leave them out from now on."))
    return HttpResponseRedirect(f"{shop_url(request, 'analytics:recommendations')}#policy")


def _customer(request: StaffRequest, text: str) -> Customer | None:
    if not text:
        return None
    found = find_customer(request.merchant, number=text)
    if found is None:
        found = next(iter(search_customers(request.merchant, text, limit=1)), None)
    if found is not None:
        found.merchant = request.merchant
    return found


def _items(customer: Customer) -> list[dict[str, Any]]:
    return [
        {"product": each.product, "kind": each.kind, "because": because_in_words(each)}
        for each in recommendations_for(customer, limit=_SHOWN)
    ]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.replace("\x00", "").splitlines() if line.strip()][:500]
