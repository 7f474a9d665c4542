"""A first programme to begin with: a proposal in the shop's own language, changed before it is published."""

from __future__ import annotations

from django.utils import translation
from django.utils.translation import gettext as _

from loyalty.rules.terms import Terms
from merchants.models import Merchant


def starter_terms(merchant: Merchant) -> Terms:
    """One point per unit of money, three tiers by spend or orders, points that live for a year."""
    with translation.override(merchant.language):
        return Terms.model_validate(
            {
                "name": _("%(shop)s members") % {"shop": merchant.name},
                "points_name": _("Points"),
                "growth_name": _("Growth value"),
                "earning_rules": [
                    {"code": "base", "name": _("Points for purchases"), "points_per_unit": "1"},
                    {
                        "code": "growth",
                        "name": _("Growth value for purchases"),
                        "wallet": "growth",
                        "points_per_unit": "1",
                        "with_tier_multiplier": False,
                    },
                ],
                "ladder": {
                    "tiers": [
                        {"code": "member", "name": _("Member")},
                        {
                            "code": "silver",
                            "name": _("Silver"),
                            "min_growth": 1000,
                            "min_orders": 5,
                            "multiplier": "1.2",
                        },
                        {"code": "gold", "name": _("Gold"), "min_growth": 5000, "min_orders": 20, "multiplier": "1.5"},
                    ]
                },
                "expiry": {"kind": "months", "months": 12},
            }
        )
