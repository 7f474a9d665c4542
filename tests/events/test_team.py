"""A shop keeps at least one owner; who was invited joins, once, under the address that was meant."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from events.actions.team import accept_invitation, change_role, invite_staff, remove_staff, withdraw_invitation
from events.models import Event
from merchants.clock import world_now
from merchants.errors import AlreadyMember, InvalidValue, InvitationInvalid, LastOwner
from merchants.models import Actor, Membership, Merchant, StaffMember
from tests.cast import make_staff
from tests.parallel import in_parallel

pytestmark = pytest.mark.django_db


def _owners(shop: Merchant) -> list[Membership]:
    return list(Membership.objects.filter(merchant=shop, role="owner").order_by("pk"))


def test_the_last_owner_stays(aroma: Merchant, ben: StaffMember, by_ana: Actor) -> None:
    owner = _owners(aroma)[0]
    with pytest.raises(LastOwner):
        change_role(owner, role="analyst", by=by_ana)
    with pytest.raises(LastOwner):
        remove_staff(owner, by=by_ana)
    change_role(ben.memberships.get(), role="owner", by=by_ana)
    remove_staff(owner, by=by_ana)
    assert [owner.staff_id for owner in _owners(aroma)] == [ben.pk]


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_remove_each_other_do_not_both_succeed(aroma: Merchant, by_ana: Actor) -> None:
    for _ in range(5):
        while len(_owners(aroma)) < 2:
            number = Membership.objects.filter(merchant=aroma).count() + StaffMember.objects.count()
            make_staff(f"owner{number}@aroma.example", f"Owner {number}", shop=aroma)
        pair = _owners(aroma)

        def leave(index: int, pair: list[Membership] = pair) -> str:
            try:
                remove_staff(pair[index], by=by_ana)
            except LastOwner:
                return "stays"
            return "gone"

        assert sorted(in_parallel(leave, times=2, threads=2)) == ["gone", "stays"]
        assert len(_owners(aroma)) == 1


def test_an_invitation_is_mailed_and_accepted_once(
    aroma: Merchant, ana: StaffMember, by_ana: Actor, django_capture_on_commit_callbacks: Any, client: Client
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        _, token = invite_staff(aroma, email=" Nia@aroma.example ", role="cashier", inviter=ana, by=by_ana)
    assert mail.outbox[-1].to == ["nia@aroma.example"]
    assert token in mail.outbox[-1].body
    address = reverse("invitation", args=[token])
    assert client.get(address).status_code == 200
    nia = make_staff("nia@aroma.example", "Nia")
    client.force_login(nia)
    assert client.post(address).status_code == 302
    assert Membership.objects.get(merchant=aroma, staff=nia).role == "cashier"
    assert client.get(address).status_code == 410
    assert Event.objects.filter(merchant=aroma, type="merchants.staff_joined").count() == 1


def test_an_invitation_is_good_for_its_own_address_only(aroma: Merchant, ana: StaffMember, by_ana: Actor) -> None:
    _, token = invite_staff(aroma, email="nia@aroma.example", role="owner", inviter=ana, by=by_ana)
    thief = make_staff("thief@evil.example", "Thief")
    with pytest.raises(InvitationInvalid):
        accept_invitation(token, staff=thief)
    assert not thief.memberships.exists()


def test_withdrawn_late_and_replaced_invitations_are_worthless(
    aroma: Merchant, ana: StaffMember, by_ana: Actor, time_machine: Any
) -> None:
    nia = make_staff("nia@aroma.example", "Nia")
    first, first_token = invite_staff(aroma, email=nia.email, role="cashier", inviter=ana, by=by_ana)
    second, second_token = invite_staff(aroma, email=nia.email, role="support", inviter=ana, by=by_ana)
    withdraw_invitation(second, by=by_ana)
    _, late_token = invite_staff(aroma, email=nia.email, role="support", inviter=ana, by=by_ana)
    time_machine.move_to(world_now() + timedelta(days=8))
    for token in (first_token, second_token, late_token, "guess"):
        with pytest.raises(InvitationInvalid):
            accept_invitation(token, staff=nia)
    with pytest.raises(InvitationInvalid):
        withdraw_invitation(first, by=by_ana)
    assert not nia.memberships.exists()


def test_who_is_in_the_team_is_not_invited_again(
    aroma: Merchant, ana: StaffMember, ben: StaffMember, by_ana: Actor
) -> None:
    with pytest.raises(AlreadyMember):
        invite_staff(aroma, email="BEN@aroma.example", role="owner", inviter=ana, by=by_ana)
    with pytest.raises(InvalidValue):
        invite_staff(aroma, email="not an address", role="owner", inviter=ana, by=by_ana)
    assert ben.memberships.get().role == "support"


def test_a_changed_role_counts_at_the_next_request(
    client: Client, aroma: Merchant, kai: StaffMember, by_ana: Actor
) -> None:
    client.force_login(kai)
    address = reverse("events:audit-log", args=[aroma.slug])
    assert client.get(address).status_code == 403
    change_role(kai.memberships.get(), role="owner", by=by_ana)
    assert client.get(address).status_code == 200
