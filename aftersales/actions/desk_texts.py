"""What agents keep at hand: macros and saved views of the inbox, their own and the team's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from aftersales.errors import MacroEmpty, NameTaken
from aftersales.facts import DeskChanged
from aftersales.models import InboxView, Macro
from aftersales.rules.macros import MacroSteps
from events.actions import record
from merchants.clock import now
from merchants.errors import InvalidValue, InvalidValues, NotFound
from merchants.models import Actor, Membership, Merchant

MOST_QUERY = 500
Steps = Mapping[str, Any] | MacroSteps


@transaction.atomic
def add_macro(merchant: Merchant, *, name: str, steps: Steps, owner: Membership | None = None, by: Actor) -> Macro:
    """A new macro; `owner` None: the whole team's. `steps` as rules/macros.py has them. Raises NameTaken, MacroEmpty,
    InvalidValues with a pointer into the steps."""
    name = _name(name, 60)
    checked = _checked(steps)
    _refuse_twin(merchant, name, owner)
    highest = Macro.objects.filter(merchant=merchant).aggregate(highest=Max("position"))["highest"]
    macro = Macro.objects.create(merchant=merchant, name=name, steps=checked, owner=owner, position=(highest or 0) + 1)
    return _told(macro, "added", by)


@transaction.atomic
def change_macro(macro: Macro, *, name: str, steps: Steps, owner: Membership | None, by: Actor) -> Macro:
    """Change what a macro is called, does, and for whom. Raises as add_macro."""
    macro = _locked(macro)
    name, checked = _name(name, 60), _checked(steps)
    _refuse_twin(macro.merchant, name, owner, but=macro.pk)
    macro.name, macro.steps, macro.owner = name, checked, owner
    macro.save(update_fields=["name", "steps", "owner"])
    return _told(macro, "changed", by)


@transaction.atomic
def archive_macro(macro: Macro, *, by: Actor) -> Macro:
    """Take a macro out of use. What it did stays in the tickets' histories."""
    macro = _locked(macro)
    if macro.archived_at is None:
        macro.archived_at = now(macro.merchant)
        macro.save(update_fields=["archived_at"])
        _told(macro, "archived", by)
    return macro


@transaction.atomic
def save_inbox_view(merchant: Merchant, *, name: str, query: str, owner: Membership | None, by: Actor) -> InboxView:
    """Keep a view of the inbox under a name: its address after the question mark. The same name keeps the new address."""
    name = _name(name, 40)
    tidy = urlencode([(key, value) for key, value in parse_qsl(query) if key not in ("before", "after")])
    if len(tidy) > MOST_QUERY:
        raise InvalidValue("query", _("This view has too many conditions."), code="too_long")
    highest = InboxView.objects.filter(merchant=merchant).aggregate(highest=Max("position"))["highest"]
    view, made = InboxView.objects.update_or_create(
        merchant=merchant, owner=owner, name=name,
        defaults={"query": tidy},
        create_defaults={"query": tidy, "position": (highest or 0) + 1, "created_at": now(merchant)},
    )  # fmt: skip
    record(merchant, DeskChanged("view", name, "added" if made else "changed"), about=view, by=by)
    return view


@transaction.atomic
def remove_inbox_view(view: InboxView, *, by: Actor) -> None:
    record(view.merchant, DeskChanged("view", view.name, "removed"), about=view, by=by)
    view.delete()


def _locked(macro: Macro) -> Macro:
    merchant = macro.merchant
    found = Macro.objects.select_for_update(no_key=True).filter(merchant=merchant, pk=macro.pk).first()
    if found is None:
        raise NotFound()
    found.merchant = merchant
    return found


def _checked(steps: Steps) -> dict[str, Any]:
    try:
        return MacroSteps.model_validate(steps).model_dump(mode="json")
    except ValidationError as error:
        faults = error.errors(include_url=False)
        if any(fault["type"] == "macro_does_nothing" for fault in faults):
            raise MacroEmpty() from error
        raise InvalidValues([_fault(fault) for fault in faults]) from error


def _fault(fault: Mapping[str, Any]) -> InvalidValue:
    place = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "unknown_variable":
        return InvalidValue(place, _("There is no variable “%(name)s”."), code=fault["type"], **fault["ctx"])
    return InvalidValue(place, _("This value is not valid."), code=fault["type"])


def _name(name: str, most: int) -> str:
    tidy = " ".join(name.split())
    if not tidy or len(tidy) > most:
        raise InvalidValue("name", _("A name of 1 to %(most)s characters is needed."), code="required", most=most)
    return tidy


def _refuse_twin(merchant: Merchant, name: str, owner: Membership | None, but: int | None = None) -> None:
    twins = Macro.objects.filter(merchant=merchant, owner=owner, name=name, archived_at=None).exclude(pk=but or 0)
    if twins.exists():
        raise NameTaken()


def _told(macro: Macro, change: str, by: Actor) -> Macro:
    record(macro.merchant, DeskChanged("macro", macro.name, change), about=macro, by=by)
    return macro
