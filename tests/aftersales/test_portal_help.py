"""Help on Carla's phone: asking, answering, settling; and nothing of anybody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django.fixtures import Settings

from aftersales.actions.messages import reply_to_ticket
from aftersales.actions.tickets import close_ticket, resolve_ticket
from aftersales.models import Attachment, Satisfaction, Ticket, TicketLine, TicketLink
from aftersales.queries.tickets import lines_of_ticket
from commerce.models import Order
from customers.models import Customer
from loyalty.actions.purchases import record_orders
from merchants.clock import now
from merchants.frames.public_ids import public_id
from merchants.models import SYSTEM, Actor, Merchant, StaffMember
from tests.aftersales.desk import a_ticket, as_it_is
from tests.aftersales.pages import PNG, at_work, desk_url, help_url, signed_in, stranger, text_of, ticket_id
from tests.cast import a_line, a_purchase

pytestmark = pytest.mark.django_db
ASKED = {"category": "damaged", "subject": "茶罐裂了", "body": "打开就裂了", "reference": "r1"}


@pytest.fixture(autouse=True)
def _files(settings: Settings, tmp_path: object) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def phone(carla: Customer) -> Client:
    return signed_in(carla)


def bought(shop: Merchant, customer: Customer | None, number: str = "A1") -> Order:
    lines = [a_line(100, sku="TIN", name="白瓷茶罐", quantity=3), a_line(60, sku="TEA", name="龙井")]
    record_orders(
        shop,
        [a_purchase(number, customer, *lines, at=now(shop) - timedelta(days=1), currency=shop.currency)],
        by=SYSTEM,
    )
    return Order.objects.get(merchant=shop, number=number)


def photo(name: str = "photo.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PNG, "image/png")


def test_a_complaint_about_two_of_three_tins_with_a_photo(phone: Client, aroma: Merchant, carla: Customer) -> None:
    order = bought(aroma, carla)
    address = f"{help_url('help-new')}?order={public_id('ord', order.pk)}"
    form = phone.get(address)
    assert "白瓷茶罐" in text_of(form)

    sent = ASKED | {"order": public_id("ord", order.pk), "line-0": "1", "quantity-0": "2", "files": [photo()]}
    answer = phone.post(address, sent, follow=True)
    phone.post(address, sent | {"files": [photo()]})

    ticket = Ticket.objects.get(merchant=aroma)
    assert [(line.order_line.sku, line.quantity) for line in lines_of_ticket(ticket)] == [("TIN", 2)]
    assert (ticket.channel, ticket.category.code, ticket.order) == ("portal", "damaged", order)
    assert "It is our turn You hear from us by" in text_of(answer)
    kept = Attachment.objects.get(merchant=aroma, message__isnull=False)
    assert phone.get(help_url("attachment", public_id("att", kept.pk))).status_code == 200


def test_more_than_was_bought_is_not_claimed(phone: Client, aroma: Merchant, carla: Customer) -> None:
    order = bought(aroma, carla)

    phone.post(
        help_url("help-new"),
        ASKED | {"order": public_id("ord", order.pk), "line-0": "1", "quantity-0": "99", "line-9": "1"},
    )

    assert TicketLine.objects.get(merchant=aroma).quantity == 3


def test_another_s_order_is_not_there(
    phone: Client, aroma: Merchant, borough: Merchant, dario: Customer, rival_carla: Customer
) -> None:
    for order in (bought(aroma, dario), bought(borough, rival_carla)):
        number = public_id("ord", order.pk)
        assert phone.get(f"{help_url('help-new')}?order={number}").status_code == 404
        assert phone.post(help_url("help-new"), ASKED | {"order": number}).status_code == 404
    assert not Ticket.objects.filter(merchant=aroma).exists()


def test_what_is_missing_is_said_at_its_field(phone: Client, aroma: Merchant) -> None:
    answer = phone.post(help_url("help-new"), {"category": "", "subject": "", "body": "Words"})

    assert answer.status_code == 422
    assert "Words</textarea>" in answer.content.decode()
    assert not Ticket.objects.filter(merchant=aroma).exists()


def test_a_wrong_file_keeps_the_complaint_on_the_form(phone: Client, aroma: Merchant) -> None:
    wrong = SimpleUploadedFile("photo.png", b"MZ" * 50, "image/png")

    answer = phone.post(help_url("help-new"), ASKED | {"files": [wrong]})

    assert answer.status_code == 422
    assert "打开就裂了" in answer.content.decode()
    assert not Ticket.objects.filter(merchant=aroma).exists()
    assert not Attachment.objects.filter(merchant=aroma).exists()


def test_an_open_ticket_about_the_same_is_shown_first(phone: Client, aroma: Merchant, carla: Customer) -> None:
    order = bought(aroma, carla)
    a_ticket(aroma, carla, order=order)

    told = text_of(phone.get(f"{help_url('help-new')}?order={public_id('ord', order.pk)}"))

    assert "Perhaps you told us already" in told
    assert "茶罐裂了" in told


def test_whose_turn_it_is_stands_in_the_list_and_on_the_ticket(
    phone: Client, aroma: Merchant, carla: Customer, by_ben: Actor
) -> None:
    ticket = a_ticket(aroma, carla)
    assert "Our turn" in text_of(phone.get(help_url("help")))

    reply_to_ticket(ticket, body="Which tin?", by=by_ben)
    assert "Your turn" in text_of(phone.get(help_url("help")))
    phone.post(help_url("reply", ticket_id(ticket)), {"body": "The white one", "files": [photo()]})

    assert "Our turn" in text_of(phone.get(help_url("help")))
    assert as_it_is(ticket).status_category == "waiting_us"


def test_a_late_answer_is_owned_up_to(phone: Client, aroma: Merchant, carla: Customer) -> None:
    ticket = a_ticket(aroma, carla, occurred_at=now(aroma) - timedelta(days=9))

    told = text_of(phone.get(help_url("ticket", ticket_id(ticket))))

    assert "We wanted to answer by" in told


def test_an_empty_answer_says_nothing(phone: Client, aroma: Merchant, carla: Customer) -> None:
    ticket = a_ticket(aroma, carla)

    answer = phone.post(help_url("reply", ticket_id(ticket)), {"body": " "})

    assert answer.status_code == 422
    assert as_it_is(ticket).reply_count == 1


def test_settled_by_the_customer_and_taken_up_again(phone: Client, aroma: Merchant, carla: Customer) -> None:
    ticket = a_ticket(aroma, carla)

    phone.post(help_url("close", ticket_id(ticket)))
    assert as_it_is(ticket).status_category == "closed"
    told = text_of(phone.get(help_url("ticket", ticket_id(ticket))))
    assert "You can reopen it until" in told

    phone.post(help_url("reply", ticket_id(ticket)), {"body": "It cracked again"})
    assert as_it_is(ticket).status_category == "waiting_us"
    assert as_it_is(ticket).reopened_count == 1


def test_reopening_needs_no_words(phone: Client, aroma: Merchant, carla: Customer, by_ben: Actor) -> None:
    ticket = a_ticket(aroma, carla)
    resolve_ticket(ticket, by=by_ben)

    phone.post(help_url("reopen", ticket_id(ticket)))

    assert as_it_is(ticket).status_category == "waiting_us"


def test_after_the_last_day_a_new_ticket_goes_on_from_the_old_one(
    phone: Client, aroma: Merchant, carla: Customer, by_ben: Actor
) -> None:
    long_ago = now(aroma) - timedelta(days=60)
    old = a_ticket(aroma, carla, occurred_at=long_ago)
    close_ticket(old, by=by_ben, occurred_at=long_ago)

    page = phone.get(help_url("ticket", ticket_id(old))).content.decode()
    refused = phone.post(help_url("reply", ticket_id(old)), {"body": "Again"})
    reopened = phone.post(help_url("reopen", ticket_id(old)), follow=True)

    again = f"{help_url('help-new')}?after={ticket_id(old)}"
    assert again in page
    assert refused.status_code == 422
    assert "Please open a new one" in text_of(reopened)
    assert as_it_is(old).status_category == "closed"
    phone.post(again, ASKED)
    new = Ticket.objects.filter(merchant=aroma).exclude(pk=old.pk).get()
    assert TicketLink.objects.filter(merchant=aroma, ticket=new, other=old).exists()


def test_a_verdict_is_given_once(phone: Client, aroma: Merchant, carla: Customer, by_ben: Actor) -> None:
    ticket = a_ticket(aroma, carla)
    assert "How did we do?" not in text_of(phone.get(help_url("ticket", ticket_id(ticket))))
    resolve_ticket(ticket, by=by_ben)
    assert "How did we do?" in text_of(phone.get(help_url("ticket", ticket_id(ticket))))

    phone.post(help_url("rate-ticket", ticket_id(ticket)), {"score": "4", "comment": "Quick"})
    phone.post(help_url("rate-ticket", ticket_id(ticket)), {"score": "1"})

    assert Satisfaction.objects.get(merchant=aroma).score == 4
    assert "4 of 5" in text_of(phone.get(help_url("ticket", ticket_id(ticket))))


@pytest.mark.parametrize("score", ["0", "6", "x", ""])
def test_a_verdict_is_from_one_to_five(
    phone: Client, aroma: Merchant, carla: Customer, by_ben: Actor, score: str
) -> None:
    ticket = a_ticket(aroma, carla)
    resolve_ticket(ticket, by=by_ben)

    phone.post(help_url("rate-ticket", ticket_id(ticket)), {"score": score})

    assert not Satisfaction.objects.filter(merchant=aroma, score__isnull=False).exists()


@pytest.mark.parametrize("verb", ["ticket", "reply", "close", "reopen", "rate-ticket"])
def test_a_neighbour_s_ticket_is_not_there(phone: Client, aroma: Merchant, dario: Customer, verb: str) -> None:
    his = a_ticket(aroma, dario)
    address = help_url(verb, ticket_id(his))

    answer = phone.get(address) if verb == "ticket" else phone.post(address, {"body": "x", "score": "1"})

    assert answer.status_code == 404
    assert as_it_is(his).last_event == his.last_event
    assert his.subject not in text_of(phone.get(help_url("help")))


def test_a_neighbour_s_photo_is_not_there(phone: Client, aroma: Merchant, dario: Customer) -> None:
    signed_in(dario).post(help_url("help-new"), ASKED | {"files": [photo()]})
    his = Attachment.objects.get(merchant=aroma)

    assert phone.get(help_url("attachment", public_id("att", his.pk))).status_code == 404


def test_a_stranger_is_asked_who_they_are(aroma: Merchant, carla: Customer) -> None:
    ticket = a_ticket(aroma, carla)

    told = stranger().get(help_url("ticket", ticket_id(ticket)), follow=True)

    assert "I am a member" in text_of(told)
    assert "I have an order number" in text_of(told)
    assert ticket.subject not in text_of(told)


def test_what_members_write_is_never_html(phone: Client, aroma: Merchant, ben: StaffMember) -> None:
    phone.post(help_url("help-new"), ASKED | {"body": "<b>bold</b> <script>alert(1)</script>"})
    ticket = Ticket.objects.get(merchant=aroma)

    for page in (
        phone.get(help_url("ticket", ticket_id(ticket))),
        at_work(ben).get(desk_url("ticket", ticket_id(ticket))),
    ):
        assert "<b>bold</b>" not in page.content.decode()
        assert "<script>alert" not in page.content.decode()
