"""The ground floor's nouns."""

from __future__ import annotations

from merchants.models.actor import SYSTEM, Actor
from merchants.models.api_key import ApiKey
from merchants.models.idempotency import IdempotencyRecord
from merchants.models.merchant import Language, Merchant
from merchants.models.staff import Invitation, Membership, StaffMember

__all__ = [
    "SYSTEM",
    "Actor",
    "ApiKey",
    "IdempotencyRecord",
    "Invitation",
    "Language",
    "Membership",
    "Merchant",
    "StaffMember",
]
