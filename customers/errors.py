"""What customers' actions refuse, by name."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from merchants.errors import DomainError


class PhoneTaken(DomainError):
    code = "phone_taken"
    message = _("Another customer already has this phone number.")
    pointer = "/phone"


class EmailTaken(DomainError):
    code = "email_taken"
    message = _("Another customer already has this e-mail address.")
    pointer = "/email"


class NumberTaken(DomainError):
    code = "number_taken"
    message = _("Another customer already has this member number.")
    pointer = "/number"


class ExternalIdTaken(DomainError):
    code = "external_id_taken"
    message = _("Another customer already has the identifier %(external_id)s of %(source)s.")
    pointer = "/external_ids"


class CustomerArchived(DomainError):
    code = "customer_archived"
    message = _("This customer is archived. Restore the customer first.")


class BirthdayChangedRecently(DomainError):
    code = "birthday_changed_recently"
    message = _("The birthday can be changed once a year. The next change is possible on %(possible_on)s.")
    pointer = "/birthday"


class CodeInvalid(DomainError):
    """The same answer for a wrong, an old, a used and an unknown code."""

    code = "code_invalid"
    message = _("This code is wrong or has expired. Ask for a new one.")
    pointer = "/code"
    http_status = 422


class TooManyCodes(DomainError):
    code = "too_many_codes"
    message = _("Too many codes were asked for. Try again in %(retry_after_s)s seconds.")
    http_status = 429


class SmsNotConfigured(DomainError):
    code = "sms_not_configured"
    message = _("This shop cannot send text messages yet. Please use your e-mail address.")
    pointer = "/identity"
    http_status = 422


class CustomFieldTaken(DomainError):
    code = "custom_field_taken"
    message = _("A field with this key exists already.")
    pointer = "/key"


class TooManyViews(DomainError):
    code = "too_many_views"
    message = _("A shop keeps at most %(limit)s saved views. Remove one first.")


class TagTooLong(DomainError):
    code = "tag_too_long"
    message = _("A tag has at most 40 characters.")
    pointer = "/tag"
    http_status = 422


class TagNameTaken(DomainError):
    code = "tag_name_taken"
    message = _("There is already a tag of this name.")
    pointer = "/name"


class TagIsDynamic(DomainError):
    code = "tag_is_dynamic"
    message = _("Who carries the tag %(name)s is computed: it cannot be stuck on or taken off by hand.")
    pointer = "/tag"


# What the rules find wrong with a value, in words: customers/rules raise the code, actions make it a refusal.
FAULTS = {
    "birthday_no_such_day": _("There is no such day in this calendar."),
    "birthday_no_such_leap_month": _("That year has no such leap month."),
    "birthday_in_future": _("A birthday cannot be in the future."),
    "birthday_too_long_ago": _("This year is too long ago."),
    "phone_invalid": _("This is not a valid phone number. Numbers from abroad start with + and the country code."),
    "email_invalid": _("This is not a valid e-mail address."),
    "number_invalid": _("A member number has at most 32 letters, digits, dots, hyphens or underscores."),
    "custom_field_unknown": _("The shop has no such field."),
    "required": _("This is required."),
    "not_a_number": _("This must be a number."),
    "not_a_date": _("This must be a date such as 2026-11-22."),
    "not_yes_or_no": _("This must be yes or no."),
    "not_a_choice": _("This must be one of: %(choices)s."),
    "not_text": _("This must be text."),
    "too_long": _("This may have at most %(limit)s characters."),
    "country_invalid": _("This must be a country code of two letters, such as CN."),
    "language_unknown": _("This language is not offered."),
    "gender_unknown": _("This must be one of: %(choices)s."),
    "in_future": _("This moment is in the future."),
    "consent_unknown": _("This purpose cannot be agreed to on this channel."),
    "external_id_invalid": _("An external id is a source of at most 40 and an identifier of at most 128 characters."),
    "key_invalid": _("A key begins with a letter and has at most 40 small letters, digits and underscores."),
    "field_unknown": _("There is no such field."),
}
