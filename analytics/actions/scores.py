"""Writing scores: staged by COPY, then only rows that differ are touched, and only real changes are told."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils import translation

from analytics.facts import ChurnBandChanged
from analytics.models import ModelRun
from analytics.queries.reasons import reasons_in_words
from customers.actions.derived import write_trait_of
from customers.queries import Selection
from events.actions import Recorded, record_many
from merchants.clock import now
from merchants.models import SYSTEM, Merchant

SOURCE = "analytics"
_ABOUT = "customers.customer"
_FACTS_AT_ONCE = 5000
_TRAIT_LENGTH = 200
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


@dataclass(frozen=True, slots=True)
class NewScore:
    """One customer's churn: probabilities to four decimals, and the reasons as the model gave them."""

    customer_id: int
    probability: float
    baseline: float
    band: str
    reasons: Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class NewForecast:
    """One customer's expected spend; amounts in minor units, each with the central 80 % interval."""

    customer_id: int
    orders_90d: float
    spend_90d: tuple[int, int, int]  # expected, low, high
    spend_365d: tuple[int, int, int]


_STAGE_SCORES = """
CREATE TEMPORARY TABLE analytics_staged_score (
    customer_id bigint PRIMARY KEY, probability float8, baseline float8, band text, reasons jsonb, words text
) ON COMMIT DROP
"""
_KEEP_LIVE = """
DELETE FROM {staged} s WHERE NOT EXISTS (
    SELECT FROM customers_customer c WHERE c.merchant_id = %s AND c.id = s.customer_id AND c.archived_at IS NULL)
"""
_MOVED = """
SELECT old.customer_id, old.band, s.band, s.probability
FROM analytics_churnscore old JOIN analytics_staged_score s ON s.customer_id = old.customer_id
WHERE old.merchant_id = %s AND old.band <> s.band ORDER BY old.id FOR NO KEY UPDATE OF old
"""
_UPDATE_SCORES = """
UPDATE analytics_churnscore old
SET probability = s.probability, baseline = s.baseline, band = s.band, reasons = s.reasons, run_id = %(run)s,
    scored_at = %(at)s
FROM analytics_staged_score s
WHERE old.merchant_id = %(merchant)s AND s.customer_id = old.customer_id
  AND (old.probability, old.baseline, old.band, old.reasons) IS DISTINCT FROM
      (s.probability, s.baseline, s.band, s.reasons)
"""
_ADD_SCORES = """
INSERT INTO analytics_churnscore (merchant_id, customer_id, probability, baseline, band, reasons, run_id, scored_at)
SELECT %(merchant)s, s.customer_id, s.probability, s.baseline, s.band, s.reasons, %(run)s, %(at)s
FROM analytics_staged_score s
WHERE NOT EXISTS (SELECT FROM analytics_churnscore old WHERE old.customer_id = s.customer_id)
ORDER BY s.customer_id
"""
_DROP_SCORES = """
DELETE FROM analytics_churnscore old WHERE old.merchant_id = %s
  AND NOT EXISTS (SELECT FROM analytics_staged_score s WHERE s.customer_id = old.customer_id)
"""


@transaction.atomic
def write_churn_scores(run: ModelRun, scores: Iterable[NewScore]) -> int:
    """Make these the shop's churn scores, its customers' traits, and a fact for each band that changed.

    How many rows differ now. Customers that are archived or not of this shop are left out; those not named lose theirs.
    """
    merchant = run.merchant
    values: dict[str, Any] = {"merchant": merchant.pk, "run": run.pk, "at": now(merchant)}
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS analytics_staged_score")
        cursor.execute(_STAGE_SCORES)
        cursor.copy_expert("COPY analytics_staged_score FROM STDIN", _score_rows(merchant, scores))
        cursor.execute(_KEEP_LIVE.format(staged="analytics_staged_score"), [merchant.pk])
        cursor.execute("ANALYZE analytics_staged_score")
        cursor.execute(_MOVED, [merchant.pk])
        moved = cursor.fetchall()
        cursor.execute(_UPDATE_SCORES, values)
        changed = int(cursor.rowcount)
        cursor.execute(_ADD_SCORES, values)
        changed += int(cursor.rowcount)
        cursor.execute(_DROP_SCORES, [merchant.pk])
        changed += int(cursor.rowcount)
    for key, column in (
        ("churn_score", "round(probability::numeric, 3)"), ("churn_band", "band"), ("churn_reasons", "words"),
    ):  # fmt: skip
        chosen = Selection(f"SELECT customer_id AS id, {column} AS value FROM analytics_staged_score", {})  # noqa: S608  # ours
        write_trait_of(merchant, key, chosen, source=SOURCE, whole=True)
    _tell(merchant, moved)
    return changed


def _tell(merchant: Merchant, moved: Sequence[tuple[int, str, str, float]]) -> None:
    for start in range(0, len(moved), _FACTS_AT_ONCE):
        facts = [
            Recorded(ChurnBandChanged(before, after, round(score, 3)), about=(_ABOUT, customer_id))
            for customer_id, before, after, score in moved[start : start + _FACTS_AT_ONCE]
        ]
        record_many(merchant, facts, by=SYSTEM)


def _score_rows(merchant: Merchant, scores: Iterable[NewScore]) -> io.StringIO:
    """COPY text. Traits speak the shop's language; the same reasons are worded once."""
    words: dict[str, str] = {}
    lines = io.StringIO()
    with translation.override(merchant.language):
        separator = "；" if merchant.language.startswith("zh") else "; "
        for each in scores:
            reasons = json.dumps(each.reasons, separators=(",", ":"))
            if reasons not in words:
                words[reasons] = separator.join(reasons_in_words(merchant, each.reasons))[:_TRAIT_LENGTH]
            lines.write(
                f"{each.customer_id}\t{each.probability:.4f}\t{each.baseline:.4f}\t{each.band}\t"
                f"{reasons.translate(_ESCAPES)}\t{words[reasons].translate(_ESCAPES)}\n"
            )
    lines.seek(0)
    return lines


_AMOUNTS = (
    "spend_90d_minor", "low_90d_minor", "high_90d_minor", "spend_365d_minor", "low_365d_minor", "high_365d_minor",
)  # fmt: skip
_STAGE_FORECASTS = f"""
CREATE TEMPORARY TABLE analytics_staged_forecast (
    customer_id bigint PRIMARY KEY, orders_90d float8, {", ".join(f"{name} bigint" for name in _AMOUNTS)}
) ON COMMIT DROP
"""
_FORECAST_COLUMNS = ("orders_90d", *_AMOUNTS)
_UPDATE_FORECASTS = f"""
UPDATE analytics_valueforecast old
SET {", ".join(f"{name} = s.{name}" for name in _FORECAST_COLUMNS)}, run_id = %(run)s, forecast_at = %(at)s
FROM analytics_staged_forecast s
WHERE old.merchant_id = %(merchant)s AND s.customer_id = old.customer_id
  AND ({", ".join(f"old.{name}" for name in _FORECAST_COLUMNS)}) IS DISTINCT FROM
      ({", ".join(f"s.{name}" for name in _FORECAST_COLUMNS)})
"""  # noqa: S608  # column names of this file
_ADD_FORECASTS = f"""
INSERT INTO analytics_valueforecast (merchant_id, customer_id, {", ".join(_FORECAST_COLUMNS)}, run_id, forecast_at)
SELECT %(merchant)s, s.customer_id, {", ".join(f"s.{name}" for name in _FORECAST_COLUMNS)}, %(run)s, %(at)s
FROM analytics_staged_forecast s
WHERE NOT EXISTS (SELECT FROM analytics_valueforecast old WHERE old.customer_id = s.customer_id)
ORDER BY s.customer_id
"""  # noqa: S608  # column names of this file
_DROP_FORECASTS = """
DELETE FROM analytics_valueforecast old WHERE old.merchant_id = %s
  AND NOT EXISTS (SELECT FROM analytics_staged_forecast s WHERE s.customer_id = old.customer_id)
"""


@transaction.atomic
def write_value_forecasts(run: ModelRun, forecasts: Iterable[NewForecast]) -> int:
    """Make these the shop's forecasts and its customers' traits; how many rows differ now. No fact: it is state."""
    merchant = run.merchant
    values: dict[str, Any] = {"merchant": merchant.pk, "run": run.pk, "at": now(merchant)}
    lines = io.StringIO()
    for each in forecasts:
        amounts = "\t".join(str(amount) for amount in (*each.spend_90d, *each.spend_365d))
        lines.write(f"{each.customer_id}\t{each.orders_90d:.3f}\t{amounts}\n")
    lines.seek(0)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS analytics_staged_forecast")
        cursor.execute(_STAGE_FORECASTS)
        cursor.copy_expert("COPY analytics_staged_forecast FROM STDIN", lines)
        cursor.execute(_KEEP_LIVE.format(staged="analytics_staged_forecast"), [merchant.pk])
        cursor.execute("ANALYZE analytics_staged_forecast")
        cursor.execute(_UPDATE_FORECASTS, values)
        changed = int(cursor.rowcount)
        cursor.execute(_ADD_FORECASTS, values)
        changed += int(cursor.rowcount)
        cursor.execute(_DROP_FORECASTS, [merchant.pk])
        changed += int(cursor.rowcount)
    for key, column in (("predicted_spend_90d", "spend_90d_minor"), ("predicted_spend_365d", "spend_365d_minor")):
        chosen = Selection(f"SELECT customer_id AS id, {column} AS value FROM analytics_staged_forecast", {})  # noqa: S608
        write_trait_of(merchant, key, chosen, source=SOURCE, whole=True)
    return changed
