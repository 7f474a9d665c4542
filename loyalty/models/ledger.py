"""The points ledger's rows. Only `loyalty.actions.ledger` writes them; triggers refuse to change or delete what is posted."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from loyalty.rules.kinds import Kind, Wallet
from merchants.tenancy import TenantModel, same_merchant

KIND_LABELS = {
    Kind.EARN: _("Earned"),
    Kind.BONUS: _("Bonus"),
    Kind.GOODWILL: _("Goodwill"),
    Kind.SPEND: _("Spent"),
    Kind.SPEND_RETURN: _("Spend returned"),
    Kind.REFUND: _("Taken back on refund"),
    Kind.ADJUST: _("Adjusted"),
    Kind.REVERSAL: _("Reversed"),
    Kind.EXPIRE: _("Expired"),
}
WALLET_LABELS = {Wallet.POINTS: _("Points"), Wallet.GROWTH: _("Growth value")}


class Account(TenantModel):
    """One member's one wallet. `balance` = Σ entries = Σ lots' remaining − `arrears`; `held` is set aside by holds.

    `orders` counts the order lots with something remaining: with growth value, the two measures of a tier.
    """

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="accounts", db_constraint=False, db_index=False)
    wallet = models.CharField(max_length=8)
    balance = models.BigIntegerField(default=0, db_default=0)
    held = models.BigIntegerField(default=0, db_default=0)
    arrears = models.BigIntegerField(default=0, db_default=0)
    orders = models.IntegerField(default=0, db_default=0)
    lifetime_earned = models.BigIntegerField(default=0, db_default=0)
    lifetime_spent = models.BigIntegerField(default=0, db_default=0)
    lifetime_expired = models.BigIntegerField(default=0, db_default=0)
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "customer", "wallet"], name="loyalty_account_once"),
            same_merchant("loyalty_account_same_merchant"),
            models.CheckConstraint(name="loyalty_account_wallet", condition=Q(wallet__in=[*Wallet])),
            models.CheckConstraint(
                name="loyalty_account_never_overspent",
                condition=Q(arrears__gte=0, held__gte=0, orders__gte=0) & Q(held__lte=F("balance") + F("arrears")),
            ),
        ]


class Award(TenantModel):
    """What one order earned in one wallet, and from what: the version, the tier's multiplier, each line's exact share.

    `contributions[i]` belongs to the order line at position i. `points` = floor(Σ contributions); `points_kept` is what
    refunds left of it; `points_lapsed` of those taken back had expired unspent before, so nothing was left to take.
    """

    order = models.ForeignKey(
        "commerce.Order", models.PROTECT, related_name="awards", db_constraint=False, db_index=False
    )
    account = models.ForeignKey(Account, models.PROTECT, related_name="awards", db_constraint=False, db_index=False)
    wallet = models.CharField(max_length=8)
    version = models.ForeignKey(
        "loyalty.ProgrammeVersion", models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    tier = models.CharField(max_length=32)
    multiplier = models.DecimalField(max_digits=6, decimal_places=2)
    contributions = models.JSONField()  # decimal strings, by line position
    points = models.BigIntegerField()
    points_kept = models.BigIntegerField()
    points_lapsed = models.BigIntegerField(default=0, db_default=0)
    awarded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "wallet"], name="loyalty_award_once"),
            models.CheckConstraint(
                name="loyalty_award_kept_within_points",
                condition=Q(points_kept__gte=0) & Q(points_kept__lte=F("points")) & Q(points_lapsed__gte=0),
            ),
        ]


class Entry(TenantModel):
    """One posting: signed points and the balance after it. Never changed, never deleted; `reference` posts once."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="entries", db_constraint=False, db_index=False)
    kind = models.CharField(max_length=12)
    points = models.BigIntegerField()
    balance_after = models.BigIntegerField()
    reference = models.CharField(max_length=160)
    reason = models.CharField(max_length=300, blank=True)
    award = models.ForeignKey(
        Award, models.PROTECT, related_name="entries", null=True, db_constraint=False, db_index=False
    )
    reverses = models.ForeignKey(
        "self", models.PROTECT, related_name="reversals", null=True, db_constraint=False, db_index=False
    )
    hold = models.ForeignKey(
        "loyalty.Hold", models.PROTECT, related_name="entries", null=True, db_constraint=False, db_index=False
    )
    actor_kind = models.CharField(max_length=16)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=120, blank=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "reference"], name="loyalty_entry_reference_once"),
            same_merchant("loyalty_entry_same_merchant"),
            models.CheckConstraint(name="loyalty_entry_kind", condition=Q(kind__in=[*Kind])),
            models.CheckConstraint(name="loyalty_entry_moves", condition=~Q(points=0)),
        ]
        indexes = [
            models.Index(fields=["account", "-id"], name="loyalty_entry_by_account"),
            models.Index(fields=["reverses"], condition=Q(reverses__isnull=False), name="loyalty_entry_reversals"),
        ]


class Lot(TenantModel):
    """The points of one credit, with their own expiry. `remaining` = points − Σ allocations."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="lots", db_constraint=False, db_index=False)
    entry = models.OneToOneField(Entry, models.PROTECT, related_name="lot", db_constraint=False)
    points = models.BigIntegerField()
    remaining = models.BigIntegerField()
    held = models.BigIntegerField(default=0, db_default=0)
    earned_at = models.DateTimeField()
    available_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    closings = models.SmallIntegerField(default=0, db_default=0)
    order_credit = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            same_merchant("loyalty_lot_same_merchant"),
            models.CheckConstraint(
                name="loyalty_lot_never_overspent",
                condition=Q(held__gte=0) & Q(held__lte=F("remaining")) & Q(remaining__lte=F("points")),
            ),
        ]
        indexes = [
            models.Index(
                F("account"), F("expires_at").asc(nulls_last=True), F("id"),
                condition=Q(remaining__gt=0), name="loyalty_lot_spending_order",
            ),
            models.Index(fields=["merchant", "expires_at"], condition=Q(remaining__gt=0), name="loyalty_lot_due"),
        ]  # fmt: skip


class Allocation(TenantModel):
    """Which lot a debit used, and how much; negative where a return gave it back."""

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="allocations", db_constraint=False, db_index=False)
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="allocations", db_constraint=False, db_index=False)
    points = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(name="loyalty_allocation_moves", condition=~Q(points=0))]
        indexes = [
            models.Index(fields=["entry"], name="loyalty_allocation_by_entry"),
            models.Index(fields=["lot"], name="loyalty_allocation_by_lot"),
        ]


class Arrear(TenantModel):
    """What a debit could not take and the member still owes; later credits pay it, oldest first."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="owed", db_constraint=False, db_index=False)
    entry = models.OneToOneField(Entry, models.PROTECT, related_name="arrear", db_constraint=False)
    points = models.BigIntegerField()
    remaining = models.BigIntegerField()
    forgiven = models.BigIntegerField(default=0, db_default=0)  # taken back with the debit itself

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="loyalty_arrear_bounds",
                condition=Q(remaining__gte=0, forgiven__gte=0) & Q(remaining__lte=F("points") - F("forgiven")),
            )
        ]
        indexes = [models.Index(fields=["account", "id"], condition=Q(remaining__gt=0), name="loyalty_arrear_open")]


class HoldState(models.TextChoices):
    HELD = "held", _("Held")
    CAPTURED = "captured", _("Spent")
    RELEASED = "released", _("Released")
    EXPIRED = "expired", _("Lapsed")


class Hold(TenantModel):
    """Points set aside for a purchase that is not final yet. Its waiting state has a deadline: `expires_at` releases it."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="holds", db_constraint=False, db_index=False)
    reference = models.CharField(max_length=120)  # the caller's: an order or a till receipt
    points = models.BigIntegerField()
    captured_points = models.BigIntegerField(default=0, db_default=0)
    returned_points = models.BigIntegerField(default=0, db_default=0)
    state = models.CharField(max_length=10, choices=HoldState)
    description = models.CharField(max_length=200, blank=True)
    parts = models.JSONField(default=list)  # [[lot id, points]] in spending order, while held
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "reference"], name="loyalty_hold_reference_once"),
            same_merchant("loyalty_hold_same_merchant"),
            models.CheckConstraint(name="loyalty_hold_state", condition=Q(state__in=HoldState.values)),
            models.CheckConstraint(
                name="loyalty_hold_bounds",
                condition=Q(points__gt=0)
                & Q(captured_points__gte=0)
                & Q(captured_points__lte=F("points"))
                & Q(returned_points__gte=0)
                & Q(returned_points__lte=F("captured_points")),
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "expires_at"], condition=Q(state="held"), name="loyalty_hold_due"),
            models.Index(fields=["account", "-id"], name="loyalty_hold_by_account"),
        ]
