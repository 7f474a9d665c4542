"""A shop describes its own fields of its customers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.db import IntegrityError, transaction

from customers.actions.checking import refusal_of
from customers.errors import CustomFieldTaken
from customers.facts import CustomFieldDefined, CustomFieldRetired
from customers.models import CustomField, FieldKind
from customers.queries import custom_fields_of
from customers.rules.faults import Fault
from events.actions import record
from merchants.clock import now
from merchants.errors import InvalidValues, NotFound
from merchants.models import Actor, Merchant

_KEY = re.compile(r"^[a-z][a-z0-9_]{0,39}$")


@transaction.atomic
def define_custom_field(
    merchant: Merchant,
    *,
    key: str,
    label: str,
    kind: str,
    choices: Sequence[str] = (),
    is_required: bool = False,
    by: Actor,
) -> CustomField:
    """A new field, after the others. InvalidValues, or CustomFieldTaken when the key was ever used."""
    plain = [choice.strip() for choice in choices if choice.strip()]
    faults = []
    if not _KEY.match(key):
        faults.append(refusal_of("key", Fault("key_invalid")))
    if not 0 < len(label.strip()) <= 80:
        faults.append(refusal_of("label", Fault("required") if not label.strip() else Fault("too_long", limit=80)))
    if kind not in FieldKind.values:
        faults.append(refusal_of("kind", Fault("not_a_choice", choices=FieldKind.values)))
    if kind == FieldKind.CHOICE and not plain:
        faults.append(refusal_of("choices", Fault("required")))
    if any(len(choice) > 80 for choice in plain):
        faults.append(refusal_of("choices", Fault("too_long", limit=80)))
    if faults:
        raise InvalidValues(faults)
    try:
        with transaction.atomic():
            made = CustomField.objects.create(
                merchant=merchant,
                key=key,
                label=label.strip(),
                kind=kind,
                choices=plain if kind == FieldKind.CHOICE else [],
                is_required=is_required,
                position=custom_fields_of(merchant).count(),
                created_at=now(merchant),
            )
    except IntegrityError as failure:
        raise CustomFieldTaken() from failure
    record(merchant, CustomFieldDefined(key=key, kind=kind), about=made, by=by)
    return made


@transaction.atomic
def retire_custom_field(merchant: Merchant, *, field_id: int, by: Actor) -> None:
    """No longer asked for; what customers have in it stays with them."""
    field = custom_fields_of(merchant).filter(pk=field_id).select_for_update(no_key=True).first()
    if field is None:
        raise NotFound()
    field.retired_at = now(merchant)
    field.save(update_fields=["retired_at"])
    record(merchant, CustomFieldRetired(key=field.key), about=field, by=by)
