"""Customers over the API."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from customers.actions import archive_customer, tag_customer
from customers.api.shapes import ConsentList, CustomerPage, CustomerShape, TagList, TagNames
from customers.models import Customer, ExternalId
from customers.queries import live_customers
from events.models import Event
from merchants.frames.public_ids import public_id
from merchants.models import SYSTEM, Merchant
from tests.cast import make_customer
from tests.customers.conftest import Machine


def cus(customer: Customer) -> str:
    return public_id("cus", customer.pk)


def test_a_customer_is_created_read_and_listed(machine: Machine, aroma: Merchant) -> None:
    given = {
        "name": "王小明", "phone": "138 1234 5678", "email": "Ming@Example.com", "gender": "male",
        "birthday": {"calendar": "lunar", "month": 8, "day": 15, "year": 1990},
        "external_ids": [{"source": "shopify", "external_id": "6712"}],
    }  # fmt: skip
    made = machine.post("/customers", given)
    assert made.status_code == 201, made.content
    body = CustomerShape.model_validate(made.json())
    assert (body.phone, body.email, body.source) == ("+8613812345678", "ming@example.com", "api")
    assert len(body.number) == 10
    assert machine.get(f"/customers/{body.id}").json() == made.json()
    page = CustomerPage.model_validate(machine.get("/customers").json())
    assert [each.id for each in page.data] == [body.id]


def test_every_fault_is_named_at_once(machine: Machine, aroma: Merchant) -> None:
    given = {
        "phone": "12",
        "email": "nope",
        "birthday": {"month": 2, "day": 30},
        "custom": {"x": 1},
        "country": "China",
    }
    response = machine.post("/customers", given)
    assert response.status_code == 422
    faults = {each["pointer"]: each["code"] for each in response.json()["errors"]}
    assert faults == {
        "/phone": "phone_invalid", "/email": "email_invalid", "/birthday": "birthday_no_such_day",
        "/custom/x": "custom_field_unknown", "/country": "country_invalid",
    }  # fmt: skip
    assert not live_customers(aroma).exists()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"phone": "13800008000"}, "phone_taken"),
        ({"email": "CARLA@example.com"}, "email_taken"),
        ({"number": "M000001"}, "number_taken"),
    ],
)
def test_an_identity_belongs_to_one_customer(
    machine: Machine, carla: Customer, given: dict[str, str], code: str
) -> None:
    response = machine.post("/customers", given)
    assert (response.status_code, response.json()["code"]) == (409, code)
    assert live_customers(carla.merchant).count() == 1


def test_patch_changes_what_is_named_and_forgets_what_is_empty(machine: Machine, carla: Customer) -> None:
    response = machine.patch(
        f"/customers/{cus(carla)}", {"name": "张三", "email": "", "birthday": {"month": 2, "day": 29}}
    )
    assert response.status_code == 200
    body = response.json()
    assert (body["name"], body["email"], body["phone"]) == ("张三", "", "+8613800008000")
    assert body["birthday"] == {"calendar": "solar", "year": None, "month": 2, "day": 29, "is_leap_month": False}
    event = Event.objects.filter(merchant=carla.merchant, type="customers.customer_updated").get()
    assert event.payload == {"fields": ["birthday", "email", "name"]}
    assert machine.patch(f"/customers/{cus(carla)}", {"birthday": None}).json()["birthday"] is None


def test_a_change_that_changes_nothing_leaves_no_trace(machine: Machine, carla: Customer) -> None:
    before = carla.updated_at
    machine.patch(f"/customers/{cus(carla)}", {"name": "张三丰", "phone": "13800008000"})
    carla.refresh_from_db()
    assert carla.updated_at == before
    assert not Event.objects.filter(merchant=carla.merchant, type="customers.customer_updated").exists()


def test_upsert_registers_once_and_then_updates(machine: Machine, aroma: Merchant) -> None:
    first = machine.put("/customers/by-external/shopify/gid://shop/1", {"name": "A"})
    second = machine.put("/customers/by-external/shopify/gid://shop/1", {"name": "B"})
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    assert second.json()["name"] == "B"
    assert machine.get("/customers/by-external/shopify/gid://shop/1").json()["name"] == "B"
    assert machine.get("/customers/by-external/pos/gid://shop/1").status_code == 404


def test_upsert_links_an_existing_customer_only_when_asked(machine: Machine, carla: Customer) -> None:
    given = {"phone": "13800008000", "name": "Carla"}
    refused = machine.put("/customers/by-external/pos/1", given)
    assert (refused.status_code, refused.json()["code"]) == (409, "phone_taken")
    linked = machine.put("/customers/by-external/pos/1", {**given, "link_existing": True})
    assert (linked.status_code, linked.json()["id"]) == (200, cus(carla))
    assert linked.json()["external_ids"] == [{"source": "pos", "external_id": "1"}]


def test_upsert_never_guesses_between_two_people(machine: Machine, carla: Customer, dario: Customer) -> None:
    given = {"phone": "13800008000", "email": "dario@example.com", "link_existing": True}
    assert machine.put("/customers/by-external/pos/1", given).status_code == 409
    assert not ExternalId.objects.filter(merchant=carla.merchant).exists()


@pytest.mark.django_db(transaction=True)
def test_parallel_upserts_of_one_person_make_one_customer(machine: Machine, aroma: Merchant) -> None:
    def put(number: int) -> int:
        try:
            status: int = machine.put("/customers/by-external/pos/42", {"name": f"N{number}"}).status_code
            return status
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(put, range(16)))
    assert set(answers) <= {200, 201}
    assert answers.count(201) == 1
    assert live_customers(aroma).count() == 1


def test_the_list_is_filtered(machine: Machine, carla: Customer, dario: Customer) -> None:
    tag_customer(carla, tag="VIP", by=SYSTEM)
    machine.put("/customers/by-external/pos/7", {"phone": "13900009000", "link_existing": True})

    def names(query: str) -> list[str]:
        response = machine.get(f"/customers?{query}")
        assert response.status_code == 200, response.content
        return [each["name"] for each in response.json()["data"]]

    assert names("tag=vip") == ["张三丰"]
    assert names("phone=139%200000%209000") == ["Dario"]
    assert names("email=CARLA@example.com") == ["张三丰"]
    assert names("number=M000002") == ["Dario"]
    assert names("source=pos&external_id=7") == ["Dario"]
    assert names("q=zsf") == ["张三丰"]
    assert names("updated_since=2020-01-01T00:00:00Z") == ["张三丰", "Dario"]
    assert names("updated_since=2999-01-01T00:00:00Z") == []
    assert machine.get("/customers?source=pos").status_code == 422
    assert machine.get("/customers?colour=red").status_code == 422
    assert machine.get("/customers?updated_since=yesterday").status_code == 422


def test_a_copy_is_kept_up_to_date_by_cursor(machine: Machine, aroma: Merchant) -> None:
    for number in range(7):
        make_customer(aroma, number=f"C{number}")
    seen: list[str] = []
    cursor = ""
    while True:
        page = machine.get(f"/customers?updated_since=2020-01-01T00:00:00Z&limit=3{cursor}").json()
        seen += [each["number"] for each in page["data"]]
        if not page["has_more"]:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == [f"C{number}" for number in range(7)]


def test_archiving_frees_the_phone_and_restoring_asks_whether_it_is_still_free(
    machine: Machine, carla: Customer
) -> None:
    assert machine.post(f"/customers/{cus(carla)}/archive", {"reason": "gone"}).json()["archived_at"]
    assert machine.get("/customers").json()["data"] == []
    assert len(machine.get("/customers?archived=true").json()["data"]) == 1
    assert machine.patch(f"/customers/{cus(carla)}", {"name": "X"}).json()["code"] == "customer_archived"
    assert machine.post("/customers", {"phone": "13800008000"}).status_code == 201
    assert machine.post(f"/customers/{cus(carla)}/restore").json()["code"] == "phone_taken"


def test_consents_are_appended_and_stand(machine: Machine, carla: Customer) -> None:
    path = f"/customers/{cus(carla)}/consents"
    given = {"purpose": "offers", "channel": "sms", "decision": "given", "source": "till", "text_version": "v1"}
    assert machine.post(path, given).status_code == 200
    machine.post(path, given)
    machine.post(path, {**given, "decision": "withdrawn"})
    body = ConsentList.model_validate(machine.get(path).json())
    assert [each.decision for each in body.history] == ["withdrawn", "given"]
    assert not any(each.is_given for each in body.standing)
    wrong = machine.post(path, {**given, "purpose": "membership"})
    assert wrong.json()["errors"][0]["code"] == "consent_unknown"


def test_tags_are_put_on_and_taken_off(machine: Machine, carla: Customer) -> None:
    path = f"/customers/{cus(carla)}/tags"
    assert TagNames.model_validate(machine.post(path, {"tag": "VIP / 茶"}).json()).tags == ["VIP / 茶"]
    assert TagList.model_validate(machine.get("/tags").json()).data[0].customers == 1
    assert machine.delete(f"{path}/vip / 茶").json() == {"tags": []}


def test_scopes_are_kept(reader: Machine, carla: Customer) -> None:
    assert reader.get(f"/customers/{cus(carla)}").status_code == 200
    for response in (
        reader.post("/customers", {"name": "X"}),
        reader.patch(f"/customers/{cus(carla)}", {"name": "X"}),
        reader.put("/customers/by-external/pos/1", {}),
        reader.post(f"/customers/{cus(carla)}/tags", {"tag": "x"}),
    ):
        assert (response.status_code, response.json()["code"]) == (403, "scope_missing")
    carla.refresh_from_db()
    assert carla.name == "张三丰"


def test_the_rival_s_customers_are_not_there(rival_machine: Machine, carla: Customer, rival_carla: Customer) -> None:
    mine = cus(carla)
    calls: list[Any] = [
        rival_machine.get(f"/customers/{mine}"),
        rival_machine.patch(f"/customers/{mine}", {"name": "X"}),
        rival_machine.post(f"/customers/{mine}/archive", {}),
        rival_machine.post(f"/customers/{mine}/restore", {}),
        rival_machine.get(f"/customers/{mine}/consents"),
        rival_machine.post(f"/customers/{mine}/tags", {"tag": "x"}),
        rival_machine.delete(f"/customers/{mine}/tags/x"),
    ]
    assert [call.status_code for call in calls] == [404] * len(calls)
    assert [each["id"] for each in rival_machine.get("/customers").json()["data"]] == [cus(rival_carla)]
    carla.refresh_from_db()
    assert (carla.name, carla.archived_at) == ("张三丰", None)


def test_saying_it_twice_with_a_key_does_it_once(machine: Machine, aroma: Merchant) -> None:
    headers = {"Idempotency-Key": "abc"}
    first = machine.post("/customers", {"name": "A"}, headers=headers)
    again = machine.post("/customers", {"name": "A"}, headers=headers)
    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert live_customers(aroma).count() == 1


def test_a_list_costs_the_same_however_long(
    machine: Machine, aroma: Merchant, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        customer = make_customer(aroma, number=f"C{number}", external_ids=(("pos", str(number)),))
        tag_customer(customer, tag="x", by=SYSTEM)
    archive_customer(customer, by=SYSTEM)
    machine.get("/customers")  # the key is warm
    with django_assert_max_num_queries(4):
        assert len(machine.get("/customers?limit=50").json()["data"]) == 19
