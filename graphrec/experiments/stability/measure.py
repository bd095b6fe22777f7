"""Train a run again under each change, and compare everybody's list with the run's."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import Any

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from graphrec.common.console import note, progress
from graphrec.common.errors import InputError, nearest
from graphrec.config.settings import ContentSettings, ModelSettings, TrainSettings
from graphrec.evaluation.agreement import NONE, agreement
from graphrec.evaluation.metrics import mean_interval
from graphrec.evaluation.ranking import evaluate_split
from graphrec.evaluation.split import Split, leak_free_training_graph
from graphrec.experiments.benchmark.run_graph import require_unchanged
from graphrec.experiments.stability.changes import FEWER, Training, changes
from graphrec.graph.hetero import Graph
from graphrec.runs.run import Run
from graphrec.runs.store import read_run
from graphrec.training.hybrid import HybridSelector
from graphrec.training.objectives import train_objectives
from graphrec.training.refit import refit_on_train_and_valid
from graphrec.training.scoring import Scorer
from graphrec.training.suspicious import trusted
from graphrec.training.train import heldout_profiles, pick_device
from graphrec.training.trainer import Trainer

#: Key of ``run.json``.
STABILITY = "stability"
Score = Callable[[Tensor], Tensor]


def words(name: str) -> str:
    """Return what a change does."""
    fixed = {
        "again": "the same again",
        "order": "the edges in another order",
        "seed": "another seed",
        "fewer": f"without {FEWER:.0%} of the behaviours",
    }
    return fixed.get(name) or f"without {name.removeprefix('no-')}"


def stability(run: Run, graph: Graph, k: int = 10, only: Collection[str] = ()) -> dict[str, Any]:
    """Measure the changes, write the result to the run's ``run.json`` under ``stability``, and return it.

    Every change trains once, with the run's settings, and is written when it is measured. Results of an earlier call
    with the same ``k`` stay.

    Parameters
    ----------
    run
        A finished run.
    graph
        The graph it was trained on.
    k
        Length of the lists: the best ``k`` of all items that the user has not done in training and validation.
    only
        Names of changes; empty: all that apply.

    Raises
    ------
    InputError
        The graph is another one, a change does not apply to the run, or the run has differential privacy.
    TrainingError
        A training failed.
    """
    require_unchanged(run, graph)
    if run.privacy is not None:
        raise InputError(
            f"{run.run_id} has differential privacy: each training draws other noise, which changes lists too",
            hint="audit a run that was trained without [privacy] epsilon",
        )
    known = changes(run.modalities)
    for name in only:
        if name not in known:
            raise InputError(f"--only {name}: no such change for {run.run_id}", hint=nearest(name, list(known)))
    given = Training(graph.data, run.split, run.table("train", TrainSettings).seed)
    ours = lists(lambda users: run.scores(users, "heldout"), run.split, k)
    earlier = read_run(run.path.parent, run.run_id).info.get(STABILITY) or {}
    told: dict[str, Any] = {"k": k, "users": len(ours), "changes": earlier["changes"] if earlier.get("k") == k else {}}
    if run.split.test.shape[1]:
        report = evaluate_split(lambda users: run.scores(users, "heldout"), run.split, "test", ks=(k,))
        told["ndcg"] = report.mean(f"ndcg@{k}")
    for name in only or known:
        began = time.perf_counter()
        score = _trained(run, graph, known[name](given), words(name))
        rows = agreement(ours, lists(score, run.split, k))
        figures: dict[str, Any] = {metric: mean_interval(values) for metric, values in rows.items()}
        if run.split.test.shape[1]:
            figures["ndcg"] = evaluate_split(score, run.split, "test", ks=(k,)).mean(f"ndcg@{k}")
        told["changes"][name] = figures | {"seconds": time.perf_counter() - began}
        read_run(run.path.parent, run.run_id).update(**{STABILITY: told})  # read anew: it may have changed meanwhile
        note(f"{words(name)}: overlap@{k} {figures['overlap']['mean']:.3f}")
    return told


def _trained(run: Run, graph: Graph, given: Training, label: str) -> Score:
    """Train with the run's settings; return the scores."""
    train = msgspec.structs.replace(run.table("train", TrainSettings), seed=given.seed)
    trust = trusted(given.data, given.split, train)
    trainer = Trainer(
        leak_free_training_graph(trust.data, trust.split),
        trust.split,
        run.table("model", ModelSettings),
        train,
        pick_device("auto" if run.info.get("device") == "cuda" else "cpu"),
        run.table("content", ContentSettings),
    )
    selector = HybridSelector(trainer)
    with progress() as bar:
        chosen = train_objectives(selector, bar)
        model = chosen.model
        if run.refit:
            task = bar.add_task(f"{label}: with validation", total=chosen.progress.best_epoch)
            selector, model = refit_on_train_and_valid(
                selector, chosen.progress, model, trust.data, graph.schema, lambda: bar.advance(task)
            )
    # Whom training does not trust has a list of the own profile, as in a run.
    profiles = heldout_profiles(selector.trainer, given.data, trust.data)
    scorer = Scorer(model, profiles, profiles.only(graph.schema.targets))
    return lambda users: scorer(users).cpu()


def lists(score: Score, split: Split, k: int) -> NDArray[np.int64]:
    """Return the best ``k`` items of every user with training pairs, int64 ``[n_users, k]``."""
    seen, candidates = split.seen("test"), split.candidates("test")
    users = torch.unique(split.train[0])
    found = np.full((len(users), k), NONE, np.int64)
    for rows in torch.split(torch.arange(len(users)), 1024):
        scores = score(users[rows]).clone()
        masked = seen[users[rows].numpy()].tocoo()
        scores[torch.from_numpy(masked.row).long(), torch.from_numpy(masked.col).long()] = -torch.inf
        if candidates is not None:
            scores[:, ~torch.from_numpy(candidates)] = -torch.inf
        best = scores.topk(min(k, scores.shape[1]), 1)
        found[rows.numpy(), : best.indices.shape[1]] = np.where(best.values.isfinite(), best.indices, NONE)
    return found
