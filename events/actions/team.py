"""Who works in a shop: invited by e-mail, joined, given a role, removed."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.core.validators import validate_email
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from events.actions.recording import record
from events.facts import InvitationWithdrawn, RoleChanged, StaffInvited, StaffJoined, StaffRemoved
from merchants.clock import world_now
from merchants.errors import AlreadyMember, InvalidValue, InvitationInvalid, LastOwner
from merchants.models import Actor, Invitation, Membership, Merchant, StaffMember
from merchants.queries import invitation_is_open
from merchants.roles import Role
from merchants.rules.api_keys import hash_of

INVITATION_LIFETIME = timedelta(days=7)


@transaction.atomic
def invite_staff(
    merchant: Merchant, *, email: str, role: str, inviter: StaffMember, by: Actor
) -> tuple[Invitation, str]:
    """Invite `email` to the team; the invitation and its token, which also goes out by e-mail after the commit.

    An open invitation to the same address is withdrawn by the new one. AlreadyMember, InvalidValue.
    """
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as failure:
        raise InvalidValue("email", _("This is not an e-mail address."), code="wrong_format") from failure
    if role not in Role.values:
        raise InvalidValue("role", _("This role is not known."))
    if Membership.objects.filter(merchant=merchant, staff__email=email).exists():
        raise AlreadyMember(pointer="/email")
    moment = world_now()
    Invitation.objects.filter(merchant=merchant, email=email, accepted_at=None, withdrawn_at=None).update(
        withdrawn_at=moment
    )
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        merchant=merchant, email=email, role=role, token_hash=hash_of(token), invited_by=inviter,
        created_at=moment, expires_at=moment + INVITATION_LIFETIME,
    )  # fmt: skip
    record(merchant, StaffInvited(email=email, role=role), about=invitation, by=by)
    transaction.on_commit(lambda: _send(merchant, invitation, token), robust=True)
    return invitation, token


@transaction.atomic
def accept_invitation(token: str, *, staff: StaffMember) -> Membership:
    """Join the team that `token` invites to.

    InvitationInvalid when it is unknown, used, withdrawn, late or another's.
    """
    invitation = (
        Invitation.objects.across_merchants()
        .select_for_update(no_key=True, of=("self",))
        .select_related("merchant")
        .filter(token_hash=hash_of(token))
        .first()
    )
    if invitation is None or not invitation_is_open(invitation) or invitation.email != staff.email:
        raise InvitationInvalid()
    membership, joined = Membership.objects.get_or_create(
        merchant=invitation.merchant, staff=staff, defaults={"role": invitation.role, "joined_at": world_now()}
    )
    invitation.accepted_at = world_now()
    invitation.save(update_fields=["accepted_at"])
    if joined:
        record(
            invitation.merchant,
            StaffJoined(email=staff.email, role=membership.role),
            about=membership,
            by=Actor("staff", staff.pk, str(staff)),
        )
    return membership


@transaction.atomic
def withdraw_invitation(invitation: Invitation, *, by: Actor) -> Invitation:
    """Make an open invitation worthless."""
    invitation = Invitation.objects.select_for_update(no_key=True, of=("self",)).get(
        merchant_id=invitation.merchant_id, pk=invitation.pk
    )
    if invitation.accepted_at or invitation.withdrawn_at:
        raise InvitationInvalid()
    invitation.withdrawn_at = world_now()
    invitation.save(update_fields=["withdrawn_at"])
    record(invitation.merchant, InvitationWithdrawn(email=invitation.email), about=invitation, by=by)
    return invitation


@transaction.atomic
def change_role(membership: Membership, *, role: str, by: Actor) -> Membership:
    """Give a member of the team another role; LastOwner when nobody would be left to give it back."""
    if role not in Role.values:
        raise InvalidValue("role", _("This role is not known."))
    membership = _lock_with_owners(membership)
    before = membership.role
    if before == role:
        return membership
    membership.role = role
    membership.save(update_fields=["role"])
    record(
        membership.merchant,
        RoleChanged(email=membership.staff.email, before=before, after=role),
        about=membership,
        by=by,
    )
    return membership


@transaction.atomic
def remove_staff(membership: Membership, *, by: Actor) -> None:
    """Take somebody out of the team. What they did stays under their name."""
    membership = _lock_with_owners(membership)
    record(
        membership.merchant,
        StaffRemoved(email=membership.staff.email, role=membership.role),
        about=membership,
        by=by,
    )
    membership.delete()


def _lock_with_owners(membership: Membership) -> Membership:
    """`membership` as it is now; LastOwner if it is the only owner's.

    The owners' rows are locked together, so that two owners who remove each other do not both succeed.
    """
    owners = list(
        Membership.objects.select_for_update(no_key=True)
        .filter(merchant_id=membership.merchant_id, role=Role.OWNER)
        .order_by("pk")
    )
    if [owner.pk for owner in owners] == [membership.pk]:
        raise LastOwner()
    return (
        Membership.objects.select_for_update(no_key=True, of=("self",))
        .select_related("merchant", "staff")
        .get(merchant_id=membership.merchant_id, pk=membership.pk)
    )


def _send(merchant: Merchant, invitation: Invitation, token: str) -> None:
    with translation.override(merchant.language):
        context = {
            "merchant": merchant,
            "invitation": invitation,
            "url": f"{settings.PUBLIC_URL}/invitations/{token}/",
            "days": INVITATION_LIFETIME.days,
        }
        text = render_to_string("merchants/email/invitation.txt", context)
        subject, _blank, body = text.strip().partition("\n")
        send_mail(subject.strip(), body.strip(), None, [invitation.email])
