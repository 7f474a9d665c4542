"""Why an order earned what it earned, and why an entry stands in the ledger: from stored rows, never from today's rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from commerce.models import Order, OrderLine
from loyalty.models import Adjustment, Allocation, Award, Entry, Hold
from loyalty.queries.programme import terms_of_version
from loyalty.rules.earning import RuleTrace, evaluate
from loyalty.rules.kinds import Kind, Wallet
from loyalty.rules.money import exponent_of
from loyalty.rules.terms import Terms


@dataclass(frozen=True, slots=True)
class AwardExplanation:
    """One wallet's award with every rule of the version in force then: matched ones with their arithmetic, others with why.

    `rules` come from the stored version, lines and multiplier through the same function that awarded them; `exact` is their
    sum before the one rounding. `taken_back` (≥ 0) went with refunds, `lapsed` of it had expired before.
    """

    wallet: Wallet
    version_number: int
    tier_code: str
    tier_name: str
    multiplier: Decimal
    exact: Decimal
    points: int
    taken_back: int
    lapsed: int
    rules: Sequence[RuleTrace]
    contributions: Sequence[Decimal]


@dataclass(frozen=True, slots=True)
class OrderExplanation:
    """`nothing_because`: "" | no_customer | not_paid | no_programme, when there are no awards."""

    order: Order
    lines: Sequence[OrderLine]
    awards: Sequence[AwardExplanation] = ()
    entries: Sequence[Entry] = ()
    nothing_because: str = ""
    terms: Terms | None = field(default=None, repr=False)

    def award(self, wallet: Wallet) -> AwardExplanation | None:
        return next((award for award in self.awards if award.wallet is wallet), None)


@dataclass(frozen=True, slots=True)
class LotUse:
    """A debit's part in one lot, or what a return gave back to it (negative)."""

    lot_id: int
    points: int
    earned_by: Entry


@dataclass(frozen=True, slots=True)
class EntryExplanation:
    """What an entry is, where it came from, and which lots it moved."""

    entry: Entry
    order: OrderExplanation | None = None
    hold: Hold | None = None
    adjustment: Adjustment | None = None
    reverses: Entry | None = None
    reversals: Sequence[Entry] = ()
    uses: Sequence[LotUse] = ()
    owed: int = 0  # of this debit, still in arrears


def explain_order(order: Order) -> OrderExplanation:
    """Every rule's part in what `order` earned, and the ledger entries it made."""
    merchant = order.merchant
    lines = list(
        OrderLine.objects.filter(merchant=merchant, order=order).select_related("product").order_by("position")
    )
    awards = list(Award.objects.filter(merchant=merchant, order=order).select_related("version").order_by("-wallet"))
    if not awards:
        why = "no_customer" if order.customer_id is None else "not_paid" if order.paid_at is None else "no_programme"
        return OrderExplanation(order, lines, nothing_because=why)
    entries = list(
        Entry.objects.filter(
            merchant=merchant, account__in=[award.account_id for award in awards], award__in=awards
        ).order_by("id")
    )
    terms = terms_of_version(merchant, awards[0].version_id)
    return OrderExplanation(
        order, lines, [_award(award, lines, exponent_of(order.currency)) for award in awards], entries, terms=terms
    )


def explain_entry(entry: Entry) -> EntryExplanation:
    """Where an entry came from: its order, spend, adjustment or the entry it takes back, and the lots it moved."""
    merchant = entry.merchant
    award = None
    if entry.award_id is not None:
        award = Award.objects.filter(merchant=merchant, pk=entry.award_id).select_related("order__merchant").first()
    uses = [
        LotUse(use.lot_id, use.points, use.lot.entry)
        for use in Allocation.objects.filter(merchant=merchant, entry=entry).select_related("lot__entry").order_by("id")
    ]
    hold = entry.hold
    if hold is None and entry.kind == Kind.SPEND_RETURN and entry.reverses is not None:
        hold = entry.reverses.hold
    arrear = getattr(entry, "arrear", None)
    return EntryExplanation(
        entry,
        order=explain_order(award.order) if award is not None else None,
        hold=hold,
        adjustment=getattr(entry, "adjustment", None),
        reverses=entry.reverses,
        reversals=list(Entry.objects.filter(merchant=merchant, reverses=entry).order_by("id")),
        uses=uses,
        owed=arrear.remaining if arrear is not None else 0,
    )


def _award(award: Award, lines: Sequence[OrderLine], exponent: int) -> AwardExplanation:
    terms = terms_of_version(award.merchant, award.version_id)
    wallet = Wallet(award.wallet)
    earned = evaluate(terms, lines, multiplier=award.multiplier, exponent=exponent)[wallet]
    contributions = [Decimal(part) for part in award.contributions]
    return AwardExplanation(
        wallet=wallet,
        version_number=award.version.number,
        tier_code=award.tier,
        tier_name=terms.ladder.tier(award.tier).name,
        multiplier=award.multiplier,
        exact=sum(contributions, Decimal(0)),
        points=award.points,
        taken_back=award.points - award.points_kept,
        lapsed=award.points_lapsed,
        rules=earned.traces,
        contributions=contributions,
    )
