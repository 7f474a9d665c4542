"""What 茶云 sells, and to whom."""

from __future__ import annotations

import random
from dataclasses import dataclass

from customers.rules.birthdays import Birthday
from loyalty_platform.demo_data.names import chinese_name


@dataclass(frozen=True, slots=True)
class Tea:
    """`price_minor`: 分."""

    sku: str
    name: str
    category_path: str
    brand: str
    price_minor: int


def _teas(path: str, brand: str, prefix: str, *named: tuple[str, int]) -> list[Tea]:
    return [Tea(f"{prefix}{n:02d}", name, path, brand, price * 100) for n, (name, price) in enumerate(named, 1)]


CATALOGUE = (
    *_teas("茶叶/绿茶", "云栖", "GR", ("明前龙井 50g", 198), ("雨前龙井 100g", 168),
           ("碧螺春 100g", 138), ("安吉白茶 50g", 158), ("黄山毛峰 100g", 98)),
    *_teas("茶叶/乌龙", "岩上", "OL", ("大红袍 80g", 188), ("武夷肉桂 80g", 168),
           ("铁观音 125g", 108), ("凤凰单丛 100g", 148), ("冻顶乌龙 150g", 128)),
    *_teas("茶叶/红茶", "赤霞", "RD", ("金骏眉 50g", 208), ("正山小种 100g", 98), ("祁门红茶 100g", 88), ("滇红金针 100g", 118)),
    *_teas("茶叶/普洱", "古树", "PU", ("古树生普 357g", 268), ("老茶头 250g", 128), ("小青柑 10颗", 78), ("陈年熟普 357g", 218)),
    *_teas("茶叶/白茶", "福鼎", "WH", ("白毫银针 50g", 218), ("白牡丹饼 300g", 188), ("寿眉老茶 350g", 138)),
    *_teas("茶叶/花茶", "云栖", "FL", ("茉莉银针 100g", 98), ("桂花乌龙 100g", 88), ("玫瑰红茶 80g", 78)),
    *_teas("茶器/盖碗", "青瓷坊", "GW", ("手绘盖碗", 128), ("玉泥盖碗", 198)),
    *_teas("茶器/茶壶", "宜陶", "PT", ("紫砂西施壶", 398), ("玻璃煮茶壶", 159)),
    *_teas("茶器/茶杯", "青瓷坊", "CP", ("品茗杯 4只", 88), ("随行泡茶杯", 119)),
    *_teas("茶点", "云栖", "SN", ("绿豆糕 6枚", 36), ("桃酥礼盒", 48), ("茶香酥 8枚", 32)),
    *_teas("礼品卡", "茶云", "GC", ("茶云礼品卡 200元", 200),),
)  # fmt: skip
_CITIES = (("浙江省", "杭州市"), ("上海市", "上海市"), ("江苏省", "苏州市"), ("福建省", "厦门市"), ("广东省", "广州市"),
           ("四川省", "成都市"), ("北京市", "北京市"))  # fmt: skip
# Leap months of those lunar years: who is born in one has a birthday that most years do not have.
_LEAP_MONTHS = ((1984, 10), (1987, 6), (1990, 5), (1993, 3), (1995, 8), (1998, 5), (2001, 4), (2004, 2))


@dataclass(frozen=True, slots=True)
class Drinker:
    """A member to be, and how they buy. `joined_day`: days after the shop's first; `gap_days`: between two purchases."""

    name: str
    gender: str
    phone: str
    email: str
    birthday: Birthday | None
    region: str
    city: str
    joined_day: int
    gap_days: float
    favourites: tuple[Tea, ...]
    by_mini_program: bool


def drinker(number: int, *, days: int) -> Drinker:
    """The `number`-th member, the same each time. `days`: how long the shop has been open."""
    rng = random.Random(f"茶云 {number}")
    name, gender = chinese_name(rng)
    region, city = rng.choice(_CITIES)
    return Drinker(
        name, gender,
        # A block that no operator's customers were seen in; nothing is ever sent to it.
        f"+861380000{1000 + number * 61:04d}",
        f"tea{number}@example.com" if rng.random() < 0.4 else "",
        _birthday(rng), region, city,
        int(rng.betavariate(0.9, 1.8) * days), rng.choice((14, 21, 30, 30, 45, 60, 90)),
        tuple(rng.sample(CATALOGUE, 5)), rng.random() < 0.6,
    )  # fmt: skip


def _birthday(rng: random.Random) -> Birthday | None:
    kind = rng.random()
    if kind < 0.08:
        year, month = rng.choice(_LEAP_MONTHS)
        return Birthday(month, rng.randint(1, 29), year, is_lunar=True, is_leap_month=True)
    year, month, day = rng.randint(1958, 2004), rng.randint(1, 12), rng.randint(1, 28)
    if kind < 0.45:
        return Birthday(month, day, year, is_lunar=True)
    return Birthday(month, day, year if kind < 0.75 else None) if kind < 0.88 else None
