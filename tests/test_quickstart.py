"""The whole way in one command, in a process of its own, and the planted tastes at the end of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphrec.datasets.sample import Sample, write_sample
from graphrec.db import queries
from graphrec.db.database import Database, connect

STAGES = ["neo4j", "sample", "load", "embed", "train", "evaluate", "publish", "recommend"]


class Done:
    """One finished quickstart: what it said, where it ran, the database it left."""

    def __init__(self, folder: Path, home: Path, db: Database) -> None:
        self.folder, self.db = folder, db
        command = [sys.executable, "-m", "graphrec", "quickstart", "--json"]
        # It inherits the environment: a fresh project in the working directory, on the server of the tests.
        self.result = subprocess.run(command, capture_output=True, text=True, check=False)
        assert self.result.returncode == 0, self.result.stderr
        self.said: dict[str, Any] = json.loads(self.result.stdout)
        self.sample: Sample = write_sample(home / "sample")  # complete already: only its truth is read

    def counts(self) -> Counter[str]:
        """Return how many nodes of each label and relationships of each type there are, runs left out."""
        nodes = self.db.read("MATCH (n) WHERE NOT n:Run UNWIND labels(n) AS name RETURN name, count(*) AS n")
        types = self.db.read(
            "MATCH ()-[r]->() WHERE NOT type(r) IN ['RECOMMENDED', 'SIMILAR'] RETURN type(r) AS name, count(*) AS n"
        )
        return Counter({row["name"]: row["n"] for row in [*nodes, *types]})


@pytest.fixture(scope="module")
def done(scratch_home: Path, tmp_path_factory: pytest.TempPathFactory, project_at: Any, empty: Any) -> Iterator[Done]:
    folder = tmp_path_factory.mktemp("project")
    with project_at(folder, scratch_home) as settings, connect(settings) as db:
        empty(db)
        yield Done(folder, scratch_home, db)


def test_every_stage_has_a_header_and_a_time(done: Done) -> None:
    assert list(done.said["seconds"]) == STAGES
    headers = [line.split()[1].rstrip(":") for line in done.result.stderr.splitlines() if line.startswith("──")]
    assert headers == STAGES
    for name in STAGES:
        assert f"   {name} took " in done.result.stderr


def test_what_is_printed_is_what_cypher_returns(done: Done) -> None:
    query = queries.load("query/recommend")
    assert len(done.said["recommendations"]) == 2
    for user, rows in done.said["recommendations"].items():
        found = [dict(row) for row in done.db.read(query, user=user, k=5)]
        assert len(rows) == 5
        assert [(row["title"], row["item"]) for row in rows] == [(row["title"], row["item"]) for row in found]
        assert {row["runId"] for row in rows} == {done.said["runId"]}


def test_planted_tastes_are_found_again(done: Done) -> None:
    links = done.db.read(
        "MATCH (u:User)-[r:RECOMMENDED]->(i:Item) WHERE r.rank <= 10 RETURN u.userId AS user, i.itemId AS item"
    )
    assert len(links) == 10 * len(done.sample.user_taste)
    hits = [done.sample.item_taste[row["item"]] in done.sample.tastes_of(row["user"]) for row in links]
    chance = np.mean([len(done.sample.tastes_of(user)) for user in done.sample.user_taste]) / 6
    assert np.mean(hits) > 3 * chance, f"{np.mean(hits):.3f} against {chance:.3f} by chance"


def test_nothing_done_already_is_recommended(done: Done) -> None:
    row = done.db.read("MATCH (u:User)-[:RECOMMENDED]->(i)<-[:PURCHASED|BROWSED|SEARCHED]-(u) RETURN count(*) AS n")
    assert row[0]["n"] == 0


@pytest.mark.parametrize(
    ("vector", "least"), [("contentVector", 0.8), ("textVector", 0.6), ("imageVector", 0.8), ("audioVector", 0.8)]
)
def test_content_neighbours_share_the_taste(done: Done, vector: str, least: float) -> None:
    rows = done.db.read(
        f"MATCH (i:Item) WHERE i.{vector} IS NOT NULL RETURN i.itemId AS item, i.{vector} AS vector ORDER BY item"
    )
    matrix = np.array([row["vector"] for row in rows])
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    near = matrix @ matrix.T - 2 * np.eye(len(matrix))
    tastes = np.array([done.sample.item_taste[row["item"]] for row in rows])
    assert (tastes[near.argmax(1)] == tastes).mean() > least


def test_the_metrics_are_the_evaluated_ones(done: Done) -> None:
    stored = json.loads((done.folder / "runs" / done.said["runId"] / "evaluation.json").read_text(encoding="utf-8"))
    assert done.said["metrics"]["ndcg@10"] == stored["test"]["metrics"]["ndcg@10"]["mean"]
    assert done.said["metrics"]["ndcg@10"] > 0.1


def test_doing_it_again_changes_no_data_and_shows_people_a_table(done: Done, run: Any) -> None:
    before = done.counts()
    again = run("quickstart", "--epochs", "1")
    assert again.exit_code == 0, again.stderr
    assert done.counts() == before
    assert again.stdout.splitlines()[:2] == ["for user u001", "rank\titem\ttitle\tscore"]
    assert "next:\n  graphrec recommend u001" in again.stderr


@pytest.mark.usefixtures("done")
def test_bad_requests(run: Any) -> None:
    for arguments, message in [
        (("--data", "absent"), "no such folder"),
        (("--data", ".", "--download", "ml-100k"), "exclude each other"),
        (("--epochs", "0"), "0 is not in the range"),
    ]:
        result = run("quickstart", *arguments)
        assert result.exit_code == 2, result.stderr
        assert message in result.stderr
