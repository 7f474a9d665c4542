"""Macros: what is answered, noted, set and given at once. The team's need the desk's permission, one's own do not."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_GET, require_POST

from aftersales.actions.desk import add_macro, archive_macro, change_macro, open_desk
from aftersales.dashboard.desk import desk_trail
from aftersales.dashboard.desk_fields import category_choices, offer
from aftersales.models import GrantReason, Macro, Priority
from aftersales.queries.desk import macros_for, statuses_of
from aftersales.rules.macros import VARIABLES, MacroSteps
from merchants.errors import DomainError, InvalidValues, NotFound
from merchants.frames.staff import StaffRequest, page, shop_url, staff_page
from merchants.models import Merchant
from merchants.roles import Permission, may

_KEEP = gettext_lazy("As it is")


class MacroForm(forms.Form):
    """The steps in the order in which they are done; an empty one is left out."""

    name = forms.CharField(label=pgettext_lazy("thing", "Name"), max_length=60)
    is_shared = forms.BooleanField(label=gettext_lazy("For the whole team"), required=False, initial=True)
    note = forms.CharField(
        label=gettext_lazy("Internal note"), required=False, max_length=8000, widget=forms.Textarea(attrs={"rows": 3})
    )
    category = forms.ChoiceField(label=pgettext_lazy("ticket", "Category"), required=False)
    priority = forms.ChoiceField(
        label=gettext_lazy("Priority"), required=False, choices=[("", _KEEP), *Priority.choices]
    )
    assignee = forms.ChoiceField(
        label=gettext_lazy("Assignee"), required=False,
        choices=[
            ("", _KEEP), ("me", gettext_lazy("Whoever runs it")), ("advisor", gettext_lazy("The customer's advisor")),
            ("nobody", gettext_lazy("Nobody")),
        ],
    )  # fmt: skip
    points = forms.IntegerField(
        label=gettext_lazy("Goodwill points"), required=False, min_value=1, max_value=1_000_000,
        help_text=gettext_lazy("Within the limits of whoever runs it."),
    )  # fmt: skip
    reason = forms.ChoiceField(label=gettext_lazy("Reason"), required=False, choices=GrantReason.choices)
    reply = forms.CharField(
        label=gettext_lazy("Reply to the customer"), required=False, max_length=8000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )  # fmt: skip
    status = forms.ChoiceField(label=gettext_lazy("Status afterwards"), required=False)
    snooze_hours = forms.IntegerField(
        label=gettext_lazy("Snooze for hours"), required=False, min_value=1, max_value=24 * 60
    )

    def __init__(self, merchant: Merchant, *args: Any, may_share: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self.fields["category"], [("", str(_KEEP)), *category_choices(merchant)])
        statuses = [(each.code, each.name) for each in statuses_of(merchant)]
        offer(self.fields["status"], [("", _("As replies leave it")), *statuses])
        if not may_share:
            del self.fields["is_shared"]

    def steps(self) -> dict[str, Any]:
        given = self.cleaned_data
        wanted = {name: given[name] or None for name in ("status", "category", "priority", "assignee", "snooze_hours")}
        grant = {"points": given["points"], "reason": given["reason"] or "gesture"} if given["points"] else None
        return {"reply": given["reply"], "note": given["note"], "set": wanted, "grant": grant}


@require_GET
@staff_page(Permission.WORK_TICKETS)
def macros(request: StaffRequest) -> HttpResponseBase:
    rows = macros_for(request.membership, merchant=request.merchant)
    return page(
        request, "aftersales/dashboard/desk_macros.html",
        rows=[{"macro": each, "may_edit": _may_edit(request, each), "does": _does(each)} for each in rows],
        trail=desk_trail(request, (_("Macros"), "")),
    )  # fmt: skip


@staff_page(Permission.WORK_TICKETS)
def macro_new(request: StaffRequest) -> HttpResponseBase:
    open_desk(request.merchant, by=request.actor)
    return _edit(request, None)


@staff_page(Permission.WORK_TICKETS)
def macro_edit(request: StaffRequest, macro_id: int) -> HttpResponseBase:
    return _edit(request, _get(request, macro_id))


@require_POST
@staff_page(Permission.WORK_TICKETS)
def macro_archive(request: StaffRequest, macro_id: int) -> HttpResponseBase:
    archive_macro(_get(request, macro_id), by=request.actor)
    messages.success(request, _("Macro archived."))
    return HttpResponseRedirect(shop_url(request, "aftersales:desk-macros"))


def _edit(request: StaffRequest, macro: Macro | None) -> HttpResponseBase:
    shares = may(request.membership.role, Permission.EDIT_DESK)
    form = MacroForm(request.merchant, request.POST or None, initial=_initial(macro), may_share=shares)
    if form.is_bound and form.is_valid():
        owner = None if form.cleaned_data.get("is_shared") else request.membership
        wanted = {"name": form.cleaned_data["name"], "steps": form.steps(), "owner": owner, "by": request.actor}
        try:
            if macro is None:
                add_macro(request.merchant, **wanted)
            else:
                change_macro(macro, **wanted)
        except DomainError as refusal:
            _show(form, refusal)
        else:
            messages.success(request, _("Macro saved."))
            return HttpResponseRedirect(shop_url(request, "aftersales:desk-macros"))
    heading = macro.name if macro else _("New macro")
    back = shop_url(request, "aftersales:desk-macros")
    return page(
        request, "aftersales/dashboard/desk_macro.html", status=422 if form.is_bound else 200, form=form, macro=macro,
        heading=heading, cancel_url=back, variables=[f"{{{{ {name} }}}}" for name in VARIABLES],
        trail=desk_trail(request, (_("Macros"), back), (heading, "")),
    )  # fmt: skip


def _initial(macro: Macro | None) -> dict[str, Any] | None:
    if macro is None:
        return None
    steps = MacroSteps.model_validate(macro.steps)
    known = {"name": macro.name, "is_shared": macro.owner_id is None, "note": steps.note, "reply": steps.reply}
    known |= steps.set.model_dump()
    return known | ({"points": steps.grant.points, "reason": steps.grant.reason} if steps.grant else {})


def _show(form: MacroForm, refusal: DomainError) -> None:
    for fault in refusal.faults if isinstance(refusal, InvalidValues) else [refusal]:
        name = (fault.pointer or "").rsplit("/", 1)[-1]
        form.add_error(name if name in form.fields else None, fault.text())


def _get(request: StaffRequest, number: int) -> Macro:
    """One that this person may change; another's own is not there for them."""
    found = macros_for(request.membership, merchant=request.merchant).filter(pk=number).first()
    if found is None or not _may_edit(request, found):
        raise NotFound()
    found.merchant = request.merchant
    return found


def _may_edit(request: StaffRequest, macro: Macro) -> bool:
    return macro.owner_id is not None or may(request.membership.role, Permission.EDIT_DESK)


def _does(macro: Macro) -> list[str]:
    """Its steps in a few words."""
    steps = MacroSteps.model_validate(macro.steps)
    parts = [
        (pgettext("macro", "note"), bool(steps.note)),
        (pgettext("macro", "sets fields"), bool(steps.set.model_dump(exclude_none=True))),
        (_("%(points)s points") % {"points": steps.grant.points if steps.grant else 0}, steps.grant is not None),
        (pgettext("macro", "reply"), bool(steps.reply)),
    ]
    return [label for label, is_there in parts if is_there]
