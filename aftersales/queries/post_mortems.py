"""Post-mortems (复盘): what was learnt, what is due, and whether it helped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.models import QuerySet

from aftersales.models import PostMortem, RootCause, Ticket
from aftersales.rules.rates import Comparison, compare
from commerce.models import Order
from merchants.clock import now, today
from merchants.errors import NotFound
from merchants.models import Merchant


def post_mortems_of(merchant: Merchant) -> QuerySet[PostMortem]:
    """All of the shop's, newest first."""
    return (
        PostMortem.objects.filter(merchant=merchant)
        .select_related("ticket", "ticket__category", "ticket__customer", "cause", "cause__parent", "owner__staff")
        .order_by("-id")
    )


def get_post_mortem(merchant: Merchant, number: int) -> PostMortem:
    """NotFound also for another shop's."""
    found = post_mortems_of(merchant).filter(pk=number).first()
    if found is None:
        raise NotFound()
    found.merchant = found.ticket.merchant = merchant
    return found


def find_post_mortem(ticket: Ticket) -> PostMortem | None:
    return post_mortems_of(ticket.merchant).filter(ticket=ticket).first()


def overdue_actions(merchant: Merchant) -> QuerySet[PostMortem]:
    """Preventive actions whose day has passed undone."""
    return post_mortems_of(merchant).filter(state=PostMortem.State.OPEN, due_on__lt=today(merchant))


def cause_names(causes: Iterable[RootCause]) -> dict[int, str]:
    """{cause id: "Delivery › Courier lost it"} for all of a shop's causes, given as its whole tree."""
    by_id = {cause.pk: cause for cause in causes}

    def path(cause: RootCause) -> list[str]:
        parent = by_id.get(cause.parent_id) if cause.parent_id else None
        return [*(path(parent) if parent else []), cause.name]

    return {pk: " › ".join(path(cause)) for pk, cause in by_id.items()}


@dataclass(frozen=True, slots=True)
class Effect:
    """Two windows of `days` days: before the action was done, and after it. `until` ends the second."""

    days: int
    since: datetime
    done_at: datetime
    until: datetime
    found: Comparison


def effect_of(post_mortem: PostMortem, *, until: datetime | None = None) -> Effect | None:
    """Tickets of the category for each order before and after the action was done, in equal windows; None when it is not done,
    or was done less than a day ago.

    The second window ends at `until`, by default the beginning of the day of the check, or now when that is still to come.
    """
    merchant = post_mortem.merchant
    if post_mortem.done_at is None:
        return None
    check = datetime.combine(post_mortem.check_on, time.min, merchant.zone)
    end = until or min(check, now(merchant))
    days = (end - post_mortem.done_at).days
    if days < 1:
        return None
    span = timedelta(days=days)
    since, end = post_mortem.done_at - span, post_mortem.done_at + span
    before = _counted(merchant, post_mortem.ticket.category_id, since, post_mortem.done_at)
    after = _counted(merchant, post_mortem.ticket.category_id, post_mortem.done_at, end)
    found = compare(tickets_before=before[0], orders_before=before[1], tickets_after=after[0], orders_after=after[1])
    return Effect(days, since, post_mortem.done_at, end, found)


def effect_known(post_mortem: PostMortem) -> Effect | None:
    """The effect as it was found on its day; before that, so far."""
    kept, done_at, days = post_mortem.effect, post_mortem.done_at, post_mortem.window_days
    if not kept or done_at is None or days is None:
        return effect_of(post_mortem)
    counts = ("tickets_before", "orders_before", "tickets_after", "orders_after")
    span = timedelta(days=days)
    return Effect(days, done_at - span, done_at, done_at + span, compare(**{name: kept[name] for name in counts}))


def _counted(merchant: Merchant, category_id: int, since: datetime, until: datetime) -> tuple[int, int]:
    """(tickets of the category opened, orders placed) from `since` up to `until`. Merged tickets and recoveries are no new
    concern."""
    tickets = Ticket.objects.filter(
        merchant=merchant, category_id=category_id, opened_at__gte=since, opened_at__lt=until, merged_into__isnull=True,
        is_recovery=False,
    )  # fmt: skip
    orders = Order.objects.filter(merchant=merchant, placed_at__gte=since, placed_at__lt=until)
    return tickets.count(), orders.count()
