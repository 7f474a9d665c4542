"""What each customer may buy next: their own habits, what sells now, and what goes with what they bought.

Two small models, one for what a customer bought before and one for what is new to them, learn on past cut-offs of this shop
how much each sign counts; both give the probability of a purchase within the window, so their lists can be merged.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from analytics.science.baskets import Pairs, before, count_pairs, number_of, places_of
from analytics.science.bgnbd import Floats

WINDOW_DAYS = 14
LEARNT_ON = 3  # past cut-offs, one window apart
AGAIN_SIGNS = (
    "times", "recently", "this_quarter", "share_of_visits", "more_than_once", "due", "just_bought", "popular", "repeat_rate",
)  # fmt: skip
NEW_SIGNS = ("popular", "popular_quarter", "goes_with")
_PERSONAL, _POPULAR, _ALONGSIDE = 150, 80, 60
# New products are bought so seldom that what goes with what is easily overrated: one of two voices does not hear it.
_NEW_VOTES = (NEW_SIGNS, NEW_SIGNS[:2])
_LEAST_HITS = 30


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the shop knows at a cut-off, of all customers together."""

    cut: date
    pairs: Pairs
    likeness: Any
    popular: pd.Series  # customers of each product in four weeks, most first
    popular_quarter: pd.Series
    repeat_rate: pd.Series  # of its buyers, the share that bought it on another day again; shrunk


def know(lines: pd.DataFrame, cut: date, *, left_out: Collection[int] = ()) -> Knowledge:
    """From lines before `cut`; products `left_out` are not recommended, and lead to nothing."""
    past = before(lines, cut)
    past = past[~past["product"].isin(list(left_out))]
    pairs = count_pairs(past, cut, support=5)
    personal = past.groupby(["product", "customer"])["day"].nunique()
    buyers = personal.groupby("product").size()
    again = (personal > 1).groupby("product").sum()
    return Knowledge(
        cut, pairs, pairs.likeness, _popularity(before(past, cut, days=28)), _popularity(before(past, cut, days=91)),
        (again + 1) / (buyers + 10),
    )  # fmt: skip


def _popularity(lines: pd.DataFrame) -> pd.Series:
    counts = lines.groupby("product")["customer"].nunique().astype(np.float64)
    return counts.sort_index().sort_values(ascending=False, kind="stable")


def candidates(lines: pd.DataFrame, known: Knowledge, *, left_out: Collection[int] = ()) -> pd.DataFrame:
    """One row per customer and product that may be suggested, with all signs; `is_new` where they never bought it."""
    past = before(lines, known.cut)
    past = past[~past["product"].isin(list(left_out))]
    personal = _personal(past, known.cut)
    customers = np.sort(past["customer"].unique())
    scores = _alongside(personal, customers, known)
    best = personal.sort_values(["customer", "this_quarter", "product"], ascending=[True, False, True])
    rows = [best.groupby("customer").head(_PERSONAL)[["customer", "product"]]]
    popular = known.popular.index[:_POPULAR].to_numpy()
    rows.append(
        pd.DataFrame({"customer": np.repeat(customers, len(popular)), "product": np.tile(popular, len(customers))})
    )
    rows.append(_strongest(scores, customers, known.pairs))
    table = pd.concat(rows).drop_duplicates().merge(personal, how="left", on=["customer", "product"])
    table = table.sort_values(["customer", "product"], ignore_index=True)
    visits = past.groupby("customer")["day"].nunique()
    return _with_signs(table, known, scores, customers, visits)


def _personal(past: pd.DataFrame, cut: date) -> pd.DataFrame:
    """Each customer's history with each product; `recently` and `this_quarter` decay with 30 and 90 days."""
    age = number_of(cut) - past["day"]
    history = past.assign(recently=np.exp(-age / 30), this_quarter=np.exp(-age / 90))
    return (
        history.groupby(["customer", "product"])
        .agg(
            times=("day", "nunique"), recently=("recently", "sum"), this_quarter=("this_quarter", "sum"),
            last=("day", "max"), first=("day", "min"),
        )
        .reset_index()
    )  # fmt: skip


def _alongside(personal: pd.DataFrame, customers: Any, known: Knowledge) -> Any:
    """Sparse customers × products: how strongly what they bought lately leads to each product."""
    places = places_of(known.pairs.products, personal["product"].to_numpy())
    paired = places >= 0
    weights = np.minimum(personal["recently"].to_numpy()[paired], 3.0)
    rows = np.searchsorted(customers, personal["customer"].to_numpy()[paired])
    shape = (len(customers), len(known.pairs.products))
    return (sparse.csr_matrix((weights, (rows, places[paired])), shape=shape) @ known.likeness).tocsr()


def _strongest(scores: Any, customers: Any, pairs: Pairs) -> pd.DataFrame:
    rows, columns = [], []
    for row in range(scores.shape[0]):
        start, end = scores.indptr[row], scores.indptr[row + 1]
        best = np.argsort(-scores.data[start:end], kind="stable")[:_ALONGSIDE]
        columns.append(scores.indices[start:end][best])
        rows.append(np.full(len(best), row))
    if not rows:
        return pd.DataFrame({"customer": np.array([], dtype=np.int64), "product": np.array([], dtype=np.int64)})
    return pd.DataFrame(
        {"customer": customers[np.concatenate(rows)], "product": pairs.products[np.concatenate(columns)]}
    )


def _with_signs(table: pd.DataFrame, known: Knowledge, scores: Any, customers: Any, visits: pd.Series) -> pd.DataFrame:
    cut = number_of(known.cut)
    is_new = table["times"].isna()
    times = table["times"].fillna(0.0)
    since = (cut - table["last"]).fillna(999.0)
    gap = ((table["last"] - table["first"]) / (times - 1).clip(lower=1)).where(times > 1)
    places = places_of(known.pairs.products, table["product"].to_numpy())
    rows = np.searchsorted(customers, table["customer"].to_numpy())
    goes_with = np.zeros(len(table))
    paired = places >= 0
    if paired.any():
        goes_with[paired] = np.asarray(scores[rows[paired], places[paired]]).ravel()
    product = table["product"]
    return pd.DataFrame(
        {
            "customer": table["customer"], "product": product, "is_new": is_new, "times_bought": times,
            "times": np.log1p(times),
            "recently": np.log1p(table["recently"].fillna(0.0)),
            "this_quarter": np.log1p(table["this_quarter"].fillna(0.0)),
            "share_of_visits": np.sqrt(times / table["customer"].map(visits).fillna(1)),
            "more_than_once": (times > 1).astype(float),
            "due": (since / gap).clip(0, 5).fillna(0.0),
            "just_bought": np.exp(-since / 14),
            "popular": np.log1p(product.map(known.popular).fillna(0.0)),
            "popular_quarter": np.log1p(product.map(known.popular_quarter).fillna(0.0)),
            "repeat_rate": product.map(known.repeat_rate).fillna(0.1),
            "goes_with": np.log1p(10 * goes_with),
        }
    )  # fmt: skip


@dataclass(slots=True)
class Blend:
    """What was learnt; None and empty where the past had too few hits.

    Then frequency ranks what was bought before, and popularity what is new; `new_rate` is how often a new candidate was
    bought in the window, so that the two lists still merge.
    """

    again: Pipeline | None
    new: list[Pipeline]
    new_rate: float = 0.001

    def score(self, table: pd.DataFrame) -> Floats:
        """Probability of a purchase in the window, or a stand-in of its size that ranks alike."""
        scores = np.zeros(len(table))
        is_new = table["is_new"].to_numpy()
        bought, fresh = table[~is_new], table[is_new]
        if len(bought):
            scores[~is_new] = _asked(self.again, bought, AGAIN_SIGNS) if self.again else _plain(bought["this_quarter"])
        if len(fresh):
            scores[is_new] = _voted(self.new, fresh) if self.new else self._by_popularity(fresh)
        return scores

    def _by_popularity(self, fresh: pd.DataFrame) -> Floats:
        values = fresh["popular"].to_numpy()
        return np.asarray(np.minimum(self.new_rate * values / max(float(values.mean()), 1e-9), 0.5))

    def weights(self) -> list[dict[str, Any]]:
        """The weight of each sign, per standard deviation."""
        found = []
        for kind, model, signs in (
            ("again", self.again, AGAIN_SIGNS),
            ("new", self.new[0] if self.new else None, NEW_SIGNS),
        ):
            if model is not None:
                values = model.named_steps["logisticregression"].coef_[0]
                found += [
                    {"name": f"{kind}.{sign}", "weight": float(weight)}
                    for sign, weight in zip(signs, values, strict=True)
                ]
        return found


def _asked(model: Pipeline, rows: pd.DataFrame, signs: tuple[str, ...]) -> Floats:
    return np.asarray(model.predict_proba(rows[list(signs)].to_numpy())[:, 1])


def _voted(models: list[Pipeline], rows: pd.DataFrame) -> Floats:
    """The geometric mean of the votes."""
    votes = [np.log(_asked(model, rows, signs)) for model, signs in zip(models, _NEW_VOTES, strict=True)]
    return np.asarray(np.exp(np.mean(votes, axis=0)))


def _plain(values: pd.Series) -> Floats:
    return np.asarray(values.to_numpy() / (values.to_numpy() + 2.0))


def learn_blend(lines: pd.DataFrame, until: date, *, left_out: Collection[int] = ()) -> Blend:
    """Weights from the last windows that end by `until`."""
    step = timedelta(days=WINDOW_DAYS)
    first = lines["day"].min() if len(lines) else number_of(until)
    cuts = [until - number * step for number in range(1, LEARNT_ON + 1)]
    cuts = [cut for cut in cuts if number_of(cut) - first >= 2 * WINDOW_DAYS]
    tables = []
    for cut in cuts:
        table = candidates(lines, know(lines, cut, left_out=left_out), left_out=left_out)
        bought = bought_in(lines, cut)
        table = table[table["customer"].isin(bought["customer"])]
        tables.append(table.merge(bought.assign(hit=1), how="left", on=["customer", "product"]).fillna({"hit": 0}))
    if not tables:
        return Blend(None, [])
    stacked = pd.concat(tables)
    again, new = stacked[~stacked["is_new"]], stacked[stacked["is_new"]]
    rate = max(float(new["hit"].mean()), 1e-5) if len(new) else 0.001
    learnt = [_fitted(new, signs) for signs in _NEW_VOTES]
    return Blend(_fitted(again, AGAIN_SIGNS), [model for model in learnt if model is not None], rate)


def _fitted(table: pd.DataFrame, signs: tuple[str, ...]) -> Pipeline | None:
    if table["hit"].sum() < _LEAST_HITS:
        return None
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=500))
    return model.fit(table[list(signs)].to_numpy(), table["hit"].to_numpy())


def bought_in(lines: pd.DataFrame, cut: date, days: int = WINDOW_DAYS) -> pd.DataFrame:
    """customer, product: what was bought in the window from `cut` on."""
    number = number_of(cut)
    window = lines[(lines["day"] >= number) & (lines["day"] < number + days)]
    return window[["customer", "product"]].drop_duplicates()


def next_basket(lines: pd.DataFrame, cut: date, days: int = WINDOW_DAYS) -> pd.DataFrame:
    """customer, product: what was in each customer's first order of the window."""
    number = number_of(cut)
    window = lines[(lines["day"] >= number) & (lines["day"] < number + days)]
    first = window.drop_duplicates("customer")[["customer", "order"]]
    return window.merge(first, on=["customer", "order"])[["customer", "product"]].drop_duplicates()


def ranking_figures(ranked: pd.DataFrame, wanted: pd.DataFrame, *, new_only: bool = False) -> dict[str, Any]:
    """Mean over customers of Recall@10 and NDCG@10. `ranked`: customer, product, is_new, best first within a customer."""
    wanted = wanted[wanted["customer"].isin(ranked["customer"])]
    sizes = wanted.groupby("customer").size()
    if not len(sizes):
        return {"customers": 0, "recall_10": None, "ndcg_10": None}
    top = ranked.groupby("customer").head(10)
    top = top.assign(place=top.groupby("customer").cumcount()).merge(wanted, on=["customer", "product"])
    hits = top.groupby("customer").size().reindex(sizes.index, fill_value=0)
    gains = (1 / np.log2(top["place"] + 2)).groupby(top["customer"]).sum().reindex(sizes.index, fill_value=0.0)
    ideal = np.cumsum(1 / np.log2(np.arange(10) + 2))[np.minimum(sizes, 10) - 1]
    return {
        "customers": len(sizes),
        "recall_10": float((hits / sizes).mean()),
        "ndcg_10": float((gains / ideal).mean()),
    }


def ranked_by(table: pd.DataFrame, score: Floats) -> pd.DataFrame:
    """Best first within each customer; ties by product, so that the order of rows decides nothing."""
    return table.assign(score=score).sort_values(
        ["customer", "score", "product"], ascending=[True, False, True], ignore_index=True
    )


def all_figures(table: pd.DataFrame, score: Floats, wanted: pd.DataFrame, past: pd.DataFrame) -> dict[str, Any]:
    """Recall and NDCG over all, and recall of repeats and of new products apart (each among its own ten best)."""
    ranked = ranked_by(table, score)
    seen = wanted.merge(past[["customer", "product"]].drop_duplicates().assign(seen=1), how="left")
    again, new = (seen[mask][["customer", "product"]] for mask in (seen["seen"].notna(), seen["seen"].isna()))
    return ranking_figures(ranked, wanted) | {
        "repeat_recall_10": ranking_figures(ranked[~ranked["is_new"]], again)["recall_10"],
        "new_recall_10": ranking_figures(ranked[ranked["is_new"]], new)["recall_10"],
    }


def judge(lines: pd.DataFrame, cut: date, blend: Blend, *, days: int = WINDOW_DAYS) -> dict[str, dict[str, Any]]:
    """The blend beside personal frequency and popularity, on each customer's next basket after `cut`."""
    past = before(lines, cut)
    table = candidates(lines, know(lines, cut))
    wanted = next_basket(lines, cut, days)
    table = table[table["customer"].isin(wanted["customer"])]
    ways = {
        "blend": blend.score(table),
        "personal": table["times_bought"].to_numpy() + 1e-6 * table["popular"].to_numpy(),
        "popular": table["popular"].to_numpy(),
    }
    return {name: all_figures(table, score, wanted, past) for name, score in ways.items()}
