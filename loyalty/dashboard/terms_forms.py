"""The forms in which terms are drafted: rules, tiers, and the life of points. They hold fields; the terms themselves decide."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils.text import slugify
from django.utils.translation import gettext_lazy

from loyalty.models import WALLET_LABELS
from loyalty.rules.kinds import Shortfall, Wallet
from loyalty.rules.terms import EarningRule, Ladder, Terms, Tier
from merchants.errors import DomainError, InvalidValues
from merchants.rules.figures import money_amount

# What the terms themselves refuse, by their codes: theirs are English and for developers.
FAULTS = {
    "first_tier_open": gettext_lazy("The first tier has no conditions: everyone starts there."),
    "tier_code_twice": gettext_lazy("Two tiers have the same code."),
    "tier_without_condition": gettext_lazy("Each tier above the first needs a condition."),
    "tiers_must_climb": gettext_lazy("Each tier asks for more than the one before it."),
    "expiry_too_short": gettext_lazy("Points live at least one month."),
    "rule_code_twice": gettext_lazy("Two earning rules have the same code."),
    "too_short": gettext_lazy("At least one is needed."),
    "too_long": gettext_lazy("There are too many."),
    "decimal_max_places": gettext_lazy("Too many decimals."),
}
_ANY = gettext_lazy("This value is not valid.")


class LinesField(forms.CharField):
    """Several values, one a line; cleaned to a list without blanks."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 2}), required=False, **kwargs)

    def clean(self, value: Any) -> list[str]:
        text = str(super().clean(value) or "")
        return list(dict.fromkeys(line.strip().strip("/") for line in text.splitlines() if line.strip()))


class NoteForm(forms.Form):
    note = forms.CharField(label=gettext_lazy("What changes, and why"), max_length=300, required=False)


class RuleForm(forms.Form):
    """One earning rule; `remove` drops it. The last row may stay as it is: then it is none."""

    code = forms.CharField(required=False, widget=forms.HiddenInput, max_length=32)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    wallet = forms.ChoiceField(
        label=gettext_lazy("Earns"),
        choices=[(wallet.value, label) for wallet, label in WALLET_LABELS.items()],
        initial=Wallet.POINTS.value,
    )
    points_per_unit = forms.DecimalField(
        label=gettext_lazy("Points per whole unit of money"), min_value=Decimal("0.0001"), max_value=100_000,
        max_digits=10, decimal_places=4,
    )  # fmt: skip
    with_tier_multiplier = forms.BooleanField(
        label=gettext_lazy("Multiplied by the member's tier"), required=False, initial=True
    )
    minimum = forms.DecimalField(
        label=gettext_lazy("From an amount of"), min_value=0, max_digits=12, required=False,
        help_text=gettext_lazy("Of the items that count."),
    )  # fmt: skip
    only_categories = LinesField(
        label=gettext_lazy("Only these categories"),
        help_text=gettext_lazy("One a line. A category includes everything below it."),
    )
    excluded_categories = LinesField(
        label=gettext_lazy("Never these categories"), help_text=gettext_lazy("One a line.")
    )
    remove = forms.BooleanField(label=gettext_lazy("Remove this rule"), required=False)


class TierForm(forms.Form):
    """One step of the ladder."""

    code = forms.CharField(required=False, widget=forms.HiddenInput, max_length=32)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=40)
    min_growth = forms.IntegerField(label=gettext_lazy("Growth value from"), min_value=1, required=False)
    min_orders = forms.IntegerField(label=gettext_lazy("Orders from"), min_value=1, required=False)
    multiplier = forms.DecimalField(
        label=gettext_lazy("Multiplier"), min_value=1, max_value=100, max_digits=6, decimal_places=2, initial=1,
    )  # fmt: skip
    benefits = LinesField(label=gettext_lazy("Benefits"), help_text=gettext_lazy("One a line, as members read them."))
    remove = forms.BooleanField(label=gettext_lazy("Remove this tier"), required=False)


class LadderForm(NoteForm):
    match = forms.ChoiceField(
        label=gettext_lazy("Conditions"),
        choices=[("either", gettext_lazy("One is enough")), ("both", gettext_lazy("Both are needed"))],
        widget=forms.RadioSelect,
    )
    window_months = forms.IntegerField(
        label=gettext_lazy("Months that count"), min_value=1, max_value=60,
        help_text=gettext_lazy("Growth value and orders of so many months make the tier."),
    )  # fmt: skip
    grace_days = forms.IntegerField(
        label=gettext_lazy("Days of grace"), min_value=0, max_value=365,
        help_text=gettext_lazy("So long a member keeps a tier that is no longer reached."),
    )  # fmt: skip


class LifeForm(NoteForm):
    name = forms.CharField(label=gettext_lazy("Name of the programme"), max_length=80)
    points_name = forms.CharField(label=gettext_lazy("Points are called"), max_length=20)
    growth_name = forms.CharField(label=gettext_lazy("Growth value is called"), max_length=20)
    expiry_kind = forms.ChoiceField(
        label=gettext_lazy("Points leave"),
        choices=[
            ("months", gettext_lazy("Some months after they were earned")),
            ("year_end", gettext_lazy("At the end of a calendar year")),
            ("none", gettext_lazy("Never")),
        ],
        widget=forms.RadioSelect,
    )
    months = forms.IntegerField(
        label=gettext_lazy("Months"), min_value=0, max_value=120,
        help_text=gettext_lazy("At a year's end: months that must have passed before; 0 is the year of the earning."),
    )  # fmt: skip
    pending_days = forms.IntegerField(
        label=gettext_lazy("Days until points can be spent"), min_value=0, max_value=365,
        help_text=gettext_lazy("As long as goods can be sent back, for example."),
    )  # fmt: skip
    shortfall = forms.ChoiceField(
        label=gettext_lazy("When a refund takes back more than is left"),
        choices=[
            (Shortfall.ARREARS.value, gettext_lazy("The rest is owed; the next points pay for it")),
            (Shortfall.WRITE_OFF.value, gettext_lazy("The rest is given up")),
        ],
        widget=forms.RadioSelect,
    )
    hold_minutes = forms.IntegerField(
        label=gettext_lazy("Minutes that points are held for a purchase"), min_value=1, max_value=43_200
    )
    welcome_points = forms.IntegerField(label=gettext_lazy("Welcome points"), min_value=0, max_value=1_000_000)


RuleForms = formset_factory(RuleForm, extra=1, max_num=20, absolute_max=25)
TierForms = formset_factory(TierForm, extra=1, max_num=10, absolute_max=12)


def rules_initial(rules: Sequence[EarningRule], currency: str) -> list[dict[str, Any]]:
    return [
        {
            "code": rule.code,
            "name": rule.name,
            "wallet": rule.wallet.value,
            "points_per_unit": rule.points_per_unit.normalize(),
            "with_tier_multiplier": rule.with_tier_multiplier,
            "minimum": money_amount(rule.minimum_minor, currency) if rule.minimum_minor else None,
            "only_categories": "\n".join(rule.only_categories),
            "excluded_categories": "\n".join(rule.excluded_categories),
        }
        for rule in rules
    ]


def rules_document(forms_: BaseFormSet[RuleForm], currency: str) -> list[dict[str, Any]]:
    """The rows that have a name and stay, as `earning_rules` of the terms."""
    kept = [
        form.cleaned_data for form in forms_ if form.cleaned_data.get("name") and not form.cleaned_data.get("remove")
    ]
    codes = _codes(kept, "rule")
    unit = money_amount(1, currency)
    return [
        {
            "code": code,
            "name": row["name"],
            "wallet": row["wallet"],
            "points_per_unit": str(row["points_per_unit"]),
            "with_tier_multiplier": row["with_tier_multiplier"] and row["wallet"] == Wallet.POINTS,
            "minimum_minor": int((row["minimum"] or 0) / unit),
            "only_categories": row["only_categories"],
            "excluded_categories": row["excluded_categories"],
        }
        for code, row in zip(codes, kept, strict=True)
    ]


def tiers_initial(tiers: Sequence[Tier]) -> list[dict[str, Any]]:
    return [
        {
            "code": tier.code,
            "name": tier.name,
            "min_growth": tier.min_growth,
            "min_orders": tier.min_orders,
            "multiplier": tier.multiplier.normalize(),
            "benefits": "\n".join(tier.benefits),
        }
        for tier in tiers
    ]


def tiers_document(forms_: BaseFormSet[TierForm]) -> list[dict[str, Any]]:
    """The rows that have a name and stay, lowest first: a new row finds its place by what it asks for."""
    kept = [
        form.cleaned_data for form in forms_ if form.cleaned_data.get("name") and not form.cleaned_data.get("remove")
    ]
    kept.sort(key=lambda row: (row["min_growth"] or 0, row["min_orders"] or 0))
    return [
        {
            "code": code,
            "name": row["name"],
            "min_growth": row["min_growth"],
            "min_orders": row["min_orders"],
            "multiplier": str(row["multiplier"] or 1),
            "benefits": row["benefits"],
        }
        for code, row in zip(_codes(kept, "tier"), kept, strict=True)
    ]


def ladder_initial(ladder: Ladder) -> dict[str, Any]:
    return {"match": ladder.match, "window_months": ladder.window_months, "grace_days": ladder.grace_days}


def life_initial(terms: Terms) -> dict[str, Any]:
    plain = ("name", "points_name", "growth_name", "pending_days", "hold_minutes", "welcome_points")
    return {name: getattr(terms, name) for name in plain} | {
        "expiry_kind": terms.expiry.kind,
        "months": terms.expiry.months,
        "shortfall": terms.shortfall.value,
    }


def life_document(given: dict[str, Any]) -> dict[str, Any]:
    plain = ("name", "points_name", "growth_name", "pending_days", "hold_minutes", "welcome_points", "shortfall")
    return {name: given[name] for name in plain} | {"expiry": {"kind": given["expiry_kind"], "months": given["months"]}}


def show_faults(form: forms.Form, refusal: DomainError) -> None:
    """What the terms refuse, above the form, in words for people."""
    for fault in refusal.faults if isinstance(refusal, InvalidValues) else [refusal]:
        form.add_error(None, str(FAULTS.get(fault.code, _ANY if isinstance(refusal, InvalidValues) else fault.text())))


def _codes(rows: Sequence[dict[str, Any]], kind: str) -> list[str]:
    """The rows' codes; a new row gets one from its name, or a number where the name has no Latin letters."""
    taken = {row["code"] for row in rows if row.get("code")}
    codes = []
    for row in rows:
        code = row.get("code") or ""
        if not code:
            wished = slugify(row["name"])[:24]
            code = next(
                each
                for each in (wished, *(f"{wished or kind}-{n}" for n in range(2, 100)))
                if each and each not in taken
            )
            taken.add(code)
        codes.append(code)
    return codes
