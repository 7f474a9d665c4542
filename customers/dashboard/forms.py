"""What staff fill in about a customer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models import BirthdayCalendar, Channel, Customer, CustomField, FieldKind, Gender, Purpose
from customers.queries import custom_fields_of
from customers.rules.birthdays import Birthday
from customers.rules.consents import CHANNELS_OF
from customers.rules.masking import mask_address, mask_email, mask_phone
from merchants.models import Language, Merchant

_COLUMNS = (
    "number", "name", "phone", "email", "gender", "language", "country", "region", "city", "address", "postcode",
)  # fmt: skip
CUSTOM = "custom_"


def _text(label: Any, length: int, **kwargs: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=length, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}), **kwargs
    )


class CustomerForm(forms.Form):
    """A new customer, or all of a known one.

    Phone, e-mail and address of a known one are not shown: editing a name is no reason to see them. Empty keeps them.
    """

    name = _text(pgettext_lazy("person", "Name"), 120)
    number = _text(_("Member number"), 32, help_text=_("Leave it empty and one is drawn."))
    phone = _text(_("Phone"), 40, help_text=_("Numbers from abroad start with + and the country code."))
    email = forms.CharField(
        label=_("E-mail"), max_length=254, required=False, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    gender = forms.ChoiceField(label=_("Gender"), choices=Gender.choices, required=False)
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("Not stated")), *Language.choices]
    )
    birthday_calendar = forms.ChoiceField(
        label=_("Birthday in the"), choices=BirthdayCalendar.choices, widget=forms.RadioSelect, initial="solar"
    )
    birthday_year = forms.IntegerField(label=_("Year"), required=False, min_value=1850, max_value=2150)
    birthday_month = forms.IntegerField(label=_("Month"), required=False, min_value=1, max_value=12)
    birthday_day = forms.IntegerField(label=_("Day"), required=False, min_value=1, max_value=31)
    birthday_is_leap_month = forms.BooleanField(label=_("Leap month (lunar calendar)"), required=False)
    country = _text(_("Country"), 2, help_text=_("Two letters, such as CN."))
    region = _text(_("Province or state"), 60)
    city = _text(_("City"), 60)
    address = _text(_("Address"), 200)
    postcode = _text(_("Postcode"), 16)

    def __init__(self, merchant: Merchant, *args: Any, customer: Customer | None = None, **kwargs: Any) -> None:
        if customer is not None:
            kwargs["initial"] = _known(customer)
        super().__init__(*args, **kwargs)
        self.custom_names: list[str] = []
        for field in custom_fields_of(merchant):
            name = f"{CUSTOM}{field.key}"
            self.fields[name] = control_for(field)
            self.custom_names.append(name)
        self.forgettable: list[str] = []
        if customer is not None:
            self._keep_contact(customer)

    def _keep_contact(self, customer: Customer) -> None:
        masks = {
            "phone": mask_phone(customer.phone),
            "email": mask_email(customer.email),
            "address": mask_address(customer.address),
        }
        self.forgettable = [name for name, mask in masks.items() if mask]
        for name in self.forgettable:
            self.fields[name].help_text = _("Now %(value)s. Leave it empty to keep it.") % {"value": masks[name]}
        if self.forgettable:
            labels = {name: self.fields[name].label for name in self.forgettable}
            self.fields["forget"] = forms.MultipleChoiceField(
                label=_("Forget"),
                required=False,
                choices=list(labels.items()),
                widget=forms.CheckboxSelectMultiple,
            )

    def custom_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.custom_names]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        month, day = given.get("birthday_month"), given.get("birthday_day")
        if (month is None) != (day is None) and not {"birthday_month", "birthday_day"} & set(self.errors):
            self.add_error("birthday_month" if month is None else "birthday_day", _("A birthday needs month and day."))
        return given

    def profile(self) -> dict[str, Any]:
        """Keywords of `update_customer` and fields of NewCustomer."""
        given = self.cleaned_data
        profile: dict[str, Any] = {name: given[name] for name in _COLUMNS if name in given}
        if not profile.get("number"):
            profile.pop("number", None)
        for name in self.forgettable:
            if name in given["forget"]:
                profile[name] = ""
            elif not profile[name]:
                del profile[name]
        profile["birthday"] = self._birthday()
        profile["custom"] = {name.removeprefix(CUSTOM): given[name] for name in self.custom_names}
        return profile

    def _birthday(self) -> Birthday | None:
        given = self.cleaned_data
        if given["birthday_month"] is None:
            return None
        return Birthday(
            given["birthday_month"],
            given["birthday_day"],
            given["birthday_year"],
            given["birthday_calendar"] == "lunar",
            given["birthday_is_leap_month"],
        )


def _known(customer: Customer) -> dict[str, Any]:
    names = (
        *_COLUMNS,
        "birthday_calendar",
        "birthday_year",
        "birthday_month",
        "birthday_day",
        "birthday_is_leap_month",
    )
    known = {name: getattr(customer, name) for name in names if name not in ("phone", "email", "address")}
    return {**known, **{f"{CUSTOM}{key}": value for key, value in customer.custom.items()}}


def control_for(field: CustomField) -> forms.Field:
    """The form control of one of the shop's own fields. Values are checked by the rules, in the action."""
    kwargs: dict[str, Any] = {"label": field.label, "required": field.is_required}
    if field.kind == FieldKind.NUMBER:
        return forms.FloatField(**kwargs)
    if field.kind == FieldKind.DATE:
        return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)
    if field.kind == FieldKind.BOOLEAN:
        return forms.TypedChoiceField(
            choices=[("", _("Not stated")), ("True", _("Yes")), ("False", _("No"))],
            coerce=lambda text: text == "True",
            empty_value=None,
            **kwargs,
        )
    if field.kind == FieldKind.CHOICE:
        return forms.ChoiceField(choices=[("", _("Not stated")), *((each, each) for each in field.choices)], **kwargs)
    return forms.CharField(max_length=500, **kwargs)


class ConsentForm(forms.Form):
    """What a customer said to staff: on the phone, on paper."""

    pair = forms.ChoiceField(label=_("Purpose and channel"))
    decision = forms.ChoiceField(label=_("Decision"), choices=[("given", _("Agreed")), ("withdrawn", _("Withdrawn"))])
    source = forms.CharField(
        label=_("Where and how"), max_length=40, help_text=_("For example: form at the till, phone call.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pairs = [
            (f"{purpose}.{channel}", f"{Purpose(purpose).label} · {Channel(channel).label}")
            for purpose, channels in CHANNELS_OF.items()
            for channel in channels
        ]
        self.fields["pair"] = forms.ChoiceField(label=_("Purpose and channel"), choices=pairs)


class CustomFieldForm(forms.Form):
    label = forms.CharField(label=_("Label"), max_length=80)
    key = forms.CharField(
        label=_("Key"),
        max_length=40,
        help_text=_("The name in the API and in files; it cannot be changed later. For example: skin_type."),
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=FieldKind.choices)
    choices = forms.CharField(
        label=_("Choices"), required=False, widget=forms.Textarea(attrs={"rows": 4}), help_text=_("One a line.")
    )
    is_required = forms.BooleanField(label=_("Must be filled in for new customers"), required=False)
