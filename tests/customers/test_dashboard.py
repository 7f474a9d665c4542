"""Staff and their customers."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from customers.actions import (
    add_note,
    archive_customer,
    define_custom_field,
    give_consent,
    link_external_id,
    tag_customer,
)
from customers.models import Customer, CustomerTag, SavedView
from customers.queries import live_customers, standing_consents, tags_on
from events.models import Event
from merchants.frames.public_ids import public_id
from merchants.models import SYSTEM, Actor, Merchant
from tests.cast import make_customer


def at(customer: Customer, rest: str = "") -> str:
    return f"/dashboard/{customer.merchant.slug}/customers/{public_id('cus', customer.pk)}{rest}"


def last_event(kind: str) -> Event:
    return Event.objects.across_merchants().filter(type=kind).latest("id")


def events_of(kind: str) -> int:
    return Event.objects.across_merchants().filter(type=kind).count()


def test_the_list_shows_names_and_masked_contacts(ana_s_browser: Client, carla: Customer, dario: Customer) -> None:
    html = ana_s_browser.get("/dashboard/aroma/customers/").content.decode()
    assert "张三丰" in html
    assert "Dario" in html
    assert "138****8000" in html
    assert "13800008000" not in html
    assert "carla@example.com" not in html


def test_the_list_finds_by_pinyin_and_says_when_nobody_matches(
    ana_s_browser: Client, carla: Customer, dario: Customer
) -> None:
    found = ana_s_browser.get("/dashboard/aroma/customers/?q=zsf").content.decode()
    assert "张三丰" in found
    assert "Dario" not in found
    assert "Nothing matches" in ana_s_browser.get("/dashboard/aroma/customers/?q=zzzz").content.decode()


def test_typing_a_search_brings_only_the_rows(ana_s_browser: Client, carla: Customer) -> None:
    fragment = ana_s_browser.get("/dashboard/aroma/customers/?q=8000", headers={"HX-Request": "true"}).content.decode()
    assert "张三丰" in fragment
    assert "<html" not in fragment


def test_filters_narrow_the_list_and_can_be_taken_off(ana_s_browser: Client, carla: Customer, dario: Customer) -> None:
    tag_customer(carla, tag="VIP", by=SYSTEM)
    html = ana_s_browser.get(
        "/dashboard/aroma/customers/?tag=vip&contact=phone&joined=30&gender=&month=99"
    ).content.decode()
    assert "张三丰" in html
    assert "Dario" not in html
    assert "Remove the filter Tag" in html


@pytest.mark.parametrize("sort", ["name", "-name", "joined", "-joined", "rubbish", ""])
def test_the_list_pages_through_everybody_once_in_every_order(
    ana_s_browser: Client, aroma: Merchant, sort: str
) -> None:
    for number in range(120):
        make_customer(aroma, number=f"P{number:03}", name=f"Person {number % 7}")
    seen: list[str] = []
    query: str | None = f"sort={sort}"
    while query is not None:
        response = ana_s_browser.get(f"/dashboard/aroma/customers/?{query}")
        seen += [row.number for row in response.context["customers"]]
        following = response.context["next"]
        query = f"sort={sort}&after={following}" if following else None
    assert sorted(seen) == [f"P{number:03}" for number in range(120)]


def test_archived_customers_are_in_a_view_of_their_own(ana_s_browser: Client, carla: Customer) -> None:
    archive_customer(carla, by=SYSTEM)
    assert "张三丰" not in ana_s_browser.get("/dashboard/aroma/customers/").content.decode()
    assert "张三丰" in ana_s_browser.get("/dashboard/aroma/customers/?archived=1").content.decode()


def test_a_bulk_tag_shows_the_exact_effect_before_it_happens(
    ana_s_browser: Client, carla: Customer, dario: Customer
) -> None:
    tag_customer(carla, tag="茶友", by=SYSTEM)
    step = {"action": "tag", "scope": "all", "tag": "茶友"}
    preview = ana_s_browser.post("/dashboard/aroma/customers/bulk?contact=phone", step)
    assert (preview.context["effect"].chosen, preview.context["effect"].have_it, preview.context["changes"]) == (
        2,
        1,
        1,
    )
    assert not tags_on(dario).exists()
    done = ana_s_browser.post("/dashboard/aroma/customers/bulk?contact=phone", {**step, "confirm": "1"})
    assert done.status_code == 302
    assert [tag.name for tag in tags_on(dario)] == ["茶友"]
    assert events_of("customers.customer_tagged") == 2  # one each, none for who had it


def test_a_bulk_tag_reaches_only_who_was_ticked(ana_s_browser: Client, carla: Customer, dario: Customer) -> None:
    step = {
        "action": "tag",
        "scope": "page",
        "ids": [public_id("cus", dario.pk), "cus_rubbish"],
        "tag": "x",
        "confirm": "1",
    }
    ana_s_browser.post("/dashboard/aroma/customers/bulk", step)
    assert list(CustomerTag.objects.filter(merchant=carla.merchant).values_list("customer_id", flat=True)) == [dario.pk]
    ana_s_browser.post("/dashboard/aroma/customers/bulk", {**step, "action": "untag"})
    assert not CustomerTag.objects.filter(merchant=carla.merchant).exists()


def test_a_bulk_tag_never_reaches_the_rival(ana_s_browser: Client, rival_carla: Customer) -> None:
    step = {"action": "tag", "scope": "page", "ids": [public_id("cus", rival_carla.pk)], "tag": "x", "confirm": "1"}
    ana_s_browser.post("/dashboard/aroma/customers/bulk", step)
    assert not tags_on(rival_carla).exists()


def test_a_cashier_may_look_but_not_tag_or_edit_or_reveal(kai_s_browser: Client, carla: Customer) -> None:
    assert kai_s_browser.get("/dashboard/aroma/customers/").status_code == 200
    assert kai_s_browser.get(at(carla)).status_code == 200
    for rest in ("/tag", "/reveal", "/archive", "/notes", "/consents"):
        assert kai_s_browser.post(at(carla, rest)).status_code == 403
    assert kai_s_browser.get(at(carla, "/edit")).status_code == 403
    assert kai_s_browser.post("/dashboard/aroma/customers/export").status_code == 403


def test_an_export_is_guarded_masked_and_on_the_record(mia_s_browser: Client, aroma: Merchant, carla: Customer) -> None:
    make_customer(aroma, number="EVIL", name="=cmd|'/c calc'!A1", phone="13900001111")
    response = mia_s_browser.post("/dashboard/aroma/customers/export")
    text = response.getvalue().decode()
    assert text.startswith("\ufeffnumber,")
    assert "'=cmd" in text
    assert "139****1111" in text
    assert "13900001111" not in text
    assert last_event("customers.customers_exported").payload == {"rows": 2, "filters": ""}


def test_an_owner_s_export_is_in_clear(ana_s_browser: Client, carla: Customer, dario: Customer) -> None:
    response = ana_s_browser.post("/dashboard/aroma/customers/export?q=dario")
    text = response.getvalue().decode()
    assert "'+8613900009000" in text
    assert "张三丰" not in text


def test_the_page_of_a_customer_shows_who_they_are_and_masks_contact(ana_s_browser: Client, carla: Customer) -> None:
    give_consent(carla, purpose="offers", channel="sms", source="till form", by=SYSTEM)
    add_note(carla, text="Likes oolong", by=SYSTEM)
    link_external_id(carla, source="pos", external_id="77", by=SYSTEM)
    response = ana_s_browser.get(at(carla))
    html = response.content.decode()
    for text in ("张三丰", "M000001", "138****8000", "Likes oolong", "pos", "till form", "Became a customer."):
        assert text in html
    assert "13800008000" not in html
    assert "carla@example.com" not in html


def test_revealing_shows_the_contact_once_and_is_on_the_record(ben_s_browser: Client, carla: Customer) -> None:
    fragment = ben_s_browser.post(at(carla, "/reveal"), headers={"HX-Request": "true"})
    assert "+8613800008000" in fragment.content.decode()
    assert "<html" not in fragment.content.decode()
    event = last_event("customers.personal_data_revealed")
    assert (event.payload, event.actor_name, event.about_id) == ({"fields": ["phone", "email"]}, "Ben", carla.pk)
    assert "+8613800008000" in ben_s_browser.post(at(carla, "/reveal")).content.decode()
    assert ben_s_browser.get(at(carla, "/reveal")).status_code == 405


def test_a_marketer_may_not_reveal(mia_s_browser: Client, carla: Customer) -> None:
    assert mia_s_browser.post(at(carla, "/reveal")).status_code == 403
    assert events_of("customers.personal_data_revealed") == 0


def test_a_customer_is_added_with_a_lunar_birthday_and_fields_of_the_shop(
    ana_s_browser: Client, aroma: Merchant
) -> None:
    define_custom_field(
        aroma, key="tea", label="Tea", kind="choice", choices=["乌龙", "普洱"], is_required=True, by=SYSTEM
    )
    given = {
        "name": "李四", "phone": "139 0000 1234", "birthday_calendar": "lunar", "birthday_month": "12",
        "birthday_day": "30", "custom_tea": "乌龙",
    }  # fmt: skip
    response = ana_s_browser.post("/dashboard/aroma/customers/new", given)
    assert response.status_code == 302
    made = live_customers(aroma).get(phone="+8613900001234")
    assert (made.birthday_calendar, made.birthday_month, made.birthday_day) == ("lunar", 12, 30)
    assert made.custom == {"tea": "乌龙"}
    assert made.source == "dashboard"


def test_a_wrong_form_says_what_at_the_field_and_writes_nothing(ana_s_browser: Client, carla: Customer) -> None:
    given = {
        "name": "X", "phone": "12", "birthday_calendar": "solar", "birthday_month": "2", "birthday_day": "30",
        "email": "carla@example.com",
    }  # fmt: skip
    response = ana_s_browser.post("/dashboard/aroma/customers/new", given)
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"phone", "birthday_day"}
    response = ana_s_browser.post(
        "/dashboard/aroma/customers/new", {"name": "X", "email": "carla@example.com", "birthday_calendar": "solar"}
    )
    assert set(response.context["form"].errors) == {"email"}
    assert live_customers(carla.merchant).count() == 1


def test_editing_keeps_the_contact_that_is_not_shown(ana_s_browser: Client, carla: Customer) -> None:
    html = ana_s_browser.get(at(carla, "/edit")).content.decode()
    assert "13800008000" not in html
    assert "138****8000" in html
    response = ana_s_browser.post(
        at(carla, "/edit"), {"name": "张三疯", "number": "M000001", "birthday_calendar": "solar", "forget": ["email"]}
    )
    assert response.status_code == 302
    carla.refresh_from_db()
    assert (carla.name, carla.phone, carla.email) == ("张三疯", "+8613800008000", "")
    assert last_event("customers.customer_updated").payload == {"fields": ["email", "name"]}


def test_archiving_and_restoring_from_the_page(ana_s_browser: Client, carla: Customer) -> None:
    ana_s_browser.post(at(carla, "/archive"), {"reason": "moved away"})
    carla.refresh_from_db()
    assert carla.is_archived
    assert "Archived: moved away" in ana_s_browser.get(at(carla)).content.decode()
    ana_s_browser.post(at(carla, "/restore"))
    carla.refresh_from_db()
    assert not carla.is_archived


def test_tags_notes_consents_and_links_from_the_page(ana_s_browser: Client, carla: Customer) -> None:
    ana_s_browser.post(at(carla, "/tag"), {"tag": "VIP"})
    assert [tag.name for tag in tags_on(carla)] == ["VIP"]
    ana_s_browser.post(at(carla, "/untag"), {"tag": "vip"})
    assert not tags_on(carla).exists()
    ana_s_browser.post(at(carla, "/notes"), {"text": "Call after six"})
    note = carla.notes.get()
    assert note.written_by == "Ana"
    ana_s_browser.post(at(carla, f"/notes/{note.pk}/remove"))
    assert "Call after six" not in ana_s_browser.get(at(carla)).content.decode()
    ana_s_browser.post(at(carla, "/consents"), {"pair": "offers.sms", "decision": "given", "source": "phone call"})
    assert standing_consents(carla) == {("offers", "sms"): True}
    ana_s_browser.post(at(carla, "/external-ids"), {"source": "pos", "external_id": "9"})
    assert carla.external_ids.get().external_id == "9"


def test_the_timeline_can_be_narrowed_and_read_back(ana_s_browser: Client, carla: Customer) -> None:
    by = Actor("staff", 1, "Ana")
    for number in range(25):
        tag_customer(carla, tag=f"t{number}", by=by)
    give_consent(carla, purpose="offers", channel="sms", source="till", by=SYSTEM)
    page = ana_s_browser.get(at(carla)).context
    assert len(page["entries"]) == 20
    more = ana_s_browser.get(at(carla) + page["more_url"]).context
    assert len(more["entries"]) == 7
    assert more["more_url"] == ""
    assert len(ana_s_browser.get(at(carla, "?show=consent")).context["entries"]) == 1
    assert len(ana_s_browser.get(at(carla, "?show=staff")).context["entries"]) == 20


def test_a_rival_s_customer_is_not_there(ana_s_browser: Client, rival_carla: Customer) -> None:
    stolen = f"/dashboard/aroma/customers/{public_id('cus', rival_carla.pk)}"
    assert ana_s_browser.get(stolen).status_code == 404
    assert ana_s_browser.get(f"{stolen}/edit").status_code == 404
    for rest in ("/tag", "/reveal", "/archive", "/notes", "/consents", "/untag", "/external-ids"):
        before = Event.objects.across_merchants().count()
        ana_s_browser.post(stolen + rest, {"tag": "x", "text": "x"})
        assert Event.objects.across_merchants().count() == before
    assert ana_s_browser.get("/dashboard/borough/customers/").status_code == 404


def test_views_are_saved_for_the_team_and_removed(ana_s_browser: Client, aroma: Merchant) -> None:
    ana_s_browser.post("/dashboard/aroma/customers/views?tag=vip&after=zzz", {"name": "Our best"})
    view = SavedView.objects.get(merchant=aroma)
    assert (view.name, view.query) == ("Our best", "tag=vip")
    assert "Our best" in ana_s_browser.get("/dashboard/aroma/customers/").content.decode()
    ana_s_browser.post(f"/dashboard/aroma/customers/views/{view.pk}/remove")
    assert not SavedView.objects.filter(merchant=aroma).exists()


def test_the_palette_finds_customers(ana_s_browser: Client, carla: Customer) -> None:
    html = ana_s_browser.get("/dashboard/aroma/customers/palette?q=zhangsan").content.decode()
    assert "张三丰" in html
    assert at(carla) in html
    assert "13800008000" not in html


def test_custom_fields_are_defined_and_retired(ana_s_browser: Client, aroma: Merchant) -> None:
    given = {"label": "Skin", "key": "skin", "kind": "choice", "choices": "dry\noily"}
    assert ana_s_browser.post("/dashboard/aroma/customers/fields", given).status_code == 302
    again = ana_s_browser.post("/dashboard/aroma/customers/fields", given)
    assert again.status_code == 422
    assert "key" in again.context["form"].errors
    html = ana_s_browser.get("/dashboard/aroma/customers/fields").content.decode()
    assert "dry" in html
    field = again.context["fields"][0]
    ana_s_browser.post(f"/dashboard/aroma/customers/fields/{field.pk}/retire")
    assert "skin" not in ana_s_browser.get("/dashboard/aroma/customers/fields").content.decode().split("<form")[0]


def test_the_outbox_exists_only_where_nothing_leaves(ana_s_browser: Client, aroma: Merchant, settings: Any) -> None:
    assert ana_s_browser.get("/dashboard/aroma/customers/outbox").status_code == 404
    settings.DEMO = True
    assert ana_s_browser.get("/dashboard/aroma/customers/outbox").status_code == 200
