"""Tags, traits, notes and the shop's own fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet

from customers.models import Customer, CustomerTag, CustomField, Note, SavedView, Tag, Trait
from customers.rules.labels import tag_slug
from merchants.models import Merchant


@dataclass(frozen=True, slots=True)
class TaggingEffect:
    """What tagging would do: `chosen` customers in all, of whom `have_it` carry the tag already."""

    chosen: int
    have_it: int

    @property
    def do_not(self) -> int:
        return self.chosen - self.have_it


def tags_of(merchant: Merchant) -> QuerySet[Tag]:
    """The shop's tags by name, each with `customers`, how many carry it."""
    return Tag.objects.filter(merchant=merchant).annotate(customers=Count("tagged")).order_by("slug")


def tag_counts(merchant: Merchant) -> list[dict[str, Any]]:
    """[{name, customers}] by name: how many carry each of the shop's tags."""
    tags = Tag.objects.filter(merchant=merchant).annotate(customers=Count("tagged")).order_by("slug")
    return [{"name": name, "customers": count} for name, count in tags.values_list("name", "customers")]


def find_tag(merchant: Merchant, name: str) -> Tag | None:
    return Tag.objects.filter(merchant=merchant, slug=tag_slug(name)).first()


def tags_on(customer: Customer) -> QuerySet[Tag]:
    return Tag.objects.filter(merchant=customer.merchant_id, tagged__customer=customer).order_by("slug")


def tagging_effect(merchant: Merchant, customers: QuerySet[Customer], tag: str) -> TaggingEffect:
    """Counts for the preview before a bulk tag; both are exact at the moment of asking."""
    carrying = CustomerTag.objects.filter(
        merchant=merchant, tag__slug=tag_slug(tag), customer__in=customers.order_by().values("pk")
    )
    return TaggingEffect(chosen=customers.count(), have_it=carrying.count())


def traits_of(customer: Customer) -> QuerySet[Trait]:
    return Trait.objects.filter(merchant=customer.merchant_id, customer=customer).order_by("key")


def notes_of(customer: Customer) -> QuerySet[Note]:
    """Notes that stand, newest first."""
    return Note.objects.filter(merchant=customer.merchant_id, customer=customer, removed_at__isnull=True).order_by(
        "-written_at", "-id"
    )


def saved_views_of(merchant: Merchant) -> QuerySet[SavedView]:
    return SavedView.objects.filter(merchant=merchant).order_by("name")


def custom_fields_of(merchant: Merchant) -> QuerySet[CustomField]:
    """The fields that are asked for, in the shop's order."""
    return CustomField.objects.filter(merchant=merchant, retired_at__isnull=True).order_by("position", "id")
