"""Exports of a shop, and what stands in one: the rows of a report, or of a list of people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from analytics.models import Export, ExportState
from analytics.queries.clusters import customers_in_cluster, groups_of, latest_clustering
from analytics.queries.lifecycle import customers_in_stage
from analytics.queries.membership import members_of
from analytics.queries.names import rfm_group_name, stage_name
from analytics.queries.reasons import band_label
from analytics.queries.report_tables import Cell, Column
from analytics.queries.reports import get_report_kind, report_of
from analytics.queries.rfm import customers_in_cell
from analytics.queries.scores import customers_in_band
from analytics.queries.segments import get_segment
from analytics.rules.spans import PRESETS, Span
from customers.models import Customer, Trait
from customers.queries import live_customers
from merchants.clock import now, world_now
from merchants.errors import NotFound
from merchants.models import Merchant
from merchants.rules.figures import mask_email, mask_phone

PEOPLE = ("segment", "rfm", "stage", "band", "cluster")
_ABANDONED_AFTER = timedelta(minutes=15)
_ROWS_A_PIECE = 1000
_TRAITS = ("rfm_group", "lifecycle_stage", "churn_band")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with what explains it. `rows` may come once only, piece by piece."""

    columns: Sequence[Column]
    rows: Iterable[Sequence[Cell]]
    explanations: Sequence[tuple[str, str]] = field(default_factory=tuple)


def exports_of(merchant: Merchant) -> QuerySet[Export]:
    """Newest first."""
    return Export.objects.filter(merchant=merchant).order_by("-id")


def get_export(merchant: Merchant, id: int) -> Export:
    found = Export.objects.filter(merchant=merchant, pk=id).first()
    if found is None:
        raise NotFound()
    return found


def unfinished_exports(merchant: Merchant) -> QuerySet[Export]:
    """Those that nobody writes: never begun, or begun by a worker that did not come back."""
    waiting = Export.objects.filter(merchant=merchant, state=ExportState.WAITING)
    lost = Export.objects.filter(
        merchant=merchant, state=ExportState.RUNNING, claimed_at__lt=world_now() - _ABANDONED_AFTER
    )
    return (waiting | lost).order_by("id")


def exports_past(merchant: Merchant) -> QuerySet[Export]:
    """Files whose time is over by the shop's clock."""
    return Export.objects.filter(merchant=merchant, state=ExportState.READY, expires_at__lte=now(merchant)).order_by(
        "id"
    )


def merchants_with_exports() -> QuerySet[Merchant]:
    """Shops that have a file, or wait for one."""
    alive = Export.objects.across_merchants().filter(
        state__in=[ExportState.WAITING, ExportState.RUNNING, ExportState.READY]
    )
    return Merchant.objects.filter(pk__in=alive.values("merchant_id")).order_by("pk")


def title_of(merchant: Merchant, subject: str, options: Mapping[str, str]) -> str:
    """What a person calls it, in the active language. NotFound for a subject that the shop does not have."""
    kind, _colon, rest = subject.partition(":")
    if kind == "report":
        return str(get_report_kind(rest).title)
    if kind == "segment":
        return get_segment(merchant, _number(rest)).name
    if kind == "stage":
        return stage_name(rest)
    if kind == "band":
        return _("Churn risk: %(band)s") % {"band": band_label(rest)}
    if kind == "cluster":
        return _("Group %(number)s") % {"number": _number(rest)}
    if options.get("group"):
        return f"RFM · {rfm_group_name(options['group'])}"
    return "RFM " + " ".join(
        f"{letter}{options[name]}" for letter, name in (("R", "recency"), ("F", "frequency"), ("M", "monetary"))
        if options.get(name)
    )  # fmt: skip


def sheet_of(merchant: Merchant, export: Export) -> Sheet:
    """The rows of the file in the active language."""
    kind, _colon, rest = export.subject.partition(":")
    if kind == "report":
        return _report_sheet(merchant, rest, export.options)
    people = people_in(merchant, export.subject, export.options)
    return Sheet(_people_columns(), _people_rows(merchant, people, in_clear=export.in_clear))


def people_in(merchant: Merchant, subject: str, options: Mapping[str, str]) -> QuerySet[Customer]:
    """The customers that "segment:<id>", "stage:<code>", "band:<band>", "cluster:<number>" or "rfm" (a cell) names."""
    kind, _colon, rest = subject.partition(":")
    if kind == "segment":
        return members_of(get_segment(merchant, _number(rest)))
    if kind == "stage":
        return customers_in_stage(merchant, rest)
    if kind == "band":
        return customers_in_band(merchant, rest)
    if kind == "cluster":
        clustering = latest_clustering(merchant)
        groups = groups_of(clustering) if clustering else []
        group = next((each for each in groups if each.number == _number(rest)), None)
        if group is None:
            raise NotFound()
        return customers_in_cluster(group)
    if kind != "rfm":
        raise NotFound()
    steps = {name: int(options[name]) for name in ("recency", "frequency", "monetary") if options.get(name)}
    return customers_in_cell(merchant, group=options.get("group") or None, **steps)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise NotFound()
    return int(text)


def span_of_options(options: Mapping[str, str]) -> Span:
    preset = options.get("preset", "")
    return Span(
        date.fromisoformat(options["first"]), date.fromisoformat(options["last"]), preset if preset in PRESETS else ""
    )


def _report_sheet(merchant: Merchant, key: str, options: Mapping[str, str]) -> Sheet:
    span, kind = span_of_options(options), get_report_kind(key)
    report = report_of(merchant, key, span, options)
    columns, rows = list(report.columns), [list(row) for row in report.rows]
    if report.incomplete:
        columns.append(Column("incomplete", _("Not complete"), "text"))
        for number, row in enumerate(rows):
            row.append(", ".join(report.columns[at].label for each, at in sorted(report.incomplete) if each == number))
    explanations = [
        (_("Report"), str(kind.title)),
        (_("Period"), f"{span.first} – {span.last}"),
        (_("Definition"), str(kind.definition)),
        (_("Formula"), str(kind.formula)),
        *((_("Note"), note) for note in report.notes),
    ]
    return Sheet(columns, rows, explanations)


def _people_columns() -> list[Column]:
    return [
        Column("number", _("Member number"), "text"), Column("name", _("Name"), "text"), Column("phone", _("Phone"), "text"),
        Column("email", _("E-mail"), "text"), Column("joined", _("Joined"), "text"), Column("orders", _("Orders")),
        Column("spend", _("Spend"), "money"), Column("last", _("Last purchase"), "text"),
        Column("rfm", _("RFM group"), "text"), Column("stage", _("Lifecycle stage"), "text"),
        Column("band", _("Churn risk"), "text"),
    ]  # fmt: skip


def _people_rows(merchant: Merchant, people: QuerySet[Customer], *, in_clear: bool) -> Iterator[list[Cell]]:
    """By ranges of ids: the whole shop never lies in memory."""
    chosen = live_customers(merchant).filter(pk__in=people.order_by().values("pk"))
    traits = Prefetch("traits", queryset=Trait.objects.filter(merchant=merchant, key__in=_TRAITS), to_attr="insight")
    last = 0
    while piece := list(
        chosen.filter(pk__gt=last)
        .order_by("pk")
        .select_related("purchase_summary")
        .prefetch_related(traits)[:_ROWS_A_PIECE]
    ):
        for customer in piece:
            known = {trait.key: str(trait.value) for trait in getattr(customer, "insight")}  # noqa: B009 — set by Prefetch
            bought = getattr(customer, "purchase_summary", None)
            at = bought.last_purchase_at if bought else None
            yield [
                customer.number, customer.name,
                customer.phone if in_clear else mask_phone(customer.phone),
                customer.email if in_clear else mask_email(customer.email),
                customer.joined_at.astimezone(merchant.zone).date().isoformat(),
                bought.orders if bought else 0, bought.spend_minor if bought else 0,
                at.astimezone(merchant.zone).date().isoformat() if at else None,
                rfm_group_name(known["rfm_group"]) if "rfm_group" in known else None,
                stage_name(known["lifecycle_stage"]) if "lifecycle_stage" in known else None,
                band_label(known["churn_band"]) if "churn_band" in known else None,
            ]  # fmt: skip
        last = piece[-1].pk
