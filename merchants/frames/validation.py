"""pydantic's faults in our words: stable codes, translated sentences, JSON pointers."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from merchants.errors import InvalidValue, InvalidValues

_REQUIRED = ("required", _("This value is required."))
_TEXT = ("wrong_type", _("This must be text."))
_WHOLE = ("wrong_type", _("This must be a whole number."))
_NUMBER = ("wrong_type", _("This must be a number."))
_TRUTH = ("wrong_type", _("This must be true or false."))
_LIST = ("wrong_type", _("This must be a list."))
_OBJECT = ("wrong_type", _("This must be an object."))
_DATE = ("invalid_date", _("This must be a date such as 2026-11-22."))
_MOMENT = ("invalid_date_time", _("This must be a date and time such as 2026-11-22T09:05:00+08:00."))
_CHOICE = ("not_a_choice", _("This must be one of: %(expected)s."))
_DIGITS = ("too_many_digits", _("This number has too many digits."))
_ANY = ("invalid_value", _("This value is not valid."))

_KINDS: dict[str, tuple[str, str | Promise]] = {
    "missing": _REQUIRED,
    "missing_argument": _REQUIRED,
    "extra_forbidden": ("unknown_field", _("This field is not known.")),
    "none_required": _ANY,
    "string_type": _TEXT,
    "string_sub_type": _TEXT,
    "string_unicode": _TEXT,
    "string_too_short": ("too_short", _("This needs at least %(min_length)s characters.")),
    "string_too_long": ("too_long", _("This may have at most %(max_length)s characters.")),
    "string_pattern_mismatch": ("wrong_format", _("This does not have the expected form.")),
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _DIGITS,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "decimal_max_digits": _DIGITS,
    "decimal_max_places": ("too_many_places", _("This may have at most %(decimal_places)s decimal places.")),
    "decimal_whole_digits": _DIGITS,
    "bool_type": _TRUTH,
    "bool_parsing": _TRUTH,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "too_short": ("too_few", _("This needs at least %(min_length)s items.")),
    "too_long": ("too_many", _("This may have at most %(max_length)s items.")),
    "greater_than": ("too_small", _("This must be greater than %(gt)s.")),
    "greater_than_equal": ("too_small", _("This must be at least %(ge)s.")),
    "less_than": ("too_large", _("This must be less than %(lt)s.")),
    "less_than_equal": ("too_large", _("This must be at most %(le)s.")),
    "enum": _CHOICE,
    "literal_error": _CHOICE,
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
    "datetime_type": _MOMENT,
    "datetime_parsing": _MOMENT,
    "datetime_object_invalid": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "timezone_aware": ("time_zone_missing", _("State the time zone, such as +08:00 or Z.")),
}


def invalid_values(failure: ValidationError) -> InvalidValues:
    """Every fault of `failure`, each with its pointer."""
    return InvalidValues([_fault(error) for error in failure.errors(include_url=False, include_input=False)])


def _fault(error: Any) -> InvalidValue:
    context: dict[str, Any] = error.get("ctx", {})
    field = ".".join(str(part).replace("~", "~0").replace("/", "~1") for part in error["loc"])
    raised = context.get("error")
    if isinstance(raised, InvalidValue):  # a validator of ours already found the words
        return InvalidValue(field, raised.message, code=raised.code, **raised.details)
    if error["type"] == "value_error" and raised is not None and str(raised):
        return InvalidValue(field, str(raised))
    code, message = _KINDS.get(error["type"], _ANY)
    if "%(" in str(message):
        return InvalidValue(field, message, code=code, **{name: str(value) for name, value in context.items()})
    return InvalidValue(field, message, code=code)
