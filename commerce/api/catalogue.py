"""/api/v1: products, and what a customer bought at a glance. Orders earn points: their door is loyalty's."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema

from commerce.api.shapes import (
    ProductPage,
    ProductQuery,
    ProductShape,
    PurchaseSummaryShape,
    present_product,
    present_summary,
)
from commerce.queries import get_product, products_in, products_of, summary_of
from customers.queries import get_customer
from merchants.frames.cursors import cursor_page
from merchants.frames.endpoint import Answer, ApiRequest, Endpoint
from merchants.frames.openapi import query_parameters
from merchants.frames.public_ids import read_public_id
from merchants.roles import Scope


class ProductList(Endpoint):
    scopes = {"GET": Scope.ORDERS_READ}

    @extend_schema(
        operation_id="products_list",
        summary="List products",
        description="Newest first. Products appear with the first order that names them.",
        tags=["Products"],
        parameters=query_parameters(ProductQuery),
        responses={200: ProductPage},
    )
    def get(self, request: ApiRequest) -> Answer:
        query = self.query(ProductQuery)
        rows = products_of(request.merchant)
        if query.category is not None:
            rows = products_in(request.merchant, query.category)
        if query.sku is not None:
            rows = rows.filter(sku=query.sku)
        return Answer(cursor_page(request, rows, present=present_product))


class ProductDetail(Endpoint):
    scopes = {"GET": Scope.ORDERS_READ}

    @extend_schema(
        operation_id="products_get", summary="Get a product", tags=["Products"], responses={200: ProductShape}
    )
    def get(self, request: ApiRequest, product_id: str) -> Answer:
        return Answer(present_product(get_product(request.merchant, read_public_id("prd", product_id))))


class CustomerPurchases(Endpoint):
    scopes = {"GET": Scope.ORDERS_READ}

    @extend_schema(
        operation_id="customers_purchases_get",
        summary="What a customer bought, at a glance",
        tags=["Orders"],
        responses={200: PurchaseSummaryShape},
    )
    def get(self, request: ApiRequest, customer_id: str) -> Answer:
        customer = get_customer(request.merchant, read_public_id("cus", customer_id))
        return Answer(present_summary(summary_of(customer), request.merchant.currency))
