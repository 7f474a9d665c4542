"""Components that wrap markup, and the drawing of form controls: ``{% load components %}``.

Each block tag renders the file of the same name in ``templates/components/``; what stands between is `content`.
"""

from __future__ import annotations

from typing import Any

from django import forms, template
from django.forms.boundfield import BoundField, BoundWidget
from django.template.loader import render_to_string
from django.utils.html import json_script
from django.utils.safestring import SafeString

from merchants.rules.charts import Chart
from merchants.templatetags.ui import query

register = template.Library()

TONE_ICONS = {"warning": "triangle-alert", "error": "circle-alert", "success": "circle-check"}
GROUPS = (forms.RadioSelect, forms.CheckboxSelectMultiple)


def _draw(name: str, content: str, **values: Any) -> SafeString:
    return render_to_string(f"components/{name}.html", {"content": SafeString(content), **values})


@register.simple_block_tag
def panel(
    content: str, title: str = "", note: str = "", id: str = "", flush: bool = False,
    action_label: str = "", action_url: str = "",
) -> SafeString:  # fmt: skip
    """``{% panel title="Orders" %}…{% endpanel %}``: a titled box; `flush` lets a table touch its edges."""
    return _draw(
        "panel", content, title=title, note=note, id=id, flush=flush, action_label=action_label, action_url=action_url
    )


@register.simple_block_tag
def formsection(content: str, title: str, note: str = "") -> SafeString:
    """``{% formsection title="Contact" %}fields{% endformsection %}``: heading on the left, fields on the right."""
    return _draw("form_section", content, title=title, note=note)


@register.simple_block_tag
def dialog(content: str, id: str, title: str, wide: bool = False, open: bool = False) -> SafeString:
    """A native modal <dialog>; opened by any element with ``data-behaviour="open" data-target="<id>"``."""
    return _draw("dialog", content, id=id, title=title, wide=wide, open=open)


@register.simple_block_tag
def drawer(content: str, id: str, title: str, start: bool = False, open: bool = False) -> SafeString:
    """A dialog from the side; `start` puts it where the reading begins."""
    return _draw("dialog", content, id=id, title=title, drawer=True, start=start, open=open)


@register.simple_block_tag
def menu(
    content: str, label: str, icon: str = "", look: str = "plain", size: str = "",
    show_label: bool = True, start: bool = False,
) -> SafeString:  # fmt: skip
    """A <details> with items; put ``components/menu_item.html`` inside. Without `show_label` only the icon is seen."""
    return _draw("menu", content, label=label, icon_name=icon, look=look, size=size, show_label=show_label, start=start)


@register.simple_block_tag
def callout(content: str, title: str = "", tone: str = "info", icon: str = "") -> SafeString:
    """A remark beside the work, with markup inside; tones info, success, warning, error, accent."""
    return _draw("callout_block", content, title=title, tone=tone, icon_name=icon or TONE_ICONS.get(tone, "info"))


@register.simple_block_tag
def listtable(content: str, label: str = "", id: str = "", cards: bool = True, tight: bool = False) -> SafeString:
    """thead and tbody inside. Below 640 px a row becomes a card: cells carry ``data-label``."""
    return _draw("list_table", content, label=label, id=id, cards=cards, tight=tight)


@register.simple_tag(takes_context=True)
def sort_header(
    context: dict[str, Any], label: str, key: str, numeric: bool = False, first: str = "", target: str = ""
) -> SafeString:
    """A <th> that sorts by ``?sort=key``, then ``?sort=-key``. `first`="desc" begins with the largest.

    The present order comes from the context variable `sort` (what the view really used), else from the address.
    """
    request = context.get("request")
    present = context.get("sort") or (request.GET.get("sort", "") if request else "")
    direction = {key: "ascending", f"-{key}": "descending"}.get(present, "none")
    opening = f"-{key}" if first == "desc" else key
    following = {"none": opening, "ascending": f"-{key}", "descending": key}[direction]
    return render_to_string(
        "components/sort_header.html",
        {
            "label": label,
            "direction": direction,
            "numeric": numeric,
            "target": target,
            "url": query(context, sort=following),
        },
    )


@register.filter
def control_kind(field: BoundField) -> str:
    """checkbox, group (radios or checkboxes) or single: which layout a field takes."""
    widget = field.field.widget
    if isinstance(widget, GROUPS):
        return "group"
    return "checkbox" if isinstance(widget, forms.CheckboxInput) else "single"


def _css_class(widget: forms.Widget, look: str) -> str:
    if isinstance(widget, forms.CheckboxInput):
        return "toggle" if look == "switch" else "checkbox"
    if isinstance(widget, forms.Textarea):
        return "textarea"
    if isinstance(widget, forms.Select):
        return "select"
    return "file-input" if isinstance(widget, forms.FileInput) else "input"


@register.simple_tag
def control(field: BoundField, look: str = "") -> SafeString:
    """The bare control in our dress. Django itself ties help and errors to it (aria-describedby, aria-invalid)."""
    widget = field.field.widget
    own = str(widget.attrs.get("class", ""))
    attributes: dict[str, Any] = {"class": f"{_css_class(widget, look)} {own}".strip()}
    if look == "switch":
        attributes["role"] = "switch"
    return field.as_widget(attrs=attributes)


@register.simple_tag
def control_option(option: BoundWidget) -> SafeString:
    """One radio or checkbox of a group."""
    kind = "radio" if option.data["type"] == "radio" else "checkbox"
    option.data["attrs"]["class"] = kind
    return option.tag()


@register.simple_tag
def chart_numbers(chart: Chart, id: str) -> SafeString:
    """The chart's numbers as a JSON block: not executed, so the content policy lets it be."""
    return json_script(chart.as_json(), f"{id}-numbers")
