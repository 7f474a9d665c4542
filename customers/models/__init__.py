"""Who the shop's customers are, and what they agreed to."""

from __future__ import annotations

from customers.models.consent import Channel, Consent, ConsentDecision, Purpose
from customers.models.custom_field import CustomField, FieldKind
from customers.models.customer import BirthdayCalendar, Customer, ExternalId, Gender
from customers.models.label import CustomerTag, Tag, Trait
from customers.models.note import Note
from customers.models.one_time_code import CodeChannel, CodePurpose, OneTimeCode
from customers.models.saved_view import SavedView

__all__ = [
    "BirthdayCalendar",
    "Channel",
    "CodeChannel",
    "CodePurpose",
    "Consent",
    "ConsentDecision",
    "CustomField",
    "Customer",
    "CustomerTag",
    "ExternalId",
    "FieldKind",
    "Gender",
    "Note",
    "OneTimeCode",
    "Purpose",
    "SavedView",
    "Tag",
    "Trait",
]
