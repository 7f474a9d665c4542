"""One of everything that a shop can have, by the name that routes give its identifier."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from aftersales.actions.attachments import store_attachment
from aftersales.actions.desk import add_macro, open_desk
from aftersales.actions.goodwill import grant_goodwill
from aftersales.actions.opening import NewTicket, open_ticket
from aftersales.actions.post_mortems import Learnt, write_post_mortem
from aftersales.models import RootCause
from aftersales.queries.desk import calendar_version, categories_of, causes_of, statuses_of
from analytics.actions.exports import ask_export
from analytics.actions.membership import fill_segment
from analytics.actions.runs import request_run
from analytics.actions.segments import create_segment
from analytics.models import ExportFormat, RunKind
from analytics.rules.segment_tree import of_json
from commerce.models import Order, Product
from customers.actions.custom_fields import define_custom_field
from customers.actions.notes import add_note
from customers.actions.profiles import link_external_id
from customers.actions.saved_views import save_view
from customers.models import Customer
from events.actions import record
from events.actions.keys import issue_api_key
from events.actions.team import invite_staff
from events.facts import ShopOpened
from events.models import Delivery
from loyalty.actions.grants import ask_adjustment
from loyalty.actions.holds import hold_points
from loyalty.actions.purchases import record_orders
from loyalty.models import Entry
from merchants.clock import now
from merchants.frames.public_ids import public_id
from merchants.models import SYSTEM, Actor, Membership, Merchant
from tests.aftersales.pages import PNG
from tests.cast import a_line, a_purchase

# What a route names that is no object of a shop: a word, looked up in what the request may already see.
WORDS = {
    "shop": "the shop itself: its own test below",
    "code": "the code of a refusal",
    "kind": "phone or email, of the member who is signed in",
    "source": "with the external id",
    "tag": "a word on a customer of one's own",
    "token": "a secret that names its own shop",
    "number": "the shop's own numbering: of a version, a step, a page",
    "report": "the key of a report, which every shop has",
}


def possessions_of(shop: Merchant, customer: Customer) -> dict[str, str]:
    """{"customer": "cus_…", "key": "key_…", …}: every value leads to a row of `shop`."""
    owner = Membership.objects.filter(merchant=shop, role="owner").select_related("staff")[0]
    by = Actor("staff", owner.staff_id, "Owner")
    order, product, entry = _bought(shop, customer)
    key, _ = issue_api_key(shop, name="till", scopes=["orders:read"], by=by)
    invitation, _ = invite_staff(shop, email="new@shop.example", role="cashier", inviter=owner.staff, by=by)
    event = record(shop, ShopOpened(name="again"), about=None, by=by)
    delivery = Delivery.objects.create(merchant=shop, event_id=event, listener="x", state="dead", due_at=now(shop))
    hold = hold_points(customer, points=1, reference="h1", by=by)
    link_external_id(customer, source="shop", external_id=f"X-{customer.pk}", by=by)
    adjustment = ask_adjustment(customer, points=5000, reason="Large", by=by)
    return _by_route_name(
        customer=public_id("cus", customer.pk),
        order=public_id("ord", order.pk),
        product=public_id("prd", product.pk),
        entry=public_id("ent", entry.pk),
        hold=public_id("hld", hold.pk),
        adjustment=public_id("adj", adjustment.pk),
        key=public_id("key", key.pk),
        invitation=public_id("inv", invitation.pk),
        member=public_id("mem", owner.pk),
        delivery=public_id("dlv", delivery.pk),
        external=f"X-{customer.pk}",
        view=str(save_view(shop, name="All", query="q=a", by=by).pk),
        field=str(define_custom_field(shop, key=f"size{customer.pk}", label="Size", kind="text", by=by).pk),
        **_at_the_desk(shop, customer, by),
        **_desk_settings(shop, customer, by),
        **_learnt(shop, customer, by),
        note=str(add_note(customer, text="Hello", by=by).pk),
    )


def _desk_settings(shop: Merchant, customer: Customer, by: Actor) -> dict[str, str]:
    open_desk(shop, by=by)
    macro = add_macro(shop, name=f"Hello {customer.pk}", steps={"reply": "Hello"}, by=by)
    return {
        "status": str(statuses_of(shop)[0].pk),
        "category": str(categories_of(shop)[0].pk),
        "cause": str(causes_of(shop)[0].pk),
        "calendar": str(calendar_version(shop, "default").pk),
        "macro": str(macro.pk),
    }


def _at_the_desk(shop: Merchant, customer: Customer, by: Actor) -> dict[str, str]:
    """A complaint with a photo, a grant, and what was learnt from it."""
    member = Actor("member", customer.pk, customer.display_name)
    photo = store_attachment(shop, name="tin.png", content=PNG, by=member)
    new = NewTicket(subject="裂了", body="裂了", channel="portal", customer=customer, attachments=[photo.pk])
    ticket = open_ticket(shop, new, by=member)
    grant = grant_goodwill(ticket, points=5, reason="damaged", by=by, reference=f"g-{customer.pk}")
    day = now(shop).date()
    learnt = Learnt(
        RootCause.objects.filter(merchant=shop)[0], "Thin box", "Thicker box",
        Membership.objects.filter(merchant=shop, role="owner").select_related("staff")[0], day, day + timedelta(days=30),
    )  # fmt: skip
    post_mortem = write_post_mortem(ticket, learnt, by=by)
    return {
        "post_mortem": public_id("pmo", post_mortem.pk),
        "ticket": public_id("tkt", ticket.pk),
        "attachment": public_id("att", photo.pk),
        "grant": public_id("grt", grant.pk),
    }


def _learnt(shop: Merchant, customer: Customer, by: Actor) -> dict[str, str]:
    """A segment with its members, a run of a model that waits, and a file that was asked for."""
    segment = create_segment(shop, name=f"Buyers {customer.pk}", tree=of_json({"kind": "orders", "at_least": 1}), by=by)
    fill_segment(segment)
    day = now(shop).date().isoformat()
    export = ask_export(
        shop,
        subject="report:active",
        options={"first": day, "last": day},
        format=ExportFormat.CSV,
        in_clear=False,
        by=by,
    )
    return {
        "segment": public_id("seg", segment.pk),
        "run": public_id("run", request_run(shop, kind=RunKind.CHURN, by=by).pk),
        "export": public_id("exp", export.pk),
    }


def _bought(shop: Merchant, customer: Customer) -> tuple[Order, Product, Entry]:
    line = a_line(100, sku="TEA-1", name="Tea")
    number = f"A-{customer.pk}"
    purchase = a_purchase(number, customer, line, at=now(shop), currency=shop.currency)
    record_orders(shop, [purchase], by=SYSTEM)
    return (
        Order.objects.get(merchant=shop, number=number),
        Product.objects.get(merchant=shop, sku="TEA-1"),
        Entry.objects.filter(merchant=shop, account__customer=customer).order_by("pk")[0],
    )


def _by_route_name(**values: str) -> dict[str, Any]:
    """Routes say `customer` in the dashboard and `customer_id` in the API."""
    return values | {f"{name}_id": value for name, value in values.items()}
