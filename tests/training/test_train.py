"""Training on the made catalogue in a real Neo4j: it learns, it repeats itself, it can be stopped and goes on."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import torch
from safetensors.torch import load_file

from graphrec.cli import main as command_line
from graphrec.cli.commands.train import FUSIONS, SPLITS
from graphrec.common.errors import ConfigError, LeakageError, TrainingError
from graphrec.common.files import write_json
from graphrec.config.settings import ContentSettings, Settings, SplitSettings
from graphrec.db.database import Database, connect
from graphrec.evaluation.ranking import evaluate_split
from graphrec.evaluation.split import check_leakage, make_split, training_graph
from graphrec.publishing.publish import publish
from graphrec.runs.run import Run
from graphrec.runs.store import list_runs, open_run
from graphrec.training.checkpoint import TrainingState, load_checkpoint, save_checkpoint
from graphrec.training.run_files import Trained
from graphrec.training.train import pick_device, train

from graphrec.graph.hetero import load_graph  # isort: skip

READERS = """
UNWIND range(0, 59) AS u
CREATE (r:`Big Reader` {code: u})
"""
BOOKS = """
UNWIND range(0, 39) AS b
MERGE (a:Author {name: 'author ' + toString(b % 8)})
CREATE (:Book {isbn: 'i' + toString(b), name: 'book ' + toString(b)})-[:WRITTEN_BY]->(a)
"""
# A reader reads the books of every second shelf, so that tastes are plain.
BORROWED = """
MATCH (r:`Big Reader`), (b:Book)
WHERE toInteger(substring(b.isbn, 1)) % 2 = r.code % 2 AND (toInteger(substring(b.isbn, 1)) + r.code) % 3 > 0
CREATE (r)-[:BORROWED {on: date('2024-01-01') + duration({days: toInteger(substring(b.isbn, 1))})}]->(b)
"""
MAPPING = """
[graph.user]
label = "Big Reader"
key = "code"
[graph.item]
label = "Book"
key = "isbn"
title = "name"
[graph.behaviours.BORROWED]
time = "on"
[model]
dim = 8
[train]
epochs = 8
batch = 16
loss = "softmax"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("library")


@pytest.fixture(scope="module")
def library(scratch_home: Path, folder: Path, project_at: Any, empty: Any) -> Iterator[tuple[Settings, Database]]:
    """A graph of readers and books that graphrec did not load, and its mapping."""
    (folder / "graphrec.toml").write_text(MAPPING, encoding="utf-8")
    with project_at(folder, scratch_home) as settings, connect(settings) as db:
        empty(db)
        for query in (READERS, BOOKS, BORROWED):
            db.write(query)
        yield settings, db


@pytest.fixture(scope="module")
def trained(library: tuple[Settings, Database]) -> Trained:
    settings, db = library
    return train(db, settings)


def epochs(run: Run) -> list[dict[str, float]]:
    lines = (run.path / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    return [{k: v for k, v in json.loads(line).items() if k != "seconds"} for line in lines]


def test_a_foreign_graph_trains_without_being_touched(library: tuple[Settings, Database], trained: Trained):
    _, db = library
    run = trained.run
    assert run.finished
    assert run.users == list(range(60))
    assert sorted(run.items) == sorted(f"i{b}" for b in range(40))
    assert run.schema.knowledge == ("WRITTEN_BY",)
    held = db.read("MATCH (n) UNWIND keys(n) AS key RETURN DISTINCT labels(n)[0] AS label, key")
    assert {(r["label"], r["key"]) for r in held} == {
        ("Big Reader", "code"), ("Book", "isbn"), ("Book", "name"), ("Author", "name"),
    }  # fmt: skip


def test_it_learns_the_planted_taste(trained: Trained):
    run = trained.run
    report = evaluate_split(lambda users: run.scores(users, "heldout"), run.split, "test")
    chance = evaluate_split(lambda users: torch.rand(len(users), 40), run.split, "test")
    assert report.interval("ndcg@10")[0] > chance.interval("ndcg@10")[1]
    losses = [e["loss"] for e in epochs(run)]
    assert losses[-1] < losses[0]


def test_the_run_keeps_what_later_stages_need(trained: Trained):
    run = trained.run
    # The epochs know nothing of the similar edges, which may count nothing in the end.
    assert run.metrics["ndcg@10"] >= max(e["ndcg@10"] for e in epochs(run)) - 1e-6
    assert run.seen("all").nnz > run.seen("heldout").nnz
    assert run.seen("heldout").nnz == run.split.train.shape[1]
    weights = load_file(run.path / "weights.safetensors")
    assert weights["source"].shape == (40, 8)
    assert any((run.path / "tb").iterdir())
    assert run.info["behaviours"].keys() == {"BORROWED"}


def test_same_seed_same_numbers_other_seed_others(library: tuple[Settings, Database], trained: Trained):
    settings, db = library
    again = train(db, settings).run
    other = train(db, settings.override("train", seed=5)).run
    assert epochs(again) == epochs(trained.run)
    assert torch.equal(again.embeddings("all")[0], trained.run.embeddings("all")[0])
    assert epochs(other) != epochs(trained.run)


def test_what_another_version_began_is_not_gone_on_with(tmp_path: Path):
    save_checkpoint(tmp_path / "checkpoint.pt", [TrainingState("softmax")])
    kept = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    torch.save(kept | {"version": "0"}, tmp_path / "checkpoint.pt")
    with pytest.raises(TrainingError, match="another version"):
        load_checkpoint(tmp_path / "checkpoint.pt")


def test_resumed_after_an_interruption_is_as_never_interrupted(
    library: tuple[Settings, Database], trained: Trained, checkpoint_stays: Any
):
    settings, db = library
    with checkpoint_stays():
        partial = train(db, settings.override("train", epochs=3)).run
    # As a kill in the third epoch leaves it: a checkpoint, and no end.
    stand = load_checkpoint(partial.path / "checkpoint.pt")
    assert stand[0].epoch == 3
    stand[0].done = False
    save_checkpoint(partial.path / "checkpoint.pt", stand)
    info = partial.settings
    info["train"]["epochs"] = 8
    partial.update(settings=info, state="training")
    resumed = train(db, settings, partial).run
    assert resumed.path == partial.path
    assert not (resumed.path / "checkpoint.pt").exists()
    assert epochs(resumed) == epochs(trained.run)
    assert torch.equal(resumed.embeddings("heldout")[0], trained.run.embeddings("heldout")[0])


@pytest.mark.long
def test_ctrl_c_keeps_the_best_so_far_and_resume_goes_on(library: tuple[Settings, Database], interrupted: Any):
    settings, _ = library
    known = {run.run_id for run in list_runs(settings, finished=False)}
    # Patience as large as the epochs: it would never end by itself.
    file = settings.root / "graphrec.toml"
    file.write_text(MAPPING.replace("[train]", "[train]\npatience = 100000"), encoding="utf-8")

    def trains() -> bool:
        new = [run for run in list_runs(settings, finished=False) if run.run_id not in known]
        return bool(new) and (new[0].path / "checkpoint.pt").exists()

    try:
        stopped = interrupted(trains, "train", "--epochs", "100000")
    finally:
        file.write_text(MAPPING, encoding="utf-8")
    assert stopped.exit_code == 130, stopped.stderr
    assert "Traceback" not in stopped.stderr
    run = next(r for r in list_runs(settings) if r.run_id not in known)
    assert run.info["interrupted"]
    # Least squares and popularity may count or not.
    assert run.embeddings("all")[0].shape in {(60, d) for d in (9, 10, 17, 18)}
    assert run.run_id in stopped.stderr
    assert run.run_id in stopped.stdout

    # Published as it is, then trained to an end: what is published next is the new weights, and their measure.
    with connect(settings) as db:
        assert publish(db, run, 3).outcome == "written"
        before = run.embeddings("all")[1]
        write_json(run.path / "evaluation.json", {"test": "of the old weights"})
        train_settings = run.settings["train"] | {"epochs": run.metrics["epoch"] + 40}
        run.update(settings=run.settings | {"train": train_settings})
        with pytest.raises(SystemExit) as left:
            command_line.main(["train", "--resume"])
        assert left.value.code == 0
        resumed = open_run(settings, run.run_id)
        assert not resumed.resumable
        assert "evaluation" not in resumed.metrics
        assert not torch.equal(resumed.embeddings("all")[1], before)
        assert publish(db, resumed, 3).outcome == "written"


def test_the_command_tells_the_network_from_the_whole_model_and_what_all_of_it_took(
    library: tuple[Settings, Database], run: Any
):
    said = run("train", "--epochs", "3")
    assert said.exit_code == 0, said.stderr
    # One figure alone is called the best: the network's, by epoch.
    (line,) = [line for line in said.stderr.splitlines() if "best epoch" in line]
    assert line.startswith("softmax: best epoch ")
    assert "best validation" not in said.stderr
    assert line.endswith("(network alone)")
    assert "validation of the whole model: network, SIMILAR edges and ALS" in said.stderr
    assert re.search(r"the whole command took \d+\.\d s, \d+\.\d s of processor time", said.stderr)
    told = json.loads(run("train", "--epochs", "1", "--json").stdout)
    assert 0 < told["processor"] <= told["command"]["processor"]
    assert 0 < told["wall"] <= told["command"]["wall"]


def test_a_best_first_or_last_epoch_is_said(library: tuple[Settings, Database], run: Any):
    still = run("train", "--epochs", "3", "--lr", "1e-9")
    assert still.exit_code == 0, still.stderr
    assert "softmax: the first epoch is the best" in still.stderr
    short = run("train", "--epochs", "1")
    assert "validation still improved in the last epoch: more --epochs may help (now 1)" in short.stderr
    assert "the first epoch is the best" not in short.stderr


def test_a_finished_run_cannot_be_resumed(library: tuple[Settings, Database], trained: Trained):
    settings, db = library
    with pytest.raises(TrainingError, match="has finished"):
        train(db, settings, trained.run)


def test_a_changed_graph_cannot_be_resumed(library: tuple[Settings, Database], trained: Trained):
    settings, db = library
    run = train(db, settings.override("train", epochs=1)).run
    run.update(state="training")
    db.write("CREATE (:`Big Reader` {code: 60})")
    try:
        with pytest.raises(TrainingError, match="the graph has changed"):
            train(db, settings, run)
    finally:
        db.write("MATCH (r:`Big Reader` {code: 60}) DELETE r")


def test_a_diverging_loss_is_named(library: tuple[Settings, Database]):
    settings, db = library
    before = set(settings.runs.iterdir()) if settings.runs.exists() else set()
    with pytest.raises(TrainingError, match="loss became") as error:
        train(db, settings.override("train", lr=1e30, loss="mse"))
    assert "lower [train] lr" in str(error.value)
    assert set(settings.runs.iterdir()) == before  # no unfinished run is left that nothing can continue


def test_nothing_to_validate_on(library: tuple[Settings, Database]):
    settings, db = library
    with pytest.raises(TrainingError, match="validation"):
        train(db, settings.override("split", valid=0.0))


def test_cuda_where_there_is_none():
    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device here")
    with pytest.raises(ConfigError, match="--device cuda"):
        pick_device("cuda")
    assert pick_device("auto") == torch.device("cpu")


@pytest.mark.parametrize("method", ["random", "user-time", "global-time", "cold-item"])
def test_no_split_leaks(library: tuple[Settings, Database], method: str):
    settings, db = library
    graph = load_graph(db, settings.graph)
    split = make_split(graph.data, settings.override("split", method=method).split, graph.schema)
    assert split.test.shape[1] > 0
    check_leakage(training_graph(graph.data, split), split)
    with pytest.raises(LeakageError):
        check_leakage(graph.data, split)


@pytest.mark.long
def test_weights_and_biases_offline(library: tuple[Settings, Database], monkeypatch: pytest.MonkeyPatch):
    settings, _ = library
    # Its own process: Weights & Biases starts threads and warns as it likes.
    env = os.environ | {"WANDB_MODE": "offline", "WANDB_SILENT": "true"}
    command = [sys.executable, "-m", "graphrec", "train", "--epochs", "2", "--wandb", "library", "--json"]
    done = subprocess.run(command, cwd=settings.root, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    path = Path(json.loads(done.stdout)["path"])
    assert list(path.glob("wandb/offline-run-*/*.wandb"))


def test_the_command_offers_what_the_settings_take():
    for offered, struct, name in ((SPLITS, SplitSettings, "method"), (FUSIONS, ContentSettings, "fusion")):
        assert offered == get_args(get_type_hints(struct)[name])


def test_the_command_refuses_bad_values(run, settings: Settings, db: Database):
    left = run("train", "--epochs", "0")
    assert (left.exit_code, left.stdout) == (2, "")
    assert "epochs = 0" in left.stderr
    left = run("train", "--resume", "--epochs", "3")
    assert left.exit_code == 2
    assert "--epochs 3: a resumed training keeps" in left.stderr
    left = run("train", "--resume", "--fusion", "gate")
    assert left.exit_code == 2
    assert "--fusion gate: a resumed training keeps" in left.stderr
    left = run("train", "--split-seed", "-1")
    assert left.exit_code == 2
    left = run("train", "--resume")
    assert left.exit_code == 2
    assert "was interrupted" in left.stderr
    left = run("train", "--resume", "nonsense")
    assert left.exit_code == 2
    assert "no run 'nonsense'" in left.stderr
    left = run("train")
    assert left.exit_code == 2
    assert "graphrec load" in left.stderr
