"""Every write about customers."""

from __future__ import annotations

from customers.actions.codes import (
    CodeSent,
    change_member_contact,
    destination_of,
    forget_old_codes,
    prove_destination,
    send_contact_code,
    send_guest_code,
    send_sign_in_code,
)
from customers.actions.consents import Decision, decide_consents, give_consent, withdraw_consent
from customers.actions.custom_fields import define_custom_field, retire_custom_field
from customers.actions.derived import (
    Retagged,
    make_dynamic_tag,
    rename_dynamic_tag,
    retag,
    write_trait_of,
)
from customers.actions.labels import set_traits, tag_customer, tag_customers, untag_customer, untag_customers
from customers.actions.members import (
    change_own_birthday,
    member_actor,
    record_download,
    record_sign_in,
    register_member,
    set_own_preferences,
)
from customers.actions.notes import add_note, remove_note
from customers.actions.privacy import record_export, reveal_personal_data
from customers.actions.profiles import (
    archive_customer,
    link_external_id,
    restore_customer,
    update_customer,
    upsert_customer,
)
from customers.actions.registration import NewCustomer, Refusal, Registrations, register_customer, register_customers
from customers.actions.saved_views import remove_view, save_view

__all__ = [
    "CodeSent",
    "Decision",
    "NewCustomer",
    "Refusal",
    "Registrations",
    "Retagged",
    "add_note",
    "archive_customer",
    "change_member_contact",
    "change_own_birthday",
    "decide_consents",
    "define_custom_field",
    "destination_of",
    "forget_old_codes",
    "give_consent",
    "link_external_id",
    "make_dynamic_tag",
    "member_actor",
    "prove_destination",
    "record_download",
    "record_export",
    "record_sign_in",
    "register_customer",
    "register_customers",
    "register_member",
    "remove_note",
    "remove_view",
    "rename_dynamic_tag",
    "restore_customer",
    "retag",
    "retire_custom_field",
    "reveal_personal_data",
    "save_view",
    "send_contact_code",
    "send_guest_code",
    "send_sign_in_code",
    "set_own_preferences",
    "set_traits",
    "tag_customer",
    "tag_customers",
    "untag_customer",
    "untag_customers",
    "update_customer",
    "upsert_customer",
    "withdraw_consent",
    "write_trait_of",
]
