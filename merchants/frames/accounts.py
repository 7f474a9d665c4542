"""How staff sign in: our words to django-allauth, which does the risky parts."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class StaffAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        # One sentence for an unknown address and a wrong password: it tells nobody who has an account.
        "email_password_mismatch": _("This e-mail and password do not belong together."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return True


class StaffMFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """Keeps authenticator secrets encrypted, so that a copy of the database signs nobody in."""

    def encrypt(self, text: str) -> str:
        return _vault().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _vault().decrypt(encrypted_text.encode()).decode()

    def _get_site_name(self) -> str:
        return gettext("Loyalty Platform")


def attempted_email(request: HttpRequest | None, credentials: dict[str, Any] | None = None) -> str | None:
    """Whose password is being tried, for the lock-out: without it a whole office would share one lock."""
    given = (credentials or {}).get("email") or (request.POST.get("login") if request is not None else None)
    return str(given).strip().lower() if given else None


def _vault() -> MultiFernet:
    """Encrypts under SECRET_KEY and reads what earlier keys (SECRET_KEY_FALLBACKS) wrote."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet(
        [Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"mfa:{key}".encode()).digest())) for key in keys]
    )
