"""Training once more, validation part included: nothing chosen again, nothing of the test part seen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from scipy.sparse import csr_array

from graphrec.common.errors import InputError, LeakageError
from graphrec.config.settings import Settings, SplitSettings
from graphrec.db.database import Database
from graphrec.evaluation.split import check_leakage, make_split, merged, training_graph
from graphrec.experiments.benchmark.table import fit_and_measure, measure
from graphrec.graph.hetero import load_graph
from graphrec.model import Profiles
from graphrec.runs.evaluate import evaluate_run
from graphrec.runs.run import Run
from graphrec.training.train import train

METHODS = ("random", "user-time", "global-time", "cold-item")


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory, sample_project: Any) -> Iterator[tuple[Settings, Database]]:
    with sample_project(tmp_path_factory.mktemp("refit"), "", users=80, items=50) as (found, db):
        yield found.override("model", dim=8).override("train", epochs=4, batch=32), db


@pytest.fixture(scope="module")
def once(catalogue: tuple[Settings, Database]) -> Run:
    settings, db = catalogue
    return train(db, settings).run


@pytest.fixture(scope="module")
def again(catalogue: tuple[Settings, Database]) -> Run:
    settings, db = catalogue
    return train(db, settings.override("train", refit=True)).run


def as_set(matrix: csr_array) -> set[tuple[int, int]]:
    return set(zip(*(part.tolist() for part in matrix.nonzero()), strict=True))


@pytest.mark.parametrize("method", METHODS)
def test_merged_training_has_both_parts_and_nothing_of_the_test(catalogue: tuple[Settings, Database], method: str):
    settings, db = catalogue
    graph = load_graph(db, settings.graph)
    split = make_split(graph.data, SplitSettings(method=method), graph.schema)  # type: ignore[arg-type]
    whole = merged(graph.data, split, graph.schema)
    assert as_set(whole.matrix("train")) == as_set(split.matrix("train", "valid"))
    assert torch.equal(whole.test, split.test)
    data = training_graph(graph.data, whole)
    check_leakage(data, whole)
    pairs = Profiles.of(data).only({n for n, b in graph.schema.behaviours.items() if b.target})
    known = set(zip(pairs.users.tolist(), pairs.items.tolist(), strict=True))
    assert as_set(whole.matrix("train")) <= known
    assert not known & as_set(split.matrix("test"))
    with pytest.raises(LeakageError):
        check_leakage(graph.data, whole)


def test_a_published_validation_part_is_merged_too(catalogue: tuple[Settings, Database]):
    settings, db = catalogue
    graph = load_graph(db, settings.graph)
    made = make_split(graph.data, SplitSettings(), graph.schema)
    label = made.matrix("valid").toarray() + 2 * made.matrix("test").toarray()
    for kind in graph.data.edge_types:
        if {kind[0], kind[2]} == {"user", "item"}:
            user, item = graph.data[kind].edge_index if kind[0] == "user" else graph.data[kind].edge_index.flip(0)
            graph.data[kind].split = torch.from_numpy(label[user, item]).to(torch.int8)
    split = make_split(graph.data, SplitSettings(method="published"), graph.schema)
    whole = merged(graph.data, split, graph.schema)
    data = training_graph(graph.data, whole)
    check_leakage(data, whole)
    assert len(Profiles.of(data).items) > len(Profiles.of(training_graph(graph.data, split)).items)


def test_everything_but_the_weights_is_as_validation_chose_it(once: Run, again: Run):
    assert again.refit
    assert not once.refit
    assert as_set(again.seen("heldout")) == as_set(once.split.matrix("train", "valid"))
    assert as_set(once.seen("heldout")) == as_set(once.split.matrix("train"))
    for name in ("ndcg@10", "epoch", "objective", "similar", "factors", "recency"):
        assert again.metrics[name] == once.metrics[name]
    assert not torch.equal(again.embeddings("all")[1], once.embeddings("all")[1])


def test_the_validation_part_says_nothing_any_more(once: Run, again: Run):
    assert evaluate_run(once, "valid")["metrics"]
    with pytest.raises(InputError, match="refitted on train and validation"):
        evaluate_run(again, "valid")
    assert evaluate_run(again, "test")["metrics"]["ndcg@10"]["mean"] > 0


def test_the_command_says_so(again: Run, catalogue: tuple[Settings, Database], run: Any):
    answer = run("evaluate", again.run_id, "--json")
    assert answer.exit_code == 0
    assert "refitted on train and validation" in answer.stderr
    assert json.loads(answer.stdout)["refit"] is True
    refused = run("train", "--resume", again.run_id, "--refit")
    assert refused.exit_code == 2
    assert "--refit" in refused.stderr


def test_a_peer_is_fitted_once_more_with_what_was_chosen(once: Run):
    split = once.split
    alone = fit_and_measure("ials", split, 0, tries=2)
    whole = fit_and_measure("ials", split, 0, tries=2, refit=True)
    assert (whole.setting, whole.valid) == (alone.setting, alone.valid)
    assert whole.report is not None
    assert alone.report is not None
    assert whole.seeds != alone.seeds


def test_popularity_fitted_once_more_counts_both_parts(once: Run):
    split = once.split
    count = torch.from_numpy(split.matrix("train", "valid").sum(axis=0)).float()
    by_hand = measure("by hand", lambda users: count.expand(len(users), -1).clone(), split)
    assert fit_and_measure("popularity", split, 0, refit=True).seeds == by_hand.seeds
