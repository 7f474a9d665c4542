"""A macro does all of its steps, or none."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from aftersales.actions.history import lock_ticket
from aftersales.actions.macros import preview_macro, run_macro
from aftersales.actions.tickets import close_ticket, open_ticket
from aftersales.errors import MacroArchived
from aftersales.models import Grant, Macro, Message, Ticket, TicketEvent
from aftersales.queries.desk import default_status
from aftersales.queries.tickets import get_ticket
from aftersales.rules.macros import VARIABLES, MacroSteps, filled
from customers.models import Customer
from events.models import Event
from loyalty.models import Entry
from merchants.clock import now
from merchants.errors import DomainError, NotFound
from merchants.models import Actor, Merchant
from tests.aftersales.tickets import by_member, complaint, derived_is_rebuilt

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(aroma: Merchant, carla: Customer, by_ben: Actor) -> Ticket:
    return open_ticket(aroma, complaint(carla), by=by_member(carla))


def make_macro(shop: Merchant, **steps: Any) -> Macro:
    MacroSteps.model_validate(steps)
    return Macro.objects.create(merchant=shop, name="Broken", steps=steps)


def written(shop: Merchant) -> tuple[int, ...]:
    """How many rows of everything that a macro touches there are."""
    models: list[Any] = [Message, TicketEvent, Grant, Entry, Event]
    return tuple(model.objects.filter(merchant=shop).count() for model in models)


def test_all_steps_are_done_at_once(aroma: Merchant, ticket: Ticket, carla: Customer, by_ben: Actor) -> None:
    status = default_status(aroma, "resolved").code
    macro = make_macro(
        aroma, note="By {{agent.name}}",
        reply="{{ customer.name }}，您好：已补发 {{ goodwill.points }} 积分（#{{ ticket.number }}）。",
        set={"status": status, "priority": "high", "assignee": "me"}, grant={"points": 50, "reason": "damaged"},
    )  # fmt: skip
    before = written(aroma)
    preview = preview_macro(macro, ticket, by_ben)
    assert written(aroma) == before
    assert preview.refusal is None
    assert preview.after is not None
    after = run_macro(macro, ticket, by=by_ben, reference="r1")
    assert (after.status_category, after.priority, after.reply_count) == ("resolved", "high", 2)
    assert after.status_id == preview.after.status_id
    said = Message.objects.get(merchant=aroma, reference="macro:r1")
    assert said.body_text == preview.reply == "张三丰，您好：已补发 50 积分（#1）。"
    assert Message.objects.get(merchant=aroma, is_note=True).body_text == "By Ben"
    assert Grant.objects.get(merchant=aroma, ticket=ticket).points == 50
    assert get_ticket(aroma, number=1).assignee is not None
    done = written(aroma)
    run_macro(macro, ticket, by=by_ben, reference="r1")
    assert written(aroma) == done
    derived_is_rebuilt(after)


def test_a_macro_that_fails_midway_leaves_nothing(aroma: Merchant, ticket: Ticket, by_ben: Actor) -> None:
    too_much = make_macro(
        aroma, reply="Sorry", note="Sorry", set={"priority": "urgent"}, grant={"points": 1_000_000, "reason": "gesture"}
    )
    before, row = written(aroma), lock_ticket(ticket)
    preview = preview_macro(too_much, ticket, by_ben)
    assert preview.refusal is not None
    with pytest.raises(DomainError):
        run_macro(too_much, ticket, by=by_ben, reference="r1")
    assert written(aroma) == before
    after = get_ticket(aroma, number=1)
    assert (after.priority, after.last_event) == (row.priority, row.last_event)
    too_much.refresh_from_db()
    assert too_much.used_count == 0


def test_the_last_step_failing_takes_back_the_first(aroma: Merchant, ticket: Ticket, by_ben: Actor) -> None:
    """Closing and snoozing: the reply and the note were already written when the snooze is refused."""
    macro = make_macro(
        aroma, reply="Bye", note="Done", set={"status": default_status(aroma, "closed").code, "snooze_hours": 3}
    )
    before = written(aroma)
    with pytest.raises(DomainError):
        run_macro(macro, ticket, by=by_ben, reference="r1")
    assert written(aroma) == before
    assert get_ticket(aroma, number=1).status_category == "waiting_us"


def test_archived_and_foreign_macros_do_nothing(
    aroma: Merchant, borough: Merchant, ticket: Ticket, by_ben: Actor
) -> None:
    macro = make_macro(aroma, note="x")
    Macro.objects.filter(merchant=aroma, pk=macro.pk).update(archived_at=now(aroma))
    before = written(aroma)
    with pytest.raises(MacroArchived):
        run_macro(macro, ticket, by=by_ben, reference="r1")
    with pytest.raises(NotFound):
        run_macro(make_macro(borough, note="x"), ticket, by=by_ben, reference="r2")
    assert written(aroma) == before


def test_a_macro_does_not_answer_a_closed_ticket(aroma: Merchant, ticket: Ticket, by_ben: Actor) -> None:
    close_ticket(ticket, by=by_ben)
    before = written(aroma)
    with pytest.raises(DomainError):
        run_macro(make_macro(aroma, reply="Hello"), ticket, by=by_ben, reference="r1")
    assert written(aroma) == before


def test_only_known_variables_and_real_steps_can_be_saved() -> None:
    MacroSteps(reply=" ".join(f"{{{{ {name} }}}}" for name in VARIABLES))
    for wrong in ({"reply": "{{ customer.password }}"}, {"note": "{{}}"}, {}, {"reply": " "}, {"extra": 1}):
        with pytest.raises(ValidationError):
            MacroSteps.model_validate(wrong)


def test_a_name_is_never_a_tag() -> None:
    assert filled("<p>{{ customer.name }}</p>", {"customer.name": "<b>x"}) == "<p>&lt;b&gt;x</p>"
    assert filled("Dear {{customer.name}}{{ order.number }}", {"customer.name": "<b>x"}) == "Dear <b>x"
