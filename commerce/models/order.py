"""Orders as the merchant's shop or till reported them, and their refunds."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from commerce.models.product import Product
from customers.models import Customer
from merchants.tenancy import TenantModel, same_merchant


class Channel(models.TextChoices):
    ONLINE = "online", _("Online shop")
    STORE = "store", _("Store")
    MINI_PROGRAM = "mini_program", _("Mini program")
    PHONE = "phone", pgettext_lazy("channel", "Phone")
    OTHER = "other", _("Other")


class Order(TenantModel):
    """One purchase. Amounts are integers of the currency's minor unit.

    `total_minor` is what the customer pays: the lines' net amounts plus shipping. `refunded_minor` is what went back.
    An order counts (summary, points) from `paid_at` until it is cancelled or refunded whole.
    """

    number = models.CharField(_("Order number"), max_length=64)
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="orders", null=True, db_constraint=False, db_index=False
    )
    source = models.CharField(_("Source"), max_length=32, default="api")
    channel = models.CharField(_("Channel"), max_length=16, choices=Channel, default=Channel.ONLINE)
    currency = models.CharField(max_length=3)
    discount_minor = models.BigIntegerField(default=0)  # of the whole order; already spread over the lines' net amounts
    shipping_minor = models.BigIntegerField(default=0)
    total_minor = models.BigIntegerField()
    refunded_minor = models.BigIntegerField(default=0, db_default=0)
    placed_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    fingerprint = models.CharField(
        max_length=32
    )  # of the reported content: the same number with another one is refused
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "number"], name="commerce_order_number_once"),
            same_merchant("commerce_order_same_merchant"),
            models.CheckConstraint(
                name="commerce_order_amounts",
                condition=Q(total_minor__gte=0, shipping_minor__gte=0, discount_minor__gte=0, refunded_minor__gte=0),
            ),
            models.CheckConstraint(
                name="commerce_order_refunded_within_total", condition=Q(refunded_minor__lte=F("total_minor"))
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "customer", "-placed_at"], name="commerce_order_by_customer"),
            models.Index(fields=["merchant", "-placed_at", "-id"], name="commerce_order_by_time"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def status(self) -> str:
        """placed | paid | completed | partly_refunded | refunded | cancelled"""
        if self.cancelled_at is not None:
            return "cancelled"
        if self.refunded_minor and self.refunded_minor >= self.total_minor:
            return "refunded"
        if self.refunded_minor:
            return "partly_refunded"
        if self.completed_at is not None:
            return "completed"
        return "paid" if self.paid_at is not None else "placed"


class OrderLine(TenantModel):
    """One position. `net_minor` is after line discounts and the line's share of the order's; points are earned on it.

    `category_path` is as it was at the purchase: rules look at it, and must see the same tomorrow.
    """

    order = models.ForeignKey(Order, models.PROTECT, related_name="lines", db_constraint=False, db_index=False)
    position = models.SmallIntegerField()  # from 0
    product = models.ForeignKey(
        Product, models.PROTECT, related_name="order_lines", null=True, db_constraint=False, db_index=False
    )
    sku = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=200, blank=True)  # only where it differs from the product's
    category_path = models.CharField(max_length=200, blank=True)
    quantity = models.DecimalField(max_digits=14, decimal_places=3)
    unit_price_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0)
    net_minor = models.BigIntegerField()
    refunded_quantity = models.DecimalField(max_digits=14, decimal_places=3, default=0, db_default=0)
    refunded_minor = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="commerce_line_position_once"),
            models.CheckConstraint(
                name="commerce_line_amounts",
                condition=Q(net_minor__gte=0, refunded_minor__gte=0) & Q(refunded_minor__lte=F("net_minor")),
            ),
            models.CheckConstraint(
                name="commerce_line_quantities",
                condition=Q(quantity__gt=0) & Q(refunded_quantity__gte=0) & Q(refunded_quantity__lte=F("quantity")),
            ),
        ]
        indexes = [models.Index(fields=["merchant", "product"], name="commerce_line_by_product")]


class Refund(TenantModel):
    """Money that went back, whole or in part. Its `number` is the shop's own, unique within the merchant."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="refunds", db_constraint=False)
    number = models.CharField(_("Refund number"), max_length=80)  # a cancellation's is its order's with a suffix
    amount_minor = models.BigIntegerField()  # lines and shipping together
    shipping_minor = models.BigIntegerField(default=0)
    reason = models.CharField(_("Reason"), max_length=200, blank=True)
    fingerprint = models.CharField(max_length=32)
    refunded_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "number"], name="commerce_refund_number_once"),
            same_merchant("commerce_refund_same_merchant"),
            models.CheckConstraint(
                name="commerce_refund_amounts", condition=Q(amount_minor__gte=0, shipping_minor__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return self.number


class RefundLine(TenantModel):
    """What one refund took from one order line."""

    refund = models.ForeignKey(Refund, models.PROTECT, related_name="lines", db_constraint=False)
    position = models.SmallIntegerField()  # of the order line
    quantity = models.DecimalField(max_digits=14, decimal_places=3, default=0)
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["refund", "position"], name="commerce_refund_line_once"),
            models.CheckConstraint(name="commerce_refund_line_amount", condition=Q(amount_minor__gte=0)),
        ]
