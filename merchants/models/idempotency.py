"""What was answered to a request with an Idempotency-Key, kept with the change it made."""

from __future__ import annotations

from django.db import models

from merchants.tenancy import TenantModel


class IdempotencyRecord(TenantModel):
    """Written and settled in the same transaction as the request's effect, so both stand or neither."""

    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)  # SHA-256 of method, path and body
    status = models.SmallIntegerField(null=True)
    body = models.BinaryField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "key"], name="merchants_idempotency_once")]
        indexes = [models.Index(fields=["created_at"], name="merchants_idempotency_age")]
