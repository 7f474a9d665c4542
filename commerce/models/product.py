"""What the merchant sells, as its shop or till named it."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from merchants.tenancy import TenantModel, same_merchant


class Product(TenantModel):
    """Identified by its `sku` within the shop. `category_path` runs from general to special: "食品/茶/绿茶"."""

    sku = models.CharField(_("SKU"), max_length=64)
    name = models.CharField(_("Name"), max_length=200, blank=True)
    category_path = models.CharField(_("Category"), max_length=200, blank=True)
    brand = models.CharField(_("Brand"), max_length=100, blank=True)
    list_price_minor = models.BigIntegerField(_("List price"), null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "sku"], name="commerce_product_sku_once"),
            same_merchant("commerce_product_same_merchant"),
        ]
        indexes = [
            models.Index(fields=["merchant", "category_path"], name="commerce_product_category"),
            GinIndex(fields=["name"], opclasses=["gin_trgm_ops"], name="commerce_product_name"),
        ]

    def __str__(self) -> str:
        return self.name or self.sku
