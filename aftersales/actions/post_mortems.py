"""Post-mortems (复盘): why it happened, what it cost, what will be done by whom, and on which day to look whether it helped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from aftersales.actions.history import NewEvent, about_ticket, lock_ticket, ticket_moment, write_history
from aftersales.errors import PostMortemExists, PostMortemNotOpen
from aftersales.facts import EffectChecked, PostMortemWritten
from aftersales.models import PostMortem, RootCause, Ticket
from aftersales.queries.post_mortems import effect_of
from aftersales.rules.history import Kind
from events.actions import record
from merchants.clock import today
from merchants.errors import InvalidValue, InvalidValues
from merchants.models import SYSTEM, Actor, Membership, Merchant
from merchants.queries import live_shop_of

State = PostMortem.State


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a post-mortem says. `cost_minor` in minor units of the shop's currency, `minutes` of work."""

    cause: RootCause
    summary: str
    action: str
    owner: Membership  # of the shop's team: a sandbox's is that of its live twin
    due_on: date
    check_on: date
    cost_points: int = 0
    cost_minor: int = 0
    minutes: int = 0


@transaction.atomic
def write_post_mortem(ticket: Ticket, learnt: Learnt, *, by: Actor, occurred_at: datetime | None = None) -> PostMortem:
    """Write down what was learnt from a ticket, once. Raises PostMortemExists, InvalidValues."""
    ticket = lock_ticket(ticket)
    merchant = ticket.merchant
    if PostMortem.objects.filter(merchant=merchant, ticket=ticket).exists():
        raise PostMortemExists()
    _check(merchant, learnt)
    at = ticket_moment(merchant, occurred_at)
    written = PostMortem.objects.create(
        merchant=merchant, ticket=ticket, **_columns(learnt), written_by=by.name, written_at=at
    )
    payload = {"post_mortem_id": written.pk, "cause": learnt.cause.pk}
    told = PostMortemWritten(ticket.pk, ticket.number, written.pk, learnt.cause.name)
    write_history(ticket, [NewEvent(Kind.POST_MORTEM_WRITTEN, payload, facts=[told])], by=by, at=at)
    return written


@transaction.atomic
def change_post_mortem(post_mortem: PostMortem, learnt: Learnt) -> PostMortem:
    """Say it anew. A new day for the effect check rings again. Raises PostMortemNotOpen once the effect was checked."""
    found = _lock(post_mortem)
    if found.state == State.CHECKED:
        raise PostMortemNotOpen()
    _check(found.merchant, learnt)
    if learnt.check_on != found.check_on:
        found.rung_at = None
    for name, value in _columns(learnt).items():
        setattr(found, name, value)
    found.save()
    return found


@transaction.atomic
def finish_preventive_action(
    post_mortem: PostMortem, *, check_on: date | None = None, occurred_at: datetime | None = None
) -> PostMortem:
    """The preventive action is done: from here on its effect counts. Raises PostMortemNotOpen, InvalidValue."""
    found = _lock(post_mortem)
    if found.state != State.OPEN:
        raise PostMortemNotOpen()
    found.done_at = ticket_moment(found.merchant, occurred_at)
    day = found.done_at.astimezone(found.merchant.zone).date()
    if check_on is not None and check_on != found.check_on:
        found.check_on, found.rung_at = check_on, None
    if found.check_on <= day:
        raise InvalidValue("check_on", _("Choose a day after the action was done."), code="too_early")
    found.state = State.DONE
    found.save()
    return found


def ring_effect_checks(merchant: Merchant) -> int:
    """Check every effect whose day has come; how many rang."""
    due = PostMortem.objects.filter(merchant=merchant, rung_at__isnull=True, check_on__lte=today(merchant))
    return sum(_ring(each) for each in due.order_by("id"))


@transaction.atomic
def _ring(post_mortem: PostMortem) -> bool:
    found = _lock(post_mortem)
    if found.rung_at is not None or found.check_on > today(found.merchant):
        return False
    check_effect(found)
    return True


@transaction.atomic
def check_effect(post_mortem: PostMortem, *, occurred_at: datetime | None = None) -> PostMortem:
    """Compare the category's rate before and after the action, and keep the answer.

    An action that is not done by its day is only pointed out: finishing it sets a new day.
    """
    found = _lock(post_mortem)
    merchant = found.merchant
    at = ticket_moment(merchant, occurred_at)
    found.rung_at = at
    effect = effect_of(found)
    if effect is not None:
        found.rate_before, found.rate_after = effect.found.rate_before, effect.found.rate_after
        found.window_days, found.effect = effect.days, effect.found.as_json()
        found.state, found.checked_at = State.CHECKED, at
    found.save()
    fact = EffectChecked(
        found.ticket_id,
        found.ticket.number,
        found.pk,
        _text(found.rate_before),
        _text(found.rate_after),
        str(effect.found.verdict) if effect is not None else "not_done",
    )
    record(merchant, fact, about=about_ticket(found.ticket), by=SYSTEM, occurred_at=at)
    return found


def _text(rate: object) -> str | None:
    return None if rate is None else str(rate)


def _lock(post_mortem: PostMortem) -> PostMortem:
    return (
        PostMortem.objects.select_for_update(no_key=True, of=("self",))
        .select_related("merchant", "ticket", "ticket__customer")
        .get(merchant=post_mortem.merchant_id, pk=post_mortem.pk)
    )


def _columns(learnt: Learnt) -> Mapping[str, Any]:
    return {
        "cause": learnt.cause, "summary": learnt.summary.strip(), "action": learnt.action.strip(), "owner": learnt.owner,
        "owner_name": str(learnt.owner.staff), "due_on": learnt.due_on, "check_on": learnt.check_on,
        "cost_points": learnt.cost_points, "cost_minor": learnt.cost_minor, "minutes": learnt.minutes,
    }  # fmt: skip


def _check(merchant: Merchant, learnt: Learnt) -> None:
    faults = [
        InvalidValue(name, _("Say it in a sentence or two."), code="required")
        for name in ("summary", "action")
        if not str(getattr(learnt, name)).strip()
    ]
    if learnt.cause.merchant_id != merchant.pk:
        faults.append(InvalidValue("cause", _("This is not one of the shop's."), code="unknown"))
    if learnt.owner.merchant_id != live_shop_of(merchant).pk:
        faults.append(InvalidValue("owner", _("This is not one of the shop's."), code="unknown"))
    faults += [
        InvalidValue(name, _("This cannot be less than nothing."), code="out_of_range")
        for name in ("cost_points", "cost_minor", "minutes")
        if getattr(learnt, name) < 0
    ]
    if learnt.check_on <= learnt.due_on:
        faults.append(InvalidValue("check_on", _("Choose a day after the action is due."), code="too_early"))
    if faults:
        raise InvalidValues(faults)
