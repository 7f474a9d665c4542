"""The grocer's shop from its opening to this morning's work."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet

from customers.actions import add_note, tag_customers
from customers.models import Customer
from customers.queries import live_customers
from loyalty.actions.grants import ask_adjustment, grant_bonus
from loyalty.actions.holds import hold_points
from loyalty.actions.nights import close_day
from loyalty.actions.programme import save_draft
from loyalty.queries.nights import latest_reconciliation
from loyalty.rules.kinds import Kind, Wallet
from loyalty.rules.terms import Terms
from loyalty_platform.demo_data import desk_english, insight, journey
from loyalty_platform.demo_data.desk import make_desk
from loyalty_platform.demo_data.grocer import BASKETS, HOUSEHOLDS, ZONE, shift_for
from loyalty_platform.demo_data.people import actor_in, make_demo_key
from loyalty_platform.demo_data.progress import Progress
from loyalty_platform.demo_data.replay import Replay, replay
from merchants.clock import world_now
from merchants.models import Merchant
from merchants.roles import Role


def load_journey(households: int | None = None, *, processes: int, silent: bool, say: Callable[[str], object]) -> None:
    """Load it whole, or go on where an interrupted run stopped."""
    yesterday = world_now().astimezone(ZONE).date() - timedelta(days=1)
    shift = shift_for(yesterday)
    merchant = journey.open_shop(shift)
    customer_ids = journey.register_households(merchant, shift, households=households)
    share = len(customer_ids) / HOUSEHOLDS
    progress = Progress("orders", round(BASKETS * share), silent=silent)
    plan = Replay.of(merchant, customer_ids, shift, months=journey.TERMS["ladder"]["window_months"])
    outcome = replay(plan, progress, processes=processes)
    close_day(merchant)
    progress.finish()
    this_morning(merchant)
    proof = latest_reconciliation(merchant)
    if not silent:
        say(
            f"  {outcome.orders:,} orders with {outcome.lines:,} lines in {progress.seconds:.1f} s; "
            f"{outcome.lots_expired:,} lots expired, {outcome.tiers_changed:,} tiers changed at night; "
            f"{sum(outcome.refused.values()):,} refused {outcome.refused or ''}; "
            f"{proof.fault_count if proof else '?'} faults in the books"
        )


@transaction.atomic
def this_morning(merchant: Merchant) -> None:
    """What the team has on its desk today; with it the developer's key, which says that the shop is whole."""
    support, marketer = actor_in(merchant, Role.SUPPORT), actor_in(merchant, Role.MARKETER)
    regulars = list(_regulars(merchant)[:6])
    if len(regulars) >= 6:
        ann, bob, cem, dee, eli, fay = regulars
        add_note(ann, text="Called about the parking lot. Prefers e-mail over the phone.", by=support)
        grant_bonus(
            ann, points=200, kind=Kind.GOODWILL, reference="goodwill-parking", by=support,
            reason="The parking lot was closed on her way in",
        )  # fmt: skip
        ask_adjustment(bob, points=2500, reason="Two baskets of October were rung up without his card", by=support)
        ask_adjustment(cem, points=150, reason="Card was not read at the self-checkout", by=support)
        ask_adjustment(dee, points=-100, reason="A neighbour's basket was rung up on her card", by=support)
        hold_points(
            eli, points=500, reference="online-48213", by=actor_in(merchant, Role.CASHIER), minutes=3 * 24 * 60,
            description="Online order 48213, waiting for payment",
        )  # fmt: skip
        add_note(fay, text="Allergic to nuts: asked us to say so on every platter.", by=support)
    tag_customers(merchant, _of_tier(merchant, "diamond"), tag="Top shopper", by=marketer)
    tag_customers(merchant, _in_grace(merchant), tag="Keep them", by=marketer)
    save_draft(merchant, terms=_next_terms(), by=marketer, note="Fresh baskets count from $10, and points live longer.")
    make_desk(merchant, desk_english.SCRIPT)
    insight.study(merchant, insight.ENGLISH, by=marketer)
    make_demo_key(merchant)


def _regulars(merchant: Merchant) -> QuerySet[Customer]:
    """Members with points to spare and a tier to lose, those with the most baskets first."""
    return (
        live_customers(merchant)
        .filter(
            accounts__merchant=merchant, accounts__wallet=Wallet.POINTS, accounts__balance__gte=700,
            accounts__arrears=0, tier_standing__merchant=merchant, tier_standing__tier__in=["silver", "gold"],
        )
        .order_by("-purchase_summary__orders", "pk")
    )  # fmt: skip


def _of_tier(merchant: Merchant, tier: str) -> QuerySet[Customer]:
    return live_customers(merchant).filter(tier_standing__merchant=merchant, tier_standing__tier=tier)


def _in_grace(merchant: Merchant) -> QuerySet[Customer]:
    return live_customers(merchant).filter(tier_standing__merchant=merchant, tier_standing__grace_until__isnull=False)


def _next_terms() -> Terms:
    rules = [
        rule | {"minimum_minor": 1000, "name": rule["name"].replace("$15", "$10")} if rule["code"] == "fresh" else rule
        for rule in journey.TERMS["earning_rules"]
    ]
    return Terms.model_validate(journey.TERMS | {"earning_rules": rules, "expiry": {"kind": "months", "months": 9}})
