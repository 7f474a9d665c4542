"""The tenant: a shop with its own customers, programme, money and clock."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Language(models.TextChoices):
    CHINESE = "zh-hans", _("Simplified Chinese")
    ENGLISH = "en", _("English")


class Merchant(models.Model):
    """A shop. Its `currency` (ISO 4217) and `timezone` (IANA) give every amount and every day their meaning.

    A sandbox twin (`is_sandbox`, `sandbox_of`) is another tenant: `lk_test_` keys belong to it, nothing of it leaves
    the machine, and its clock runs `clock_offset` ahead of the world's.
    """

    slug = models.SlugField(_("Address"), max_length=40, unique=True)
    name = models.CharField(_("Shop name"), max_length=80)
    timezone = models.CharField(_("Time zone"), max_length=64, default="Asia/Shanghai")
    currency = models.CharField(_("Currency"), max_length=3, default="CNY")
    language = models.CharField(_("Language"), max_length=10, choices=Language, default=Language.CHINESE)
    brand_colour = models.CharField(
        _("Brand colour"), max_length=7, default="#0f766e", validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$")]
    )
    # In the database, not on a disk: web replicas share it, and it is at most 200 kB.
    logo = models.BinaryField(null=True, blank=True)
    logo_type = models.CharField(max_length=20, blank=True)
    contact_email = models.EmailField(_("Contact e-mail"), blank=True)
    contact_phone = models.CharField(_("Contact phone"), max_length=32, blank=True)
    # [{"title": str, "body": str}]: what the shop promises its members, shown in the portal.
    promises = models.JSONField(_("Promises to members"), default=list, blank=True)
    privacy_text = models.TextField(_("Privacy notice"), blank=True)
    # Points adjustments above this wait for a second person.
    adjustment_limit_points = models.PositiveIntegerField(_("Adjustments that one person may make alone"), default=1000)
    is_sandbox = models.BooleanField(default=False)
    sandbox_of = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="sandbox")
    clock_offset = models.DurationField(default=timedelta(0))
    created_at = models.DateTimeField()

    objects: ClassVar[models.Manager[Merchant]] = models.Manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="merchants_only_sandboxes_move_clocks",
                condition=Q(is_sandbox=True) | Q(clock_offset=timedelta(0)),
            ),
            models.CheckConstraint(name="merchants_clock_never_behind", condition=Q(clock_offset__gte=timedelta(0))),
            models.CheckConstraint(
                name="merchants_twin_is_sandbox", condition=Q(is_sandbox=True) | Q(sandbox_of__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)
