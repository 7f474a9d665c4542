"""The desk in a real Chromium: three panes, worked by keyboard, that keep themselves up to date."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import Browser, Page, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from aftersales.actions.desk_texts import add_macro
from aftersales.actions.messages import reply_to_ticket
from aftersales.actions.tickets import assign_ticket
from aftersales.models import Attachment, Message, Ticket
from aftersales.queries.desk import default_status
from customers.models import Customer
from merchants.clock import now
from merchants.models import Actor, Merchant, StaffMember
from tests.aftersales.desk import a_ticket, as_it_is, membership_of
from tests.aftersales.pages import PNG, at_work, desk_url, help_url, signed_in, ticket_id
from tests.aftersales.tickets import by_member
from tests.browsing import chromium, open_context

__all__ = ["chromium"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _files(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def tickets(aroma: Merchant, carla: Customer, dario: Customer, ben: StaffMember, by_ben: Actor) -> list[Ticket]:
    """Two of Ben's: Carla's is due first."""
    at = now(aroma)
    made = [
        a_ticket(aroma, carla, subject="Cracked tin", occurred_at=at - timedelta(hours=1)),
        a_ticket(aroma, dario, subject="Late parcel"),
    ]
    for each in made:
        assign_ticket(each, membership_of(aroma, ben), by=by_ben)
    return made


def browse(chromium: Browser, live_server: LiveServer, session: str, width: int) -> Page:
    context = open_context(chromium, live_server.url, theme="light", language="en", width=width)
    context.add_cookies([{"name": django_settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    return page


@pytest.fixture
def desk(chromium: Browser, live_server: LiveServer, ben: StaffMember, tickets: list[Ticket]) -> Iterator[Page]:
    session = at_work(ben).cookies[django_settings.SESSION_COOKIE_NAME].value
    page = browse(chromium, live_server, session, 1280)
    page.goto(f"{live_server.url}{desk_url('inbox')}?view=open")
    expect(page.locator("html.scripted")).to_be_attached()
    yield page
    page.context.close()


def test_a_ticket_is_answered_without_the_mouse(desk: Page, tickets: list[Ticket]) -> None:
    first = tickets[0]
    desk.keyboard.press("j")
    desk.keyboard.press("Enter")
    expect(desk.locator("#ticket-pane .ticket")).to_contain_text("Cracked tin")
    assert f"ticket={ticket_id(first)}" in desk.url

    desk.keyboard.press("r")
    desk.keyboard.type("We send a new one.")
    desk.keyboard.press("Control+Enter")

    expect(desk.locator("#ticket-pane .message-ours")).to_contain_text("We send a new one.")
    word = default_status(first.merchant, "waiting_customer").name
    expect(desk.locator(f"[data-row={ticket_id(first)}]")).to_contain_text(word)
    assert as_it_is(first).status_category == "waiting_customer"


def test_n_writes_a_note_and_slash_finds_a_macro(
    desk: Page, aroma: Merchant, tickets: list[Ticket], by_ana: Actor
) -> None:
    add_macro(aroma, name="Sorry", steps={"reply": "Sorry, {{ customer.name }}."}, by=by_ana)
    desk.keyboard.press("j")
    desk.keyboard.press("Enter")
    expect(desk.locator("#composer")).to_be_visible()
    desk.keyboard.press("n")
    desk.keyboard.type("Thin packaging / again")
    expect(desk.get_by_role("button", name="Keep the note")).to_be_visible()
    desk.keyboard.press("Control+Enter")
    expect(desk.locator(".message-note")).to_contain_text("Thin packaging / again")

    desk.keyboard.press("/")
    desk.locator("#ticket-macros").get_by_role("button", name="Sorry").click()
    expect(desk.locator("#macro-preview")).to_contain_text("Sorry, 张三丰.")
    assert Message.objects.filter(merchant=aroma, is_note=False).count() == 2
    desk.get_by_role("button", name="Do all of it").click()

    expect(desk.locator(".message-ours")).to_contain_text("Sorry, 张三丰.")


def test_half_an_answer_waits_while_one_looks_elsewhere(desk: Page, tickets: list[Ticket]) -> None:
    desk.get_by_role("link", name="Cracked tin").click()
    expect(desk.locator("#composer")).to_be_visible()
    desk.keyboard.press("r")
    desk.keyboard.type("Half a")

    desk.locator("[data-row]").get_by_role("link", name="Late parcel").click()
    expect(desk.locator("#ticket-pane .ticket-head")).to_contain_text("Late parcel")
    expect(desk.locator("#composer textarea")).to_have_value("")
    desk.locator("[data-row]").get_by_role("link", name="Cracked tin").click()

    expect(desk.locator("#composer textarea")).to_have_value("Half a")


def test_a_new_message_comes_by_itself_beside_the_half_written_answer(
    desk: Page, tickets: list[Ticket], carla: Customer
) -> None:
    desk.get_by_role("link", name="Cracked tin").click()
    expect(desk.locator("#composer")).to_be_visible()
    desk.keyboard.press("r")
    desk.keyboard.type("Half an answer")

    reply_to_ticket(tickets[0], body="Never mind!", by=by_member(carla))

    expect(desk.locator("#thread-box")).to_contain_text("Never mind!", timeout=25_000)
    expect(desk.locator("#composer textarea")).to_have_value("Half an answer")


def test_the_list_follows_and_keeps_what_was_ticked(desk: Page, aroma: Merchant, carla: Customer) -> None:
    desk.keyboard.press("j")
    desk.keyboard.press("x")
    expect(desk.locator(".bulk-count")).to_have_text("1")

    a_ticket(aroma, carla, subject="Brand new")

    expect(desk.locator("#inbox-rows")).to_contain_text("Brand new", timeout=30_000)
    expect(desk.locator(".bulk-count")).to_have_text("1")
    expect(desk.locator(".at-row")).to_contain_text("Cracked tin")
    expect(desk.locator(".view-link", has_text="All open")).to_contain_text("3")


def test_a_clock_counts_on_and_turns(desk: Page) -> None:
    chip = desk.locator("[data-row] .sla-chip").first
    expect(chip).to_contain_text("left")

    # As if the deadline had been two hours and five minutes ago: the next tick of the clock says so.
    desk.evaluate(
        """() => { const chip = document.querySelector('[data-row] .sla-chip');
                   chip.dataset.due = new Date(Date.parse(chip.dataset.now) - 125 * 60000).toISOString(); }"""
    )

    expect(desk.locator("[data-row] .sla-chip").first).to_contain_text("2 h 5 min overdue", timeout=15_000)
    expect(desk.locator("[data-row] .sla-chip").first).to_have_attribute("data-state", "late")


def test_on_a_narrow_screen_a_ticket_is_a_page(
    chromium: Browser, live_server: LiveServer, ben: StaffMember, tickets: list[Ticket]
) -> None:
    session = at_work(ben).cookies[django_settings.SESSION_COOKIE_NAME].value
    page = browse(chromium, live_server, session, 360)
    page.goto(f"{live_server.url}{desk_url('inbox')}?view=open")
    expect(page.locator("#ticket-pane")).to_be_hidden()

    page.get_by_role("link", name="Cracked tin").click()

    page.wait_for_url(f"**{desk_url('ticket', ticket_id(tickets[0]))}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Cracked tin")
    page.context.close()


def test_photos_from_the_phone_are_seen_before_they_are_sent(
    chromium: Browser, live_server: LiveServer, carla: Customer, tickets: list[Ticket]
) -> None:
    session = signed_in(carla).cookies[django_settings.SESSION_COOKIE_NAME].value
    page = browse(chromium, live_server, session, 360)
    page.goto(f"{live_server.url}{help_url('ticket', ticket_id(tickets[0]))}")
    for name in ("one.png", "two.png"):
        page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "image/png", "buffer": PNG})
    expect(page.locator("[data-files] img")).to_have_count(2)

    page.get_by_role("button", name="Remove one.png").click()
    page.locator("textarea[name=body]").fill("Here it is")
    page.get_by_role("button", name="Send").click()

    expect(page.locator(".message-mine .file-photo img")).to_have_count(1)
    assert [each.name for each in Attachment.objects.filter(merchant=carla.merchant)] == ["two.png"]
    page.context.close()
