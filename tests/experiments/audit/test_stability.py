"""The lists of a training whose input is the same stay; what is changed is what is said."""

from __future__ import annotations

import json

import pytest
import torch

from graphrec.common.errors import InputError
from graphrec.config.settings import Settings
from graphrec.evaluation.split import between, leak_free_training_graph
from graphrec.experiments.stability.changes import Training, changes, in_another_order, with_fewer
from graphrec.experiments.stability.measure import stability
from graphrec.graph.hetero import Graph
from graphrec.runs.run import Run
from graphrec.runs.store import read_run
from graphrec.training.train import train_graph


def test_the_order_of_edges_does_not_matter_and_a_seed_does(run: Run, graph: Graph) -> None:
    found = stability(run, graph, 5, ["again", "order"])["changes"]
    for name in ("again", "order"):
        assert {found[name][metric]["mean"] for metric in ("overlap", "jaccard", "rbo")} == {1.0}
    again = stability(run, graph, 5, ["seed", "no-text", "fewer"])
    others = again["changes"]
    assert list(others) == ["again", "order", "seed", "no-text", "fewer"]
    for name in ("seed", "no-text", "fewer"):
        assert 0 < others[name]["overlap"]["mean"] < 1
        assert others[name]["overlap"]["low"] <= others[name]["overlap"]["mean"] <= others[name]["overlap"]["high"]
    assert found["again"]["ndcg"] == pytest.approx(again["ndcg"])
    assert json.loads((run.path / "run.json").read_text())["stability"] == again
    # Other lists, another measure: what was found for shorter ones goes.
    assert list(stability(run, graph, 6, ["again"])["changes"]) == ["again"]
    assert read_run(run.path.parent, run.run_id).metrics == run.metrics


def test_what_does_not_fit_the_run_is_refused(run: Run, graph: Graph) -> None:
    with pytest.raises(InputError, match="no such change") as told:
        stability(run, graph, 5, ["no-image"])
    assert "no-text" in str(told.value.hint)
    read = read_run(run.path.parent, run.run_id)
    read.info["fingerprint"] = "other"
    with pytest.raises(InputError, match="the graph has changed"):
        stability(read, graph, 5)
    private = read_run(run.path.parent, run.run_id)
    private.info["privacy"] = {"epsilon": 1.0}
    with pytest.raises(InputError, match="differential privacy"):
        stability(private, graph, 5)


@pytest.mark.parametrize("refit", [False, True])
def test_the_same_training_has_the_same_lists_where_suspicious_profiles_are_thinned(
    graph: Graph, settings: Settings, refit: bool
) -> None:
    thinned = train_graph(graph, settings.override("train", suspicious="thin", refit=refit)).run
    assert stability(thinned, graph, 5, ["again"])["changes"]["again"]["overlap"]["mean"] == 1.0


def test_another_order_has_the_same_edges_with_what_they_carry(run: Run, graph: Graph) -> None:
    given = Training(graph.data, run.split, 0)
    other = in_another_order(given).data
    kind = ("user", "LIKED", "item")
    assert not torch.equal(other[kind].edge_index, graph.data[kind].edge_index)

    def rows(data: Graph) -> list[list[int]]:
        return sorted(torch.cat([data[kind].edge_index, data[kind].time[None]]).T.tolist())  # type: ignore[index]

    assert rows(other) == rows(graph.data)
    assert torch.equal(other["item"].text, graph.data["item"].text)


def test_fewer_leaves_out_one_pair_of_a_hundred_everywhere(run: Run, graph: Graph) -> None:
    given = Training(graph.data, run.split, 0)
    left = with_fewer(given)
    gone = run.split.train.shape[1] - left.split.train.shape[1]
    assert gone == max(1, round(run.split.train.shape[1] / 100))
    for kind in between(graph.data):
        assert graph.data[kind].edge_index.shape[1] - left.data[kind].edge_index.shape[1] == gone
    learned = leak_free_training_graph(left.data, left.split)["user", "LIKED", "item"].edge_index
    assert learned.shape == left.split.train.shape
    assert torch.equal(left.split.test, run.split.test)


def test_a_missing_modality_is_missing_and_nothing_else(run: Run, graph: Graph) -> None:
    left = changes(run.modalities)["no-text"](Training(graph.data, run.split, 0))
    assert "text" not in left.data["item"]
    assert "text" in graph.data["item"]
