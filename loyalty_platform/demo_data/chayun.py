"""The second shop: 茶云, a small Chinese tea shop with a clock that can be moved. All of it is made up, day by day."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from commerce.actions.purchases import Purchase, PurchaseLine
from commerce.models import Order
from commerce.rules.refunds import LineRefund
from customers.actions import add_note, define_custom_field, tag_customer
from customers.actions.consents import PastDecision, remember_consents
from customers.actions.registration import NewCustomer, register_customers
from customers.models import Customer
from events.actions.shops import create_merchant, update_settings
from loyalty.actions.grants import ask_adjustment, grant_bonus
from loyalty.actions.holds import capture_hold, hold_points, return_spend
from loyalty.actions.nights import close_day, expire_lots, review_tiers
from loyalty.actions.programme import start_programme
from loyalty.actions.purchases import OrderOutcome, record_orders
from loyalty.actions.refunds import refund_order
from loyalty.errors import InsufficientPoints
from loyalty.rules.expiry import start_of
from loyalty.rules.kinds import Kind
from loyalty.rules.terms import Terms
from loyalty_platform.demo_data import desk_chinese, insight
from loyalty_platform.demo_data.desk import make_desk
from loyalty_platform.demo_data.people import TEAMS, actor_in, make_demo_key, make_person, make_team
from loyalty_platform.demo_data.progress import Progress
from loyalty_platform.demo_data.teas import CATALOGUE, Drinker, drinker
from merchants.clock import now, today
from merchants.models import SYSTEM, Actor, Merchant
from merchants.roles import Role

SLUG = "chayun"
MEMBERS, DAYS = 120, 426  # fourteen months
_ZONE = ZoneInfo("Asia/Shanghai")
_TILL = Actor("system", None, "收银台")
_REASONS = ("包装破损", "口味不合", "买错了", "发错货")

TERMS: dict[str, Any] = {
    "name": "云上茶友会",
    "points_name": "茶豆",
    "growth_name": "成长值",
    "earning_rules": [
        {"code": "base", "name": "消费每 1 元得 1 茶豆（礼品卡除外）", "points_per_unit": "1", "excluded_categories": ["礼品卡"]},
        {
            "code": "teaware", "name": "茶器满 200 元每元多得 1 茶豆", "points_per_unit": "1", "with_tier_multiplier": False,
            "only_categories": ["茶器"], "minimum_minor": 20000,
        },
        {"code": "growth", "name": "成长值", "wallet": "growth", "points_per_unit": "1", "with_tier_multiplier": False},
    ],
    "ladder": {
        "tiers": [
            {"code": "sprout", "name": "新芽", "benefits": ["生日当月赠茶样"]},
            {"code": "leaf", "name": "青叶", "min_growth": 1000, "min_orders": 6, "multiplier": "1.2",
             "benefits": ["茶豆 1.2 倍", "满 99 元包邮"]},
            {"code": "cloud", "name": "云雾", "min_growth": 3000, "min_orders": 15, "multiplier": "1.5",
             "benefits": ["茶豆 1.5 倍", "包邮", "新茶优先品鉴"]},
            {"code": "peak", "name": "高山", "min_growth": 8000, "min_orders": 36, "multiplier": "2",
             "benefits": ["茶豆 2 倍", "包邮", "茶山之旅抽选", "专属茶艺师"]},
        ],
        "match": "either",
        "window_months": 12,
        "grace_days": 30,
    },
    "expiry": {"kind": "months", "months": 12},
    "welcome_points": 100,
}  # fmt: skip
PROMISES = [
    {"title": "茶豆永远说得清", "body": "每一粒茶豆从哪张订单、按哪条规则来，点开就能看到算式。"},
    {"title": "退多少，收回多少", "body": "退货只收回那几件商品当时得到的茶豆，不多收一粒。"},
    {"title": "到期前看得见", "body": "哪天有多少茶豆到期，会员卡首页写得明明白白。"},
]
PRIVACY = "我们只为会员服务保存你的称呼、手机号和订单。你可以随时查看、更正、下载，或申请注销。"


def load_chayun(*, silent: bool) -> None:
    """Make the shop whole, or nothing of it: an interrupted run leaves no half shop behind."""
    with transaction.atomic():
        merchant = _open_shop()
        first_day = today(merchant) - timedelta(days=DAYS)
        progress = Progress("天", DAYS, silent=silent)
        members = _Members(merchant, first_day)
        for n in range(DAYS):
            day = first_day + timedelta(days=n)
            _one_day(merchant, members, day)
            if n > 360:  # nothing is a year old before
                midnight = start_of(day + timedelta(days=1), _ZONE)
                expire_lots(merchant, at=midnight, deliver=False)
                review_tiers(merchant, at=midnight, deliver=False)
            progress.add(1)
        close_day(merchant)
        _today(merchant, members)
        make_desk(merchant, desk_chinese.SCRIPT)
        insight.study(merchant, insight.CHINESE, by=actor_in(merchant, Role.MARKETER))
        make_demo_key(merchant)
        progress.finish()


def _open_shop() -> Merchant:
    owner = make_person(TEAMS[SLUG][0], SLUG)
    merchant = create_merchant(
        slug=SLUG, name="茶云", owner=owner, by=SYSTEM, timezone=str(_ZONE), currency="CNY", language="zh-hans",
        is_sandbox=True,
    )  # fmt: skip
    make_team(merchant)
    update_settings(
        merchant, by=SYSTEM, brand_colour="#8a5a1f", contact_email="nihao@chayun.example", contact_phone="+8657100000000",
        promises=PROMISES, privacy_text=PRIVACY, adjustment_limit_points=500,
    )  # fmt: skip
    merchant.refresh_from_db()
    define_custom_field(
        merchant, key="flavour", label="口味偏好", kind="choice", choices=["清香", "浓香", "花香", "陈香"], by=SYSTEM
    )
    begins = start_of(today(merchant) - timedelta(days=DAYS), _ZONE)
    start_programme(merchant, terms=Terms.model_validate(TERMS), by=SYSTEM, effective_from=begins)
    return merchant


class _Members:
    """Who has joined, and when each comes next."""

    def __init__(self, merchant: Merchant, first_day: date) -> None:
        self.merchant = merchant
        self.rng = random.Random("茶云")
        self.waiting: dict[date, list[Drinker]] = {}
        self.coming: dict[date, list[tuple[Drinker, Customer]]] = {}
        self.joined: list[Customer] = []
        for number in range(MEMBERS):
            person = drinker(number, days=DAYS - 10)
            self.waiting.setdefault(first_day + timedelta(days=person.joined_day), []).append(person)

    def join(self, day: date) -> None:
        for person in self.waiting.pop(day, ()):
            at = self.moment(day, 9, 12)
            customer = self._register(person, at)
            self.joined.append(customer)
            self.come_again(person, customer, day - timedelta(days=1), within=1)

    def come_again(self, person: Drinker, customer: Customer, after: date, *, within: float | None = None) -> None:
        gap = within or max(1.0, self.rng.gauss(person.gap_days, person.gap_days / 3))
        self.coming.setdefault(after + timedelta(days=round(gap)), []).append((person, customer))

    def moment(self, day: date, earliest: int, latest: int) -> datetime:
        seconds = self.rng.randrange(earliest * 3600, latest * 3600)
        return datetime.combine(day, time.min, _ZONE).astimezone(UTC) + timedelta(seconds=seconds)

    def _register(self, person: Drinker, at: datetime) -> Customer:
        new = NewCustomer(
            name=person.name, phone=person.phone, email=person.email, birthday=person.birthday, gender=person.gender,
            language="zh-hans", country="CN", region=person.region, city=person.city, joined_at=at,
            source="mini_program" if person.by_mini_program else "store",
            custom={"flavour": self.rng.choice(["清香", "浓香", "花香", "陈香"])},
        )  # fmt: skip
        registered = register_customers(self.merchant, [new], by=SYSTEM, deliver=False)
        if registered.refusals:
            raise registered.refusals[0].error
        customer = registered.customers[0]
        assert customer is not None
        grant_bonus(
            customer, points=100, kind=Kind.BONUS, reference="welcome", by=SYSTEM, reason="入会礼", occurred_at=at
        )
        channels = [("membership", "any"), ("offers", "wechat"), ("offers", "sms"), ("birthday", "sms")]
        agreed = [pair for pair in channels if pair[0] == "membership" or self.rng.random() < 0.6]
        remember_consents(
            self.merchant,
            [PastDecision(customer.pk, purpose, channel, at, "2025-09", "入会页") for purpose, channel in agreed],
            by=SYSTEM,
        )
        return customer


def _one_day(merchant: Merchant, members: _Members, day: date) -> None:
    """The day's newcomers, its orders in the order of time, and what follows from them."""
    members.join(day)
    visits = members.coming.pop(day, [])
    purchases = sorted(_purchases(members, day, visits), key=lambda purchase: purchase.placed_at)
    answers = record_orders(merchant, purchases, by=_TILL, deliver=False)
    for purchase, answer in zip(purchases, answers, strict=True):
        if not isinstance(answer, OrderOutcome):
            raise answer
        _afterwards(merchant, members, purchase, answer)
    for person, customer in visits:
        members.come_again(person, customer, day)


def _purchases(members: _Members, day: date, visits: list[tuple[Drinker, Customer]]) -> Iterator[Purchase]:
    rng, present = members.rng, now(members.merchant)
    for n, (person, customer) in enumerate(visits):
        goods = [rng.choice(person.favourites if rng.random() < 0.75 else CATALOGUE) for _ in range(rng.randint(1, 4))]
        lines = [
            PurchaseLine(
                Decimal(rng.choice((1, 1, 1, 2))), tea.price_minor, tea.sku, tea.name, tea.category_path, tea.brand
            )
            for tea in dict.fromkeys(goods)
        ]
        total = sum(int(line.unit_price_minor * line.quantity) for line in lines)
        at = members.moment(day, 13, 22)
        yield Purchase(
            f"CY{day:%y%m%d}{n + 1:03d}", customer.pk, at, at + timedelta(minutes=2), "CNY", lines,
            source="mini_program" if person.by_mini_program else "till",
            channel="mini_program" if person.by_mini_program else "store",
            completed_at=min(at + (timedelta(days=3) if person.by_mini_program else timedelta(minutes=2)), present),
            discount_minor=2000 if total >= 29900 else 0,
            shipping_minor=1000 if person.by_mini_program and total < 9900 else 0,
        )  # fmt: skip


def _afterwards(merchant: Merchant, members: _Members, purchase: Purchase, outcome: OrderOutcome) -> None:
    rng = members.rng
    paid_at = purchase.paid_at or purchase.placed_at
    if (outcome.balance or 0) >= 500 and rng.random() < 0.22:
        points = 500 * min((outcome.balance or 0) // 500, 3)
        # Two visits on one day: the first may have spent what the second counts on.
        with suppress(InsufficientPoints):
            hold_points(
                _customer(merchant, outcome), points=points, reference=f"兑-{purchase.number}", by=_TILL, capture=True,
                description=f"抵扣 {points // 50} 元", occurred_at=paid_at + timedelta(minutes=1),
            )  # fmt: skip
    elif rng.random() < 0.05:
        order = Order.objects.select_related("merchant", "customer").get(merchant=merchant, pk=outcome.order_id)
        whole = rng.random() < 0.3
        refund_order(
            order, number=f"T-{purchase.number}", by=_TILL, reason=rng.choice(_REASONS), history=True,
            lines=None if whole else [LineRefund(0, Decimal(1))], refunded_at=paid_at + timedelta(hours=1),
        )  # fmt: skip


def _customer(merchant: Merchant, outcome: OrderOutcome) -> Customer:
    assert outcome.customer_id is not None
    return Customer.objects.select_related("merchant").get(merchant=merchant, pk=outcome.customer_id)


def _today(merchant: Merchant, members: _Members) -> None:
    """What the team does this morning: notes, tags, a thank-you, corrections, an order that waits for its payment."""
    support, marketer, cashier = (actor_in(merchant, role) for role in (Role.SUPPORT, Role.MARKETER, Role.CASHIER))
    rich = Customer.objects.filter(
        merchant=merchant, accounts__merchant=merchant, accounts__wallet="points", accounts__balance__gte=800,
        accounts__arrears=0,
    ).order_by("-accounts__balance", "pk")  # fmt: skip
    one, two, three, four, five = rich[:5]
    add_note(one, text="喜欢岩茶，不喝花茶。到店先泡一泡大红袍。", by=support)
    add_note(two, text="快递放小区门口茶叶店，周末勿打电话。", by=support)
    for customer in members.joined[:9]:
        tag_customer(customer, tag="老茶客", by=marketer)
    for customer in (one, three):
        tag_customer(customer, tag="岩茶", by=marketer)
    grant_bonus(two, points=100, kind=Kind.GOODWILL, reference="致歉-物流", by=support, reason="物流晚到三天，致歉")
    ask_adjustment(three, points=60, reason="漏扫一盒绿豆糕", by=support)
    ask_adjustment(four, points=1200, reason="双十一订单漏记茶豆，已核对小票", by=support)
    spend = hold_points(one, points=500, reference="小程序-88231", by=cashier, description="小程序订单 88231 抵扣")
    capture_hold(spend, by=cashier)
    return_spend(spend, reference="88231-退", points=200, by=support, reason="订单改价，退回部分茶豆")
    hold_points(
        five,
        points=500,
        reference="小程序-88254",
        by=cashier,
        minutes=2 * 24 * 60,
        description="小程序订单 88254 待支付",
    )
