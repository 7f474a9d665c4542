"""Groups that the data itself shows: what is looked at, and the groups in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext as _

from analytics.models import ClusterGroup, Clustering, ClusteringState
from customers.models import Customer
from customers.queries import Selection
from loyalty.queries.wording import money, number
from merchants.clock import now, today
from merchants.models import Merchant
from merchants.rules.figures import format_ratio

# The columns of `features_selection` after the id, and how each is put on a scale before groups are looked for.
FEATURES = {
    "days_since_last": "log",
    "orders": "log",
    "spend_minor": "log",
    "categories": "log",
    "discount_share": "share",
    "store_share": "share",
}
_LOOK_BACK_DAYS = 730
# Recency, frequency and money as RFM has them; behaviour from the orders of the last two years.
_ROWS = """
SELECT s.customer_id AS id,
       greatest(%(today)s - (s.last_purchase_at AT TIME ZONE %(zone)s)::date, 0) AS days_since_last,
       s.orders, s.spend_minor, coalesce(b.categories, 0) AS categories,
       coalesce(b.discount_share, 0) AS discount_share, coalesce(b.store_share, 0) AS store_share
FROM commerce_purchasesummary s
JOIN customers_customer c ON c.id = s.customer_id AND c.merchant_id = %(merchant)s AND c.archived_at IS NULL
LEFT JOIN (
    SELECT o.customer_id,
           count(DISTINCT split_part(l.category_path, '/', 1)) FILTER (WHERE l.category_path <> '') AS categories,
           coalesce(sum(l.unit_price_minor * l.quantity - l.net_minor)
                    / nullif(sum(l.unit_price_minor * l.quantity), 0), 0) AS discount_share,
           (count(DISTINCT o.id) FILTER (WHERE o.channel = 'store'))::float8 / count(DISTINCT o.id) AS store_share
    FROM commerce_order o JOIN commerce_orderline l ON l.order_id = o.id AND l.merchant_id = o.merchant_id
    WHERE o.merchant_id = %(merchant)s AND l.merchant_id = %(merchant)s AND o.customer_id IS NOT NULL
      AND o.placed_at >= %(since)s AND o.paid_at IS NOT NULL AND o.cancelled_at IS NULL
      AND (o.refunded_minor < o.total_minor OR o.total_minor = 0)
    GROUP BY o.customer_id
) b ON b.customer_id = s.customer_id
WHERE s.merchant_id = %(merchant)s AND s.orders > 0
ORDER BY s.customer_id
"""


def features_selection(merchant: Merchant) -> Selection:
    """A SELECT of `id` and FEATURES, a row per live buyer, by id."""
    values = {
        "merchant": merchant.pk,
        "zone": merchant.timezone,
        "today": today(merchant),
        "since": now(merchant) - timedelta(days=_LOOK_BACK_DAYS),
    }
    return Selection(_ROWS, values)


def clusterings_of(merchant: Merchant) -> QuerySet[Clustering]:
    """Every search, newest first."""
    return Clustering.objects.filter(merchant=merchant).order_by("-id")


def latest_clustering(merchant: Merchant) -> Clustering | None:
    return clusterings_of(merchant).first()


def clustering_in_force(merchant: Merchant) -> Clustering | None:
    """The latest search that found groups: the one whose members are kept."""
    return clusterings_of(merchant).filter(state=ClusteringState.FOUND).first()


def offered_ks(merchant: Merchant) -> list[int]:
    """Numbers of groups that were stable in the last finished search."""
    finished = clusterings_of(merchant).filter(state__in=[ClusteringState.FOUND, ClusteringState.NONE_STABLE]).first()
    return [each["k"] for each in finished.candidates if each["offered"]] if finished else []


def groups_of(clustering: Clustering) -> list[ClusterGroup]:
    """The group with the largest spend per customer first."""
    groups = ClusterGroup.objects.filter(merchant=clustering.merchant_id, clustering=clustering)
    return list(groups.select_related("merchant").order_by("number"))


def customers_in_cluster(group: ClusterGroup) -> QuerySet[Customer]:
    """Biggest spend first; nobody for a group of an earlier search."""
    return (
        Customer.objects.filter(merchant=group.merchant_id, archived_at=None, cluster__group=group)
        .select_related("purchase_summary")
        .order_by("-purchase_summary__spend_minor", "-id")
    )


def group_on(customer: Customer) -> ClusterGroup | None:
    return ClusterGroup.objects.filter(merchant=customer.merchant_id, members__customer=customer).first()


Text = str | Promise
# (lower than usual, higher than usual), short enough for a title.
_TRAITS: dict[str, tuple[Text, Text]] = {
    "days_since_last": (
        pgettext_lazy("group", "bought just lately"),
        pgettext_lazy("group", "have not bought for long"),
    ),
    "orders": (pgettext_lazy("group", "buy seldom"), pgettext_lazy("group", "buy often")),
    "spend_minor": (pgettext_lazy("group", "spend little"), pgettext_lazy("group", "spend much")),
    "categories": (
        pgettext_lazy("group", "buy few kinds of things"),
        pgettext_lazy("group", "buy many kinds of things"),
    ),
    "discount_share": (pgettext_lazy("group", "pay full price"), pgettext_lazy("group", "buy at a discount")),
    "store_share": (pgettext_lazy("group", "buy online"), pgettext_lazy("group", "buy in the store")),
}


@dataclass(frozen=True, slots=True)
class GroupWords:
    """`title`: the one or two strongest differences. `sentences`: each difference with its figures."""

    title: str
    sentences: Sequence[str]


def group_in_words(group: ClusterGroup) -> GroupWords:
    """A group by what sets it apart from all the shop's buyers, strongest first."""
    differences = [each for each in group.differences if each["feature"] in _TRAITS]
    words = [str(_TRAITS[each["feature"]][each["direction"] == "higher"]) for each in differences]
    title = _(" and ").join(words[:2]) if words else _("like most customers")
    title = f"{title[:1].upper()}{title[1:]}"
    return GroupWords(
        title, [_sentence(group.merchant, each, word) for each, word in zip(differences, words, strict=True)]
    )


def _sentence(merchant: Merchant, difference: dict[str, Any], word: str) -> str:
    shown = {
        "value": _shown(merchant, difference, "value"),
        "usual": _shown(merchant, difference, "usual"),
        "what": word,
    }
    return _("They %(what)s: %(value)s, usually %(usual)s") % shown


def _shown(merchant: Merchant, difference: dict[str, Any], name: str) -> str:
    value = difference[name]
    if difference["feature"] == "days_since_last":
        return _("%(days)s days ago") % {"days": number(round(value))}
    if difference["feature"] == "orders":
        return _("%(orders)s orders") % {"orders": number(round(value))}
    if difference["feature"] == "spend_minor":
        return money(round(value), merchant.currency)
    if difference["feature"] == "categories":
        return _("%(kinds)s categories") % {"kinds": number(round(value))}
    return format_ratio(value, language=get_language() or "en", digits=0)
