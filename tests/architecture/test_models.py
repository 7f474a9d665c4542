"""Every row belongs to a merchant, and says so in the database."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection, models

from merchants.tenancy import TenantModel
from tests.architecture.source import APPS

# Rows that stand above or outside the tenants, each with its reason.
NOT_TENANTS = {
    "merchants.Merchant": "is the tenant",
    "merchants.StaffMember": "a person, who may work in several shops",
}

# References that no composite key holds, each with its reason.
TEAM = "the team of the live shop works in its sandbox twin as well; actions look who belongs to the shop"
HELD_OTHERWISE = {
    "aftersales.Advisor.membership": TEAM,
    "aftersales.Grant.asked_by": TEAM,
    "aftersales.InboxView.owner": TEAM,
    "aftersales.Macro.owner": TEAM,
    "aftersales.Message.author_membership": TEAM,
    "aftersales.PostMortem.owner": TEAM,
    "aftersales.Satisfaction.agent": TEAM,
    "aftersales.Ticket.advisor": TEAM,
    "aftersales.Ticket.assignee": TEAM,
    "aftersales.TicketLine.order_line": "lines are too many to carry one more index; an action takes only the order's own",
    "loyalty.Award.version": "every order of a shop names the same row: a key-share lock on it would be the hottest of all",
    "loyalty.Entry.award": "both are written by one call of one SQL function, which gives the id itself",
}


def our_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model._meta.app_label in APPS]


@pytest.mark.parametrize("model", our_models(), ids=lambda model: model._meta.label)
def test_a_model_is_a_tenant_s_or_on_the_short_list(model: type[models.Model]) -> None:
    assert issubclass(model, TenantModel) or model._meta.label in NOT_TENANTS


def test_the_short_list_names_only_what_exists() -> None:
    assert set(NOT_TENANTS) <= {model._meta.label for model in our_models()}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "model", [model for model in our_models() if issubclass(model, TenantModel)], ids=lambda model: model._meta.label
)
def test_a_reference_to_another_tenant_row_carries_the_merchant(model: type[models.Model]) -> None:
    """A composite foreign key stands behind each ForeignKey between tenants' tables."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f' AND cardinality(conkey) = 2",
            [model._meta.db_table],
        )
        composite = {name for (name,) in cursor.fetchall()}
    for field in model._meta.get_fields():
        if not isinstance(field, models.ForeignKey) or not issubclass(field.related_model, TenantModel):
            continue
        if field.related_model is model and getattr(field, "db_constraint", True):
            continue  # a row's own kin is reached only through the row, and its plain constraint holds
        if f"{model._meta.label}.{field.name}" in HELD_OTHERWISE:
            continue
        assert f"{model._meta.db_table}_{field.name}_same_merchant"[:63] in composite, field.name
