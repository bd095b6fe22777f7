"""``graphrec evaluate`` and ``graphrec benchmark`` on runs that lie on disk as a training leaves them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from graphrec.config.schema import Behaviour, GraphSchema
from graphrec.config.settings import SplitSettings
from graphrec.evaluation.split import Split

N_USERS, N_ITEMS = 40, 30


def lay_down(folder: Path, seed: int, noise: float) -> Split:
    """Write a run whose embeddings know two tastes, and have some noise."""
    rng = np.random.default_rng(seed)
    likes = np.arange(N_USERS)[:, None] % 2 == np.arange(N_ITEMS) % 2
    done = np.argwhere(likes & (rng.random((N_USERS, N_ITEMS)) < 0.8))
    part = rng.choice(3, size=len(done), p=[0.6, 0.2, 0.2])
    train, valid, test = (torch.from_numpy(done[part == number].T.copy()) for number in range(3))
    split = Split(train, valid, test, SplitSettings(), {}, (N_USERS, N_ITEMS))
    folder.mkdir(parents=True)
    split.save(folder / "split.safetensors")
    info = {
        "created": "2026-01-02T03:04:05+00:00",
        "state": "finished",
        "settings": {},
        "fingerprint": "0",
        "metrics": {"seconds": 1.5},
        "schema": msgspec.to_builtins(GraphSchema(behaviours={"RATED": Behaviour()})),
    }
    (folder / "run.json").write_text(json.dumps(info))
    ids = {"users": [f"u{n}" for n in range(N_USERS)], "items": [f"i{n}" for n in range(N_ITEMS)]}
    (folder / "ids.json").write_text(json.dumps(ids))
    taste = [torch.nn.functional.one_hot(torch.arange(n) % 2, 2).float() for n in (N_USERS, N_ITEMS)]
    user, item = (table + noise * torch.from_numpy(rng.normal(size=table.shape)).float() for table in taste)
    matrix = split.matrix("train")
    arrays = {"item": item}
    for view in ("heldout", "all"):
        # What everything-in would know must play no part: here it is worthless.
        arrays[f"{view}.user"] = user.contiguous() if view == "heldout" else -user
        arrays[f"{view}.indptr"] = torch.from_numpy(matrix.indptr.astype(np.int64))
        arrays[f"{view}.indices"] = torch.from_numpy(matrix.indices.astype(np.int64))
    save_file(arrays, folder / "embeddings.safetensors")
    return split


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of two runs; no database."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GRAPHREC_CONFIG", raising=False)
    monkeypatch.setenv("GRAPHREC_RUNS", str(tmp_path / "runs"))
    lay_down(tmp_path / "runs" / "20260101-000000-aaaa", seed=0, noise=2.0)
    lay_down(tmp_path / "runs" / "20260102-000000-bbbb", seed=1, noise=0.1)
    return tmp_path / "runs"


def test_evaluate_measures_the_newest_run_on_test(runs: Path, run: Callable[..., Any]) -> None:
    result = run("evaluate", "--json")
    assert result.exit_code == 0, result.stderr
    data = json.loads(result.stdout)
    folder = runs / "20260102-000000-bbbb"
    split = Split.load(folder / "split.safetensors")
    assert (data["runId"], data["on"]) == (folder.name, "test")
    assert data["users"] == len(split.test[0].unique())
    # Nothing but the own taste's 15 items scores high, and what is not held out of them is masked or never done.
    assert data["metrics"]["recall@20"]["mean"] == 1
    assert 0.5 < data["metrics"]["ndcg@10"]["low"] < data["metrics"]["ndcg@10"]["mean"] < 1
    assert json.loads((folder / "evaluation.json").read_text())["test"]["metrics"] == data["metrics"]
    assert f"{data['users']} users, 30 items" in result.stderr
    assert not (runs / "20260101-000000-aaaa" / "evaluation.json").exists()


def test_evaluate_keeps_both_parts_and_can_be_asked_for_a_run_and_lengths(runs: Path, run: Callable[..., Any]) -> None:
    name = "20260101-000000-aaaa"
    assert run("evaluate", name).exit_code == 0
    result = run("evaluate", name, "--on", "valid", "-k", "5", "-k", "3")
    assert result.exit_code == 0, result.stderr
    header, *rows = [line.split("\t") for line in result.stdout.splitlines()]
    assert header == ["metric", "mean", "low", "high"]
    assert {row[0] for row in rows} >= {"ndcg@3", "ndcg@5", "novelty@5", "coverage@3"}
    stored = json.loads((runs / name / "evaluation.json").read_text())
    assert stored.keys() == {"test", "valid"}
    assert "ndcg@10" in stored["test"]["metrics"]
    assert "ndcg@5" in stored["valid"]["metrics"]
    shown = {row[0]: row[1] for row in rows}
    assert shown["ndcg@5"] == f"{stored['valid']['metrics']['ndcg@5']['mean']:.4f}"


def test_evaluate_the_tail(runs: Path, run: Callable[..., Any]) -> None:
    folder = runs / "20260102-000000-bbbb"
    split = Split.load(folder / "split.safetensors")
    done = split.matrix("train").sum(axis=0)
    limit = int(np.median(done))
    result = run("evaluate", "--tail", limit, "--json")
    assert result.exit_code == 0, result.stderr
    data = json.loads(result.stdout)
    rare = torch.from_numpy(done <= limit)[split.test[1]]
    assert 0 < int(rare.sum()) < len(rare)
    assert data["users"] == len(split.test[0, rare].unique())
    assert (data["tail"], data["among"]) == (limit, "all")
    assert f"test tail {limit}, {data['users']} users" in result.stderr
    run("evaluate")
    stored = json.loads((folder / "evaluation.json").read_text())
    assert stored.keys() == {"test", f"test tail {limit}"}
    assert stored[f"test tail {limit}"]["metrics"] == data["metrics"]
    assert stored["test"]["metrics"] != data["metrics"]


def test_evaluate_cold_items(runs: Path, run: Callable[..., Any]) -> None:
    folder = runs / "20260102-000000-bbbb"
    split = Split.load(folder / "split.safetensors")
    cold = {"valid": torch.arange(20, 25), "test": torch.arange(25, 30)}
    pairs = torch.cat([split.train, split.valid, split.test], dim=1)
    parts = [pairs[:, (pairs[1] >= low) & (pairs[1] < high)] for low, high in ((0, 20), (20, 25), (25, 30))]
    settings = SplitSettings(method="cold-item")
    Split(parts[0], parts[1], parts[2], settings, {}, split.shape, cold).save(folder / "split.safetensors")
    result = run("evaluate", "--json", "-k", "3")
    assert result.exit_code == 0, result.stderr
    among_cold = json.loads(result.stdout)
    assert among_cold["among"] == "cold"
    assert "5 cold items" in result.stderr
    among_all = json.loads(run("evaluate", "--json", "-k", "3", "--among", "all").stdout)
    assert among_all["among"] == "all"
    # Of 5 cold items 2 or 3 are of the user's taste; among all, the training items of that taste crowd in.
    assert among_cold["metrics"]["recall@3"]["mean"] == 1
    assert among_all["metrics"]["recall@3"]["mean"] < 1
    assert json.loads((folder / "evaluation.json").read_text()).keys() == {"test", "test among all"}


def test_benchmark_puts_the_run_beside_its_peers(runs: Path, run: Callable[..., Any]) -> None:
    result = run("benchmark", "--peers", "popularity,itemknn", "--json")
    assert result.exit_code == 0, result.stderr
    data = json.loads(result.stdout)
    assert [row["model"] for row in data] == ["20260102-000000-bbbb", "popularity", "itemknn"]
    assert data[0]["seconds"] == 1.5
    assert data[1]["difference"]["low"] > 0, "the run knows the tastes, popularity does not"
    assert data[2]["setting"].keys() == {"k", "shrinkage"}
    evaluated = json.loads(run("evaluate", "--json").stdout)
    assert data[0]["metrics"] == evaluated["metrics"], "both commands measure alike"


def test_benchmark_as_markdown(runs: Path, run: Callable[..., Any]) -> None:
    result = run("benchmark", "20260101-000000-aaaa", "--peers", "popularity", "--markdown")
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0].startswith("| model | ndcg@10 |")
    assert lines[2].startswith("| 20260101-000000-aaaa |")
    assert lines[3].startswith("| popularity |")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("evaluate", "20260101-000000-aaab"), "did you mean '20260101-000000-aaaa'"),
        (("benchmark", "--peers", "light"), "no peer 'light'"),
        (("evaluate", "--on", "train"), "'train' is not one of"),
        (("evaluate", "-k", "0"), "0 is not in the range"),
        (("evaluate", "--tail", "0"), "no test pair has an item of at most 0 training pairs"),
        (("evaluate", "--among", "cold"), "no cold items"),
    ],
)
def test_wrong_questions_leave_one_message(runs: Path, run: Callable[..., Any], args: Any, message: str) -> None:
    result = run(*args)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""
    assert not list(runs.glob("*/evaluation.json"))


def test_no_run_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Callable[..., Any]) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRAPHREC_RUNS", str(tmp_path / "none"))
    result = run("evaluate")
    assert result.exit_code == 2
    assert "is this the right folder? `graphrec load` begins" in result.stderr
