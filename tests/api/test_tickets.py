"""An integrator's shop front brings complaints along, and tells what became of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse

from aftersales.actions.attachments import store_attachment
from aftersales.models import Attachment, Grant, Message, Ticket, TicketEvent
from aftersales.queries.desk import default_status
from customers.models import Customer
from events.models import Event
from merchants.frames.public_ids import public_id
from merchants.models import Actor, Membership, Merchant, StaffMember
from tests.aftersales.files import pdf, png
from tests.api.till import Till, an_order, cus
from tests.cast import make_key

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def a_ticket(whose: Customer, **more: Any) -> dict[str, Any]:
    return {"customer": {"id": cus(whose)}, "subject": "茶罐裂了", "body": "收到时裂了", "reference": "t1"} | more


def opened(till: Till, customer: Customer, **more: Any) -> dict[str, Any]:
    status, ticket = till.post("/tickets", a_ticket(customer, **more))
    assert status == 201, ticket
    return ticket  # type: ignore[no-any-return]


def upload(till: Till, name: str, content: bytes) -> HttpResponse:
    body = (
        f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: image/png\r\n\r\n'.encode()
        + content
        + b"\r\n--x--\r\n"
    )
    return till.raw("POST", "/attachments", body, "multipart/form-data; boundary=x")


def test_a_ticket_is_opened_read_and_listed(till: Till, carla: Customer, aroma: Merchant) -> None:
    till.post("/orders", an_order("A-1", carla, 300))
    ticket = opened(till, carla, order="A-1", lines=[{"position": 0}], priority="high")
    assert (ticket["number"], ticket["customer_id"], ticket["reference"]) == (1, cus(carla), "t1")
    assert (ticket["status"]["category"], ticket["waits_for"], ticket["priority"]) == ("waiting_us", "us", "high")
    assert ticket["deadlines"]["first_response"] is not None
    assert till.get(f"/tickets/{ticket['id']}") == (200, ticket)
    assert till.get("/tickets?state=waiting_us&priority=high&q=裂")[1]["data"] == []
    of = [f"?customer={cus(carla)}", f"?order={ticket['order_id']}"]
    for query in ("", "?state=waiting_us", "?q=茶罐", "?number=1", "?q=张三丰", *of):
        assert [each["id"] for each in till.get(f"/tickets{query}")[1]["data"]] == [ticket["id"]], query
    for query in ("?state=closed", "?q=咖啡", "?number=2", "?category=none", "?overdue=true", "?recovery=true"):
        assert till.get(f"/tickets{query}")[1]["data"] == [], query


def test_the_same_reference_opens_once(till: Till, carla: Customer, dario: Customer, aroma: Merchant) -> None:
    first = opened(till, carla)
    assert opened(till, carla) == first
    status, problem = till.post("/tickets", a_ticket(dario))
    assert (status, problem["code"]) == (409, "reference_conflict")
    assert Ticket.objects.filter(merchant=aroma).count() == 1
    assert till.post("/tickets", a_ticket(carla, reference="t2"), idempotency_key="k1")[1]["number"] == 2
    assert till.post("/tickets", a_ticket(carla, reference="t2"), idempotency_key="k1")[1]["number"] == 2


def test_what_cannot_be_is_refused_and_leaves_nothing(
    till: Till, carla: Customer, dario: Customer, aroma: Merchant
) -> None:
    till.post("/orders", an_order("D-1", dario, 300))
    wrong: dict[str, dict[str, Any]] = {
        "nobody": {"customer": None},
        "two people": {"guest": {"contact": "a@b.example"}},
        "no subject": {"subject": ""},
        "blank subject": {"subject": "  "},
        "no words": {"body": " "},
        "another's order": {"order": "D-1"},
        "an order that is not": {"order": "X-1"},
        "lines of nothing": {"lines": [{"position": 0}]},
        "a category that is not": {"category": "nonsense"},
        "a priority that is not": {"priority": "whenever"},
        "somebody unknown": {"customer": {"number": "M999"}},
        "two names": {"customer": {"number": "M1", "email": "a@b.example"}},
        "files that are not": {"attachments": ["att_nothing"]},
        "the future": {"occurred_at": "2099-01-01T00:00:00Z"},
        "more": {"extra": 1},
    }
    for what, change in wrong.items():
        status, problem = till.post("/tickets", a_ticket(carla, **change))
        assert status == 422, (what, problem)
    assert not Ticket.objects.filter(merchant=aroma).exists()
    assert not Message.objects.filter(merchant=aroma).exists()
    assert not Event.objects.filter(merchant=aroma, type__startswith="aftersales").exists()


def test_a_conversation(till: Till, carla: Customer) -> None:
    ticket = opened(till, carla)
    path = f"/tickets/{ticket['id']}"
    status, said = till.post(f"{path}/messages", {"body": "<b>Sorry</b><script>x</script>", "reference": "m1"})
    assert (status, said["author"], said["body_html"]) == (201, "staff", "<b>Sorry</b>")
    assert till.post(f"{path}/messages", {"body": "other", "reference": "m1"})[1] == said
    assert till.get(path)[1]["waits_for"] == "customer"
    till.post(f"{path}/messages", {"body": "Between us", "is_note": True, "reference": "m2"})
    till.post(f"{path}/messages", {"body": "Thanks", "author": "customer", "reference": "m3"})
    assert till.get(path)[1]["waits_for"] == "us"
    assert [each["body_text"] for each in till.get(f"{path}/messages")[1]["data"]] == ["收到时裂了", "Sorry", "Thanks"]
    assert len(till.get(f"{path}/messages?notes=true")[1]["data"]) == 4
    status, problem = till.post(
        f"{path}/messages", {"body": "x", "author": "customer", "is_note": True, "reference": "m4"}
    )
    assert (status, problem["errors"][0]["code"]) == (422, "note_is_internal")


def test_settling_and_the_history_of_it(till: Till, carla: Customer) -> None:
    path = f"/tickets/{opened(till, carla)['id']}"
    assert till.post(f"{path}/reopen", {})[1]["code"] == "ticket_not_settled"
    assert till.post(f"{path}/resolve")[1]["status"]["category"] == "resolved"
    assert till.post(f"{path}/resolve")[0] == 200
    assert till.post(f"{path}/reopen", {"body": "Not yet"})[1]["reopened_count"] == 1
    closed = till.post(f"{path}/close")[1]
    assert (closed["status"]["category"], closed["waits_for"], closed["due_at"]) == ("closed", "nobody", None)
    events = till.get(f"{path}/events")[1]["data"]
    assert [each["sequence"] for each in events] == list(range(1, len(events) + 1))
    assert [each["kind"] for each in events if each["kind"] != "assigned"] == [
        "opened", "targeted", "status_set", "status_set", "replied", "status_set",
    ]  # fmt: skip
    assert events[0]["details"]["message"].startswith("msg_")
    assert all(not isinstance(each["details"].get("status"), int) for each in events)


def test_changing_a_ticket_is_all_or_nothing(
    till: Till, carla: Customer, aroma: Merchant, ben: StaffMember, kai: StaffMember
) -> None:
    path = f"/tickets/{opened(till, carla)['id']}"
    before = till.get(path)[1]
    member = {each.staff_id: public_id("mem", each.pk) for each in Membership.objects.filter(merchant=aroma)}
    wrong: list[dict[str, Any]] = [
        {"priority": "urgent", "status": "nonsense"},
        {"priority": "urgent", "assignee": member[kai.pk]},
        {"subject": "New", "snooze_until": "2020-01-01T00:00:00Z"},
        {"category": "nonsense", "priority": "low"},
    ]
    for change in wrong:
        assert till.patch(path, change)[0] == 422
        assert till.get(path)[1] == before
    status = default_status(aroma, "paused").code
    changed = till.patch(path, {"priority": "urgent", "assignee": member[ben.pk], "status": status, "subject": "New"})[
        1
    ]
    assert (changed["priority"], changed["assignee"]["id"], changed["status"]["category"], changed["subject"]) == (
        "urgent", member[ben.pk], "paused", "New",
    )  # fmt: skip
    assert till.patch(path, {"assignee": None})[1]["assignee"] is None


def test_goodwill_once_for_a_reference(till: Till, carla: Customer, aroma: Merchant) -> None:
    path = f"/tickets/{opened(till, carla)['id']}"
    grant = {"points": 100, "reason": "damaged", "reference": "g1"}
    status, given = till.post(f"{path}/grants", grant)
    assert (status, given["points"], given["state"]) == (201, 100, "posted")
    assert till.post(f"{path}/grants", grant)[1] == given
    assert till.get(f"{path}/grants")[1]["data"] == [given]
    assert till.get(f"/entries/{given['entry_id']}")[1]["points"] == 100
    assert till.post(f"{path}/grants", grant | {"points": 10_000_000, "reference": "g2"})[0] in (409, 422, 403)
    assert Grant.objects.filter(merchant=aroma).count() == 1


def test_a_file_travels_with_its_message(till: Till, carla: Customer) -> None:
    answer = upload(till, "tin.png", png())
    assert answer.status_code == 201
    file = json.loads(answer.content)
    assert (file["name"], file["content_type"], file["size"]) == ("tin.png", "image/png", len(png()))
    assert till.get(f"/attachments/{file['id']}")[0] == 404
    ticket = opened(till, carla, attachments=[file["id"]], body="")
    path = f"/tickets/{ticket['id']}"
    assert till.get(f"{path}/messages")[1]["data"][0]["attachments"] == [file]
    assert till.get(f"{path}/attachments")[1]["data"] == [file]
    answer = till.raw("GET", f"/attachments/{file['id']}")
    assert answer.content == png()
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert (
        till.post("/tickets", a_ticket(carla, reference="t2", attachments=[file["id"]]))[1]["code"]
        == "attachment_unknown"
    )


def test_what_is_no_file_of_a_customer_is_refused(till: Till, aroma: Merchant) -> None:
    for name, content, code, status in (
        ("a.png", b"", "attachment_empty", 422),
        ("a.exe", b"MZ\x90\x00", "attachment_type", 422),
        ("a.pdf", png(), "attachment_mixed", 422),
        ("a.png", png() + b"<script>", "attachment_mixed", 422),
        ("a.txt", b"x" * (10 * 2**20 + 1), "attachment_too_large", 413),
        ("..png", pdf(), "attachment_name", 422),
    ):
        answer = upload(till, name, content)
        assert (answer.status_code, json.loads(answer.content)["code"]) == (status, code), name
    assert till.post("/attachments", {"file": "x"})[0] == 415
    assert not Attachment.objects.filter(merchant=aroma).exists()


def test_a_name_with_a_path_loses_it_at_the_door(till: Till) -> None:
    """The parser of forms keeps only what follows the last slash; the action would refuse the rest."""
    answer = upload(till, "../../etc/tin.png", png())
    assert json.loads(answer.content)["name"] == "tin.png"


def test_the_rival_finds_nothing(
    till: Till, rival_till: Till, carla: Customer, rival_carla: Customer, aroma: Merchant, borough: Merchant
) -> None:
    ticket = opened(till, carla)
    file = json.loads(upload(till, "tin.png", png()).content)["id"]
    till.post(f"/tickets/{ticket['id']}/messages", {"body": "x", "attachments": [file], "reference": "m1"})
    rows = TicketEvent.objects.filter(merchant=aroma).count()
    path = f"/tickets/{ticket['id']}"
    reading: list[Callable[[], tuple[int, Any]]] = [
        lambda each=each: rival_till.get(f"{path}{each}")  # type: ignore[misc]
        for each in ("", "/messages", "/events", "/attachments", "/grants")
    ]
    writing: list[Callable[[], tuple[int, Any]]] = [
        lambda: rival_till.patch(path, {"priority": "low"}),
        lambda: rival_till.post(f"{path}/messages", {"body": "x", "reference": "m9"}),
        lambda: rival_till.post(f"{path}/resolve"),
        lambda: rival_till.post(f"{path}/reopen", {}),
        lambda: rival_till.post(f"{path}/close"),
        lambda: rival_till.post(f"{path}/grants", {"points": 1, "reason": "late", "reference": "g"}),
        lambda: rival_till.get(f"/attachments/{file}"),
    ]
    for call in (*reading, *writing):
        assert call()[0] == 404
    assert rival_till.get("/tickets")[1]["data"] == []
    mine = store_attachment(aroma, name="b.png", content=png(), by=Actor("api_key", 1, "till"))
    body = {"body": "x", "attachments": [public_id("att", mine.pk)], "reference": "m2"}
    theirs = rival_till.post("/tickets", a_ticket(rival_carla))[1]["id"]
    assert rival_till.post(f"/tickets/{theirs}/messages", body)[1]["code"] == "attachment_unknown"
    assert TicketEvent.objects.filter(merchant=aroma).count() == rows


def test_scopes_keep_reading_and_writing_apart(aroma: Merchant, carla: Customer, till: Till) -> None:
    ticket = opened(till, carla)["id"]
    reader, writer = Till(make_key(aroma, "tickets:read")), Till(make_key(aroma, "tickets:write"))
    assert reader.get(f"/tickets/{ticket}")[0] == 200
    assert writer.get(f"/tickets/{ticket}")[0] == 403
    assert reader.post("/tickets", a_ticket(carla, reference="t2"))[0] == 403
    assert writer.post(f"/tickets/{ticket}/close")[0] == 200


def test_a_guest_is_named_by_their_contact(till: Till) -> None:
    body = a_ticket(Customer(pk=1), customer=None, guest={"name": "Lu", "contact": "lu@example.com"})
    status, ticket = till.post("/tickets", body)
    assert (status, ticket["customer_id"], ticket["guest"]) == (201, None, {"name": "Lu", "contact": "lu@example.com"})
    assert till.post("/tickets", body | {"guest": {"contact": "Lu <lu@example.com>"}})[0] == 422
