"""Where a new ticket goes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from aftersales.actions.desk import publish_document, set_advisor
from aftersales.models import DocumentKind, Ticket
from aftersales.queries.routing import dry_run_routing
from aftersales.rules.routing import RoutingDocument, RoutingInput, RoutingOutcome, RoutingRule, Then, When, route
from customers.models import Customer
from merchants.errors import InvalidValues
from merchants.models import Actor, Membership, Merchant
from tests.aftersales.desk import a_ticket, an_agent

some = st.sampled_from(["delivery", "quality", "refund"])
tiers = st.sampled_from(["", "silver", "gold"])
words = st.sampled_from(["破", "late", "VIP"])


@st.composite
def a_when(draw: st.DrawFn) -> When:
    return When(
        categories=tuple(draw(st.lists(some, max_size=2))),
        tiers=tuple(draw(st.lists(tiers.filter(bool), max_size=2))),
        words=tuple(draw(st.lists(words, max_size=2))),
        words_match=draw(st.sampled_from(["any", "all"])),
        order_total_at_least_minor=draw(st.one_of(st.none(), st.integers(0, 300))),
    )


def holds(when: When, ticket: RoutingInput) -> bool:
    """The reference: each part said as one plain sentence."""
    parts = [
        not when.categories or ticket.category in when.categories,
        not when.tiers or ticket.tier in when.tiers,
        not when.channels or ticket.channel in when.channels,
        when.order_total_at_least_minor is None or (ticket.order_total_minor or -1) >= when.order_total_at_least_minor
        or (ticket.order_total_minor == 0 == when.order_total_at_least_minor),
        not when.words
        or (any if when.words_match == "any" else all)(word.lower() in ticket.text.lower() for word in when.words),
    ]  # fmt: skip
    return all(parts)


@given(
    whens=st.lists(a_when(), max_size=5),
    ticket=st.builds(
        RoutingInput, category=some, tier=tiers, channel=st.just("portal"),
        text=st.sampled_from(["", "杯子破了", "too LATE, I am vip", "vip"]),
        order_total_minor=st.one_of(st.none(), st.integers(0, 300)),
    ),
)  # fmt: skip
def test_the_first_rule_whose_every_part_holds_decides(whens: list[When], ticket: RoutingInput) -> None:
    rules = tuple(RoutingRule(name=f"r{n}", when=when, then=Then(skill=f"s{n}")) for n, when in enumerate(whens))
    first = next((n for n, when in enumerate(whens) if holds(when, ticket)), None)
    outcome = route(RoutingDocument(rules=rules), ticket)
    assert (outcome.rule, outcome.skill) == (first, None if first is None else f"s{first}")


def test_letter_case_and_width_make_no_difference() -> None:
    rule = RoutingRule(name="vip", when=When(words=("ＶＩＰ",)), then=Then(priority="urgent"))
    assert route(RoutingDocument(rules=(rule,)), RoutingInput("other", text="i am a Vip")).priority == "urgent"
    assert route(RoutingDocument(rules=(rule,)), RoutingInput("other", text="hello")) == RoutingOutcome()


def test_a_rule_that_does_nothing_is_refused() -> None:
    with pytest.raises(ValidationError, match="changes something"):
        Then()


def test_a_ticket_about_something_broken_becomes_urgent_and_goes_to_whom_the_rule_names(
    aroma: Merchant, carla: Customer, dario: Customer, by_ana: Actor
) -> None:
    lin = an_agent(aroma, "Lin")
    document = {
        "rules": [{"name": "破损", "when": {"words": ["裂", "碎"]}, "then": {"priority": "urgent", "assignee": lin.pk}}]
    }
    publish_document(aroma, DocumentKind.ROUTING, document, by=by_ana)
    broken = a_ticket(aroma, carla)
    other = a_ticket(aroma, dario, subject="何时发货", body="何时发货？")
    assert (broken.priority, broken.assignee_id) == ("urgent", lin.pk)
    assert other.priority != "urgent"


def test_a_dedicated_advisor_comes_before_the_rule(aroma: Merchant, carla: Customer, by_ana: Actor) -> None:
    lin, wang = an_agent(aroma, "Lin"), an_agent(aroma, "Wang")
    set_advisor(carla, wang, by=by_ana)
    document = {"rules": [{"name": "all", "then": {"assignee": lin.pk}}]}
    publish_document(aroma, DocumentKind.ROUTING, document, by=by_ana)
    assert a_ticket(aroma, carla).assignee_id == wang.pk


def test_rules_name_only_the_shop_s_own_people_and_words(aroma: Merchant, borough: Merchant, by_ana: Actor) -> None:
    rhea = Membership.objects.get(merchant=borough)
    document = {
        "rules": [
            {"name": "a", "when": {"categories": ["moon"]}, "then": {"category": "mars"}},
            {"name": "b", "then": {"assignee": rhea.pk}},
        ]
    }
    with pytest.raises(InvalidValues) as refused:
        publish_document(aroma, DocumentKind.ROUTING, document, by=by_ana)
    assert [fault.pointer for fault in refused.value.faults] == [
        "/rules/0/when/categories", "/rules/0/then/category", "/rules/1/then/assignee",
    ]  # fmt: skip


def test_a_dry_run_says_what_rules_would_have_done_and_does_nothing(
    aroma: Merchant, borough: Merchant, carla: Customer, rival_carla: Customer, by_ana: Actor
) -> None:
    lin = an_agent(aroma, "Lin")
    broken = a_ticket(aroma, carla)
    other = a_ticket(aroma, carla, subject="何时发货", body="何时发货？")
    a_ticket(borough, rival_carla)
    rule = {"name": "破损", "when": {"words": ["裂"]}, "then": {"priority": "urgent", "assignee": lin.pk}}
    document = RoutingDocument.model_validate({"rules": [rule]})

    tried = dry_run_routing(aroma, document)

    assert [(each.ticket.pk, each.outcome.rule, each.changes) for each in tried] == [
        (other.pk, None, False), (broken.pk, 0, True),
    ]  # fmt: skip
    assert tried[1].assignee == lin
    assert Ticket.objects.get(merchant=aroma, pk=broken.pk).priority == broken.priority

    publish_document(aroma, DocumentKind.ROUTING, document, by=by_ana)
    again = a_ticket(aroma, carla)
    assert (again.priority, again.assignee_id) == (tried[1].outcome.priority, lin.pk)
    assert len(dry_run_routing(aroma, document, last=1)) == 1
