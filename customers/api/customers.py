"""/api/v1/customers: create, list, get, update, upsert by external id, archive."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema

from customers.actions import (
    NewCustomer,
    archive_customer,
    register_customer,
    restore_customer,
    update_customer,
    upsert_customer,
)
from customers.api.shapes import (
    PREFETCHED,
    ArchiveInput,
    CustomerChanges,
    CustomerInput,
    CustomerPage,
    CustomerQuery,
    CustomerShape,
    CustomerUpsert,
    present_customer,
)
from customers.models import Customer
from customers.queries import CustomerFilter, customers_matching, find_customer, get_customer
from merchants.errors import InvalidValue, NotFound
from merchants.frames.cursors import cursor_page
from merchants.frames.endpoint import Answer, ApiRequest, Endpoint
from merchants.frames.openapi import query_parameters
from merchants.frames.public_ids import read_public_id
from merchants.roles import Scope

_TAGS = ["Customers"]


def customer_of(request: ApiRequest, public: str) -> Customer:
    """The caller's customer with this public id, or NotFound."""
    return get_customer(request.merchant, read_public_id("cus", public))


class CustomerList(Endpoint):
    scopes = {"GET": Scope.CUSTOMERS_READ, "POST": Scope.CUSTOMERS_WRITE}

    @extend_schema(
        operation_id="customers_list",
        summary="List customers",
        description="Newest first, or by `updated_at` with `updated_since`.",
        tags=_TAGS,
        parameters=query_parameters(CustomerQuery),
        responses={200: CustomerPage},
    )
    def get(self, request: ApiRequest) -> Answer:
        query = self.query(CustomerQuery)
        if (query.source is None) != (query.external_id is None):
            raise InvalidValue("external_id", _("Give source and external_id together."), code="external_id_invalid")
        rows = customers_matching(
            request.merchant,
            CustomerFilter(
                text=query.q,
                tags=(query.tag,) if query.tag else (),
                email=query.email,
                phone=query.phone,
                number=query.number,
                external=(query.source, query.external_id) if query.source and query.external_id else None,
                updated_since=query.updated_since,
                archived=query.archived,
            ),
        ).prefetch_related(*PREFETCHED)
        order = ["-id"] if query.updated_since is None else ["updated_at", "id"]
        return Answer(cursor_page(request, rows, order=order, present=present_customer))

    @extend_schema(
        operation_id="customers_create",
        summary="Register a customer",
        tags=_TAGS,
        request=CustomerInput,
        responses={201: CustomerShape},
    )
    def post(self, request: ApiRequest) -> Answer:
        body = self.body(CustomerInput)
        new = NewCustomer(
            **{name: value for name, value in body.changes().items() if value is not None},
            number=body.number or "",
            external_ids=tuple((each.source, each.external_id) for each in body.external_ids),
            source=body.source,
            joined_at=body.joined_at,
        )
        return Answer(present_customer(register_customer(request.merchant, new, by=request.actor)), status=201)


class CustomerDetail(Endpoint):
    scopes = {"GET": Scope.CUSTOMERS_READ, "PATCH": Scope.CUSTOMERS_WRITE}

    @extend_schema(operation_id="customers_get", summary="Get a customer", tags=_TAGS, responses={200: CustomerShape})
    def get(self, request: ApiRequest, customer_id: str) -> Answer:
        return Answer(present_customer(customer_of(request, customer_id)))

    @extend_schema(
        operation_id="customers_update",
        summary="Change a customer",
        tags=_TAGS,
        request=CustomerChanges,
        responses={200: CustomerShape},
    )
    def patch(self, request: ApiRequest, customer_id: str) -> Answer:
        customer = customer_of(request, customer_id)
        changed = update_customer(customer, by=request.actor, **self.body(CustomerChanges).changes())
        return Answer(present_customer(changed))


class CustomerByExternalId(Endpoint):
    scopes = {"GET": Scope.CUSTOMERS_READ, "PUT": Scope.CUSTOMERS_WRITE}

    @extend_schema(
        operation_id="customers_get_by_external_id",
        summary="Get a customer by another system's id",
        tags=_TAGS,
        responses={200: CustomerShape},
    )
    def get(self, request: ApiRequest, source: str, external_id: str) -> Answer:
        customer = find_customer(request.merchant, external=(source, external_id))
        if customer is None:
            raise NotFound()
        return Answer(present_customer(customer))

    @extend_schema(
        operation_id="customers_upsert_by_external_id",
        summary="Register or bring up to date by another system's id",
        description="Saying it twice does it once: 201 when the customer is new, 200 otherwise.",
        tags=_TAGS,
        request=CustomerUpsert,
        responses={
            200: OpenApiResponse(CustomerShape, description="Brought up to date"),
            201: OpenApiResponse(CustomerShape, description="Registered"),
        },
    )
    def put(self, request: ApiRequest, source: str, external_id: str) -> Answer:
        body = self.body(CustomerUpsert)
        customer, is_new = upsert_customer(
            request.merchant,
            source=source,
            external_id=external_id,
            changes=body.changes(),
            link_existing=body.link_existing,
            by=request.actor,
        )
        return Answer(present_customer(customer), status=201 if is_new else 200)


class CustomerArchive(Endpoint):
    scopes = {"POST": Scope.CUSTOMERS_WRITE}

    @extend_schema(
        operation_id="customers_archive",
        summary="Archive a customer",
        description="Out of lists; history stays; phone and e-mail are free again. Archiving twice is archiving once.",
        tags=_TAGS,
        request=ArchiveInput,
        responses={200: CustomerShape},
    )
    def post(self, request: ApiRequest, customer_id: str) -> Answer:
        customer = customer_of(request, customer_id)
        reason = self.body(ArchiveInput).reason
        return Answer(present_customer(archive_customer(customer, reason=reason, by=request.actor)))


class CustomerRestore(Endpoint):
    scopes = {"POST": Scope.CUSTOMERS_WRITE}

    @extend_schema(
        operation_id="customers_restore",
        summary="Restore an archived customer",
        tags=_TAGS,
        request=None,
        responses={200: CustomerShape},
    )
    def post(self, request: ApiRequest, customer_id: str) -> Answer:
        return Answer(present_customer(restore_customer(customer_of(request, customer_id), by=request.actor)))
