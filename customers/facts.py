"""What the customers floor announces. Names of changed fields, never their values: an event outlives an erasure."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import pgettext_lazy

from events.facts import Fact


@dataclass(frozen=True, slots=True)
class CustomerRegistered(Fact):
    label = pgettext_lazy("event", "Customer registered")

    number: str
    source: str


@dataclass(frozen=True, slots=True)
class CustomerUpdated(Fact):
    label = pgettext_lazy("event", "Customer updated")

    fields: list[str]


@dataclass(frozen=True, slots=True)
class CustomerArchived(Fact):
    label = pgettext_lazy("event", "Customer archived")

    reason: str


@dataclass(frozen=True, slots=True)
class CustomerRestored(Fact):
    label = pgettext_lazy("event", "Customer restored")


@dataclass(frozen=True, slots=True)
class ExternalIdLinked(Fact):
    label = pgettext_lazy("event", "External identifier linked")

    source: str
    external_id: str


@dataclass(frozen=True, slots=True)
class ConsentGiven(Fact):
    label = pgettext_lazy("event", "Consent given")

    purpose: str
    channel: str
    text_version: str
    source: str


@dataclass(frozen=True, slots=True)
class ConsentWithdrawn(Fact):
    label = pgettext_lazy("event", "Consent withdrawn")

    purpose: str
    channel: str
    source: str


@dataclass(frozen=True, slots=True)
class CustomerTagged(Fact):
    label = pgettext_lazy("event", "Customer tagged")

    tag: str


@dataclass(frozen=True, slots=True)
class CustomerUntagged(Fact):
    label = pgettext_lazy("event", "Customer untagged")

    tag: str


@dataclass(frozen=True, slots=True)
class NoteAdded(Fact):
    label = pgettext_lazy("event", "Note added")

    note_id: int


@dataclass(frozen=True, slots=True)
class NoteRemoved(Fact):
    label = pgettext_lazy("event", "Note removed")

    note_id: int


@dataclass(frozen=True, slots=True)
class PersonalDataRevealed(Fact):
    label = pgettext_lazy("event", "Personal data revealed")

    fields: list[str]


@dataclass(frozen=True, slots=True)
class CustomersExported(Fact):
    """About no one customer: `rows` of them left the house in a file; `filters` say which."""

    label = pgettext_lazy("event", "Customers exported")

    rows: int
    filters: str


@dataclass(frozen=True, slots=True)
class PersonalDataDownloaded(Fact):
    """By the member, about the member."""

    label = pgettext_lazy("event", "Personal data downloaded")


@dataclass(frozen=True, slots=True)
class MemberSignedIn(Fact):
    label = pgettext_lazy("event", "Member signed in")

    channel: str


@dataclass(frozen=True, slots=True)
class CustomFieldDefined(Fact):
    label = pgettext_lazy("event", "Custom field defined")

    key: str
    kind: str


@dataclass(frozen=True, slots=True)
class CustomFieldRetired(Fact):
    label = pgettext_lazy("event", "Custom field retired")

    key: str
