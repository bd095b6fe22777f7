"""The table: entries side by side, parts of users and items, what is said of them."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import sys
from dataclasses import replace
from multiprocessing import forkserver, resource_tracker
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from graphrec.common.console import note, warn
from graphrec.common.errors import ConfigError, TrainingError
from graphrec.common.markdown import markdown_table
from graphrec.common.pyg import HeteroData
from graphrec.config.settings import SplitSettings
from graphrec.evaluation.metrics import quantile_parts
from graphrec.evaluation.ranking import Report, evaluate_split
from graphrec.evaluation.reports import averaged
from graphrec.evaluation.split import Split
from graphrec.experiments.baselines.base import BaselineInputs
from graphrec.experiments.baselines.registry import BASELINES
from graphrec.experiments.benchmark.compare import fit_apart
from graphrec.experiments.benchmark.inputs import given_by
from graphrec.experiments.benchmark.report import as_data, as_rows, columns, slice_rows, verdict
from graphrec.experiments.benchmark.slices import slices
from graphrec.experiments.benchmark.table import ResultRow, fit_and_measure, measure
from graphrec.experiments.content_report.conditions import OTHER_FUSIONS
from graphrec.experiments.isolated import apart
from graphrec.experiments.options import CONDITIONS, PEERS, TUNED, check_metric, peer_names
from graphrec.experiments.tuning.space import NAMES


def entry(name: str, *values: float) -> ResultRow:
    per_user = {"ndcg@10": np.array(values)}
    return ResultRow(name, Report(np.arange(len(values)), per_user, {}, 0))


def test_table_compares_each_with_the_first(planted: Split) -> None:
    entries = [fit_and_measure(name, planted, seed=0, tries=4) for name in ("itemknn", "popularity")]
    entries.append(ResultRow("ease", None, skipped="too many items"))
    data = as_data(entries)
    assert "difference" not in data[0]
    difference = data[1]["difference"]
    means = [row["metrics"]["ndcg@10"]["mean"] for row in data[:2]]
    assert difference["mean"] == pytest.approx(means[0] - means[1])
    assert 0 < difference["low"] < difference["mean"] < difference["high"]
    lines = markdown_table(as_rows(data), columns()).splitlines()
    assert len(lines) == 5
    assert len({line.count("|") for line in lines}) == 1
    assert f"{means[1]:.4f} \\[" in lines[3]
    assert "k=" in lines[2]
    assert "skipped: too many items" in lines[4]
    assert all({"itemknn", "popularity"} < row.keys() and "ease" not in row for row in slice_rows(data))
    json.dumps(data)


def test_a_peer_is_tuned_on_validation_and_measured_as_it_was_tuned(planted: Split) -> None:
    found = fit_and_measure("ease", planted, seed=0, tries=6, metric="recall@5")
    values = {}
    for ridge in np.geomspace(1, 5000, 30):
        fitted = BASELINES["ease"](BaselineInputs(planted.matrix("train"))).fit({"ridge": ridge}, 0, lambda score: 0.0)
        values[ridge] = evaluate_split(fitted.score, planted, "valid", ks=(5,)).mean("recall@5")
    assert found.valid is not None
    assert np.median(list(values.values())) <= found.valid <= max(values.values()) + 0.02
    fitted = BASELINES["ease"](BaselineInputs(planted.matrix("train"))).fit(found.setting, 0, lambda score: 0.0)
    again = evaluate_split(fitted.score, planted, "test", ks=(5, 10, 20))
    assert found.report is not None
    assert found.report.mean("recall@5") == again.mean("recall@5") == found.seeds[0]


def test_seeds_are_averaged_per_user_where_chance_takes_part(planted: Split, given: BaselineInputs) -> None:
    found = fit_and_measure("ials", planted, 3, given, tries=2, seeds=2)
    assert len(found.seeds) == 2
    assert found.seeds[0] != found.seeds[1]
    assert found.report is not None
    assert found.report.mean("ndcg@10") == pytest.approx(np.mean(found.seeds))
    one = fit_and_measure("ials", planted, 3, given, tries=2)
    assert one.seeds == found.seeds[:1]
    assert len(fit_and_measure("ease", planted, 3, given, tries=2, seeds=2).seeds) == 1


def test_reports_are_averaged_user_by_user() -> None:
    one, other = (Report(np.arange(2), {"ndcg@10": np.array(v)}, {10: c}, 0) for v, c in (([0, 1], 0.2), ([1, 1], 0.4)))
    mean = averaged([one, other])
    assert mean.per_user["ndcg@10"].tolist() == [0.5, 1]
    assert mean.coverage == {10: pytest.approx(0.3)}


def test_parts_keep_equals_together() -> None:
    assert quantile_parts(np.array([5, 1, 1, 9, 3, 2, 7, 8]), 4).tolist() == [2, 0, 0, 3, 1, 1, 2, 3]
    assert quantile_parts(np.array([1, 1, 1, 1, 1, 9]), 3).tolist() == [0, 0, 0, 0, 0, 2]


def test_slices_by_hand() -> None:
    # Users 0 … 3 have 1 … 4 training items; items 0 … 3 have 4, 3, 2, 1 training users, items 4 and 5 none.
    train = torch.tensor([[0, 1, 1, 2, 2, 2, 3, 3, 3, 3], [0, 0, 1, 0, 1, 2, 0, 1, 2, 3]])
    test = torch.tensor([[0, 0, 1, 2, 3], [1, 5, 2, 3, 4]])
    split = Split(train, torch.zeros((2, 0), dtype=torch.int64), test, SplitSettings(), {}, (4, 6))
    order = torch.tensor([6.0, 5.0, 4.0, 3.0, 2.0, 1.0])

    def score(users: torch.Tensor) -> torch.Tensor:
        return order.expand(len(users), -1)

    # Ranked first of what is not done: item 1 for user 0, then 2, 3, 4: all but (0, 5) is found at 1.
    report = evaluate_split(score, split, "test", ks=(1,))
    found = slices(score, split, report, "recall@1")
    users = {name: part["value"] for name, part in found.items() if name.startswith("users")}
    assert users == {"users 1/4": 0.5, "users 2/4": 1, "users 3/4": 1, "users 4/4": 1}
    # Thirds by popularity: items 4 and 5; 2 and 3; 0 and 1.
    items = {name: (part["value"], part["links"]) for name, part in found.items() if name.startswith("items")}
    assert items == {"items 1/3": (0.5, 2), "items 2/3": (1.0, 2), "items 3/3": (1.0, 1)}


def test_cold_items_are_asked_among_all_too(planted: Split) -> None:
    cold = {"valid": torch.arange(40, 50), "test": torch.arange(50, 60)}
    pairs = torch.cat([planted.train, planted.valid, planted.test], dim=1)
    three = [pairs[:, (pairs[1] >= low) & (pairs[1] < high)] for low, high in ((0, 40), (40, 50), (50, 60))]
    split = Split(*three, SplitSettings(method="cold-item"), {}, planted.shape, cold)
    taste = np.eye(3, dtype=np.float32)[np.arange(60) % 3]
    given = BaselineInputs(split.matrix("train"), knowledge=csr_array(taste))
    found = fit_and_measure("cease", split, 0, given, tries=4)
    without = fit_and_measure("ease", split, 0, given, tries=4)
    assert not [name for name in found.slices if name.startswith("items")]
    values = [one.report.mean("ndcg@10") for one in (found, without) if one.report is not None]
    assert values[0] > values[1] + 0.1, "knowledge tells of items nobody did"
    assert 0 <= found.slices["cold among all"]["value"] < values[0]


def test_the_verdict_is_plain() -> None:
    run, weak, strong = entry("R", 0.5, 0.6, 0.7), entry("weak", 0.1, 0.1, 0.2), entry("strong", 0.6, 0.8, 0.9)
    assert verdict([run, weak]) == "run R is ahead of the best baseline, weak, by 0.4667 ndcg@10 [0.4000, 0.5000]"
    few = verdict([run, weak], tries=3)
    assert few.endswith(
        "; each baseline was tried with 3 trials only, its default setting among them: --trials 20 may improve them"
    )
    assert few.startswith(verdict([run, weak]))
    assert "each baseline was tried at its default setting" in verdict([run, weak], tries=1)
    assert verdict([run, weak, strong]) == "baseline strong wins by 0.1667 ndcg@10 [0.1000, 0.2000]"
    even = verdict([run, entry("even", 0.6, 0.5, 0.7)])
    assert even.startswith("run R and the best baseline, even, cannot be told apart: the difference is +0.0000")
    assert "no baseline" in verdict([run, ResultRow("ease", None, skipped="too many items")])


@pytest.mark.long
def test_a_process_of_its_own_gives_the_same_and_its_memory(
    planted: Split, given: BaselineInputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A folder of our name where the user stands must not lead it astray.
    (tmp_path / "graphrec").mkdir()
    (tmp_path / "graphrec" / "__init__.py").write_text("raise SystemExit('not this one')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    apart = fit_apart("ease", planted, 0, given, tries=2)
    here = fit_and_measure("ease", planted, 0, given, tries=2)
    assert apart.memory is not None
    assert 2**26 < apart.memory < 2**33
    untimed: dict[str, Any] = {"seconds": None, "search_seconds": None, "report": None}
    assert replace(apart, memory=None, **untimed) == replace(here, **untimed)
    assert apart.report is not None
    assert here.report is not None
    np.testing.assert_array_equal(apart.report.per_user["ndcg@10"], here.report.per_user["ndcg@10"])


def test_an_error_in_the_other_process_is_an_error_here(planted: Split) -> None:
    with pytest.raises(TrainingError, match="scores have shape"):
        fit_apart("popularity", planted, 0, BaselineInputs(csr_array((3, 3), dtype=np.float32)))


def test_workers_are_heard(caplog: pytest.LogCaptureFixture) -> None:
    apart(note, "too quiet")
    apart(warn, "from a worker")
    caplog.set_level("INFO", "graphrec")
    apart(note, "from another")
    assert caplog.messages == ["from a worker", "from another"]
    assert {record.name for record in caplog.records} == {"graphrec.experiments"}
    assert {record.process for record in caplog.records}.isdisjoint({os.getpid()})


@pytest.mark.skipif(shutil.which("false") is None, reason="no command that fails")
def test_a_process_that_dies_is_an_error_with_a_way_out(planted: Split, given: BaselineInputs) -> None:
    resource_tracker.ensure_running()
    forkserver._forkserver._stop()  # type: ignore[attr-defined]  # the one that has begun already
    multiprocessing.set_executable(str(shutil.which("false")))
    try:
        with pytest.raises(TrainingError, match=r"ended .*: was there enough memory"):
            fit_apart("popularity", planted, 0, given)
    finally:
        multiprocessing.set_executable(sys.executable)


def test_what_is_given_of_a_graph() -> None:
    data = HeteroData()
    data["user"].num_nodes, data["item"].num_nodes, data["entity"].num_nodes = 2, 3, 4
    data["user", "DID", "item"].edge_index = torch.tensor([[0, 1], [0, 1]])
    data["item", "rev_DID", "user"].edge_index = torch.tensor([[0, 1], [0, 1]])
    data["item", "HAS", "entity"].edge_index = torch.tensor([[0, 0, 1, 0], [1, 3, 3, 3]])
    data["item", "rev_BY", "entity"].edge_index = torch.tensor([[2], [3]])
    data["item", "LIKE", "item"].edge_index = torch.tensor([[0], [2]])
    data["item"].text = torch.tensor([[1.0, 0.0], [3.0, 0.0], [0.0, 0.0]])
    data["item"].text_mask = torch.tensor([True, True, False])
    nothing = torch.zeros((2, 0), dtype=torch.int64)
    split = Split(torch.tensor([[0, 1], [0, 1]]), nothing, nothing, SplitSettings(), {}, (2, 3))
    found = given_by(data, split)
    assert found.train.toarray().tolist() == [[1, 0, 0], [0, 1, 0]]
    assert found.knowledge is not None
    # HAS 1, HAS 3, LIKE item 2, BY 3: the same entity by another relation is another fact.
    assert sorted(found.knowledge.toarray().T.tolist()) == sorted([[1, 0, 0], [1, 1, 0], [1, 0, 0], [0, 0, 1]])
    assert found.content["text"].tolist() == [[-1, 0], [1, 0], [0, 0]]


def test_peers_by_name() -> None:
    assert peer_names("popularity, itemknn,") == ["popularity", "itemknn"]
    assert TUNED == NAMES
    assert {f"all:{fusion}" for fusion in (*OTHER_FUSIONS, "llm")} == {c for c in CONDITIONS if c.startswith("all:")}
    assert peer_names("all") == list(BASELINES) == list(PEERS)
    assert peer_names("ease,all,ease")[0] == "ease"
    assert len(peer_names("ease,all,ease")) == len(BASELINES)
    with pytest.raises(ConfigError, match="no peer 'itemnn'") as error:
        peer_names("itemnn")
    assert "did you mean 'itemknn'?" in str(error.value)


@pytest.mark.parametrize("wrong", ["ndcg", "ndcg@", "ndcg@0", "ndgc@10", "coverage@10", "ndcg@-1", "novelty@10"])
def test_a_metric_that_is_none(wrong: str) -> None:
    with pytest.raises(ConfigError, match=f"no metric '{wrong}'"):
        check_metric(wrong)
    assert check_metric("recall@20") == "recall@20"


def test_a_cell_stays_a_cell_in_markdown() -> None:
    lines = markdown_table([{"model": "a|b\n*c*"}], ("model", "note")).splitlines()
    assert lines == ["| model | note |", "| --- | --- |", r"| a\|b \*c\* |  |"]


def test_a_run_is_measured_by_the_metric_asked_for(planted: Split) -> None:
    scores: Any = planted.matrix("test").toarray()
    found = measure("R", lambda users: torch.from_numpy(scores[users.numpy()]), planted, "recall@15")
    assert found.seeds == (1.0,)
    row = as_rows(as_data([found], "recall@15"), "recall@15")[0]
    assert row["recall@15"] == "1.0000 [1.0000, 1.0000]"
    assert row["ndcg@10"] == "1.0000"
