"""What was answered to a request with an Idempotency-Key, kept with the change it made."""

from __future__ import annotations

from django.db import models

from merchants.tenancy import TenantModel


class IdempotencyRecord(TenantModel):
    """Written in the same transaction as the request's effect, so both stand or neither.

    While that transaction runs, an advisory lock on the key tells a twin that it is in flight (see claim_idempotency).
    """

    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)  # SHA-256 of method, path and body
    status = models.PositiveSmallIntegerField()
    body = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "key"], name="merchants_idempotency_once")]
        indexes = [models.Index(fields=["created_at"], name="merchants_idempotency_age")]
