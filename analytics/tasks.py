"""Alarm clocks of insight: each safe to ring twice, and by two beats at once."""

from __future__ import annotations

from datetime import date

from celery import shared_task

from analytics.actions import exports, membership, months, nights
from analytics.actions.nudging import begin_work
from analytics.actions.segments import FILL_TASK
from analytics.queries.exports import exports_past, merchants_with_exports, unfinished_exports
from analytics.queries.membership import merchants_with_dirty_customers
from analytics.queries.nights import merchants_to_study, night_to_run
from merchants.queries import get_merchant_by_id


@shared_task(name=FILL_TASK)
def fill_segments(merchant_id: int) -> int:
    """Rung by a nudge after a segment's tree was made or changed."""
    merchant = get_merchant_by_id(merchant_id)
    begin_work(merchant, FILL_TASK)
    return membership.fill_new_segments(merchant)


@shared_task(name=membership.DRAIN_TASK)
def drain_dirty(merchant_id: int) -> int:
    """Rung by a nudge after something happened to somebody."""
    merchant = get_merchant_by_id(merchant_id)
    begin_work(merchant, membership.DRAIN_TASK)
    return membership.drain_dirty(merchant)


@shared_task(name="analytics.tasks.sweep_dirty")
def sweep_dirty() -> int:
    """Rung each minute: picks up what lost nudges left behind."""
    return sum(membership.drain_dirty(get_merchant_by_id(pk)) for pk in merchants_with_dirty_customers())


@shared_task(name="analytics.tasks.begin_nights")
def begin_nights() -> int:
    """Rung each quarter of an hour: starts the insight of every local day that has ended; how many."""
    started = 0
    for merchant in merchants_to_study():
        day = night_to_run(merchant)
        if day is not None:
            run_night.delay(merchant.pk, day.isoformat())
            started += 1
    return started


@shared_task(name="analytics.tasks.run_night")
def run_night(merchant_id: int, day: str) -> bool:
    """The insight of one local day of one shop; False when it was done before."""
    return nights.run_insight_night(get_merchant_by_id(merchant_id), day=date.fromisoformat(day)) is not None


@shared_task(name=exports.WRITE_TASK)
def write_export(merchant_id: int, export_id: int) -> bool:
    """Rung after somebody asked for a file; False when it is written, or being written."""
    return exports.write_export(get_merchant_by_id(merchant_id), export_id=export_id)


@shared_task(name="analytics.tasks.sweep_exports")
def sweep_exports() -> int:
    """Rung each minute: writes what a lost message left waiting, and deletes files whose week is over."""
    done = 0
    for merchant in merchants_with_exports():
        done += sum(exports.write_export(merchant, export_id=each.pk) for each in unfinished_exports(merchant))
        for each in exports_past(merchant):
            exports.remove_export(each)
    return done


@shared_task(name="analytics.tasks.keep_months")
def keep_months() -> int:
    """Rung each hour: the customer months that cohorts are read from; how many rows were written."""
    return sum(months.keep_months(merchant) for merchant in merchants_to_study())
