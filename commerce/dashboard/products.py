"""What the shop sells, as its orders named it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from commerce.queries import categories_of, products_in, products_matching, products_of
from merchants.frames.cursors import list_page
from merchants.frames.staff import StaffRequest, page, staff_page
from merchants.roles import Permission

SORTS = {
    "name": ["name", "id"],
    "-name": ["-name", "-id"],
    "price": ["list_price_minor", "id"],
    "-price": ["-list_price_minor", "-id"],
}
_MOST_FOUND = 200


@require_GET
@staff_page(Permission.SEE_ORDERS)
def product_list(request: StaffRequest) -> HttpResponse:
    merchant = request.merchant
    text = request.GET.get("q", "").strip()[:100]
    category = request.GET.get("category", "").strip()[:200]
    rows = products_in(merchant, category) if category else products_of(merchant)
    if text:
        found = products_matching(merchant, text, limit=_MOST_FOUND).values_list("pk", flat=True)
        rows = rows.filter(pk__in=list(found))
    sort = request.GET.get("sort", "")
    got = list_page(request, rows, order=SORTS.get(sort, SORTS["name"]))
    context: dict[str, Any] = {
        "products": got.rows,
        "found": got,
        "total": rows.count(),
        "q": text,
        "sort": sort if sort in SORTS else "name",
        "category": category,
        "filters": _chips(text, category),
    }
    if request.htmx and not request.htmx.boosted:
        return page(request, "commerce/dashboard/products.html#list", **context)
    return page(request, "commerce/dashboard/products.html", categories=_tops(categories_of(merchant)), **context)


def _chips(text: str, category: str) -> list[dict[str, str]]:
    return [{"label": _("Category"), "value": category, "remove_url": f"?q={text}"}] if category else []


def _tops(categories: list[str]) -> list[str]:
    """The first steps of the category paths: what a shop with thousands of categories can choose from."""
    return sorted({category.partition("/")[0] for category in categories})
