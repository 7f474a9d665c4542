"""Staff: people who sign in to the dashboard, and the shops they work for."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from merchants.models.merchant import Language
from merchants.roles import Role
from merchants.tenancy import TenantModel


class StaffManager(BaseUserManager["StaffMember"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> StaffMember:
        staff = self.model(email=self.normalize_email(email).lower(), **fields)
        staff.set_password(password)
        staff.save(using=self._db)
        return staff

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> StaffMember:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class StaffMember(AbstractBaseUser, PermissionsMixin):
    """A person with an e-mail login. What they may do in a shop is their Membership's role."""

    email = models.EmailField(_("E-mail"), unique=True)
    name = models.CharField(pgettext_lazy("person", "Name"), max_length=80, blank=True)
    language = models.CharField(_("Language"), max_length=10, choices=Language, default=Language.CHINESE)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[StaffManager] = StaffManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.name or self.email


class Membership(TenantModel):
    """One person's role in one shop."""

    staff = models.ForeignKey(StaffMember, models.CASCADE, related_name="memberships")
    role = models.CharField(_("Role"), max_length=16, choices=Role)
    joined_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "id"], name="merchants_membership_same_merchant"),
            models.UniqueConstraint(fields=["merchant", "staff"], name="merchants_membership_once"),
            models.CheckConstraint(name="merchants_membership_role", condition=models.Q(role__in=Role.values)),
        ]

    def __str__(self) -> str:
        return f"{self.staff} ({self.role})"


class Invitation(TenantModel):
    """An offer to join the team, sent by e-mail; the token is stored as its SHA-256."""

    email = models.EmailField(_("E-mail"))
    role = models.CharField(_("Role"), max_length=16, choices=Role)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(StaffMember, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "email"],
                condition=models.Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="merchants_one_open_invitation",
            )
        ]
