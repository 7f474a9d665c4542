"""The living style guide: every component, its states, in each of the three shells. Only where DEBUG or DEMO is on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from merchants.clock import world_now
from merchants.rules.brand import brand_css
from merchants.rules.charts import Chart, Series
from merchants.rules.codes import barcode_svg, qr_svg

SAMPLE_BRAND = "#c8102e"
CODE = """curl https://shop.example/api/v1/orders \\
  -H "Authorization: Bearer lk_test_…" \\
  -d '{"number": "20261122-0091", "total_minor": 12800}'
"""
HISTORY = [12, 14, 13, 17, 16, 18, 22, 21, 24, 23, 27, 26, 31, 33]
TIERS = (
    gettext_lazy("Visitor"),
    gettext_lazy("Silver"),
    gettext_lazy("Gold"),
    gettext_lazy("Platinum"),
    gettext_lazy("Diamond"),
    gettext_lazy("Black"),
)


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label=gettext_lazy("Name"))
    phone = forms.CharField(
        label=gettext_lazy("Phone"), help_text=gettext_lazy("With country code, or a mainland number."), required=False
    )
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)
    rate = forms.DecimalField(label=gettext_lazy("Points per amount"), initial=1)
    birthday = forms.DateField(
        label=gettext_lazy("Birthday"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    tier = forms.ChoiceField(label=gettext_lazy("Tier"), choices=list(enumerate(TIERS, start=1)))
    calendar = forms.ChoiceField(
        label=gettext_lazy("Calendar"),
        choices=[("solar", gettext_lazy("Solar")), ("lunar", gettext_lazy("Lunar"))],
        widget=forms.RadioSelect,
        initial="solar",
    )
    channels = forms.MultipleChoiceField(
        label=gettext_lazy("Channels"),
        choices=[("sms", gettext_lazy("Text message")), ("email", gettext_lazy("E-mail"))],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("Only where the customer agreed."),
    )
    note = forms.CharField(label=gettext_lazy("Note"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    is_listed = forms.BooleanField(
        label=gettext_lazy("Shown to members"),
        help_text=gettext_lazy("Takes effect when published."),
        required=False,
        initial=True,
    )
    agrees = forms.BooleanField(label=gettext_lazy("I have read what this changes"))


@require_GET
def styleguide(request: HttpRequest) -> HttpResponse:
    """`?door=` dashboard (default), portal or plain."""
    door = request.GET.get("door", "dashboard")
    if door == "portal":
        return render(request, "styleguide/portal.html", _portal_samples())
    if door == "plain":
        return render(request, "styleguide/plain.html")
    if door == "brand":
        return HttpResponse(brand_css(SAMPLE_BRAND), content_type="text/css")
    if "HX-Request" in request.headers:
        return render(request, "styleguide/palette.html", _people())
    if "toast" in request.GET:
        messages.success(request, _("Saved."))
        messages.error(request, _("That code is wrong or too old."))
    return render(
        request, "styleguide/index.html", _shell() | _people() | _figures() | _forms() | _overlays() | _desk()
    )


def _shell() -> dict[str, Any]:
    here = "?"
    labels = [
        (_("Overview"), "layout-dashboard", "o"),
        (_("Customers"), "users", "m"),
        (_("Orders"), "receipt", "r"),
        (_("Programme"), "award", "p"),
        (_("Ledger"), "scroll-text", "l"),
        (_("Developers"), "code", "d"),
        (_("Settings"), "settings", "s"),
    ]
    nav: list[dict[str, Any]] = [
        {"label": label, "icon": icon, "url": here, "active": go == "m", "go": go} for label, icon, go in labels
    ]
    nav[1]["items"] = [
        {"label": _("Everyone"), "url": here, "active": True, "count": 12431},
        {"label": _("Tags"), "url": here, "active": False},
    ]
    return {
        "nav": nav,
        "component_count": len(list((settings.BASE_DIR / "templates" / "components").glob("*.html"))),
        "trail": [{"label": _("Settings"), "url": here}, {"label": _("Style guide"), "url": ""}],
        "shell": {
            "shop_name": "山间茶事",
            "shops": [
                {"name": "山间茶事", "url": here, "active": True},
                {"name": "Household Grocer", "url": here, "active": False},
                {"name": "山间茶事", "url": here, "active": False, "sandbox": True},
            ],
            "palette_url": "/styleguide/",
            "jobs_url": here,
            "running_jobs": 2,
            "notices_url": here,
            "unread": True,
            "help_url": here,
            "user_name": "陈静",
            "role_label": _("Owner"),
            "sign_out_url": here,
            "test_mode": True,
            "test_clock": world_now() + timedelta(days=31),
            "timezone": "Asia/Shanghai",
            "live_url": here,
        },
    }


def _people() -> dict[str, Any]:
    rows = [
        ("张晓敏", "+8613812348000", 3, 12480, 1284000, _("Active"), "success"),
        ("欧阳明远", "+8613900012345", 5, 98210, 9823050, _("Active"), "success"),
        ("Carla Rossi", "+393331234567", 2, 640, 89900, _("At risk"), "warning"),
        ("李娜", "+8615012349876", 1, 0, 12800, _("Blocked"), "error"),
    ]
    return {
        "people": [
            {
                "name": name, "phone": phone, "rank": rank, "tier": TIERS[rank - 1], "points": points,
                "spend_minor": spend, "status": status, "tone": tone, "url": f"?person={rank}",
            }
            for name, phone, rank, points, spend, status, tone in rows
        ],
        "tiers": list(enumerate(TIERS, start=1)),
        "views": [
            {"label": _("All"), "url": "?", "active": True, "count": 12431},
            {"label": _("Gold and above"), "url": "?", "active": False, "count": 871},
            {"label": _("Not seen for 90 days"), "url": "?", "active": False, "count": 2044},
        ],
        "filters": [
            {"label": _("Tier"), "value": TIERS[2], "remove_url": "?"},
            {"label": _("Last order"), "value": _("90 days ago or more"), "remove_url": "?"},
        ],
        "bulk_actions": [
            {"label": _("Add tag"), "value": "tag", "icon": "tag"},
            {"label": _("Archive"), "value": "archive", "icon": "archive", "danger": True},
        ],
    }  # fmt: skip


def _figures() -> dict[str, Any]:
    months = [f"2026-{month:02d}" for month in range(1, 13)]
    issued = [8200, 9100, 8800, 10400, 11200, 12800, 12100, 13400, 14900, 15100, 17800, 16900]
    spent = [2100, 2600, 3900, 3100, 4800, 5200, 6900, 5100, 7400, 8100, 8800, 9900]
    cohort = [Series(f"2026-0{row}", [1.0 if col == 0 else (0.52 - 0.07 * col - 0.02 * row if col < 7 - row else None)
                                      for col in range(6)]) for row in range(1, 6)]  # fmt: skip
    now = world_now()
    return {
        "history": HISTORY,
        "updated_at": now,
        "trend": Chart("area", months, [Series(_("Issued"), issued), Series(_("Spent"), spent)], format="points"),
        "tier_split": Chart(
            "pie", [str(name) for name in TIERS[:5]], [Series(_("Members"), [6200, 3900, 1480, 610, 241])]
        ),
        "revenue": Chart(
            "bar", months, [Series(_("Revenue"), [v * 31.5 for v in issued])], format="money", currency="CNY"
        ),
        "cohorts": Chart("heatmap", [f"+{n}" for n in range(6)], cohort, format="percent"),
        "funnel": Chart("funnel", [_("Joined"), _("Bought"), _("Bought again")], [Series("n", [1200, 730, 311])]),
        "entries": _entries(now),
        "now": now,
        "steps": [
            {"label": _("Upload"), "done": True, "url": "?"},
            {"label": _("Match columns"), "done": True, "url": "?"},
            {"label": _("Check"), "current": True},
            {"label": _("Confirm")},
        ],
    }


def _entries(now: datetime) -> list[dict[str, Any]]:
    return [
        {"icon": "coins", "tone": "success", "title": _("Earned 192 points"), "url": "?", "when": now,
         "detail": _("Order 20261122-0091, 128 × 1.5 as Gold"), "by": _("Rule version 4")},
        {"icon": "mail", "tone": "warning", "title": _("Birthday greeting not sent"),
         "when": now - timedelta(hours=5), "detail": _("No consent for text messages.")},
        {"icon": "undo-2", "tone": "error", "title": _("Refund took back 64 points"), "url": "?",
         "when": now - timedelta(days=3), "by": "陈静"},
        {"icon": "user-plus", "tone": "info", "title": _("Joined"), "when": now - timedelta(days=400)},
    ]  # fmt: skip


def _forms() -> dict[str, Any]:
    return {
        "form": SampleForm(auto_id="sample_%s"),
        "refused": SampleForm({"name": "", "email": "carla@", "rate": "x", "tier": "3"}, auto_id="refused_%s"),
    }


def _overlays() -> dict[str, Any]:
    return {
        "code": CODE,
        "facts": [(_("Member number"), "M000123"), (_("Joined"), "2025-10-18"), (_("Birthday"), "八月十五")],
        "qr": mark_safe(qr_svg("M000123")),  # noqa: S308  # our own drawing
        "bar": mark_safe(barcode_svg("M000123")),  # noqa: S308
    }


def _desk() -> dict[str, Any]:
    now = world_now()
    said = [
        ("theirs", "张晓敏", "<p>茶罐裂了一道口子。</p>", 5),
        ("ours", "陈静", "<p>对不起，马上补发。</p>", 3),
        ("note", "陈静", "<p>这一批包装偏薄。</p>", 2),
    ]
    files = [{"name": "invoice.pdf", "url": "?", "photo": False, "size": "82 KB"}]
    return {
        "thread": [
            {
                "side": side, "author": author, "html": words, "when": now - timedelta(hours=hours),
                "files": files if side == "theirs" else [],
            }
            for side, author, words, hours in said
        ],
        "deadlines": [now + timedelta(hours=9), now + timedelta(minutes=40), now - timedelta(minutes=25)],
        "sample_files": files,
    }  # fmt: skip


def _portal_samples() -> dict[str, Any]:
    tabs = [(_("Card"), "id-card"), (_("Points"), "coins"), (_("Orders"), "receipt"), (_("Me"), "user")]
    return {
        "portal": {
            "shop_name": "山间茶事",
            "brand_css_url": "?door=brand",
            "tabs": [
                {
                    "label": label,
                    "icon": icon,
                    "url": "?door=portal",
                    "active": icon == "id-card",
                    "count": icon == "receipt",
                }
                for label, icon in tabs
            ],
            "menu_items": [{"label": _("Privacy"), "icon": "shield", "url": "?door=portal"}],
        },
        "entries": _entries(world_now()),
        "now": world_now(),
        "tier": TIERS[2],
        "form": SampleForm(auto_id="sample_%s"),
        "qr": mark_safe(qr_svg("M000123")),  # noqa: S308
        "bar": mark_safe(barcode_svg("M000123")),  # noqa: S308
    }
