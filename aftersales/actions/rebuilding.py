"""Writing down again what a ticket's history amounts to, where its row says something else."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from aftersales.actions.history import calendars_of, lock_tickets
from aftersales.models import Ticket
from aftersales.queries.history import events_of, happened
from aftersales.rules.history import COLUMNS, rebuilt
from merchants.models import Membership, Merchant
from merchants.queries import live_shop_of


def mend_tickets(merchant: Merchant, ticket_ids: Sequence[int]) -> int:
    """Give these tickets the figures of their histories, each under its lock; how many. Nobody is told: nothing happened."""
    team = set(Membership.objects.filter(merchant=live_shop_of(merchant)).values_list("pk", flat=True))
    mended = 0
    for ticket_id in ticket_ids:
        with transaction.atomic():
            ticket = lock_tickets(merchant, [ticket_id]).get(ticket_id)
            if ticket is None:
                continue
            state = rebuilt(happened(events_of(ticket)), calendars=calendars_of(merchant))
            if state is None:
                continue
            told = {name: getattr(state, name) for name in COLUMNS}
            for name in ("assignee_id", "advisor_id"):  # who left the team is nobody
                told[name] = told[name] if told[name] in team else None
            mended += Ticket.objects.filter(merchant=merchant, pk=ticket.pk).update(**told)
    return mended
