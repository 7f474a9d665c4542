"""Statuses, categories and root causes: one list each, added to, renamed, moved, archived."""

from __future__ import annotations

from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from aftersales.actions.desk import (
    add_category,
    add_cause,
    add_status,
    archive_word,
    change_category,
    change_cause,
    change_status,
    move_word,
    open_desk,
    restore_word,
)
from aftersales.dashboard.desk import desk_trail
from aftersales.models import Priority, RootCause, StatusCategory, TicketCategory, TicketStatus
from aftersales.queries.desk import categories_of, cause_tree, causes_of, statuses_of
from merchants.errors import DomainError, NotFound
from merchants.frames.staff import StaffRequest, page, refuse, shop_url, staff_page
from merchants.roles import Permission

Word = TypeVar("Word", TicketStatus, TicketCategory, RootCause)
_NAME = pgettext_lazy("thing", "Name")


class StatusForm(forms.Form):
    name = forms.CharField(label=_NAME, max_length=40)
    category = forms.ChoiceField(
        label=gettext_lazy("Meaning"), choices=StatusCategory.choices,
        help_text=gettext_lazy("What the desk counts by: whose turn it is, and which clocks run. It stays as it is."),
    )  # fmt: skip


class StatusChangeForm(forms.Form):
    name = forms.CharField(label=_NAME, max_length=40)
    is_default = forms.BooleanField(
        label=gettext_lazy("Used by default"), required=False,
        help_text=gettext_lazy("Replies, imports and the API use it for its meaning."),
    )  # fmt: skip


class CategoryForm(forms.Form):
    name = forms.CharField(label=_NAME, max_length=60)
    default_priority = forms.ChoiceField(
        label=gettext_lazy("Priority"), choices=Priority.choices, initial=Priority.NORMAL.value
    )
    skill = forms.CharField(
        label=gettext_lazy("Skill needed"), max_length=40, required=False,
        help_text=gettext_lazy("Only people with this skill are given its tickets in turn."),
    )  # fmt: skip
    is_complaint = forms.BooleanField(
        label=gettext_lazy("Is a complaint"), required=False, initial=True,
        help_text=gettext_lazy("While one is open, marketing can leave the customer in peace."),
    )  # fmt: skip
    member_visible = forms.BooleanField(label=gettext_lazy("Members can choose it"), required=False, initial=True)


class CauseForm(forms.Form):
    name = forms.CharField(label=_NAME, max_length=60)
    parent = forms.ChoiceField(label=gettext_lazy("Below"), required=False)

    def __init__(self, causes: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"].choices = [("", _("At the top")), *causes]  # type: ignore[attr-defined]  # a choice field


@staff_page(Permission.EDIT_DESK)
def statuses(request: StaffRequest) -> HttpResponseBase:
    open_desk(request.merchant, by=request.actor)
    form = StatusForm(request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            add_status(request.merchant, **form.cleaned_data, by=request.actor)
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            return _done(request, "desk-statuses", _("Status added."))
    rows = statuses_of(request.merchant, archived=True)
    return _list(request, "desk_statuses.html", form, rows, _("Statuses"))


@staff_page(Permission.EDIT_DESK)
def status(request: StaffRequest, status_id: int) -> HttpResponseBase:
    found = _get(statuses_of(request.merchant, archived=True), status_id, request)
    if (moved := _verb(request, found, "desk-statuses")) is not None:
        return moved
    form = StatusChangeForm(request.POST or None, initial={"name": found.name, "is_default": found.is_default})
    if form.is_bound and form.is_valid():
        try:
            change_status(found, **form.cleaned_data, by=request.actor)
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            return _done(request, "desk-statuses", _("Status changed."))
    meaning = (_("Meaning"), str(StatusCategory(found.category).label))
    return _form(request, form, found.name, (_("Statuses"), "desk-statuses"), facts=[meaning])


@staff_page(Permission.EDIT_DESK)
def categories(request: StaffRequest) -> HttpResponseBase:
    open_desk(request.merchant, by=request.actor)
    form = CategoryForm(request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            add_category(request.merchant, **form.cleaned_data, by=request.actor)
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            return _done(request, "desk-categories", _("Category added."))
    rows = categories_of(request.merchant, archived=True)
    return _list(request, "desk_categories.html", form, rows, pgettext("ticket", "Categories"))


@staff_page(Permission.EDIT_DESK)
def category(request: StaffRequest, category_id: int) -> HttpResponseBase:
    found = _get(categories_of(request.merchant, archived=True), category_id, request)
    if (moved := _verb(request, found, "desk-categories")) is not None:
        return moved
    known = {name: getattr(found, name) for name in CategoryForm.base_fields}
    form = CategoryForm(request.POST or None, initial=known)
    if form.is_bound and form.is_valid():
        try:
            change_category(found, **form.cleaned_data, by=request.actor)
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            return _done(request, "desk-categories", _("Category changed."))
    return _form(request, form, found.name, (pgettext("ticket", "Categories"), "desk-categories"))


@staff_page(Permission.EDIT_DESK)
def causes(request: StaffRequest) -> HttpResponseBase:
    open_desk(request.merchant, by=request.actor)
    form = CauseForm(_parents(request), request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            parent = _parent(request, form.cleaned_data["parent"])
            add_cause(request.merchant, name=form.cleaned_data["name"], parent=parent, by=request.actor)
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            return _done(request, "desk-causes", _("Root cause added."))
    tree = [{"cause": node.cause, "steps": range(node.depth)} for node in cause_tree(request.merchant, archived=True)]
    return _list(request, "desk_causes.html", form, tree, _("Root causes"))


@staff_page(Permission.EDIT_DESK)
def cause(request: StaffRequest, cause_id: int) -> HttpResponseBase:
    found = _get(causes_of(request.merchant, archived=True), cause_id, request)
    if (moved := _verb(request, found, "desk-causes")) is not None:
        return moved
    parents = [each for each in _parents(request) if each[0] != str(found.pk)]
    form = CauseForm(parents, request.POST or None, initial={"name": found.name, "parent": found.parent_id or ""})
    if form.is_bound and form.is_valid():
        try:
            parent = _parent(request, form.cleaned_data["parent"])
            change_cause(found, name=form.cleaned_data["name"], parent=parent, by=request.actor)
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            return _done(request, "desk-causes", _("Root cause changed."))
    return _form(request, form, found.name, (_("Root causes"), "desk-causes"))


def _verb(request: StaffRequest, word: Word, back: str) -> HttpResponseBase | None:
    """The buttons of a row: up, down, archive, restore. None for anything else."""
    verb = request.POST.get("do", "")
    if verb in ("up", "down"):
        move_word(word, up=verb == "up")
        return HttpResponseRedirect(shop_url(request, f"aftersales:{back}"))
    if verb == "archive":
        archive_word(word, by=request.actor)
        return _done(request, back, _("Archived. Tickets that have it keep it."))
    if verb == "restore":
        restore_word(word, by=request.actor)
        return _done(request, back, _("Back in use."))
    return None


def _get(rows: QuerySet[Word], number: int, request: StaffRequest) -> Word:
    found = rows.filter(pk=number).first()
    if found is None:
        raise NotFound()
    found.merchant = request.merchant
    return found


def _parents(request: StaffRequest) -> list[tuple[str, str]]:
    return [(str(node.cause.pk), f"{'　' * node.depth}{node.cause.name}") for node in cause_tree(request.merchant)]


def _parent(request: StaffRequest, number: str) -> RootCause | None:
    return _get(causes_of(request.merchant), int(number), request) if number else None


def _done(request: StaffRequest, back: str, text: str) -> HttpResponseBase:
    messages.success(request, text)
    return HttpResponseRedirect(shop_url(request, f"aftersales:{back}"))


def _list(request: StaffRequest, template: str, form: forms.Form, rows: Any, heading: str) -> HttpResponse:
    return page(
        request,
        f"aftersales/dashboard/{template}",
        status=422 if form.is_bound else 200,
        form=form,
        rows=rows,
        heading=heading,
        trail=desk_trail(request, (heading, "")),
    )


def _form(
    request: StaffRequest,
    form: forms.Form,
    heading: str,
    above: tuple[str, str],
    facts: list[tuple[str, str]] | None = None,
) -> HttpResponse:
    back = shop_url(request, f"aftersales:{above[1]}")
    return page(
        request,
        "aftersales/dashboard/desk_word.html",
        status=422 if form.is_bound else 200,
        form=form,
        heading=heading,
        facts=facts or [],
        cancel_url=back,
        trail=desk_trail(request, (above[0], back), (heading, "")),
    )
