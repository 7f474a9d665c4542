"""What staff see of making it right: grants, post-mortems, the service report."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from aftersales.actions.goodwill import grant_goodwill
from aftersales.actions.post_mortems import Learnt, write_post_mortem
from aftersales.actions.satisfaction import give_satisfaction
from aftersales.actions.tickets import open_ticket, reopen_ticket, reply_to_ticket, resolve_ticket
from aftersales.dashboard.report import period_of
from aftersales.models import Grant, PostMortem, RootCause, Ticket
from aftersales.queries.report import service_report
from commerce.models import Order
from customers.models import Customer
from loyalty.actions.purchases import record_orders
from loyalty.actions.refunds import refund_order
from loyalty.queries.balances import balance_of
from merchants.clock import now, today
from merchants.frames.public_ids import public_id
from merchants.models import SYSTEM, Actor, Membership, Merchant, StaffMember
from tests.aftersales.pages import at_work, desk_url, text_of, ticket_id
from tests.aftersales.tickets import by_member, complaint
from tests.cast import a_purchase


@pytest.fixture
def cracked(aroma: Merchant, carla: Customer) -> Ticket:
    return open_ticket(aroma, complaint(carla, category_code="damaged"), by=by_member(carla))


@pytest.fixture
def learnt(aroma: Merchant, cracked: Ticket, by_ana: Actor) -> Learnt:
    day = today(aroma)
    return Learnt(
        cause=RootCause.objects.filter(merchant=aroma, parent__isnull=False).order_by("pk")[0],
        summary="Thin boxes", action="Thicker boxes",
        owner=Membership.objects.select_related("staff").get(merchant=aroma, staff_id=by_ana.id),
        due_on=day + timedelta(days=3), check_on=day + timedelta(days=33), cost_minor=12_800, minutes=45,
    )  # fmt: skip


def report_of(shop: Merchant, days: int = 30):  # type: ignore[no-untyped-def]
    period = period_of(shop, str(days))
    return service_report(
        shop, edges=period.edges, until=period.until, before=period.before, before_until=period.before_until
    )


def test_an_owner_approves_what_support_asked_for_and_support_cannot(
    aroma: Merchant, carla: Customer, cracked: Ticket, by_ben: Actor, ana: StaffMember, ben: StaffMember
) -> None:
    asked = grant_goodwill(cracked, points=500, reason="damaged", note="Second time", by=by_ben, reference="r")
    approve = desk_url("grant-approve", public_id("grt", asked.pk))

    shown = text_of(at_work(ben).get(desk_url("grant-list")))
    assert "Someone else decides" in shown
    assert "Second time" in shown
    assert at_work(ben).post(approve).status_code == 403
    assert balance_of(carla).active == 0

    assert "Approve" in text_of(at_work(ana).get(desk_url("grant-list")))
    assert at_work(ana).post(approve).status_code == 302
    assert balance_of(carla).active == 500


def test_an_owner_declines_and_the_reason_stays(
    aroma: Merchant, carla: Customer, cracked: Ticket, by_ben: Actor, ana: StaffMember
) -> None:
    asked = grant_goodwill(cracked, points=500, reason="damaged", by=by_ben, reference="r")

    at_work(ana).post(desk_url("grant-decline", public_id("grt", asked.pk)), {"note": "Too much"})

    assert (Grant.objects.get(merchant=aroma).state, balance_of(carla).active) == ("declined", 0)
    assert "Too much" in text_of(at_work(ana).get(desk_url("grant-list") + "?state=declined"))


def test_abuse_signals_stand_in_plain_sight(
    aroma: Merchant, carla: Customer, cracked: Ticket, by_ben: Actor, ana: StaffMember
) -> None:
    for n in range(3):
        grant_goodwill(cracked, points=10, reason="late", by=by_ben, reference=f"r{n}")

    shown = text_of(at_work(ana).get(desk_url("grant-list") + "?state=all"))

    assert "3 grants in 90 days" in shown
    assert "30 of this month’s 100,000 points" in shown


def test_a_post_mortem_from_the_ticket_to_the_effect_check(
    aroma: Merchant, cracked: Ticket, learnt: Learnt, ana: StaffMember, ben: StaffMember
) -> None:
    browser, day = at_work(ben), today(aroma)
    form = {
        "cause": learnt.cause.pk, "summary": "Thin boxes", "action": "Thicker boxes", "owner": learnt.owner.pk,
        "due_on": day, "check_on": day + timedelta(days=30), "cost_points": 200, "cost": "128.50", "minutes": 45,
    }  # fmt: skip
    new = desk_url("post-mortem-new", ticket_id(cracked))
    assert browser.get(new).status_code == 200
    assert browser.post(new, form | {"summary": ""}).status_code == 422
    assert browser.post(new, form | {"check_on": day}).status_code == 422
    assert not PostMortem.objects.filter(merchant=aroma).exists()

    answer = browser.post(new, form)

    written = PostMortem.objects.get(merchant=aroma)
    assert (written.cost_minor, written.owner_name) == (12_850, "Ana")
    page = desk_url("post-mortem", public_id("pmo", written.pk))
    assert answer["Location"] == page
    assert browser.get(new)["Location"] == page
    assert "The effect counts from the day the action is done." in text_of(browser.get(page))
    edit = desk_url("post-mortem-edit", public_id("pmo", written.pk))
    assert browser.post(edit, form | {"minutes": 60}).status_code == 302
    assert browser.post(desk_url("post-mortem-done", public_id("pmo", written.pk))).status_code == 302
    written.refresh_from_db()
    assert (written.state, written.minutes) == ("done", 60)
    assert "Too early to tell" in text_of(browser.get(page))
    assert "Thicker boxes" in text_of(browser.get(desk_url("post-mortem-list")))


def test_the_report_counts_what_came_in_what_was_said_and_what_it_cost(
    aroma: Merchant, carla: Customer, dario: Customer, learnt: Learnt, cracked: Ticket, by_ana: Actor, by_ben: Actor
) -> None:
    record_orders(aroma, [a_purchase("A-1", carla, at=now(aroma) - timedelta(days=2))], by=SYSTEM)
    order = Order.objects.select_related("merchant", "customer").get(merchant=aroma, number="A-1")
    about = open_ticket(aroma, complaint(carla, order=order, category_code="delivery"), by=by_member(carla))
    reply_to_ticket(about, body="Sorry", by=by_ben, reference="a")
    refund_order(order, number="R-1", by=by_ben, reason="late")
    resolve_ticket(about, by=by_ben)
    give_satisfaction(about, score=5, via="portal")
    resolve_ticket(cracked, by=by_ben)
    give_satisfaction(cracked, score=1, via="portal")
    reopen_ticket(cracked, by=by_member(carla))
    resolve_ticket(cracked, by=by_ben)
    grant_goodwill(about, points=150, reason="late", by=by_ben, reference="r")
    grant_goodwill(about, points=400, reason="late", by=by_ben, reference="waits")
    write_post_mortem(cracked, learnt, by=by_ana)

    found = report_of(aroma)

    assert (found.now.opened, found.now.resolved, found.open_now) == (3, 2, 1)  # the third is the recovery case
    assert (found.now.settled_once, found.now.reopened) == (2, 1)
    assert found.now.first_response.count == 1
    assert found.now.resolution.count == 2
    assert (found.verdicts.answered, found.verdicts.satisfied.ratio, found.verdicts.mean) == (2, 0.5, 3)
    assert 0 < found.verdicts.satisfied.low < 0.5 < found.verdicts.satisfied.high < 1
    assert (found.cost.points, found.cost.grants, found.cost.by_reason) == (150, 1, [("late", 1, 150)])
    assert (found.cost.refunds, found.cost.refunds_minor) == (1, 10_000)
    assert (found.cost.learnt_minor, found.cost.learnt_minutes) == (12_800, 45)
    assert [(cause.tickets, cause.minor) for cause in found.causes] == [(1, 12_800)]
    assert sum(found.opened) == 3
    assert sum(found.resolved) == 2
    people = {row.name: row for row in found.people}
    assert people["Ben"].points == 150
    assert sum(row.opened for row in found.categories) == 3
    assert found.before.opened == 0


def test_merged_tickets_count_once_and_old_ones_not_at_all(aroma: Merchant, carla: Customer, cracked: Ticket) -> None:
    other = open_ticket(aroma, complaint(carla), by=by_member(carla))
    Ticket.objects.filter(merchant=aroma, pk=other.pk).update(merged_into=cracked)
    for days in (40, 90):
        open_ticket(aroma, complaint(carla, occurred_at=now(aroma) - timedelta(days=days)), by=by_member(carla))

    found = report_of(aroma)

    assert (found.now.opened, found.before.opened) == (1, 1)
    assert report_of(aroma, 365).now.opened == 3


def test_a_rivals_figures_stay_out(aroma: Merchant, borough: Merchant, cracked: Ticket) -> None:
    assert report_of(borough).now.opened == 0


def test_the_report_page_explains_itself_and_leaves_as_csv(
    aroma: Merchant, carla: Customer, cracked: Ticket, by_ben: Actor, ana: StaffMember, ben: StaffMember
) -> None:
    resolve_ticket(cracked, by=by_ben)
    give_satisfaction(cracked, score=4, via="portal")
    owner = at_work(ana)
    for days in ("7", "30", "90", "365", "rubbish"):
        answer = owner.get(desk_url("report") + f"?days={days}")
        assert answer.status_code == 200
    shown = text_of(answer)
    assert "First response, median" in shown
    assert "95% interval (Wilson)" in shown

    answer = owner.get(desk_url("report-export"))

    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0]["table"] == "total"
    assert (rows[0]["opened"], rows[0]["resolved"], rows[0]["scores"]) == ("1", "1", "1")
    assert {row["table"] for row in rows} >= {"total", "day", "category"}
    assert at_work(ben).get(desk_url("report")).status_code == 200
    assert at_work(ben).get(desk_url("report-export")).status_code == 403


def test_an_empty_shop_has_an_empty_report(aroma: Merchant, ana: StaffMember, client: Client) -> None:
    shown = text_of(at_work(ana).get(desk_url("report")))

    assert "No post-mortem was written in this period." in shown
    for name in ("grant-list", "post-mortem-list"):
        assert at_work(ana).get(desk_url(name)).status_code == 200
        assert client.get(desk_url(name)).status_code == 302


def test_cashiers_see_nothing_of_the_desk(
    aroma: Merchant, cracked: Ticket, learnt: Learnt, by_ben: Actor, kai: StaffMember
) -> None:
    write_post_mortem(cracked, replace(learnt), by=by_ben)
    for name in ("grant-list", "post-mortem-list", "report"):
        assert at_work(kai).get(desk_url(name)).status_code == 403
