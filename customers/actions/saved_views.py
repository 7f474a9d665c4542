"""Views of the customer list that a team keeps."""

from __future__ import annotations

from django.db import transaction

from customers.actions.checking import refusal_of
from customers.errors import TooManyViews
from customers.models import SavedView
from customers.queries import saved_views_of
from customers.rules.faults import Fault
from merchants.clock import now
from merchants.errors import InvalidValues, NotFound
from merchants.models import Actor, Merchant

MOST_VIEWS = 12


@transaction.atomic
def save_view(merchant: Merchant, *, name: str, query: str, by: Actor) -> SavedView:
    """Keep `query` under `name`; the same name again replaces it. TooManyViews beyond twelve."""
    name = " ".join(name.replace("\x00", "").split())
    if not 0 < len(name) <= 40:
        raise InvalidValues([refusal_of("name", Fault("too_long", limit=40) if name else Fault("required"))])
    if not saved_views_of(merchant).filter(name=name).exists() and saved_views_of(merchant).count() >= MOST_VIEWS:
        raise TooManyViews(limit=MOST_VIEWS)
    view, _ = SavedView.objects.filter(merchant=merchant).update_or_create(
        merchant=merchant,
        name=name,
        defaults={"query": query[:500], "saved_by": by.name[:120], "created_at": now(merchant)},
    )
    return view


@transaction.atomic
def remove_view(merchant: Merchant, *, view_id: int) -> None:
    gone, _ = SavedView.objects.filter(merchant=merchant, pk=view_id).delete()
    if not gone:
        raise NotFound()
