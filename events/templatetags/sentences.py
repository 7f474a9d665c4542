"""Events as sentences: ``{% load sentences %}{% sentence event %}``.

Each app words its own facts in `templates/events/sentences/<wire name>.html`, a line with `event` and `payload` to draw
from.
"""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.template.loader import select_template
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, gettext_lazy

from events.facts import Fact
from events.models import Event
from merchants.models import Merchant
from merchants.roles import Role

register = template.Library()
ACTORS = {
    "staff": gettext_lazy("Staff"),
    "api_key": gettext_lazy("API key"),
    "member": gettext_lazy("Member"),
    "system": gettext_lazy("The platform"),
}


@register.simple_tag
def sentence(event: Event) -> SafeString:
    """What happened, in the reader's language; its label where nobody worded it."""
    worded = select_template([f"events/sentences/{event.type}.html", "events/sentences/generic.html"])
    text: str = worded.render({"event": event, "payload": event.payload})
    return mark_safe(text.strip())  # noqa: S308  # escaped where it was drawn


@register.filter
def actor(event: Event) -> str | Promise:
    """Who did it: by name, else by kind."""
    return event.actor_name or ACTORS.get(event.actor_kind, event.actor_kind)


@register.filter
def fact_label(wire: str) -> str:
    """``{{ event.type|fact_label }}`` → Order paid."""
    return Fact.label_of(wire)


@register.filter
def role_label(role: str) -> str | Promise:
    """``{{ payload.role|role_label }}`` → Support agent."""
    return Role(role).label if role in Role.values else role


@register.filter
def setting_names(names: Iterable[str]) -> str:
    """``{{ payload.before|setting_names }}`` → Time zone, Brand colour: the settings as their form calls them."""
    known = {field.name: field for field in Merchant._meta.fields}
    return gettext(", ").join(str(known[name].verbose_name) if name in known else name for name in names)
