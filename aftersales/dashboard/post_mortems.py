"""Post-mortems (复盘): written from a ticket, with an action somebody owns and a day on which its effect is checked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_POST

from aftersales.actions.post_mortems import (
    Learnt,
    change_post_mortem,
    check_effect,
    finish_preventive_action,
    write_post_mortem,
)
from aftersales.models import PostMortem, Ticket
from aftersales.queries.desk import cause_tree, causes_of
from aftersales.queries.people import workers_of
from aftersales.queries.post_mortems import (
    cause_names,
    effect_known,
    find_post_mortem,
    get_post_mortem,
    post_mortems_of,
)
from aftersales.queries.tickets import get_ticket
from aftersales.rules.rates import Verdict
from merchants.clock import today
from merchants.errors import DomainError
from merchants.frames.cursors import list_page
from merchants.frames.public_ids import public_id, read_public_id
from merchants.frames.staff import StaffRequest, page, refuse, shop_url, staff_page
from merchants.models import Merchant
from merchants.roles import Permission
from merchants.rules.figures import money_amount

State = PostMortem.State
TONES = {State.OPEN: "warning", State.DONE: "info", State.CHECKED: "success"}
VERDICTS = {
    Verdict.FEWER: ("success", gettext_lazy("Fewer than before")),
    Verdict.MORE: ("error", gettext_lazy("More than before")),
    Verdict.UNSURE: ("neutral", gettext_lazy("No clear difference")),
    Verdict.UNKNOWN: ("neutral", gettext_lazy("Nothing to compare")),
}


class PostMortemForm(forms.Form):
    """Choices are the shop's own: its causes as a tree, its people."""

    cause = forms.TypedChoiceField(label=gettext_lazy("Root cause"), coerce=int)
    summary = forms.CharField(
        label=gettext_lazy("What happened"), widget=forms.Textarea(attrs={"rows": 4}), max_length=4000
    )
    cost_points = forms.IntegerField(label=gettext_lazy("Points"), min_value=0, initial=0)
    cost = forms.DecimalField(label=gettext_lazy("Money"), min_value=0, max_digits=14, initial=0)
    minutes = forms.IntegerField(label=gettext_lazy("Minutes of work"), min_value=0, initial=0)
    action = forms.CharField(
        label=gettext_lazy("Preventive action"), widget=forms.Textarea(attrs={"rows": 3}), max_length=4000
    )
    owner = forms.TypedChoiceField(label=pgettext_lazy("post-mortem", "Owner"), coerce=int)
    due_on = forms.DateField(label=gettext_lazy("Due"), widget=forms.DateInput(attrs={"type": "date"}))
    check_on = forms.DateField(
        label=gettext_lazy("Check the effect on"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("On this day the category’s tickets per order are compared with as many days before."),
    )

    def __init__(self, merchant: Merchant, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.merchant = merchant
        self._chosen("cause").choices = [
            (node.cause.pk, " · " * node.depth + node.cause.name) for node in cause_tree(merchant)
        ]
        self._chosen("owner").choices = [(each.pk, str(each.staff)) for each in workers_of(merchant)]

    def _chosen(self, name: str) -> forms.TypedChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.TypedChoiceField)
        return field

    def learnt(self) -> Learnt:
        said = self.cleaned_data
        return Learnt(
            cause=causes_of(self.merchant).get(pk=said["cause"]),
            owner=workers_of(self.merchant).get(pk=said["owner"]),
            cost_minor=int(said["cost"] / money_amount(1, self.merchant.currency)),
            **{name: said[name] for name in ("summary", "action", "due_on", "check_on", "cost_points", "minutes")},
        )


@require_GET
@staff_page(Permission.SEE_TICKETS)
def post_mortem_list(request: StaffRequest) -> HttpResponse:
    every = post_mortems_of(request.merchant)
    asked = request.GET.get("state", "")
    state = asked if asked in State.values else "all"
    got = list_page(request, every if state == "all" else every.filter(state=state), order=["-id"])
    names = cause_names(causes_of(request.merchant, archived=True))
    day = today(request.merchant)
    return page(
        request,
        "aftersales/dashboard/post_mortems.html",
        rows=[
            {
                "post_mortem": each,
                "cause": names[each.cause_id],
                "tone": TONES[State(each.state)],
                "late": each.state == State.OPEN and each.due_on < day,
                "verdict": _verdict(each),
                "url": _url(request, each),
            }
            for each in got.rows
        ],
        found=got,
        state=state,
        tabs=[
            {"label": label, "url": f"?state={name}", "active": name == state}
            for name, label in (("all", _("All")), *State.choices)
        ],
    )


def _verdict(post_mortem: PostMortem) -> dict[str, Any] | None:
    if not post_mortem.effect:
        return None
    tone, label = VERDICTS[Verdict(post_mortem.effect["verdict"])]
    return {"tone": tone, "label": label}


@staff_page(Permission.WORK_TICKETS)
def post_mortem_new(request: StaffRequest, ticket_id: str) -> HttpResponseBase:
    """Write one for a ticket; a ticket that has one leads to it."""
    ticket = get_ticket(request.merchant, id=read_public_id("tkt", ticket_id))
    known = find_post_mortem(ticket)
    if known is not None:
        return HttpResponseRedirect(_url(request, known))
    day = today(request.merchant)
    initial = {"due_on": day + timedelta(days=7), "check_on": day + timedelta(days=37)}
    form = PostMortemForm(request.merchant, request.POST or None, initial=initial)
    if form.is_valid():
        try:
            written = write_post_mortem(ticket, form.learnt(), by=request.actor)
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("Written down. The effect check rings on its day."))
            return HttpResponseRedirect(_url(request, written))
    return _form_page(request, form, ticket, cancel_url=_ticket_url(request, ticket))


@staff_page(Permission.WORK_TICKETS)
def post_mortem_edit(request: StaffRequest, post_mortem_id: str) -> HttpResponseBase:
    found = get_post_mortem(request.merchant, read_public_id("pmo", post_mortem_id))
    initial = {
        "cause": found.cause_id, "owner": found.owner_id, "cost": money_amount(found.cost_minor, request.merchant.currency),
        **{
            name: getattr(found, name)
            for name in ("summary", "action", "due_on", "check_on", "cost_points", "minutes")
        },
    }  # fmt: skip
    form = PostMortemForm(request.merchant, request.POST or None, initial=initial)
    if form.is_valid():
        try:
            change_post_mortem(found, form.learnt())
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(_url(request, found))
    return _form_page(request, form, found.ticket, cancel_url=_url(request, found))


def _form_page(request: StaffRequest, form: PostMortemForm, ticket: Ticket, *, cancel_url: str) -> HttpResponse:
    return page(
        request,
        "aftersales/dashboard/post_mortem_form.html",
        status=422 if form.errors else 200,
        trail=_trail(request, f"#{ticket.number}"),
        form=form,
        ticket=ticket,
        cancel_url=cancel_url,
    )


@require_GET
@staff_page(Permission.SEE_TICKETS)
def post_mortem(request: StaffRequest, post_mortem_id: str) -> HttpResponse:
    """What was learnt, and the effect: as it was found, or so far."""
    found = get_post_mortem(request.merchant, read_public_id("pmo", post_mortem_id))
    names = cause_names(causes_of(request.merchant, archived=True))
    effect = effect_known(found)
    tone, label = VERDICTS[effect.found.verdict] if effect is not None else ("neutral", "")
    return page(
        request,
        "aftersales/dashboard/post_mortem.html",
        trail=_trail(request, f"#{found.ticket.number}"),
        post_mortem=found,
        cause=names[found.cause_id],
        tone=TONES[State(found.state)],
        late=found.state == State.OPEN and found.due_on < today(request.merchant),
        effect=effect,
        verdict_tone=tone,
        verdict=label,
        ticket_url=_ticket_url(request, found.ticket),
        edit_url=shop_url(request, "aftersales:post-mortem-edit", post_mortem_id),
        done_url=shop_url(request, "aftersales:post-mortem-done", post_mortem_id),
        check_url=shop_url(request, "aftersales:post-mortem-check", post_mortem_id),
    )


@require_POST
@staff_page(Permission.WORK_TICKETS)
def done(request: StaffRequest, post_mortem_id: str) -> HttpResponseBase:
    """The action is done. When the day of the check has passed by then, as long again is given from now."""
    found = get_post_mortem(request.merchant, read_public_id("pmo", post_mortem_id))
    day = today(request.merchant)
    check_on = found.check_on if found.check_on > day else day + max(found.check_on - found.due_on, timedelta(days=7))
    finish_preventive_action(found, check_on=check_on)
    messages.success(request, _("Done. From today on its effect counts."))
    return HttpResponseRedirect(_url(request, found))


@require_POST
@staff_page(Permission.WORK_TICKETS)
def check(request: StaffRequest, post_mortem_id: str) -> HttpResponseBase:
    """Check the effect now, before its day."""
    found = get_post_mortem(request.merchant, read_public_id("pmo", post_mortem_id))
    check_effect(found)
    messages.success(request, _("The effect was checked."))
    return HttpResponseRedirect(_url(request, found))


def _trail(request: StaffRequest, last: str) -> list[dict[str, str]]:
    return [
        {"label": _("Post-mortems"), "url": shop_url(request, "aftersales:post-mortem-list")},
        {"label": last, "url": ""},
    ]


def _url(request: StaffRequest, post_mortem: PostMortem) -> str:
    return shop_url(request, "aftersales:post-mortem", public_id("pmo", post_mortem.pk))


def _ticket_url(request: StaffRequest, ticket: Ticket) -> str:
    return shop_url(request, "aftersales:ticket", public_id("tkt", ticket.pk))
