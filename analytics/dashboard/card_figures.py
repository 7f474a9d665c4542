"""The tables of a model card: what it knew, how good it was, what was fitted, how long it took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from analytics.queries.reasons import band_label
from analytics.queries.runs import definitions
from analytics.rules.bands import BANDS
from merchants.models import Merchant
from merchants.rules.figures import format_money, format_number, format_points, format_ratio

Card = Mapping[str, Any]
_RATIOS = {"churn_rate", "mean_score", "coverage", "recall_10", "repeat_recall_10", "new_recall_10", "share_of_gaps"}
_HIDDEN = {"bin", "decile", "cutoff_at", "cutoff_on"}


@dataclass(frozen=True, slots=True)
class Section:
    """`rows`: (name, definition or "", one text per column)."""

    title: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, str, Sequence[str]]]


def card_sections(kind: str, card: Card, merchant: Merchant) -> list[Section]:
    """Whatever stands in the card, each figure under its published name."""
    terms = {key: (term, text) for key, term, text in definitions(kind)}
    found = [
        _facts(_("What it knew"), {**(card.get("window") or {}), **(card.get("rows") or {})}, terms, merchant),
        _holdout(card.get("holdout") or {}, terms, merchant),
        _facts(_("Horizon"), card.get("horizon") or {}, terms, merchant),
        _facts(_("Customers by band"), _by_band(card.get("bands") or {}), terms, merchant),
        _facts(_("Totals"), card.get("totals") or {}, terms, merchant),
        _facts(
            _("Purchase model (BG/NBD)"),
            card.get("baseline_fit") or (card.get("fit") or {}).get("bgnbd") or {},
            terms,
            merchant,
        ),
        _facts(_("Amounts (Gamma-Gamma)"), (card.get("fit") or {}).get("gamma_gamma") or {}, terms, merchant),
        _weights(card.get("weights") or ()),
        _facts(_("Runtime"), card.get("runtime") or {}, terms, merchant),
    ]
    return [section for section in found if section.rows]


def _by_band(bands: Card) -> Card:
    """Low first: JSON keeps no order."""
    return {str(band): bands[band] for band in BANDS if band in bands}


def _names() -> dict[str, str]:
    return {
        "data_from": _("History from"), "data_until": _("History until"),
        "cutoff_at": _("Cut-off"), "cutoff_on": _("Cut-off"), "trained_on": _("Learnt on"),
        "horizon_days": _("Horizon, days"), "training_cutoffs": _("Cut-offs learnt from"), "training": _("Rows learnt from"),
        "calibration": _("Rows calibrated on"), "holdout": _("Rows judged on"), "scored": _("Customers scored"),
        "days": _("Days"), "gaps": _("Gaps measured"), "share_of_gaps": _("Share of gaps covered"),
        **{str(band): band_label(band) for band in BANDS}, "customers": _("Customers"),
        "churn_rate": _("Churn rate"), "mean_score": _("Mean risk"), "log_likelihood": _("Log-likelihood"),
        "degenerate": _("Fit failed because"), "seconds": _("Seconds in all"), "features_seconds": _("Seconds for features"),
        "training_seconds": _("Seconds for training"), "scoring_seconds": _("Seconds for scoring"),
        "writing_seconds": _("Seconds for writing"), "peak_mb": _("Memory at most, MB"), "rows_per_second": _("Rows per second"),
        "spend_90d_minor": _("Predicted spend, 90 days"), "spend_365d_minor": _("Predicted spend, 12 months"),
        "model": _("Model"), "baseline": _("Baseline"), "active_model": _("Model, active customers"),
        "active_baseline": _("Baseline, active customers"), "blend": _("Blend"), "personal": _("Personal frequency"),
        "popular": _("Popular with everybody"),
    }  # fmt: skip


def _degenerate() -> dict[str, str]:
    return {
        "dropout_vanishes": _("nobody ever seems to leave"), "b_at_bound": _("leaving could not be told from pausing"),
        "no_repeat": _("nobody bought twice"), "shape_at_bound": _("amounts hardly differ between customers"),
    }  # fmt: skip


def _facts(title: str, figures: Card, terms: Mapping[str, tuple[str, str]], merchant: Merchant) -> Section:
    rows = [
        (*_named(key, terms), [_text(key, value, merchant)])
        for key, value in figures.items()
        if not isinstance(value, Mapping) and not (key == "degenerate" and value is None)
    ]
    return Section(title, [], rows)


def _holdout(holdout: Card, terms: Mapping[str, tuple[str, str]], merchant: Merchant) -> Section:
    """One column for each engine that was judged, one row for each figure."""
    judged = {name: figures for name, figures in holdout.items() if isinstance(figures, Mapping)}
    keys = list(dict.fromkeys(key for figures in judged.values() for key in figures if key not in _HIDDEN))
    rows = [
        (*_named(key, terms), [_text(key, figures.get(key), merchant) for figures in judged.values()]) for key in keys
    ]
    return Section(_("On customers whose outcome was known"), [_names().get(name, name) for name in judged], rows)


def _weights(weights: Sequence[Card]) -> Section:
    rows = [(str(each.get("name")), "", [_text("weight", each.get("weight"), None)]) for each in weights]
    return Section(_("Weights learnt for this shop"), [], rows)


def _named(key: str, terms: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
    if key in terms:
        return terms[key]
    return _names().get(key, key), ""


def _text(key: str, value: Any, merchant: Merchant | None) -> str:
    language = get_language() or "en"
    if value is None:
        return "–"
    if key == "degenerate":
        return _degenerate().get(str(value), str(value))
    if isinstance(value, list):
        return format_points(len(value), language=language)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, str):
        return value[:10] if key.startswith(("data_", "cutoff", "trained")) else value
    if key.endswith("_minor") and merchant is not None:
        return format_money(round(value), merchant.currency, language=language)
    if key in _RATIOS:
        return format_ratio(value, language=language)
    if isinstance(value, float):
        return f"{value:,.4f}" if abs(value) < 100 else format_number(round(value, 1), language=language)
    return format_points(value, language=language)
