"""Measure where an item stands without its reasons, and with them alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from graphrec.common.console import progress
from graphrec.common.errors import InputError
from graphrec.experiments.explanations.orderings import DRAWS, ORDERINGS, TOP, Case, Floats, Ints, Ordering, Reasons
from graphrec.experiments.explanations.stability import Stability, stability
from graphrec.explanation.sub_profiles import SubProfiles
from graphrec.runs.run import Run

#: Length of the lists, users sampled, and numbers of behaviours that are deleted or kept.
K, USERS, SIZES = 10, 1000, (1, 2, 3, 5, 10)


@dataclass(frozen=True)
class Placed:
    """Where the items stand, for each case and each of :data:`SIZES`.

    Attributes
    ----------
    rank, log_rank, listed
        float64 ``[n_cases, n_sizes]``: the rank, its logarithm to base 2, and whether it is at most :data:`K`; means
        over random orders.
    """

    rank: Floats
    log_rank: Floats
    listed: Floats


@dataclass(frozen=True)
class Faithfulness:
    """What was measured.

    Attributes
    ----------
    run_id, seed
        The run, and the seed of the sample.
    cases
        Users and items.
    before
        int64 ``[n_cases]``: the items' ranks by the whole profiles.
    sizes
        int64 ``[n_cases]``: lengths of the profiles.
    deletion, insertion
        Ordering → where the items stand without its first behaviours, and with those alone.
    stability
        Compared with another training, if there is one.
    """

    run_id: str
    seed: int
    cases: list[Case]
    before: Ints
    sizes: Ints
    deletion: dict[Ordering, Placed]
    insertion: dict[Ordering, Placed]
    stability: Stability | None


def measure(run: Run, other: Run | None = None, *, n_users: int = USERS, seed: int = 0) -> Faithfulness:
    """Measure the reasons of a run.

    Parameters
    ----------
    run
        A finished run.
    other
        Another training of the same graph (:func:`graphrec.experiments.explanations.stability.other_training`).
    n_users
        Number of users to sample, among those with more than :data:`TOP` items.
    seed
        Of the sample and of the random orders.

    Raises
    ------
    InputError
        No user has enough items.
    """
    rng = np.random.default_rng(seed)
    cases = _cases(run, n_users, rng)
    reasons, ranks = Reasons(run), []
    seen = run.seen("all")
    with progress() as bar:
        task = bar.add_task("reasons", total=len(cases))
        for case in cases:
            parts = SubProfiles(reasons.attribution, case.user)
            orders = [order for some in reasons.orders(case, parts, rng).values() for order in some]
            known = torch.from_numpy(seen[[case.user]].indices).long()
            ranks.append(parts.ranks(_kept(orders, len(parts)), case.item, known).numpy())
            bar.advance(task)
    table = np.stack(ranks).astype(np.float64)
    # One whole profile, then order × (deletion, insertion) × size.
    placed = table[:, 1:].reshape(len(cases), -1, 2, len(SIZES))
    counts = [DRAWS if name == "random" else 1 for name in ORDERINGS]
    blocks = dict(zip(ORDERINGS, np.split(placed, np.cumsum(counts)[:-1], axis=1), strict=True))
    return Faithfulness(
        run.run_id,
        seed,
        cases,
        table[:, 0].astype(np.int64),
        run.profiles.indptr.diff().numpy()[[case.user for case in cases]],
        {name: _placed(block[:, :, 0]) for name, block in blocks.items()},
        {name: _placed(block[:, :, 1]) for name, block in blocks.items()},
        None if other is None else stability(reasons, Reasons(other), cases),
    )


def _cases(run: Run, n_users: int, rng: np.random.Generator) -> list[Case]:
    """Return users at random, each with one item of their list at random."""
    seen = run.seen("all")
    free = len(run.items) - np.diff(seen.indptr)
    able = np.flatnonzero((run.profiles.indptr.diff().numpy() > TOP) & (free >= K))
    if not len(able):
        raise InputError(
            f"{run.run_id}: no user has more than {TOP} items, and {K} others that can be recommended",
            hint="reasons are measured by deleting behaviours: more of them are needed",
        )
    cases = []
    for user in rng.permutation(able)[:n_users].tolist():
        scores = run.scores(torch.tensor([user]), "all")[0]
        scores[torch.from_numpy(seen[[user]].indices).long()] = -torch.inf
        cases.append(Case(user, int(scores.topk(K).indices[rng.integers(K)])))
    return cases


def _kept(orders: list[Ints], m: int) -> torch.Tensor:
    """Return the parts of a profile to score, bool ``[s, m]``: all, then order × (deletion, insertion) × size."""
    first = np.zeros((len(orders), len(SIZES), m), bool)
    for row, order in enumerate(orders):
        for column, size in enumerate(SIZES):
            first[row, column, order[:size]] = True
    parts = np.stack([~first, first], axis=1).reshape(-1, m)
    return torch.from_numpy(np.concatenate([np.ones((1, m), bool), parts]))


def _placed(ranks: Floats) -> Placed:
    """Return the means over the orders, from ranks ``[n_cases, n_orders, n_sizes]``."""
    return Placed(ranks.mean(1), np.log2(ranks).mean(1), (ranks <= K).mean(1))
