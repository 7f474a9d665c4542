"""Refusals: raised by actions, worded once, made into JSON or a message by the door's frame.

Every refusal has a stable `code` for machines, a translated `message` for people, an HTTP status, and `details`: what
is missing, as plain JSON values. Subclasses state theirs as class attributes and take the details as keywords:

    raise InsufficientPoints(short_by=40)
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """A request that is understood and refused. `pointer` names the field (RFC 6901) that caused it, if one did."""

    code: ClassVar[str] = "refused"
    message: ClassVar[str | Promise] = _("This cannot be done.")
    http_status: ClassVar[int] = 409
    pointer: str | None = None

    def __init__(self, *, pointer: str | None = None, **details: Any) -> None:
        self.details = details
        if pointer is not None:
            self.pointer = pointer
        super().__init__(self.code)

    def text(self) -> str:
        """The message in the active language, its named placeholders filled from the details."""
        return str(self.message) % self.details if self.details else str(self.message)

    def __str__(self) -> str:
        return f"{self.code} {self.details}" if self.details else self.code


class NotFound(DomainError):
    """Nothing of that name here: also the answer for what belongs to another merchant or member."""

    code = "not_found"
    message = _("Not found.")
    http_status = 404


class NotAllowed(DomainError):
    code = "not_allowed"
    message = _("Your role does not allow this.")
    http_status = 403


class InvalidValue(DomainError):
    """One field holds something that cannot be. `field` is the name in the action's signature."""

    code = "invalid_value"
    message = _("This value is not valid.")
    http_status = 422

    def __init__(self, field: str, message: str | Promise, *, code: str = "invalid_value", **details: Any) -> None:
        super().__init__(pointer=f"/{field.replace('.', '/')}", **details)
        self.field = field
        self.code = code  # type: ignore[misc]  # narrower than the class: the kind of the fault
        self.message = message  # type: ignore[misc,assignment]


class InvalidValues(DomainError):
    """Several fields at once; `faults` holds one InvalidValue each."""

    code = "invalid"
    message = _("Some values are not valid.")
    http_status = 422

    def __init__(self, faults: list[InvalidValue]) -> None:
        super().__init__()
        self.faults = faults


class ReferenceConflict(DomainError):
    """The same reference was used before for something else."""

    code = "reference_conflict"
    message = _("This reference was already used for a different request.")
    http_status = 409


class LastOwner(DomainError):
    code = "last_owner"
    message = _("A shop keeps at least one owner.")


class AlreadyMember(DomainError):
    code = "already_member"
    message = _("This person is already in the team.")


class InvitationInvalid(DomainError):
    code = "invitation_invalid"
    message = _("This invitation has expired or was already used.")
    http_status = 410


class ClockMovesForwardOnly(DomainError):
    code = "clock_moves_forward_only"
    message = _("A test shop's clock can be moved forward, never back.")
    http_status = 422


class NotASandbox(DomainError):
    code = "not_a_sandbox"
    message = _("Only a test shop's clock can be moved.")


class KeyAlreadyRevoked(DomainError):
    code = "key_already_revoked"
    message = _("This key was revoked before.")
