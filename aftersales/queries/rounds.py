"""Which shops a clock has something to do for. Clocks serve every shop, and a sandbox's may run ahead of the world's: what is
waiting at all is little, so each shop with something waiting is named, and its action looks at its own clock."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import QuerySet

from aftersales.models import Grant, GrantState, PostMortem, Satisfaction, TicketCounter
from merchants.clock import now, world_now
from merchants.models import Merchant

_EARLIEST_ZONE = timedelta(days=1)  # somewhere it is tomorrow already


def merchants_with_desk() -> QuerySet[Merchant]:
    """Shops that ever had a ticket, or a desk to take one."""
    return Merchant.objects.filter(pk__in=TicketCounter.objects.across_merchants().values("merchant_id")).order_by("pk")


def merchants_with_waiting_grants() -> QuerySet[Merchant]:
    """Shops where somebody's goodwill waits for a second person."""
    waiting = Grant.objects.across_merchants().filter(state=GrantState.WAITING)
    return Merchant.objects.filter(pk__in=waiting.values("merchant_id")).order_by("pk")


def merchants_with_due_satisfaction() -> list[Merchant]:
    """Shops with customers who are to be asked by now, by each shop's own clock."""
    planned = Satisfaction.objects.across_merchants().filter(sent_at__isnull=True)
    shops = Merchant.objects.filter(pk__in=planned.values("merchant_id")).order_by("pk")
    return [
        shop
        for shop in shops
        if Satisfaction.objects.filter(merchant=shop, sent_at__isnull=True, due_at__lte=now(shop)).exists()
    ]


def merchants_with_effect_checks() -> QuerySet[Merchant]:
    """Shops with an effect to check soon: those of the world's today and tomorrow, and sandboxes with any at all."""
    waiting = PostMortem.objects.across_merchants().filter(rung_at__isnull=True)
    soon = waiting.filter(check_on__lte=(world_now() + _EARLIEST_ZONE).date())
    ahead = waiting.filter(merchant__clock_offset__gt=timedelta(0))
    return Merchant.objects.filter(pk__in=soon.union(ahead).values("merchant_id")).order_by("pk")
