"""Signing in by one-time code, and joining by the same way. No password, and nobody learns who is a member."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import get_language
from django.views.decorators.http import require_POST

from customers.actions import prove_destination, record_sign_in, register_member, send_sign_in_code
from customers.frames.member import (
    ShopRequest,
    landing_url,
    network_address,
    open_page,
    portal_page,
    portal_url,
    sign_member_in,
    sign_member_out,
)
from customers.models import CodeChannel, CodePurpose
from customers.portal.forms import CodeForm, JoinForm, SignInForm
from customers.queries import find_customer, shown_code_for
from customers.rules.masking import mask_email, mask_phone
from merchants.clock import world_now
from merchants.errors import DomainError
from merchants.frames.staff import refuse
from merchants.models import Merchant

# A proved address may be used to join for this long.
_PROOF_SECONDS = 900


@open_page
def sign_in(request: ShopRequest) -> HttpResponseBase:
    """First step: whom to send a code."""
    wanted = request.GET.get("next", "")
    if request.member is not None:
        return HttpResponseRedirect(landing_url(request, wanted))
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            sent = send_sign_in_code(
                request.merchant, identity=form.cleaned_data["identity"], from_address=network_address(request)
            )
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            request.session[_key(request.merchant)] = {
                "channel": str(sent.channel),
                "destination": sent.destination,
                "next": wanted,
            }
            return HttpResponseRedirect(portal_url(request, "customers-portal:code"))
    status = 422 if form.is_bound else 200
    return portal_page(request, "customers/portal/sign_in.html", form=form, status=status)


@open_page
def enter_code(request: ShopRequest) -> HttpResponseBase:
    """Second step: the code. A member is in; somebody new goes on to join."""
    step = _step(request)
    if step is None:
        return HttpResponseRedirect(portal_url(request, "customers-portal:sign-in"))
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            prove_destination(
                request.merchant,
                destination=step["destination"],
                code=form.cleaned_data["code"],
                purpose=CodePurpose.SIGN_IN,
            )
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            return _after_proof(request, step)
    return portal_page(
        request,
        "customers/portal/code.html",
        status=422 if form.is_bound else 200,
        form=form,
        masked=masked(step["channel"], step["destination"]),
        identity=step["destination"],
        # In the demo messages go nowhere: the page itself shows what would have arrived.
        shown_code=shown_code_for(request.merchant, step["destination"]) if settings.DEMO else "",
        again_url=portal_url(request, "customers-portal:sign-in"),
        back_url=portal_url(request, "customers-portal:sign-in"),
    )


def masked(channel: str, destination: str) -> str:
    return mask_email(destination) if channel == CodeChannel.EMAIL else mask_phone(destination)


def _after_proof(request: ShopRequest, step: dict[str, Any]) -> HttpResponse:
    by_email = step["channel"] == CodeChannel.EMAIL
    if by_email:
        member = find_customer(request.merchant, email=step["destination"])
    else:
        member = find_customer(request.merchant, phone=step["destination"])
    if member is None:
        request.session[_key(request.merchant)] = {**step, "proved_at": world_now().timestamp()}
        return HttpResponseRedirect(portal_url(request, "customers-portal:join"))
    record_sign_in(member, channel=step["channel"])
    del request.session[_key(request.merchant)]
    sign_member_in(request, member)
    return HttpResponseRedirect(landing_url(request, step["next"]))


@open_page
def join(request: ShopRequest) -> HttpResponseBase:
    """Third step, for somebody new: a name and the consent to being a member."""
    step = _step(request)
    if step is None or world_now().timestamp() - step.get("proved_at", 0) > _PROOF_SECONDS:
        return HttpResponseRedirect(portal_url(request, "customers-portal:sign-in"))
    form = JoinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        by_email = step["channel"] == CodeChannel.EMAIL
        try:
            member = register_member(
                request.merchant,
                name=form.cleaned_data["name"],
                email=step["destination"] if by_email else "",
                phone="" if by_email else step["destination"],
                language=get_language() or "",
                wants_offers=form.cleaned_data["wants_offers"],
            )
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            del request.session[_key(request.merchant)]
            sign_member_in(request, member)
            return HttpResponseRedirect(landing_url(request, step["next"]))
    return portal_page(
        request,
        "customers/portal/join.html",
        status=422 if form.is_bound else 200,
        form=form,
        masked=masked(step["channel"], step["destination"]),
        privacy_url=portal_url(request, "customers-portal:privacy"),
    )


@require_POST
@open_page
def sign_out(request: ShopRequest) -> HttpResponseBase:
    sign_member_out(request, request.merchant)
    return HttpResponseRedirect(portal_url(request, "customers-portal:sign-in"))


def _key(merchant: Merchant) -> str:
    return f"sign-in:{merchant.pk}"


def _step(request: ShopRequest) -> dict[str, Any] | None:
    step: dict[str, Any] | None = request.session.get(_key(request.merchant))
    return step
