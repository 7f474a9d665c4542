"""The desk's people: who is there, what they can do, who covers for them, and whose advisor they are."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from aftersales.actions.desk import hand_over_customers, open_desk, set_advisor, set_agent, set_presence
from aftersales.dashboard.desk import desk_trail
from aftersales.dashboard.desk_fields import WordsField, offer
from aftersales.queries.people import AgentView, advised_by, advised_counts, advisor_of, agents_of, get_worker
from customers.queries import find_customer, get_customer
from merchants.errors import DomainError, NotFound
from merchants.frames.public_ids import public_id, read_public_id
from merchants.frames.staff import StaffRequest, page, refuse, shop_url, staff_page
from merchants.models import Membership
from merchants.roles import Permission

MOST_SHOWN = 100


class PresenceForm(forms.Form):
    is_present = forms.BooleanField(label=gettext_lazy("Present"), required=False)
    until = forms.DateTimeField(
        label=gettext_lazy("Away until"), required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=gettext_lazy("Empty: until they come back by hand."),
    )  # fmt: skip


class AgentForm(forms.Form):
    skills = WordsField(
        label=gettext_lazy("Skills"),
        help_text=gettext_lazy("Separated by commas, as categories and routing name them."),
    )
    cover = forms.ChoiceField(label=gettext_lazy("Covered by"), required=False)
    most_open = forms.IntegerField(
        label=gettext_lazy("Most open tickets"), min_value=1, max_value=1000,
        help_text=gettext_lazy("With so many that wait for us, they are passed by."),
    )  # fmt: skip

    def __init__(self, others: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self.fields["cover"], [("", _("Nobody")), *others])


class CustomerForm(forms.Form):
    number = forms.CharField(label=gettext_lazy("Member number"), max_length=32)


class HandOverForm(forms.Form):
    to = forms.ChoiceField(label=gettext_lazy("Goes to"), required=False)

    def __init__(self, others: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self.fields["to"], [("", _("Nobody")), *others])


@require_GET
@staff_page(Permission.EDIT_DESK)
def people(request: StaffRequest) -> HttpResponseBase:
    open_desk(request.merchant, by=request.actor)
    advised = advised_counts(request.merchant)
    rows = [{"view": each, "advised": advised.get(each.membership.pk, 0)} for each in agents_of(request.merchant)]
    return page(
        request, "aftersales/dashboard/desk_people.html", rows=rows, trail=desk_trail(request, (_("People"), ""))
    )


@staff_page(Permission.EDIT_DESK)
def person(request: StaffRequest, member: str) -> HttpResponseBase:
    """One person: four small forms, told apart by `do`."""
    membership = _worker(request, member)
    forms_ = _forms(request, membership)
    did = request.POST.get("do", "")
    if did in forms_ and forms_[did].is_valid():
        try:
            text = _do(request, membership, did, forms_[did].cleaned_data)
        except DomainError as refusal:
            refuse(forms_[did], refusal)
        else:
            messages.success(request, text)
            return HttpResponseRedirect(shop_url(request, "aftersales:desk-person", member))
    customers = advised_by(request.merchant, membership)
    return page(
        request, "aftersales/dashboard/desk_person.html",
        status=422 if did in forms_ else 200,
        forms=forms_, view=_view(request, membership), customers=customers[:MOST_SHOWN], many=customers.count(),
        trail=desk_trail(
            request, (_("People"), shop_url(request, "aftersales:desk-people")), (str(membership.staff), "")
        ),
    )  # fmt: skip


@require_POST
@staff_page(Permission.EDIT_DESK)
def release(request: StaffRequest, customer: str) -> HttpResponseBase:
    """The customer has no dedicated advisor any more."""
    found = get_customer(request.merchant, read_public_id("cus", customer))
    before = advisor_of(found)
    set_advisor(found, None, by=request.actor)
    messages.success(request, _("The customer has no dedicated advisor any more."))
    if before is None:
        return HttpResponseRedirect(shop_url(request, "aftersales:desk-people"))
    member = public_id("mem", before.membership_id)
    return HttpResponseRedirect(shop_url(request, "aftersales:desk-person", member))


@require_POST
@staff_page(Permission.WORK_TICKETS)
def my_presence(request: StaffRequest) -> HttpResponseBase:
    """An agent comes (`is_present=1`) or goes."""
    is_present = request.POST.get("is_present") == "1"
    set_presence(request.merchant, request.membership, is_present=is_present, by=request.actor)
    messages.success(request, _("You are present.") if is_present else _("You are away: new tickets go to others."))
    return HttpResponseRedirect(shop_url(request, "aftersales:inbox"))


def _do(request: StaffRequest, membership: Membership, did: str, given: dict[str, Any]) -> str:
    merchant, by = request.merchant, request.actor
    if did == "presence":
        set_presence(merchant, membership, is_present=given["is_present"], until=given["until"], by=by)
        return _("Presence saved.")
    if did == "agent":
        cover = _other(request, given["cover"])
        set_agent(merchant, membership, skills=given["skills"], cover=cover, most_open=given["most_open"], by=by)
        return _("Saved.")
    if did == "customer":
        customer = find_customer(merchant, number=given["number"].strip())
        if customer is None:
            raise NotFound(pointer="/number")
        set_advisor(customer, membership, by=by)
        return _("%(name)s has a dedicated advisor now.") % {"name": customer.display_name}
    many = hand_over_customers(merchant, membership, to=_other(request, given["to"]), by=by)
    return ngettext("%(count)s customer handed over.", "%(count)s customers handed over.", many) % {"count": many}


def _forms(request: StaffRequest, membership: Membership) -> dict[str, forms.Form]:
    view = _view(request, membership)
    agent = view.agent
    others = [
        (public_id("mem", each.membership.pk), each.name)
        for each in agents_of(request.merchant)
        if each.membership.pk != membership.pk
    ]
    did = request.POST.get("do", "")

    def given(name: str) -> Any:
        return request.POST if did == name else None

    cover = public_id("mem", agent.cover_id) if agent and agent.cover_id else ""
    return {
        "presence": PresenceForm(
            given("presence"), initial={"is_present": view.is_here, "until": agent.away_until if agent else None}
        ),
        "agent": AgentForm(
            others, given("agent"),
            initial={"skills": list(view.skills), "cover": cover, "most_open": agent.most_open if agent else 30},
        ),
        "customer": CustomerForm(given("customer")),
        "hand_over": HandOverForm(others, given("hand_over")),
    }  # fmt: skip


def _view(request: StaffRequest, membership: Membership) -> AgentView:
    return next(each for each in agents_of(request.merchant) if each.membership.pk == membership.pk)


def _worker(request: StaffRequest, member: str) -> Membership:
    return get_worker(request.merchant, read_public_id("mem", member))


def _other(request: StaffRequest, member: str) -> Membership | None:
    return _worker(request, member) if member else None
