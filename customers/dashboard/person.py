"""One customer: the page, its panels of this floor, and what staff do there."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from customers.actions import (
    NewCustomer,
    add_note,
    archive_customer,
    decide_consents,
    link_external_id,
    register_customer,
    remove_note,
    restore_customer,
    reveal_personal_data,
    tag_customer,
    untag_customer,
    update_customer,
)
from customers.actions.consents import Decision
from customers.dashboard.forms import ConsentForm, CustomerForm
from customers.dashboard.history import PARTS, entries_of
from customers.models import Channel, Customer, Purpose
from customers.queries import (
    consents_of,
    custom_fields_of,
    get_customer,
    notes_of,
    standing_consents,
    tags_of,
    tags_on,
    traits_of,
)
from customers.rules.birthdays import next_occurrence
from customers.rules.consents import CHANNELS_OF
from merchants.clock import today
from merchants.errors import DomainError, InvalidValue, InvalidValues
from merchants.frames.public_ids import public_id, read_public_id
from merchants.frames.staff import StaffRequest, page, refuse, shop_url, staff_page
from merchants.roles import Permission


def customer_at(request: StaffRequest, customer: str) -> Customer:
    found = get_customer(request.merchant, read_public_id("cus", customer))
    found.merchant = request.merchant
    return found


def customer_url(request: StaffRequest, customer: Customer) -> str:
    return shop_url(request, "customers:customer-detail", public_id("cus", customer.pk))


def _trail(request: StaffRequest, *last: tuple[str, str]) -> list[dict[str, str]]:
    first = (gettext("Customers"), shop_url(request, "customers:customer-list"))
    return [{"label": label, "url": url} for label, url in (first, *last)]


@staff_page(Permission.SEE_CUSTOMERS)
def customer_detail(request: StaffRequest, customer: str) -> HttpResponseBase:
    found = customer_at(request, customer)
    birthday = found.birthday
    part = request.GET.get("show", "")
    entries, more = entries_of(found, part=part, before=request.GET.get("before", ""))
    context: dict[str, Any] = {
        "customer": found,
        "public_id": customer,
        "entries": entries,
        "more_url": f"?show={part}&before={more}#timeline" if more else "",
        "parts": [
            {"label": label, "url": f"?show={key}#timeline" if key else "?#timeline", "active": part == key}
            for key, label in PARTS
        ],
    }
    if request.htmx and not request.htmx.boosted:
        return page(request, "customers/dashboard/detail.html#timeline", **context)
    return page(
        request,
        "customers/dashboard/detail.html",
        trail=_trail(request, (found.display_name, "")),
        birthday=birthday,
        next_birthday=birthday and next_occurrence(birthday, on_or_after=today(request.merchant)),
        external_ids=found.external_ids.order_by("source", "external_id"),
        custom=[
            (field.label, found.custom[field.key])
            for field in custom_fields_of(request.merchant)
            if field.key in found.custom
        ],
        traits=traits_of(found),
        consents=_consents(found),
        consent_history=consents_of(found)[:20],
        consent_form=ConsentForm(),
        tags=tags_on(found),
        all_tags=tags_of(request.merchant),
        notes=notes_of(found)[:50],
        **context,
    )


def _consents(customer: Customer) -> list[dict[str, Any]]:
    standing = standing_consents(customer)
    return [
        {
            "purpose": Purpose(purpose).label,
            "channels": [
                {"label": _channel_label(channel, given), "given": given}
                for channel in channels
                for given in [standing.get((purpose, channel), False)]
            ],
        }
        for purpose, channels in CHANNELS_OF.items()
    ]


def _channel_label(channel: str, given: bool) -> str:
    if channel != Channel.ANY:
        return str(Channel(channel).label)
    return gettext("Agreed") if given else gettext("Not agreed")


@staff_page(Permission.EDIT_CUSTOMERS)
def customer_new(request: StaffRequest) -> HttpResponseBase:
    form = CustomerForm(request.merchant, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            new = NewCustomer(**form.profile(), source="dashboard")
            made = register_customer(request.merchant, new, by=request.actor)
        except DomainError as refusal:
            _refuse(form, refusal)
        else:
            messages.success(request, gettext("Customer added."))
            return HttpResponseRedirect(customer_url(request, made))
    return page(
        request,
        "customers/dashboard/form.html",
        status=422 if form.is_bound else 200,
        form=form,
        heading=gettext("New customer"),
        cancel_url=shop_url(request, "customers:customer-list"),
        trail=_trail(request, (gettext("New customer"), "")),
    )


@staff_page(Permission.EDIT_CUSTOMERS)
def customer_edit(request: StaffRequest, customer: str) -> HttpResponseBase:
    found = customer_at(request, customer)
    form = CustomerForm(request.merchant, request.POST or None, customer=found)
    if request.method == "POST" and form.is_valid():
        try:
            update_customer(found, by=request.actor, **form.profile())
        except DomainError as refusal:
            _refuse(form, refusal)
        else:
            messages.success(request, gettext("Saved."))
            return HttpResponseRedirect(customer_url(request, found))
    return page(
        request,
        "customers/dashboard/form.html",
        status=422 if form.is_bound else 200,
        form=form,
        customer=found,
        heading=found.display_name,
        cancel_url=customer_url(request, found),
        trail=_trail(request, (found.display_name, customer_url(request, found)), (gettext("Edit"), "")),
    )


def _refuse(form: CustomerForm, refusal: DomainError) -> None:
    """Faults of the birthday and of the shop's own fields stand at their controls."""
    for fault in refusal.faults if isinstance(refusal, InvalidValues) else [refusal]:
        parts = (fault.pointer or "").strip("/").split("/")
        name = {"birthday": "birthday_day", "custom": f"custom_{parts[-1]}"}.get(parts[0], parts[0])
        if isinstance(fault, InvalidValue) and name in form.fields:
            form.add_error(name, fault.text())
        else:
            refuse(form, fault)


@require_POST
@staff_page(Permission.REVEAL_PERSONAL_DATA)
def reveal(request: StaffRequest, customer: str) -> HttpResponseBase:
    """Phone, e-mail and address in clear, once, and on the record."""
    found = customer_at(request, customer)
    shown = reveal_personal_data(found, by=request.actor)
    labels = {"phone": gettext("Phone"), "email": gettext("E-mail"), "address": gettext("Address")}
    facts = [(labels[name], value) for name, value in shown.items()]
    response = page(
        request,
        "customers/dashboard/revealed.html",
        facts=facts,
        customer=found,
        back_url=customer_url(request, found),
        trail=_trail(request, (found.display_name, customer_url(request, found)), (gettext("Contact"), "")),
        fragment=bool(request.htmx),
    )
    response["Cache-Control"] = "no-store"
    return response


def _done(request: StaffRequest, customer: Customer, text: str, *, anchor: str = "") -> HttpResponse:
    messages.success(request, text)
    return HttpResponseRedirect(f"{customer_url(request, customer)}{anchor}")


@require_POST
@staff_page(Permission.EDIT_CUSTOMERS)
def archive(request: StaffRequest, customer: str) -> HttpResponseBase:
    found = customer_at(request, customer)
    archive_customer(found, reason=request.POST.get("reason", ""), by=request.actor)
    return _done(request, found, gettext("Customer archived."))


@require_POST
@staff_page(Permission.EDIT_CUSTOMERS)
def restore(request: StaffRequest, customer: str) -> HttpResponseBase:
    found = customer_at(request, customer)
    restore_customer(found, by=request.actor)
    return _done(request, found, gettext("Customer restored."))


@require_POST
@staff_page(Permission.TAG_CUSTOMERS)
def tag(request: StaffRequest, customer: str) -> HttpResponseBase:
    found = customer_at(request, customer)
    tag_customer(found, tag=request.POST.get("tag", ""), by=request.actor)
    return _done(request, found, gettext("Tag added."), anchor="#tags")


@require_POST
@staff_page(Permission.TAG_CUSTOMERS)
def untag(request: StaffRequest, customer: str) -> HttpResponseBase:
    found = customer_at(request, customer)
    untag_customer(found, tag=request.POST.get("tag", ""), by=request.actor)
    return _done(request, found, gettext("Tag removed."), anchor="#tags")


@require_POST
@staff_page(Permission.EDIT_CUSTOMERS)
def note(request: StaffRequest, customer: str) -> HttpResponseBase:
    found = customer_at(request, customer)
    add_note(found, text=request.POST.get("text", ""), by=request.actor)
    return _done(request, found, gettext("Note added."), anchor="#notes")


@require_POST
@staff_page(Permission.EDIT_CUSTOMERS)
def drop_note(request: StaffRequest, customer: str, note_id: int) -> HttpResponseBase:
    found = customer_at(request, customer)
    remove_note(found, note_id=note_id, by=request.actor)
    return _done(request, found, gettext("Note removed."), anchor="#notes")


@require_POST
@staff_page(Permission.EDIT_CUSTOMERS)
def consent(request: StaffRequest, customer: str) -> HttpResponseBase:
    found = customer_at(request, customer)
    form = ConsentForm(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("Say which purpose, the decision, and where it was given."))
        return HttpResponseRedirect(f"{customer_url(request, found)}#consents")
    purpose, _, channel = form.cleaned_data["pair"].partition(".")
    decision = Decision(purpose, channel, given=form.cleaned_data["decision"] == "given")
    decide_consents(found, [decision], source=form.cleaned_data["source"], by=request.actor)
    return _done(request, found, gettext("Recorded."), anchor="#consents")


@require_POST
@staff_page(Permission.EDIT_CUSTOMERS)
def link(request: StaffRequest, customer: str) -> HttpResponseBase:
    found = customer_at(request, customer)
    source, external_id = request.POST.get("source", ""), request.POST.get("external_id", "")
    link_external_id(found, source=source, external_id=external_id, by=request.actor)
    return _done(request, found, gettext("Identifier linked."))
