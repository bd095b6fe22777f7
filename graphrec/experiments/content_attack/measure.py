"""Attack a run's items, update the run, and say how far they have risen."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import numpy as np
import torch
from torch import Tensor

from graphrec.common.console import progress
from graphrec.common.errors import InputError
from graphrec.config.settings import ContentSettings, Settings, TrainSettings
from graphrec.evaluation.metrics import mean_interval
from graphrec.evaluation.ranking import evaluate_split
from graphrec.experiments.benchmark.run_graph import require_unchanged
from graphrec.experiments.content_attack.attacks import PixelAttack, WordAttack, by_vector, vocabulary
from graphrec.experiments.content_attack.contents import Contents
from graphrec.experiments.content_attack.direction import Direction, directions
from graphrec.experiments.content_attack.ranks import Standing, standing
from graphrec.graph.hetero import Graph
from graphrec.model.adversarial import REACH
from graphrec.model.content_vectors import modalities
from graphrec.runs.run import Run
from graphrec.runs.store import read_run
from graphrec.updating.update import update

#: Key of ``run.json``.
CONTENT_ATTACK = "content_attack"
#: Relative change of a vector that changes nothing but that the item counts as changed.
_NOTHING = 1e-5


@dataclass(frozen=True)
class Budget:
    """What an attacker may do.

    ``words``: in front of a text. ``levels``: of 256, by which a pixel may change. ``queries``: pictures encoded per
    item. ``reach``: length of the step that turns a vector of length one.
    """

    words: int = 5
    levels: int = 8
    queries: int = 200
    reach: float = REACH

    def said(self, modality: str) -> str:
        """Return the budget at the source of a modality, in words."""
        return f"{self.words} words in front" if modality == "text" else f"every pixel by {self.levels}/255"


def attack(
    run: Run,
    graph: Graph,
    settings: Settings,
    contents: Mapping[str, Contents],
    *,
    budget: Budget | None = None,
    n: int = 20,
    k: int = 10,
    seed: int = 0,
) -> dict[str, Any]:
    """Measure the attacks, write the result to the run's ``run.json`` under ``content_attack``, and return it.

    Parameters
    ----------
    run, graph
        A run and the graph it was trained on.
    settings
        The project's settings.
    contents
        The texts and pictures that can be changed; without, vectors alone are attacked.
    budget
        What the attacker may do.
    n
        Number of items to raise, drawn among those with all these contents.
    k
        Length of the lists.
    seed
        Seed of the draw and of the attack on pixels.

    Raises
    ------
    InputError
        The graph is another one, or the run uses no content, or none of the items has all of it.
    """
    budget = budget or Budget()
    require_unchanged(run, graph)
    targets = _targets(run, graph, contents, n, seed)
    ways = directions(run, graph, targets)
    if not ways:
        raise InputError(f"{run.run_id} uses no content, so none can be changed", hint="name a run that does")
    began, base = time.perf_counter(), graph.data["item"]
    made: dict[str, tuple[str, str, Tensor]] = {}
    for name, way in ways.items():
        if name in contents:
            changed = _at_source(name, contents[name], way, targets, budget, seed)
            made[name] = (name, budget.said(name), changed)
        turned = by_vector(way, base[name], targets, budget.reach)
        made[f"{name} vector"] = (name, f"a step of {budget.reach:g}", turned)
    attacks = {}
    with progress() as bar:
        task = bar.add_task("updating and ranking", total=1 + len(made))
        # An update makes a changed item anew: compare with what it makes of the same content.
        name = next(iter(ways))
        before = _after(run, graph, settings, name, targets, base[name][targets] * (1 + _NOTHING), k)
        for label, (name, said, vectors) in made.items():
            bar.advance(task)
            after = _after(run, graph, settings, name, targets, vectors, k)
            attacks[label] = {"budget": said, "items": len(targets)} | _compared(before, after)
    report = evaluate_split(lambda users: run.scores(users, "heldout"), run.split, "test", ks=(k,))
    found = {
        "k": k,
        "seed": seed,
        "adversarial": run.table("train", TrainSettings).adversarial,
        "ndcg": report.mean(f"ndcg@{k}"),
        "attacks": attacks,
        "seconds": time.perf_counter() - began,
    }
    read_run(run.path.parent, run.run_id).update(**{CONTENT_ATTACK: found})  # it may have changed meanwhile
    return found


def _targets(run: Run, graph: Graph, contents: Mapping[str, Contents], n: int, seed: int) -> Tensor:
    """Draw items that have every content that is attacked."""
    there = np.ones(len(run.items), bool)
    for name in modalities(graph.data, run.table("content", ContentSettings)):
        there &= graph.data["item"][f"{name}_mask"].numpy()
    for held in contents.values():
        there &= np.isin(np.arange(len(there)), list(held.values))
    known = np.flatnonzero(there)
    if not len(known):
        raise InputError(
            f"no item of {run.run_id} has all of {', '.join(run.modalities) or 'its content'}",
            hint="graphrec embed makes the vectors",
        )
    drawn = np.random.default_rng(seed).permutation(known)[:n]
    return torch.from_numpy(np.sort(drawn))


def _at_source(name: str, held: Contents, way: Direction, items: Tensor, budget: Budget, seed: int) -> Tensor:
    """Return the vectors of changed texts or pictures, float32 ``[n, width]``."""
    made = []
    with progress() as bar:
        task = bar.add_task(f"changing {name}", total=len(items))
        if name == "text":
            words = WordAttack(held.encoder, way, vocabulary(held.values.values()), budget.words)
            for item in items.tolist():
                made.append(words(item, held.values[item])[1])
                bar.advance(task)
        else:
            pixels = PixelAttack(held.encoder, way, budget.levels, budget.queries)
            for item in items.tolist():
                made.append(pixels(item, held.read(held.values[item]), seed)[1])
                bar.advance(task)
    return torch.stack(made)


def _after(run: Run, graph: Graph, settings: Settings, name: str, items: Tensor, vectors: Tensor, k: int) -> Standing:
    """Return where items stand once the run has been updated with other vectors of theirs."""
    data = graph.data.clone()
    changed = data["item"][name].clone()
    changed[items] = vectors.to(changed.dtype)
    data["item"][name] = changed
    with TemporaryDirectory() as folder:
        elsewhere = msgspec.structs.replace(settings, runs=Path(folder))
        new = update(elsewhere, run, replace(graph, data=data)).run
        users = torch.unique(run.split.train[0])
        return standing(lambda some: new.scores(some, "heldout"), run.split.seen("test"), users, items, k)


def _compared(before: Standing, after: Standing) -> dict[str, Any]:
    return {
        "rank": {"before": float(before.rank.mean()), "after": float(after.rank.mean())},
        "hit": {"before": float(before.hit.mean()), "after": float(after.hit.mean())},
        "risen": mean_interval(before.rank - after.rank),
        "gained": mean_interval(after.hit - before.hit),
    }
