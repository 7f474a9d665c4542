"""Who may do what, as plain data: permissions of staff roles, scopes of API keys."""

from __future__ import annotations

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    OWNER = "owner", _("Owner")
    MARKETER = "marketer", _("Marketer")
    SUPPORT = "support", _("Support agent")
    CASHIER = "cashier", _("Cashier")
    ANALYST = "analyst", _("Analyst")


class Permission(StrEnum):
    SEE_OVERVIEW = "see_overview"
    SEE_CUSTOMERS = "see_customers"
    REVEAL_PERSONAL_DATA = "reveal_personal_data"
    EDIT_CUSTOMERS = "edit_customers"
    TAG_CUSTOMERS = "tag_customers"
    SEE_ORDERS = "see_orders"
    RECORD_ORDERS = "record_orders"
    REFUND_ORDERS = "refund_orders"
    SEE_PROGRAMME = "see_programme"
    EDIT_PROGRAMME = "edit_programme"
    PUBLISH_PROGRAMME = "publish_programme"
    SEE_LEDGER = "see_ledger"
    ADJUST_POINTS = "adjust_points"
    APPROVE_ADJUSTMENTS = "approve_adjustments"
    SEE_TEAM = "see_team"
    MANAGE_TEAM = "manage_team"
    MANAGE_API_KEYS = "manage_api_keys"
    SEE_DELIVERIES = "see_deliveries"
    REPLAY_DELIVERIES = "replay_deliveries"
    EDIT_SETTINGS = "edit_settings"
    SEE_AUDIT_LOG = "see_audit_log"
    EXPORT = "export"
    SEE_TICKETS = "see_tickets"
    WORK_TICKETS = "work_tickets"
    MERGE_TICKETS = "merge_tickets"
    GRANT_GOODWILL = "grant_goodwill"
    APPROVE_GOODWILL = "approve_goodwill"
    EDIT_DESK = "edit_desk"
    SEE_SERVICE_REPORT = "see_service_report"
    SEE_INSIGHT = "see_insight"
    EDIT_SEGMENTS = "edit_segments"
    RUN_MODELS = "run_models"


_P = Permission
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.MARKETER: frozenset(
        {
            _P.SEE_OVERVIEW, _P.SEE_CUSTOMERS, _P.EDIT_CUSTOMERS, _P.TAG_CUSTOMERS, _P.SEE_ORDERS, _P.SEE_PROGRAMME,
            _P.EDIT_PROGRAMME, _P.SEE_LEDGER, _P.SEE_DELIVERIES, _P.EXPORT, _P.SEE_TICKETS, _P.SEE_SERVICE_REPORT,
            _P.SEE_INSIGHT, _P.EDIT_SEGMENTS, _P.RUN_MODELS,
        }
    ),
    Role.SUPPORT: frozenset(
        {
            _P.SEE_OVERVIEW, _P.SEE_CUSTOMERS, _P.REVEAL_PERSONAL_DATA, _P.EDIT_CUSTOMERS, _P.TAG_CUSTOMERS,
            _P.SEE_ORDERS, _P.REFUND_ORDERS, _P.SEE_PROGRAMME, _P.SEE_LEDGER, _P.ADJUST_POINTS, _P.SEE_TICKETS,
            _P.WORK_TICKETS, _P.MERGE_TICKETS, _P.GRANT_GOODWILL, _P.SEE_SERVICE_REPORT,
        }
    ),
    Role.CASHIER: frozenset({_P.SEE_CUSTOMERS, _P.SEE_ORDERS, _P.RECORD_ORDERS, _P.SEE_PROGRAMME}),
    Role.ANALYST: frozenset(
        {
            _P.SEE_OVERVIEW, _P.SEE_CUSTOMERS, _P.SEE_ORDERS, _P.SEE_PROGRAMME, _P.SEE_LEDGER, _P.EXPORT,
            _P.SEE_TICKETS, _P.SEE_SERVICE_REPORT, _P.SEE_INSIGHT, _P.EDIT_SEGMENTS, _P.RUN_MODELS,
        }
    ),
}  # fmt: skip


class Scope(TextChoices):
    """What an API key may do. A write scope does not include its read scope."""

    CUSTOMERS_READ = "customers:read", _("Read customers")
    CUSTOMERS_WRITE = "customers:write", _("Create and change customers")
    ORDERS_READ = "orders:read", _("Read orders and refunds")
    ORDERS_WRITE = "orders:write", _("Record orders and refunds")
    POINTS_READ = "points:read", _("Read balances, tiers and ledger entries")
    POINTS_WRITE = "points:write", _("Hold, spend and return points")
    TICKETS_READ = "tickets:read", _("Read tickets and their messages")
    TICKETS_WRITE = "tickets:write", _("Open, answer and settle tickets")
    INSIGHT_READ = "insight:read", _("Read segments, scores, recommendations and reports")
    INSIGHT_WRITE = "insight:write", _("Create and change segments")


def may(role: str, permission: Permission) -> bool:
    return permission in PERMISSIONS[Role(role)]
