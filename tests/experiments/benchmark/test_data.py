"""``graphrec benchmark --data``: published files as they are, and what Neo4j would have made of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array, save_npz

from graphrec.config.settings import Settings, SplitSettings
from graphrec.datasets.folder import DataSet
from graphrec.datasets.sample import write_sample
from graphrec.db.database import Database
from graphrec.graph.hetero import load_graph
from graphrec.runs.begin import new_run
from graphrec.runs.run_info import FINISHED
from graphrec.runs.store import open_run
from tests.same_graph import assert_same

FAST = "[train]\nepochs = 2\n[model]\ndim = 8\n"
PUBLISHED = SplitSettings(method="published")


@pytest.fixture
def offline(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A project of quick trainings that points at a Neo4j that is not there: whatever asks for one fails."""
    monkeypatch.setenv("NEO4J_URI", "bolt://127.0.0.1:1")
    (settings.root / "graphrec.toml").write_text(FAST, encoding="utf-8")
    return settings


def adjacency(folder: Path, users: int = 30, items: int = 20) -> Path:
    """Write LightGCN's files: user u likes the items of its own remainder by 2, and one of them is for the test."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    train, test = [], []
    for user in range(users):
        liked = rng.permutation(np.arange(user % 2, items, 2))[:7]
        train.append(" ".join(map(str, [user, *liked[:6]])))
        test.append(f"{user} {liked[6]}")
    (folder / "train.txt").write_text("\n".join(train) + "\n", encoding="utf-8")
    (folder / "test.txt").write_text("\n".join(test) + "\n", encoding="utf-8")
    return folder


def mmrec(folder: Path) -> Path:
    """Write an .inter with its split and times, and vectors of the items, of which one is zeros."""
    folder.mkdir()
    rows = ["userID\titemID\tweight\ttimestamp\tx_label"]
    rng = np.random.default_rng(0)
    for user in range(12):
        for place, item in enumerate(rng.permutation(15)[:6]):
            rows.append(f"{user}\t{item}\t{1 + place}\t{1000 - place}\t{max(0, place - 3)}")
    (folder / "x.inter").write_text("\n".join(rows) + "\n", encoding="utf-8")
    vectors = rng.normal(size=(15, 4)).astype(np.float32)
    vectors[3] = 0
    np.save(folder / "text_feat.npy", vectors)
    return folder


def recbole(folder: Path) -> Path:
    """Write the made catalogue: items, triples, links, times."""
    folder.mkdir()
    write_sample(folder, users=40, items=30)
    return folder


def matrices(folder: Path) -> Path:
    folder.mkdir()
    for name, pairs in (("train", [(0, 0), (0, 1), (2, 0)]), ("valid", [(2, 1)]), ("test", [(0, 2)])):
        users, items = zip(*pairs, strict=True)
        save_npz(folder / f"{name}.npz", csr_array((np.ones(len(pairs)), (users, items)), shape=(3, 4)))
    return folder


@pytest.mark.parametrize(
    ("write", "source", "split"),
    [
        (adjacency, "lightgcn", PUBLISHED),
        (mmrec, "mmrec", PUBLISHED),
        (mmrec, "mmrec", SplitSettings(method="user-time")),
        (matrices, "mmrec", PUBLISHED),
        (recbole, "atomic", SplitSettings(seed=3)),
        (recbole, "atomic", SplitSettings(method="cold-item")),
    ],
)
def test_the_graph_is_that_which_neo4j_gives_back(
    settings: Settings, db: Database, run: Any, write: Any, source: str, split: SplitSettings
) -> None:
    folder = write(settings.root / "set")
    assert run("load", source, folder).exit_code == 0
    vectors = folder / "text_feat.npy"
    if vectors.is_file():
        left = run("embed", "--vectors", f"text={vectors}")
        assert left.exit_code == 0, left.stderr
    assert_same(DataSet.at(folder, {}).graph(split), load_graph(db, settings.graph, split), split)


def test_the_split_is_that_of_the_files_unless_another_is_asked_for(tmp_path: Path) -> None:
    found = DataSet.at(adjacency(tmp_path / "a"), {})
    assert found.split(SplitSettings(), None).method == "published"
    # The property in graphrec.toml is one of the project's own graph.
    for method in (None, "published"):
        assert found.split(SplitSettings(method="published", property="fold"), method) == PUBLISHED
    assert found.split(SplitSettings(), "random").method == "random"
    found = DataSet.at(recbole(tmp_path / "b"), {})
    assert found.split(SplitSettings(method="user-time"), None).method == "user-time"
    assert found.split(PUBLISHED, None).method == "random"


@pytest.mark.long
def test_a_benchmark_without_neo4j_and_once_more(tmp_path: Path, offline: Settings, run: Any) -> None:
    folder = adjacency(tmp_path / "set")
    asked = ("benchmark", "--data", folder, "--peers", "popularity,ease", "--trials", 2, "--seeds", 2, "--json")
    first = run(*asked)
    assert first.exit_code == 0, first.stderr
    own, *peers = json.loads(first.stdout)
    assert [row["model"] for row in peers] == ["popularity", "ease"]
    assert len(own["seeds"]) == 2
    assert own["metrics"]["ndcg@10"]["mean"] == pytest.approx(np.mean(own["seeds"]))
    assert own["model"] in own["verdict"] or "wins" in own["verdict"]

    again = run(*asked)
    assert again.stdout == first.stdout
    assert "seed 0: trained already" in again.stderr
    assert "seed 1: trained already" in again.stderr
    trained = open_run(offline, own["model"])
    assert trained.data == {"folder": str(folder), "vectors": {}}
    assert len(trained.users) == 30
    assert trained.split.test.shape[1] == 30

    left = run("evaluate", own["model"])
    assert left.exit_code == 0, left.stderr
    left = run("benchmark", own["model"], "--peers", "none", "--ablations", "no-similar", "--json")
    assert left.exit_code == 0, left.stderr
    assert [row["variant"] for row in json.loads(left.stdout)[1:]] == ["full", "no-similar"]


@pytest.mark.long
def test_knowledge_and_ablations_from_files(tmp_path: Path, offline: Settings, run: Any) -> None:
    folder = recbole(tmp_path / "set")
    asked = ("benchmark", "--data", folder, "--split", "user-time", "--trials", 1, "--markdown")
    left = run(*asked, "--peers", "cease", "--ablations", "no-knowledge")
    assert left.exit_code == 0, left.stderr
    assert "| cease |" in left.stdout
    assert "skipped" not in left.stdout
    assert "| no-knowledge |" in left.stdout


@pytest.mark.long
def test_an_interrupted_benchmark_goes_on(tmp_path: Path, offline: Settings, run: Any, interrupted: Any) -> None:
    settings = offline
    (settings.root / "graphrec.toml").write_text("[train]\nepochs = 400\npatience = 400\n", encoding="utf-8")
    asked = ("benchmark", "--data", adjacency(tmp_path / "set"), "--peers", "none", "--json")
    left = interrupted(lambda: list(settings.runs.glob("*/checkpoint.pt")), *asked)
    assert left.exit_code == 130, left.stderr
    assert "the same command continues" in left.stderr
    (begun,) = settings.runs.iterdir()
    left = run(*asked)
    assert left.exit_code == 0, left.stderr
    assert json.loads(left.stdout)[0]["model"] == begun.name
    assert [path.name for path in settings.runs.iterdir()] == [begun.name]


def test_a_run_of_files_is_published_by_its_name_alone(settings: Settings, run: Any) -> None:
    made = new_run(settings.runs, {"state": FINISHED, "data": {"folder": "/set", "vectors": {}}})
    left = run("publish")
    assert left.exit_code == 2
    assert f"the newest run, {made.run_id}, was trained on the files in /set" in left.stderr


def test_wrong_folders_leave_one_message(tmp_path: Path, settings: Settings, run: Any) -> None:
    known = adjacency(tmp_path / "known")
    empty = tmp_path / "empty"
    empty.mkdir()
    both = mmrec(tmp_path / "both")
    (both / "train.txt").write_text("0 1\n", encoding="utf-8")
    line = adjacency(tmp_path / "line")
    (line / "train.txt").write_text("0 1 2\n1 x\n", encoding="utf-8")
    lonely = adjacency(tmp_path / "lonely")
    (lonely / "test.txt").unlink()
    untested = mmrec(tmp_path / "untested")
    text = (untested / "x.inter").read_text(encoding="utf-8").replace("\t2\n", "\t1\n")
    (untested / "x.inter").write_text(text, encoding="utf-8")
    damaged = mmrec(tmp_path / "damaged")
    (damaged / "text_feat.npy").write_bytes(b"nothing")
    for arguments, messages in (
        (("--data", tmp_path / "none"), ("none: no such folder", "check the path")),
        (("--data", known / "train.txt"), ("train.txt: not a folder", "check the path")),
        (("--data", empty), ("no known data set; it holds nothing", "train.txt")),
        (("--data", both), ("several data sets: train.txt (LightGCN), x.inter (MMRec)", "keep the files of one")),
        (("--data", line), ("train.txt:2, column item: 'x'", "fix or remove")),
        (("--data", lonely), ("has no test.txt", "graphrec load")),
        (("--data", untested), ("has no test part, only train, valid", "--split random")),
        (("--data", damaged), ("text_feat.npy", "")),
        (("--data", known, "--split", "user-time"), ("needs the time of every behaviour", "method = 'random'")),
        (("--data", known, "--vectors", "text=none.npy"), ("there is no file", "none.npy")),
        (("--data", known, "20260101-000000-0000"), ("leave out '20260101-000000-0000'", "--data")),
        (("--split", "random"), ("--split and --vectors need --data", "")),
    ):
        left = run("benchmark", *arguments)
        assert left.exit_code == 2, (arguments, left.stderr)
        assert all(message in left.stderr for message in messages), left.stderr
        assert "Traceback" not in left.stderr
    assert not settings.runs.exists()
