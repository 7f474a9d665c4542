"""/api/v1/customers/{id}: what a member has, their ledger, gifts; and what an order would earn."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema

from commerce.actions.purchases import Purchase
from loyalty.actions.grants import grant_bonus
from loyalty.api.account_shapes import (
    WALLETS,
    AccountShape,
    EntryPage,
    EntryQuery,
    EntryShape,
    GrantInput,
    QuoteInput,
    QuoteShape,
    present_account,
    present_entry,
    present_quote,
)
from loyalty.api.references import customer_named, member_of, member_unread
from loyalty.queries.balances import balance_of, entries_of, get_entry
from loyalty.queries.quotes import quote
from loyalty.rules.kinds import Kind
from merchants.clock import now
from merchants.frames.cursors import cursor_page
from merchants.frames.endpoint import Answer, ApiRequest, Endpoint
from merchants.frames.openapi import query_parameters
from merchants.frames.public_ids import read_public_id
from merchants.roles import Scope

_TAGS = ["Points"]


class CustomerAccount(Endpoint):
    scopes = {"GET": Scope.POINTS_READ}

    @extend_schema(
        operation_id="accounts_get", summary="A member's balance and tier", tags=_TAGS, responses={200: AccountShape}
    )
    def get(self, request: ApiRequest, customer_id: str) -> Answer:
        member = member_unread(request.merchant, customer_id)
        return Answer(present_account(member.pk, balance_of(member)))


class CustomerEntries(Endpoint):
    scopes = {"GET": Scope.POINTS_READ}

    @extend_schema(
        operation_id="entries_list",
        summary="A member's ledger",
        description="One wallet's postings, newest first.",
        tags=_TAGS,
        parameters=query_parameters(EntryQuery),
        responses={200: EntryPage},
    )
    def get(self, request: ApiRequest, customer_id: str) -> Answer:
        query = self.query(EntryQuery)
        rows = entries_of(member_of(request.merchant, customer_id), wallet=WALLETS[query.wallet])
        if query.kind is not None:
            rows = rows.filter(kind=query.kind)
        return Answer(cursor_page(request, rows.select_related("account", "award", "lot"), present=present_entry))


class EntryDetail(Endpoint):
    scopes = {"GET": Scope.POINTS_READ}

    @extend_schema(operation_id="entries_get", summary="Get a ledger entry", tags=_TAGS, responses={200: EntryShape})
    def get(self, request: ApiRequest, entry_id: str) -> Answer:
        return Answer(present_entry(get_entry(request.merchant, read_public_id("ent", entry_id))))


class CustomerGrants(Endpoint):
    scopes = {"POST": Scope.POINTS_WRITE}

    @extend_schema(
        operation_id="grants_create",
        summary="Give a member points",
        description="A bonus or goodwill. The same reference with the same points again gives the first entry; with other "
        "points it is refused (`reference_conflict`).",
        tags=_TAGS,
        request=GrantInput,
        responses={201: EntryShape},
    )
    def post(self, request: ApiRequest, customer_id: str) -> Answer:
        member = member_of(request.merchant, customer_id)
        body = self.body(GrantInput)
        entry = grant_bonus(
            member,
            points=body.points,
            kind=Kind(body.kind),
            # A name of its own: an integrator's "order:A-1" must not stand where that order's award would.
            reference=f"grant:{body.reference}",
            by=request.actor,
            reason=body.reason,
        )
        return Answer(present_entry(entry), status=201)


class Quotes(Endpoint):
    scopes = {"POST": Scope.POINTS_READ}

    @extend_schema(
        operation_id="quotes_create",
        summary="What an order would earn",
        description="The live path's own arithmetic on the member's present tier. Nothing is written.",
        tags=_TAGS,
        request=QuoteInput,
        responses={200: QuoteShape},
    )
    def post(self, request: ApiRequest) -> Answer:
        body = self.body(QuoteInput)
        customer = customer_named(request.merchant, body.customer)
        at = now(request.merchant)
        purchase = Purchase(
            "quote", customer.pk if customer is not None else None, at, at, body.currency, [line.line() for line in body.lines],
            channel=body.channel, discount_minor=body.discount_minor, shipping_minor=body.shipping_minor,
        )  # fmt: skip
        return Answer(present_quote(quote(request.merchant, customer, purchase), body.currency))
