"""Choose on validation what the context adds to the scores: which of its variables, and with which weights.

A variable is used only where the rankings of validation behaviours, each in its own context, gain by more than two
standard errors over visits (:mod:`graphrec.evaluation.events`).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2
from torch import Tensor

from graphrec.common.console import note
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import Settings
from graphrec.evaluation.reports import interval
from graphrec.evaluation.split import Split
from graphrec.graph.hetero import Graph
from graphrec.model import HeteroRecommender
from graphrec.model.context import Scores, Shrinkage, Variable, VariableTables
from graphrec.model.context_log import ContextLog
from graphrec.runs.in_context import EventRanking
from graphrec.training.context_shrinkage import choose_shrinkage
from graphrec.training.scoring import Scorer
from graphrec.training.selection import SURE
from graphrec.training.trainer import Trainer

#: Weights to try, in standard deviations of the model's scores for a factor of e.
WEIGHTS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4)
#: Fewest visits in validation: with fewer, two standard errors mean nothing.
FEWEST = 20
#: Most groups of items.
MOST_GROUPS = 50


@dataclass(frozen=True)
class ChosenContext:
    """What validation chose.

    Attributes
    ----------
    variables
        The variables that are used; none if none gains.
    groups
        int64 ``[n_items]``: the group of each item.
    report
        Figures on validation without and with it (:func:`graphrec.evaluation.events.compared`), and ``repeats``.
    log
        Everyone's behaviours, held-out ones included.
    deviation
        Standard deviation of the model's scores.
    """

    variables: list[Variable]
    groups: NDArray[np.int64]
    report: dict[str, Any]
    log: ContextLog
    deviation: float


def choose_in_training(
    trainer: Trainer, model: HeteroRecommender, graph: Graph, settings: Settings
) -> ChosenContext | None:
    """Choose the context of a model that validation has chosen, and say so; None if there is nothing to choose from.

    Where ``[recommend] seen`` recommends items again, repetitions are ranked.
    """
    if not settings.model.context:
        return None
    scorer = Scorer(model, trainer.profiles, trainer.pairs)
    with torch.inference_mode():
        vectors = model.items()[1]
    found = choose_context(
        scorer,
        vectors,
        ContextLog.of(graph.data, graph.schema),
        trainer.split,
        graph.schema,
        repeats=settings.recommend.seen,
        k=trainer.train.metric_k,
    )
    if found is not None:
        note(_said(found))
    return found


def _said(found: ChosenContext) -> str:
    valid = found.report["valid"]
    figures = f"validation {valid['metric']} {valid['without']['mean']:.4f}"
    if not found.variables:
        return f"context: {' and '.join(found.report['tried'])} gain nothing ({figures} of {valid['visits']:,} visits)"
    names = " and ".join(variable.name for variable in found.variables)
    return (
        f"context: {names}; {figures} without, {valid['with']['mean']:.4f} with it, "
        f"{interval(valid['gain'], sign=True)} over {valid['visits']:,} visits"
    )


def choose_context(
    score: Callable[[Tensor], Tensor],
    vectors: Tensor,
    log: ContextLog,
    split: Split,
    schema: GraphSchema,
    *,
    repeats: bool,
    k: int,
) -> ChosenContext | None:
    """Choose the variables of the context; return None if there is nothing to choose from.

    Parameters
    ----------
    score
        Users, int64 ``[b]`` → the model's scores of all items.
    vectors
        float32 ``[n_items, d]``: vectors by which items are grouped.
    log
        Everyone's behaviours, held-out ones included.
    split, schema
        The held-out pairs, and the mapping.
    repeats
        Whether items are recommended again, so that repetitions are what is ranked.
    k
        List length.
    """
    zone = schema.time_zone
    there = [name for name, codes in log.codes(zone).items() if len(np.unique(codes[codes >= 0])) > 1]
    if not there:
        return None
    ranking = EventRanking(score, log, split, "valid", repeats=repeats, zone=zone, k=k)
    plain = ranking.values(ranking.base) if len(ranking) else np.zeros(0)
    if len(plain) < FEWEST:
        return None
    groups = item_groups(vectors)
    codes = ranking.log.codes(zone)
    deviation = float(ranking.base[np.isfinite(ranking.base)].std())
    scores, values = ranking.base, plain
    used: dict[str, tuple[VariableTables, Scores, float]] = {}
    for name in there:
        variable = Variable(name, schema.contexts.get(name, ()))
        shrinkage = choose_shrinkage(variable, ranking.log, codes[name], groups, ranking.visit)
        if shrinkage == Shrinkage(shrinkage.user):
            continue  # an item, or a user with it, says nothing of it
        variable = msgspec.structs.replace(variable, shrinkage=shrinkage)
        tables = VariableTables(variable, ranking.log.items, codes[name], groups)
        terms = ranking.terms(tables) * np.float32(deviation)
        weight, found = _best(ranking, scores, terms)
        gain = found - values
        if gain.mean() > SURE * gain.std() / len(gain) ** 0.5:
            used[name] = tables, terms, weight
            scores, values = scores + np.float32(weight) * terms, found
    for name, (tables, terms, weight) in list(used.items() if len(used) > 1 else ()):
        others = scores - np.float32(weight) * terms
        again, values = _best(ranking, others, terms)
        scores, used[name] = others + np.float32(again) * terms, (tables, terms, again)
    chosen = [msgspec.structs.replace(t.variable, weight=w * deviation) for t, _, w in used.values()]
    tables_of = [VariableTables(one, ranking.log.items, codes[one.name], groups) for one in chosen]
    report = {"repeats": repeats, "tried": there, "valid": ranking.compared(tables_of)}
    return ChosenContext(chosen, groups, report, log, deviation)


def _best(ranking: EventRanking, scores: Scores, terms: Scores) -> tuple[float, NDArray[np.float64]]:
    """Return the weight that validates best beside other scores, and the values of all visits with it."""
    tried = {weight: ranking.values(scores + np.float32(weight) * terms) for weight in WEIGHTS}
    best = max(tried, key=lambda weight: float(tried[weight].mean()))
    return best, tried[best]


def item_groups(vectors: Tensor) -> NDArray[np.int64]:
    """Return the group of each item by the direction of its vector, int64 ``[n_items]``: k-means, seeded."""
    points = vectors.float().cpu().numpy().astype(np.float64)
    points /= np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-12)
    n_groups = min(MOST_GROUPS, max(1, int(len(points) ** 0.5)))
    if n_groups == 1:
        return np.zeros(len(points), np.int64)
    with warnings.catch_warnings():  # of empty groups, which do no harm
        warnings.simplefilter("ignore")
        labels = kmeans2(points, n_groups, minit="++", seed=0)[1]
    groups: NDArray[np.int64] = labels.astype(np.int64)
    return groups
