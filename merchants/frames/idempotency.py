"""`Idempotency-Key`: the same request twice is answered twice and done once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from merchants.actions.idempotency import Once, claim_idempotency_key, settle_idempotency_key
from merchants.frames.refusals import IdempotencyInFlight, IdempotencyKeyMalformed, IdempotencyKeyReused
from merchants.models import Merchant

_ACCEPTABLE = re.compile(r"^[\x21-\x7e]{1,255}$")


def once_of(request: HttpRequest) -> Once | None:
    """The request's key with a hash of what it asks, None when it says none. Raises IdempotencyKeyMalformed."""
    key = request.META.get("HTTP_IDEMPOTENCY_KEY", "")
    if not key:
        return None
    if not _ACCEPTABLE.fullmatch(key):
        raise IdempotencyKeyMalformed()
    return Once(key, _digest(request))


def answer_once(merchant: Merchant, once: Once, work: Callable[[], HttpResponse]) -> HttpResponse:
    """Do `work` unless it was done under this key; claim, effect and stored answer are one transaction.

    Refusals and failures are not stored: they left nothing behind, so the same key may try again.
    """
    with transaction.atomic():
        claim = claim_idempotency_key(merchant, once.key)
        if claim.outcome == "in_flight":
            raise IdempotencyInFlight()
        if claim.outcome == "known":
            if claim.request_hash != once.request_hash:
                raise IdempotencyKeyReused()
            return HttpResponse(
                claim.body,
                status=claim.status,
                content_type="application/json",
                headers={"Idempotency-Replayed": "true"},
            )
        response = work()
        if response.status_code < 400:
            settle_idempotency_key(merchant, once, status=response.status_code, body=response.content)
        else:
            transaction.set_rollback(True)
    return response


def _digest(request: HttpRequest) -> str:
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    digest.update(request.body)
    return digest.hexdigest()
