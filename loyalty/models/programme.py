"""The programme: immutable versions of its terms, and each member's tier."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from loyalty.rules.terms import Terms
from merchants.tenancy import TenantModel, same_merchant


class VersionState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")


class ProgrammeVersion(TenantModel):
    """One version of the terms. A published one never changes (a trigger refuses it); what it awarded points back to it.

    In force is the published version with the latest `effective_from` that has come.
    """

    number = models.PositiveIntegerField(_("Version"))
    state = models.CharField(max_length=10, choices=VersionState, default=VersionState.DRAFT)
    terms = models.JSONField()
    note = models.CharField(_("What changes, and why"), max_length=300, blank=True)
    effective_from = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120, blank=True)
    published_at = models.DateTimeField(null=True)
    published_by = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "number"], name="loyalty_version_number_once"),
            models.UniqueConstraint(fields=["merchant"], condition=models.Q(state="draft"), name="loyalty_one_draft"),
            same_merchant("loyalty_version_same_merchant"),
            models.CheckConstraint(
                name="loyalty_published_is_dated",
                condition=models.Q(state="draft") | models.Q(effective_from__isnull=False, published_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["merchant", "-effective_from"], name="loyalty_version_in_force")]

    def __str__(self) -> str:
        return f"v{self.number}"

    def parsed(self) -> Terms:
        """The terms as typed rules. For the hot path, `queries.programme.terms_of_version` remembers them."""
        return Terms.model_validate(self.terms)


class TierStanding(TenantModel):
    """A member's tier now. `grace_until`: they no longer qualify, and keep it until then."""

    customer = models.OneToOneField(Customer, models.PROTECT, related_name="tier_standing", db_constraint=False)
    tier = models.CharField(max_length=32)  # code in the terms in force
    since = models.DateTimeField()
    grace_until = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["merchant", "tier"], name="loyalty_standing_by_tier")]
