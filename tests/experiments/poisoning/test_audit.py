"""The whole audit of a small run on files: graphrec and a peer under attack, and nothing of the run changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphrec.common.errors import InputError
from graphrec.datasets.folder import DataSet
from graphrec.experiments.benchmark.trainings import trainings
from graphrec.experiments.options import FAKES, WAYS
from graphrec.experiments.poisoning.audit import Plan
from graphrec.experiments.poisoning.report import about, audit_run, tables
from graphrec.poisoning.attacks import KINDS
from graphrec.poisoning.defences import DEFENCES
from graphrec.runs.store import read_run

N_USERS, N_ITEMS = 60, 24
FAST = '[train]\nsuspicious = "leave out"\nrefit = true\nepochs = 3\nlr = 0.02\ndevice = "cpu"\n[model]\ndim = 8\n'


def test_the_options_name_what_there_is() -> None:
    assert FAKES == KINDS
    assert ("keep", *WAYS) == DEFENCES


def test_an_audit_measures_and_changes_nothing(project_at: Any, tmp_path: Path) -> None:
    (tmp_path / "graphrec.toml").write_text(FAST, encoding="utf-8")
    files = tmp_path / "films"
    files.mkdir()
    rng = np.random.default_rng(0)
    lines = ["user_id:token\titem_id:token\ttimestamp:float"]
    for user in range(N_USERS):
        mine = rng.permutation(np.arange(user % 2, N_ITEMS, 2))[:8]
        lines += [f"u{user}\ti{item}\t{1000 + at}" for at, item in enumerate(mine)]
    (files / "films.inter").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with project_at(tmp_path, tmp_path / "home") as settings:
        found = DataSet.at(files, {})
        (run,) = trainings(found, found.graph(settings.split), settings, 1)
        before = {path.name: path.stat().st_mtime_ns for path in run.path.iterdir()}
        plan = Plan(("bandwagon",), (0.1,), ("leave out",), targets=1)
        data = audit_run(run, settings, plan, ["ease"], model=True)
        assert {path.name: path.stat().st_mtime_ns for path in run.path.iterdir()} == before
        private = read_run(run.path.parent, run.run_id)
        private.info["privacy"] = {"epsilon": 1.0}
        with pytest.raises(InputError, match="differential privacy"):
            audit_run(private, settings, plan, [], model=True)
    assert run.info["suspicious"] == {"how": "leave out", "flagged": 0}
    assert [row["system"] for row in data["hits"]] == ["ease", "graphrec"]
    assert data["hits"][0]["rank keep"] < data["hits"][0]["rank before"]
    assert data["clean"]["users"] == N_USERS
    assert 0 <= data["detection"][0]["recall"] <= 1
    assert len(tables(data)) == 3
    assert run.run_id in about(data)
