"""Help for guests: an order's number, an address, a code; and one door only."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django.fixtures import Settings
from time_machine import TimeMachineFixture

from aftersales.models import Ticket
from commerce.models import Order
from customers.models import Customer, OneTimeCode
from customers.queries import shown_code_for
from merchants.clock import now, world_now
from merchants.models import Merchant
from tests.aftersales.desk import a_ticket
from tests.aftersales.pages import help_url, stranger, text_of, ticket_id
from tests.aftersales.test_portal_help import ASKED, bought

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _demo(settings: Settings, tmp_path: object) -> None:
    """Messages stay inside, so that text messages can be sent and codes be read."""
    settings.DEMO = True
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def phone() -> Client:
    return stranger()


def ask(phone: Client, number: str, identity: str) -> str:
    """First step; the code that was sent."""
    answer = phone.post(help_url("guest"), {"order_number": number, "identity": identity})
    assert answer.status_code == 302, text_of(answer)
    assert answer.headers["Location"] == help_url("guest-code")
    return str(phone.get(help_url("guest-code")).context["shown_code"])


def come_in(phone: Client, number: str, identity: str) -> object:
    code = ask(phone, number, identity)
    return phone.post(help_url("guest-code"), {"code": code})


def test_the_buyer_asks_for_help_without_signing_in(phone: Client, aroma: Merchant, carla: Customer) -> None:
    order = bought(aroma, carla)
    come_in(phone, "A1", "138 0000 8000")

    form = text_of(phone.get(help_url("help-new")))
    assert "白瓷茶罐" in form  # surely hers: the address is the order's customer's
    answer = phone.post(help_url("help-new"), ASKED | {"line-1": "1"}, follow=True)

    ticket = Ticket.objects.get(merchant=aroma)
    assert (ticket.customer, ticket.order, ticket.channel) == (carla, order, "guest")
    assert "It is our turn" in text_of(answer)
    phone.post(help_url("reply", ticket_id(ticket)), {"body": "One more thing"})
    assert Ticket.objects.get(merchant=aroma).reply_count == 2


def test_a_guest_of_an_order_without_a_member(phone: Client, aroma: Merchant, time_machine: TimeMachineFixture) -> None:
    bought(aroma, None, "G1")
    come_in(phone, "G1", "li@example.com")

    form = text_of(phone.get(help_url("help-new")))
    assert "白瓷茶罐" not in form  # nothing tells that it is theirs
    phone.post(help_url("help-new"), ASKED | {"name": "小李", "line-0": "1"})

    ticket = Ticket.objects.get(merchant=aroma)
    assert (ticket.customer, ticket.guest_contact, ticket.guest_name) == (None, "li@example.com", "小李")
    assert not ticket.lines.exists()
    later = stranger()
    time_machine.move_to(world_now() + timedelta(minutes=5))
    come_in(later, "G1", "LI@example.com")
    assert "茶罐裂了" in text_of(later.get(help_url("help")))
    assert later.get(help_url("ticket", ticket_id(ticket))).status_code == 200


def test_who_knows_the_number_alone_sees_nothing(phone: Client, aroma: Merchant, carla: Customer) -> None:
    bought(aroma, carla)

    refused = come_in(phone, "A1", "thief@example.com")

    assert refused.status_code == 422  # type: ignore[attr-defined]
    assert "There is no order A1 with this phone or e-mail." in text_of(refused)
    assert "I have an order number" in text_of(phone.get(help_url("help-new"), follow=True))


def test_an_order_that_is_not_there_is_answered_alike(phone: Client, aroma: Merchant, carla: Customer) -> None:
    bought(aroma, carla)

    code = ask(phone, "NONE", "carla@example.com")
    answer = phone.post(help_url("guest-code"), {"code": code})

    assert answer.status_code == 422
    assert "There is no order NONE" in text_of(answer)


def test_the_rival_s_order_is_not_there(
    phone: Client, aroma: Merchant, borough: Merchant, rival_carla: Customer
) -> None:
    bought(borough, rival_carla, "B1")

    assert come_in(phone, "B1", "carla@example.com").status_code == 422  # type: ignore[attr-defined]


def test_a_wrong_code_opens_nothing(phone: Client, aroma: Merchant, carla: Customer) -> None:
    bought(aroma, carla)
    code = ask(phone, "A1", "carla@example.com")

    answer = phone.post(help_url("guest-code"), {"code": f"{(int(code) + 1) % 1_000_000:06}"})

    assert answer.status_code == 422
    assert phone.get(help_url("help-new")).status_code == 302


def test_a_code_for_signing_in_is_none_for_help(phone: Client, aroma: Merchant, carla: Customer) -> None:
    bought(aroma, carla)
    ask(phone, "A1", "carla@example.com")
    OneTimeCode.objects.filter(merchant=aroma).update(purpose="sign_in")

    answer = phone.post(help_url("guest-code"), {"code": shown_code_for(aroma, "carla@example.com")})

    assert answer.status_code == 422


def test_a_guest_sees_this_order_s_tickets_and_no_more(
    phone: Client, aroma: Merchant, carla: Customer, dario: Customer
) -> None:
    order = bought(aroma, carla)
    about_it = a_ticket(aroma, carla, order=order, subject="About A1")
    private = a_ticket(aroma, carla, subject="About something else")
    his = a_ticket(aroma, dario, subject="Dario's")
    come_in(phone, "A1", "carla@example.com")

    told = text_of(phone.get(help_url("help")))

    assert "About A1" in told
    assert "About something else" not in told
    assert phone.get(help_url("ticket", ticket_id(about_it))).status_code == 200
    for other in (private, his):
        assert phone.get(help_url("ticket", ticket_id(other))).status_code == 404


def test_a_guest_is_no_member(phone: Client, aroma: Merchant, carla: Customer) -> None:
    bought(aroma, carla)
    come_in(phone, "A1", "carla@example.com")

    for page in ("/m/aroma/points", "/m/aroma/me"):
        answer = phone.get(page)
        assert answer.status_code == 302
        assert "sign-in" in answer.headers["Location"]


def test_a_guest_leaves_and_is_forgotten(
    phone: Client, aroma: Merchant, carla: Customer, time_machine: TimeMachineFixture
) -> None:
    bought(aroma, carla)
    come_in(phone, "A1", "carla@example.com")
    phone.post(help_url("guest-leave"))
    assert phone.get(help_url("help-new")).status_code == 302

    time_machine.move_to(world_now() + timedelta(minutes=5))
    come_in(phone, "A1", "carla@example.com")
    assert phone.get(help_url("help-new")).status_code == 200
    time_machine.move_to(world_now() + timedelta(hours=3))

    assert phone.get(help_url("help-new")).status_code == 302


def test_codes_are_not_sent_without_end(phone: Client, aroma: Merchant) -> None:
    ask(phone, "A1", "carla@example.com")

    answer = phone.post(help_url("guest"), {"order_number": "A1", "identity": "carla@example.com"})

    assert answer.status_code == 422
    assert OneTimeCode.objects.filter(merchant=aroma).count() == 1


def test_an_archived_customer_s_order_is_nobody_s_door(phone: Client, aroma: Merchant, carla: Customer) -> None:
    bought(aroma, carla)
    Customer.objects.filter(merchant=aroma, pk=carla.pk).update(archived_at=now(aroma))

    assert come_in(phone, "A1", "carla@example.com").status_code == 422  # type: ignore[attr-defined]


def test_nothing_of_an_order_is_told_before_the_code(phone: Client, aroma: Merchant, carla: Customer) -> None:
    order: Order = bought(aroma, carla)
    ask(phone, order.number, "carla@example.com")

    told = text_of(phone.get(help_url("guest-code")))

    assert "白瓷茶罐" not in told
    assert "张三丰" not in told
