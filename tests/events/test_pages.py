"""Every dashboard page of the ground floors, looked at by the owner, in both languages."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from events.actions.keys import issue_api_key
from events.actions.team import invite_staff
from events.facts import Fact, ShopFact
from merchants.frames.public_ids import public_id
from merchants.models import Actor, ApiKey, Merchant, StaffMember

PAGES = [
    "team", "team-invite", "key-list", "key-new", "delivery-list", "settings", "sandbox", "audit-log",
]  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("name", PAGES)
def test_the_owner_sees_the_page(
    name: str, language: str, client: Client, aroma: Merchant, ana: StaffMember, ben: StaffMember, by_ana: Actor
) -> None:
    invite_staff(aroma, email="new@aroma.example", role="cashier", inviter=ana, by=by_ana)
    issue_api_key(aroma, name="till", scopes=["orders:read"], by=by_ana)
    client.force_login(ana)
    client.cookies["language"] = language
    response = client.get(reverse(f"events:{name}", args=[aroma.slug]))
    assert response.status_code == 200
    assert b"style=" not in response.content
    assert b"onclick=" not in response.content


def test_the_audit_log_tells_what_happened(client: Client, aroma: Merchant, ana: StaffMember, by_ana: Actor) -> None:
    issue_api_key(aroma, name="till 7", scopes=["orders:read"], by=by_ana)
    client.force_login(ana)
    client.cookies["language"] = "en"
    page = client.get(reverse("events:audit-log", args=[aroma.slug])).content.decode()
    assert "Issued the API key till 7" in page
    assert "Ana" in page
    filtered = client.get(reverse("events:audit-log", args=[aroma.slug]), {"type": "merchants.shop_opened"})
    assert "till 7" not in filtered.content.decode()


def test_every_fact_has_a_label_and_the_audit_log_can_be_narrowed_to_it(
    client: Client, aroma: Merchant, ana: StaffMember
) -> None:
    facts = {wire: fact for wire, fact in Fact.known.items() if fact is not ShopFact and not wire.startswith("tests.")}
    with override("en"):
        labels = {wire: str(fact.label) for wire, fact in facts.items()}
    assert [wire for wire, label in labels.items() if not label] == []
    assert len(set(labels.values())) == len(labels)
    client.force_login(ana)
    client.cookies["language"] = "en"
    page = client.get(reverse("events:audit-log", args=[aroma.slug])).content.decode()
    assert [wire for wire, label in labels.items() if f'<option value="{wire}">{label}</option>' not in page] == []
    assert Fact.label_of("commerce.told_no_more") == "commerce.told_no_more"


def test_a_new_key_is_shown_once_and_works(client: Client, aroma: Merchant, ana: StaffMember) -> None:
    client.force_login(ana)
    made = client.post(
        reverse("events:key-new", args=[aroma.slug]), {"name": "web shop", "scopes": ["orders:read"], "days": ""}
    )
    assert made.status_code == 200
    assert "lk_live_" in made.content.decode()
    listed = client.get(reverse("events:key-list", args=[aroma.slug])).content.decode()
    assert "web shop" in listed
    secret = made.context["secret"]
    assert secret not in listed


def test_a_cashier_does_not_see_the_keys_of_the_shop(client: Client, aroma: Merchant, kai: StaffMember) -> None:
    client.force_login(kai)
    refused = client.get(reverse("events:key-list", args=[aroma.slug]))
    assert refused.status_code == 403
    posted = client.post(reverse("events:key-new", args=[aroma.slug]), {"name": "x", "scopes": ["orders:read"]})
    assert posted.status_code == 403
    assert not ApiKey.objects.filter(merchant=aroma).exists()


def test_a_stranger_is_asked_to_sign_in_and_a_rival_learns_nothing(
    client: Client, aroma: Merchant, borough: Merchant
) -> None:
    address = reverse("events:team", args=[aroma.slug])
    asked = client.get(address)
    assert asked.status_code == 302
    assert asked.headers["Location"].startswith("/account/login/")
    client.force_login(StaffMember.objects.get(email="rhea@borough.example"))
    assert client.get(address).status_code == 404


def test_a_refusal_becomes_a_message_where_the_form_stood(client: Client, aroma: Merchant, ana: StaffMember) -> None:
    client.force_login(ana)
    client.cookies["language"] = "en"
    owner = ana.memberships.get()
    address = reverse("events:member-remove", args=[aroma.slug, public_id("mem", owner.pk)])
    team = reverse("events:team", args=[aroma.slug])
    response = client.post(address, headers={"referer": f"http://testserver{team}"})
    assert response.status_code == 302
    assert response.headers["Location"] == team
    assert "A shop keeps at least one owner." in client.get(team).content.decode()
    assert ana.memberships.exists()
