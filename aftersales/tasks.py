"""Alarm clocks of the complaint desk: which shop, one action, safe to ring twice."""

from __future__ import annotations

from celery import shared_task

from aftersales.actions import attachments, deadlines, goodwill, post_mortems, satisfaction, tickets
from aftersales.queries.rounds import (
    merchants_with_desk,
    merchants_with_due_satisfaction,
    merchants_with_effect_checks,
    merchants_with_waiting_grants,
)


@shared_task(name="aftersales.tasks.ring_deadlines")
def ring_deadlines() -> int:
    """Rung each minute: calls for every service level that was missed, once."""
    return deadlines.ring_deadlines()


@shared_task(name="aftersales.tasks.wake_snoozed")
def wake_snoozed() -> int:
    """Rung each minute: tickets that slept long enough come back."""
    return deadlines.wake_snoozed()


@shared_task(name="aftersales.tasks.close_resolved")
def close_resolved() -> int:
    """Rung each hour: what was resolved days ago, and nobody came back to, is closed."""
    return sum(tickets.close_resolved(merchant) for merchant in merchants_with_desk())


@shared_task(name="aftersales.tasks.prune_unsent_attachments")
def prune_unsent_attachments() -> int:
    """Rung each day: files that were uploaded and never sent are forgotten."""
    return sum(attachments.prune_unsent_attachments(merchant) for merchant in merchants_with_desk())


@shared_task(name="aftersales.tasks.ask_due_satisfaction")
def ask_due_satisfaction() -> int:
    """Rung each minute: customers whose ticket was resolved a while ago are asked how it was."""
    return sum(satisfaction.ask_due_satisfaction(merchant) for merchant in merchants_with_due_satisfaction())


@shared_task(name="aftersales.tasks.ring_effect_checks")
def ring_effect_checks() -> int:
    """Rung each hour: on its day, a post-mortem's effect is checked."""
    return sum(post_mortems.ring_effect_checks(merchant) for merchant in merchants_with_effect_checks())


@shared_task(name="aftersales.tasks.decline_lapsed_grants")
def decline_lapsed_grants() -> int:
    """Rung each hour: goodwill that nobody decided in time gives its points back to the budgets."""
    return sum(goodwill.decline_lapsed_grants(merchant) for merchant in merchants_with_waiting_grants())
