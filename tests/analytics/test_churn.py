"""Who leaves: nothing of the future is known, nobody else's rows count, and the better of two answers is served."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from analytics.actions.runs import begin_run, request_run
from analytics.actions.scores import NewScore, write_churn_scores
from analytics.models import ChurnScore, ModelArtefact, ModelRun, RunKind, RunState
from analytics.queries.readiness import gap_in_words, readiness
from analytics.queries.reasons import reasons_in_words
from analytics.queries.runs import definitions, is_due
from analytics.queries.scores import churn_bands, churn_of, customers_in_band
from analytics.rules.bands import band_of
from analytics.rules.horizon import churn_horizon
from analytics.rules.readiness import Gap, Readiness, knowledge_ends
from analytics.science.churn import cutoffs_for, learn_churn, score_churn
from analytics.science.churn_run import run_churn
from analytics.science.features import Features, read_features, read_gaps, read_outcome
from analytics.science.purchases import Source
from commerce.actions.refunds import cancel_order
from commerce.models import Order
from customers.actions.profiles import archive_customer
from customers.models import Customer, Trait
from events.models import Event
from merchants.clock import now, today
from merchants.models import SYSTEM, Actor, Merchant
from tests.analytics.simulated import record, simulate
from tests.cast import a_line, a_purchase

pytestmark = pytest.mark.django_db


def same(one: Features, other: Features) -> bool:
    return one.names == other.names and np.array_equal(one.matrix, other.matrix, equal_nan=True) and np.array_equal(
        one.customer, other.customer
    )  # fmt: skip


def test_what_happens_later_changes_no_feature_of_an_earlier_day(aroma: Merchant) -> None:
    people = simulate(aroma, 60)
    cut = today(aroma) - timedelta(days=40)
    source = Source.of_shop(aroma)
    before = read_features(source, [cut])
    moment = now(aroma)
    record(
        aroma,
        [
            a_purchase(f"L-{n}", person, a_line(500), at=moment - timedelta(days=n % 30))
            for n, person in enumerate(people)
        ],
    )
    old = Order.objects.filter(merchant=aroma, paid_at__lt=moment - timedelta(days=60), number__startswith="S-")[:5]
    for order in old:
        cancel_order(order, by=SYSTEM, reason="changed their mind", cancelled_at=moment)
    assert same(read_features(source, [cut]), before)
    assert not same(read_features(source, [today(aroma)]), before)


def test_neither_the_rival_nor_the_other_cut_offs_change_a_feature(aroma: Merchant, borough: Merchant) -> None:
    simulate(aroma, 40)
    cut = today(aroma) - timedelta(days=30)
    source = Source.of_shop(aroma)
    before = read_features(source, [cut])
    simulate(borough, 30, seed=9)
    assert same(read_features(source, [cut]), before)
    stacked = read_features(source, [cut, cut - timedelta(days=30), cut - timedelta(days=60)])
    assert same(stacked.at(cut), before)


def test_features_are_what_a_person_would_count(aroma: Merchant, carla: Customer) -> None:
    noon = now(aroma).astimezone(aroma.zone).replace(hour=12)
    for days, yuan in ((60, 100), (50, 200), (20, 300)):
        record(aroma, [a_purchase(f"C-{days}", carla, a_line(yuan), at=noon - timedelta(days=days))])
    record(aroma, [a_purchase("C-20b", carla, a_line(50), at=noon - timedelta(days=20))])
    found = read_features(Source.of_shop(aroma), [today(aroma)])
    told = {name: float(found.of(name)[0]) for name in found.names}
    assert (told["x"], told["t_x"], told["age"], told["days_since_last"], told["orders"]) == (2, 40, 60, 20, 4)
    assert (told["gap_mean"], told["gap_last"], told["days_30"], told["spend"]) == (20, 30, 1, 65000)
    assert told["amount_repeat_mean"] == 27500
    late = read_features(Source.of_shop(aroma), [today(aroma) - timedelta(days=20)])
    assert late.of("x")[0] == 1  # the day of the cut-off itself is not known yet


def test_the_outcome_is_the_window_after_the_cut_off_alone(aroma: Merchant, carla: Customer, dario: Customer) -> None:
    noon = now(aroma).astimezone(aroma.zone).replace(hour=12)
    for customer, days in ((carla, 50), (carla, 30), (dario, 50), (dario, 5)):
        record(aroma, [a_purchase(f"O-{customer.pk}-{days}", customer, at=noon - timedelta(days=days))])
    source, cut = Source.of_shop(aroma), today(aroma) - timedelta(days=30)
    features = read_features(source, [cut])
    outcome = read_outcome(source, features, 20)
    assert dict(zip(features.customer.tolist(), outcome.is_gone.tolist(), strict=True)) == {
        carla.pk: False,
        dario.pk: True,
    }
    assert outcome.spend.sum() == 10000


def test_cut_offs_end_before_their_outcomes_do() -> None:
    day, first = date(2026, 10, 1), date(2026, 1, 1)
    cuts = cutoffs_for(day, 30, first)
    assert cuts == [day - timedelta(days=30 * n) for n in (1, 2, 3, 4)]
    assert cutoffs_for(day, 120, first) == [day - timedelta(days=120)]
    assert cutoffs_for(day, 300, first) == []


def test_with_too_few_outcomes_the_purchase_model_serves(aroma: Merchant) -> None:
    simulate(aroma, 80)
    day, source = today(aroma), Source.of_shop(aroma)
    learnt = learn_churn(source, day, 30, day - timedelta(days=240))
    assert (learnt.served_by, learnt.why) == ("bgnbd", "too_few_outcomes")
    scored = score_churn(source, day, learnt)
    assert np.array_equal(scored.probability, scored.baseline)
    assert ((scored.probability >= 0) & (scored.probability <= 1)).all()


def test_a_young_shop_is_told_what_is_missing(aroma: Merchant, carla: Customer) -> None:
    run = run_churn(aroma)
    assert run is not None
    assert run.state == RunState.INSUFFICIENT
    assert {gap["code"] for gap in run.card["gate"]["gaps"]} == {"buyers", "days", "recent", "repeaters"}
    assert gap_in_words(Gap("buyers", 1, 500))
    assert not ChurnScore.objects.filter(merchant=aroma).exists()
    assert not Trait.objects.filter(merchant=aroma).exists()


def test_a_night_scores_everybody_and_a_quiet_night_tells_nobody(aroma: Merchant, rival_carla: Customer) -> None:
    people = simulate(aroma, 540, seed=4)
    archive_customer(people[0], reason="asked", by=SYSTEM)
    run = run_churn(aroma)
    assert run is not None
    assert run.state == RunState.SERVED
    assert run.card["window"]["cutoff_on"] == run.cutoff_on.isoformat()
    assert run.card["holdout"]["model"]["auc"] > 0.6
    assert {"calibration", "deciles", "bands", "drift", "runtime", "baseline_fit", "horizon"} <= set(run.card)
    scores = ChurnScore.objects.filter(merchant=aroma)
    assert scores.count() == run.changed == run.customers - 1
    assert not scores.filter(customer=people[0]).exists()
    one = scores.order_by("-probability").first()
    assert one is not None
    traits = dict(Trait.objects.filter(merchant=aroma, customer=one.customer_id).values_list("key", "value"))
    assert traits["churn_band"] == one.band == band_of(one.probability)
    assert traits["churn_score"] == pytest.approx(one.probability, abs=1e-3)
    assert sum(band.customers for band in churn_bands(aroma)) == scores.count()
    assert customers_in_band(aroma, one.band).filter(pk=one.customer_id).exists()
    found = churn_of(one.customer)
    assert found is not None
    assert all(reasons_in_words(aroma, [each]) for each in found.reasons)
    # The first scores are no change, and the same night twice changes nothing.
    assert not Event.objects.filter(merchant=aroma, type="analytics.churn_band_changed").exists()
    again = run_churn(aroma)
    assert again is not None
    assert (again.changed, again.card["drift"]["retrained"], again.artefact_id) == (0, False, run.artefact_id)
    assert not ChurnScore.objects.filter(merchant=rival_carla.merchant_id).exists()
    # A stored model that is not ours is never opened: it is trained anew, and says the same.
    ModelArtefact.objects.filter(merchant=aroma).update(body=b"anything")
    anew = run_churn(aroma)
    assert anew is not None
    assert (anew.state, anew.card["drift"]["retrained"], anew.changed) == (RunState.SERVED, True, 0)


def test_only_a_changed_band_is_told(aroma: Merchant, carla: Customer, dario: Customer, rival_carla: Customer) -> None:
    run = begin_run(aroma, kind=RunKind.CHURN)
    assert run is not None
    write_churn_scores(run, [_score(carla.pk, 0.2), _score(dario.pk, 0.5), _score(rival_carla.pk, 0.9)])
    assert ChurnScore.objects.filter(merchant=aroma).count() == 2
    assert write_churn_scores(run, [_score(carla.pk, 0.8), _score(dario.pk, 0.51)]) == 2
    told = Event.objects.filter(merchant=aroma, type="analytics.churn_band_changed")
    assert [(each.about_id, each.payload["before"], each.payload["after"]) for each in told] == [
        (carla.pk, "low", "high")
    ]
    assert write_churn_scores(run, [_score(carla.pk, 0.8)]) == 1  # Dario's is gone
    assert told.count() == 1
    assert not Trait.objects.filter(merchant=aroma, customer=dario).exists()
    assert not ChurnScore.objects.filter(merchant=rival_carla.merchant_id).exists()


def _score(customer_id: int, probability: float) -> NewScore:
    reasons = [{"code": "recency_risk", "value": 40, "usual": 12.0}]
    return NewScore(customer_id, probability, probability, band_of(probability), reasons)


def test_one_run_of_a_kind_waits_at_a_time(aroma: Merchant, by_ana: Actor) -> None:
    asked = request_run(aroma, kind=RunKind.CHURN, by=by_ana)
    assert request_run(aroma, kind=RunKind.CHURN, by=by_ana) == asked
    begun = begin_run(aroma, kind=RunKind.CHURN)
    assert begun == asked
    assert begin_run(aroma, kind=RunKind.CHURN) is None
    assert request_run(aroma, kind=RunKind.CHURN, by=by_ana) == asked
    assert begin_run(aroma, kind=RunKind.LIFETIME_VALUE) is not None
    ModelRun.objects.filter(merchant=aroma, pk=asked.pk).update(started_at=now(aroma) - timedelta(hours=3))
    fresh = begin_run(aroma, kind=RunKind.CHURN)
    assert fresh is not None
    assert fresh != asked
    asked.refresh_from_db()
    assert asked.state == RunState.FAILED


def test_a_shop_s_models_are_due_once_a_night(aroma: Merchant) -> None:
    night = now(aroma).astimezone(aroma.zone).replace(hour=2, minute=50)
    assert not is_due(aroma, RunKind.CHURN, at=night)
    assert is_due(aroma, RunKind.CHURN, at=night.replace(hour=23))
    run_churn(aroma)
    assert not is_due(aroma, RunKind.CHURN, at=night.replace(hour=23))


def test_the_horizon_is_the_shop_s_own(aroma: Merchant, carla: Customer, dario: Customer) -> None:
    noon = now(aroma).astimezone(aroma.zone).replace(hour=12)
    for person, gap, count in ((carla, 2, 20), (dario, 40, 3)):
        days = [gap * n + 1 for n in range(count)]
        record(aroma, [a_purchase(f"H-{person.pk}-{n}", person, at=noon - timedelta(days=n)) for n in days])
    # Carla comes every other day and Dario every forty days: each counts once.
    assert read_gaps(Source.of_shop(aroma), today(aroma)) == (21, 40.0)
    assert churn_horizon(500, 40.0) == 42
    assert churn_horizon(21, 40.0) == 91
    assert churn_horizon(500, 900.0) == 182


def test_late_imports_end_the_knowledge_not_the_custom(aroma: Merchant) -> None:
    simulate(aroma, 20, silent_days=5)
    ready = readiness(aroma)
    assert ready.silent_days is not None
    ends = knowledge_ends(today(aroma), ready.silent_days)
    assert ends < today(aroma) - timedelta(days=3)
    assert readiness(aroma, at=ends).silent_days == 1
    assert Readiness(500, 180, 30, 50).is_ready
    assert not Readiness(500, 180, 31, 50).is_ready


@pytest.mark.parametrize("kind", RunKind.values)
def test_every_figure_has_a_definition(kind: str) -> None:
    told = definitions(kind)
    assert len({key for key, _term, _definition in told}) == len(told) > 5
    assert all(term and definition for _key, term, definition in told)
