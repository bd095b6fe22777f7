"""What was measured as data, as tables and as sentences; intervals are 95 %, by bootstrap over users."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphrec.evaluation.metrics import LEVEL, bootstrap, mean_interval, percentiles
from graphrec.experiments.explanations.measure import SIZES, Faithfulness, K, Placed
from graphrec.experiments.explanations.orderings import DRAWS, ORDERINGS, TOP, Floats, Ordering

#: The two measures of how far an item falls, and what they are called.
FALLS = {"rank": "mean increase of the rank", "log_rank": "mean increase of log2 of the rank"}
_AT = SIZES.index(TOP)
#: What the model itself says, compared with every other ordering.
_OURS: tuple[Ordering, ...] = ("shares", "leave-one-out")
#: The smallest fall that another is divided by.
_TINY = 1e-6
COLUMNS = (
    "reasons",
    f"rank +, {TOP} deleted",
    f"log2 rank +, {TOP} deleted",
    f"left the top {K}",
    f"log2 rank, {TOP} alone",
    f"in the top {K}, {TOP} alone",
)
CURVES = ("reasons", "behaviours", *(f"{size}" for size in SIZES))


def as_data(found: Faithfulness) -> dict[str, Any]:
    """Return plain data: ``orderings`` with their curves, ``ratios`` of falls, ``stability`` and ``verdict``."""
    data = {
        "run": found.run_id,
        "users": len(found.cases),
        "seed": found.seed,
        "items": f"one of each user's top {K}",
        "measures": FALLS,
        "random_orders": DRAWS,
        "orderings": [_ordering(found, name) for name in ORDERINGS],
        "ratios": [_ratio(found, one, other) for one in _OURS for other in ORDERINGS if other not in _OURS],
        "stability": None,
    }
    if found.stability is not None:
        values = {"correlation": found.stability.correlation, f"top_{TOP}_in_common": found.stability.common}
        means = {name: mean_interval(some, found.seed) for name, some in values.items() if len(some)}
        data["stability"] = {"other_run": found.stability.run_id} | means
    return data | {"verdict": verdict(data)}


def _ordering(found: Faithfulness, name: Ordering) -> dict[str, Any]:
    deletion, insertion = [], []
    for place, size in enumerate(SIZES):
        longer = found.sizes > size
        if not longer.any():
            break
        about: dict[str, Any] = {"n": size, "users": int(longer.sum())}
        without, alone = found.deletion[name], found.insertion[name]
        falls = {fall: mean_interval(_fall(found, without, fall)[longer, place], found.seed) for fall in FALLS}
        left = {"left": mean_interval(1 - without.listed[longer, place], found.seed)}
        deletion.append(about | falls | left)
        ranks = {fall: mean_interval(getattr(alone, fall)[longer, place], found.seed) for fall in FALLS}
        insertion.append(about | ranks | {"listed": mean_interval(alone.listed[longer, place], found.seed)})
    return {"ordering": name, "deletion": deletion, "insertion": insertion, "sufficiency": insertion[_AT]}


def _fall(found: Faithfulness, placed: Placed, fall: str) -> Floats:
    """Return how far the items fall, float64 ``[n_cases, n_sizes]``."""
    before = found.before[:, None].astype(np.float64)
    return placed.rank - before if fall == "rank" else placed.log_rank - np.log2(before)


def _ratio(found: Faithfulness, one: Ordering, other: Ordering) -> dict[str, Any]:
    """Return how many times as far, and how much farther, items fall without the first of one ordering."""
    ratio: dict[str, Any] = {"of": one, "to": other, "n": TOP}
    for fall in FALLS:
        pair = np.stack([_fall(found, found.deletion[name], fall)[:, _AT] for name in (one, other)], axis=1)
        ratio[fall] = _quotient(pair, found.seed)
        ratio[f"{fall}_difference"] = mean_interval(pair[:, 0] - pair[:, 1], found.seed)
    return ratio


def _quotient(pair: Floats, seed: int) -> dict[str, float | None]:
    """Return the ratio of two means, with its interval; None where the other fall is none."""
    means, drawn = pair.mean(0), bootstrap(pair, seed)
    low, high = percentiles((drawn[:, :1] / drawn[:, 1:].clip(min=_TINY)), LEVEL)
    found = {"mean": float(means[0] / max(means[1], _TINY)), "low": float(low[0]), "high": float(high[0])}
    return {name: value if abs(value) < 1 / _TINY else None for name, value in found.items()}


def as_rows(data: dict[str, Any]) -> list[dict[str, str]]:
    """Return one row per ordering from :func:`as_data`, its cells under :data:`COLUMNS`."""
    rows = []
    for ordering in data["orderings"]:
        without, alone = ordering["deletion"][_AT], ordering["sufficiency"]
        cells = [_text(value) for value in (without["rank"], without["log_rank"], without["left"])]
        cells += [_text(alone["log_rank"]), _text(alone["listed"])]
        rows.append(dict(zip(COLUMNS, [ordering["ordering"], *cells], strict=True)))
    return rows


def curve_rows(data: dict[str, Any]) -> list[dict[str, str]]:
    """Return the curves by the logarithm of the rank: a row per ordering and curve, its cells under :data:`CURVES`."""
    rows = []
    for curve, said in (("deletion", "deleted: log2 rank +"), ("insertion", "alone: log2 rank")):
        for ordering in data["orderings"]:
            cells = {str(point["n"]): f"{point['log_rank']['mean']:.2f}" for point in ordering[curve]}
            rows.append({"reasons": ordering["ordering"], "behaviours": said} | cells)
    return rows


def verdict(data: dict[str, Any]) -> list[str]:
    """Return what the figures say, a sentence for each comparison."""
    others = {"random": f"{TOP} random ones", "evidence": f"the {TOP} strongest by the graph's evidence"}
    ratios = [ratio for ratio in data["ratios"] if ratio["of"] == "shares" and ratio["to"] in others]
    said = [_compared(ratio, others[ratio["to"]]) for ratio in ratios]
    stability = data["stability"]
    if stability is not None and "correlation" in stability:
        said.append(
            f"two trainings agree: rank correlation of the shares {_text(stability['correlation'])}, "
            f"{_text(stability[f'top_{TOP}_in_common'])} of the {TOP} strongest in common"
        )
    return said


def _compared(ratio: dict[str, Any], other: str) -> str:
    ends = ratio["rank_difference"]
    how = "farther than" if ends["low"] > 0 else "less far than" if ends["high"] < 0 else "about as far as"
    return (
        f"without the {TOP} behaviours of the largest shares an item falls {how} without {other}: "
        f"{_text(ratio['rank'])} times by rank, {_text(ratio['log_rank'])} times by log2 of the rank, "
        f"{ends['mean']:+.2f} [{ends['low']:+.2f}, {ends['high']:+.2f}] ranks"
    )


def _text(value: dict[str, Any]) -> str:
    mean, low, high = ("–" if value[name] is None else f"{value[name]:.2f}" for name in ("mean", "low", "high"))
    return f"{mean} [{low}, {high}]"
