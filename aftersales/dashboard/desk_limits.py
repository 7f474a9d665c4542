"""Goodwill limits, and what happens after the answer: two documents that are one form each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpResponseBase
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aftersales.actions.desk import open_desk
from aftersales.dashboard.desk import desk_trail
from aftersales.dashboard.desk_fields import SpanField
from aftersales.dashboard.desk_publishing import in_force, preview_or_publish, publish_form, rules_page
from aftersales.dashboard.desk_readable import Words, changes_between
from aftersales.models import DocumentKind
from aftersales.rules.care import CareDocument
from aftersales.rules.documents import Document
from aftersales.rules.limits import API_KEY, LimitsDocument
from merchants.frames.staff import StaffRequest, shop_url, staff_page
from merchants.roles import PERMISSIONS, Permission, Role

GIVERS: Mapping[str, str | Promise] = {
    role.value: role.label for role in Role if Permission.GRANT_GOODWILL in PERMISSIONS[role]
} | {API_KEY: gettext_lazy("Integrations")}


def points_field(label: Any, *, required: bool = True) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=required, min_value=0, max_value=1_000_000_000)


class RoleForm(forms.Form):
    """What one role may give; all three empty: nothing."""

    per_grant = points_field(gettext_lazy("Most points at once"), required=False)
    per_month = points_field(gettext_lazy("Most points of one person in a month"), required=False)
    second_above = points_field(gettext_lazy("A second person decides above"), required=False)  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        empty = [name for name in self.fields if given.get(name) is None and name not in self.errors]
        if 0 < len(empty) < len(self.fields):
            for name in empty:
                self.add_error(name, _("Fill in all three, or none of them."))
        return given

    def limits(self) -> dict[str, int] | None:
        given = self.cleaned_data
        return None if given.get("per_grant") is None else {name: given[name] for name in self.fields}


class LimitsForm(forms.Form):
    per_ticket = points_field(gettext_lazy("Points on one ticket"))
    per_customer_month = points_field(gettext_lazy("Points to one customer in a month"))
    shop_month = points_field(gettext_lazy("Points of the whole shop in a month"))
    waiting_days = forms.IntegerField(
        label=gettext_lazy("Days until nobody's decision is a no"), min_value=1, max_value=90
    )


class SignalsForm(forms.Form):
    window_days = forms.IntegerField(label=gettext_lazy("Days to look back"), min_value=1, max_value=730)
    grants = forms.IntegerField(label=gettext_lazy("Goodwill grants from"), min_value=1, max_value=1000)
    tickets = forms.IntegerField(label=gettext_lazy("Tickets from"), min_value=1, max_value=1000)
    refunds = forms.IntegerField(label=gettext_lazy("Refunds from"), min_value=1, max_value=1000)


class CareForm(forms.Form):
    reopen_days = forms.IntegerField(
        label=gettext_lazy("Days in which a customer may reopen a ticket"), min_value=0, max_value=365,
        help_text=gettext_lazy("Afterwards a new ticket is opened and linked to the old one."),
    )  # fmt: skip
    close_after_days = forms.IntegerField(
        label=gettext_lazy("Days until a resolved ticket is closed"), min_value=1, max_value=365
    )
    asks_satisfaction = forms.BooleanField(label=gettext_lazy("Ask how it was"), required=False)
    ask_after_minutes = forms.IntegerField(
        label=gettext_lazy("Minutes after the resolution"), min_value=0, max_value=10_080
    )
    answer_within_days = forms.IntegerField(label=gettext_lazy("Days to answer"), min_value=1, max_value=90)
    low_score = forms.IntegerField(
        label=gettext_lazy("A score is low up to"), min_value=1, max_value=4,
        help_text=gettext_lazy("Of 5. A low score opens a recovery case."),
    )  # fmt: skip
    recovery_minutes = SpanField(label=gettext_lazy("The recovery case is due within"))
    recovery_owner = forms.ChoiceField(
        label=gettext_lazy("Who makes it good"),
        choices=[
            ("owner", gettext_lazy("The shop's owner")), ("advisor", gettext_lazy("The customer's advisor")),
            ("agent", gettext_lazy("The one who was rated")),
        ],
    )  # fmt: skip

    def clean_recovery_minutes(self) -> int:
        minutes = self.cleaned_data["recovery_minutes"]
        if minutes is None:
            raise forms.ValidationError(_("This field is required."))
        return int(minutes)


@staff_page(Permission.EDIT_DESK)
def limits(request: StaffRequest) -> HttpResponseBase:
    open_desk(request.merchant, by=request.actor)
    number, document = in_force(request, DocumentKind.LIMITS)
    assert isinstance(document, LimitsDocument)
    given = request.POST or None
    form = LimitsForm(given, initial=document.model_dump())
    signals = SignalsForm(given, prefix="signals", initial=document.signals.model_dump())
    roles = {
        role: RoleForm(given, prefix=role, initial=known.model_dump() if (known := document.of_role(role)) else None)
        for role in GIVERS
    }
    ending = publish_form(request, number)
    shown: dict[str, Any] = {}
    valid = [each.is_valid() for each in (form, signals, ending, *roles.values())]  # all of them, for their faults
    if all(valid):
        wanted = form.cleaned_data | {
            "signals": signals.cleaned_data,
            "roles": {role: most for role, each in roles.items() if (most := each.limits()) is not None},
        }
        answer = preview_or_publish(
            request, DocumentKind.LIMITS, wanted, ending,
            preview=lambda checked: _differences(request, document, checked), back="aftersales:desk-limits",
        )  # fmt: skip
        if isinstance(answer, HttpResponseBase):
            return answer
        shown = answer
    return rules_page(
        request, "desk_limits.html", ending=ending, shown=shown, form=form, signals=signals, number=number,
        roles=[{"label": GIVERS[role], "form": each} for role, each in roles.items()],
        versions_url=shop_url(request, "aftersales:desk-versions", DocumentKind.LIMITS.value),
        cancel_url=shop_url(request, "aftersales:desk"), trail=desk_trail(request, (_("Goodwill limits"), "")),
    )  # fmt: skip


@staff_page(Permission.EDIT_DESK)
def care(request: StaffRequest) -> HttpResponseBase:
    open_desk(request.merchant, by=request.actor)
    number, document = in_force(request, DocumentKind.CARE)
    assert isinstance(document, CareDocument)
    form = CareForm(request.POST or None, initial=document.model_dump(mode="json"))
    ending = publish_form(request, number)
    shown: dict[str, Any] = {}
    if ending.is_bound and all([ending.is_valid(), form.is_valid()]):
        answer = preview_or_publish(
            request, DocumentKind.CARE, form.cleaned_data, ending,
            preview=lambda checked: _differences(request, document, checked), back="aftersales:desk-care",
        )  # fmt: skip
        if isinstance(answer, HttpResponseBase):
            return answer
        shown = answer
    return rules_page(
        request, "desk_care.html", ending=ending, shown=shown, form=form, number=number,
        versions_url=shop_url(request, "aftersales:desk-versions", DocumentKind.CARE.value),
        cancel_url=shop_url(request, "aftersales:desk"), trail=desk_trail(request, (_("After the answer"), "")),
    )  # fmt: skip


def _differences(request: StaffRequest, before: Document, after: Document) -> dict[str, Any]:
    return {"changes": changes_between(before, after, Words(request.merchant))}
