"""Scores in words, in the active language: bands, what served, and the reasons of one customer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext_lazy
from django.utils.translation import gettext as _

from analytics.models import ChurnScore
from merchants.models import Merchant
from merchants.rules.figures import format_money, format_number

_BANDS: dict[str, str | Promise] = {
    "low": pgettext_lazy("churn risk", "Low"),
    "medium": pgettext_lazy("churn risk", "Medium"),
    "high": pgettext_lazy("churn risk", "High"),
}
_ENGINES: dict[str, str | Promise] = {
    "boosting": gettext_lazy("Gradient boosting"),
    "logistic": gettext_lazy("Logistic regression"),
    "bgnbd": gettext_lazy("BG/NBD purchase model"),
    "blend": gettext_lazy("Learnt blend"),
}
_WHY_SERVED: dict[str, str | Promise] = {
    "better_than_baseline": gettext_lazy("It was better than the baseline on customers whose outcome was known."),
    "baseline_is_better": gettext_lazy(
        "No trained model was better than the baseline on customers whose outcome was known."
    ),
    "too_few_outcomes": gettext_lazy("Too few customers left or stayed in the past for a trained model."),
    "too_little_history": gettext_lazy("The history is too short to judge a trained model on its own past."),
    "degenerate": gettext_lazy("The purchase model could not be fitted well, so a trained model serves."),
}


def band_label(band: str) -> str:
    return str(_BANDS.get(band, band))


def engine_label(served_by: str) -> str:
    return str(_ENGINES.get(served_by, served_by))


def why_served(code: str) -> str:
    """Why that engine serves, from a card's `why_served`."""
    return str(_WHY_SERVED.get(code, code))


def reasons_of(score: ChurnScore) -> list[str]:
    """The reasons of one customer's score, strongest first."""
    return reasons_in_words(score.merchant, score.reasons)


def reasons_in_words(merchant: Merchant, reasons: Iterable[Mapping[str, Any]]) -> list[str]:
    """[{"code", "value", "usual"}] → sentences without a full stop; codes of another version are left out."""
    language = get_language() or merchant.language
    words = (_in_words(each, merchant.currency, language) for each in reasons)
    return [sentence for sentence in words if sentence]


def _in_words(reason: Mapping[str, Any], currency: str, language: str) -> str:
    code, value, usual = str(reason.get("code", "")), reason.get("value"), reason.get("usual")
    if value is None:
        return ""
    whole = round(value)
    if code.startswith("recency"):
        return _recency(code, whole, usual)
    if code.startswith("spend"):
        amounts = {
            "value": format_money(whole, currency, language=language, whole=True),
            "usual": format_money(round(usual or 0), currency, language=language, whole=True),
        }
        if code == "spend_risk":
            return _("Spent %(value)s in the last 90 days; %(usual)s is usual here") % amounts
        return _("Spent %(value)s in the last 90 days, more than the usual %(usual)s") % amounts
    numbers = {
        "value": format_number(Decimal(str(value)), language=language),
        "usual": format_number(Decimal(str(usual or 0)), language=language),
    }
    sentence = _sentences().get(code)
    return sentence % numbers if sentence else ""


def _recency(code: str, days: int, usual: float | None) -> str:
    if usual is None:
        return ngettext(
            "One purchase, %(days)d day ago, and none since", "One purchase, %(days)d days ago, and none since", days
        ) % {"days": days}
    if code == "recency_risk":
        words = ngettext(
            "No purchase for %(days)d day; usually every %(usual)s days",
            "No purchase for %(days)d days; usually every %(usual)s days",
            days,
        )
    else:
        words = ngettext(
            "Bought %(days)d day ago; usually every %(usual)s days",
            "Bought %(days)d days ago; usually every %(usual)s days",
            days,
        )
    return words % {"days": days, "usual": format_number(Decimal(str(usual)), language=get_language() or "en")}


def _sentences() -> dict[str, str]:
    return {
        "frequency_risk": _("Comes back every %(value)s days; %(usual)s is usual here"),
        "frequency_keeps": _("Comes back every %(value)s days, more often than the usual %(usual)s"),
        "trend_risk": _("Bought on %(value)s days in the last 90; %(usual)s is usual here"),
        "trend_keeps": _("Bought on %(value)s days in the last 90, more than the usual %(usual)s"),
        "tenure_risk": _("Customer for only %(value)s days"),
        "tenure_keeps": _("Customer for %(value)s days already"),
        "basket_risk": _("Buys %(value)s items at a time; %(usual)s is usual here"),
        "basket_keeps": _("Buys %(value)s items at a time, more than the usual %(usual)s"),
        "returns_risk": _("%(value)s refunds in the last 90 days"),
        "returns_keeps": _("No refunds in the last 90 days"),
        "points_risk": _("Earned %(value)s points in the last 90 days; %(usual)s is usual here"),
        "points_keeps": _("Earned %(value)s points in the last 90 days, more than the usual %(usual)s"),
    }
