"""Finding products."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from commerce.models import Product
from merchants.models import Merchant


def products_of(merchant: Merchant) -> QuerySet[Product]:
    return Product.objects.filter(merchant=merchant).order_by("name", "sku")


def products_matching(merchant: Merchant, text: str, *, limit: int = 20) -> QuerySet[Product]:
    """Products whose name contains `text` or whose SKU begins with it."""
    matching = Q(name__icontains=text) | Q(sku__istartswith=text)
    return Product.objects.filter(merchant=merchant).filter(matching).order_by("name", "sku")[:limit]


def categories_of(merchant: Merchant) -> list[str]:
    """Every category path in use, sorted."""
    return list(
        Product.objects.filter(merchant=merchant)
        .exclude(category_path="")
        .order_by("category_path")
        .values_list("category_path", flat=True)
        .distinct()
    )
