"""A ticket's page: what Ben says and does there, and what never leaves the team."""

from __future__ import annotations

import html
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django.fixtures import Settings

from aftersales.actions.desk_texts import add_macro
from aftersales.actions.messages import add_ticket_note
from aftersales.models import Attachment, Grant, Message, Ticket
from aftersales.queries.desk import statuses_of
from customers.models import Customer
from loyalty.queries.balances import balance_of
from merchants.clock import now
from merchants.frames.public_ids import public_id
from merchants.models import Actor, Merchant, StaffMember
from tests.aftersales.desk import a_ticket, as_it_is, membership_of
from tests.aftersales.pages import PNG, at_work, desk_url, help_url, signed_in, text_of, ticket_id

pytestmark = pytest.mark.django_db
HTMX = {"hx-request": "true"}


@pytest.fixture(autouse=True)
def _files(settings: Settings, tmp_path: object) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def desk(ben: StaffMember) -> Client:
    return at_work(ben)


@pytest.fixture
def cracked(aroma: Merchant, carla: Customer) -> Ticket:
    return a_ticket(aroma, carla)


def photo(name: str = "tin.png", content: bytes = PNG) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "image/png")


def page_of(browser: Client, ticket: Ticket) -> str:
    return text_of(browser.get(desk_url("ticket", ticket_id(ticket))))


def test_an_answer_reaches_the_customer_with_its_photo(desk: Client, cracked: Ticket, carla: Customer) -> None:
    sent = {"mode": "reply", "body": "马上补发。\n\n抱歉！", "then": "", "reference": "r1", "files": [photo()]}

    answer = desk.post(desk_url("ticket-say", ticket_id(cracked)), sent, follow=True)
    again = desk.post(desk_url("ticket-say", ticket_id(cracked)), sent | {"files": [photo()]})

    assert "马上补发。" in text_of(answer)
    assert again.status_code == 302
    assert Message.objects.filter(merchant=cracked.merchant, is_note=False).count() == 2  # hers, and one answer
    assert as_it_is(cracked).status_category == "waiting_customer"
    theirs = text_of(signed_in(carla).get(help_url("ticket", ticket_id(cracked))))
    assert "马上补发。" in theirs
    assert "It is your turn" in theirs


def test_the_answer_may_settle_it(desk: Client, aroma: Merchant, cracked: Ticket) -> None:
    resolved = statuses_of(aroma).get(category="resolved")

    desk.post(desk_url("ticket-say", ticket_id(cracked)), {"body": "Done.", "then": resolved.code})

    assert as_it_is(cracked).status == resolved


def test_a_note_stays_in_the_team(desk: Client, cracked: Ticket, carla: Customer) -> None:
    desk.post(
        desk_url("ticket-say", ticket_id(cracked)), {"mode": "note", "body": "包装偏薄", "files": [photo("inner.png")]}
    )
    inner = Attachment.objects.get(merchant=cracked.merchant)
    phone = signed_in(carla)

    assert "包装偏薄" in page_of(desk, cracked)
    assert "inner.png" in desk.get(desk_url("ticket", ticket_id(cracked))).content.decode()
    theirs = phone.get(help_url("ticket", ticket_id(cracked))).content.decode()
    assert "包装偏薄" not in theirs
    assert "inner.png" not in theirs
    assert phone.get(help_url("attachment", public_id("att", inner.pk))).status_code == 404
    assert as_it_is(cracked).status_category == "waiting_us"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("tin.png", b"", "empty"),
        ("tin.exe", b"MZ\x90\x00" * 10, "Only pictures"),
        ("tin.png", PNG + b"<script>alert(1)</script>", "not what its name says"),
    ],
)
def test_a_refused_file_gives_the_words_back_and_says_nothing(
    desk: Client, cracked: Ticket, name: str, content: bytes, told: str
) -> None:
    sent = {"mode": "reply", "body": "Long thought-out words", "files": [photo(), photo(name, content)]}

    answer = desk.post(desk_url("ticket-say", ticket_id(cracked)), sent, headers=HTMX)

    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Long thought-out words</textarea>" in page
    assert told in html.unescape(page)
    assert Message.objects.filter(merchant=cracked.merchant).count() == 1
    assert not Attachment.objects.filter(merchant=cracked.merchant).exists()
    assert as_it_is(cracked).last_event == cracked.last_event


def test_nothing_said_is_refused_at_the_field(desk: Client, cracked: Ticket) -> None:
    answer = desk.post(desk_url("ticket-say", ticket_id(cracked)), {"body": "  "}, headers=HTMX)

    assert answer.status_code == 422
    assert "Write something." in text_of(answer)


def test_html_of_a_customer_is_shown_as_text(desk: Client, aroma: Merchant, carla: Customer) -> None:
    ticket = a_ticket(aroma, carla, subject="<b>x</b>", body="<script>alert(1)</script><img src=x onerror=alert(2)>")

    page = desk.get(desk_url("ticket", ticket_id(ticket))).content.decode()

    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "<b>x</b>" not in page
    assert "&lt;script&gt;" in page


def test_each_verb_is_done_and_answers_with_the_ticket(
    desk: Client, aroma: Merchant, cracked: Ticket, ana: StaffMember
) -> None:
    number = ticket_id(cracked)
    ana_s = membership_of(aroma, ana)

    def do(verb: str, **given: object) -> Ticket:
        answer = desk.post(desk_url(f"ticket-{verb}", number), given, headers=HTMX)
        assert answer.status_code == 200, verb
        assert 'id="ticket"' in answer.content.decode()
        assert "ticket-changed" in answer.headers["HX-Trigger"]
        return as_it_is(cracked)

    assert do("assign", to=ana_s.pk).assignee == ana_s
    assert do("assign", to="0").assignee is None
    assert do("change", priority="urgent").priority == "urgent"
    assert do("change", subject="新的主题", category="quality").subject == "新的主题"
    assert do("status", status=statuses_of(aroma).filter(category="paused")[0].code).status_category == "paused"
    assert do("snooze", **{"for": "tomorrow"}).snoozed_until is not None
    assert do("resolve").status_category == "resolved"
    assert do("reopen").status_category == "waiting_us"
    assert do("close").status_category == "closed"


def test_a_moment_to_come_back_is_the_shop_s_time(desk: Client, aroma: Merchant, cracked: Ticket) -> None:
    day = (now(aroma) + timedelta(days=2)).astimezone(aroma.zone)

    desk.post(desk_url("ticket-snooze", ticket_id(cracked)), {"until": f"{day:%Y-%m-%d}T09:30"})
    until = as_it_is(cracked).snoozed_until

    assert until is not None
    assert f"{until.astimezone(aroma.zone):%Y-%m-%dT%H:%M}" == f"{day:%Y-%m-%d}T09:30"


@pytest.mark.parametrize(
    ("verb", "given"),
    [
        ("status", {"status": "x"}),
        ("assign", {"to": "999999"}),
        ("assign", {"to": "x"}),
        ("change", {"priority": "x"}),
        ("change", {"category": "x"}),
        ("change", {"subject": " "}),
        ("snooze", {"until": "x"}),
        ("snooze", {"until": "2001-01-01T00:00"}),
        ("link", {"number": "x"}),
        ("merge", {"number": "999"}),
        ("merge", {}),
        ("split", {"subject": "x"}),
        ("macro", {"macro": "x"}),
        ("goodwill", {"points": "x", "reason": "damaged"}),
    ],
)
def test_what_cannot_be_done_changes_nothing(desk: Client, cracked: Ticket, verb: str, given: dict[str, str]) -> None:
    answer = desk.post(desk_url(f"ticket-{verb}", ticket_id(cracked)), given, headers=HTMX)

    assert answer.status_code in (404, 422)
    assert as_it_is(cracked).last_event == cracked.last_event


def test_goodwill_shows_its_budgets_and_is_given_once(desk: Client, cracked: Ticket, carla: Customer) -> None:
    before = balance_of(carla).active
    sent = {"points": "200", "reason": "damaged", "note": "", "reference": "g1"}

    shown = page_of(desk, cracked)
    desk.post(desk_url("ticket-goodwill", ticket_id(cracked)), sent)
    answer = desk.post(desk_url("ticket-goodwill", ticket_id(cracked)), sent, follow=True)

    assert "At most 1,000 now." in shown
    assert "Above 300 a second person decides." in shown
    assert balance_of(carla).active == before + 200
    assert "2,800 of 3,000 left" in text_of(answer)


def test_much_goodwill_waits_for_a_second_person(desk: Client, cracked: Ticket, carla: Customer) -> None:
    before = balance_of(carla).active

    answer = desk.post(
        desk_url("ticket-goodwill", ticket_id(cracked)),
        {"points": "500", "reason": "damaged", "reference": "g1"},
        follow=True,
    )

    assert "A second person decides." in text_of(answer)
    assert Grant.objects.get(merchant=cracked.merchant).state == "waiting"
    assert balance_of(carla).active == before


def test_a_macro_is_shown_word_for_word_and_then_done(
    desk: Client, aroma: Merchant, cracked: Ticket, by_ana: Actor
) -> None:
    steps = {"reply": "{{ customer.name }}您好", "note": "按流程", "set": {"priority": "high"}}
    macro = add_macro(aroma, name="道歉", steps=steps, by=by_ana)
    address = desk_url("ticket-macro", ticket_id(cracked))

    shown = desk.get(f"{address}?macro={macro.pk}", headers=HTMX)

    assert "张三丰您好" in text_of(shown)
    assert "Priority: High" in text_of(shown)
    assert as_it_is(cracked).last_event == cracked.last_event
    desk.post(address, {"macro": macro.pk, "reference": "m1"}, headers=HTMX)
    assert as_it_is(cracked).priority == "high"
    assert "张三丰您好" in page_of(desk, cracked)


def test_a_macro_that_cannot_be_done_says_why_and_offers_no_button(
    desk: Client, aroma: Merchant, cracked: Ticket, by_ana: Actor
) -> None:
    macro = add_macro(aroma, name="太多", steps={"grant": {"points": 4000, "reason": "damaged"}}, by=by_ana)

    shown = desk.get(f"{desk_url('ticket-macro', ticket_id(cracked))}?macro={macro.pk}", headers=HTMX)

    assert "at most 1000 points" in text_of(shown).replace(",", "")
    assert "<form" not in shown.content.decode()


def test_tickets_are_merged_and_separated_again(
    desk: Client, aroma: Merchant, carla: Customer, cracked: Ticket
) -> None:
    again = a_ticket(aroma, carla, subject="还是那只罐子", body="第二次说")

    desk.post(desk_url("ticket-merge", ticket_id(cracked)), {"others": [ticket_id(again)]})

    assert "第二次说" in page_of(desk, cracked)
    assert f"Its messages stand in #{cracked.number}." in page_of(desk, again)
    followed = signed_in(carla).get(help_url("ticket", ticket_id(again)))
    assert followed.status_code == 302
    assert followed.headers["Location"] == help_url("ticket", ticket_id(cracked))
    desk.post(desk_url("ticket-unmerge", ticket_id(again)))
    assert as_it_is(again).merged_into is None
    assert "第二次说" not in page_of(desk, cracked)


def test_another_customer_s_ticket_is_not_merged(
    desk: Client, aroma: Merchant, dario: Customer, cracked: Ticket
) -> None:
    his = a_ticket(aroma, dario)

    answer = desk.post(desk_url("ticket-merge", ticket_id(cracked)), {"number": f"#{his.number}"}, headers=HTMX)

    assert answer.status_code == 422
    assert answer.headers["HX-Retarget"] == "#toasts"
    assert as_it_is(his).merged_into is None


def test_a_second_concern_is_split_off(desk: Client, cracked: Ticket) -> None:
    desk.post(desk_url("ticket-say", ticket_id(cracked)), {"mode": "reply", "body": "And the invoice?"})
    said = Message.objects.filter(merchant=cracked.merchant).order_by("pk")[1]

    answer = desk.post(
        desk_url("ticket-split", ticket_id(cracked)), {"messages": [said.pk], "subject": "Invoice"}, follow=True
    )

    assert "Invoice" in text_of(answer)
    assert Ticket.objects.filter(merchant=cracked.merchant).count() == 2
    assert "was split off" in page_of(desk, cracked)


def test_tickets_are_linked_and_unlinked_by_number(
    desk: Client, aroma: Merchant, dario: Customer, cracked: Ticket
) -> None:
    other = a_ticket(aroma, dario, subject="Same batch")

    desk.post(desk_url("ticket-link", ticket_id(cracked)), {"number": f"#{other.number}", "kind": "related"})
    assert "Same batch" in page_of(desk, cracked)

    desk.post(desk_url("ticket-link", ticket_id(cracked)), {"number": other.number, "gone": "1"})
    assert "Same batch" not in page_of(desk, cracked)


def test_two_at_the_same_ticket_see_each_other(
    desk: Client, aroma: Merchant, mia: StaffMember, cracked: Ticket
) -> None:
    address = desk_url("ticket-presence", ticket_id(cracked))
    seen = {"seen": str(as_it_is(cracked).last_event)}
    mias = at_work(mia)

    assert "is looking" not in text_of(desk.post(address, seen, headers=HTMX))
    assert "Ben is looking at this ticket" in text_of(mias.post(address, seen, headers=HTMX))
    desk.post(address, seen | {"typing": "1"}, headers=HTMX)

    assert "Ben is writing an answer" in text_of(mias.post(address, seen, headers=HTMX))


def test_what_is_new_comes_by_itself_and_leaves_the_answer_alone(desk: Client, cracked: Ticket, by_ana: Actor) -> None:
    address = desk_url("ticket-presence", ticket_id(cracked))
    seen = {"seen": str(as_it_is(cracked).last_event)}
    assert "thread-box" not in desk.post(address, seen, headers=HTMX).content.decode()

    add_ticket_note(cracked, body="新的备注", by=by_ana)
    news = desk.post(address, seen, headers=HTMX).content.decode()

    assert "新的备注" in news
    assert 'id="thread-box" hx-swap-oob="true"' in news
    assert "composer" not in news


def test_files_are_handed_out_harmless_and_only_to_the_team(desk: Client, cracked: Ticket, kai: StaffMember) -> None:
    desk.post(
        desk_url("ticket-say", ticket_id(cracked)),
        {"mode": "reply", "body": "x", "files": [photo(), SimpleUploadedFile("list.csv", b"a,b\n1,2\n")]},
    )
    picture, table = Attachment.objects.filter(merchant=cracked.merchant).order_by("pk")

    shown = desk.get(desk_url("attachment", public_id("att", picture.pk)))
    loaded = desk.get(desk_url("attachment", public_id("att", table.pk)))

    assert b"".join(shown.streaming_content) == PNG  # type: ignore[attr-defined]
    assert shown.headers["Content-Type"] == "image/png"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert shown.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "no-store" in shown.headers["Cache-Control"]
    assert loaded.headers["Content-Disposition"].startswith("attachment")
    assert at_work(kai).get(desk_url("attachment", public_id("att", picture.pk))).status_code == 403


def test_a_ticket_is_opened_for_a_caller(desk: Client, aroma: Merchant, carla: Customer) -> None:
    address = desk_url("ticket-new")

    found = desk.get(f"{address}?q=张三丰", headers=HTMX)
    assert public_id("cus", carla.pk) in found.content.decode()
    sent = {"channel": "phone", "category": "quality", "order": "", "priority": "", "subject": "潮了", "body": "茶潮了"}
    sent["reference"] = "n1"
    for _twice in range(2):
        desk.post(f"{address}?customer={public_id('cus', carla.pk)}", sent)

    made = Ticket.objects.get(merchant=aroma)
    assert (made.channel, made.category.code, made.customer, made.opened_by) == ("phone", "quality", carla, "Ben")


def test_a_ticket_without_words_is_not_opened(desk: Client, aroma: Merchant, carla: Customer) -> None:
    address = f"{desk_url('ticket-new')}?customer={public_id('cus', carla.pk)}"

    answer = desk.post(address, {"channel": "phone", "subject": "", "body": ""})

    assert answer.status_code == 422
    assert not Ticket.objects.filter(merchant=aroma).exists()


def test_the_customer_s_page_has_their_tickets(desk: Client, cracked: Ticket, carla: Customer, dario: Customer) -> None:
    theirs = text_of(desk.get(desk_url("customer-panel", public_id("cus", carla.pk)), headers=HTMX))
    his = text_of(desk.get(desk_url("customer-panel", public_id("cus", dario.pk)), headers=HTMX))

    assert cracked.subject in theirs
    assert "No tickets" in his
