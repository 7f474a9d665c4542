"""What staff fill in at the desk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aftersales.frames.tiers import tier_marks
from aftersales.models import Priority, StatusCategory, TicketChannel
from aftersales.queries.desk import categories_of
from aftersales.queries.people import agents_of
from commerce.queries import orders_of
from customers.models import Customer
from merchants.frames.public_ids import public_id
from merchants.models import Merchant

_BY_HAND = (TicketChannel.PHONE, TicketChannel.WECHAT, TicketChannel.EMAIL, TicketChannel.STORE, TicketChannel.REVIEW)
_ORDERS = 20


class NewTicketForm(forms.Form):
    """A ticket that staff open for a customer who called, wrote or stood in the store."""

    channel = forms.ChoiceField(label=_("How they reached us"), choices=[(each.value, each.label) for each in _BY_HAND])
    category = forms.ChoiceField(label=pgettext_lazy("ticket", "Category"), required=False)
    order = forms.ChoiceField(label=_("Order"), required=False)
    priority = forms.ChoiceField(
        label=_("Priority"), required=False, choices=[("", _("As the rules say")), *Priority.choices]
    )
    subject = forms.CharField(label=_("Subject"), max_length=200)
    body = forms.CharField(
        label=_("What the customer says"), max_length=20000, widget=forms.Textarea(attrs={"rows": 6})
    )

    def __init__(self, merchant: Merchant, customer: Customer, given: Any = None, initial: Any = None) -> None:
        super().__init__(given, initial=initial)
        categories = [(each.code, each.name) for each in categories_of(merchant)]
        orders = orders_of(merchant).filter(customer=customer)[:_ORDERS]
        numbers = [(public_id("ord", each.pk), f"{each.number} · {each.placed_at:%Y-%m-%d}") for each in orders]
        _choose(self, "category", [("", _("As the rules say")), *categories])
        _choose(self, "order", [("", _("None")), *numbers])


class InboxFilterForm(forms.Form):
    """What the address of the inbox may ask for; values that mean nothing narrow nothing."""

    status = forms.ChoiceField(
        label=_("Status"), required=False, choices=[("", _("All open")), *StatusCategory.choices, ("any", _("Any"))]
    )
    category = forms.ChoiceField(label=pgettext_lazy("ticket", "Category"), required=False)
    assignee = forms.ChoiceField(label=_("Assignee"), required=False)
    priority = forms.ChoiceField(label=_("Priority"), required=False, choices=[("", _("Any")), *Priority.choices])
    tier = forms.ChoiceField(label=_("Tier"), required=False)
    channel = forms.ChoiceField(label=_("Channel"), required=False, choices=[("", _("Any")), *TicketChannel.choices])
    overdue = forms.BooleanField(label=_("Overdue only"), required=False)
    since = forms.DateField(label=_("Opened from"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("Opened to"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, merchant: Merchant, given: Mapping[str, Any]) -> None:
        super().__init__(given, auto_id="filter_%s")
        categories = [(each.code, each.name) for each in categories_of(merchant)]
        people = [(str(agent.membership.pk), agent.name) for agent in agents_of(merchant)]
        tiers = [(mark.code, mark.name) for mark in tier_marks(merchant).values()]
        _choose(self, "category", [("", _("Any")), *categories])
        _choose(self, "assignee", [("", _("Anybody")), ("me", _("Me")), ("none", _("Nobody")), *people])
        _choose(self, "tier", [("", _("Any")), *tiers])


def _choose(form: forms.Form, name: str, choices: list[tuple[str, Any]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices
