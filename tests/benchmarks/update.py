"""An update beside a full training: ``python tests/benchmarks/update.py PROJECT [SEEDS]``.

PROJECT is a folder with a graphrec.toml, its database running and loaded. One behaviour in a hundred is new:

1. Quality. A training without these, which reads them afterwards as ``graphrec update`` does, beside a training that
   had them: NDCG@10 of the same test pairs, means over seeds, with the 95 % interval of the ratio.
2. Cost, twice: of the work, in this process, which has imported all it needs; and of the commands, from start to end.
   Training and publishing, on a graph that lacks the new behaviours, then these come, then the update. They are taken
   out of the database for the while, and put back.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import msgspec
import numpy as np
import torch

from graphrec.common.console import progress
from graphrec.config.settings import Settings, load_settings
from graphrec.db.database import Database, connect
from graphrec.evaluation.metrics import bootstrap, percentiles
from graphrec.evaluation.ranking import Report, evaluate
from graphrec.evaluation.split import leak_free_training_graph, make_split
from graphrec.graph.hetero import Graph, load_graph
from graphrec.model import Profiles
from graphrec.publishing.publish import publish
from graphrec.publishing.registry import published_runs
from graphrec.runs.run import Run
from graphrec.runs.store import read_run
from graphrec.training.hybrid import HybridSelector
from graphrec.training.objectives import train_objectives
from graphrec.training.scoring import Scorer
from graphrec.training.train import pick_device, train
from graphrec.training.trainer import Trainer
from graphrec.updating.current_graph import today
from graphrec.updating.update import update

SHARE, METRIC = 0.01, "ndcg@10"

TAKE = """
MATCH (u:User)-[r]->(i:Item) WHERE type(r) = $kind
WITH u, r, i ORDER BY elementId(r)
WITH collect([elementId(u), elementId(i), properties(r), r]) AS found
UNWIND [k IN range(0, size(found) - 1) WHERE k % $every = 0 | found[k]] AS row
WITH row[0] AS user, row[1] AS item, row[2] AS told, row[3] AS r
DELETE r
RETURN user, item, told
"""
PUT = """
UNWIND $rows AS row
MATCH (u), (i) WHERE elementId(u) = row.user AND elementId(i) = row.item
CREATE (u)-[r:$($kind)]->(i) SET r = row.told
"""


def quality(graph: Graph, settings: Settings, seed: int) -> dict[str, Report]:
    """Return the figures of a training with all behaviours, and of one that learned of some afterwards."""
    asked = settings.override("split", seed=seed)
    split = make_split(graph.data, asked.split, graph.schema)
    whole = leak_free_training_graph(graph.data, split)
    late = np.random.default_rng(seed).random(split.train.shape[1]) < SHARE
    train = msgspec.structs.replace(settings.train, seed=seed)
    profiles = Profiles.of(whole)
    targets = {kind for kind, mapped in graph.schema.behaviours.items() if mapped.target}
    found = {}
    for name in ("trained", "updated"):
        data, cut = whole, split
        if name == "updated":
            cut = replace(split, train=split.train[:, torch.from_numpy(~late)])
            gone = replace(split, test=split.train[:, torch.from_numpy(late)], valid=split.train[:, :0])
            data = leak_free_training_graph(whole, replace(gone, train=cut.train))
        fit = Trainer(data, cut, settings.model, train, pick_device(settings.train.device), settings.content)
        with progress() as bar:
            model = train_objectives(HybridSelector(fit), bar).model
        score = Scorer(model, profiles, profiles.only(targets))
        found[name] = evaluate(lambda users: score(users).cpu(), split.seen("test"), split.matrix("test"), ks=(10,))  # noqa: B023 - used at once
    return found


def say(found: list[dict[str, Report]]) -> None:
    """Print the first table."""
    values = {name: np.concatenate([one[name].per_user[METRIC] for one in found]) for name in found[0]}
    drawn = bootstrap(np.stack(list(values.values()), 1), 0)
    low, high = percentiles((drawn[:, 1] / drawn[:, 0])[:, None], 0.95)
    trained, updated = (value.mean() for value in values.values())
    print(f"NDCG@10: trained {trained:.4f}  updated {updated:.4f}")
    print(f"ratio {updated / trained:.4f} [{low[0]:.4f}, {high[0]:.4f}]")


def cost(project: Path, kind: str) -> None:
    """Print the second table."""
    settings = load_settings(project / "graphrec.toml")
    with connect(settings) as db:
        for what, whole, part in (
            ("work", partial(_whole, db, settings), partial(_part, db, settings)),
            ("commands", partial(_run, project, "train", "publish --yes"), partial(_run, project, "update")),
        ):
            rows = [dict(row) for row in db.auto(TAKE, kind=kind, every=round(1 / SHARE))]
            try:
                full = _timed(whole)
            finally:
                db.write(PUT, rows=rows, kind=kind)
            short = _timed(part)
            print(
                f"{what}: train and publish {full:.1f} s, update with {len(rows)} new behaviours {short:.1f} s, "
                f"ratio {short / full:.3f}"
            )


def _whole(db: Database, settings: Settings) -> None:
    _publish(db, settings, train(db, settings).run)


def _part(db: Database, settings: Settings) -> None:
    active = next(run for run in published_runs(db) if run.active)
    base = read_run(settings.runs, active.run_id)
    _publish(db, settings, update(settings, base, today(db, settings, base)).run)


def _publish(db: Database, settings: Settings, run: Run) -> None:
    wanted = settings.publish
    publish(db, run, wanted.k, wanted.batch, settings, wanted.similar)


def _run(project: Path, *commands: str) -> None:
    for command in commands:
        subprocess.run([sys.executable, "-m", "graphrec", *command.split()], cwd=project, env=os.environ, check=True)


def _timed(what: Callable[[], None]) -> float:
    began = time.perf_counter()
    what()
    return time.perf_counter() - began


def main(project: Path, seeds: int) -> None:
    """Measure and print."""
    settings = load_settings(project / "graphrec.toml")
    with connect(settings) as db:
        graph = load_graph(db, settings.graph, settings.split)
    cost(project, next(kind for kind, mapped in graph.schema.behaviours.items() if mapped.target))
    say([quality(graph, settings, seed) for seed in range(seeds)])


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if sys.argv[2:] else 3)
