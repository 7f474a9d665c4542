"""What people change about themselves."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from merchants.errors import InvalidValue
from merchants.models import Language, StaffMember


@transaction.atomic
def change_own_profile(staff: StaffMember, *, name: str, language: str) -> StaffMember:
    """A person's name, as colleagues read it, and the language that they are spoken to in."""
    if language not in Language.values:
        raise InvalidValue("language", _("This language is not offered."))
    staff.name, staff.language = name.strip()[:80], language
    staff.save(update_fields=["name", "language"])
    return staff
