"""API keys: issued and shown once, rotated with an overlap, revoked at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from events.actions.recording import record
from events.facts import ApiKeyIssued, ApiKeyRevoked, ApiKeyRotated
from merchants.actions.callers import forget_cached_callers
from merchants.clock import world_now
from merchants.errors import InvalidValue, KeyAlreadyRevoked
from merchants.models import Actor, ApiKey, Merchant
from merchants.roles import Scope
from merchants.rules.api_keys import hash_of, new_secret, shown_prefix

LONGEST_OVERLAP = timedelta(days=30)


@transaction.atomic
def issue_api_key(
    merchant: Merchant,
    *,
    name: str,
    scopes: Sequence[str],
    by: Actor,
    expires_at: datetime | None = None,
    requests_per_minute: int | None = None,
    secret: str | None = None,
) -> tuple[ApiKey, str]:
    """A new key and its secret, which nobody can show again. A sandbox's keys begin with `lk_test_`.

    `secret` is for the demo alone, whose key must be the same tomorrow; everybody else's is drawn.
    """
    name = name.strip()
    if not name:
        raise InvalidValue("name", _("A key needs a name, so that you know later what it is for."), code="required")
    unknown = [scope for scope in scopes if scope not in Scope.values]
    if unknown or not scopes:
        raise InvalidValue("scopes", _("Choose at least one scope."), code="required")
    if expires_at is not None and expires_at <= world_now():
        raise InvalidValue("expires_at", _("This moment is in the past."))
    key, secret = _make(
        merchant, name=name, scopes=sorted(scopes), by=by, expires_at=expires_at, per_minute=requests_per_minute,
        secret=secret,
    )  # fmt: skip
    record(merchant, ApiKeyIssued(name=key.name, prefix=key.prefix, scopes=key.scopes), about=key, by=by)
    return key, secret


@transaction.atomic
def rotate_api_key(key: ApiKey, *, overlap: timedelta, by: Actor) -> tuple[ApiKey, str]:
    """A successor with the same scopes, and its secret; the old key works on for `overlap` (at most 30 days)."""
    key = _lock_usable(key)
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise InvalidValue("overlap", _("Both keys may work side by side for at most 30 days."))
    if key.successor_id is not None:
        raise InvalidValue("key", _("This key was already rotated: rotate its successor."), code="already_rotated")
    moment = world_now()
    successor, secret = _make(
        key.merchant, name=key.name, scopes=key.scopes, by=by,
        # The successor lives as long as the old key was meant to, counted from today.
        expires_at=moment + (key.expires_at - key.created_at) if key.expires_at else None,
        per_minute=key.requests_per_minute,
    )  # fmt: skip
    key.successor = successor
    key.expires_at = min(key.expires_at or moment + overlap, moment + overlap)
    key.save(update_fields=["successor", "expires_at"])
    record(
        key.merchant,
        ApiKeyRotated(
            name=key.name,
            prefix=key.prefix,
            successor_prefix=successor.prefix,
            works_until=key.expires_at.isoformat(timespec="seconds"),
        ),
        about=key,
        by=by,
    )
    forget_cached_callers()
    return successor, secret


@transaction.atomic
def revoke_api_key(key: ApiKey, *, by: Actor) -> ApiKey:
    """End a key now: the next request with it is refused, in every process."""
    key = _lock_usable(key)
    key.revoked_at = world_now()
    key.save(update_fields=["revoked_at"])
    record(key.merchant, ApiKeyRevoked(name=key.name, prefix=key.prefix), about=key, by=by)
    forget_cached_callers()
    return key


def _make(
    merchant: Merchant,
    *,
    name: str,
    scopes: list[str],
    by: Actor,
    expires_at: datetime | None,
    per_minute: int | None,
    secret: str | None = None,
) -> tuple[ApiKey, str]:
    secret = secret or new_secret(test_mode=merchant.is_sandbox)
    key = ApiKey.objects.create(
        merchant=merchant, name=name, prefix=shown_prefix(secret), secret_hash=hash_of(secret), scopes=scopes,
        requests_per_minute=per_minute, created_at=world_now(), created_by=by.name, expires_at=expires_at,
    )  # fmt: skip
    return key, secret


def _lock_usable(key: ApiKey) -> ApiKey:
    locked = (
        ApiKey.objects.select_for_update(no_key=True, of=("self",))
        .select_related("merchant")
        .get(merchant_id=key.merchant_id, pk=key.pk)
    )
    if locked.revoked_at is not None:
        raise KeyAlreadyRevoked()
    return locked
