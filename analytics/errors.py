"""Refusals of insight."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from merchants.errors import DomainError


class UntrustedArtefact(DomainError):
    """A stored model that this installation did not write and sign for this shop; it is trained again, never opened."""

    code = "untrusted_artefact"
    message = _("The stored model is not one of this shop's own; it is trained again.")


class ExportNotReady(DomainError):
    """There is no file: it is still being written, was deleted, or could not be written."""

    code = "export_not_ready"
    message = _("This file is not ready yet, or was deleted.")


class TooManyExports(DomainError):
    code = "too_many_exports"
    message = _("%(most)s files are waiting to be written already. Ask again when they are done.")
    http_status = 429


class SegmentInUse(DomainError):
    """Others work with this segment: `users` names them."""

    code = "segment_in_use"
    message = _("This segment is used by: %(users)s. Take it out there first.")


class SegmentIsArchived(DomainError):
    code = "segment_is_archived"
    message = _("This segment is archived. Restore it first.")


class SegmentCodeTaken(DomainError):
    code = "segment_code_taken"
    message = _("There is already a segment with this code.")
    pointer = "/code"


class TooManySegments(DomainError):
    code = "too_many_segments"
    message = _("A shop keeps at most %(limit)s segments. Archive one first.")


class GroupsNotOffered(DomainError):
    """So many groups did not hold together when customers were drawn again."""

    code = "groups_not_offered"
    message = _("%(k)s groups are not stable here. Choose a number that is offered.")
    http_status = 422
    pointer = "/k"
