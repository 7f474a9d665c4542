"""What a member sees and says about themselves."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext

from customers.actions import (
    change_member_contact,
    change_own_birthday,
    destination_of,
    send_contact_code,
    set_own_preferences,
    update_customer,
)
from customers.frames.member import (
    MemberRequest,
    ShopRequest,
    member_page,
    network_address,
    open_page,
    portal_page,
    portal_url,
)
from customers.portal.forms import BirthdayForm, CodeForm, ContactForm, PreferencesForm, ProfileForm
from customers.portal.sign_in import masked
from customers.queries import consents_of, custom_fields_of, shown_code_for, standing_consents
from customers.rules.birthdays import next_occurrence
from merchants.clock import today
from merchants.errors import DomainError
from merchants.frames.staff import refuse


@member_page
def profile(request: MemberRequest) -> HttpResponseBase:
    birthday = request.member.birthday
    return portal_page(
        request,
        "customers/portal/profile.html",
        birthday=birthday,
        next_birthday=birthday and next_occurrence(birthday, on_or_after=today(request.merchant)),
        custom=[
            (field.label, request.member.custom[field.key])
            for field in custom_fields_of(request.merchant)
            if field.key in request.member.custom
        ],
    )


@member_page
def edit_profile(request: MemberRequest) -> HttpResponseBase:
    known = {name: getattr(request.member, name) for name in ProfileForm.base_fields}
    form = ProfileForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        try:
            update_customer(request.member, by=request.actor, **form.cleaned_data)
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            return _saved(request, "customers-portal:profile")
    return _form_page(request, "customers/portal/edit_profile.html", form)


@member_page
def edit_birthday(request: MemberRequest) -> HttpResponseBase:
    form = BirthdayForm(request.POST) if request.method == "POST" else BirthdayForm.of(request.member.birthday)
    if request.method == "POST" and form.is_valid():
        try:
            change_own_birthday(request.member, birthday=form.birthday(), by=request.actor)
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            return _saved(request, "customers-portal:profile")
    return _form_page(request, "customers/portal/edit_birthday.html", form)


@member_page
def edit_contact(request: MemberRequest, kind: str) -> HttpResponseBase:
    """A new phone or e-mail: first where to send a code."""
    if kind not in ("phone", "email"):
        raise Http404
    form = ContactForm(request.POST or None, kind=kind)
    if request.method == "POST" and form.is_valid():
        try:
            sent = send_contact_code(
                request.member, identity=form.cleaned_data["identity"], from_address=network_address(request)
            )
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            request.session[_contact_key(request)] = sent.destination
            return HttpResponseRedirect(portal_url(request, "customers-portal:contact-code", kind))
    present = request.member.email if kind == "email" else request.member.phone
    return _form_page(request, "customers/portal/edit_contact.html", form, kind=kind, present=present)


@member_page
def prove_contact(request: MemberRequest, kind: str) -> HttpResponseBase:
    """Then the code that arrived there."""
    destination = request.session.get(_contact_key(request), "")
    if kind not in ("phone", "email") or not destination:
        return HttpResponseRedirect(portal_url(request, "customers-portal:profile"))
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            change_member_contact(
                request.member, identity=destination, code=form.cleaned_data["code"], by=request.actor
            )
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            del request.session[_contact_key(request)]
            return _saved(request, "customers-portal:profile")
    channel, _ = destination_of(request.merchant, destination)
    again = portal_url(request, "customers-portal:edit-contact", kind)
    return portal_page(
        request,
        "customers/portal/code.html",
        status=422 if form.is_bound else 200,
        form=form,
        masked=masked(channel, destination),
        identity=destination,
        shown_code=shown_code_for(request.merchant, destination) if settings.DEMO else "",
        again_url=again,
        back_url=again,
    )


def _contact_key(request: MemberRequest) -> str:
    return f"contact:{request.merchant.pk}"


@member_page
def preferences(request: MemberRequest) -> HttpResponseBase:
    form = PreferencesForm(
        request.POST if request.method == "POST" else None, standing=standing_consents(request.member)
    )
    if request.method == "POST" and form.is_valid():
        set_own_preferences(request.member, agreed=form.agreed(), by=request.actor)
        return _saved(request, "customers-portal:preferences")
    return _form_page(request, "customers/portal/preferences.html", form)


@open_page
def privacy(request: ShopRequest) -> HttpResponseBase:
    """The shop's words, for everybody; for a member also what is held and decided."""
    consents = consents_of(request.member)[:50] if request.member is not None else []
    back = portal_url(request, "customers-portal:profile" if request.member else "customers-portal:sign-in")
    return portal_page(request, "customers/portal/privacy.html", consents=consents, back_url=back)


def _form_page(request: MemberRequest, template: str, form: Any, **context: Any) -> HttpResponseBase:
    back = portal_url(request, "customers-portal:profile")
    status = 422 if form.is_bound else 200
    return portal_page(request, template, form=form, back_url=back, status=status, **context)


def _saved(request: MemberRequest, name: str) -> HttpResponseBase:
    messages.success(request, gettext("Saved."))
    return HttpResponseRedirect(portal_url(request, name))
