"""What comes in and goes out about customers, as JSON."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from customers.models import Consent, Customer
from customers.rules.birthdays import Birthday
from merchants.frames.public_ids import public_id

Text = Annotated[str, Field(max_length=500)]
PurposeName = Literal["membership", "offers", "birthday", "surveys", "profiling"]
ChannelName = Literal["any", "email", "sms", "wechat", "phone"]


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class BirthdayShape(Shape):
    """A day in one of two calendars. `year` is in the same calendar and may be unknown."""

    calendar: Literal["solar", "lunar"] = "solar"
    year: int | None = Field(default=None, ge=1850, le=2150)
    month: int = Field(ge=1, le=12)
    day: int = Field(ge=1, le=31)
    is_leap_month: bool = Field(default=False, description="Lunar calendar: the month is the year's leap month (闰月).")

    def birthday(self) -> Birthday:
        return Birthday(self.month, self.day, self.year, self.calendar == "lunar", self.is_leap_month)


class ExternalIdShape(Shape):
    source: str = Field(min_length=1, max_length=40, examples=["shopify"])
    external_id: str = Field(min_length=1, max_length=128, examples=["6712"])


class CustomerChanges(Shape):
    """What is not named stays as it is."""

    name: Text | None = None
    phone: Text | None = Field(default=None, description="As typed; stored as E.164. Empty text forgets it.")
    email: Text | None = Field(default=None, description="Stored in lower case. Empty text forgets it.")
    birthday: BirthdayShape | None = None
    gender: Literal["unknown", "female", "male", "other"] | None = None
    language: Literal["", "zh-hans", "en"] | None = None
    country: Text | None = Field(default=None, description="ISO 3166-1, two letters.")
    region: Text | None = None
    city: Text | None = None
    address: Text | None = None
    postcode: Text | None = None
    custom: dict[str, str | int | float | bool | None] | None = Field(
        default=None, description="The shop's own fields, merged by key; null clears one."
    )

    def changes(self) -> dict[str, Any]:
        """Only what was named, as customers.actions take it."""
        given: dict[str, Any] = {}
        for name in self.model_fields_set & set(CustomerChanges.model_fields):
            value = getattr(self, name)
            if name == "birthday":
                given[name] = value and value.birthday()
            else:
                given[name] = ("" if name != "custom" else {}) if value is None else value
        return given


class CustomerInput(CustomerChanges):
    """Everything may be missing: a number is given to who has none."""

    number: Annotated[str, Field(min_length=1, max_length=32)] | None = None
    external_ids: list[ExternalIdShape] = Field(default_factory=list, max_length=20)
    joined_at: AwareDatetime | None = None
    source: Annotated[str, Field(max_length=40)] = "api"


class CustomerUpsert(CustomerChanges):
    link_existing: bool = Field(
        default=False,
        description="When the phone or e-mail belongs to a customer this source does not know: link to them instead of "
        "refusing with phone_taken or email_taken.",
    )


class ConsentInput(Shape):
    purpose: PurposeName
    channel: ChannelName
    decision: Literal["given", "withdrawn"]
    text_version: str = Field(default="", max_length=64, description="Which words were agreed to.")
    source: str = Field(default="api", min_length=1, max_length=40)
    occurred_at: AwareDatetime | None = None


class TagInput(Shape):
    tag: str = Field(min_length=1, max_length=40)


class ArchiveInput(Shape):
    reason: str = Field(default="", max_length=200)


class CustomerQuery(Shape):
    """The filters of the list; all given ones must hold."""

    q: str = Field(default="", max_length=100, description="Name, pinyin, initials, phone ending, e-mail or number.")
    updated_since: AwareDatetime | None = Field(
        default=None, description="Ordered by `updated_at` then, oldest first: for keeping a copy up to date."
    )
    tag: str | None = Field(default=None, max_length=80)
    email: str | None = Field(default=None, max_length=254)
    phone: str | None = Field(default=None, max_length=40)
    number: str | None = Field(default=None, max_length=32)
    source: str | None = Field(
        default=None, max_length=40, description="With `external_id`: the system whose id it is."
    )
    external_id: str | None = Field(default=None, max_length=128)
    archived: bool = False
    limit: int | None = Field(default=None, ge=1, le=100)
    cursor: str | None = None


class CustomerShape(Shape):
    id: str = Field(examples=["cus_4fQzR9mK2x"])
    number: str
    name: str
    phone: str
    email: str
    birthday: BirthdayShape | None
    gender: str
    language: str
    country: str
    region: str
    city: str
    address: str
    postcode: str
    custom: dict[str, str | int | float | bool]
    external_ids: list[ExternalIdShape]
    tags: list[str]
    source: str
    joined_at: AwareDatetime
    archived_at: AwareDatetime | None
    created_at: AwareDatetime
    updated_at: AwareDatetime


class CustomerPage(Shape):
    data: list[CustomerShape]
    has_more: bool
    next_cursor: str | None


class ConsentShape(Shape):
    purpose: PurposeName
    channel: ChannelName
    decision: Literal["given", "withdrawn"]
    text_version: str
    source: str
    occurred_at: AwareDatetime


class ConsentStanding(Shape):
    purpose: PurposeName
    channel: ChannelName
    is_given: bool


class ConsentList(Shape):
    """`standing` covers every purpose and channel there is; `history` holds the newest 100 decisions."""

    standing: list[ConsentStanding]
    history: list[ConsentShape]


class TagNames(Shape):
    tags: list[str]


class TagShape(Shape):
    name: str
    customers: int


class TagList(Shape):
    data: list[TagShape]


def present_customer(customer: Customer) -> dict[str, Any]:
    """A CustomerShape. Reads external ids and tags: prefetch them for lists (`PREFETCHED`)."""
    birthday = customer.birthday
    return {
        "id": public_id("cus", customer.pk),
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
        "external_ids": sorted(
            ({"source": each.source, "external_id": each.external_id} for each in customer.external_ids.all()),
            key=lambda pair: (pair["source"], pair["external_id"]),
        ),
        "tags": sorted(each.tag.name for each in customer.tagged.all()),
        "source": customer.source,
        "joined_at": customer.joined_at,
        "archived_at": customer.archived_at,
        "created_at": customer.created_at,
        "updated_at": customer.updated_at,
    }


PREFETCHED = ("external_ids", "tagged__tag")


def present_consent(consent: Consent) -> dict[str, Any]:
    """A ConsentShape."""
    return {
        "purpose": consent.purpose,
        "channel": consent.channel,
        "decision": consent.decision,
        "text_version": consent.text_version,
        "source": consent.source,
        "occurred_at": consent.occurred_at,
    }
