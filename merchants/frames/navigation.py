"""What stands in the dashboard's left column and in the user menu:

plain data, made into links for one person in one shop.

An address that no app serves, or that the person may not open, is simply not there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from merchants.models import Merchant
from merchants.roles import Permission


@dataclass(frozen=True, slots=True)
class NavItem:
    """`go` is the key after `g` that leads here."""

    label: str | Promise
    url_name: str
    permission: Permission
    go: str = ""
    only_where_nothing_leaves: bool = False  # in the demo and in test shops, whose messages stay inside


@dataclass(frozen=True, slots=True)
class NavGroup:
    """One icon of the left column; it leads to its first item that the person may open."""

    label: str | Promise
    icon: str
    items: tuple[NavItem, ...]
    go: str = ""


_P = Permission
NAV: tuple[NavGroup, ...] = (
    NavGroup(_("Home"), "house", (NavItem(_("Overview"), "loyalty:overview", _P.SEE_OVERVIEW),), go="h"),
    NavGroup(
        _("Customers"),
        "users",
        (
            NavItem(_("Customers"), "customers:customer-list", _P.SEE_CUSTOMERS),
            NavItem(_("Custom fields"), "customers:custom-fields", _P.EDIT_SETTINGS),
            NavItem(_("Outbox"), "customers:outbox", _P.SEE_CUSTOMERS, only_where_nothing_leaves=True),
        ),
        go="m",
    ),
    NavGroup(
        _("Orders"),
        "receipt",
        (
            NavItem(_("Orders"), "loyalty:order-list", _P.SEE_ORDERS),
            NavItem(_("Simulate an order"), "loyalty:order-simulate", _P.RECORD_ORDERS),
            NavItem(_("Products"), "commerce:product-list", _P.SEE_ORDERS),
        ),
        go="o",
    ),
    NavGroup(
        _("Programme"),
        "award",
        (
            NavItem(_("Rules"), "loyalty:programme", _P.SEE_PROGRAMME),
            NavItem(_("Tiers"), "loyalty:tiers", _P.SEE_PROGRAMME),
            NavItem(_("Expiry"), "loyalty:expiry", _P.SEE_PROGRAMME),
            NavItem(_("Versions"), "loyalty:version-list", _P.SEE_PROGRAMME),
        ),
        go="p",
    ),
    NavGroup(
        _("Ledger"),
        "scale",
        (
            NavItem(_("Entries"), "loyalty:ledger", _P.SEE_LEDGER),
            NavItem(_("Adjustments"), "loyalty:adjustment-list", _P.SEE_LEDGER),
            NavItem(_("Books"), "loyalty:books", _P.SEE_LEDGER),
        ),
        go="l",
    ),
    NavGroup(
        _("Service"),
        "headset",
        (
            NavItem(_("Inbox"), "aftersales:inbox", _P.SEE_TICKETS, go="i"),
            NavItem(_("Goodwill"), "aftersales:grant-list", _P.SEE_TICKETS),
            NavItem(_("Post-mortems"), "aftersales:post-mortem-list", _P.SEE_TICKETS),
            NavItem(_("Service report"), "aftersales:report", _P.SEE_SERVICE_REPORT),
            NavItem(_("Desk settings"), "aftersales:desk", _P.EDIT_DESK),
        ),
        go="c",
    ),
    NavGroup(
        _("Insight"),
        "chart-line",
        (
            NavItem(_("Figures"), "analytics:reports", _P.SEE_INSIGHT),
            NavItem(_("RFM"), "analytics:rfm", _P.SEE_INSIGHT),
            NavItem(_("Segments"), "analytics:segment-list", _P.SEE_INSIGHT),
            NavItem(_("Lifecycle"), "analytics:lifecycle", _P.SEE_INSIGHT),
            NavItem(_("Models"), "analytics:model-list", _P.SEE_INSIGHT),
            NavItem(_("Recommendations"), "analytics:recommendations", _P.SEE_INSIGHT),
            NavItem(_("Exports"), "analytics:export-list", _P.SEE_INSIGHT),
        ),
        go="a",
    ),
    NavGroup(
        _("Developers"),
        "code",
        (
            NavItem(_("API keys"), "events:key-list", _P.MANAGE_API_KEYS),
            NavItem(_("Deliveries"), "events:delivery-list", _P.SEE_DELIVERIES),
        ),
        go="d",
    ),
    NavGroup(
        _("Settings"),
        "settings",
        (
            NavItem(_("Shop"), "events:settings", _P.EDIT_SETTINGS),
            NavItem(_("Team"), "events:team", _P.SEE_TEAM, go="t"),
            NavItem(_("Test shop"), "events:sandbox", _P.EDIT_SETTINGS),
            NavItem(_("Audit log"), "events:audit-log", _P.SEE_AUDIT_LOG),
        ),
        go="s",
    ),
)


def navigation(merchant: Merchant, perms: dict[str, bool], path: str) -> list[dict[str, Any]]:
    """The groups as base/nav.html draws them, the one that `path` lies in marked active."""
    groups: list[dict[str, Any]] = []
    for group in NAV:
        items = [_item(item, url) for item in group.items if (url := _reachable(item, merchant, perms))]
        if items:
            groups.append(
                {"label": group.label, "icon": group.icon, "url": items[0]["url"], "go": group.go, "items": items}
            )
    nearest = max(
        (entry for drawn in groups for entry in drawn["items"] if path.startswith(entry["url"])),
        key=lambda entry: len(entry["url"]),
        default=None,
    )
    for drawn in groups:
        for entry in drawn["items"]:
            entry["active"] = entry is nearest
        drawn["active"] = any(entry["active"] for entry in drawn["items"])
        if len(drawn["items"]) == 1:
            drawn["items"] = []
    return groups


def _item(item: NavItem, url: str) -> dict[str, Any]:
    return {"label": item.label, "url": url, "go": item.go}


def _reachable(item: NavItem, merchant: Merchant, perms: dict[str, bool]) -> str:
    if not perms.get(item.permission.value):
        return ""
    if item.only_where_nothing_leaves and not (settings.DEMO or merchant.is_sandbox):
        return ""
    return find_url(item.url_name, merchant.slug)


def find_url(name: str, *args: object) -> str:
    """The address of `name`, or "" when no app serves it."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def first_page(merchant: Merchant, perms: dict[str, bool]) -> str:
    """Where a person arrives in a shop: the first page of the column that is theirs to see."""
    groups = navigation(merchant, perms, "")
    return str(groups[0]["url"]) if groups else reverse("account")
