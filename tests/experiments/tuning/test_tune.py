"""Tuning on small graphs in a real Neo4j: what is written is what was measured; Ctrl-C loses nothing."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphrec.config.settings import Settings, load_settings
from graphrec.content.embed import embed
from graphrec.db.database import Database, connect
from graphrec.experiments.tuning.fusions import FusionSpace
from graphrec.experiments.tuning.tune import Found, tune
from graphrec.training.train import train

BOOKS = """
UNWIND range(0, 119) AS b
MERGE (a:Author {name: 'author ' + toString(b % 7)})
CREATE (:Book {isbn: b, name: 'book ' + toString(b)})-[:WRITTEN_BY]->(a)
"""
# A reader reads most books of two shelves in twelve.
READERS = """
UNWIND range(0, 79) AS u
CREATE (r:Reader {code: u})
WITH r
MATCH (b:Book)
WHERE b.isbn % 12 IN [r.code % 12, (5 * r.code + 1) % 12] AND (b.isbn / 12 + 7 * r.code) % 5 > 0
CREATE (r)-[:BORROWED]->(b)
"""
MAPPING = """\
# The library on the corner.
[graph.user]
label = "Reader"
key = "code"
[graph.item]
label = "Book"
key = "isbn"
title = "name"

[model]
dim = 8      # small

[train]
epochs = 6
batch = 32
lr = 0.0005  # much too low
patience = 2
"""


@pytest.fixture(scope="module")
def library(
    scratch_home: Path, tmp_path_factory: pytest.TempPathFactory, project_at: Any, empty: Any
) -> Iterator[tuple[Settings, Database]]:
    """Books whose text tells the shelf, and whose sound tells nothing."""
    folder = tmp_path_factory.mktemp("library")
    (folder / "graphrec.toml").write_text(MAPPING, encoding="utf-8")
    with project_at(folder, scratch_home) as settings, connect(settings) as db:
        empty(db)
        for query in (BOOKS, READERS):
            db.write(query)
        rng = np.random.default_rng(0)
        np.save(folder / "text.npy", np.eye(12)[np.arange(120) % 12] + 0.3 * rng.standard_normal((120, 12)))
        np.save(folder / "audio.npy", rng.standard_normal((120, 128)))
        embed(db, settings, vectors={name: folder / f"{name}.npy" for name in ("text", "audio")})
        yield settings, db


@pytest.fixture
def mapped(library: tuple[Settings, Database]) -> Path:
    """The project's file as it was at first, and no studies."""
    root = library[0].root
    for study in root.glob("reports/*"):
        study.unlink()
    file = root / "graphrec.toml"
    file.write_text(MAPPING, encoding="utf-8")
    return file


@pytest.mark.long
def test_what_is_written_is_what_was_measured(library: tuple[Settings, Database], mapped: Path, run: Any):
    settings, db = library
    options = ("tune", "--trials", 8, "--only", "lr,dim,hops,dropout")
    left = run(*options, "--json")
    assert left.exit_code == 0, left.stderr
    found = json.loads(left.stdout)
    assert found["metric"] == "valid ndcg@10"
    assert found["trials"] == 8 >= found["whole"] >= 5
    assert found["best"]["valid"] > found["now"]["valid"]
    assert found["now"]["choice"]["train.lr"] == 0.0005
    assert found["written"] == str(mapped)
    text = mapped.read_text()
    for comment in ("# The library on the corner.", "# small", "# much too low"):
        assert comment in text
    tuned = load_settings()
    assert tuned.graph == settings.graph
    assert tuned.train.lr == found["best"]["choice"]["train.lr"]
    # The project's own training comes to the same figure, and so did one of what stood there.
    assert train(db, tuned).run.metrics["ndcg@10"] == found["best"]["valid"]
    assert train(db, settings).run.metrics["ndcg@10"] == found["now"]["valid"]


@pytest.mark.long
def test_the_same_command_goes_on(library: tuple[Settings, Database], mapped: Path, run: Any):
    first = json.loads(run("tune", "--trials", 5, "--dry-run", "--json").stdout)
    assert first["written"] is None
    assert mapped.read_text() == MAPPING
    again = run("tune", "--trials", 5, "--dry-run", "--json")
    assert json.loads(again.stdout) == first
    assert "/5" not in again.stderr  # nothing is trained
    more = run("tune", "--trials", 6)
    assert "6/6" in more.stderr
    assert "5/6" not in more.stderr
    header, metric, *rows = (line.split("\t") for line in more.stdout.splitlines())
    assert header == ["setting", "now", "best"]
    assert metric[0] == "valid ndcg@10"
    assert float(metric[1]) <= float(metric[2])
    assert {row[0] for row in rows} >= {"train.loss", "train.lr", "model.dim", "model.content", "model.knowledge"}
    assert len(list(mapped.parent.glob("reports/tune-*.journal"))) == 1


@pytest.mark.long
def test_a_changed_graph_begins_anew(library: tuple[Settings, Database], mapped: Path, run: Any):
    _, db = library
    options = ("tune", "--trials", 2, "--only", "lr", "--dry-run", "--json")
    first = json.loads(run(*options).stdout)
    db.write("MATCH (r:Reader {code: 0}), (b:Book {isbn: 3}) CREATE (r)-[:BORROWED]->(b)")
    second = json.loads(run(*options).stdout)
    db.write("MATCH (:Reader {code: 0})-[e:BORROWED]->(:Book {isbn: 3}) DELETE e")
    assert second["study"] != first["study"]
    assert json.loads(run(*options).stdout) == first
    other = json.loads(run(*options, "--split", "cold-item").stdout)
    assert other["study"] not in (first["study"], second["study"])


def test_the_next_step_is_of_the_split_that_was_searched_under(
    library: tuple[Settings, Database], mapped: Path, run: Any
):
    found = run("tune", "--trials", 6, "--only", "lr", "--split", "cold-item")
    assert found.exit_code == 0, found.stderr
    assert "lr = 0.0005" not in mapped.read_text()
    assert "[split]" not in mapped.read_text()
    assert "next: graphrec train --split cold-item" in found.stderr
    # Nothing beats the best of the same trials.
    again = run("tune", "--trials", 1, "--only", "lr", "--split", "cold-item")
    assert again.exit_code == 0, again.stderr
    assert "no trial beats the current settings" in again.stderr


def goes_on_after(folder: Path, trials: int) -> bool:
    """Whether a study has finished so many trials, and has begun another thing since."""
    for study in folder.glob("reports/*.journal"):
        steps = [json.loads(line) for line in study.read_text().split("\n")[:-1]]
        done = [n for n, step in enumerate(steps) if (step["op_code"], step.get("state")) == (6, 1)]  # a trial's values
        return len(done) >= trials and len(steps) > done[trials - 1] + 1
    return False


def trials_of(said: str) -> list[str]:
    """Return what a search said of each trial: the line after ``3/500  ``. Signs of progress may stand between them."""
    return [line.split("  ", 1)[1] for line in said.splitlines() if re.match(r"\d+/\d+  ", line)]


@pytest.mark.long
def test_ctrl_c_keeps_the_finished_trials(library: tuple[Settings, Database], mapped: Path, run: Any, interrupted: Any):
    stopped = interrupted(lambda: goes_on_after(mapped.parent, 3), "tune", "--trials", 500, "--seed", 1)
    assert stopped.exit_code == 130, stopped.stderr
    assert "the finished trials are kept" in stopped.stderr
    assert mapped.read_text() == MAPPING
    kept = trials_of(stopped.stderr)
    left = run("tune", "--trials", len(kept) + 1, "--seed", 1, "--dry-run")
    assert left.exit_code == 0, left.stderr
    assert f"{len(kept) + 1}/{len(kept) + 1}" in left.stderr
    assert len(trials_of(left.stderr)) == 1
    # A search that nobody stopped is the same one.
    (study,) = mapped.parent.glob("reports/*.journal")
    study.unlink()
    whole = run("tune", "--trials", len(kept) + 1, "--seed", 1, "--dry-run")
    assert trials_of(whole.stderr)[: len(kept)] == kept


def test_sound_that_tells_nothing_gets_little_weight(library: tuple[Settings, Database], mapped: Path):
    settings, db = library
    cold = (
        settings.override("split", method="cold-item", valid=0.25, test=0.05)
        .override("train", loss="softmax", epochs=12, lr=0.01, patience=12)
        .override("model", dim=16, neighbours=0, knowledge=False, similar=False)
    )
    found = weigh(db, cold, 12)
    assert found.now.choice == {"train.loss": "softmax", "content.fusion": "mean"}
    assert (found.best.value or 0) > (found.now.value or 0) + 0.03
    assert set(found.changes) == {"content.fusion", "content.weights"}
    assert found.changes["content.fusion"] == "weighted"
    assert found.changes["content.weights"]["text"] >= 0.7


def weigh(db: Database, settings: Settings, trials: int) -> Found:
    return tune(db, settings, lambda s, data: FusionSpace(s, data, ["weighted"]), name="content-tune", trials=trials)


@pytest.mark.long
def test_the_weights_are_written_and_fuse_anew(library: tuple[Settings, Database], mapped: Path, run: Any):
    _, db = library
    mapped.write_text(MAPPING + '\n[content]\nfusion = "weighted"\nweights = { audio = 9.0, text = 0.0 }  # loud\n')
    left = run("content", "tune", "--trials", 7, "--seeds", 2, "--json")
    assert left.exit_code == 0, left.stderr
    found = json.loads(left.stdout)
    assert found["now"]["choice"]["content.weights"] == {"text": 0.0, "audio": 9.0}
    assert found["best"]["valid"] > found["now"]["valid"]
    assert "graphrec embed" in left.stderr
    tuned = load_settings()
    assert tuned.content.fusion == found["best"]["choice"]["content.fusion"]
    assert "lr = 0.0005  # much too low" in mapped.read_text()
    before = db.read("MATCH (b:Book {isbn: 0}) RETURN b.contentEncoder AS made")
    assert run("embed").exit_code == 0
    assert db.read("MATCH (b:Book {isbn: 0}) RETURN b.contentEncoder AS made") != before


def test_wrong_input_is_refused_before_anything_is_trained(
    library: tuple[Settings, Database], mapped: Path, run: Any, monkeypatch: pytest.MonkeyPatch
):
    for options, said in (
        (("tune", "--only", "dropuot"), "'dropout'"),
        (("content", "tune", "--only", "gait"), "'gate'"),
        (("tune", "--trials", "0"), "--trials"),
        (("tune", "--budget", "0"), "--budget"),
        (("tune", "--seed", "-1"), "seed = -1"),
        (("tune", "--split", "published"), "split"),
    ):
        left = run(*options)
        assert (left.exit_code, left.stdout) == (2, ""), options
        assert said in left.stderr, options
        assert "Traceback" not in left.stderr
    _, db = library
    db.write("MATCH (b:Book) SET b.kept = b.audioVector REMOVE b.audioVector")
    left = run("content", "tune")
    db.write("MATCH (b:Book) SET b.audioVector = b.kept REMOVE b.kept")
    assert (left.exit_code, "nothing to weigh" in left.stderr) == (2, True)
    assert not list(mapped.parent.glob("reports/*"))
    for package in ("optuna", "tomlkit"):
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, package, None)
            left = run("tune")
        assert left.exit_code == 2
        assert f"{package}, which is not installed" in left.stderr
        assert "pip install 'graphrec[tune]'" in left.stderr
