"""Variants of a run's model on the made catalogue in a real Neo4j: what they come to, and what is kept of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch

from graphrec.common.errors import ConfigError
from graphrec.common.pyg import HeteroData
from graphrec.config.settings import ContentSettings, ModelSettings, Settings
from graphrec.content.embed import embed
from graphrec.db.database import Database
from graphrec.evaluation.ranking import Report, evaluate_split
from graphrec.experiments.ablation.report import as_data, as_rows, columns
from graphrec.experiments.ablation.trial import RunSettings, packed, train_and_measure, unpacked
from graphrec.experiments.ablation.variants import VARIANTS, Change, lacking
from graphrec.experiments.benchmark.run_graph import Source
from graphrec.experiments.benchmark.slices import quietest
from graphrec.experiments.benchmark.table import ResultRow, measure
from graphrec.experiments.options import ABLATIONS, variant_names
from graphrec.runs.run import Run
from graphrec.training.checkpoint import TrainingState
from graphrec.training.hybrid import HybridSelector
from graphrec.training.train import train
from graphrec.training.trainer import Trainer

CONFIG = (
    '[content]\ntext = "tfidf"\nimage = "none"\naudio = "none"\ndim = 16\n'
    '[model]\ndim = 8\n[train]\nepochs = 2\nbatch = 16\nloss = "mse"\n'
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, sample_project: Any) -> Iterator[tuple[Settings, Database, Run]]:
    """A project with knowledge and text vectors, and a run of two epochs."""
    with sample_project(tmp_path_factory.mktemp("ablation"), CONFIG, users=60, items=40) as (settings, db):
        assert not embed(db, settings).skipped
        yield settings, db, train(db, settings).run


@pytest.fixture(scope="module")
def data(project: tuple[Settings, Database, Run]) -> HeteroData:
    found = Source(project[2], project[0]).data
    assert found is not None
    return found


def trained(
    names: list[str], graph: HeteroData, run: Run, seeds: int = 1, told: RunSettings | None = None
) -> list[ResultRow]:
    told = told or RunSettings.of(run)
    return train_and_measure(names, packed(graph), run.split, told, 0, metric="ndcg@10", seeds=seeds)


def values(entry: ResultRow, metric: str = "ndcg@10") -> np.ndarray:
    assert entry.report is not None, entry.skipped
    return entry.report.per_user[metric]


def test_the_full_model_trained_anew_is_the_run_and_seeds_are_averaged(project: Any, data: HeteroData) -> None:
    run = project[2]
    one, two = (trained(["full"], data, run, seeds)[0] for seeds in (1, 2))
    own = measure("run", lambda users: run.scores(users, "heldout"), run.split)
    np.testing.assert_allclose(values(one), values(own), atol=1e-6)
    assert one.seeds == two.seeds[:1]
    assert len(two.seeds) == 2
    assert two.seeds[0] != two.seeds[1]
    assert values(two).mean() == pytest.approx(np.mean(two.seeds))
    assert one.setting["mse epochs"] in (1, 2)
    assert one.slices.keys() == own.slices.keys()


def test_what_a_part_says_alone_is_its_own_scores(project: Any, data: HeteroData) -> None:
    run, told = project[2], RunSettings.of(project[2])
    names = ["similar-alone", "als-alone", "network-alone", "full"]
    similar, factors, network, full = trained(names, data, run)
    fit = Trainer(data, run.split, told.model, told.train, torch.device("cpu"), told.content)
    progress = TrainingState("mse")
    for _ in fit.run(progress):
        pass
    model = HybridSelector(fit).select(progress)
    assert model.similar is not None
    done = torch.from_numpy(run.split.matrix("train").toarray())
    if model.profile_encoder.recency > 0:
        row, item = done.nonzero(as_tuple=True)
        done[row, item] = fit.pairs.interactions(torch.arange(len(done)), float(model.profile_encoder.recency)).weight
    weight = done / done.square().sum(1, keepdim=True).clamp(min=1) ** model.similar.alpha
    scores = weight @ model.similar.edges()
    found = evaluate_split(lambda users: scores[users], run.split, "test")
    np.testing.assert_allclose(values(similar), found.per_user["ndcg@10"], atol=1e-6)
    with torch.no_grad():
        source, target, bias = model.items()
        scores = model.users(fit.profiles, torch.arange(len(done)), source) @ target.T + bias
    found = evaluate_split(lambda users: scores[users], run.split, "test")
    np.testing.assert_allclose(values(network), found.per_user["ndcg@10"], atol=1e-6)
    assert len({values(entry).tobytes() for entry in (similar, factors, network)}) == 3
    assert full.valid is not None
    assert full.valid >= max(entry.valid or 0 for entry in (similar, factors, network)) - 0.05
    assert {entry.seconds for entry in (similar, factors, network)} == {full.seconds}, "one training serves all"


def test_neither_is_a_graph_of_behaviour_alone(project: Any, data: HeteroData) -> None:
    run = project[2]
    bare = HeteroData()
    for name in ("user", "item"):
        bare[name].num_nodes = data[name].num_nodes
    bare["entity"].num_nodes = 0
    for kind in data.edge_types:
        if "entity" not in (kind[0], kind[2]):
            bare[kind].update(data[kind])
    neither, alone = trained(["neither"], data, run)[0], trained(["full"], bare, run)[0]
    np.testing.assert_array_equal(values(neither), values(alone))


def test_a_change_is_seen_in_settings_or_graph(data: HeteroData) -> None:
    settings = ModelSettings()
    assert Change().model(settings) == settings
    assert Change().graph(data, 0) is data
    bare = Change(knowledge="left out", content="left out").model(settings)
    assert bare == msgspec.structs.replace(settings, knowledge=False, content=False)
    assert Change(without="similar").model(settings) == msgspec.structs.replace(settings, similar=False)
    shuffled = Change(knowledge="shuffled", content="shuffled")
    assert shuffled.model(settings) == settings
    graph = shuffled.graph(data, 0)
    kind = next(kind for kind in data.edge_types if kind[0] == "item" and kind[2] == "entity")
    assert not torch.equal(graph[kind].edge_index, data[kind].edge_index)
    assert not torch.equal(graph["item"].text, data["item"].text)


def test_a_variant_that_does_not_apply_has_a_reason(data: HeteroData) -> None:
    content, bare = ContentSettings(), HeteroData()
    bare["item"].num_nodes = 2

    def reasons(model: ModelSettings, graph: HeteroData) -> dict[str, str]:
        found = {name: lacking(variant, model, content, graph) for name, variant in VARIANTS.items()}
        return {name: reason for name, reason in found.items() if reason is not None}

    assert not reasons(ModelSettings(), data)
    assert reasons(ModelSettings(knowledge=False), data) == dict.fromkeys(
        ("no-knowledge", "shuffled-knowledge", "neither"), "the run was trained without knowledge"
    )
    assert reasons(ModelSettings(similar=False), data) == dict.fromkeys(
        ("no-similar", "similar-alone"), "the run was trained without SIMILAR edges"
    )
    assert set(reasons(ModelSettings(als=False), data)) == {"no-als", "als-alone"}
    found = reasons(ModelSettings(), bare)
    assert found["no-content"] == found["shuffled-content"] == "there is no content in the graph"
    assert found["neither"] == "there is no knowledge in the graph"


def test_a_graph_comes_whole_out_of_its_arrays(data: HeteroData) -> None:
    found = unpacked(packed(data))
    assert found.edge_types == data.edge_types
    assert {name: found[name].num_nodes for name in found.node_types} == {
        name: data[name].num_nodes for name in data.node_types
    }
    for one, other in zip(found.stores, data.stores, strict=True):
        assert list(one.keys()) == list(other.keys())
        for name, value in one.items():
            assert torch.equal(value, other[name]) if isinstance(value, torch.Tensor) else value == other[name]


def test_variants_by_name() -> None:
    assert variant_names("none") == variant_names("") == []
    assert variant_names("all") == list(VARIANTS) == list(ABLATIONS)
    assert variant_names("neither, no-content,neither") == ["neither", "no-content"]
    with pytest.raises(ConfigError, match="--ablations: no variant 'no-contents'") as error:
        variant_names("no-contents")
    assert "did you mean 'no-content'" in str(error.value)


def test_differences_are_paired_over_all_users_and_over_the_quietest(project: Any) -> None:
    split = project[2].split
    users = np.flatnonzero(np.diff(split.matrix("test").indptr))
    counts = split.matrix("train").sum(axis=1)[users]
    quiet = counts <= np.quantile(counts, 0.25)
    metrics = {"ndcg@10": np.where(quiet, 0.5, 0.25), "recall@20": np.full(len(users), 0.5)}
    full = ResultRow("full", Report(users, metrics, {10: 1.0}, 0), seconds=2.0, memory=3_000_000)
    less = ResultRow("no-content", Report(users, {name: x * quiet for name, x in metrics.items()}, {10: 1.0}, 0))
    entries = [full, less, ResultRow("neither", None, skipped="there is no knowledge in the graph")]
    assert full.report is not None
    assert quietest(split, full.report).users.tolist() == users[quiet].tolist()
    first, second, third = as_data(entries, split)
    assert "difference" not in first
    assert second["difference"]["mean"] == pytest.approx(0.25 * (~quiet).mean())
    assert second["difference"]["low"] < second["difference"]["mean"] < second["difference"]["high"]
    assert (second["quietest"]["mean"], second["quietest"]["users"]) == (0, quiet.sum())
    assert "metrics" not in third
    rows = as_rows([first, second, third])
    assert all(set(row) == set(columns()) for row in rows)
    assert rows[0]["memory MB"] == "3"
    assert rows[1]["the same, least active quarter"] == "+0.0000 [+0.0000, +0.0000]"
    assert rows[2]["setting"] == "skipped: there is no knowledge in the graph"


def kept(run: Run) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in (run.path / "benchmark").glob("ablation-*.npz")}


@pytest.mark.long
def test_the_command_goes_on_after_an_interruption_and_trains_nothing_twice(
    project: Any, run: Any, interrupted: Any
) -> None:
    own = project[2]
    ask = ("benchmark", "--peers", "none", "--ablations", "shuffled-knowledge,similar-alone", "--seeds", 2)

    stopped = interrupted(lambda: len(kept(own)) >= 2, *ask)
    assert stopped.exit_code == 130
    assert "the same command continues from there" in stopped.stderr
    assert "Traceback" not in stopped.stderr
    begun = kept(own)
    assert {name.rpartition("-")[0] for name in begun} == {"ablation-full", "ablation-similar-alone"}

    left = run(*ask, "--json")
    assert left.exit_code == 0, left.stderr
    assert left.stderr.count("kept in") == 2
    assert begun.items() < kept(own).items()
    model, full, shuffled, similar = json.loads(left.stdout)
    assert (model["model"], full["variant"], similar["variant"]) == (own.run_id, "full", "similar-alone")
    assert all(len(row["seeds"]) == 2 and row["memory"] > 2**26 for row in (full, shuffled, similar))
    for row in (shuffled, similar):
        gain = full["metrics"]["ndcg@10"]["mean"] - row["metrics"]["ndcg@10"]["mean"]
        assert row["difference"]["mean"] == pytest.approx(gain)
        assert row["quietest"]["users"] < row["difference"]["users"]

    left = run(*ask, "--markdown")
    assert left.exit_code == 0, left.stderr
    assert left.stderr.count("kept in") == 3
    table = left.stdout.split("\n\n")[-1].splitlines()
    assert table[0].startswith("| variant | ndcg@10 | recall@20 | ndcg@10 of full minus this |")
    assert [line.split(" | ")[0] for line in table[2:]] == ["| full", "| shuffled-knowledge", "| similar-alone"]
    assert f"{similar['difference']['mean']:+.4f}" in table[4]


@pytest.mark.long
def test_a_changed_graph_has_a_line_and_bars_are_drawn(project: Any, run: Any, tmp_path: Path) -> None:
    _, db, own = project
    before = kept(own)
    created = db.read("MATCH (i:Item) RETURN i.itemId AS item ORDER BY item LIMIT 1")[0]["item"]
    db.write("MATCH (i:Item {itemId: $item}) CREATE (i)-[:HAS_GENRE]->(:Entity {entityId: 'new'})", item=created)
    try:
        left = run("benchmark", "--peers", "none", "--ablations", "all", "--json")
    finally:
        db.write("MATCH (e:Entity {entityId: 'new'}) DETACH DELETE e")
    assert left.exit_code == 0, left.stderr
    assert "ablations are skipped: the graph has changed since the run was trained" in left.stderr
    assert {row["skipped"] for row in json.loads(left.stdout)[1:]} == {
        "the graph has changed since the run was trained"
    }
    assert kept(own) == before, "nothing was trained or written"

    picture = tmp_path / "bars.svg"
    left = run("benchmark", "--peers", "popularity", "--ablations", "similar-alone", "--seeds", 2, "--plot", picture)
    assert left.exit_code == 0, left.stderr
    drawn = picture.read_text(encoding="utf-8")
    for name in ("graphrec", "popularity", "full", "similar-alone", "ndcg@10 on test"):
        assert f">{name}" in drawn
    assert "variant\tndcg@10\trecall@20" in left.stdout


def test_old_names_of_variants_are_read_and_said(caplog: pytest.LogCaptureFixture) -> None:
    assert variant_names("no-factors, full,no-als") == ["no-als", "full"]
    assert "--ablations no-factors is called no-als now" in caplog.text
