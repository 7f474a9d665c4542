"""The customer's verdict: asked once, answered once, and a bad one becomes somebody's."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from aftersales.actions.desk import open_desk, publish_document, set_advisor
from aftersales.actions.satisfaction import ask_due_satisfaction, ask_satisfaction, give_satisfaction
from aftersales.actions.tickets import open_ticket, reopen_ticket, reply_to_ticket, resolve_ticket
from aftersales.errors import AlreadyRated, NotYetRated, RatingClosed
from aftersales.models import Satisfaction, Ticket, TicketEvent
from aftersales.queries.satisfaction import find_satisfaction, get_by_token, may_rate, rating_token
from aftersales.rules.care import CareDocument
from customers.models import Customer
from events.actions.delivering import deliver_due
from events.models import Event
from merchants.clock import now
from merchants.errors import InvalidValue, NotFound
from merchants.models import SYSTEM, Actor, Membership, Merchant
from tests.aftersales.tickets import by_member, complaint, derived_is_rebuilt


@pytest.fixture
def settled(aroma: Merchant, carla: Customer, by_ben: Actor) -> Ticket:
    """A ticket of Carla's that Ben answered and resolved."""
    ticket = open_ticket(aroma, complaint(carla, assignee=membership(aroma, "support", by_ben)), by=by_member(carla))
    reply_to_ticket(ticket, body="新的茶罐今天寄出。", by=by_ben, reference="a1")
    return resolve_ticket(ticket, by=by_ben)


def membership(shop: Merchant, role: str, by: Actor) -> Membership:
    return Membership.objects.select_related("staff").get(merchant=shop, role=role, staff_id=by.id)


def care(shop: Merchant, **changes: Any) -> None:
    open_desk(shop, by=SYSTEM)
    publish_document(shop, "care", CareDocument().model_dump(mode="json") | changes, note="", by=SYSTEM)


def recoveries(shop: Merchant) -> list[Ticket]:
    return list(Ticket.objects.filter(merchant=shop, is_recovery=True).select_related("assignee"))


def test_a_resolved_ticket_is_asked_about_some_minutes_later(
    aroma: Merchant,
    carla: Customer,
    settled: Ticket,
    mailoutbox: list[Any],
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    deliver_due()
    planned = find_satisfaction(settled)
    assert planned is not None
    assert (planned.sent_at, mailoutbox) == (None, [])
    assert ask_due_satisfaction(aroma) == 0

    Satisfaction.objects.filter(merchant=aroma).update(due_at=now(aroma))
    with django_capture_on_commit_callbacks(execute=True):
        assert ask_due_satisfaction(aroma) == 1

    asked = find_satisfaction(settled)
    assert asked is not None
    assert asked.sent_at is not None
    assert asked.agent_name == "Ben"
    assert [mail.to for mail in mailoutbox] == [["carla@example.com"]]
    assert f"/m/aroma/help/rate/{rating_token(settled)}" in mailoutbox[0].body
    assert ask_due_satisfaction(aroma) == 0
    deliver_due()
    assert len(mailoutbox) == 1


def test_a_ticket_reopened_before_it_was_asked_about_is_left_alone(
    aroma: Merchant, carla: Customer, settled: Ticket, mailoutbox: list[Any]
) -> None:
    deliver_due()
    reopen_ticket(settled, by=by_member(carla), body="还是裂的")
    Satisfaction.objects.filter(merchant=aroma).update(due_at=now(aroma))

    assert ask_due_satisfaction(aroma) == 0

    assert find_satisfaction(settled) is None
    assert mailoutbox == []


def test_nobody_is_asked_where_the_shop_does_not_want_it(aroma: Merchant, settled: Ticket) -> None:
    care(aroma, asks_satisfaction=False)

    deliver_due()

    assert find_satisfaction(settled) is None


def test_a_sandbox_sends_no_mail(
    settled: Ticket,
    aroma: Merchant,
    mailoutbox: list[Any],
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    Merchant.objects.filter(pk=aroma.pk).update(is_sandbox=True)
    with django_capture_on_commit_callbacks(execute=True):
        ask_satisfaction(Ticket.objects.get(merchant=aroma, pk=settled.pk))

    assert find_satisfaction(settled) is not None
    assert mailoutbox == []


def test_the_link_is_good_once_and_opening_it_changes_nothing(aroma: Merchant, settled: Ticket, client: Client) -> None:
    ask_satisfaction(settled)
    url = f"/m/aroma/help/rate/{rating_token(settled)}"

    assert client.get(url).status_code == 200
    assert find_satisfaction(settled).score is None  # type: ignore[union-attr]
    assert client.post(url, {"score": "9"}).status_code == 422
    answer = client.post(url, {"score": "5", "comment": "很快，谢谢"})

    assert answer.status_code == 302
    given = find_satisfaction(settled)
    assert given is not None
    assert (given.score, given.comment, given.answered_via) == (5, "很快，谢谢", "link")
    assert client.post(url, {"score": "1"}).status_code == 422
    given.refresh_from_db()
    assert given.score == 5
    assert recoveries(aroma) == []
    assert TicketEvent.objects.filter(merchant=aroma, ticket=settled, kind="rated").count() == 1
    assert Event.objects.get(merchant=aroma, type="aftersales.satisfaction_given").payload["score"] == 5
    derived_is_rebuilt(settled)


def test_the_link_belongs_to_its_shop_and_cannot_be_guessed(
    aroma: Merchant, borough: Merchant, settled: Ticket, client: Client
) -> None:
    token = rating_token(settled)
    assert client.get(f"/m/aroma/help/rate/{token}").status_code == 404  # nobody was asked yet
    ask_satisfaction(settled)

    assert client.get(f"/m/borough/help/rate/{token}").status_code == 404
    assert client.get(f"/m/aroma/help/rate/{token[:-1]}x").status_code == 404
    with pytest.raises(NotFound):
        get_by_token(borough, token)


def test_the_page_names_no_contact_and_leaks_no_address(aroma: Merchant, settled: Ticket, client: Client) -> None:
    ask_satisfaction(settled)

    answer = client.get(f"/m/aroma/help/rate/{rating_token(settled)}")

    assert answer["Referrer-Policy"] == "no-referrer"
    assert not re.search(r"carla@|13800008000", answer.content.decode())


def test_a_low_score_opens_a_recovery_case_with_an_owner_and_a_due_time(
    aroma: Merchant, carla: Customer, settled: Ticket, by_ana: Actor
) -> None:
    ask_satisfaction(settled)

    give_satisfaction(settled, score=1, comment="回复太慢", via="portal")

    [case] = recoveries(aroma)
    assert case.recovers_id == settled.pk
    assert case.customer_id == carla.pk
    assert case.assignee_id == membership(aroma, "owner", by_ana).pk
    assert case.resolution_target == CareDocument().recovery_minutes
    assert case.resolution_due_at is not None
    assert case.priority == "high"
    assert "回复太慢" in case.messages.get().body_text
    fact = Event.objects.get(merchant=aroma, type="aftersales.recovery_opened")
    assert (fact.payload["recovers_number"], fact.payload["score"]) == (settled.number, 1)
    derived_is_rebuilt(case)


def test_the_shop_chooses_who_makes_it_good(aroma: Merchant, carla: Customer, settled: Ticket, by_ben: Actor) -> None:
    care(aroma, recovery_owner="agent")
    ask_satisfaction(settled)
    give_satisfaction(settled, score=2, via="portal")
    assert recoveries(aroma)[0].assignee_id == membership(aroma, "support", by_ben).pk


def test_an_advisor_makes_it_good_and_an_owner_where_there_is_none(
    aroma: Merchant, carla: Customer, dario: Customer, by_ana: Actor, by_ben: Actor
) -> None:
    care(aroma, recovery_owner="advisor")
    set_advisor(carla, membership(aroma, "support", by_ben), by=by_ana)
    for member in (carla, dario):
        ticket = resolve_ticket(open_ticket(aroma, complaint(member), by=by_member(member)), by=by_ana)
        give_satisfaction(ticket, score=1, via="portal")

    owners = {case.customer_id: case.assignee_id for case in recoveries(aroma)}
    assert owners == {
        carla.pk: membership(aroma, "support", by_ben).pk,
        dario.pk: membership(aroma, "owner", by_ana).pk,
    }


def test_a_recovery_case_is_not_asked_about(aroma: Merchant, settled: Ticket, by_ana: Actor) -> None:
    give_satisfaction(settled, score=1, via="portal")
    [case] = recoveries(aroma)
    resolve_ticket(case, by=by_ana)

    deliver_due()

    assert find_satisfaction(case) is None


def test_a_verdict_is_given_once_in_time_and_only_when_it_is_over(
    aroma: Merchant, carla: Customer, settled: Ticket, by_ben: Actor
) -> None:
    still_open = open_ticket(aroma, complaint(carla, subject="Another"), by=by_member(carla))
    with pytest.raises(NotYetRated):
        give_satisfaction(still_open, score=5, via="portal")
    with pytest.raises(NotYetRated):
        ask_satisfaction(still_open)
    assert find_satisfaction(still_open) is None
    for score in (0, 6):
        with pytest.raises(InvalidValue):
            give_satisfaction(settled, score=score, via="portal")
    ask_satisfaction(settled)
    assert may_rate(settled)
    Satisfaction.objects.filter(merchant=aroma).update(expires_at=now(aroma) - timedelta(seconds=1))
    with pytest.raises(RatingClosed):
        give_satisfaction(settled, score=1, via="portal")
    assert not may_rate(settled)
    assert recoveries(aroma) == []
    Satisfaction.objects.filter(merchant=aroma).update(expires_at=now(aroma) + timedelta(days=1))
    give_satisfaction(settled, score=3, via="api")
    with pytest.raises(AlreadyRated):
        give_satisfaction(settled, score=1, via="api")
    assert recoveries(aroma) == []
