"""A shop's own fields of its customers: the typed description of what `Customer.custom` may hold."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.rules.custom_fields import FieldSpec
from merchants.tenancy import TenantModel


class FieldKind(models.TextChoices):
    TEXT = "text", _("Text")
    NUMBER = "number", _("Number")
    DATE = "date", _("Date")
    BOOLEAN = "boolean", _("Yes or no")
    CHOICE = "choice", _("One of a list")


class CustomField(TenantModel):
    """`key` is the name in the JSON and never changes; `choices` belong to the kind CHOICE alone."""

    key = models.CharField(_("Key"), max_length=40, validators=[RegexValidator(r"^[a-z][a-z0-9_]{0,39}$")])
    label = models.CharField(_("Label"), max_length=80)
    kind = models.CharField(_("Kind"), max_length=8, choices=FieldKind)
    choices = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    is_required = models.BooleanField(_("Required"), default=False)
    position = models.PositiveSmallIntegerField(default=0)
    retired_at = models.DateTimeField(null=True, blank=True)  # kept in old rows, no longer asked for
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "key"], name="customers_custom_field_once"),
            models.CheckConstraint(name="customers_custom_field_kind", condition=models.Q(kind__in=FieldKind.values)),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def spec(self) -> FieldSpec:
        return FieldSpec(key=self.key, kind=self.kind, choices=tuple(self.choices), is_required=self.is_required)
