"""A shop's own fields: typed values in, the JSON that is stored out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from customers.rules.faults import Fault

TEXT_LENGTH = 500
JsonScalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class FieldSpec:
    key: str
    kind: str  # "text" | "number" | "date" | "boolean" | "choice"
    choices: tuple[str, ...] = ()
    is_required: bool = False


def checked_values(
    specs: Iterable[FieldSpec], given: Mapping[str, object], *, whole: bool
) -> tuple[dict[str, JsonScalar], dict[str, Fault]]:
    """The values as stored, and a Fault for each key that cannot be.

    None clears a field. `whole` says that `given` is everything there is, so that required fields must be in it.
    """
    known = {spec.key: spec for spec in specs}
    values: dict[str, JsonScalar] = {}
    faults: dict[str, Fault] = {}
    for key, value in given.items():
        if key not in known:
            faults[key] = Fault("custom_field_unknown")
            continue
        try:
            values[key] = checked_value(known[key], value)
        except Fault as fault:
            faults[key] = fault
    if whole:
        for spec in known.values():
            if spec.is_required and spec.key not in given:
                faults[spec.key] = Fault("required")
    return values, faults


def checked_value(spec: FieldSpec, value: object) -> JsonScalar:
    """One value as stored, or a Fault: `required`, `too_long`, or `not_` a number, date, yes or no, choice or text."""
    if value is None or value == "":
        if spec.is_required:
            raise Fault("required")
        return None
    if spec.kind == "number":
        return _number(value)
    if spec.kind == "date":
        return _date(value)
    if spec.kind == "boolean":
        return _boolean(value)
    if not isinstance(value, str):
        raise Fault("not_text")
    text = value.strip()
    if spec.kind == "choice" and text not in spec.choices:
        raise Fault("not_a_choice", choices=spec.choices)
    if len(text) > TEXT_LENGTH:
        raise Fault("too_long", limit=TEXT_LENGTH)
    return text


def _number(value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Fault("not_a_number")
    try:
        number = float(value)
    except ValueError:
        raise Fault("not_a_number") from None
    if number != number or abs(number) > 1e15:  # NaN and infinities are no JSON
        raise Fault("not_a_number")
    return int(number) if number.is_integer() else number


def _date(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()[:10]
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise Fault("not_a_date") from None


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    known = {"true": True, "1": True, "yes": True, "是": True, "false": False, "0": False, "no": False, "否": False}
    try:
        return known[str(value).strip().lower()]
    except KeyError:
        raise Fault("not_yes_or_no") from None
