"""The team page: who works here, in which role, and who was asked to."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from events.actions.team import change_role, invite_staff, remove_staff, withdraw_invitation
from merchants.clock import world_now
from merchants.errors import DomainError, NotFound
from merchants.frames.public_ids import read_public_id
from merchants.frames.staff import StaffRequest, page, refuse, shop_url, staff_page
from merchants.models import Membership
from merchants.queries import get_membership, get_open_invitation, live_shop_of, open_invitations_of, team_of
from merchants.roles import PERMISSIONS, Permission, Role

PERMISSION_LABELS = {
    Permission.SEE_OVERVIEW: gettext_lazy("See the overview"),
    Permission.SEE_CUSTOMERS: gettext_lazy("See customers, personal data masked"),
    Permission.REVEAL_PERSONAL_DATA: gettext_lazy("Reveal personal data"),
    Permission.EDIT_CUSTOMERS: gettext_lazy("Add and change customers"),
    Permission.TAG_CUSTOMERS: gettext_lazy("Tag customers"),
    Permission.SEE_ORDERS: gettext_lazy("See orders"),
    Permission.RECORD_ORDERS: gettext_lazy("Record orders"),
    Permission.REFUND_ORDERS: gettext_lazy("Refund orders"),
    Permission.SEE_PROGRAMME: gettext_lazy("See the programme"),
    Permission.EDIT_PROGRAMME: gettext_lazy("Draft changes to the programme"),
    Permission.PUBLISH_PROGRAMME: gettext_lazy("Publish changes to the programme"),
    Permission.SEE_LEDGER: gettext_lazy("See the ledger and the books"),
    Permission.ADJUST_POINTS: gettext_lazy("Adjust points"),
    Permission.APPROVE_ADJUSTMENTS: gettext_lazy("Approve large adjustments"),
    Permission.SEE_TEAM: gettext_lazy("See the team"),
    Permission.MANAGE_TEAM: gettext_lazy("Invite, change roles, remove"),
    Permission.MANAGE_API_KEYS: gettext_lazy("Manage API keys"),
    Permission.SEE_DELIVERIES: gettext_lazy("See deliveries"),
    Permission.REPLAY_DELIVERIES: gettext_lazy("Replay deliveries"),
    Permission.EDIT_SETTINGS: gettext_lazy("Change the settings"),
    Permission.SEE_AUDIT_LOG: gettext_lazy("Read the audit log"),
    Permission.EXPORT: gettext_lazy("Export lists"),
    Permission.SEE_TICKETS: gettext_lazy("See tickets"),
    Permission.WORK_TICKETS: gettext_lazy("Answer and settle tickets"),
    Permission.MERGE_TICKETS: gettext_lazy("Merge tickets"),
    Permission.GRANT_GOODWILL: gettext_lazy("Grant goodwill"),
    Permission.APPROVE_GOODWILL: gettext_lazy("Approve goodwill above the limit"),
    Permission.EDIT_DESK: gettext_lazy("Change the desk"),
    Permission.SEE_SERVICE_REPORT: gettext_lazy("See the service report"),
    Permission.SEE_INSIGHT: gettext_lazy("See figures, segments and models"),
    Permission.EDIT_SEGMENTS: gettext_lazy("Make and change segments"),
    Permission.RUN_MODELS: gettext_lazy("Run models"),
}


class InvitationForm(forms.Form):
    email = forms.EmailField(label=gettext_lazy("E-mail"))
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=Role.choices, initial=Role.SUPPORT)


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=Role.choices)


@require_GET
@staff_page(Permission.SEE_TEAM)
def team(request: StaffRequest) -> HttpResponse:
    """Members, open invitations and what each role may do."""
    shop = live_shop_of(request.merchant)
    members = [{"membership": one, "form": _role_form(one)} for one in team_of(shop)]
    return page(
        request,
        "events/dashboard/team.html",
        members=members,
        invitations=open_invitations_of(shop),
        world_now=world_now(),
        matrix=_matrix(),
        roles=Role.choices,
    )


@require_http_methods(["GET", "POST"])
@staff_page(Permission.MANAGE_TEAM)
def invite(request: StaffRequest) -> HttpResponseBase:
    """Ask somebody to join."""
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            invitation, _token = invite_staff(
                live_shop_of(request.merchant), **form.cleaned_data, inviter=request.user, by=request.actor
            )
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("An invitation is on its way to %(email)s.") % {"email": invitation.email})
            return redirect(shop_url(request, "events:team"))
    trail = [{"label": _("Team"), "url": shop_url(request, "events:team")}, {"label": _("Invite")}]
    return page(request, "events/dashboard/invite.html", status=422 if form.errors else 200, form=form, trail=trail)


@require_POST
@staff_page(Permission.MANAGE_TEAM)
def withdraw(request: StaffRequest, invitation: str) -> HttpResponseBase:
    found = get_open_invitation(live_shop_of(request.merchant), read_public_id("inv", invitation))
    withdraw_invitation(found, by=request.actor)
    messages.success(request, _("The invitation is withdrawn."))
    return redirect(shop_url(request, "events:team"))


@require_POST
@staff_page(Permission.MANAGE_TEAM)
def set_role(request: StaffRequest, member: str) -> HttpResponseBase:
    membership = _member(request, member)
    form = RoleForm(request.POST, prefix=_prefix(membership))
    if not form.is_valid():
        raise NotFound()
    change_role(membership, role=form.cleaned_data["role"], by=request.actor)
    messages.success(request, _("The role is changed."))
    return redirect(shop_url(request, "events:team"))


@require_POST
@staff_page(Permission.MANAGE_TEAM)
def remove(request: StaffRequest, member: str) -> HttpResponseBase:
    membership = _member(request, member)
    remove_staff(membership, by=request.actor)
    messages.success(request, _("%(name)s is no longer in the team.") % {"name": str(membership.staff)})
    if membership.staff_id == request.user.pk:
        return redirect("home")
    return redirect(shop_url(request, "events:team"))


def _member(request: StaffRequest, member: str) -> Membership:
    return get_membership(live_shop_of(request.merchant), read_public_id("mem", member))


def _prefix(membership: Membership) -> str:
    return f"m{membership.pk}"  # several forms on one page: their fields need ids of their own


def _role_form(membership: Membership) -> RoleForm:
    return RoleForm(initial={"role": membership.role}, prefix=_prefix(membership))


def _matrix() -> list[dict[str, Any]]:
    """One row a permission, one tick a role, in the order of Role."""
    return [
        {"label": PERMISSION_LABELS[permission], "roles": [permission in PERMISSIONS[role] for role in Role]}
        for permission in Permission
    ]
