"""What each customer may want next, and which products go together."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from analytics.models.runs import ModelRun
from commerce.models import Product
from customers.models import Customer
from merchants.tenancy import TenantModel


class PersonalPicks(TenantModel):
    """One customer's list, best first; without a customer: what most people buy now, for whoever has no list.

    `items`: [[product id, score, kind, because]], kind "again" (bought before), "new" or "popular"; `because` is the id
    of the bought product that leads there, or null. More than are shown, so that exclusions leave enough.
    """

    customer = models.OneToOneField(
        Customer, models.CASCADE, related_name="personal_picks", null=True, db_constraint=False
    )
    items = models.JSONField()
    run = models.ForeignKey(ModelRun, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    computed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant"], condition=Q(customer__isnull=True), name="analytics_popular_once"
            )
        ]


class AffinityPair(TenantModel):
    """Two products in one basket. Of `orders_in_all`, `orders_together` hold both; both directions are rows.

    `confidence` = together / orders with `product`; `lift` = confidence / share of all orders with `other`.
    """

    product = models.ForeignKey(Product, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    other = models.ForeignKey(Product, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    orders_together = models.IntegerField()
    orders_with_product = models.IntegerField()
    orders_with_other = models.IntegerField()
    orders_in_all = models.IntegerField()
    confidence = models.FloatField()
    lift = models.FloatField()
    run = models.ForeignKey(ModelRun, models.PROTECT, related_name="+", db_constraint=False, db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "other"], name="analytics_affinity_once"),
            models.CheckConstraint(name="analytics_affinity_supported", condition=Q(orders_together__gte=20)),
        ]
        indexes = [models.Index(fields=["merchant", "-lift", "id"], name="analytics_affinity_by_lift")]


class RecommendationPolicy(TenantModel):
    """What is never recommended: categories by the beginning of their path, and SKUs that cannot be had now."""

    excluded_categories = models.JSONField(default=list)
    unavailable_skus = models.JSONField(default=list)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant"], name="analytics_recommendation_policy_once")]
