"""Routing rules: tried on the last hundred tickets, then published."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from aftersales.actions.desk import open_desk, tidy_skill
from aftersales.dashboard.desk import desk_trail
from aftersales.dashboard.desk_fields import (
    SomeField,
    WordsField,
    category_choices,
    channel_choices,
    offer,
    tier_choices,
)
from aftersales.dashboard.desk_levels import in_order
from aftersales.dashboard.desk_publishing import in_force, preview_or_publish, publish_form, rules_page
from aftersales.models import DocumentKind, Priority
from aftersales.queries.people import workers_of
from aftersales.queries.routing import dry_run_routing
from aftersales.rules.documents import Document
from aftersales.rules.routing import RoutingDocument
from merchants.frames.public_ids import public_id, read_public_id
from merchants.frames.staff import StaffRequest, shop_url, staff_page
from merchants.models import Merchant
from merchants.roles import Permission
from merchants.rules.figures import money_amount

_UNCHANGED = ("", gettext_lazy("As it is"))


class RoutingForm(forms.Form):
    """One rule: when all of this holds, do that. `remove` drops it."""

    name = forms.CharField(label=pgettext_lazy("thing", "Name"), max_length=60)
    place = forms.IntegerField(
        label=pgettext_lazy("in an order", "Place"), min_value=1, max_value=99, required=False,
        help_text=gettext_lazy("The first that applies decides. Empty: last."),
    )  # fmt: skip
    categories = SomeField(label=pgettext_lazy("ticket", "Categories"))
    tiers = SomeField(label=gettext_lazy("Tiers"))
    channels = SomeField(label=gettext_lazy("Channels"))
    words = WordsField(
        label=gettext_lazy("Words"), widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("In the subject or the first message, separated by commas or lines."),
    )  # fmt: skip
    words_match = forms.ChoiceField(
        label=gettext_lazy("Of these words"),
        choices=[("any", gettext_lazy("One is enough")), ("all", gettext_lazy("All are needed"))],
    )
    order_total = forms.DecimalField(
        label=gettext_lazy("Order total from"), min_value=0, max_digits=12, required=False
    )  # fmt: skip
    priority = forms.ChoiceField(
        label=gettext_lazy("Priority"), required=False, choices=[_UNCHANGED, *Priority.choices]
    )
    category = forms.ChoiceField(label=pgettext_lazy("ticket", "Category"), required=False)
    assignee = forms.ChoiceField(label=gettext_lazy("Goes to"), required=False)
    skill = forms.CharField(
        label=gettext_lazy("Skill needed"), max_length=40, required=False,
        help_text=gettext_lazy("In turn among those who have it."),
    )  # fmt: skip
    remove = forms.BooleanField(label=gettext_lazy("Remove this rule"), required=False)

    def __init__(self, *args: Any, merchant: Merchant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = self.initial if isinstance(self.initial, dict) else {}
        categories = category_choices(merchant)
        people = [(public_id("mem", each.pk), str(each.staff)) for each in workers_of(merchant)]
        offer(self.fields["categories"], categories, known=known.get("categories"))
        offer(self.fields["tiers"], tier_choices(merchant), known=known.get("tiers"))
        offer(self.fields["channels"], channel_choices())
        offer(
            self.fields["category"], [(_UNCHANGED[0], str(_UNCHANGED[1])), *categories], known=[known.get("category")]
        )
        offer(self.fields["assignee"], [("", _("Whoever’s turn it is")), *people])
        self.fields["words_match"].initial = "any"


RoutingForms = formset_factory(RoutingForm, extra=1, max_num=50, validate_max=True)


@staff_page(Permission.EDIT_DESK)
def routing(request: StaffRequest) -> HttpResponseBase:
    """The rules in force as a form; `do` preview tries them, publish puts them into force."""
    merchant = request.merchant
    open_desk(merchant, by=request.actor)
    number, document = in_force(request, DocumentKind.ROUTING)
    assert isinstance(document, RoutingDocument)
    rows = RoutingForms(
        request.POST or None, prefix="rule", initial=_initial(document, merchant), form_kwargs={"merchant": merchant}
    )
    ending = publish_form(request, number)
    shown: dict[str, Any] = {}
    if ending.is_bound and all([ending.is_valid(), rows.is_valid()]):
        answer = preview_or_publish(
            request, DocumentKind.ROUTING, {"rules": _rules(rows, merchant)}, ending,
            preview=lambda checked: tried_context(request, checked), back="aftersales:desk-routing",
        )  # fmt: skip
        if isinstance(answer, HttpResponseBase):
            return answer
        shown = answer
    return rules_page(
        request, "desk_routing.html", ending=ending, shown=shown, rows=rows, number=number,
        versions_url=shop_url(request, "aftersales:desk-versions", DocumentKind.ROUTING.value),
        cancel_url=shop_url(request, "aftersales:desk"), trail=desk_trail(request, (_("Routing"), "")),
    )  # fmt: skip


def tried_context(request: StaffRequest, document: Document) -> dict[str, Any]:
    """The dry run as desk_tried.html draws it: first the tickets that would have fared otherwise."""
    assert isinstance(document, RoutingDocument)
    tried = dry_run_routing(request.merchant, document)
    names = dict(category_choices(request.merchant))
    changed = [each for each in tried if each.changes]
    return {
        "tried": [
            {
                "ticket": each.ticket,
                "rule": each.outcome.rule_name,
                "priority": Priority(each.outcome.priority).label if each.outcome.priority else "",
                "category": names.get(each.outcome.category or "", each.outcome.category or ""),
                "assignee": str(each.assignee.staff) if each.assignee else "",
                "skill": each.outcome.skill or "",
            }
            for each in changed[:50]
        ],
        "changed": len(changed),
        "of": len(tried),
        "matched": sum(each.outcome.rule is not None for each in tried),
    }


def _initial(document: RoutingDocument, merchant: Merchant) -> list[dict[str, Any]]:
    rows = []
    for place, rule in enumerate(document.rules, start=1):
        when, then = rule.when, rule.then
        least = when.order_total_at_least_minor
        rows.append(
            when.model_dump() | then.model_dump() | {
                "name": rule.name, "place": place,
                "order_total": money_amount(least, merchant.currency) if least is not None else None,
                "assignee": public_id("mem", then.assignee) if then.assignee else "",
            }
        )  # fmt: skip
    return rows


def _rules(rows: BaseFormSet[RoutingForm], merchant: Merchant) -> list[dict[str, Any]]:
    unit = money_amount(1, merchant.currency)
    return [
        {
            "name": row["name"],
            "when": {
                **{name: row[name] for name in ("categories", "tiers", "channels", "words", "words_match")},
                "order_total_at_least_minor": int(row["order_total"] / unit)
                if row["order_total"] is not None
                else None,
            },
            "then": {
                "priority": row["priority"] or None,
                "category": row["category"] or None,
                "assignee": read_public_id("mem", row["assignee"]) if row["assignee"] else None,
                "skill": tidy_skill(row["skill"]) or None,
            },
        }
        for row in in_order(rows)
    ]
