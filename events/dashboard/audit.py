"""The audit log: everything that happened in the shop, and who did it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET

from events.facts import Fact
from events.queries import AuditFilter, audit_log
from merchants.frames.cursors import list_page
from merchants.frames.staff import StaffRequest, page, staff_page
from merchants.models import Merchant
from merchants.roles import Permission

ACTOR_KINDS = [
    ("", gettext_lazy("Anybody")),
    ("staff", gettext_lazy("Staff")),
    ("api_key", gettext_lazy("API key")),
    ("member", gettext_lazy("Member")),
    ("system", gettext_lazy("The platform")),
]


class AuditForm(forms.Form):
    type = forms.ChoiceField(label=gettext_lazy("What happened"), required=False)
    actor_kind = forms.ChoiceField(label=gettext_lazy("Who"), choices=ACTOR_KINDS, required=False)
    actor_name = forms.CharField(label=pgettext_lazy("actor", "Name"), max_length=80, required=False)
    since = forms.DateField(label=gettext_lazy("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=gettext_lazy("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(wire, fact.label) for wire, fact in sorted(Fact.known.items()) if fact.label]
        field = self.fields["type"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", gettext_lazy("Anything")), *kinds]


@require_GET
@staff_page(Permission.SEE_AUDIT_LOG)
def audit(request: StaffRequest) -> HttpResponse:
    form = AuditForm(request.GET)
    given = form.cleaned_data if form.is_valid() else {}
    narrowed = AuditFilter(
        type=given.get("type", ""),
        actor_kind=given.get("actor_kind", ""),
        actor_name=given.get("actor_name", ""),
        since=_start(request.merchant, given.get("since")),
        until=_start(request.merchant, given["until"] + timedelta(days=1)) if given.get("until") else None,
    )
    rows = list_page(request, audit_log(request.merchant, narrowed), limit=50)
    filtered = any(given.values())
    return page(request, "events/dashboard/audit.html", form=form, rows=rows, filtered=filtered)


def _start(merchant: Merchant, day: date | None) -> datetime | None:
    """The moment when `day` began in the shop."""
    return datetime.combine(day, time.min, tzinfo=merchant.zone) if day else None
