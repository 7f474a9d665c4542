"""The customer: one person (or household) of one shop."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.rules.birthdays import Birthday
from customers.rules.masking import mask_email, mask_phone
from merchants.models import Language
from merchants.tenancy import TenantModel, same_merchant


class Gender(models.TextChoices):
    UNKNOWN = "unknown", _("Not stated")
    FEMALE = "female", _("Female")
    MALE = "male", _("Male")
    OTHER = "other", _("Other")


class BirthdayCalendar(models.TextChoices):
    SOLAR = "solar", _("Solar calendar")
    LUNAR = "lunar", _("Lunar calendar")


class Customer(TenantModel):
    """A customer. Empty text means "not known"; phone and e-mail are unique among the shop's customers not archived.

    Columns that only serve searching (`name_pinyin`, `name_initials`, `search_text`) follow the name and the e-mail;
    `actions.profiles` keeps them. Text searched by its beginning is collated "C", so that one plain index serves both
    `LIKE 'zhang%'` and sorting.
    """

    number = models.CharField(_("Member number"), max_length=32, db_collation="C")
    name = models.CharField(pgettext_lazy("person", "Name"), max_length=120, blank=True, db_collation="C")
    name_pinyin = models.CharField(max_length=400, blank=True, db_collation="C")  # "zhangsan"; also what lists sort by
    name_initials = models.CharField(max_length=120, blank=True, db_collation="C")  # "zs"
    search_text = models.TextField(blank=True)  # words to find by their beginning: rules/search_keys.py
    phone = models.CharField(_("Phone"), max_length=16, blank=True, db_collation="C")  # E.164
    email = models.EmailField(_("E-mail"), blank=True, db_collation="C")  # lower case
    birthday_calendar = models.CharField(
        _("Calendar"), max_length=5, choices=BirthdayCalendar, default=BirthdayCalendar.SOLAR
    )
    # In the calendar above; a lunar year is the one that New Year's day of that lunar year falls in.
    birthday_year = models.PositiveSmallIntegerField(null=True, blank=True)
    birthday_month = models.PositiveSmallIntegerField(null=True, blank=True)
    birthday_day = models.PositiveSmallIntegerField(null=True, blank=True)
    birthday_is_leap_month = models.BooleanField(default=False)
    birthday_set_at = models.DateTimeField(null=True, blank=True)
    gender = models.CharField(_("Gender"), max_length=8, choices=Gender, default=Gender.UNKNOWN)
    language = models.CharField(_("Language"), max_length=10, choices=Language, blank=True)
    country = models.CharField(_("Country"), max_length=2, blank=True)  # ISO 3166-1
    region = models.CharField(_("Province or state"), max_length=60, blank=True)
    city = models.CharField(_("City"), max_length=60, blank=True)
    address = models.CharField(_("Address"), max_length=200, blank=True)
    postcode = models.CharField(_("Postcode"), max_length=16, blank=True)
    custom = models.JSONField(default=dict, blank=True)  # validated against the shop's CustomFields
    source = models.CharField(_("Source"), max_length=40, blank=True)  # how they came: "portal", "api", "import" …
    joined_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            same_merchant("customers_customer_same_merchant"),
            models.UniqueConstraint(fields=["merchant", "number"], name="customers_number_once"),
            models.UniqueConstraint(
                fields=["merchant", "phone"],
                condition=Q(archived_at__isnull=True) & ~Q(phone=""),
                name="customers_phone_once",
            ),
            models.UniqueConstraint(
                fields=["merchant", "email"],
                condition=Q(archived_at__isnull=True) & ~Q(email=""),
                name="customers_email_once",
            ),
            models.CheckConstraint(name="customers_number_given", condition=~Q(number="")),
            models.CheckConstraint(name="customers_gender", condition=Q(gender__in=Gender.values)),
            models.CheckConstraint(
                name="customers_birthday_whole",
                condition=Q(birthday_month__isnull=True, birthday_day__isnull=True, birthday_year__isnull=True)
                | Q(birthday_month__range=(1, 12), birthday_day__range=(1, 31)),
            ),
            models.CheckConstraint(
                name="customers_leap_month_is_lunar",
                condition=Q(birthday_calendar="lunar", birthday_day__isnull=True)
                | Q(birthday_calendar="lunar", birthday_day__lte=30)
                | Q(birthday_calendar="solar", birthday_is_leap_month=False),
            ),
        ]
        indexes = [
            # The list as it opens, and how many there are, without reading the rows.
            models.Index(fields=["merchant", "-id"], condition=Q(archived_at__isnull=True), name="customers_live"),
            models.Index(fields=["merchant", "name", "id"], name="customers_by_name"),
            models.Index(fields=["merchant", "name_pinyin", "id"], name="customers_by_pinyin"),
            models.Index(fields=["merchant", "name_initials"], name="customers_by_initials"),
            models.Index(fields=["merchant", "email"], condition=~Q(email=""), name="customers_by_email"),
            models.Index(F("merchant"), Reverse("phone"), condition=~Q(phone=""), name="customers_by_phone_tail"),
            models.Index(fields=["merchant", "joined_at", "id"], name="customers_by_joined"),
            models.Index(fields=["merchant", "updated_at", "id"], name="customers_by_updated"),
            models.Index(
                fields=["merchant", "birthday_calendar", "birthday_month", "birthday_day"],
                condition=Q(birthday_month__isnull=False),
                name="customers_by_birthday",
            ),
            GinIndex(OpClass(F("search_text"), "gin_trgm_ops"), name="customers_search"),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """What people call this customer: the name, else the masked phone or e-mail, else the number."""
        return self.name or mask_phone(self.phone) or mask_email(self.email) or self.number

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None

    @property
    def birthday(self) -> Birthday | None:
        if self.birthday_month is None or self.birthday_day is None:
            return None
        return Birthday(
            month=self.birthday_month,
            day=self.birthday_day,
            year=self.birthday_year,
            is_lunar=self.birthday_calendar == BirthdayCalendar.LUNAR,
            is_leap_month=self.birthday_is_leap_month,
        )


class ExternalId(TenantModel):
    """What another system calls this customer: unique per source ("shopify", "pos", "wechat" …)."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="external_ids", db_constraint=False)
    source = models.CharField(_("Source"), max_length=40)
    external_id = models.CharField(_("Identifier there"), max_length=128)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "source", "external_id"], name="customers_external_id_once"),
            models.CheckConstraint(name="customers_external_id_given", condition=~Q(source="") & ~Q(external_id="")),
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.external_id}"
