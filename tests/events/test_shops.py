"""Opening a shop, its settings, its logo, its twin and the twin's clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation

from events.actions.shops import create_merchant, create_sandbox, move_clock, set_logo, update_settings
from events.models import Event
from events.templatetags.sentences import sentence
from merchants.clock import now, today
from merchants.errors import ClockMovesForwardOnly, InvalidValue, InvalidValues, NotASandbox
from merchants.models import SYSTEM, Actor, Membership, Merchant, StaffMember

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 100


def _types(shop: Merchant) -> list[str]:
    return list(Event.objects.filter(merchant=shop).order_by("pk").values_list("type", flat=True))


def test_who_opens_a_shop_owns_it(ana: StaffMember, by_ana: Actor) -> None:
    shop = create_merchant(slug="tea", name=" Tea ", owner=ana, by=by_ana)
    assert shop.name == "Tea"
    assert Membership.objects.get(merchant=shop).role == "owner"
    assert _types(shop) == ["merchants.shop_opened"]


def test_every_fault_of_a_new_shop_is_named_at_once() -> None:
    with pytest.raises(InvalidValues) as refused:
        create_merchant(
            slug="!", name="", owner=None, by=SYSTEM, timezone="Mars/Olympus", currency="XYZ", language="xx"
        )
    assert {fault.field for fault in refused.value.faults} >= {"slug", "name", "timezone", "currency", "language"}
    assert not Merchant.objects.exists()


def test_settings_record_what_changed_and_only_that(aroma: Merchant, by_ana: Actor) -> None:
    update_settings(aroma, by=by_ana, name="Aroma", contact_phone="", timezone="Asia/Tokyo")
    event = Event.objects.filter(merchant=aroma, type="merchants.settings_changed").get()
    assert event.payload == {
        "before": {"name": "Aroma 茶铺", "timezone": "Asia/Shanghai"},
        "after": {"name": "Aroma", "timezone": "Asia/Tokyo"},
    }
    update_settings(aroma, by=by_ana, name="Aroma")
    assert Event.objects.filter(merchant=aroma, type="merchants.settings_changed").count() == 1


@pytest.mark.parametrize(
    "change",
    [{"name": ""}, {"timezone": "x"}, {"brand_colour": "red"}, {"contact_email": "x"}, {"adjustment_limit_points": -1}],
)
def test_a_setting_that_cannot_be_changes_nothing(change: dict[str, Any], aroma: Merchant, by_ana: Actor) -> None:
    with pytest.raises(InvalidValues) as refused:
        update_settings(aroma, by=by_ana, **change)
    assert [fault.field for fault in refused.value.faults] == list(change)
    assert "merchants.settings_changed" not in _types(aroma)


def test_the_settings_page_keeps_what_was_written(client: Client, aroma: Merchant, ana: StaffMember) -> None:
    client.force_login(ana)
    address = reverse("events:settings", args=[aroma.slug])
    form = client.get(address).context["form"]
    posted = {name: value for name, value in form.initial.items() if value is not None}
    posted |= {"name": "Aroma Tea", "promise_1_title": "Fresh", "promise_1_body": "Never older than a year."}
    assert client.post(address, posted).status_code == 302
    aroma.refresh_from_db()
    assert aroma.name == "Aroma Tea"
    assert aroma.promises == [{"title": "Fresh", "body": "Never older than a year."}]
    refused = client.post(address, posted | {"brand_colour": "red"})
    assert refused.status_code == 422
    assert "brand_colour" in refused.context["form"].errors


def test_a_logo_is_a_small_picture(client: Client, aroma: Merchant, ana: StaffMember, by_ana: Actor) -> None:
    client.force_login(ana)
    address = reverse("events:settings-logo", args=[aroma.slug])
    assert client.post(address, {"logo": SimpleUploadedFile("x.png", PNG, "image/png")}).status_code == 302
    shown = client.get(reverse("merchants-portal:logo", args=[aroma.slug]))
    assert (shown.content, shown.headers["Content-Type"]) == (PNG, "image/png")
    script = SimpleUploadedFile("x.png", b"<svg onload='x'/>", "image/png")
    assert client.post(address, {"logo": script}).status_code == 422
    with pytest.raises(InvalidValue):
        set_logo(aroma, picture=PNG + b"\x00" * 200_000, by=by_ana)
    assert client.post(address, {"remove": "1"}).status_code == 302
    assert client.get(reverse("merchants-portal:logo", args=[aroma.slug])).status_code == 404


def test_a_twin_is_another_shop_with_the_same_team(client: Client, aroma: Merchant, kai: StaffMember) -> None:
    twin = create_sandbox(aroma, by=SYSTEM)
    assert create_sandbox(aroma, by=SYSTEM) == twin
    assert (twin.slug, twin.is_sandbox, twin.currency) == ("aroma-test", True, "CNY")
    client.force_login(kai)
    assert client.get(reverse("shop-home", args=[twin.slug])).status_code == 302
    client.force_login(StaffMember.objects.get(email="rhea@borough.example"))
    assert client.get(reverse("shop-home", args=[twin.slug])).status_code == 404


def test_only_a_sandbox_s_clock_moves_and_only_forward(aroma: Merchant, by_ana: Actor) -> None:
    twin = create_sandbox(aroma, by=by_ana)
    before = today(twin)
    moved = move_clock(twin, forward=timedelta(days=30), by=by_ana)
    assert today(moved) == before + timedelta(days=30)
    assert now(moved) - now(aroma) > timedelta(days=29)
    for forward in (timedelta(0), timedelta(days=-1)):
        with pytest.raises(ClockMovesForwardOnly):
            move_clock(moved, forward=forward, by=by_ana)
    with pytest.raises(InvalidValue):
        move_clock(moved, forward=timedelta(days=100_000), by=by_ana)
    with pytest.raises(NotASandbox):
        move_clock(aroma, forward=timedelta(days=1), by=by_ana)
    assert "merchants.clock_moved" in _types(twin)


def test_the_owner_opens_the_twin_and_moves_its_clock_from_the_page(
    client: Client, aroma: Merchant, ana: StaffMember
) -> None:
    client.force_login(ana)
    assert client.post(reverse("events:sandbox", args=[aroma.slug])).status_code == 302
    twin = Merchant.objects.get(sandbox_of=aroma)
    address = reverse("events:sandbox", args=[twin.slug])
    assert client.get(address).status_code == 200
    client.post(reverse("events:sandbox-clock", args=[twin.slug]), {"days": "7"})
    twin.refresh_from_db()
    assert twin.clock_offset == timedelta(days=7)
    client.cookies["language"] = "en"
    assert "Test mode" in client.get(address).content.decode()


def test_a_change_of_settings_reads_by_the_names_that_the_form_has(aroma: Merchant, by_ana: Actor) -> None:
    update_settings(aroma, by=by_ana, timezone="Asia/Tokyo", brand_colour="#112233")
    event = Event.objects.filter(merchant=aroma, type="merchants.settings_changed").get()
    with translation.override("en"):
        assert sentence(event) == "Changed the settings: Time zone, Brand colour"
