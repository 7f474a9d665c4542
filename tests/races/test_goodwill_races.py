"""Fifty people give goodwill at the same moment: no budget is ever passed."""

from __future__ import annotations

from functools import partial

import pytest
from django.db.models import Sum

from aftersales.actions.desk import publish_document
from aftersales.actions.goodwill import approve_grant, decline_grant, grant_goodwill
from aftersales.actions.tickets import open_ticket
from aftersales.errors import CustomerBudgetSpent, GoodwillDecided, ShopBudgetSpent, TicketBudgetSpent
from aftersales.models import GoodwillUse, Grant
from aftersales.queries.goodwill import get_grant
from aftersales.rules.limits import LimitsDocument
from customers.models import Customer
from loyalty.actions.nights import reconcile
from loyalty.queries.balances import balance_of
from merchants.models import SYSTEM, Actor, Merchant
from tests.aftersales.tickets import by_member, complaint
from tests.cast import make_customer
from tests.races.threads import all_at_once

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS = 50


def limits(shop: Merchant, **changes: object) -> None:
    roomy = {
        "roles": {"support": {"per_grant": 100, "per_month": 1_000_000, "second_above": 100}},
        "per_ticket": 1_000_000, "per_customer_month": 1_000_000, "shop_month": 1_000_000,
    }  # fmt: skip
    document = LimitsDocument().model_dump(mode="json") | roomy | changes
    publish_document(shop, "limits", document, note="", by=SYSTEM)


def test_fifty_grants_from_different_tickets_never_pass_the_shop_s_month(aroma: Merchant, by_ben: Actor) -> None:
    limits(aroma, shop_month=1_050)
    tickets = []
    for n in range(WRITERS):
        member = make_customer(aroma, number=f"M1{n:05d}", name=f"会员{n}")
        tickets.append(open_ticket(aroma, complaint(member), by=by_member(member)))

    answers = all_at_once(
        [partial(grant_goodwill, each, points=100, reason="late", by=by_ben, reference="r") for each in tickets]
    )

    assert sum(isinstance(answer, Grant) for answer in answers) == 10
    assert sum(isinstance(answer, ShopBudgetSpent) for answer in answers) == WRITERS - 10
    assert GoodwillUse.objects.get(merchant=aroma, scope="shop").points == 1_000
    assert Grant.objects.filter(merchant=aroma, state="posted").aggregate(all=Sum("points"))["all"] == 1_000
    assert reconcile(aroma).faults == []


def test_fifty_grants_on_one_ticket_never_pass_its_budget(aroma: Merchant, carla: Customer, by_ben: Actor) -> None:
    limits(aroma, per_ticket=777)
    ticket = open_ticket(aroma, complaint(carla), by=by_member(carla))

    answers = all_at_once(
        [
            partial(grant_goodwill, ticket, points=100, reason="late", by=by_ben, reference=f"r{n}")
            for n in range(WRITERS)
        ]
    )

    assert sum(isinstance(answer, Grant) for answer in answers) == 7
    assert sum(isinstance(answer, TicketBudgetSpent) for answer in answers) == WRITERS - 7
    assert balance_of(carla).active == 700
    assert sorted(Grant.objects.filter(merchant=aroma).values_list("n", flat=True)) == list(range(1, 8))


def test_one_member_with_many_tickets_never_passes_the_month(aroma: Merchant, carla: Customer, by_ben: Actor) -> None:
    limits(aroma, per_customer_month=450)
    tickets = [open_ticket(aroma, complaint(carla, subject=f"{n}"), by=by_member(carla)) for n in range(20)]

    answers = all_at_once(
        [partial(grant_goodwill, each, points=100, reason="late", by=by_ben, reference="r") for each in tickets]
    )

    assert sum(isinstance(answer, Grant) for answer in answers) == 4
    assert sum(isinstance(answer, CustomerBudgetSpent) for answer in answers) == 16
    assert balance_of(carla).active == 400


def test_the_same_request_fifty_times_gives_once(aroma: Merchant, carla: Customer, by_ben: Actor) -> None:
    ticket = open_ticket(aroma, complaint(carla), by=by_member(carla))

    answers = all_at_once(
        [partial(grant_goodwill, ticket, points=100, reason="late", by=by_ben, reference="r")] * WRITERS
    )

    assert len({answer.pk for answer in answers if isinstance(answer, Grant)}) == 1
    assert all(isinstance(answer, Grant) for answer in answers)
    assert balance_of(carla).active == 100


def test_a_grant_is_decided_once(aroma: Merchant, carla: Customer, by_ben: Actor, by_ana: Actor) -> None:
    ticket = open_ticket(aroma, complaint(carla), by=by_member(carla))
    asked = grant_goodwill(ticket, points=900, reason="late", by=by_ben, reference="r")

    verbs = [approve_grant, decline_grant] * 5
    answers = all_at_once([partial(verb, get_grant(aroma, asked.pk), by=by_ana) for verb in verbs])

    assert sum(isinstance(answer, Grant) for answer in answers) == 1
    assert sum(isinstance(answer, GoodwillDecided) for answer in answers) == 9
    decided = get_grant(aroma, asked.pk)
    promised = 900 if decided.state == "posted" else 0
    assert balance_of(carla).active == promised
    assert GoodwillUse.objects.get(merchant=aroma, scope="shop").points == promised
