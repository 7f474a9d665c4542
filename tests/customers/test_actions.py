"""What customers' actions promise, and what they leave alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from customers.actions import (
    NewCustomer,
    archive_customer,
    define_custom_field,
    forget_old_codes,
    give_consent,
    register_customer,
    register_customers,
    remove_note,
    send_sign_in_code,
    set_traits,
    tag_customers,
    update_customer,
    withdraw_consent,
)
from customers.errors import EmailTaken, ExternalIdTaken, PhoneTaken
from customers.models import Consent, Customer, CustomerTag, OneTimeCode, Tag, Trait
from customers.queries import (
    CustomerFilter,
    birthdays_on,
    customers_by_external_id,
    find_customer,
    get_customer,
    has_consent,
    live_customers,
    may_contact,
    search_customers,
    tagging_effect,
)
from customers.rules.birthdays import Birthday
from customers.tasks import prune_codes, tag_matching
from events.models import Event
from merchants.clock import now, today, world_now
from merchants.errors import InvalidValues, NotFound
from merchants.models import SYSTEM, Merchant
from tests.cast import make_customer


def test_a_batch_takes_what_is_right_and_says_what_is_not(aroma: Merchant, carla: Customer) -> None:
    result = register_customers(
        aroma,
        [
            NewCustomer(name="A", phone="13700000001", external_ids=(("pos", "1"),)),
            NewCustomer(name="B", phone="13700000001"),
            NewCustomer(name="C", phone="12"),
            NewCustomer(name="D", email="carla@example.com"),
            NewCustomer(name="E", external_ids=(("pos", "1"),)),
            NewCustomer(name="F", number="M000001"),
            NewCustomer(name="G"),
        ],
        by=SYSTEM,
    )
    assert [made and made.name for made in result.customers] == ["A", None, None, None, None, None, "G"]
    assert [(each.index, each.error.code) for each in result.refusals] == [
        (1, "phone_taken"), (2, "invalid"), (3, "email_taken"), (4, "external_id_taken"), (5, "number_taken"),
    ]  # fmt: skip
    assert customers_by_external_id(aroma, "pos", ["1", "2"]) == {"1": result.customers[0].pk}  # type: ignore[union-attr]
    assert Event.objects.filter(merchant=aroma, type="customers.customer_registered").count() == 3  # Carla too


def test_thousands_cost_a_handful_of_statements(aroma: Merchant, django_assert_max_num_queries: Any) -> None:
    batch = [
        NewCustomer(name=f"张{index}", phone=f"1370000{index:04}", external_ids=(("pos", str(index)),))
        for index in range(1500)
    ]
    with django_assert_max_num_queries(12):
        result = register_customers(aroma, batch, by=SYSTEM, deliver=False)
    assert result.refusals == []
    assert live_customers(aroma).count() == 1500
    assert len({customer.number for customer in live_customers(aroma)}) == 1500


def test_history_keeps_its_own_time(aroma: Merchant) -> None:
    joined_at = (now(aroma) - timedelta(days=400)).replace(microsecond=0)
    made = register_customer(aroma, NewCustomer(name="A", joined_at=joined_at), by=SYSTEM)
    event = Event.objects.get(merchant=aroma, about_type="customers.customer", about_id=made.pk)
    assert (made.joined_at, event.occurred_at) == (joined_at, joined_at)
    with pytest.raises(InvalidValues):
        register_customer(aroma, NewCustomer(joined_at=now(aroma) + timedelta(days=1)), by=SYSTEM)


def test_the_same_phone_lives_in_two_shops(carla: Customer, rival_carla: Customer) -> None:
    assert carla.phone == rival_carla.phone
    assert find_customer(carla.merchant, phone="13800008000") == carla
    assert find_customer(rival_carla.merchant, email="carla@example.com") == rival_carla
    with pytest.raises(NotFound):
        get_customer(carla.merchant, rival_carla.pk)


def test_the_database_itself_refuses_a_second_phone_and_a_foreign_tag(
    aroma: Merchant, carla: Customer, rival_carla: Customer
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Customer.objects.create(
            merchant=aroma,
            number="X",
            phone=carla.phone,
            joined_at=now(aroma),
            created_at=now(aroma),
            updated_at=now(aroma),
        )
    tag = Tag.objects.create(merchant=aroma, name="x", slug="x", created_at=now(aroma))
    with pytest.raises(IntegrityError), transaction.atomic():
        CustomerTag.objects.create(merchant=aroma, customer=rival_carla, tag=tag, tagged_at=now(aroma))


def test_what_is_taken_is_refused_by_name(carla: Customer, dario: Customer) -> None:
    with pytest.raises(PhoneTaken):
        update_customer(dario, by=SYSTEM, phone="13800008000")
    with pytest.raises(EmailTaken):
        update_customer(dario, by=SYSTEM, email="carla@example.com")
    known_to_the_till = NewCustomer(external_ids=(("pos", "1"),))
    register_customer(carla.merchant, known_to_the_till, by=SYSTEM)
    with pytest.raises(ExternalIdTaken):
        register_customer(carla.merchant, known_to_the_till, by=SYSTEM)
    dario.refresh_from_db()
    assert dario.phone == "+8613900009000"


def test_an_archived_customer_gives_up_the_phone_but_not_the_number(carla: Customer) -> None:
    archive_customer(carla, by=SYSTEM)
    assert find_customer(carla.merchant, phone="13800008000") is None
    assert find_customer(carla.merchant, number="M000001") == carla
    make_customer(carla.merchant, phone="13800008000")


def test_search_keys_follow_the_name(carla: Customer) -> None:
    update_customer(carla, by=SYSTEM, name="欧阳娜娜")
    assert [each.pk for each in search_customers(carla.merchant, "ouyang")] == [carla.pk]
    assert search_customers(carla.merchant, "zhangsan") == []


@pytest.mark.parametrize(
    "text",
    [
        "张三",
        "张",
        "三丰",
        "zhangsanfeng",
        "zhang",
        "zsf",
        "sanfeng",
        "8000",
        "13800008000",
        "+86 138 0000 8000",
        "carla@",
        "carla@example.com",
        "M000001",
        "m000001",
        "carla",
    ],
)
def test_carla_is_found_by_what_people_remember(aroma: Merchant, carla: Customer, dario: Customer, text: str) -> None:
    assert [each.pk for each in search_customers(aroma, text)] == [carla.pk]


@pytest.mark.parametrize("text", ["", "   ", "%", "_", "\\", "'", "zzz", "9999", "nobody@example.com", "\x00"])
def test_nobody_is_found_by_what_nobody_has(aroma: Merchant, carla: Customer, text: str) -> None:
    assert search_customers(aroma, text.replace("\x00", "")) == []


def test_exact_names_come_before_longer_ones(aroma: Merchant) -> None:
    longer, exact = make_customer(aroma, name="王小明"), make_customer(aroma, name="王小")
    assert [each.pk for each in search_customers(aroma, "王小")] == [exact.pk, longer.pk]
    archive_customer(exact, by=SYSTEM)
    assert [each.pk for each in search_customers(aroma, "王小")] == [longer.pk]


def test_birthdays_of_both_calendars_are_found_on_the_day(aroma: Merchant) -> None:
    # 2023-02-28 is the 9th of the second lunar month; 2023 has no 29 February.
    solar = make_customer(aroma, birthday=Birthday(2, 28))
    leapling = make_customer(aroma, birthday=Birthday(2, 29, 1992))
    lunar = make_customer(aroma, birthday=Birthday(2, 9, is_lunar=True))
    make_customer(aroma, birthday=Birthday(2, 9))
    gone = make_customer(aroma, birthday=Birthday(2, 28))
    archive_customer(gone, by=SYSTEM)
    found = birthdays_on(aroma, today(aroma).replace(year=2023, month=2, day=28))
    assert {each.pk for each in found} == {solar.pk, leapling.pk, lunar.pk}


def test_consent_is_appended_never_changed(carla: Customer) -> None:
    given = give_consent(carla, purpose="offers", channel="sms", text_version="v1", source="till", by=SYSTEM)
    assert give_consent(carla, purpose="offers", channel="sms", text_version="v1", source="till", by=SYSTEM) == given
    assert give_consent(carla, purpose="offers", channel="sms", text_version="v2", source="till", by=SYSTEM) != given
    assert has_consent(carla, "offers", "sms")
    withdraw_consent(carla, purpose="offers", channel="sms", source="till", by=SYSTEM)
    assert not has_consent(carla, "offers", "sms")
    assert Consent.objects.filter(merchant=carla.merchant).count() == 3
    for change in ("UPDATE customers_consent SET decision = 'given'", "DELETE FROM customers_consent"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)


def test_nobody_is_contacted_without_consent_or_address(carla: Customer) -> None:
    assert not may_contact(carla, "offers", "sms")
    give_consent(carla, purpose="offers", channel="sms", source="till", by=SYSTEM)
    assert may_contact(carla, "offers", "sms")
    bare = update_customer(carla, by=SYSTEM, phone="")
    assert not may_contact(bare, "offers", "sms")


def test_withdrawing_what_was_never_given_leaves_no_trace(carla: Customer) -> None:
    assert withdraw_consent(carla, purpose="offers", channel="sms", source="till", by=SYSTEM) is None
    assert not Consent.objects.filter(merchant=carla.merchant).exists()


def test_tags_are_stuck_on_many_in_one_go_and_the_preview_is_exact(
    aroma: Merchant, carla: Customer, dario: Customer, rival_carla: Customer
) -> None:
    everybody = live_customers(aroma)
    assert tagging_effect(aroma, everybody, "VIP").do_not == 2
    assert tag_customers(aroma, everybody, tag="VIP", by=SYSTEM) == 2
    assert tag_customers(aroma, everybody, tag=" vip", by=SYSTEM) == 0
    assert tagging_effect(aroma, everybody, "vip").have_it == 2
    assert tag_customers(aroma, Customer.objects.filter(merchant=rival_carla.merchant), tag="VIP", by=SYSTEM) == 0
    with pytest.raises(InvalidValues):
        tag_customers(aroma, everybody, tag="  ", by=SYSTEM)


def test_a_worker_tags_all_who_match_and_twice_is_once(aroma: Merchant, carla: Customer, dario: Customer) -> None:
    wanted = CustomerFilter(text="zhang", joined_from=now(aroma) - timedelta(days=1), external=None)
    assert CustomerFilter.of_json(wanted.as_json()) == wanted
    for _ in range(2):
        tag_matching(aroma.pk, wanted.as_json(), "VIP", True, {"kind": "staff", "id": 1, "name": "Ana"})
    assert [each.customer_id for each in CustomerTag.objects.filter(merchant=aroma)] == [carla.pk]
    assert Event.objects.filter(merchant=aroma, type="customers.customer_tagged").count() == 1


def test_traits_are_written_only_where_they_differ(carla: Customer, rival_carla: Customer) -> None:
    values: dict[int, str | int | float | bool] = {carla.pk: "at_risk", rival_carla.pk: "at_risk"}
    assert set_traits(carla.merchant, "churn_band", values, source="analytics") == 1
    assert set_traits(carla.merchant, "churn_band", values, source="analytics") == 0
    assert set_traits(carla.merchant, "churn_band", {carla.pk: "safe"}, source="analytics") == 1
    assert Trait.objects.get(merchant=carla.merchant).value == "safe"
    assert not Trait.objects.filter(merchant=rival_carla.merchant).exists()


def test_fields_are_merged_and_cleared_by_key(aroma: Merchant, carla: Customer) -> None:
    define_custom_field(aroma, key="tea", label="Tea", kind="text", by=SYSTEM)
    define_custom_field(aroma, key="cups", label="Cups", kind="number", by=SYSTEM)
    update_customer(carla, by=SYSTEM, custom={"tea": "乌龙", "cups": "3"})
    update_customer(carla, by=SYSTEM, custom={"tea": None})
    carla.refresh_from_db()
    assert carla.custom == {"cups": 3}
    with pytest.raises(InvalidValues):
        update_customer(carla, by=SYSTEM, custom={"unknown": 1})


def test_a_note_of_somebody_else_is_not_there(carla: Customer, dario: Customer) -> None:
    with pytest.raises(NotFound):
        remove_note(carla, note_id=12345, by=SYSTEM)


def test_old_codes_are_forgotten(aroma: Merchant) -> None:
    send_sign_in_code(aroma, identity="a@example.com")
    prune_codes()
    assert OneTimeCode.objects.filter(merchant=aroma).count() == 1
    OneTimeCode.objects.filter(merchant=aroma).update(expires_at=world_now() - timedelta(days=3))
    assert forget_old_codes() == 1


def test_codes_are_kept_as_hashes(aroma: Merchant) -> None:
    sent = send_sign_in_code(aroma, identity="a@example.com")
    row = OneTimeCode.objects.get(merchant=aroma)
    assert (sent.shown_code, row.shown_code) == ("", "")
    assert len(row.code_hash) == 64
