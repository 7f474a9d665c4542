"""Refusals of orders and refunds."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from merchants.errors import DomainError


class OrderConflict(DomainError):
    code = "order_conflict"
    message = _("Order %(number)s was recorded before with other content.")


class RefundConflict(DomainError):
    code = "refund_conflict"
    message = _("Refund %(number)s was recorded before with other content.")


class UnknownCustomer(DomainError):
    code = "unknown_customer"
    message = _("There is no such customer.")
    http_status = 422
    pointer = "/customer"


class CurrencyMismatch(DomainError):
    code = "currency_mismatch"
    message = _("This shop counts in %(expected)s; the order is in %(given)s.")
    http_status = 422
    pointer = "/currency"


class RefundTooLarge(DomainError):
    code = "refund_too_large"
    message = _("Only %(refundable_minor)s (minor units) of this can still be refunded.")
    http_status = 422


class OrderNotPaid(DomainError):
    code = "order_not_paid"
    message = _("An order that was never paid can be cancelled, not refunded.")


class OrderCancelled(DomainError):
    code = "order_cancelled"
    message = _("This order was cancelled before.")
