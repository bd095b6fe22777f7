"""What several interests of a user are worth: ``python tests/benchmarks/interests.py PROJECT``.

PROJECT is a folder with a graphrec.toml and a finished run, its database running. Users are folded into the newest run
by what they did in training, and asked for with one interest and with several:

1. Made users: the histories of two users put together, of different planted tastes where the project holds the made
   catalogue (``graphrec quickstart``), else of any two. How many lists hold both (items of both tastes, or hits of
   both users), and the NDCG@10 of what is held out of both.
2. The users themselves: NDCG@10, and how far the items of a list lie apart (1 minus the mean cosine) by content and by
   knowledge.

All with paired 95 % intervals against one interest.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows it by
from numpy.typing import NDArray
from scipy.sparse import csr_array
from torch import Tensor

from graphrec.common.pyg import HeteroData
from graphrec.config.settings import load_settings
from graphrec.datasets.sample import TRUTH
from graphrec.evaluation.metrics import bootstrap, percentiles
from graphrec.evaluation.ranking import Report, evaluate
from graphrec.experiments.benchmark.run_graph import Source
from graphrec.experiments.late_fusion.components import side_components
from graphrec.graph.history import Interaction
from graphrec.model import UserItemCSR
from graphrec.runs.run import Run
from graphrec.runs.store import open_run
from graphrec.serving.fold_in import Folder
from graphrec.serving.multi_interest import RankedItems, grouped, multi_interest_lists

K, METRIC, MOST, PAIRS = 10, "ndcg@10", (2, 3), 400
#: Items of a taste from which a list is said to hold it.
HELD = 3


@dataclass(frozen=True)
class Users:
    """Some users: what they did, what is masked (csr), what is to be found (csr), and of which two they are made."""

    histories: list[list[Interaction]]
    seen: csr_array
    truth: csr_array
    pairs: NDArray[np.int64] | None = None


class Bench:
    """A run, its training graph, and the planted tastes where there are any."""

    def __init__(self, run: Run, data: HeteroData, planted: dict[str, dict[str, str]] | None) -> None:
        self.run, self.data, self.folder = run, data, Folder(run)
        self.seen, self.truth = csr_array(run.split.seen("test")), csr_array(run.split.matrix("test"))
        self.histories = histories(run, data)
        self.likeness = {part.name: F.normalize(part.table, dim=1) for part in side_components(run, data)}
        self.user, self.item = None, None
        if planted is not None:
            second = set(planted["second_taste"])
            self.user = np.array(["" if key in second else planted["user_taste"][key] for key in run.users])
            self.item = np.array([planted["item_taste"][key] for key in run.items])

    def themselves(self) -> Users:
        """Return the users who have something to be found."""
        users = np.flatnonzero(np.diff(self.truth.indptr))
        return Users([self.histories[u] for u in users], self.seen[users], self.truth[users])

    def made(self, seed: int = 0) -> Users:
        """Return users made of two, each of one taste."""
        able = np.flatnonzero((np.diff(self.truth.indptr) > 0) & (True if self.user is None else self.user != ""))
        drawn = np.random.default_rng(seed).choice(able, (20 * PAIRS, 2))
        tastes = drawn if self.user is None else self.user[drawn]
        pairs = drawn[tastes[:, 0] != tastes[:, 1]][:PAIRS]
        seen = csr_array(((self.seen[pairs[:, 0]] + self.seen[pairs[:, 1]]) > 0).astype(np.float32))
        truth = csr_array(((self.truth[pairs[:, 0]] + self.truth[pairs[:, 1]]) > 0).astype(np.float32))
        truth = csr_array(truth - truth.multiply(seen))
        truth.eliminate_zeros()
        return Users([self.histories[a] + self.histories[b] for a, b in pairs], seen, truth, pairs)

    def lists(self, users: Users, most: int) -> tuple[list[RankedItems], float]:
        """Return the users' lists, and the share of the users who have more than one interest."""
        profiles, done = self.folder.profiles(users.histories)
        seen = UserItemCSR(torch.from_numpy(users.seen.indptr).long(), torch.from_numpy(users.seen.indices).long())
        more = float((grouped(self.folder, profiles, most)[1] > 1).float().mean())
        return multi_interest_lists(self.folder, profiles, done, K, most, without=seen), more

    def holds_both(self, users: Users, lists: Sequence[RankedItems]) -> dict[str, NDArray[np.float64]]:
        """Return whether each list holds both tastes, or hits of both users, as 0 or 1."""
        if users.pairs is None:
            return {}
        fewer = np.array([self._fewer(pair, one.items.numpy()) for pair, one in zip(users.pairs, lists, strict=True)])
        if self.user is None:
            return {"hits of both": (fewer > 0).astype(float)}
        return {"both tastes": (fewer > 0).astype(float), f"{HELD} or more of both": (fewer >= HELD).astype(float)}

    def _fewer(self, pair: NDArray[np.int64], items: NDArray[np.int64]) -> int:
        if self.user is not None and self.item is not None:
            return min(int((self.item[items] == self.user[one]).sum()) for one in pair)
        return min(int(self.truth[[one]].toarray()[0, items].sum()) for one in pair)

    def apart(self, lists: Sequence[RankedItems]) -> dict[str, NDArray[np.float64]]:
        """Return how far the items of each list lie apart, by all that is known of items."""
        return {
            f"apart by {name}": np.array([_apart(table[one.items]) for one in lists])
            for name, table in self.likeness.items()
        }


def histories(run: Run, data: HeteroData) -> list[list[Interaction]]:
    """Return what everybody did in a training graph."""
    found: list[list[Interaction]] = [[] for _ in run.users]
    for kind in data.edge_types:
        if (kind[0], kind[2]) == ("user", "item"):
            edges = data[kind]
            ends = edges.edge_index.tolist()
            for user, item, weight, time in zip(*ends, edges.edge_weight.tolist(), edges.time.tolist(), strict=True):
                found[user].append(Interaction(run.items[item], kind[1], weight, time))
    return found


def judged(users: Users, lists: Sequence[RankedItems]) -> Report:
    """Return the figures of lists."""

    def score(rows: Tensor) -> Tensor:
        scores = torch.full((len(rows), users.truth.shape[1]), -1.0)
        for row, user in enumerate(rows.tolist()):
            items = lists[user].items
            scores[row, items] = torch.arange(len(items), 0, -1).float()
        return scores

    return evaluate(score, users.seen, users.truth, ks=(K,))


def _apart(vectors: Tensor) -> float:
    n = len(vectors)
    return float(1 - ((vectors @ vectors.T).sum() - vectors.square().sum()) / max(n * (n - 1), 1))


def figures(bench: Bench, users: Users, most: int) -> tuple[dict[str, NDArray[np.float64]], float]:
    """Return figure → a value a user, and the share of the users who have more than one interest."""
    lists, more = bench.lists(users, most)
    told = judged(users, lists)
    found: dict[str, NDArray[np.float64]] = {METRIC: told.per_user[METRIC]}
    return found | bench.holds_both(users, lists) | bench.apart(lists), more


def say(bench: Bench, users: Users, name: str) -> None:
    """Print all figures of some users."""
    one, _ = figures(bench, users, 1)
    for figure, values in one.items():
        print(f"{name}, {len(users.histories)} users  one interest  {figure:<20} {values.mean():.4f}")
    for most in MOST:
        other, more = figures(bench, users, most)
        print(f"{name}, up to {most} interests: {more:.1%} have more than one")
        for figure, values in other.items():
            difference = (values - one[figure])[:, None]
            low, high = percentiles(bootstrap(difference, 0), 0.95)
            mean = float(difference.mean())
            print(f"    {figure:<20} {values.mean():.4f}  {mean:+.4f} [{low[0]:+.4f}, {high[0]:+.4f}]")


def measure(run: Run, data: HeteroData, planted: dict[str, Any] | None) -> None:
    """Measure and print."""
    bench = Bench(run, data, planted)
    say(bench, bench.made(), "made of two")
    say(bench, bench.themselves(), "themselves")


def main(project: Path) -> None:
    """Read the project, then measure."""
    settings = load_settings(project / "graphrec.toml")
    run = open_run(settings)
    source = Source(run, settings)
    if source.data is None:
        sys.exit(source.missing)
    truth = settings.home / "sample" / TRUTH
    planted = json.loads(truth.read_text(encoding="utf-8"))["truth"] if truth.is_file() else None
    measure(run, source.data, planted)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
