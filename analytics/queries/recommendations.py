"""What to suggest to a customer, served from the table that the night filled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from analytics.models import AffinityPair, PersonalPicks, RecommendationPolicy
from commerce.models import Product
from customers.models import Customer
from merchants.clock import now
from merchants.models import Merchant


@dataclass(frozen=True, slots=True)
class Recommended:
    """`kind` again (bought before), new or popular; `because`: the bought product that leads here, if one does."""

    product: Product
    score: float
    kind: str
    because: Product | None = None


def policy_of(merchant: Merchant) -> RecommendationPolicy:
    """The shop's exclusions; an empty unsaved one when none were ever set."""
    found = RecommendationPolicy.objects.filter(merchant=merchant).first()
    return found or RecommendationPolicy(merchant=merchant, updated_at=now(merchant))


def recommendations_for(customer: Customer, *, limit: int = 10, kind: str | None = None) -> list[Recommended]:
    """The best `limit` of the customer's list, else of what is popular; exclusions of this moment obeyed. Three statements."""
    merchant_id = customer.merchant_id
    lists: dict[int | None, Any] = dict(
        PersonalPicks.objects.filter(merchant=merchant_id, customer=customer)
        .union(PersonalPicks.objects.filter(merchant=merchant_id, customer__isnull=True), all=True)
        .values_list("customer_id", "items")
    )
    items: Sequence[Sequence[Any]] = lists.get(customer.pk) or lists.get(None) or ()
    if kind is not None:
        items = [each for each in items if each[2] == kind]
    wanted = {each[0] for each in items} | {each[3] for each in items if each[3] is not None}
    products = Product.objects.filter(merchant=merchant_id).in_bulk(wanted)
    policy = RecommendationPolicy.objects.filter(merchant=merchant_id).first()
    found = [
        Recommended(products[product], score, of_kind, products.get(because) if because is not None else None)
        for product, score, of_kind, because in items
        if product in products and not is_excluded(products[product], policy)
    ]
    return found[:limit]


def is_excluded(product: Product, policy: RecommendationPolicy | None) -> bool:
    if policy is None:
        return False
    if product.sku in policy.unavailable_skus:
        return True
    path = product.category_path
    return any(path == each or path.startswith(f"{each}/") for each in policy.excluded_categories)


def excluded_product_ids(merchant: Merchant) -> set[int]:
    """Every product that the policy keeps out, for the night's run."""
    policy = RecommendationPolicy.objects.filter(merchant=merchant).first()
    if policy is None or not (policy.excluded_categories or policy.unavailable_skus):
        return set()
    products = Product.objects.filter(merchant=merchant).only("id", "sku", "category_path").iterator(chunk_size=5000)
    return {product.pk for product in products if is_excluded(product, policy)}


def because_in_words(recommended: Recommended) -> str:
    """Why this product, in the active language."""
    if recommended.because is not None:
        return _("Because you bought %(product)s") % {"product": str(recommended.because)}
    if recommended.kind == "again":
        return _("You buy this often")
    return _("Popular right now")


def next_categories(customer: Customer, *, limit: int = 3) -> list[str]:
    """Category paths (two steps at most) that the customer's best thirty picks come from, strongest first."""
    strength: dict[str, float] = {}
    for each in recommendations_for(customer, limit=30):
        path = "/".join(each.product.category_path.split("/")[:2])
        if path:
            strength[path] = strength.get(path, 0.0) + each.score
    return sorted(strength, key=lambda path: (-strength[path], path))[:limit]


def affinity_pairs(merchant: Merchant, *, product: Product | None = None) -> QuerySet[AffinityPair]:
    """Pairs with their products, highest lift first; of one product: what goes with it."""
    pairs = AffinityPair.objects.filter(merchant=merchant).select_related("product", "other").order_by("-lift", "id")
    return pairs.filter(product=product) if product is not None else pairs
