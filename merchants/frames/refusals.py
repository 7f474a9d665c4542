"""The refusals of the doors themselves, before or around any action."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from merchants.errors import DomainError


class DoorRefusal(DomainError):
    """`headers` go out with the answer."""

    code = "refused_at_door"
    http_status = 400
    retry_after_seconds: ClassVar[int | None] = None

    def headers(self) -> dict[str, str]:
        return {} if self.retry_after_seconds is None else {"Retry-After": str(self.retry_after_seconds)}


class Unauthenticated(DoorRefusal):
    code = "unauthenticated"
    message = _("Send a valid API key: Authorization: Bearer lk_…")
    http_status = 401

    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": 'Bearer realm="api"'}


class KeyRevoked(Unauthenticated):
    code = "key_revoked"
    message = _("This API key was revoked.")


class KeyExpired(Unauthenticated):
    code = "key_expired"
    message = _("This API key has expired.")


class ScopeMissing(DoorRefusal):
    code = "scope_missing"
    message = _("This API key lacks the scope %(scope)s.")
    http_status = 403


class RateLimited(DoorRefusal):
    code = "rate_limited"
    message = _("Too many requests: wait %(retry_after)s seconds.")
    http_status = 429

    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.details["retry_after"])}


class MethodNotAllowed(DoorRefusal):
    code = "method_not_allowed"
    message = _("This address does not take %(method)s.")
    http_status = 405


class MalformedBody(DoorRefusal):
    code = "malformed_json"
    message = _("The body is not valid JSON.")


class BodyTooLarge(DoorRefusal):
    code = "body_too_large"
    message = _("The body is too large.")
    http_status = 413


class UnsupportedMediaType(DoorRefusal):
    code = "unsupported_media_type"
    message = _("Send the body as application/json.")
    http_status = 415


class IdempotencyKeyRequired(DoorRefusal):
    code = "idempotency_key_required"
    message = _("This request needs an Idempotency-Key header.")


class IdempotencyKeyMalformed(DoorRefusal):
    code = "idempotency_key_malformed"
    message = _("An Idempotency-Key is 1 to 255 visible ASCII characters.")


class IdempotencyInFlight(DoorRefusal):
    code = "idempotency_in_flight"
    message = _("A request with this Idempotency-Key is being worked on. Try again in a moment.")
    http_status = 409
    retry_after_seconds = 1


class IdempotencyKeyReused(DoorRefusal):
    code = "idempotency_key_reused"
    message = _("This Idempotency-Key was used for a different request.")
    http_status = 422


class InvalidCursor(DoorRefusal):
    code = "invalid_cursor"
    message = _("This cursor does not belong to this list. Start again without it.")
    http_status = 422
    pointer = "/cursor"


class Conflict(DoorRefusal):
    """Two requests wrote the same thing at once, and the database let one through."""

    code = "conflict"
    message = _("Another request changed the same thing at the same moment. Try again.")
    http_status = 409
    retry_after_seconds = 1


class OutOfRange(DoorRefusal):
    code = "out_of_range"
    message = _("A value is larger than can be stored.")
    http_status = 422


class Unavailable(DoorRefusal):
    code = "unavailable"
    message = _("The service is busy or restarting. Nothing was changed: try again.")
    http_status = 503
    retry_after_seconds = 2


class InternalFault(DoorRefusal):
    code = "internal_fault"
    message = _("Something went wrong on our side. Nothing was changed. Please report the request id.")
    http_status = 500
