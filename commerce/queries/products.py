"""Finding products."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from commerce.models import Product
from merchants.errors import NotFound
from merchants.models import Merchant


def products_of(merchant: Merchant) -> QuerySet[Product]:
    return Product.objects.filter(merchant=merchant).order_by("name", "sku")


def get_product(merchant: Merchant, id: int) -> Product:
    try:
        return Product.objects.get(merchant=merchant, pk=id)
    except Product.DoesNotExist:
        raise NotFound() from None


def products_in(merchant: Merchant, category: str) -> QuerySet[Product]:
    """The products of a category path and of everything below it."""
    lies_in = Q(category_path=category) | Q(category_path__startswith=f"{category}/")
    return products_of(merchant).filter(lies_in)


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
