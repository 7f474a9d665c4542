"""The demo's shops, who works there, and the members worth looking at."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404, HttpRequest

from customers.models import Customer
from customers.queries import get_customer, live_customers
from loyalty.queries.programme import find_version_in_force
from loyalty_platform.demo_data.people import TEAMS
from merchants.errors import NotFound
from merchants.frames.public_ids import read_public_id
from merchants.models import Actor, Merchant, StaffMember
from merchants.queries import team_of

# Who did it, when a page of the demo did: stands in ledgers and audit logs.
DEMO = Actor(kind="system", name="Demo")
_SHOWN_MEMBERS = 8


def demo_shops() -> list[Merchant]:
    """The shops that `load_demo` made, in its order; empty before it ran."""
    return list(Merchant.objects.filter(slug__in=TEAMS).defer("logo").order_by("pk"))


def chosen_shop(request: HttpRequest) -> Merchant | None:
    """The shop that `?shop=` or the form names, else the first; 404 for one that is not the demo's."""
    shops = demo_shops()
    wanted = request.POST.get("shop") or request.GET.get("shop")
    if not wanted:
        return shops[0] if shops else None
    for shop in shops:
        if shop.slug == wanted:
            return shop
    raise Http404


def get_shop(request: HttpRequest) -> Merchant:
    shop = chosen_shop(request)
    if shop is None:
        raise Http404
    return shop


def find_colleague(merchant: Merchant, role: str) -> StaffMember | None:
    """The first of the shop's team in this role."""
    membership = team_of(merchant).filter(role=role).order_by("pk").first()
    return membership.staff if membership else None


def shown_members(merchant: Merchant) -> QuerySet[Customer]:
    """A few members with a story: bought lately, and with a tier above the first to gain or to lose."""
    members = live_customers(merchant).filter(purchase_summary__merchant=merchant, purchase_summary__orders__gt=1)
    version = find_version_in_force(merchant)
    if version is not None and len(version.parsed().ladder.tiers) > 2:
        middle = [tier.code for tier in version.parsed().ladder.tiers[1:-1]]
        risen = members.filter(tier_standing__merchant=merchant, tier_standing__tier__in=middle)
        members = risen if risen.exists() else members
    return members.order_by("-purchase_summary__last_purchase_at", "pk")[:_SHOWN_MEMBERS]


def chosen_member(request: HttpRequest, merchant: Merchant) -> Customer | None:
    """The member that `?member=` or the form names, else the first of those shown."""
    wanted = request.POST.get("member") or request.GET.get("member")
    if not wanted:
        return shown_members(merchant).first()
    try:
        return get_customer(merchant, read_public_id("cus", wanted))
    except NotFound as absent:
        raise Http404 from absent
