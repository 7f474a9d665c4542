"""A shop's nightly recommendations and affinity pairs: learn, judge, list, write, card."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import structlog

from analytics.actions.recommendations import NewPair, Pick, replace_pairs, write_picks
from analytics.actions.runs import begin_run, finish_run
from analytics.models import ModelRun, RunKind, RunState
from analytics.queries.readiness import readiness
from analytics.queries.recommendations import excluded_product_ids
from analytics.rules.readiness import knowledge_ends
from analytics.science.baskets import LEAST_SUPPORT, Pairs, before, count_pairs, places_of, read_lines
from analytics.science.churn import sampled_for_training
from analytics.science.churn_run import gate_card
from analytics.science.purchases import Source
from analytics.science.recommend import WINDOW_DAYS, Blend, Knowledge, candidates, judge, know, learn_blend, ranked_by
from analytics.science.stopwatch import Stopwatch
from merchants.models import Merchant

AGAIN_KEPT, NEW_KEPT, POPULAR_KEPT, MOST_PAIRS = 30, 20, 50, 4000
_CUSTOMERS_AT_ONCE = 20_000
_LEAST_LIFT = 1.2
log = structlog.get_logger(__name__)


def run_recommendations(merchant: Merchant) -> ModelRun | None:
    """Make everybody's list. None while another worker is at it; a failure is kept on its run."""
    run = begin_run(merchant, kind=RunKind.RECOMMENDATIONS)
    if run is None:
        return None
    try:
        return _run(run)
    except Exception as failure:
        log.exception("recommendation_run_failed", merchant=merchant.slug)
        finish_run(run, state=RunState.FAILED, card={}, failure=f"{type(failure).__name__}: {failure}")
        raise


def _run(run: ModelRun) -> ModelRun:
    merchant, watch = run.merchant, Stopwatch()
    ready = readiness(merchant)
    run.cutoff_on = today = knowledge_ends(run.cutoff_on, ready.silent_days)
    if not ready.is_ready:
        missing = {"gate": gate_card(ready), "runtime": watch.runtime(0)}
        return finish_run(run, state=RunState.INSUFFICIENT, card=missing)
    source, left_out = Source.of_shop(merchant), excluded_product_ids(merchant)
    with watch.timing("training"):
        lines = read_lines(sampled_for_training(source, ready.buyers), today)
        held = today - timedelta(days=WINDOW_DAYS)
        earlier = learn_blend(before(lines, held), held, left_out=left_out)
        holdout = judge(lines, held, earlier)
        blend = learn_blend(lines, today, left_out=left_out)
        known = know(lines, today, left_out=left_out)
    with watch.timing("scoring"):
        popular = [
            (int(product), float(count), "popular", None) for product, count in known.popular[:POPULAR_KEPT].items()
        ]
        picks: list[tuple[int | None, Sequence[Pick]]] = [(None, popular)]
        parts = max(1, -(-ready.buyers // _CUSTOMERS_AT_ONCE))
        for part in range(parts):
            some = lines if parts == 1 else read_lines(source.between(part, parts), today)
            picks += list_picks(some, known, blend, left_out=left_out)
    with watch.timing("writing"):
        changed = write_picks(run, picks)
        pairs = replace_pairs(run, strongest_pairs(count_pairs(lines, today, left_out=left_out)))
    card: dict[str, Any] = {
        "window": {
            "data_until": (today - timedelta(days=1)).isoformat(), "cutoff_on": today.isoformat(),
            "horizon_days": WINDOW_DAYS,
        },
        "rows": {"lines": len(lines), "scored": len(picks) - 1},
        "gate": gate_card(ready),
        "served_by": "blend",
        "weights": blend.weights(),
        "holdout": {"cutoff_on": held.isoformat(), **holdout},
        "pairs": pairs,
        "runtime": watch.runtime(len(picks) - 1),
    }  # fmt: skip
    return finish_run(
        run, state=RunState.SERVED, card=card, served_by="blend", horizon_days=WINDOW_DAYS, customers=len(picks) - 1,
        changed=changed,
    )  # fmt: skip


def list_picks(
    lines: pd.DataFrame, known: Knowledge, blend: Blend, *, left_out: set[int]
) -> Iterator[tuple[int, list[Pick]]]:
    """Each customer's list, best first: up to 30 bought before and 20 new, each with what leads there."""
    table = candidates(lines, known, left_out=left_out)
    if not len(table):
        return
    ranked = ranked_by(table, blend.score(table))
    # What cannot be told from nothing is no suggestion.
    ranked = ranked[ranked["score"] > 0]
    place = ranked.groupby(["customer", "is_new"]).cumcount()
    kept = ranked[place < np.where(ranked["is_new"], NEW_KEPT, AGAIN_KEPT)]
    histories = _recent_products(lines, known.cut)
    for customer, rows in kept.groupby("customer", sort=True):
        yield int(customer), _picks(rows, histories.get(customer, np.array([], dtype=np.int64)), known)


def _recent_products(lines: pd.DataFrame, cut: date) -> dict[int, Any]:
    """The last forty products of each customer, youngest first."""
    recent = before(lines, cut, days=91).drop_duplicates(["customer", "product"], keep="last")
    return {customer: rows["product"].to_numpy()[::-1][:40] for customer, rows in recent.groupby("customer")}


def _picks(rows: pd.DataFrame, history: Any, known: Knowledge) -> list[Pick]:
    products, new = rows["product"].to_numpy(), rows["is_new"].to_numpy()
    because = _leading(products, history, known) if new.any() and len(history) else [None] * len(products)
    return [
        (int(product), round(float(score), 5), "new" if fresh else "again", reason if fresh else None)
        for product, score, fresh, reason in zip(products, rows["score"], new, because, strict=True)
    ]


def _leading(products: Any, history: Any, known: Knowledge) -> list[int | None]:
    """For each product the bought one that most often shares a basket with it, if any does."""
    targets, sources = places_of(known.pairs.products, products), places_of(known.pairs.products, history)
    bought = sources[sources >= 0]
    if not len(bought):
        return [None] * len(products)
    likeness = known.likeness[bought][:, np.maximum(targets, 0)].toarray()
    best = likeness.argmax(axis=0)
    return [
        int(known.pairs.products[bought[best[column]]]) if target >= 0 and likeness[best[column], column] > 0 else None
        for column, target in enumerate(targets)
    ]


def strongest_pairs(pairs: Pairs) -> list[NewPair]:
    """The pairs with support 20 and a lift above 1.2, highest lift first, in both directions."""
    both = pairs.together.tocoo()
    keep = (both.data >= LEAST_SUPPORT) & (both.row != both.col)
    found = [
        NewPair(
            int(pairs.products[row]), int(pairs.products[column]), int(count), int(pairs.orders[row]),
            int(pairs.orders[column]), pairs.in_all,
        )
        for row, column, count in zip(both.row[keep], both.col[keep], both.data[keep], strict=True)
    ]  # fmt: skip
    found = [pair for pair in found if pair.lift >= _LEAST_LIFT]
    found.sort(key=lambda pair: (-pair.lift, pair.product_id, pair.other_id))
    return found[:MOST_PAIRS]
