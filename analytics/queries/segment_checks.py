"""Whether a tree makes sense in this shop: what it names must be there, and no segment may ask about itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from aftersales.models import TicketCategory
from analytics.models import Segment
from analytics.queries.segments import trees_in_force
from analytics.rules import segment_tree as tree
from analytics.rules.segment_order import ring_through
from analytics.rules.segment_tree import MOST_CONDITIONS, MOST_DEPTH, conditions_of, depth_of, segments_named
from customers.models import CustomField
from customers.queries import find_tag
from loyalty.queries.programme import find_version_in_force
from merchants.errors import InvalidValue, InvalidValues
from merchants.models import Merchant


def check_tree(merchant: Merchant, node: Any, *, of: Segment | None = None) -> None:
    """Raises InvalidValues, each fault with its pointer under /tree. `of`: the segment whose tree this will be."""
    conditions = list(conditions_of(node))
    if len(conditions) > MOST_CONDITIONS or depth_of(node) > MOST_DEPTH:
        raise InvalidValues(
            [
                InvalidValue(
                    "tree", _("A segment has at most %(conditions)s conditions, nested at most %(depth)s deep."),
                    code="tree_too_large", conditions=MOST_CONDITIONS, depth=MOST_DEPTH,
                )
            ]
        )  # fmt: skip
    faults = [
        fault
        for path, condition in conditions
        if (check := _CHECKS.get(type(condition)))
        for fault in check(merchant, path, condition)
    ]
    faults += _segment_faults(merchant, node, of)
    if faults:
        raise InvalidValues(faults)


def _tags(merchant: Merchant, path: str, condition: tree.Tagged) -> Iterator[InvalidValue]:
    for place, name in enumerate(condition.any_of):
        tag = find_tag(merchant, name)
        if tag is None:
            yield InvalidValue(f"{path}.any_of.{place}", _("There is no tag of this name."), code="unknown_tag")
        elif tag.managed_by:
            yield InvalidValue(
                f"{path}.any_of.{place}", _("This tag belongs to a segment. Ask for the segment instead."),
                code="tag_is_dynamic",
            )  # fmt: skip


def _fields(merchant: Merchant, path: str, condition: tree.CustomFieldIs) -> Iterator[InvalidValue]:
    field = CustomField.objects.filter(merchant=merchant, key=condition.key).first()
    if field is None:
        yield InvalidValue(f"{path}.key", _("The shop has no such field."), code="unknown_field")
        return
    for bound in ("at_least", "at_most"):
        value = getattr(condition, bound)
        if value is not None and field.kind != ("date" if isinstance(value, date) else "number"):
            yield InvalidValue(
                f"{path}.{bound}", _("This field holds no value of this kind: %(kind)s."),
                code="wrong_kind", kind=str(field.get_kind_display()),
            )  # fmt: skip
    if field.kind == "choice":
        for place, choice in enumerate(condition.any_of or ()):
            if choice not in field.choices:
                yield InvalidValue(
                    f"{path}.any_of.{place}", _("This must be one of: %(expected)s."), code="not_a_choice",
                    expected=gettext(", ").join(field.choices),
                )  # fmt: skip


def _tiers(merchant: Merchant, path: str, condition: tree.InTier) -> Iterator[InvalidValue]:
    version = find_version_in_force(merchant)
    known = [tier.code for tier in version.parsed().ladder.tiers] if version else []
    for place, code in enumerate(condition.any_of):
        if code not in known:
            yield InvalidValue(
                f"{path}.any_of.{place}", _("The programme has no such tier."), code="unknown_tier", tier=code
            )


def _ticket_categories(merchant: Merchant, path: str, condition: tree.Tickets) -> Iterator[InvalidValue]:
    known = set(TicketCategory.objects.filter(merchant=merchant).values_list("code", flat=True))
    for place, code in enumerate(condition.categories):
        if code not in known:
            yield InvalidValue(
                f"{path}.categories.{place}", _("The desk has no such category."), code="unknown_category"
            )


_CHECKS: dict[type[Any], Callable[[Merchant, str, Any], Iterator[InvalidValue]]] = {
    tree.Tagged: _tags,
    tree.CustomFieldIs: _fields,
    tree.InTier: _tiers,
    tree.Tickets: _ticket_categories,
}


def _segment_faults(merchant: Merchant, node: Any, of: Segment | None) -> list[InvalidValue]:
    named = segments_named(node)
    if not named:
        return []
    trees = trees_in_force(merchant)
    asks_about = {code: segments_named(other) for code, (_, other) in trees.items()}
    faults = []
    for path, condition in conditions_of(node):
        if not isinstance(condition, tree.InSegment):
            continue
        if condition.segment not in trees:
            faults.append(InvalidValue(f"{path}.segment", _("There is no such segment."), code="unknown_segment"))
        elif of is not None and (ring := ring_through(of.code, {condition.segment}, asks_about)):
            names = [trees[code][0].name if code in trees else code for code in ring]
            faults.append(
                InvalidValue(
                    f"{path}.segment", _("This segment would ask about itself: %(ring)s."), code="segment_cycle",
                    ring=" → ".join(names),
                )
            )  # fmt: skip
    return faults
