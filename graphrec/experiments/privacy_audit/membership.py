"""Infer membership by shadow models: whether a user was in training.

Shokri et al. 2017 have shadow models, Zhang et al. 2021 attack recommenders with them.

Of several models trained on independent halves of the users, each is the target in turn. The attacker has the others,
knows who was in their training, and learns from them what tells members from others: logistic regression and boosted
trees, the mean of both. Then they guess about the target. Histories are known: the question is whether they were used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphrec.experiments.privacy_audit.features import LENGTHS, VIEWS, Table, View, of_lists, of_service, probed
from graphrec.experiments.privacy_audit.figures import attack_figures
from graphrec.experiments.privacy_audit.world import World
from graphrec.publishing.shown_scores import by_best

#: The view of lists with relative scores.
BY_BEST = "lists, relative scores"
#: Decimals to which scores are rounded, and lengths of answers, to see what either helps.
DECIMALS, SHORT = (2, 1, 0), (100, 20)


def membership(worlds: Sequence[World], views: Mapping[str, View], seed: int = 0) -> list[dict[str, Any]]:
    """Return the figures of the attack on each view.

    Parameters
    ----------
    worlds
        Three or more, with independent members.
    views
        Name → features.
    seed
        Of boosting and bootstrap.
    """
    return [{"from": name} | _attack(worlds, view, seed) for name, view in views.items()]


def _attack(worlds: Sequence[World], view: View, seed: int) -> dict[str, Any]:
    known: dict[tuple[int, int], Table] = {
        (one, other): np.nan_to_num(view(worlds[one], worlds[other]), posinf=0, neginf=0)
        for one in range(len(worlds))
        for other in range(len(worlds))
        if one != other
    }
    scores, truth = [], []
    for target, world in enumerate(worlds):
        learned = [pair for pair in known if target not in pair]
        x = np.concatenate([known[pair] for pair in learned])
        y = np.concatenate([worlds[one].members for one, _ in learned])
        guess = classifier(x, y, seed)
        asked = [guess(known[target, other]) for other in range(len(worlds)) if other != target]
        scores.append(np.mean(asked, axis=0))
        truth.append(world.members)
    owner = np.tile(np.arange(len(worlds[0].members)), len(worlds))
    return attack_figures(np.concatenate(scores), np.concatenate(truth), owner, seed)


def classifier(x: Table, y: NDArray[np.bool_], seed: int) -> Callable[[Table], Table]:
    """Return a guess of probabilities, learned from examples: the mean of a linear model and of boosted trees."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    linear = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=1000)).fit(x, y)
    trees = HistGradientBoostingClassifier(
        max_iter=60, max_leaf_nodes=8, learning_rate=0.05, min_samples_leaf=20, random_state=seed
    ).fit(x, y)

    def guess(table: Table) -> Table:
        found: Table = (linear.predict_proba(table)[:, 1] + trees.predict_proba(table)[:, 1]) / 2
        return found

    return guess


def variants(relative: bool = False) -> dict[str, View]:
    """Return what is attacked, and variants that show what a defence would be worth.

    Parameters
    ----------
    relative
        Whether relative scores are published (:mod:`graphrec.publishing.shown_scores`).
    """
    found: dict[str, View] = dict(VIEWS)
    if relative:
        found["lists"] = partial(of_lists, scale=by_best)
    for decimals in DECIMALS:
        found[f"lists, scores to {decimals} decimals"] = partial(of_lists, scale=rounded(decimals))
    found[BY_BEST] = partial(of_lists, scale=by_best)
    found["lists without scores"] = partial(of_lists, scale=lambda _: None)
    for decimals in DECIMALS:
        found[f"service, scores to {decimals} decimals"] = partial(of_service, decimals=decimals)
    for length in SHORT:
        found[f"service, {length} items"] = partial(of_service, length=length)
    return found


def rounded(decimals: int) -> Callable[[Table], Table]:
    """Return what rounds scores."""
    return lambda values: np.round(values, decimals)


def difference(before: World, after: World, seed: int = 0) -> list[dict[str, Any]]:
    """Return the figures of guessing who was added between two trainings, from answers before and after.

    Parameters
    ----------
    before, after
        The second was trained on more users than the first.
    seed
        Of the bootstrap.
    """
    asked = np.flatnonzero(~before.members)
    added = after.members[asked]
    found = []
    for decimals in (None, *DECIMALS):
        change = (probed(after, decimals) - probed(before, decimals))[asked]
        scale = np.maximum(change.std(0), 1e-9)
        hits, standing = len(LENGTHS), len(LENGTHS) + 1
        score = change[:, hits] / scale[hits] + change[:, standing] / scale[standing]
        name = "answers before and after" + ("" if decimals is None else f", scores to {decimals} decimals")
        found.append({"from": name} | attack_figures(score, added, asked, seed))
    return found
