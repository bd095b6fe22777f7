"""The training curve: from a run's records of its epochs, while it trains too."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from graphrec.common.errors import InputError
from graphrec.config.settings import Settings
from graphrec.runs.begin import new_run
from graphrec.runs.curve import training_curve
from graphrec.runs.run import Run
from graphrec.runs.run_info import FINISHED

pytest.importorskip("matplotlib")


def record(objective: str, epoch: int, ndcg: float) -> str:
    return json.dumps({"objective": objective, "epoch": epoch, "loss": 9.0 / epoch, "ndcg@10": ndcg, "recall@10": 0.1})


@pytest.fixture
def begun(settings: Settings) -> Run:
    """A run in training, its fourth epoch half written."""
    run = new_run(settings.runs, {"settings": {}, "metrics": {}})
    lines = [record("mse", 1, 0.2), record("softmax", 1, 0.1), record("softmax", 2, 0.3), record("softmax", 2, 0.35)]
    text = "\n".join([*lines, record("softmax", 3, 0.25), record("softmax", 4, 0.4)[:20]])
    (run.path / "metrics.jsonl").write_text(text, encoding="utf-8")
    return run


def texts(path: Path) -> list[str]:
    return [node.text or "" for node in ElementTree.parse(path).iter() if node.tag.endswith("text")]


def test_each_epoch_counts_once_and_the_last_word_of_it(begun: Run):
    curve = training_curve(begun)
    assert {name: [(r["epoch"], r["ndcg@10"]) for r in epochs] for name, epochs in curve.items()} == {
        "mse": [(1, 0.2)],
        "softmax": [(1, 0.1), (2, 0.35), (3, 0.25)],
    }


def test_the_command_draws_a_run_in_training_and_a_finished_one(begun: Run, run: Callable[..., Any], tmp_path: Path):
    drawn = run("runs", "plot")
    assert drawn.exit_code == 0, drawn.stderr
    assert drawn.stdout.strip() == str(begun.path / "curve.svg")
    said = texts(begun.path / "curve.svg")
    assert f"graphrec, run {begun.run_id}" in said
    assert "validation ndcg@10" in said
    assert "softmax: best epoch 2, 0.3500" in said
    assert "mse: best epoch 1, 0.2000" in said
    assert not [text for text in said if "whole model" in text]
    begun.update(state=FINISHED, metrics={"ndcg@10": 0.375})
    assert run("runs", "plot", begun.run_id, "--out", tmp_path / "a.svg").exit_code == 0
    assert "whole model: 0.3750" in texts(tmp_path / "a.svg")
    assert run("runs", "plot", begun.run_id, "--out", tmp_path / "a.png").exit_code == 0
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_what_cannot_be_drawn_is_named(begun: Run, run: Callable[..., Any], tmp_path: Path):
    for arguments, message in (
        (("plot", "absent"), "no run 'absent'"),
        (("plot", "--out", tmp_path / "a.pdf"), "is neither .svg nor .png"),
        (("plot", "--out", tmp_path / "none" / "a.svg"), "there is no folder"),
    ):
        left = run("runs", *arguments)
        assert left.exit_code == 2
        assert message in left.stderr
    file = begun.path / "metrics.jsonl"
    file.write_text('{"epoch": 1}\n', encoding="utf-8")
    with pytest.raises(InputError, match="line 1: not the record of an epoch"):
        training_curve(begun)
    file.write_text('{"epo', encoding="utf-8")
    with pytest.raises(InputError, match="no finished epoch yet"):
        training_curve(begun)
