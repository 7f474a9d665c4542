"""What members and guests fill in when they need help."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aftersales.portal.visitor import Visitor
from aftersales.queries.desk import categories_of
from commerce.models import OrderLine
from commerce.queries import lines_of, orders_of
from merchants.frames.public_ids import public_id

_ORDERS = 20


class GuestForm(forms.Form):
    order_number = forms.CharField(
        label=_("Order number"), max_length=64, help_text=_("It stands on the receipt and in the confirmation.")
    )
    identity = forms.CharField(
        label=_("Phone or e-mail"),
        max_length=254,
        help_text=_("The one you gave with the order. We send a code there."),
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )


class GuestCodeForm(forms.Form):
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


class AskForm(forms.Form):
    """A new concern. `category` has the shop's own words; without categories the shop sorts it itself."""

    name = forms.CharField(
        label=pgettext_lazy("person", "Name"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    order = forms.ChoiceField(label=_("Order"), required=False)
    category = forms.ChoiceField(label=_("What is it about?"))
    subject = forms.CharField(label=_("In a few words"), max_length=200)
    body = forms.CharField(
        label=_("What happened, and what should we do?"), max_length=20000, widget=forms.Textarea(attrs={"rows": 5})
    )

    def __init__(self, visitor: Visitor, given: Any = None, initial: Any = None) -> None:
        super().__init__(given, initial=initial)
        categories = categories_of(visitor.merchant, member_visible=True)
        choices = [(each.code, each.name) for each in categories]
        category, order = self.fields["category"], self.fields["order"]
        assert isinstance(category, forms.ChoiceField)
        assert isinstance(order, forms.ChoiceField)
        category.choices = [("", _("Please choose")), *choices]
        if not choices:
            del self.fields["category"]
        if visitor.is_guest:
            del self.fields["order"]
        else:
            orders = orders_of(visitor.merchant).filter(customer=visitor.customer)[:_ORDERS]
            order.choices = [
                ("", _("No particular order")),
                *((public_id("ord", each.pk), f"{each.placed_at:%Y-%m-%d} · {each.number}") for each in orders),
            ]
        if visitor.customer is not None:
            del self.fields["name"]


class LinePick:
    """One line of the order to choose from, with how many; what was sent stays chosen."""

    def __init__(self, line: OrderLine, given: Any) -> None:
        self.line = line
        self.name = line.name or (line.product.name if line.product else "") or line.sku
        self.bought = max(1, int(line.quantity))
        self.field = f"line-{line.position}"
        self.amount_field = f"quantity-{line.position}"
        self.is_chosen = bool(given) and self.field in given
        asked = str(given.get(self.amount_field, "")) if given else ""
        is_number = asked.isascii() and asked.isdigit() and len(asked) < 10
        self.amount = min(self.bought, max(1, int(asked))) if is_number else self.bought


def line_picks(visitor: Visitor, order: Any, given: Any = None) -> list[LinePick]:
    """The order's lines as the form shows them; none where it is not surely the visitor's own."""
    if order is None or not visitor.sees_lines:
        return []
    return [LinePick(line, given) for line in lines_of(order)]
