"""What members fill in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models import BirthdayCalendar, Channel, Gender, Purpose
from customers.rules.birthdays import Birthday
from customers.rules.consents import PREFERENCES
from merchants.models import Language


class SignInForm(forms.Form):
    identity = forms.CharField(
        label=_("Phone or e-mail"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code of six digits"),
        min_length=6,
        max_length=6,
        widget=forms.TextInput(
            attrs={
                "inputmode": "numeric",
                "autocomplete": "one-time-code",
                "pattern": "[0-9]*",
                "data-behaviour": "code-input",
            }
        ),
    )

    def clean_code(self) -> str:
        return "".join(each for each in str(self.cleaned_data["code"]) if each.isalnum())


class JoinForm(forms.Form):
    name = forms.CharField(label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    agrees = forms.BooleanField(label=_("I have read the privacy notice and want to become a member"))
    wants_offers = forms.BooleanField(
        label=_("Send me offers and birthday greetings; I can change this at any time"), required=False
    )


def _text(label: Any, length: int, autocomplete: str) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, max_length=length, required=False, widget=widget)


class ProfileForm(forms.Form):
    name = _text(pgettext_lazy("person", "Name"), 120, "name")
    gender = forms.ChoiceField(label=_("Gender"), choices=Gender.choices)
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("As my browser says")), *Language.choices]
    )
    region = _text(_("Province or state"), 60, "address-level1")
    city = _text(_("City"), 60, "address-level2")
    address = _text(_("Address"), 200, "street-address")
    postcode = _text(_("Postcode"), 16, "postal-code")


class BirthdayForm(forms.Form):
    calendar = forms.ChoiceField(
        label=_("Calendar"), choices=BirthdayCalendar.choices, widget=forms.RadioSelect, initial="solar"
    )
    year = forms.IntegerField(
        label=_("Year"), required=False, min_value=1850, max_value=2150, help_text=_("You need not tell it.")
    )
    month = forms.IntegerField(label=_("Month"), min_value=1, max_value=12)
    day = forms.IntegerField(label=_("Day"), min_value=1, max_value=31)
    is_leap_month = forms.BooleanField(label=_("Leap month (lunar calendar)"), required=False)

    @classmethod
    def of(cls, birthday: Birthday | None) -> BirthdayForm:
        """The form filled with what is known."""
        if birthday is None:
            return cls()
        return cls(
            initial={
                "calendar": "lunar" if birthday.is_lunar else "solar",
                "year": birthday.year,
                "month": birthday.month,
                "day": birthday.day,
                "is_leap_month": birthday.is_leap_month,
            }
        )

    def birthday(self) -> Birthday:
        given = self.cleaned_data
        return Birthday(
            given["month"], given["day"], given["year"], given["calendar"] == "lunar", given["is_leap_month"]
        )


class ContactForm(forms.Form):
    """`kind` is "phone" or "email"."""

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind == "email":
            self.fields["identity"] = forms.EmailField(
                label=_("New e-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "email"})
            )
        else:
            self.fields["identity"] = forms.CharField(
                label=_("New phone number"),
                max_length=40,
                widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
            )


class PreferencesForm(forms.Form):
    """One switch for each purpose and channel that a member may decide; names are "offers-email"."""

    def __init__(self, *args: Any, standing: dict[tuple[str, str], bool], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for purpose, channels in PREFERENCES.items():
            for channel in channels:
                label = Purpose(purpose).label if channel == Channel.ANY else Channel(channel).label
                self.fields[f"{purpose}-{channel}"] = forms.BooleanField(
                    label=label, required=False, initial=standing.get((purpose, channel), False)
                )

    def groups(self) -> list[dict[str, Any]]:
        """[{purpose, title, fields}] in the order of the page."""
        return [
            {
                "purpose": purpose,
                "title": Purpose(purpose).label,
                "fields": [self[f"{purpose}-{channel}"] for channel in channels],
            }
            for purpose, channels in PREFERENCES.items()
        ]

    def agreed(self) -> set[tuple[str, str]]:
        return {
            (purpose, channel)
            for purpose, channels in PREFERENCES.items()
            for channel in channels
            if self.cleaned_data[f"{purpose}-{channel}"]
        }
