"""What the editor of a segment asks for each kind of condition, with the shop's own tags, tiers and segments to choose from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from analytics.queries.names import RFM_GROUPS, stage_name
from analytics.queries.reasons import band_label
from analytics.queries.reports_customers import tier_names
from analytics.queries.segments import segments_of
from analytics.rules.bands import BANDS
from analytics.rules.lifecycle import STAGES
from commerce.models import Channel as OrderChannel
from commerce.queries import categories_of
from customers.models import Channel, Gender, Purpose
from customers.queries import custom_fields_of, tags_of
from merchants.models import Merchant

Widget = Literal["select", "many", "words", "number", "money", "date", "text", "check"]
Choices = Sequence[tuple[str, str | Promise]]
MOST_CHOICES = 300


@dataclass(frozen=True, slots=True)
class Asked:
    """One control. `name` is the key in the condition; "window.last_days" lies in its window. `words` are comma-separated."""

    name: str
    label: str | Promise
    widget: Widget
    choices: Choices = field(default_factory=tuple)
    suffix: str | Promise = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of condition."""

    code: str
    label: str | Promise
    group: str | Promise
    asked: Sequence[Asked]


_DAYS = gettext_lazy("days")
_WINDOW = (
    Asked("window.last_days", gettext_lazy("In the last"), "number", suffix=_DAYS),
    Asked("window.older_than_days", gettext_lazy("More than"), "number", suffix=gettext_lazy("days ago")),
    Asked("window.since", gettext_lazy("From"), "date"),
    Asked("window.until", gettext_lazy("Until"), "date"),
)
_BOUNDS = (
    Asked("at_least", gettext_lazy("At least"), "number"),
    Asked("at_most", gettext_lazy("At most"), "number"),
)
# Of a value that may be a number or a date.
_VALUES = (
    Asked("at_least", gettext_lazy("At least"), "text"),
    Asked("at_most", gettext_lazy("At most"), "text"),
)
_AMOUNTS = (
    Asked("at_least", gettext_lazy("At least"), "money"),
    Asked("at_most", gettext_lazy("At most"), "money"),
)
_YES_NO: Choices = (("", gettext_lazy("either")), ("true", gettext_lazy("yes")), ("false", gettext_lazy("no")))
_PROFILE: Choices = (
    ("gender", gettext_lazy("Gender")), ("language", gettext_lazy("Language")), ("country", gettext_lazy("Country")),
    ("region", gettext_lazy("Province or state")), ("city", gettext_lazy("City")), ("postcode", gettext_lazy("Postcode")),
    ("source", gettext_lazy("Source")), ("name", pgettext_lazy("person", "Name")), ("phone", gettext_lazy("Phone")),
    ("email", gettext_lazy("E-mail")), ("birthday", gettext_lazy("Birthday")),
)  # fmt: skip
_PERSON, _SHOPPING = gettext_lazy("Person"), gettext_lazy("Purchases")
_PROGRAMME, _INSIGHT = gettext_lazy("Programme and service"), gettext_lazy("Insight")
_SCORES: Choices = tuple((str(n), str(n)) for n in (5, 4, 3, 2, 1))


def kinds_of(merchant: Merchant) -> list[Kind]:
    """Every kind, in the order of the menu."""
    return [
        *_about_person(merchant),
        *_about_purchases(merchant),
        *_about_programme(merchant),
        *_about_insight(merchant),
    ]


def _about_person(merchant: Merchant) -> list[Kind]:
    fields = [(each.key, each.label) for each in custom_fields_of(merchant)]
    kinds = [
        Kind("tag", _("Tag"), _PERSON, [Asked("any_of", _("One of"), "many", _tags(merchant))]),
        Kind("consent", _("Consent"), _PERSON, [
            Asked("purpose", _("For"), "select", Purpose.choices), Asked("channel", _("By"), "select", Channel.choices),
            Asked("given", _("Agreed"), "select", _YES_NO[1:]),
            Asked("reachable", _("and there is an address for it"), "check"),
        ]),
        Kind("profile", _("Profile"), _PERSON, [
            Asked("field", _("Field"), "select", _PROFILE), Asked("any_of", _("Is one of"), "words", Gender.choices),
            Asked("is_known", _("Is known"), "select", _YES_NO),
        ]),
        Kind("age", _("Age"), _PERSON, _BOUNDS),
        Kind("birthday", _("Birthday month"), _PERSON, [Asked("months", _("In"), "many", _numbers(range(1, 13)))]),
        Kind("joined", _("Joined"), _PERSON, _WINDOW),
        Kind("trait", _("Computed trait"), _PERSON, [
            Asked("key", _("Trait"), "text"), Asked("any_of", _("Is one of"), "words"), *_VALUES,
            Asked("is_known", _("Is known"), "select", _YES_NO),
        ]),
    ]  # fmt: skip
    if fields:
        kinds.append(
            Kind("custom_field", _("Field of your own"), _PERSON, [
                Asked("key", _("Field"), "select", fields), Asked("any_of", _("Is one of"), "words"), *_VALUES,
                Asked("is_known", _("Is known"), "select", _YES_NO),
            ])
        )  # fmt: skip
    return kinds


def _about_purchases(merchant: Merchant) -> list[Kind]:
    measures: Choices = (
        ("count", _("Number of orders")), ("spend_minor", _("Amount spent")), ("average_minor", _("Average order")),
    )  # fmt: skip
    bought: Choices = (("orders", _("Orders with it")), ("quantity", _("Quantity")), ("spend_minor", _("Amount spent")))
    which: Choices = (("last", _("the last")), ("first", _("the first")), ("nth", _("the nth")))
    return [
        Kind("orders", _("Orders"), _SHOPPING, [
            Asked("measure", _("What counts"), "select", measures), *_BOUNDS, *_WINDOW,
            Asked("channels", _("Channels"), "many", OrderChannel.choices),
        ]),
        Kind("bought", _("Products bought"), _SHOPPING, [
            Asked("categories", _("Categories"), "many", [(each, each) for each in categories_of(merchant)[:MOST_CHOICES]]),
            Asked("skus", _("SKUs"), "words"), Asked("brands", _("Brands"), "words"),
            Asked("measure", _("What counts"), "select", bought), *_BOUNDS, *_WINDOW,
        ]),
        Kind("purchase", _("First, last or nth purchase"), _SHOPPING, [
            Asked("which", _("Purchase"), "select", which), Asked("n", _("n"), "number"), *_WINDOW,
        ]),
    ]  # fmt: skip


def _about_programme(merchant: Merchant) -> list[Kind]:
    points: Choices = (
        ("spendable", _("Spendable points")), ("pending", _("Pending points")), ("growth", _("Growth value")),
        ("lifetime_earned", _("Points ever earned")), ("lifetime_spent", _("Points ever spent")),
    )  # fmt: skip
    tickets: Choices = (("any", _("any")), ("open", _("open")), ("resolved", _("resolved")))
    priorities: Choices = (
        ("urgent", _("Urgent")), ("high", pgettext_lazy("priority", "High")), ("normal", pgettext_lazy("priority", "Normal")),
        ("low", pgettext_lazy("priority", "Low")),
    )  # fmt: skip
    tiers = [(code, name) for code, name in tier_names(merchant).items() if code]
    return [
        Kind("tier", _("Tier"), _PROGRAMME, [
            Asked("any_of", _("One of"), "many", tiers), Asked("in_grace", _("Kept by grace"), "select", _YES_NO),
        ]),
        Kind("points", _("Points"), _PROGRAMME, [Asked("measure", _("What counts"), "select", points), *_BOUNDS]),
        Kind("expiring_points", _("Expiring points"), _PROGRAMME, [
            Asked("within_days", _("Within"), "number", suffix=_DAYS), Asked("at_least", _("At least"), "number"),
        ]),
        Kind("tickets", _("Tickets"), _PROGRAMME, [
            Asked("state", _("State"), "select", tickets), Asked("complaints_only", _("Complaints only"), "check"),
            Asked("priorities", _("Priorities"), "many", priorities), Asked("categories", _("Categories"), "words"),
            *_BOUNDS, *_WINDOW,
        ]),
    ]  # fmt: skip


def _about_insight(merchant: Merchant) -> list[Kind]:
    groups = [(group.code, group.name) for group in RFM_GROUPS]
    segments = [(segment.code, segment.name) for segment in segments_of(merchant)]
    horizons: Choices = (("365", _("12 months")), ("90", _("90 days")))
    kinds = [
        Kind("rfm", "RFM", _INSIGHT, [
            Asked("groups", _("Groups"), "many", groups), Asked("recency", "R", "many", _SCORES),
            Asked("frequency", "F", "many", _SCORES), Asked("monetary", "M", "many", _SCORES),
        ]),
        Kind("lifecycle", _("Lifecycle stage"), _INSIGHT, [
            Asked("any_of", _("One of"), "many", [(stage, stage_name(stage)) for stage in STAGES]),
        ]),
        Kind("churn", _("Churn risk"), _INSIGHT, [
            Asked("any_of", _("One of"), "many", [(str(band), band_label(band)) for band in BANDS]),
        ]),
        Kind("lifetime_value", _("Predicted spend"), _INSIGHT, [
            Asked("horizon_days", _("In the next"), "select", horizons), *_AMOUNTS,
        ]),
    ]  # fmt: skip
    if segments:
        kinds.append(
            Kind("segment", _("Another segment"), _INSIGHT, [Asked("segment", _("Segment"), "select", segments)])
        )
    return kinds


def _tags(merchant: Merchant) -> Choices:
    return [(tag.name, tag.name) for tag in tags_of(merchant).filter(managed_by="")[:MOST_CHOICES]]


def _numbers(values: Iterable[int], name: Callable[[int], str] = str) -> Choices:
    return [(str(value), name(value)) for value in values]
