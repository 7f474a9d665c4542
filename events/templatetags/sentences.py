"""Events as sentences: ``{% load sentences %}{% sentence event %}``.

Each app words its own facts in `templates/events/sentences/<wire name>.html`, a line with `event` and `payload` to draw
from.
"""

from __future__ import annotations

from django import template
from django.template.loader import select_template
from django.utils.safestring import SafeString, mark_safe

from events.models import Event

register = template.Library()


@register.simple_tag
def sentence(event: Event) -> SafeString:
    """What happened, in the reader's language; the bare wire name where nobody worded it."""
    worded = select_template([f"events/sentences/{event.type}.html", "events/sentences/generic.html"])
    text: str = worded.render({"event": event, "payload": event.payload})
    return mark_safe(text.strip())  # noqa: S308  # escaped where it was drawn
