"""A benchmark that goes on: after a peer's process has died, after Ctrl-C, from what was kept."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from graphrec.common.errors import InputError, TrainingError
from graphrec.evaluation.split import Split
from graphrec.experiments.baselines.base import BaselineInputs
from graphrec.experiments.benchmark.compare import fit_apart
from graphrec.experiments.benchmark.results_cache import load_result, result_path, save_result
from graphrec.experiments.benchmark.table import ResultRow, fit_and_measure
from graphrec.experiments.isolated import own_peak
from graphrec.runs.layout import FIGURES

RUN = "20260101-000000-abcd"


@pytest.fixture
def project(planted: Split, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a run of the planted split; returns the folder in which the run's peers are kept."""
    folder = tmp_path / "runs" / RUN
    folder.mkdir(parents=True)
    planted.save(folder / "split.safetensors")
    draw = torch.Generator().manual_seed(0)
    user, item = (torch.randn(n, 4, generator=draw) for n in planted.shape)
    save_file({"heldout.user": user, "item": item}, folder / "embeddings.safetensors")
    info = {"created": "2026-01-01", "state": "finished", "device": "cuda", "metrics": {"seconds": 3.0, "wall": 12.5}}
    (folder / "run.json").write_text(json.dumps(info), encoding="utf-8")
    monkeypatch.delenv("GRAPHREC_CONFIG", raising=False)
    monkeypatch.setenv("GRAPHREC_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return folder / FIGURES


def install(code: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the library behind BPR be one that does this when it is imported."""
    (folder / "lib" / "implicit").mkdir(parents=True)
    (folder / "lib" / "implicit" / "__init__.py").write_text(code, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(folder / "lib"))
    monkeypatch.syspath_prepend(folder / "lib")  # a spawned process has its parent's path


def test_a_peer_whose_process_dies_is_a_line_and_the_others_are_compared(
    project: Path, tmp_path: Path, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("implicit")
    command = ("benchmark", "--peers", "popularity,bpr,ease", "--trials", 2, "--json")
    install("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", tmp_path, monkeypatch)
    left = run(*command)
    assert left.exit_code == 0, left.stderr
    own, popularity, bpr, ease = json.loads(left.stdout)
    assert (own["seconds"], own["device"]) == (12.5, "cuda"), "all of the training, not its epochs alone"
    assert bpr["skipped"] == "its process was killed by signal 9: was there enough memory?"
    assert "baseline ease wins" in own["verdict"]
    assert 0 < ease["seconds"] < ease["search_seconds"]
    assert ease["device"] == "cpu"

    # Once it is mended, the same command trains what is missing, and nothing else.
    shutil.rmtree(tmp_path / "lib" / "implicit")
    left = run(*command)
    assert left.exit_code == 0, left.stderr
    again = json.loads(left.stdout)
    assert [again[1], again[3]] == [popularity, ease], "the very figures, times and memory included"
    assert "metrics" in again[2]
    assert left.stderr.count("kept in") == 2


def test_what_a_library_raises_is_the_reason(
    planted: Split, given: BaselineInputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("raise ValueError('no such instruction')", tmp_path, monkeypatch)
    with pytest.raises(TrainingError, match="ValueError: no such instruction"):
        fit_apart("bpr", planted, 0, given)


@pytest.mark.long
def test_after_an_interruption_the_same_command_goes_on(
    project: Path, tmp_path: Path, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached = tmp_path / "reached"
    install(f"import time\nopen({str(reached)!r}, 'w').close()\ntime.sleep(600)", tmp_path, monkeypatch)
    words = [sys.executable, "-m", "graphrec", "benchmark", "--peers", "popularity,bpr"]
    command = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    while not reached.exists() and command.poll() is None:
        time.sleep(0.01)
    os.killpg(command.pid, signal.SIGINT)  # as a terminal does: the peer's process is told, too
    _, errors = command.communicate(timeout=60)
    assert command.returncode == 130
    assert "the same command continues from there" in errors
    assert "Traceback" not in errors
    assert [path.name.partition("-")[0] for path in project.iterdir()] == ["popularity"]
    left = run("benchmark", "--peers", "popularity")
    assert left.exit_code == 0, left.stderr
    assert "kept in" in left.stderr


def test_what_is_kept_comes_back_whole(planted: Split, tmp_path: Path) -> None:
    entry = replace(fit_and_measure("ials", planted, 0, tries=2, seeds=2), memory=5)
    path = tmp_path / FIGURES / "ials.npz"
    assert load_result(path) is None
    save_result(path, entry)
    found = load_result(path)
    assert found is not None
    assert replace(found, report=None) == replace(entry, report=None)
    assert found.report is not None
    assert entry.report is not None
    assert found.report.to_dict() == entry.report.to_dict()
    np.testing.assert_array_equal(found.report.users, entry.report.users)
    with pytest.raises(ValueError, match="no figures"):
        save_result(path, ResultRow("ials", None, skipped="no"))
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(InputError, match="remove it"):
        load_result(path)


def test_another_question_is_kept_elsewhere(planted: Split, given: BaselineInputs) -> None:
    told: dict[str, Any] = {"seed": 0, "metric": "ndcg@10", "tries": 20, "seeds": 1}
    folder, one = Path(), given.only("content")
    other_text = BaselineInputs(given.train, content={"text": -given.content["text"]})
    places = [
        result_path(folder, "vbpr", planted, one, **told),
        result_path(folder, "bpr", planted, one, **told),
        result_path(folder, "vbpr", replace(planted, test=planted.valid), one, **told),
        result_path(folder, "vbpr", replace(planted, cold={"test": torch.tensor([1])}), one, **told),
        result_path(folder, "vbpr", planted, given.only(None), **told),
        result_path(folder, "vbpr", planted, other_text, **told),
        *(result_path(folder, "vbpr", planted, one, **told | {name: 7}) for name in told),
    ]
    assert len(set(places)) == len(places)
    assert result_path(folder, "vbpr", planted, given.only("content"), **told) == places[0]


def test_a_peer_is_given_what_it_needs_alone(given: BaselineInputs) -> None:
    knowledge = given.train.T
    whole = replace(given, knowledge=knowledge)
    assert whole.only(None) == BaselineInputs(given.train)
    assert whole.only("content") == given
    assert whole.only("knowledge") == BaselineInputs(given.train, knowledge)


def test_peak_memory_of_kernels_that_tell_and_that_do_not(tmp_path: Path) -> None:
    status = tmp_path / "status"
    status.write_text("VmPeak:\t  900 kB\nVmHWM:\t  800 kB\n", encoding="utf-8")
    assert own_peak(status) == 800 * 1024
    status.write_text("Name:\tpython\n", encoding="utf-8")
    assert own_peak(status) is None
