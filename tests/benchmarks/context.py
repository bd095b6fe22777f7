"""What context is worth: ``python -m tests.benchmarks.context [FOLDER …] [--home] [--films] [--tower]``.

Each FOLDER is a data set in files (as for ``graphrec benchmark --data``); ``--films`` and ``--home`` are logs with
planted habits: many people who do new things, and two residents who do the same things again. Both also with times and
company drawn by chance, as a control. Every held-out behaviour is ranked in its own context, by the same model without
and with what validation chose of the context. NDCG@10, means over visits; intervals (95 %) over visits. Seeds change
the split, the training and the planted log.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch
from rich.progress import Progress as Bar
from torch import Tensor, nn

from graphrec.config.settings import Settings, load_settings
from graphrec.datasets.folder import DataSet
from graphrec.evaluation.events import compared
from graphrec.evaluation.ranking import HeldOut
from graphrec.evaluation.reports import interval
from graphrec.evaluation.split import leak_free_training_graph, make_split
from graphrec.graph.hetero import Graph
from graphrec.model.context import Scores, VariableTables
from graphrec.runs.in_context import EventRanking
from graphrec.training.context_selection import WEIGHTS, choose_in_training
from graphrec.training.hybrid import HybridSelector
from graphrec.training.objectives import train_objectives
from graphrec.training.scoring import Scorer
from graphrec.training.trainer import Trainer
from tests.planted_habits import graph_of, planted

HELD_OUT: tuple[HeldOut, ...] = ("valid", "test")
#: Name → numbers of the planted logs.
SIZES = {
    "films": {"users": 300, "items": 200, "acts": 40},
    "home": {"users": 2, "items": 15, "acts": 700},
}


class Tower:
    """What the tables are compared with: a perceptron from the trained vectors to the values of one variable.

    It learns ``p(c | u, i)`` from the vectors of user and item and their product, by cross-entropy on the known
    behaviours, until the likelihood of every tenth of them falls. ``p(c | u)`` is that of the tables.
    """

    def __init__(self, ranking: EventRanking, tables: VariableTables, users: Tensor, items: Tensor) -> None:
        self.tables, self.users, self.items = tables, users, items
        codes = ranking.log.codes(ranking.zone)[tables.variable.name]
        known = np.flatnonzero(codes >= 0)
        who, what, value = (torch.from_numpy(array[known]) for array in (ranking.log.users, ranking.log.items, codes))
        torch.manual_seed(0)
        self.net = nn.Sequential(nn.Linear(3 * users.shape[1], 64), nn.ReLU(), nn.Linear(64, tables.variable.size))
        soft = torch.from_numpy(tables.kernel).float()
        optimiser = torch.optim.Adam(self.net.parameters(), lr=3e-3, weight_decay=1e-4)
        held = torch.rand(len(value), generator=torch.Generator().manual_seed(0)) < 0.1
        best, kept, patience = np.inf, self.net.state_dict(), 0
        while patience < 3:
            for some in torch.split((~held).nonzero()[:, 0][torch.randperm(int((~held).sum()))], 256):
                optimiser.zero_grad()
                nn.functional.cross_entropy(self._logits(who[some], what[some]), soft[value[some]]).backward()
                optimiser.step()
            with torch.no_grad():
                loss = float(nn.functional.cross_entropy(self._logits(who[held], what[held]), soft[value[held]]))
            patience += 1
            if loss < best:
                best, patience = loss, 0
                kept = {name: array.clone() for name, array in self.net.state_dict().items()}
        self.net.load_state_dict(kept)

    def _logits(self, who: Tensor, what: Tensor) -> Tensor:
        user, item = self.users[who], self.items[what]
        found: Tensor = self.net(torch.cat([user, item, user * item], 1))
        return found

    @torch.no_grad()
    def terms(self, ranking: EventRanking) -> Scores:
        """Return its part for the behaviours of a ranking, as :meth:`EventRanking.terms` does."""
        found, every = np.zeros_like(ranking.base), torch.arange(len(self.items))
        for user, mine, rows, wanted in ranking.by_visit(self.tables.variable.name):
            done = mine.codes[mine.codes >= 0]
            counts = self.tables.counts(np.zeros_like(done), done, 1)[0]
            share = self.tables.shrunk(counts, self.tables.everybody, self.tables.variable.shrinkage.user)
            likely = self._logits(torch.full_like(every, user), every).log_softmax(1).numpy()
            found[rows] = (likely[:, wanted] - np.log(share[wanted])).T
        return found


def of_tower(
    valid: EventRanking, test: EventRanking, chosen: Sequence[VariableTables], users: Tensor, items: Tensor, unit: float
) -> dict[str, Any]:
    """Return the figures of the test with towers for the chosen variables, weighted on validation."""
    towers = [Tower(valid, tables, users, items) for tables in chosen]
    terms = [tower.terms(valid) * np.float32(unit) for tower in towers]
    weights = [0.0] * len(towers)
    for _ in range(2):
        for n, mine in enumerate(terms):
            others = sum((w * t for m, (w, t) in enumerate(zip(weights, terms, strict=True)) if m != n), valid.base)
            tried = {w: float(valid.values(others + np.float32(w) * mine).mean()) for w in (0.0, *WEIGHTS)}
            weights[n] = max(tried, key=lambda w: tried[w])
    scores = test.base.copy()
    for weight, tower in zip(weights, towers, strict=True):
        scores += np.float32(weight * unit) * tower.terms(test)
    return compared(test.values(test.base), test.values(scores), len(test), test.k)


def measured(graph: Graph, settings: Settings, *, tower: bool = False) -> tuple[str, dict[str, dict[str, Any]]]:
    """Return what validation chose, and the figures of the test."""
    split = make_split(graph.data, settings.split, graph.schema)
    fit = Trainer(
        leak_free_training_graph(graph.data, split), split, settings.model, settings.train, torch.device("cpu")
    )
    with Bar(disable=True) as bar:
        model = train_objectives(HybridSelector(fit), bar).model
    began = time.process_time()
    chosen = choose_in_training(fit, model, graph, settings)
    seconds = time.process_time() - began
    if chosen is None or not chosen.variables:
        return f"nothing ({seconds:.1f} s)", {}
    names = ", ".join(f"{one.name} {one.weight / chosen.deviation:.3g}" for one in chosen.variables)
    repeats, zone = settings.recommend.seen, graph.schema.time_zone
    score = Scorer(model, fit.profiles, fit.pairs)
    ranked = {on: EventRanking(score, chosen.log, split, on, repeats=repeats, zone=zone, k=10) for on in HELD_OUT}
    tables = {
        on: [
            VariableTables(one, ranking.log.items, ranking.log.codes(zone)[one.name], chosen.groups)
            for one in chosen.variables
        ]
        for on, ranking in ranked.items()
    }
    shown = "; ".join(f"{one.name}: {msgspec.to_builtins(one.shrinkage)}" for one in chosen.variables)
    found = {"tables": ranked["test"].compared(tables["test"])}
    if tower:
        with torch.no_grad():
            source, items, _ = model.items()
            users = model.users(fit.profiles, torch.arange(split.shape[0]), source)
        found["tower"] = of_tower(
            ranked["valid"], ranked["test"], tables["valid"], users.detach(), items.detach(), chosen.deviation
        )
    return f"{names} ({seconds:.1f} s; {shown})", found


def show(name: str, seed: int, said: str, found: dict[str, dict[str, Any]]) -> None:
    """Print a line."""
    line = f"{name:<16} seed {seed}  chosen: {said}"
    for way, figures in found.items():
        parts = "  ".join(f"{key} {interval(figures[key], sign=key == 'gain')}" for key in ("without", "with", "gain"))
        line += f"\n{way:<16} test, {figures['events']:,} behaviours, {figures['visits']:,} visits: {parts}"
    print(line, flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="*")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--split", default="random", help="method of the split")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--tower", action="store_true", help="a learned tower instead of the tables, too")
    for name in SIZES:
        parser.add_argument(f"--{name}", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        neo4j = load_settings().neo4j
        plain = Settings(root=Path(folder), home=Path(folder), runs=Path(folder), neo4j=neo4j)
        for seed in range(asked.seeds):
            settings = plain.override("train", seed=seed, device="cpu", epochs=asked.epochs)
            settings = settings.override("split", seed=seed, method=asked.split)
            for path in asked.folders:
                graph = DataSet.at(path, {}).graph(settings.split)
                show(path.name, seed, *measured(graph, settings, tower=asked.tower))
            for name in (name for name in SIZES if getattr(asked, name)):
                again = settings.override("recommend", seen=name == "home")
                for habits in (True, False):
                    size = SIZES[name]
                    graph = graph_of(planted(**size, habits=habits, seed=seed), size["users"], size["items"])
                    show(name if habits else f"{name} by chance", seed, *measured(graph, again, tower=asked.tower))


if __name__ == "__main__":
    main()
