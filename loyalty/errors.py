"""Refusals of the loyalty core."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from merchants.errors import DomainError


class InsufficientPoints(DomainError):
    code = "insufficient_points"
    message = _("%(short_by)s points are missing.")


class NoProgramme(DomainError):
    code = "no_programme"
    message = _("This shop has not published a loyalty programme yet.")


class HoldNotOpen(DomainError):
    code = "hold_not_open"
    message = _("These points are no longer held: %(state)s.")


class CaptureTooLarge(DomainError):
    code = "capture_too_large"
    message = _("Only %(held_points)s points are held.")
    http_status = 422
    pointer = "/points"


class NothingToReturn(DomainError):
    code = "nothing_to_return"
    message = _("Only %(returnable_points)s points of this spend can still be returned.")
    http_status = 422
    pointer = "/points"


class AlreadyReversed(DomainError):
    code = "already_reversed"
    message = _("This entry was reversed before.")


class NotReversible(DomainError):
    code = "not_reversible"
    message = _("Entries of this kind are taken back by their own way: refund the order or return the spend.")


class DraftMissing(DomainError):
    code = "draft_missing"
    message = _("There is no draft to publish.")


class DraftOutdated(DomainError):
    code = "draft_outdated"
    message = _("The draft was changed after this preview. Look at the new preview first.")


class EffectiveInPast(DomainError):
    code = "effective_in_past"
    message = _("New terms can begin now or later, never in the past.")
    http_status = 422
    pointer = "/effective_from"


class SecondPersonNeeded(DomainError):
    code = "second_person_needed"
    message = _("Someone else has to decide about your own request.")
    http_status = 403


class AdjustmentDecided(DomainError):
    code = "adjustment_decided"
    message = _("This adjustment was decided before.")


class CustomerArchived(DomainError):
    code = "customer_archived"
    message = _("This customer's record is archived.")
