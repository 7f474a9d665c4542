"""What is stuck on customers: tags by people, traits by computation."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.customer import Customer
from merchants.tenancy import TenantModel, same_merchant


class Tag(TenantModel):
    """A word that staff stick on customers. `slug` is the name folded, so that "VIP" and "vip " are one tag.

    `managed_by` names what keeps a dynamic tag ("segment:12"): its members are computed, and no hand sticks or removes it.
    """

    name = models.CharField(_("Name"), max_length=40)
    slug = models.CharField(max_length=40)
    managed_by = models.CharField(max_length=60, blank=True, db_default="")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            same_merchant("customers_tag_same_merchant"),
            models.UniqueConstraint(fields=["merchant", "slug"], name="customers_tag_once"),
        ]

    def __str__(self) -> str:
        return self.name


class CustomerTag(TenantModel):
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="tagged", db_constraint=False, db_index=False)
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="tagged", db_constraint=False, db_index=False)
    tagged_at = models.DateTimeField()
    tagged_by = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "tag"], name="customers_tagged_once")]
        indexes = [models.Index(fields=["merchant", "tag", "customer"], name="customers_by_tag")]


class Trait(TenantModel):
    """A value that an app above computed and wrote down here: "churn_band" = "at_risk"."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="traits", db_constraint=False, db_index=False)
    key = models.CharField(max_length=60)
    value = models.JSONField()
    source = models.CharField(max_length=60, blank=True)
    computed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "key"], name="customers_trait_once")]
        indexes = [models.Index(fields=["merchant", "key", "value"], name="customers_by_trait")]
