"""/api/v1: consents and tags of customers."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema

from customers.actions import give_consent, tag_customer, untag_customer, withdraw_consent
from customers.api.customers import customer_of
from customers.api.shapes import (
    ConsentInput,
    ConsentList,
    TagInput,
    TagList,
    TagNames,
    present_consent,
)
from customers.models import Customer
from customers.queries import consents_of, standing_consents, tag_counts, tags_on
from customers.rules.consents import CHANNELS_OF
from merchants.frames.endpoint import Answer, ApiRequest, Endpoint
from merchants.roles import Scope

_HISTORY = 100


def _consents(customer: Customer) -> dict[str, object]:
    standing = standing_consents(customer)
    return {
        "standing": [
            {"purpose": purpose, "channel": channel, "is_given": standing.get((purpose, channel), False)}
            for purpose, channels in CHANNELS_OF.items()
            for channel in channels
        ],
        "history": [present_consent(each) for each in consents_of(customer)[:_HISTORY]],
    }


def _tags(customer: Customer) -> dict[str, object]:
    return {"tags": [tag.name for tag in tags_on(customer)]}


class CustomerConsents(Endpoint):
    scopes = {"GET": Scope.CUSTOMERS_READ, "POST": Scope.CUSTOMERS_WRITE}

    @extend_schema(
        operation_id="customers_consents_list",
        summary="What a customer agreed to",
        tags=["Consents"],
        responses={200: ConsentList},
    )
    def get(self, request: ApiRequest, customer_id: str) -> Answer:
        return Answer(_consents(customer_of(request, customer_id)))

    @extend_schema(
        operation_id="customers_consents_decide",
        summary="Record that a customer agreed or took it back",
        description="Append-only. A decision that changes nothing adds no row.",
        tags=["Consents"],
        request=ConsentInput,
        responses={200: ConsentList},
    )
    def post(self, request: ApiRequest, customer_id: str) -> Answer:
        customer = customer_of(request, customer_id)
        body = self.body(ConsentInput)
        if body.decision == "given":
            give_consent(
                customer,
                purpose=body.purpose,
                channel=body.channel,
                text_version=body.text_version,
                source=body.source,
                occurred_at=body.occurred_at,
                by=request.actor,
            )
        else:
            withdraw_consent(
                customer,
                purpose=body.purpose,
                channel=body.channel,
                source=body.source,
                occurred_at=body.occurred_at,
                by=request.actor,
            )
        return Answer(_consents(customer))


class CustomerTags(Endpoint):
    scopes = {"POST": Scope.CUSTOMERS_WRITE}

    @extend_schema(
        operation_id="customers_tags_add",
        summary="Tag a customer",
        tags=["Tags"],
        request=TagInput,
        responses={200: TagNames},
    )
    def post(self, request: ApiRequest, customer_id: str) -> Answer:
        customer = customer_of(request, customer_id)
        tag_customer(customer, tag=self.body(TagInput).tag, by=request.actor)
        return Answer(_tags(customer))


class CustomerTag(Endpoint):
    scopes = {"DELETE": Scope.CUSTOMERS_WRITE}

    @extend_schema(
        operation_id="customers_tags_remove",
        summary="Take a tag off a customer",
        tags=["Tags"],
        responses={200: TagNames},
    )
    def delete(self, request: ApiRequest, customer_id: str, tag: str) -> Answer:
        customer = customer_of(request, customer_id)
        untag_customer(customer, tag=tag, by=request.actor)
        return Answer(_tags(customer))


class TagIndex(Endpoint):
    scopes = {"GET": Scope.CUSTOMERS_READ}

    @extend_schema(
        operation_id="tags_list",
        summary="List the shop's tags",
        tags=["Tags"],
        responses={200: TagList},
    )
    def get(self, request: ApiRequest) -> Answer:
        return Answer({"data": tag_counts(request.merchant)})
