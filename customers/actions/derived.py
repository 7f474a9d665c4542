"""What apps above computed about many customers at once: dynamic tags and traits, by one statement each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from customers.errors import TagNameTaken, TagTooLong
from customers.models import Tag
from customers.queries import Selection, find_tag
from customers.rules.labels import TAG_LENGTH, tag_name, tag_slug
from merchants.clock import now
from merchants.models import Merchant


@dataclass(frozen=True, slots=True)
class Retagged:
    """Customers that the tag came to and went from, in id order."""

    entered: Sequence[int] = ()
    left: Sequence[int] = ()


@transaction.atomic
def make_dynamic_tag(merchant: Merchant, *, name: str, managed_by: str) -> Tag:
    """A tag whose carriers are computed by `managed_by`. Raises TagNameTaken, TagTooLong."""
    _refuse_name(merchant, name, None)
    return Tag.objects.create(
        merchant=merchant,
        name=tag_name(name),
        slug=tag_slug(name),
        managed_by=managed_by,
        created_at=now(merchant),
    )


@transaction.atomic
def rename_dynamic_tag(tag: Tag, *, name: str) -> Tag:
    """Carriers keep it under its new name. Raises TagNameTaken, TagTooLong."""
    _refuse_name(tag.merchant, name, tag)
    tag.name, tag.slug = tag_name(name), tag_slug(name)
    tag.save(update_fields=["name", "slug"])
    return tag


def _refuse_name(merchant: Merchant, name: str, own: Tag | None) -> None:
    if len(tag_name(name)) > TAG_LENGTH:
        raise TagTooLong(pointer="/name")
    found = find_tag(merchant, name)
    if found is not None and (own is None or found.pk != own.pk):
        raise TagNameTaken()


_RETAG = """
WITH chosen AS MATERIALIZED ({chosen}),
gone AS (
    DELETE FROM customers_customertag t
     WHERE t.merchant_id = %(retag_merchant)s AND t.tag_id = %(retag_tag)s {within}
       AND NOT EXISTS (SELECT FROM chosen WHERE chosen.id = t.customer_id)
    RETURNING t.customer_id
), fresh AS (
    INSERT INTO customers_customertag (merchant_id, customer_id, tag_id, tagged_at, tagged_by)
    SELECT %(retag_merchant)s, chosen.id, %(retag_tag)s, %(retag_at)s, %(retag_by)s FROM chosen
     WHERE NOT EXISTS (
        SELECT FROM customers_customertag t
         WHERE t.merchant_id = %(retag_merchant)s AND t.tag_id = %(retag_tag)s AND t.customer_id = chosen.id)
     ORDER BY chosen.id
    ON CONFLICT (customer_id, tag_id) DO NOTHING
    RETURNING customer_id
)
SELECT (SELECT coalesce(array_agg(customer_id ORDER BY customer_id), '{{}}') FROM fresh),
       (SELECT coalesce(array_agg(customer_id ORDER BY customer_id), '{{}}') FROM gone)
"""


@transaction.atomic
def retag(merchant: Merchant, tag: Tag, chosen: Selection, *, among: Sequence[int] | None = None) -> Retagged:
    """Let exactly those of `chosen` (a SELECT of one column `id`) carry the dynamic tag; who came and who went.

    `among` limits both sides to these customers: `chosen` must not answer others. Nothing is recorded: the app that
    computes knows what it means.
    """
    assert tag.managed_by, "a tag that hands stick is not computed"
    statement = _RETAG.format(
        chosen=chosen.sql, within="" if among is None else "AND t.customer_id = ANY (%(retag_among)s::bigint[])"
    )
    values = {
        **chosen.values,
        "retag_merchant": merchant.pk,
        "retag_tag": tag.pk,
        "retag_at": now(merchant),
        "retag_by": tag.managed_by,
        "retag_among": list(among) if among is not None else None,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        entered, left = cursor.fetchone() or ((), ())
    return Retagged(entered, left)


_WRITE_TRAIT = """
WITH computed AS MATERIALIZED ({computed}),
changed AS (
    UPDATE customers_trait t SET value = to_jsonb(c.value), source = %(trait_source)s, computed_at = %(trait_at)s
      FROM computed c
     WHERE t.merchant_id = %(trait_merchant)s AND t.key = %(trait_key)s AND t.customer_id = c.id
       AND t.value IS DISTINCT FROM to_jsonb(c.value)
    RETURNING 1
), added AS (
    INSERT INTO customers_trait (merchant_id, customer_id, key, value, source, computed_at)
    SELECT %(trait_merchant)s, c.id, %(trait_key)s, to_jsonb(c.value), %(trait_source)s, %(trait_at)s
      FROM computed c
     WHERE NOT EXISTS (SELECT FROM customers_trait t WHERE t.customer_id = c.id AND t.key = %(trait_key)s)
     ORDER BY c.id
    ON CONFLICT (customer_id, key) DO UPDATE
       SET value = excluded.value, source = excluded.source, computed_at = excluded.computed_at
    RETURNING 1
), gone AS (
    DELETE FROM customers_trait t
     WHERE {forgets} AND t.merchant_id = %(trait_merchant)s AND t.key = %(trait_key)s
       AND NOT EXISTS (SELECT FROM computed c WHERE c.id = t.customer_id)
    RETURNING 1
)
SELECT (SELECT count(*) FROM changed) + (SELECT count(*) FROM added) + (SELECT count(*) FROM gone)
"""


@transaction.atomic
def write_trait_of(
    merchant: Merchant,
    key: str,
    computed: Selection,
    *,
    source: str,
    whole: bool = False,
    among: Sequence[int] | None = None,
) -> int:
    """Write a trait from a SELECT of `id` and `value` (text, a number or a truth); how many rows differ now.

    Rows that say the same already are not touched. Who is not named by `computed` loses the trait: anybody with `whole`,
    else those of `among`.
    Like `set_traits`, this is state and records nothing.
    """
    values = {
        **computed.values,
        "trait_merchant": merchant.pk,
        "trait_key": key,
        "trait_source": source[:60],
        "trait_at": now(merchant),
        "trait_among": None if among is None else list(among),
    }
    forgets = "true" if whole else "false" if among is None else "t.customer_id = ANY (%(trait_among)s::bigint[])"
    with connection.cursor() as cursor:
        cursor.execute(_WRITE_TRAIT.format(computed=computed.sql, forgets=forgets), values)
        (rows,) = cursor.fetchone() or (0,)
    return int(rows)
