"""Questions about customers: the merchant first, a QuerySet or a value out."""

from __future__ import annotations

from customers.queries.codes import outbox_of, shown_code_for
from customers.queries.consents import consents_of, has_consent, may_contact, standing_consents
from customers.queries.dossier import personal_data_of
from customers.queries.finding import (
    birthdays_on,
    customers_by_external_id,
    customers_by_number,
    customers_of,
    find_customer,
    get_customer,
    live_customers,
)
from customers.queries.labels import (
    TaggingEffect,
    custom_fields_of,
    find_tag,
    notes_of,
    saved_views_of,
    tag_counts,
    tagging_effect,
    tags_of,
    tags_on,
    traits_of,
)
from customers.queries.listing import CustomerFilter, customers_matching, customers_ranked
from customers.queries.search import customer_ids_found, search_customers
from customers.queries.selection import Selection

__all__ = [
    "CustomerFilter",
    "Selection",
    "TaggingEffect",
    "birthdays_on",
    "consents_of",
    "custom_fields_of",
    "customer_ids_found",
    "customers_by_external_id",
    "customers_by_number",
    "customers_matching",
    "customers_of",
    "customers_ranked",
    "find_customer",
    "find_tag",
    "get_customer",
    "has_consent",
    "live_customers",
    "may_contact",
    "notes_of",
    "outbox_of",
    "personal_data_of",
    "saved_views_of",
    "search_customers",
    "shown_code_for",
    "standing_consents",
    "tag_counts",
    "tagging_effect",
    "tags_of",
    "tags_on",
    "traits_of",
]
