"""Before and around a shop: signing in and up, the account, language, the developers' pages."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from django.core import mail
from django.test import Client
from django.urls import reverse

from merchants.models import Membership, Merchant, StaffMember
from tests.cast import PASSWORD, make_staff

pytestmark = pytest.mark.django_db
INLINE = re.compile(rb"<script(?![^>]*(?:src=|type=\"application/json\"))|\sstyle=|\son(?:click|load|submit|change)=")
OPEN_PAGES = [
    "home", "account_login", "account_signup", "account_reset_password", "developers", "developers-errors",
    "account_reset_password_done", "account_email_verification_sent",
]  # fmt: skip
OWN_PAGES = [
    "account", "new-shop", "account_logout", "account_change_password", "account_email", "mfa_index",
    "mfa_activate_totp", "mfa_add_webauthn", "mfa_generate_recovery_codes", "usersessions_list",
    "account_reauthenticate",
]  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("name", OPEN_PAGES)
def test_a_stranger_sees_the_page_in_our_dress_and_nothing_inline(name: str, language: str, client: Client) -> None:
    client.cookies["language"] = language
    page = client.get(reverse(name))
    assert page.status_code == 200
    assert b'class="plain' in page.content
    assert not INLINE.search(page.content)
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]


@pytest.fixture
def proven(aroma: Merchant, ana: StaffMember) -> StaffMember:
    """Ana, whose address is proven to be hers: only then may she sign in by password."""
    EmailAddress.objects.create(user=ana, email=ana.email, verified=True, primary=True)
    return ana


@pytest.mark.parametrize("name", OWN_PAGES)
@pytest.mark.usefixtures("proven")
def test_staff_see_the_pages_of_their_account(name: str, client: Client) -> None:
    client.cookies["language"] = "en"
    client.post(reverse("account_login"), {"login": "ana@aroma.example", "password": PASSWORD})
    page = client.get(reverse(name), follow=True)
    assert page.status_code == 200
    assert not INLINE.search(page.content)


@pytest.mark.usefixtures("proven")
def test_signing_in_leads_to_the_shop(client: Client) -> None:
    signed = client.post(reverse("account_login"), {"login": "Ana@aroma.example", "password": PASSWORD}, follow=True)
    assert signed.redirect_chain[-1][0].startswith("/dashboard/aroma/")
    assert signed.status_code == 200


def test_a_wrong_password_and_an_unknown_address_read_the_same(client: Client, aroma: Merchant) -> None:
    client.cookies["language"] = "en"
    wrong = client.post(reverse("account_login"), {"login": "ana@aroma.example", "password": "wrong"})
    unknown = client.post(reverse("account_login"), {"login": "nobody@aroma.example", "password": "wrong"})
    said = [re.search(r'id="error-summary".*?</ul>', answer.content.decode(), re.DOTALL) for answer in (wrong, unknown)]
    assert said[0]
    assert said[1]
    assert said[0][0] == said[1][0]


@pytest.mark.usefixtures("proven")
def test_guessing_is_stopped_even_with_the_right_password(client: Client, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = False  # so that only the lock-out stands in the way
    for _ in range(settings.AXES_FAILURE_LIMIT):
        client.post(reverse("account_login"), {"login": "ana@aroma.example", "password": "wrong"})
    locked = client.post(reverse("account_login"), {"login": "Ana@aroma.example", "password": PASSWORD})
    assert locked.status_code == 429
    assert "_auth_user_id" not in client.session
    make_staff("ben@aroma.example", "Ben")  # who shares the address of the network, not the lock
    assert (
        client.post(reverse("account_login"), {"login": "ben@aroma.example", "password": PASSWORD}).status_code == 302
    )


def test_a_new_merchant_signs_up_and_opens_a_shop(client: Client) -> None:
    client.cookies["language"] = "en"
    given = {"email": "olga@tea.example", "password1": PASSWORD, "password2": PASSWORD}
    client.post(reverse("account_signup"), given)
    link = re.search(r"https?://\S+/confirm-email/\S+", str(mail.outbox[-1].body))
    assert link
    path = re.sub(r"^https?://[^/]+", "", link[0])
    client.post(path)
    signed = client.post(reverse("account_login"), {"login": "olga@tea.example", "password": PASSWORD}, follow=True)
    assert signed.redirect_chain[-1][0] == reverse("new-shop")
    answers = {
        "name": "Olga's Tea", "slug": "olgas-tea", "currency": "EUR", "timezone": "Europe/Berlin", "language": "en",
    }  # fmt: skip
    opened = client.post(reverse("new-shop"), answers)
    assert opened.headers["Location"] == reverse("shop-home", args=["olgas-tea"])
    shop = Merchant.objects.get(slug="olgas-tea")
    assert (shop.currency, shop.timezone) == ("EUR", "Europe/Berlin")
    assert Membership.objects.get(merchant=shop).staff.email == "olga@tea.example"


@pytest.mark.parametrize("slug", ["aroma", "new", "Ä", "x"])
def test_an_address_that_cannot_be_is_refused_at_its_field(
    slug: str, client: Client, aroma: Merchant, ana: StaffMember
) -> None:
    client.force_login(ana)
    answers = {"name": "X", "slug": slug, "currency": "EUR", "timezone": "Europe/Berlin", "language": "en"}
    refused = client.post(reverse("new-shop"), answers)
    assert refused.status_code == 422
    assert "slug" in refused.context["form"].errors
    assert Merchant.objects.count() == 2


def test_the_language_is_remembered_in_the_browser_and_with_the_person(
    client: Client, aroma: Merchant, ana: StaffMember
) -> None:
    client.force_login(ana)
    switched = client.post(reverse("set_language"), {"language": "en", "next": "/account/"})
    assert switched.headers["Location"] == "/account/"
    assert "Your account" in client.get(reverse("account")).content.decode()
    ana.refresh_from_db()
    assert ana.language == "en"
    away = client.post(reverse("set_language"), {"language": "en", "next": "https://evil.example/"})
    assert "evil" not in away.headers["Location"]


def test_authenticator_secrets_are_encrypted_at_rest(client: Client, proven: StaffMember) -> None:
    activated = auth.TOTP.activate(proven, "JBSWY3DPEHPK3PXP")
    stored = Authenticator.objects.get(pk=activated.instance.pk).data["secret"]
    assert "JBSWY3DPEHPK3PXP" not in stored
    client.post(reverse("account_login"), {"login": "ana@aroma.example", "password": PASSWORD})
    assert "_auth_user_id" not in client.session  # the second factor is asked for first
    code = auth.format_hotp_value(auth.hotp_value("JBSWY3DPEHPK3PXP", next(auth.yield_hotp_counters_from_time())))
    client.post(reverse("mfa_authenticate"), {"code": code})
    assert client.session["_auth_user_id"] == str(proven.pk)


def test_every_refusal_has_its_page(client: Client) -> None:
    client.cookies["language"] = "en"
    page = client.get(reverse("developers-errors")).content.decode()
    assert "%(" not in page
    for code in ("insufficient_points", "idempotency_key_reused", "last_owner", "rate_limited"):
        assert code in page
        assert client.get(f"/developers/errors/{code}").status_code == 200
    assert client.get("/developers/errors/never_heard_of").status_code == 404


def test_what_is_nowhere_is_a_page_for_people(client: Client) -> None:
    assert client.get("/nowhere/").status_code == 404
    assert "text/html" in client.get("/nowhere/").headers["Content-Type"]


def test_the_brand_s_style_and_logo_are_public_and_cached(client: Client, aroma: Merchant) -> None:
    style = client.get(reverse("merchants-portal:brand-css", args=["aroma"]))
    assert style.headers["Content-Type"].startswith("text/css")
    assert "--brand" in style.content.decode()
    again = client.get(reverse("merchants-portal:brand-css", args=["aroma"]), headers={"If-None-Match": style["ETag"]})
    assert again.status_code == 304
    assert client.get(reverse("merchants-portal:logo", args=["aroma"])).status_code == 404
    assert client.get(reverse("merchants-portal:brand-css", args=["nowhere"])).status_code == 404
