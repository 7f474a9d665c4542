"""The Celery app and the beat table, with a line saying why each entry rings when it does."""

from __future__ import annotations

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty_platform.settings")

app = Celery("loyalty_platform")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["merchants", "events", "customers", "commerce", "loyalty", "aftersales", "analytics"])
# Apart, because they import pandas and scikit-learn: only workers look for them, doors send them by name.
app.autodiscover_tasks(["analytics"], related_name="training_tasks")

app.conf.beat_schedule = {
    # A nudge can be lost with the broker; the deliveries table cannot. A minute is the longest a fact waits.
    "sweep-deliveries": {"task": "events.tasks.sweep_deliveries", "schedule": 60.0},
    # Nights are local: each quarter of an hour (some zones are off by 45 minutes) the merchants whose day just turned.
    "close-loyalty-days": {"task": "loyalty.tasks.close_days", "schedule": crontab(minute="5,20,35,50")},
    # A hold that nobody captured gives its points back within a minute of its deadline.
    "release-expired-holds": {"task": "loyalty.tasks.release_expired_holds", "schedule": 60.0},
    # A missed service level is called for within a minute, and a ticket wakes in the minute it was put off to.
    "ring-ticket-deadlines": {"task": "aftersales.tasks.ring_deadlines", "schedule": 60.0},
    "wake-snoozed-tickets": {"task": "aftersales.tasks.wake_snoozed", "schedule": 60.0},
    # Resolved tickets close after days; an hour more is nothing.
    "close-resolved-tickets": {"task": "aftersales.tasks.close_resolved", "schedule": crontab(minute=38)},
    "prune-unsent-attachments": {
        "task": "aftersales.tasks.prune_unsent_attachments",
        "schedule": crontab(hour=3, minute=53),
    },
    # Customers are asked how it was some minutes after their ticket was resolved.
    "ask-due-satisfaction": {"task": "aftersales.tasks.ask_due_satisfaction", "schedule": 60.0},
    # Days begin at some hour somewhere: an effect check rings within the hour of its own midnight.
    "ring-effect-checks": {"task": "aftersales.tasks.ring_effect_checks", "schedule": crontab(minute=8)},
    # Goodwill that nobody decided in its days goes back to the budgets; an hour more is nothing.
    "decline-lapsed-grants": {"task": "aftersales.tasks.decline_lapsed_grants", "schedule": crontab(minute=23)},
    # After the loyalty nights of the same quarter: tiers and expiry first, then who is in which segment.
    "begin-insight-nights": {"task": "analytics.tasks.begin_nights", "schedule": crontab(minute="12,27,42,57")},
    # Who waits to be looked at again is nudged for; a nudge can be lost, the queue cannot.
    "sweep-dirty-customers": {"task": "analytics.tasks.sweep_dirty", "schedule": 60.0},
    # A file that was asked for waits a minute at most, even when the message to the worker is lost.
    "sweep-exports": {"task": "analytics.tasks.sweep_exports", "schedule": 60.0},
    # Cohorts read what changed since from the orders themselves: an hour of those is little.
    "keep-customer-months": {"task": "analytics.tasks.keep_months", "schedule": crontab(minute=33)},
    # Keys are promised for seven days; an hour more or less is nothing.
    "prune-idempotency": {"task": "merchants.tasks.prune_idempotency", "schedule": crontab(minute=17)},
    # One-time codes die within minutes; what is left of them need not be kept longer than a day.
    "prune-codes": {"task": "customers.tasks.prune_codes", "schedule": crontab(hour=3, minute=41)},
    # Nights are local: each hour the shops where it is past three and today's models have not run.
    "predict-each-shop": {"task": "analytics.training_tasks.predict_everywhere", "schedule": crontab(minute=23)},
}
