"""The desk's words: statuses, categories, root causes. They are archived, never deleted: tickets go on speaking of them."""

from __future__ import annotations

from typing import TypeVar

from django.db import models, transaction
from django.db.models import Max
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from aftersales.actions.desk_opening import open_desk
from aftersales.errors import CauseLoop, DefaultStatusNeeded, NameTaken
from aftersales.facts import DeskChanged
from aftersales.models import Priority, RootCause, StatusCategory, TicketCategory, TicketStatus
from events.actions import record
from merchants.clock import now
from merchants.errors import InvalidValue, NotFound
from merchants.models import Actor, Merchant

Word = TypeVar("Word", TicketStatus, TicketCategory, RootCause)
_KINDS: dict[type[models.Model], str] = {TicketStatus: "status", TicketCategory: "category", RootCause: "cause"}


@transaction.atomic
def add_status(merchant: Merchant, *, name: str, category: str, by: Actor) -> TicketStatus:
    """A new status of the meaning `category` (StatusCategory), last in the order. Raises NameTaken, InvalidValue."""
    open_desk(merchant, by=by)
    if category not in StatusCategory.values:
        raise InvalidValue("category", _("There is no such meaning."), code="unknown")
    name = _name(name, 40)
    _refuse_twin(TicketStatus, merchant, name)
    status = TicketStatus.objects.create(
        merchant=merchant, code=_code(TicketStatus, merchant, name), name=name, category=category,
        position=_last(TicketStatus, merchant),
    )  # fmt: skip
    return _told(status, "added", by)


@transaction.atomic
def change_status(status: TicketStatus, *, name: str, is_default: bool, by: Actor) -> TicketStatus:
    """Rename a status, or make it the one that is used by default for its meaning. Its meaning stays: history rests on it.

    Raises NameTaken, DefaultStatusNeeded (name another default instead of taking this one away).
    """
    status = _locked(status)
    name = _name(name, 40)
    _refuse_twin(TicketStatus, status.merchant, name, but=status.pk)
    if status.is_default and not is_default:
        raise DefaultStatusNeeded()
    if is_default and not status.is_default:
        if status.archived_at is not None:
            raise DefaultStatusNeeded()
        _others(status).update(is_default=False)
    if (status.name, status.is_default) == (name, is_default):
        return status
    status.name, status.is_default = name, is_default
    status.save(update_fields=["name", "is_default"])
    return _told(status, "changed", by)


@transaction.atomic
def add_category(
    merchant: Merchant,
    *,
    name: str,
    is_complaint: bool = True,
    member_visible: bool = True,
    default_priority: str = Priority.NORMAL,
    skill: str = "",
    by: Actor,
) -> TicketCategory:
    """A new category, last in the order. Raises NameTaken, InvalidValue."""
    open_desk(merchant, by=by)
    name = _name(name, 60)
    _refuse_twin(TicketCategory, merchant, name)
    category = TicketCategory.objects.create(
        merchant=merchant, code=_code(TicketCategory, merchant, name), name=name, is_complaint=is_complaint,
        member_visible=member_visible, default_priority=_priority(default_priority), skill=tidy_skill(skill),
        position=_last(TicketCategory, merchant),
    )  # fmt: skip
    return _told(category, "added", by)


@transaction.atomic
def change_category(
    category: TicketCategory,
    *,
    name: str,
    is_complaint: bool,
    member_visible: bool,
    default_priority: str,
    skill: str,
    by: Actor,
) -> TicketCategory:
    """Change a category for tickets to come: what a ticket was when it was opened stays in its history."""
    category = _locked(category)
    wanted = {
        "name": _name(name, 60), "is_complaint": is_complaint, "member_visible": member_visible,
        "default_priority": _priority(default_priority), "skill": tidy_skill(skill),
    }  # fmt: skip
    _refuse_twin(TicketCategory, category.merchant, str(wanted["name"]), but=category.pk)
    if all(getattr(category, field) == value for field, value in wanted.items()):
        return category
    for field, value in wanted.items():
        setattr(category, field, value)
    category.save(update_fields=list(wanted))
    return _told(category, "changed", by)


@transaction.atomic
def add_cause(merchant: Merchant, *, name: str, parent: RootCause | None = None, by: Actor) -> RootCause:
    """A new root cause below `parent` (None: at the top). Raises NameTaken."""
    open_desk(merchant, by=by)
    name = _name(name, 60)
    if parent is not None and parent.merchant_id != merchant.pk:
        raise NotFound()
    if RootCause.objects.filter(merchant=merchant, parent=parent, name=name).exists():
        raise NameTaken()
    cause = RootCause.objects.create(merchant=merchant, name=name, parent=parent, position=_last(RootCause, merchant))
    return _told(cause, "added", by)


@transaction.atomic
def change_cause(cause: RootCause, *, name: str, parent: RootCause | None, by: Actor) -> RootCause:
    """Rename a cause or hang it elsewhere. Raises NameTaken, CauseLoop (below itself)."""
    merchant, name = cause.merchant, _name(name, 60)
    # All of the tree: two moves at once must not make a circle together.
    tree = {
        each.pk: each
        for each in RootCause.objects.select_for_update(no_key=True).filter(merchant=merchant).order_by("pk")
    }
    cause = tree[cause.pk]
    above = parent
    while above is not None:
        if above.pk not in tree:
            raise NotFound()
        if above.pk == cause.pk:
            raise CauseLoop()
        above = tree.get(tree[above.pk].parent_id or 0)
    twins = RootCause.objects.filter(merchant=merchant, parent=parent, name=name).exclude(pk=cause.pk)
    if twins.exists():
        raise NameTaken()
    cause.merchant, cause.name, cause.parent = merchant, name, parent
    cause.save(update_fields=["name", "parent"])
    return _told(cause, "changed", by)


@transaction.atomic
def archive_word(word: Word, *, by: Actor) -> Word:
    """Take a status, category or cause out of use; tickets that have it keep it. Raises DefaultStatusNeeded."""
    word = _locked(word)
    if isinstance(word, TicketStatus) and word.is_default:
        raise DefaultStatusNeeded()
    if word.archived_at is not None:
        return word
    word.archived_at = now(word.merchant)
    word.save(update_fields=["archived_at"])
    return _told(word, "archived", by)


@transaction.atomic
def restore_word(word: Word, *, by: Actor) -> Word:
    """Take it back into use."""
    word = _locked(word)
    if word.archived_at is None:
        return word
    word.archived_at = None
    word.save(update_fields=["archived_at"])
    return _told(word, "restored", by)


@transaction.atomic
def move_word(word: Word, *, up: bool) -> None:
    """Change places with the neighbour above or below; at the end of the list nothing happens."""
    model, merchant = type(word), word.merchant
    rows = model.objects.select_for_update(no_key=True).filter(merchant=merchant)
    if isinstance(word, RootCause):
        rows = rows.filter(parent=word.parent_id)
    order = sorted(rows.order_by("pk"), key=lambda each: (each.position, each.pk))
    here = next(place for place, each in enumerate(order) if each.pk == word.pk)
    there = here + (-1 if up else 1)
    if not 0 <= there < len(order):
        return
    order[here], order[there] = order[there], order[here]
    for place, each in enumerate(order):
        if each.position != place:
            each.position = place
            each.save(update_fields=["position"])


def tidy_skill(skill: str) -> str:
    """A skill as a short code, whatever the script: "English " → "english", "退款" stays."""
    return slugify(skill, allow_unicode=True)[:40]


def _locked(word: Word) -> Word:
    merchant = word.merchant
    rows = type(word).objects.select_for_update(no_key=True)
    found: Word | None = rows.filter(merchant=merchant, pk=word.pk).first()
    if found is None:
        raise NotFound()
    found.merchant = merchant
    return found


def _others(status: TicketStatus) -> models.QuerySet[TicketStatus]:
    return TicketStatus.objects.filter(merchant=status.merchant, category=status.category).exclude(pk=status.pk)


def _told(word: Word, change: str, by: Actor) -> Word:
    record(word.merchant, DeskChanged(_KINDS[type(word)], word.name, change), about=word, by=by)
    return word


def _name(name: str, most: int) -> str:
    tidy = " ".join(name.split())
    if not tidy:
        raise InvalidValue("name", _("A name is needed."), code="required")
    if len(tidy) > most:
        raise InvalidValue("name", _("At most %(most)s characters."), code="too_long", most=most)
    return tidy


def _priority(value: str) -> str:
    if value not in Priority.values:
        raise InvalidValue("default_priority", _("There is no such priority."), code="unknown")
    return value


def _refuse_twin(
    model: type[TicketStatus] | type[TicketCategory], merchant: Merchant, name: str, but: int | None = None
) -> None:
    if model.objects.filter(merchant=merchant, name=name, archived_at=None).exclude(pk=but or 0).exists():
        raise NameTaken()


def _code(model: type[TicketStatus] | type[TicketCategory], merchant: Merchant, name: str) -> str:
    """A short code for the API and rule books, from the name where it has Latin letters."""
    taken = set(model.objects.filter(merchant=merchant).values_list("code", flat=True))
    wished = slugify(name)[:30] or _KINDS[model]
    return next(each for each in (wished, *(f"{wished}-{n}" for n in range(2, 10_000))) if each not in taken)


def _last(model: type[TicketStatus] | type[TicketCategory] | type[RootCause], merchant: Merchant) -> int:
    highest = model.objects.filter(merchant=merchant).aggregate(highest=Max("position"))["highest"]
    return int(highest or 0) + 1
