"""The desk's settings as the owner sees them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from aftersales.actions.desk import open_desk
from aftersales.dashboard.desk_addresses import desk_patterns
from aftersales.models import (
    Advisor,
    Agent,
    CalendarVersion,
    DeskVersion,
    DocumentKind,
    Macro,
    RootCause,
    Ticket,
    TicketCategory,
    TicketStatus,
)
from aftersales.queries.desk import calendar_version, cause_tree, default_status, find_document
from aftersales.rules.limits import LimitsDocument
from aftersales.rules.routing import RoutingDocument
from aftersales.rules.sla import SlaDocument
from customers.models import Customer
from merchants.frames.public_ids import public_id
from merchants.models import SYSTEM, Membership, Merchant, StaffMember
from tests.aftersales.desk import a_ticket, an_agent

LISTS = ["desk", "desk-statuses", "desk-categories", "desk-causes", "desk-hours", "desk-calendar-new", "desk-levels",
         "desk-routing", "desk-limits", "desk-care", "desk-macros", "desk-macro-new", "desk-people"]  # fmt: skip


@pytest.fixture
def page(client: Client, aroma: Merchant, ana: StaffMember) -> Client:
    open_desk(aroma, by=SYSTEM)
    client.force_login(ana)
    return client


def at(name: str, *args: Any) -> str:
    return reverse(f"aftersales:{name}", args=["aroma", *args])


def filled(answer: Any, *names: str) -> dict[str, Any]:
    """What the forms of a page would post when nobody touches them."""
    data: dict[str, Any] = {}
    for name in names:
        form = answer.context[name]
        every = [form.management_form, *form.forms] if hasattr(form, "management_form") else [form]
        for each in every:
            for field in each:
                value = field.value()
                if value is not None and value is not False:
                    data[field.html_name] = "on" if value is True else value
    return {name: (list(value) if isinstance(value, tuple) else value) for name, value in data.items()}


@pytest.mark.parametrize("name", LISTS)
def test_every_settings_page_opens_for_the_owner_and_no_cashier(page: Client, kai: StaffMember, name: str) -> None:
    assert page.get(at(name)).status_code == 200
    page.force_login(kai)
    assert page.get(at(name)).status_code == 403


def test_pages_of_one_thing_open_and_a_rival_s_is_not_there(
    page: Client, aroma: Merchant, borough: Merchant, carla: Customer, ana: StaffMember
) -> None:
    open_desk(borough, by=SYSTEM)
    mine = {
        "desk-status": TicketStatus, "desk-category": TicketCategory, "desk-cause": RootCause,
        "desk-calendar": CalendarVersion,
    }  # fmt: skip
    for name, model in mine.items():
        known = [model.objects.filter(merchant=shop)[0].pk for shop in (aroma, borough)]
        assert page.get(at(name, known[0])).status_code == 200, name
        assert page.get(at(name, known[1])).status_code == 404, name
    for kind in DocumentKind.values:
        assert page.get(at("desk-versions", kind)).status_code == 200
        assert page.get(at("desk-version", kind, 1)).status_code == 200
        assert page.get(at("desk-version", kind, 9)).status_code == 404
    assert page.get(at("desk-versions", "moon")).status_code == 404


def test_words_are_added_moved_archived_and_kept_by_tickets(page: Client, aroma: Merchant, carla: Customer) -> None:
    page.post(at("desk-statuses"), {"name": "等仓库", "category": "paused"})
    status = TicketStatus.objects.get(merchant=aroma, name="等仓库")
    again = page.post(at("desk-statuses"), {"name": "等仓库", "category": "paused"})
    assert again.status_code == 422

    page.post(at("desk-status", status.pk), {"name": "等仓库回复", "is_default": "on"})
    assert default_status(aroma, "paused").pk == status.pk
    page.post(at("desk-status", status.pk), {"do": "archive"})
    assert default_status(aroma, "paused").archived_at is None, "a default is not archived"
    refused = page.post(at("desk-status", status.pk), {"name": "等仓库回复"})
    assert refused.status_code == 422

    page.post(at("desk-categories"), {"name": "发票", "default_priority": "low", "member_visible": "on"})
    category = TicketCategory.objects.get(merchant=aroma, name="发票")
    assert (category.is_complaint, category.code, category.default_priority) == (False, "category", "low")
    ticket = a_ticket(aroma, carla, category_code=category.code)
    page.post(at("desk-category", category.pk), {"do": "archive"})
    category.refresh_from_db()
    assert category.archived_at is not None
    assert Ticket.objects.get(merchant=aroma, pk=ticket.pk).category_id == category.pk
    page.post(at("desk-category", category.pk), {"do": "restore"})
    page.post(at("desk-category", category.pk), {"do": "up"})
    names = list(TicketCategory.objects.filter(merchant=aroma).order_by("position").values_list("name", flat=True))
    assert names.index("发票") == len(names) - 2


def test_causes_are_a_tree_without_circles(page: Client, aroma: Merchant) -> None:
    page.post(at("desk-causes"), {"name": "仓库新区", "parent": ""})
    top = RootCause.objects.get(merchant=aroma, name="仓库新区")
    page.post(at("desk-causes"), {"name": "拣货", "parent": str(top.pk)})
    below = RootCause.objects.get(merchant=aroma, name="拣货")
    assert page.post(at("desk-cause", top.pk), {"name": "仓库新区", "parent": str(below.pk)}).status_code == 422
    top.refresh_from_db()
    assert top.parent_id is None
    assert [(node.cause.name, node.depth) for node in cause_tree(aroma)][-2:] == [("仓库新区", 0), ("拣货", 1)]


def test_service_levels_are_previewed_then_published_exactly_as_seen(
    page: Client, aroma: Merchant, carla: Customer
) -> None:
    ticket = a_ticket(aroma, carla)
    form = page.get(at("desk-levels"))
    data = filled(form, "rows", "otherwise", "ending")
    data |= {"otherwise-first_response_minutes": "20 min", "rule-2-name": "VIP", "rule-2-tiers": ["gold"],
             "rule-2-first_response_minutes": "1h30", "rule-2-place": "1"}  # fmt: skip

    seen = page.post(at("desk-levels"), data | {"do": "publish"})
    assert seen.status_code == 200
    assert DeskVersion.objects.filter(merchant=aroma, kind="sla").count() == 1, "nobody has looked at it yet"
    assert [each.ticket.pk for each in seen.context["preview"]["moved"]] == [ticket.pk]

    data["seen"] = seen.context["seen"]
    other = page.post(at("desk-levels"), data | {"otherwise-first_response_minutes": "25 min", "do": "publish"})
    assert other.status_code == 200
    assert DeskVersion.objects.filter(merchant=aroma, kind="sla").count() == 1, "this is not what was looked at"

    done = page.post(at("desk-levels"), data | {"do": "publish", "note": "更快"})
    assert done.status_code == 302
    version, document = find_document(aroma, DocumentKind.SLA)  # type: ignore[misc]
    assert isinstance(document, SlaDocument)
    assert (version.number, version.note, document.otherwise.first_response_minutes) == (2, "更快", 20)
    assert next((rule.name, rule.first_response_minutes) for rule in document.rules) == ("VIP", 90)
    assert page.post(at("desk-levels"), data | {"do": "publish"}).status_code == 422, "made on version 1"


def test_hours_with_a_holiday_week_and_an_exchanged_sunday(page: Client, aroma: Merchant) -> None:
    version = calendar_version(aroma, "default")
    data = filled(page.get(at("desk-calendar", version.pk)), "ending", "days")
    data |= {
        "mon": "09:00-12:00，13:30-18:00", "fri": "22:00-02:00", "sun": "",
        "day-0-first": "2026-10-01", "day-0-last": "2026-10-07", "day-0-name": "国庆节",
        "day-1-first": "2026-09-27", "day-1-name": "调休", "day-1-hours": "09:00–18:00",
    }  # fmt: skip
    seen = page.post(at("desk-calendar", version.pk), data | {"do": "preview"})
    assert seen.status_code == 200
    page.post(at("desk-calendar", version.pk), data | {"do": "publish", "seen": seen.context["seen"]})

    new = calendar_version(aroma, "default")
    assert (new.number, new.is_default, len(new.days)) == (2, True, 8)
    assert new.weekly["mon"] == [["09:00", "12:00"], ["13:30", "18:00"]]
    assert "sun" not in new.weekly
    assert new.days["2026-10-07"] == {"name": "国庆节", "periods": []}
    assert new.days["2026-09-27"]["periods"] == [["09:00", "18:00"]]
    again = page.get(at("desk-calendar", new.pk)).context["days"]
    assert [row.initial.get("name") for row in again][:2] == ["调休", "国庆节"], "days in a row are one row"

    for wrong in ({"mon": "9 to 5"}, {"mon": "09:00-12:00, 11:00-13:00"}, {"zone": "Mars/Base"}):
        assert page.post(at("desk-calendar", new.pk), data | {"do": "preview"} | wrong).status_code == 422
    assert calendar_version(aroma, "default").pk == new.pk


def test_routing_is_tried_on_past_tickets_before_it_is_published(
    page: Client, aroma: Merchant, carla: Customer
) -> None:
    lin, ticket = an_agent(aroma, "Lin"), a_ticket(aroma, carla)
    data = filled(page.get(at("desk-routing")), "rows", "ending")
    data |= {"rule-0-name": "破损", "rule-0-words": "裂，碎", "rule-0-priority": "urgent", "rule-0-order_total": "",
             "rule-0-assignee": public_id("mem", lin.pk)}  # fmt: skip
    seen = page.post(at("desk-routing"), data | {"do": "preview"})
    assert [row["ticket"].pk for row in seen.context["preview"]["tried"]] == [ticket.pk]
    page.post(at("desk-routing"), data | {"do": "publish", "seen": seen.context["seen"]})
    _version, document = find_document(aroma, DocumentKind.ROUTING)  # type: ignore[misc]
    assert isinstance(document, RoutingDocument)
    assert (document.rules[0].when.words, document.rules[0].then.assignee) == (("裂", "碎"), lin.pk)
    assert page.get(at("desk-version", "routing", 2)).status_code == 200


def test_limits_and_care_are_published_with_what_they_change_in_sight(page: Client, aroma: Merchant) -> None:
    form = page.get(at("desk-limits"))
    data = filled(form, "form", "signals", "ending")
    for role in form.context["roles"]:
        data |= {field.html_name: field.value() for field in role["form"] if field.value() is not None}
    data["per_ticket"] = "1234"
    seen = page.post(at("desk-limits"), data | {"do": "preview"})
    assert [(each.before, each.after) for each in seen.context["preview"]["changes"]] == [("3,000", "1,234")]
    page.post(at("desk-limits"), data | {"do": "publish", "seen": seen.context["seen"]})
    _version, document = find_document(aroma, DocumentKind.LIMITS)  # type: ignore[misc]
    assert isinstance(document, LimitsDocument)
    assert document.per_ticket == 1234

    data = filled(page.get(at("desk-care")), "form", "ending") | {"reopen_days": "30", "recovery_minutes": "4 h"}
    seen = page.post(at("desk-care"), data | {"do": "preview"})
    assert len(seen.context["preview"]["changes"]) == 2
    assert page.post(at("desk-care"), data | {"low_score": "9"}).status_code == 422


def test_a_macro_of_one_s_own_is_nobody_else_s(
    page: Client, aroma: Merchant, ana: StaffMember, ben: StaffMember
) -> None:
    page.post(at("desk-macro-new"), {"name": "道歉", "is_shared": "on", "reply": "您好 {{ customer.name }}", "points": "50",
                                     "reason": "late"})  # fmt: skip
    shared = Macro.objects.get(merchant=aroma, name="道歉")
    assert shared.owner is None
    wrong = page.post(at("desk-macro-new"), {"name": "错", "reply": "{{ customer.secret }}"})
    assert (wrong.status_code, page.post(at("desk-macro-new"), {"name": "空"}).status_code) == (422, 422)

    page.force_login(ben)
    page.post(at("desk-macro-new"), {"name": "我的", "is_shared": "on", "note": "回访"})
    own = Macro.objects.get(merchant=aroma, name="我的")
    assert own.owner is not None, "an agent writes for themselves alone"
    assert page.get(at("desk-macro", shared.pk)).status_code == 404
    assert page.post(at("desk-macro-archive", shared.pk)).status_code == 404
    assert page.get(at("desk-macro", own.pk)).status_code == 200
    page.force_login(ana)
    assert page.get(at("desk-macro", own.pk)).status_code == 404
    assert Macro.objects.filter(merchant=aroma, archived_at=None).count() == 2


def test_presence_cover_and_advisors_are_set_on_a_person_s_page(
    page: Client, aroma: Merchant, borough: Merchant, carla: Customer, rival_carla: Customer, ben: StaffMember
) -> None:
    lin, wang = an_agent(aroma, "Lin"), an_agent(aroma, "Wang")
    url = at("desk-person", public_id("mem", lin.pk))
    assert page.get(url).status_code == 200
    page.post(url, {"do": "agent", "skills": "English, 退款", "cover": public_id("mem", wang.pk), "most_open": "5"})
    page.post(url, {"do": "presence", "until": "2099-01-01T09:00"})
    page.post(url, {"do": "customer", "number": "M000001"})
    agent = Agent.objects.get(merchant=aroma, membership=lin)
    assert (agent.skills, agent.cover_id, agent.most_open, agent.is_present) == (["english", "退款"], wang.pk, 5, False)
    assert a_ticket(aroma, carla).assignee_id == wang.pk
    assert not Advisor.objects.filter(merchant=borough).exists()

    page.post(url, {"do": "hand_over", "to": public_id("mem", wang.pk)})
    assert Advisor.objects.get(merchant=aroma).membership == wang
    page.post(at("advisor-release", public_id("cus", carla.pk)))
    assert page.post(at("advisor-release", public_id("cus", rival_carla.pk))).status_code == 404
    assert page.get(at("desk-person", public_id("mem", Membership.objects.get(merchant=borough).pk))).status_code == 404
    assert not Advisor.objects.filter(merchant=aroma).exists()

    page.force_login(ben)
    page.post(at("my-presence"), {"is_present": "0"})
    assert not Agent.objects.get(merchant=aroma, membership__staff=ben).is_present


def test_every_address_of_the_settings_is_looked_at_here() -> None:
    looked_at = {*LISTS, "desk-status", "desk-category", "desk-cause", "desk-calendar", "desk-versions", "desk-version",
                 "desk-macro", "desk-macro-archive", "desk-person", "my-presence", "advisor-release"}  # fmt: skip
    assert {each.name for each in desk_patterns} == looked_at  # type: ignore[union-attr]
