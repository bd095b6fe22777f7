"""A project with two published runs, and what shows that a user is gone and nobody else has changed."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.evaluation.ranking import Report, evaluate_split
from graphrec.evaluation.reports import save_reports
from graphrec.publishing.publish import publish
from graphrec.runs.run import Run
from graphrec.runs.store import open_run
from graphrec.training.train import train

TOML = """
[graph]
social = ["FRIEND_OF"]
[graph.behaviours.SEARCHED]
target = false
[graph.behaviours.BROWSED]
[graph.behaviours.PURCHASED]
[split]
method = "user-time"
[train]
epochs = 4
lr = 0.02
"""
USERS, ITEMS = 70, 40
#: Metrics that look at nobody but the user; novelty asks how many people did an item.
OWN = ("recall@10", "precision@10", "hit@10", "ndcg@10", "mrr@10", "map@10")
COUNTED = """
MATCH (run:Run {state: 'ready'})
RETURN run.runId AS run, run.users AS users, run.links AS links,
  COUNT { MATCH (:User)-[r:RECOMMENDED {runId: run.runId}]->() } AS linksThere,
  COUNT { MATCH (u:User) WHERE u['embedding' + run.slot] IS NOT NULL } AS usersThere
"""


class Project(NamedTuple):
    """A project with two published runs, and the next user to be forgotten."""

    settings: Settings
    db: Database
    runs: list[str]
    users: Iterator[str]

    def run(self, number: int = -1) -> Run:
        """Return one of the two, read anew."""
        return open_run(self.settings, self.runs[number])


@pytest.fixture(scope="module")
def project(
    sample_project: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory, checkpoint_stays: Any
) -> Iterator[Project]:
    folder = tmp_path_factory.mktemp("forget")
    with sample_project(folder, TOML, users=USERS, items=ITEMS) as (settings, db):
        db.write(
            """
            MATCH (u:User)
            WITH u ORDER BY u.userId
            WITH collect(u) AS users
            UNWIND range(0, size(users) - 1) AS k
            WITH users[k] AS one, users[(k + 7) % size(users)] AS other
            CREATE (one)-[:FRIEND_OF]->(other)
            """
        )
        with checkpoint_stays():
            first = train(db, settings).run
        shutil.copy(first.path / "checkpoint.pt", first.path / "kept.pt")  # the next training removes it
        second = train(db, settings.override("split", method="random").override("train", seed=1)).run
        for run in (first, second):
            publish(db, run, 10, settings=settings)
        _figures(second)
        timed = {second.users[user] for user in second.split.test[0].tolist()}
        yield Project(settings, db, [first.run_id, second.run_id], iter(sorted(timed)))


def _figures(run: Run) -> None:
    """Keep figures of single users as a benchmark does."""
    (run.path / "benchmark").mkdir()
    save_reports(run.path / "benchmark" / "peer-0.npz", {"test": report_of(run)}, {"name": "peer"})


def report_of(run: Run) -> Report:
    return evaluate_split(lambda users: run.scores(users, "heldout"), run.split, "test")


def arrays_of(run: Run) -> dict[str, torch.Tensor]:
    return {
        f"{path.name}: {name}": tensor
        for path in sorted(run.path.glob("*.safetensors"))
        for name, tensor in load_file(path).items()
    }


def others_of(db: Database, user: str) -> list[tuple[str, ...]]:
    """Return all of the database but one user and what the runs count."""
    rows = db.read(
        """
        MATCH (n)
        WHERE NOT n:Run AND coalesce(n.userId <> $user, true)
        OPTIONAL MATCH (n)-[r]->(m)
        WHERE coalesce(m.userId <> $user, true)
        RETURN elementId(n) AS node, properties(n) AS properties, elementId(r) AS edge, properties(r) AS says
        ORDER BY node, edge
        """,
        user=user,
    )
    return [tuple(map(repr, row.values())) for row in rows]


def digests_of(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def nothing_of(project: Project, user: str) -> None:
    """Look for a user without anything of what forgets them."""
    assert project.db.read("MATCH (u:User {userId: $user}) RETURN u", user=user) == []
    for path in project.settings.root.rglob("*"):
        source = path.parent == project.settings.root or path.suffix in {".safetensors", ".pt", ".npz", ".png", ".wav"}
        if path.is_file() and not source:
            assert user.encode() not in path.read_bytes(), path


def runs_count_right(db: Database) -> None:
    rows = db.read(COUNTED)
    assert len(rows) >= 2
    for row in rows:
        assert (row["users"], row["links"]) == (row["usersThere"], row["linksThere"])


def only_this_place_changed(before: dict[str, torch.Tensor], now: dict[str, torch.Tensor], place: int) -> None:
    assert before.keys() == now.keys()
    for name, old in before.items():
        new, last = now[name], re.split("[. ]", name)[-1]
        if name in {"split.safetensors: train", "split.safetensors: valid", "split.safetensors: test"}:
            assert torch.equal(new, old[:, old[0] != place])
        elif name in {"split.safetensors: cutoff.user", "embeddings.safetensors: all.user"} or last == "user":
            others = torch.arange(len(old)) != place
            assert torch.equal(new[others], old[others])
            assert not (new[place] == old[place]).all()
        elif f"{name.removesuffix(last)}indptr" in before and "similar" not in name and not name.startswith("parts."):
            # Lists: everybody else's are as they were.
            starts = [arrays[f"{name.removesuffix(last)}indptr"] for arrays in (before, now)]
            assert len(starts[0]) == len(starts[1])
            if last != "indptr":
                cut = [torch.tensor_split(values, at[1:-1]) for values, at in zip((old, new), starts, strict=True)]
                assert len(cut[1][place]) == 0 < len(cut[0][place])
                assert all(torch.equal(*both) for n, both in enumerate(zip(*cut, strict=True)) if n != place)
        else:
            assert torch.equal(new, old), name


def only_this_user_is_out(before: Report, now: Report, place: int) -> None:
    others = before.users != place
    assert np.array_equal(now.users, before.users[others])
    for name in OWN:
        assert np.array_equal(now.per_user[name], before.per_user[name][others])
