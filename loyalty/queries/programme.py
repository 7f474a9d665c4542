"""The programme in force, its versions and its draft."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from django.db.models import QuerySet

from loyalty.errors import NoProgramme
from loyalty.models import ProgrammeVersion, VersionState
from loyalty.rules.terms import Terms
from merchants.clock import now
from merchants.models import Merchant


def find_version_in_force(merchant: Merchant, *, at: datetime | None = None) -> ProgrammeVersion | None:
    """The published version with the latest beginning that has come by `at` (None: now)."""
    return (
        ProgrammeVersion.objects.filter(
            merchant=merchant, state=VersionState.PUBLISHED, effective_from__lte=at or now(merchant)
        )
        .order_by("-effective_from", "-id")
        .first()
    )


def get_version_in_force(merchant: Merchant) -> ProgrammeVersion:
    version = find_version_in_force(merchant)
    if version is None:
        raise NoProgramme()
    return version


def current_terms(merchant: Merchant) -> Terms:
    """Raises NoProgramme while nothing is published."""
    return get_version_in_force(merchant).parsed()


def find_draft(merchant: Merchant) -> ProgrammeVersion | None:
    return ProgrammeVersion.objects.filter(merchant=merchant, state=VersionState.DRAFT).first()


def versions_of(merchant: Merchant) -> QuerySet[ProgrammeVersion]:
    """Published versions, newest first."""
    return ProgrammeVersion.objects.filter(merchant=merchant, state=VersionState.PUBLISHED).order_by("-number")


def terms_of_version(merchant: Merchant, version_id: int) -> Terms:
    """A published version's terms, read once per process: it never changes."""
    return _terms(merchant.pk, version_id)


@lru_cache(maxsize=4096)
def _terms(merchant_id: int, version_id: int) -> Terms:
    version = ProgrammeVersion.objects.get(merchant_id=merchant_id, pk=version_id, state=VersionState.PUBLISHED)
    return Terms.model_validate(version.terms)
