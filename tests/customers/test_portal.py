"""Members in the portal: signing in by code, joining, and what is theirs."""

from __future__ import annotations

import re
from typing import Any

from django.core import mail
from django.test import Client, TestCase

from customers.actions import archive_customer, send_sign_in_code
from customers.models import Customer, OneTimeCode
from customers.queries import find_customer, live_customers, standing_consents
from events.models import Event
from merchants.models import SYSTEM, Merchant

SIGN_IN = "/m/aroma/sign-in"


def code_sent_to(address: str) -> str:
    message = next(each for each in reversed(mail.outbox) if each.to == [address])
    found = re.search(r"\b(\d{6})\b", str(message.body))
    assert found is not None
    return found.group(1)


def ask(phone: Client, identity: str) -> Any:
    return post(phone, SIGN_IN, {"identity": identity})


def post(phone: Client, path: str, given: dict[str, str]) -> Any:
    """A post whose messages leave at once: the test's own transaction never commits."""
    with TestCase.captureOnCommitCallbacks(execute=True):
        return phone.post(path, given)


def sign_in(phone: Client, address: str) -> Any:
    ask(phone, address)
    return phone.post(f"{SIGN_IN}/code", {"code": code_sent_to(address.lower())})


def test_a_member_signs_in_with_the_code_that_was_mailed(phone: Client, carla: Customer) -> None:
    response = sign_in(phone, "Carla@Example.com")
    assert response.status_code == 302
    assert phone.get("/m/aroma/me").status_code == 200
    event = Event.objects.filter(merchant=carla.merchant, type="customers.member_signed_in").get()
    assert (event.actor_kind, event.actor_id) == ("member", carla.pk)


def test_the_code_is_good_once(phone: Client, carla: Customer) -> None:
    sign_in(phone, "carla@example.com")
    code = code_sent_to("carla@example.com")
    other = Client()
    session = other.session
    session[f"sign-in:{carla.merchant_id}"] = {"channel": "email", "destination": "carla@example.com", "next": ""}
    session.save()
    assert other.post(f"{SIGN_IN}/code", {"code": code}).status_code == 422


def test_five_wrong_guesses_spoil_the_code(phone: Client, carla: Customer) -> None:
    ask(phone, "carla@example.com")
    right = code_sent_to("carla@example.com")
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(5):
        assert phone.post(f"{SIGN_IN}/code", {"code": wrong}).status_code == 422
    assert phone.post(f"{SIGN_IN}/code", {"code": right}).status_code == 422
    assert phone.get("/m/aroma/me").status_code == 302


def test_an_old_code_is_refused(phone: Client, carla: Customer) -> None:
    ask(phone, "carla@example.com")
    code = code_sent_to("carla@example.com")
    OneTimeCode.objects.filter(merchant=carla.merchant).update(expires_at="2020-01-01T00:00:00Z")
    assert phone.post(f"{SIGN_IN}/code", {"code": code}).status_code == 422


def test_nobody_learns_who_is_a_member(phone: Client, carla: Customer) -> None:
    known = ask(phone, "carla@example.com")
    unknown = ask(Client(), "stranger@example.com")
    assert (known.status_code, known.headers["Location"]) == (unknown.status_code, unknown.headers["Location"])
    assert {message.to[0] for message in mail.outbox} == {"carla@example.com", "stranger@example.com"}


def test_codes_cannot_flood_one_address(phone: Client, carla: Customer) -> None:
    assert ask(phone, "carla@example.com").status_code == 302
    assert "Too many codes" in ask(phone, "carla@example.com").content.decode()
    assert len(mail.outbox) == 1


def test_one_asker_cannot_flood_many_addresses(phone: Client, aroma: Merchant) -> None:
    for number in range(30):
        assert ask(phone, f"p{number}@example.com").status_code == 302
    assert ask(phone, "p31@example.com").status_code == 422
    assert len(mail.outbox) == 30


def test_a_phone_code_is_refused_clearly_where_no_provider_is(phone: Client, carla: Customer) -> None:
    response = ask(phone, "138 0000 8000")
    assert response.status_code == 422
    assert "e-mail address" in response.content.decode()
    assert not OneTimeCode.objects.filter(merchant=carla.merchant).exists()


def test_in_the_demo_a_phone_code_lands_on_the_page_and_nothing_leaves(
    phone: Client, carla: Customer, settings: Any
) -> None:
    settings.DEMO = True
    ask(phone, "138 0000 8000")
    html = phone.get(f"{SIGN_IN}/code").content.decode()
    code = html.partition('<strong class="num">')[2][:6]
    assert mail.outbox == []
    assert phone.post(f"{SIGN_IN}/code", {"code": code}).status_code == 302
    assert phone.get("/m/aroma/me").context["member"] == carla


def test_a_sandbox_s_code_is_never_on_the_public_page(phone: Client, carla: Customer) -> None:
    carla.merchant.is_sandbox = True
    carla.merchant.save()
    ask(phone, "138 0000 8000")
    shown = OneTimeCode.objects.get(merchant=carla.merchant).shown_code
    assert len(shown) == 6
    assert shown not in phone.get(f"{SIGN_IN}/code").content.decode()


def test_somebody_new_joins_with_consent(phone: Client, aroma: Merchant) -> None:
    assert sign_in(phone, "new@example.com").headers["Location"] == "/m/aroma/join"
    assert phone.post("/m/aroma/join", {"name": "李雷"}).status_code == 422
    assert not live_customers(aroma).filter(email="new@example.com").exists()
    assert phone.post("/m/aroma/join", {"name": "李雷", "agrees": "on", "wants_offers": "on"}).status_code == 302
    made = find_customer(aroma, email="new@example.com")
    assert made is not None
    assert made.name_pinyin == "lilei"
    assert standing_consents(made) == {
        ("membership", "any"): True, ("offers", "email"): True, ("birthday", "email"): True,
    }  # fmt: skip
    assert phone.get("/m/aroma/me").status_code == 200


def test_joining_needs_a_proved_address(phone: Client, aroma: Merchant) -> None:
    ask(phone, "new@example.com")
    assert phone.post("/m/aroma/join", {"name": "X", "agrees": "on"}).headers["Location"] == SIGN_IN
    assert not live_customers(aroma).exists()


def test_a_member_of_one_shop_is_nobody_in_another(carla_s_phone: Client, rival_carla: Customer) -> None:
    assert carla_s_phone.get("/m/aroma/me").status_code == 200
    assert carla_s_phone.get("/m/borough/me").status_code == 302


def test_an_archived_member_is_signed_out(carla_s_phone: Client, carla: Customer) -> None:
    archive_customer(carla, by=SYSTEM)
    assert carla_s_phone.get("/m/aroma/me").status_code == 302


def test_after_signing_in_a_member_gets_where_they_wanted_but_never_elsewhere(phone: Client, carla: Customer) -> None:
    wanted = phone.get("/m/aroma/me/birthday").headers["Location"]
    assert wanted == "/m/aroma/sign-in?next=%2Fm%2Faroma%2Fme%2Fbirthday"
    post(phone, wanted, {"identity": "carla@example.com"})
    there = phone.post(f"{SIGN_IN}/code", {"code": code_sent_to("carla@example.com")})
    assert there.headers["Location"] == "/m/aroma/me/birthday"
    for evil in ("https://evil.example/", "//evil.example/m/aroma/", "/dashboard/aroma/"):
        assert "evil" not in phone.get(SIGN_IN, {"next": evil}).headers["Location"]
        assert "dashboard" not in phone.get(SIGN_IN, {"next": evil}).headers["Location"]


def test_signing_out_forgets_the_member(carla_s_phone: Client) -> None:
    assert carla_s_phone.get("/m/aroma/sign-out").status_code == 405
    carla_s_phone.post("/m/aroma/sign-out")
    assert carla_s_phone.get("/m/aroma/me").status_code == 302


def test_a_member_changes_their_own_details(carla_s_phone: Client, carla: Customer) -> None:
    response = carla_s_phone.post(
        "/m/aroma/me/edit", {"name": "张三", "gender": "female", "language": "en", "city": "上海"}
    )
    assert response.status_code == 302
    carla.refresh_from_db()
    assert (carla.name, carla.city, carla.phone) == ("张三", "上海", "+8613800008000")


def test_a_birthday_is_changed_once_a_year(carla_s_phone: Client, carla: Customer) -> None:
    first = {"calendar": "lunar", "month": "4", "day": "15", "year": "2020", "is_leap_month": "on"}
    assert carla_s_phone.post("/m/aroma/me/birthday", first).status_code == 302
    html = carla_s_phone.get("/m/aroma/me").content.decode()
    assert "lunar leap month 4, day 15" in html
    again = carla_s_phone.post("/m/aroma/me/birthday", {**first, "day": "16"})
    assert again.status_code == 422
    assert "once a year" in again.content.decode()
    assert carla_s_phone.post("/m/aroma/me/birthday", first).status_code == 302  # the same is no change
    Customer.objects.filter(merchant=carla.merchant, pk=carla.pk).update(birthday_set_at="2020-01-01T00:00:00Z")
    assert carla_s_phone.post("/m/aroma/me/birthday", {**first, "day": "16"}).status_code == 302


def test_a_birthday_that_is_not_is_refused(carla_s_phone: Client) -> None:
    wrong = {"calendar": "lunar", "month": "4", "day": "15", "year": "2021", "is_leap_month": "on"}
    assert "no such leap month" in carla_s_phone.post("/m/aroma/me/birthday", wrong).content.decode()


def test_a_new_address_is_proved_before_it_counts(carla_s_phone: Client, carla: Customer) -> None:
    post(carla_s_phone, "/m/aroma/me/contact/email", {"identity": "carla@new.example"})
    carla.refresh_from_db()
    assert carla.email == "carla@example.com"
    code = code_sent_to("carla@new.example")
    assert carla_s_phone.post("/m/aroma/me/contact/email/code", {"code": code}).status_code == 302
    carla.refresh_from_db()
    assert carla.email == "carla@new.example"


def test_an_address_of_somebody_else_cannot_be_taken(carla_s_phone: Client, carla: Customer, dario: Customer) -> None:
    post(carla_s_phone, "/m/aroma/me/contact/email", {"identity": "dario@example.com"})
    code = code_sent_to("dario@example.com")
    response = carla_s_phone.post("/m/aroma/me/contact/email/code", {"code": code})
    assert response.status_code == 422
    carla.refresh_from_db()
    assert carla.email == "carla@example.com"


def test_a_sign_in_code_changes_no_address(carla_s_phone: Client, carla: Customer) -> None:
    with TestCase.captureOnCommitCallbacks(execute=True):
        send_sign_in_code(carla.merchant, identity="evil@example.com")
    session = carla_s_phone.session
    session[f"contact:{carla.merchant_id}"] = "evil@example.com"
    session.save()
    code = code_sent_to("evil@example.com")
    assert carla_s_phone.post("/m/aroma/me/contact/email/code", {"code": code}).status_code == 422


def test_preferences_hold_exactly_what_is_switched_on(carla_s_phone: Client, carla: Customer) -> None:
    carla_s_phone.post("/m/aroma/me/preferences", {"offers-sms": "on", "profiling-any": "on"})
    assert standing_consents(carla) == {("offers", "sms"): True, ("profiling", "any"): True}
    carla_s_phone.post("/m/aroma/me/preferences", {"profiling-any": "on"})
    assert standing_consents(carla)[("offers", "sms")] is False
    carla_s_phone.post("/m/aroma/me/preferences", {})
    assert not any(standing_consents(carla).values())


def test_the_privacy_notice_is_for_everybody(phone: Client, aroma: Merchant) -> None:
    aroma.privacy_text = "We keep little."
    aroma.save()
    html = phone.get("/m/aroma/privacy").content.decode()
    assert "We keep little." in html
    assert "Download my data" not in html


def test_a_shop_that_is_not_there(phone: Client, aroma: Merchant) -> None:
    assert phone.get("/m/nowhere/sign-in").status_code == 404
