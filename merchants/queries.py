"""Questions of the ground floor."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from merchants.clock import world_now
from merchants.errors import NotFound
from merchants.models import ApiKey, Invitation, Membership, Merchant, StaffMember
from merchants.rules.api_keys import hash_of


def find_merchant(slug: str) -> Merchant | None:
    return Merchant.objects.filter(slug=slug).first()


def get_merchant(slug: str) -> Merchant:
    merchant = find_merchant(slug)
    if merchant is None:
        raise NotFound()
    return merchant


def get_merchant_by_id(merchant_id: int) -> Merchant:
    """For tasks, which carry ids. NotFound when there is no such shop."""
    try:
        return Merchant.objects.get(pk=merchant_id)
    except Merchant.DoesNotExist:
        raise NotFound() from None


def live_shop_of(merchant: Merchant) -> Merchant:
    """The shop whose team, settings and keys serve this one: a sandbox twin's is its original."""
    return merchant.sandbox_of or merchant


def shops_of(staff: StaffMember) -> list[Merchant]:
    """The shops that `staff` may enter, by name, each followed by its sandbox twin."""
    memberships = staff.memberships.select_related("merchant__sandbox").defer(
        "merchant__logo", "merchant__sandbox__logo"
    )
    shops: list[Merchant] = []
    for membership in sorted(memberships, key=lambda each: each.merchant.name):
        shops.append(membership.merchant)
        twin = getattr(membership.merchant, "sandbox", None)
        if twin is not None:
            shops.append(twin)
    return shops


def find_membership(staff: StaffMember, slug: str) -> tuple[Merchant, Membership] | None:
    """The shop at `slug` and the membership that lets `staff` in; a sandbox is entered through its live shop's team."""
    membership = (
        staff.memberships.select_related("merchant", "merchant__sandbox")
        .defer("merchant__logo", "merchant__sandbox__logo")
        .filter(Q(merchant__slug=slug) | Q(merchant__sandbox__slug=slug))
        .first()
    )
    if membership is None:
        return None
    merchant = membership.merchant if membership.merchant.slug == slug else membership.merchant.sandbox
    return merchant, membership


def find_caller(secret_hash: str) -> ApiKey | None:
    """The API key with this hash, its shop in hand, whatever its state."""
    keys = ApiKey.objects.across_merchants().select_related("merchant").defer("merchant__logo")
    return keys.filter(secret_hash=secret_hash).first()


def team_of(merchant: Merchant) -> QuerySet[Membership]:
    return Membership.objects.filter(merchant=merchant).select_related("staff").order_by("staff__email")


def get_membership(merchant: Merchant, number: int) -> Membership:
    found = team_of(merchant).filter(pk=number).first()
    if found is None:
        raise NotFound()
    return found


def get_open_invitation(merchant: Merchant, number: int) -> Invitation:
    found = open_invitations_of(merchant).filter(pk=number).first()
    if found is None:
        raise NotFound()
    return found


def invitation_is_open(invitation: Invitation) -> bool:
    return not invitation.accepted_at and not invitation.withdrawn_at and invitation.expires_at > world_now()


def find_invitation(token: str) -> Invitation | None:
    """The open invitation of `token`, its shop in hand: whoever holds the token is meant."""
    invitations = Invitation.objects.across_merchants().select_related("merchant")
    invitation = invitations.filter(token_hash=hash_of(token)).first()
    return invitation if invitation is not None and invitation_is_open(invitation) else None


def find_sandbox(merchant: Merchant) -> Merchant | None:
    """The test twin of a live shop, once it was opened."""
    return Merchant.objects.filter(sandbox_of=merchant).first()


def get_api_key(merchant: Merchant, number: int) -> ApiKey:
    found = api_keys_of(merchant).filter(pk=number).first()
    if found is None:
        raise NotFound()
    return found


def open_invitations_of(merchant: Merchant) -> QuerySet[Invitation]:
    return Invitation.objects.filter(merchant=merchant, accepted_at=None, withdrawn_at=None).order_by("-id")


def api_keys_of(merchant: Merchant) -> QuerySet[ApiKey]:
    return ApiKey.objects.filter(merchant=merchant).select_related("successor").order_by("-id")
