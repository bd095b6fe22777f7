"""MovieLens-100K, stage by stage, as a user would go: load, embed, train, evaluate, compare, publish, ask."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graphrec.cli import main as cli
from graphrec.config.settings import Settings
from graphrec.db.database import Database, connect
from graphrec.evaluation.ranking import evaluate_split, paired_bootstrap
from graphrec.experiments.baselines.base import BaselineInputs
from graphrec.experiments.baselines.lightgcn import LightGCN
from graphrec.experiments.benchmark.table import ResultRow, fit_and_measure
from graphrec.runs.run import Run
from graphrec.runs.store import open_run


def do(*arguments: object) -> None:
    """Run one command, which must succeed."""
    with pytest.raises(SystemExit) as left:
        cli.main([str(a) for a in arguments])
    assert left.value.code == 0, arguments


def shortened(source: Path, target: Path) -> Path:
    """Copy the media of the items with the beginning of each description, which says enough and is read much sooner."""
    header, *rows = source.read_text(encoding="utf-8").splitlines()
    assert header.split("\t")[-1] == "description"
    cut = [head + "\t" + text[:200] for head, _, text in (row.rpartition("\t") for row in rows)]
    target.write_text("\n".join([header, *cut]) + "\n", encoding="utf-8")
    return target


@pytest.fixture(scope="module")
def project(
    movielens_home: Path, shared_data: Path, tmp_path_factory: pytest.TempPathFactory, project_at: Any
) -> Iterator[tuple[Settings, Database]]:
    """A project whose graph is loaded, embedded, trained on, evaluated and published."""
    data = shared_data / "ml-100k"
    folder = tmp_path_factory.mktemp("movielens")
    media = shortened(data / "media.tsv", folder / "media.tsv")
    with project_at(folder, movielens_home) as settings:
        do("load", "atomic", data, "--media", media, "--media-root", data.parent, "--names", data / "entity_names.tsv")
        do("embed", "--image", "classical")
        do("train", "--seed", 0)
        do("evaluate")
        do("publish")
        with connect(settings) as db:
            yield settings, db


@pytest.fixture(scope="module")
def trained(project: tuple[Settings, Database]) -> Run:
    return open_run(project[0])


@pytest.fixture(scope="module")
def ours(trained: Run) -> ResultRow:
    return ResultRow("ours", evaluate_split(lambda users: trained.scores(users, "heldout"), trained.split, "test"))


def test_everything_arrived(project: tuple[Settings, Database], trained: Run):
    _, db = project
    (row,) = db.read("MATCH (:User)-[r:RATED]->(:Item) RETURN count(r) AS n")
    assert row["n"] == 100_000
    (row,) = db.read("MATCH (i:Item) RETURN count(i.textVector) AS t, count(i.imageVector) AS p, count(*) AS n")
    assert (row["n"], row["p"]) == (1682, 1661)
    assert row["t"] >= 1676
    assert (len(trained.users), len(trained.items)) == (943, 1682)


@pytest.mark.parametrize("peer", ["popularity", "itemknn"])
def test_it_beats(peer: str, trained: Run, ours: ResultRow):
    other = fit_and_measure(peer, trained.split, 0)
    _, low, _ = paired_bootstrap(ours.report, other.report, "ndcg@10")
    assert low > 0


def test_it_beats_lightgcn(trained: Run, ours: ResultRow):
    """A setting that is strong on this split; ``graphrec benchmark`` searches for the strongest."""
    split = trained.split
    setting = {"layers": 3, "regularisation": 1e-3, "dim": 64, "lr": 0.02}
    peer = LightGCN(BaselineInputs(split.matrix("train")))
    fitted = peer.fit(setting, 0, lambda score: evaluate_split(score, split, "valid", ks=(10,)).mean("ndcg@10"))
    other = evaluate_split(fitted.score, split, "test")
    assert other.mean("ndcg@10") > 0.30  # a LightGCN worth beating
    _, low, _ = paired_bootstrap(ours.report, other, "ndcg@10")
    assert low > 0


def test_the_evaluation_is_in_the_run(trained: Run, ours: ResultRow):
    stored = trained.metrics["evaluation"]["test"]["metrics"]["ndcg@10"]["mean"]
    assert stored == pytest.approx(ours.report.mean("ndcg@10"))


def test_recommendations_come_with_titles_and_without_what_was_rated(
    project: tuple[Settings, Database], run: Any, monkeypatch: pytest.MonkeyPatch
):
    settings, db = project
    monkeypatch.setenv("GRAPHREC_HOME", str(settings.home))
    monkeypatch.chdir(settings.root)
    left = run("recommend", "196", "--json")
    assert left.exit_code == 0, left.stderr
    rows = json.loads(left.stdout)
    assert len(rows) == 10
    assert all(row["title"] for row in rows)
    rated = {r["i"] for r in db.read("MATCH (:User {userId: '196'})-[:RATED]->(i) RETURN i.itemId AS i")}
    assert not rated & {row["item"] for row in rows}


def test_search_finds_by_meaning(project: tuple[Settings, Database], run: Any, monkeypatch: pytest.MonkeyPatch):
    settings, _ = project
    monkeypatch.setenv("GRAPHREC_HOME", str(settings.home))
    monkeypatch.chdir(settings.root)
    left = run("search", "toys that come alive, animated", "--json")
    assert left.exit_code == 0, left.stderr
    assert "Toy Story" in {row["title"] for row in json.loads(left.stdout)}
