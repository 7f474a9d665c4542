"""The inbox as Ben works in it, and what others see of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from aftersales.actions.desk_texts import save_inbox_view
from aftersales.actions.messages import reply_to_ticket
from aftersales.actions.tickets import assign_ticket, change_ticket, resolve_ticket, snooze_ticket
from aftersales.models import InboxView
from customers.models import Customer
from merchants.clock import now
from merchants.models import Actor, Merchant, StaffMember
from tests.aftersales.desk import a_ticket, as_it_is, membership_of
from tests.aftersales.pages import at_work, desk_url, text_of, ticket_id

pytestmark = pytest.mark.django_db
HTMX = {"hx-request": "true"}


@pytest.fixture
def desk(ben: StaffMember) -> Client:
    return at_work(ben)


def rows_of(browser: Client, query: str = "") -> str:
    """The list alone, as a person reads it."""
    answer = browser.get(f"{desk_url('inbox')}?{query}", headers=HTMX)
    assert answer.status_code == 200
    return text_of(answer)


def test_the_inbox_opens_with_one_s_own_work(
    desk: Client, aroma: Merchant, carla: Customer, dario: Customer, ana: StaffMember, ben: StaffMember, by_ben: Actor
) -> None:
    mine, hers = a_ticket(aroma, carla, subject="罐子裂了"), a_ticket(aroma, dario, subject="Late parcel")
    assign_ticket(mine, membership_of(aroma, ben), by=by_ben)
    assign_ticket(hers, membership_of(aroma, ana), by=by_ben)

    told = text_of(desk.get(desk_url("inbox")))

    assert "罐子裂了" in told
    assert "Late parcel" not in told
    assert "All open 2" in told
    assert "Late parcel" in rows_of(desk, "view=open")


def test_views_show_what_they_count(desk: Client, aroma: Merchant, carla: Customer, by_ben: Actor) -> None:
    a_ticket(aroma, carla, subject="一", occurred_at=now(aroma) - timedelta(days=9))
    answered, asleep, done = (a_ticket(aroma, carla, subject=each) for each in ("二", "三", "四"))
    reply_to_ticket(answered, body="?", by=by_ben)
    snooze_ticket(asleep, now(aroma) + timedelta(days=1), by=by_ben)
    resolve_ticket(done, by=by_ben)

    told = text_of(desk.get(f"{desk_url('inbox')}?view=open"))

    for count in ("Overdue 1", "All open 2", "Customer's turn 1", "Set aside 1", "Recently resolved 1", "Recovery 0"):
        assert count in told
    assert "#1" in rows_of(desk, "view=overdue")
    assert "overdue" in rows_of(desk, "view=overdue")
    assert "#3" in rows_of(desk, "view=snoozed")
    assert "#4" in rows_of(desk, "view=resolved")


def test_filters_narrow_and_are_named(desk: Client, aroma: Merchant, carla: Customer, by_ben: Actor) -> None:
    urgent = a_ticket(aroma, carla, subject="急事")
    a_ticket(aroma, carla, subject="小事")
    change_ticket(urgent, by=by_ben, priority="urgent")

    told = rows_of(desk, "status=any&priority=urgent")

    assert "急事" in told
    assert "小事" not in told
    assert "Priority: Urgent" in told


@pytest.mark.parametrize("text", ["%232", "张三丰", "没到账", "138000"])
def test_a_ticket_is_found_by_number_words_and_person(
    desk: Client, aroma: Merchant, carla: Customer, dario: Customer, text: str
) -> None:
    a_ticket(aroma, dario, subject="Late parcel")
    a_ticket(aroma, carla, subject="积分没到账")
    resolve_ticket(a_ticket(aroma, dario, subject="Done"), by=Actor("staff", None, "x"))

    told = rows_of(desk, f"q={'8000' if text == '138000' else text}")

    assert "积分没到账" in told
    assert "Late parcel" not in told


def test_nonsense_in_the_address_is_no_error(desk: Client, aroma: Merchant, carla: Customer) -> None:
    a_ticket(aroma, carla)

    query = "view=x&status=x&assignee=%00&customer=x&since=x&sort=x&after=x&ticket=tkt_x&tier=x"

    assert desk.get(f"{desk_url('inbox')}?{query}").status_code == 200


def test_a_list_that_is_as_it_was_is_not_sent_again(
    desk: Client, aroma: Merchant, carla: Customer, by_ben: Actor
) -> None:
    ticket = a_ticket(aroma, carla)
    shown = desk.get(f"{desk_url('inbox')}?view=open", headers=HTMX).content.decode()
    refresh = shown.split('hx-get="')[1].split('"')[0].replace("&amp;", "&")

    assert desk.get(refresh, headers=HTMX).status_code == 204
    change_ticket(ticket, by=by_ben, priority="high")
    again = desk.get(refresh, headers=HTMX)

    assert again.status_code == 200
    assert "High" in text_of(again)
    assert 'id="inbox-views" hx-swap-oob="true"' in again.content.decode()


def test_the_second_page_stays_the_second_page(desk: Client, aroma: Merchant, carla: Customer) -> None:
    for n in range(32):
        a_ticket(aroma, carla, subject=f"T{n:02}")
    first = desk.get(f"{desk_url('inbox')}?view=open&ticket=tkt_1")
    following = first.content.decode().split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")

    second = desk.get(f"{desk_url('inbox')}{following}", headers=HTMX)
    refresh = second.content.decode().split('hx-get="')[1].split('"')[0].replace("&amp;", "&")

    assert "2 of 32 shown" in text_of(second)
    assert desk.get(refresh, headers=HTMX).status_code == 204


def test_the_open_ticket_comes_beside_the_list(desk: Client, aroma: Merchant, carla: Customer) -> None:
    ticket = a_ticket(aroma, carla)

    page = desk.get(f"{desk_url('inbox')}?view=open&ticket={ticket_id(ticket)}").content.decode()

    assert f'hx-get="{desk_url("ticket", ticket_id(ticket))}?pane=1"' in page


def test_filters_are_kept_as_a_view_and_dropped(desk: Client, aroma: Merchant, ben: StaffMember) -> None:
    kept = desk.post(f"{desk_url('inbox-view-keep')}?status=any&priority=high&after=x", {"name": "Hot"}, follow=True)
    view = InboxView.objects.get(merchant=aroma)

    assert (view.owner, view.query) == (membership_of(aroma, ben), "status=any&priority=high")
    assert "Hot" in text_of(kept)
    desk.post(desk_url("inbox-view-drop"), {"view": view.pk})
    assert not InboxView.objects.filter(merchant=aroma).exists()


def test_nobody_drops_another_s_view(
    desk: Client, aroma: Merchant, borough: Merchant, ana: StaffMember, by_ana: Actor
) -> None:
    hers = save_inbox_view(aroma, name="Hers", query="view=open", owner=membership_of(aroma, ana), by=by_ana)
    theirs = save_inbox_view(borough, name="Theirs", query="view=open", owner=None, by=by_ana)

    for view in (hers, theirs):
        assert desk.post(desk_url("inbox-view-drop"), {"view": view.pk}).status_code == 404
    assert InboxView.objects.across_merchants().count() == 2


def test_a_bulk_change_is_shown_before_it_is_done(
    desk: Client, aroma: Merchant, borough: Merchant, carla: Customer, rival_carla: Customer, by_ben: Actor
) -> None:
    first, second, rival = a_ticket(aroma, carla), a_ticket(aroma, carla), a_ticket(borough, rival_carla)
    change_ticket(second, by=by_ben, priority="urgent")
    ids = [ticket_id(each) for each in (first, second, rival)]
    sent = {"action": "priority", "to": "urgent", "ids": ids}

    shown = desk.post(desk_url("inbox-bulk"), sent)

    assert "1 change, 1 are so already, 0 cannot." in text_of(shown)
    assert as_it_is(first).priority != "urgent"
    desk.post(desk_url("inbox-bulk"), sent | {"confirm": "1"})
    assert as_it_is(first).priority == "urgent"
    assert as_it_is(rival).priority != "urgent"


def test_a_bulk_change_says_what_cannot_be_done(desk: Client, aroma: Merchant, carla: Customer, by_ben: Actor) -> None:
    ticket = a_ticket(aroma, carla)
    resolve_ticket(ticket, by=by_ben)
    desk.post(desk_url("ticket-close", ticket_id(ticket)))

    shown = desk.post(desk_url("inbox-bulk"), {"action": "status", "to": "resolved", "ids": [ticket_id(ticket)]})

    assert "0 change, 0 are so already, 1 cannot." in text_of(shown)
    assert as_it_is(ticket).status_category == "closed"


def test_all_that_match_are_meant_by_the_filter(desk: Client, aroma: Merchant, carla: Customer) -> None:
    tickets = [a_ticket(aroma, carla) for _n in range(3)]

    desk.post(
        f"{desk_url('inbox-bulk')}?view=open",
        {"action": "priority", "to": "low", "scope": "all", "ids": [ticket_id(tickets[0])], "confirm": "1"},
    )
    shown = desk.post(f"{desk_url('inbox-bulk')}?view=open", {"action": "priority", "to": "low", "scope": "all"})

    assert "0 change, 3 are so already" in text_of(shown)


def test_a_marketer_reads_and_changes_nothing(aroma: Merchant, carla: Customer, mia: StaffMember) -> None:
    ticket = a_ticket(aroma, carla)
    browser = at_work(mia)

    shown = browser.get(desk_url("inbox")).content.decode()
    page = browser.get(desk_url("ticket", ticket_id(ticket))).content.decode()

    assert ticket.subject in shown
    assert "bulk-bar" not in shown
    assert 'id="composer"' not in page
    assert browser.post(desk_url("inbox-bulk"), {"action": "priority"}).status_code == 403
    assert browser.post(desk_url("ticket-say", ticket_id(ticket)), {"body": "x"}).status_code == 403
    assert as_it_is(ticket).last_event == ticket.last_event


def test_a_cashier_sees_no_ticket(aroma: Merchant, carla: Customer, kai: StaffMember) -> None:
    ticket = a_ticket(aroma, carla)
    browser = at_work(kai)

    for address in (desk_url("inbox"), desk_url("ticket", ticket_id(ticket))):
        answer = browser.get(address)
        assert answer.status_code == 403
        assert ticket.subject not in answer.content.decode()
