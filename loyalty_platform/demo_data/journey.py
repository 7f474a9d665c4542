"""The first shop: the grocer's whole year, through the same path as every till's orders, with its nights in between."""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta
from typing import Any

from customers.actions import define_custom_field
from customers.actions.consents import PastDecision, remember_consents
from customers.actions.registration import NewCustomer, register_customers
from customers.models import Customer, ExternalId
from customers.rules.birthdays import Birthday
from customers.rules.identity import luhn_digit
from events.actions.shops import create_merchant, update_settings
from loyalty.actions.programme import start_programme
from loyalty.rules.terms import Terms
from loyalty_platform.demo_data.grocer import FIRST_DAY, ZONE, Household, first_baskets, read_households
from loyalty_platform.demo_data.names import english_name
from loyalty_platform.demo_data.people import TEAMS, make_person, make_team
from merchants.models import SYSTEM, Merchant

SLUG = "journey"
EXTERNAL = "complete-journey"
CITIES = (("Cincinnati", "OH"), ("Dayton", "OH"), ("Columbus", "OH"), ("Lexington", "KY"), ("Louisville", "KY"))
# A hundred households to each area code: 555-01xx is kept for fiction, and has a hundred numbers in each.
AREAS = (
    513, 937, 614, 859, 502, 317, 740, 419, 216, 330, 440, 567, 234, 380, 606, 270, 765, 812, 574, 717, 260, 304, 412, 724,
    814, 610,
)  # fmt: skip
_AGES = {"19-24": (19, 24), "25-34": (25, 34), "35-44": (35, 44), "45-54": (45, 54), "55-64": (55, 64), "65+": (65, 84)}
_FIELDS = (
    ("age_band", "Age", "age"), ("income_band", "Household income", "income"), ("home", "Home", "home_ownership"),
    ("marital_status", "Marital status", "marital_status"), ("household_size", "Household size", "household_size"),
    ("household_type", "Household", "household_comp"), ("children", "Children", "kids_count"),
)  # fmt: skip
_MADE_UP = "Name, contact and birthday are made up; purchases and household are real"

# Points live six months and tiers look back as far, so that one year of purchases shows both ends of each.
TERMS: dict[str, Any] = {
    "name": "Journey Rewards",
    "points_name": "points",
    "growth_name": "status credit",
    "earning_rules": [
        {
            "code": "base", "name": "1 point per dollar, fuel aside", "points_per_unit": "1",
            "excluded_categories": ["Fuel", "Miscellaneous/Coupon, misc items"],
        },
        {
            "code": "fresh", "name": "Fresh basket: 1 more point per dollar of produce, meat and seafood from $15",
            "points_per_unit": "1", "with_tier_multiplier": False,
            "only_categories": ["Produce", "Meat", "Seafood"], "minimum_minor": 1500,
        },
        {
            "code": "status", "name": "Status credit", "wallet": "growth", "points_per_unit": "1",
            "with_tier_multiplier": False,
        },
    ],
    "ladder": {
        "tiers": [
            {"code": "bronze", "name": "Bronze", "benefits": ["Member prices at the shelf"]},
            {
                "code": "silver", "name": "Silver", "min_growth": 500, "min_orders": 25, "multiplier": "1.1",
                "benefits": ["10% more points", "A birthday treat"],
            },
            {
                "code": "gold", "name": "Gold", "min_growth": 1200, "min_orders": 50, "multiplier": "1.25",
                "benefits": ["25% more points", "A birthday treat", "Free delivery from $35"],
            },
            {
                "code": "diamond", "name": "Diamond", "min_growth": 2500, "min_orders": 100, "multiplier": "1.5",
                "benefits": ["50% more points", "A birthday treat", "Free delivery", "A personal shopper on the phone"],
            },
        ],
        "match": "either",
        "window_months": 6,
        "grace_days": 30,
    },
    "expiry": {"kind": "months", "months": 6},
    "welcome_points": 50,
}  # fmt: skip
PROMISES = [
    {"title": "Points on every basket", "body": "They are yours the moment you pay, and they last six months."},
    {
        "title": "You always see why",
        "body": "Every line of your ledger says which rule gave it, and with which arithmetic.",
    },
    {"title": "Refunds are fair", "body": "A refund takes back exactly what those goods had earned, never more."},
]
PRIVACY = (
    "We keep your name, contact and purchases to run Journey Rewards. You may look at them, correct them, take them with you "
    "or have them erased at any time, here or at any till."
)


def open_shop(shift: timedelta) -> Merchant:
    """The shop, its team, its fields and a programme in force since before the first basket; made once."""
    known = Merchant.objects.filter(slug=SLUG).first()
    if known is not None:
        return known
    owner = make_person(TEAMS[SLUG][0], SLUG)
    merchant = create_merchant(
        slug=SLUG, name="Journey Grocers", owner=owner, by=SYSTEM, timezone=str(ZONE), currency="USD", language="en"
    )
    make_team(merchant)
    update_settings(
        merchant, by=SYSTEM, brand_colour="#0b6b3a", contact_email="hello@journey.example", contact_phone="+15135550100",
        promises=PROMISES, privacy_text=PRIVACY,
    )  # fmt: skip
    merchant.refresh_from_db()
    for key, label, _source in _FIELDS:
        define_custom_field(merchant, key=key, label=label, kind="text", by=SYSTEM)
    define_custom_field(merchant, key="made_up", label="What is made up", kind="text", by=SYSTEM)
    begins = datetime.combine(FIRST_DAY + shift - timedelta(days=1), time.min, ZONE)
    start_programme(merchant, terms=Terms.model_validate(TERMS), by=SYSTEM, effective_from=begins)
    return merchant


def register_households(merchant: Merchant, shift: timedelta, *, households: int | None = None) -> dict[int, int]:
    """{household number: customer id} of all households (or the first so many), registering whoever is missing."""
    known = _known(merchant)
    missing = [each for each in read_households()[:households] if each.number not in known]
    if missing:
        first_seen = first_baskets(shift)
        batch = [_customer(each, first_seen[each.number]) for each in missing]
        registered = register_customers(merchant, batch, by=SYSTEM, deliver=False)
        if registered.refusals:
            raise registered.refusals[0].error
        remember_consents(
            merchant,
            [
                decision
                for each, customer in zip(missing, registered.customers, strict=True)
                if customer is not None
                for decision in _consents(each, customer)
            ],
            by=SYSTEM,
        )
    return _known(merchant)


def _known(merchant: Merchant) -> dict[int, int]:
    rows = ExternalId.objects.filter(merchant=merchant, source=EXTERNAL).values_list("external_id", "customer_id")
    return {int(number): customer_id for number, customer_id in rows}


def _customer(household: Household, first_seen: datetime) -> NewCustomer:
    rng = random.Random(household.number)
    name, gender = english_name(rng)
    city, state = CITIES[rng.randrange(len(CITIES))]
    body = f"{200_000_000 + household.number * 48_271 % 700_000_000}"
    first, last = name.lower().split()
    has_phone = rng.random() < 0.9
    return NewCustomer(
        name=name,
        number=body + luhn_digit(body),
        phone=f"+1{AREAS[household.number // 100]}5550{100 + household.number % 100}" if has_phone else "",
        email=f"{first}.{last}{household.number}@example.com" if rng.random() < 0.85 or not has_phone else "",
        birthday=_birthday(rng, household.age, first_seen.year),
        gender=gender, language="en", country="US", region=state, city=city,
        custom={key: value for key, _label, source in _FIELDS if (value := getattr(household, source))}
        | {"made_up": _MADE_UP},
        external_ids=((EXTERNAL, str(household.number)),), source="import", joined_at=first_seen - timedelta(minutes=4),
    )  # fmt: skip


def _birthday(rng: random.Random, age: str, year: int) -> Birthday | None:
    """A day of the year for everybody who told an age and two thirds of the others; the year only where the age is told."""
    born = date(year - rng.randint(*_AGES.get(age, (30, 60))), 1, 1) + timedelta(days=rng.randrange(365))
    if age:
        return Birthday(born.month, born.day, born.year)
    return Birthday(born.month, born.day) if rng.random() < 2 / 3 else None


def _consents(household: Household, customer: Customer) -> list[PastDecision]:
    rng = random.Random(-household.number)
    wanted = [
        ("membership", "any", 1.0),
        ("offers", "email", 0.62),
        ("offers", "sms", 0.34),
        ("birthday", "email", 0.5),
    ]
    return [
        PastDecision(customer.pk, purpose, channel, customer.joined_at, "2025-01", "till form")
        for purpose, channel, share in wanted
        if rng.random() < share
    ]
