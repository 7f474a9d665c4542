"""What the customers floor announces. Names of changed fields, never their values: an event outlives an erasure."""

from __future__ import annotations

from dataclasses import dataclass

from events.facts import Fact


@dataclass(frozen=True, slots=True)
class CustomerRegistered(Fact):
    number: str
    source: str


@dataclass(frozen=True, slots=True)
class CustomerUpdated(Fact):
    fields: list[str]


@dataclass(frozen=True, slots=True)
class CustomerArchived(Fact):
    reason: str


@dataclass(frozen=True, slots=True)
class CustomerRestored(Fact):
    pass


@dataclass(frozen=True, slots=True)
class ExternalIdLinked(Fact):
    source: str
    external_id: str


@dataclass(frozen=True, slots=True)
class ConsentGiven(Fact):
    purpose: str
    channel: str
    text_version: str
    source: str


@dataclass(frozen=True, slots=True)
class ConsentWithdrawn(Fact):
    purpose: str
    channel: str
    source: str


@dataclass(frozen=True, slots=True)
class CustomerTagged(Fact):
    tag: str


@dataclass(frozen=True, slots=True)
class CustomerUntagged(Fact):
    tag: str


@dataclass(frozen=True, slots=True)
class NoteAdded(Fact):
    note_id: int


@dataclass(frozen=True, slots=True)
class NoteRemoved(Fact):
    note_id: int


@dataclass(frozen=True, slots=True)
class PersonalDataRevealed(Fact):
    fields: list[str]


@dataclass(frozen=True, slots=True)
class CustomersExported(Fact):
    """About no one customer: `rows` of them left the house in a file; `filters` say which."""

    rows: int
    filters: str


@dataclass(frozen=True, slots=True)
class PersonalDataDownloaded(Fact):
    """By the member, about the member."""


@dataclass(frozen=True, slots=True)
class MemberSignedIn(Fact):
    channel: str


@dataclass(frozen=True, slots=True)
class CustomFieldDefined(Fact):
    key: str
    kind: str


@dataclass(frozen=True, slots=True)
class CustomFieldRetired(Fact):
    key: str
