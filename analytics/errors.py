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
