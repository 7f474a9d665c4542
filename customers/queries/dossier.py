"""Everything this floor holds about one person, for the person."""

from __future__ import annotations

from typing import Any

from customers.models import Customer
from customers.queries.consents import consents_of
from customers.queries.labels import tags_on, traits_of


def personal_data_of(customer: Customer) -> dict[str, Any]:
    """Plain JSON values, unmasked: what "download my data" gives. Staff's notes about the person are included.

    Floors above hold more (orders, points) and add it to the file.
    """
    birthday = customer.birthday
    return {
        "number": customer.number,
        "name": customer.name,
        "phone": customer.phone,
        "email": customer.email,
        "birthday": birthday
        and {
            "calendar": customer.birthday_calendar,
            "year": birthday.year,
            "month": birthday.month,
            "day": birthday.day,
            "is_leap_month": birthday.is_leap_month,
        },
        "gender": customer.gender,
        "language": customer.language,
        "country": customer.country,
        "region": customer.region,
        "city": customer.city,
        "address": customer.address,
        "postcode": customer.postcode,
        "custom": customer.custom,
        "source": customer.source,
        "joined_at": customer.joined_at.isoformat(),
        "external_ids": list(customer.external_ids.order_by("source", "external_id").values("source", "external_id")),
        "tags": [tag.name for tag in tags_on(customer)],
        "traits": {trait.key: trait.value for trait in traits_of(customer)},
        "notes": [
            {"text": note.text, "written_at": note.written_at.isoformat()}
            for note in customer.notes.filter(removed_at__isnull=True).order_by("id")
        ],
        "consents": [
            {
                "purpose": each.purpose,
                "channel": each.channel,
                "decision": each.decision,
                "text_version": each.text_version,
                "source": each.source,
                "occurred_at": each.occurred_at.isoformat(),
            }
            for each in consents_of(customer)
        ],
    }
