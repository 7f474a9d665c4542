"""Groups that are there are found and told in words; where there are none, none is offered."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from django.utils import translation

from analytics.actions.clusters import request_clusters
from analytics.errors import GroupsNotOffered
from analytics.models import Clustering, ClusterMember
from analytics.queries.clusters import FEATURES, customers_in_cluster, group_in_words, groups_of, latest_clustering
from analytics.science.clusters import find_groups
from analytics.science.columns import Columns
from analytics.training_tasks import find_clusters
from customers.actions import NewCustomer, register_customers
from customers.models import Customer
from events.models import Event
from loyalty.actions.purchases import record_orders
from merchants.clock import now
from merchants.models import SYSTEM, Merchant
from tests.cast import a_line, a_purchase


def two_kinds(seed: int = 1, size: int = 150) -> Columns:
    """Regulars who buy in the store, and one-time bargain hunters online."""
    draw = np.random.default_rng(seed)
    regular = {
        "days_since_last": draw.integers(1, 20, size), "orders": draw.integers(20, 40, size),
        "spend_minor": draw.integers(200_000, 400_000, size), "categories": draw.integers(4, 8, size),
        "discount_share": draw.uniform(0, 0.05, size), "store_share": draw.uniform(0.9, 1, size),
    }  # fmt: skip
    hunter = {
        "days_since_last": draw.integers(200, 400, size), "orders": draw.integers(1, 3, size),
        "spend_minor": draw.integers(2_000, 8_000, size), "categories": draw.integers(1, 2, size),
        "discount_share": draw.uniform(0.3, 0.5, size), "store_share": draw.uniform(0, 0.05, size),
    }  # fmt: skip
    columns = {name: np.concatenate([regular[name], hunter[name]]).astype(np.float64) for name in regular}
    return {"id": np.arange(1, 2 * size + 1).astype(np.float64), **columns}


def test_two_kinds_of_customers_are_two_groups() -> None:
    found = find_groups(two_kinds(), FEATURES, tried=(2, 3, 4))
    assert found is not None
    assert found.k == 2
    assert next(each for each in found.candidates if each.k == 2).stability > 0.99
    assert [group.customers for group in found.groups] == [150, 150]
    assert set(found.numbers[:150]) == {1}  # the regulars spend more
    assert {each["direction"] for each in found.groups[0].differences if each["feature"] == "orders"} <= {"higher"}


def test_the_order_of_rows_means_nothing() -> None:
    columns = two_kinds()
    shuffled = np.random.default_rng(9).permutation(len(columns["id"]))
    first = find_groups(columns, FEATURES, tried=(2, 3))
    again = find_groups({name: values[shuffled] for name, values in columns.items()}, FEATURES, tried=(2, 3))
    assert first is not None
    assert again is not None
    assert first.candidates == again.candidates
    assert first.groups == again.groups
    assert (first.ids == again.ids).all()
    assert (first.numbers == again.numbers).all()


def test_one_cloud_offers_no_groups() -> None:
    draw = np.random.default_rng(3)
    cloud = {name: np.exp(draw.normal(3, 1, 400)) if scale == "log" else draw.uniform(0, 1, 400)
             for name, scale in FEATURES.items()}  # fmt: skip
    found = find_groups({"id": np.arange(400.0), **cloud}, FEATURES, tried=(4, 5, 6))
    assert found is not None
    assert (found.k, found.groups) == (0, [])
    assert not any(each.offered for each in found.candidates)


def test_too_few_customers_have_no_groups(aroma: Merchant, carla: Customer) -> None:
    search = request_clusters(aroma, by=SYSTEM)
    assert request_clusters(aroma, by=SYSTEM).pk == search.pk
    assert find_clusters(aroma.pk)
    assert not find_clusters(aroma.pk)
    search.refresh_from_db()
    assert (search.state, search.k) == ("too_few", None)
    assert not ClusterMember.objects.filter(merchant=aroma).exists()


@pytest.mark.django_db(transaction=False)
def test_a_shop_s_groups_are_kept_and_said_in_words(aroma: Merchant, borough: Merchant) -> None:
    people = [NewCustomer(number=f"G{n:04}", name=f"G {n}") for n in range(240)]
    register_customers(aroma, people, by=SYSTEM)
    customers = list(Customer.objects.filter(merchant=aroma, number__startswith="G").order_by("number"))
    at = now(aroma)
    orders = []
    for n, customer in enumerate(customers):
        for k in range(8 if n % 2 else 1):
            yuan = 300 + n % 7 * 10 if n % 2 else 20 + n % 5
            when = at - timedelta(days=k * 5 + 1 if n % 2 else 300 + n % 9)
            channel = "store" if n % 2 else "online"
            orders.append(a_purchase(f"G-{n}-{k}", customer, a_line(yuan), at=when, channel=channel))
    record_orders(aroma, orders, by=SYSTEM, deliver=False)
    request_clusters(aroma, by=SYSTEM)
    assert find_clusters(aroma.pk)

    found = latest_clustering(aroma)
    assert found is not None
    assert found.state == "found"
    groups = groups_of(found)
    with translation.override("en"):
        words = group_in_words(groups[0])
    assert words.sentences[0].startswith("They ")
    assert sum(group.customers for group in groups) == 240
    best = customers_in_cluster(groups[0])
    assert best.count() == groups[0].customers
    assert {int(customer.number[1:]) % 2 for customer in best} == {1}
    assert Event.objects.filter(merchant=aroma, type="analytics.clusters_found").count() == 1
    assert not Clustering.objects.filter(merchant=borough).exists()
    with pytest.raises(GroupsNotOffered):
        request_clusters(aroma, by=SYSTEM, k=99)
