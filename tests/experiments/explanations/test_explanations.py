"""``graphrec benchmark --explanations``: reasons deleted, kept alone, and compared between trainings."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from graphrec.config.settings import Settings, load_settings
from graphrec.datasets.folder import DataSet
from graphrec.datasets.sample import write_sample
from graphrec.experiments.benchmark.trainings import trainings
from graphrec.experiments.explanations.evidence import GraphEvidence
from graphrec.experiments.explanations.measure import SIZES, Faithfulness, Placed, measure
from graphrec.experiments.explanations.orderings import ORDERINGS, TOP, Case, Reasons
from graphrec.experiments.explanations.report import COLUMNS, CURVES, as_data, as_rows, curve_rows
from graphrec.experiments.explanations.stability import other_training, stability
from graphrec.explanation.attribution import Attribution
from graphrec.explanation.shares import shares
from graphrec.explanation.sub_profiles import SubProfiles
from graphrec.publishing.similar_edges import strongest
from graphrec.runs.run import Run
from graphrec.runs.store import list_runs

AT = SIZES.index(TOP)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the made catalogue, and two quick trainings on it."""
    folder = tmp_path_factory.mktemp("explanations")
    (folder / "graphrec.toml").write_text("[train]\nepochs = 2\n[model]\ndim = 8\n", encoding="utf-8")
    (folder / "data").mkdir()
    write_sample(folder / "data", users=30, items=40)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        data, settings = DataSet.at(Path("data"), {}), load_settings()
        settings = settings.override("split", method=data.split(settings.split, None).method)
        trainings(data, data.graph(settings.split), settings, 2)
    return folder


@pytest.fixture
def settings(project: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(project)
    monkeypatch.setenv("NEO4J_URI", "bolt://127.0.0.1:1")  # whatever asks for a database fails
    return load_settings()


@pytest.fixture
def trained(settings: Settings) -> Run:
    """The training of seed 0."""
    return list_runs(settings)[-1]


def test_the_command_measures_a_run_and_another_training(trained: Run, settings: Settings, run: Any) -> None:
    result = run("benchmark", "--data", "data", "--explanations", "--seeds", 2, "--json", "--plot", "curves.svg")
    assert result.exit_code == 0, result.stderr
    assert "seed 1: trained already" in result.stderr
    other = other_training(settings, trained)
    assert other is not None
    assert other.settings["train"]["seed"] == 1
    known = as_data(measure(trained, other))
    assert json.loads(result.stdout) == json.loads(json.dumps(known))
    assert [one["ordering"] for one in known["orderings"]] == list(ORDERINGS)
    assert known["stability"]["other_run"] == other.run_id
    assert -1 <= known["stability"]["correlation"]["low"] <= known["stability"]["correlation"]["high"] <= 1
    assert "leave-one-out" in (settings.root / "curves.svg").read_text(encoding="utf-8")
    result = run("benchmark", trained.run_id, "--explanations", "--markdown")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("| reasons | rank +, 3 deleted |")
    assert f"other training: {other.run_id}" in result.stderr
    assert known["verdict"][0] in result.stdout


def test_nothing_is_trained_beside(settings: Settings, run: Any) -> None:
    result = run("benchmark", "--data", "data", "--explanations", "--peers", "ease")
    assert result.exit_code == 2
    assert "leave out --peers" in result.stderr


def test_ranks_are_those_of_folding_in_the_rest(trained: Run) -> None:
    found, of = measure(trained, n_users=6, seed=1), Attribution(trained)
    assert len({case.user for case in found.cases}) == 6
    for n, case in enumerate(found.cases):
        scores = trained.scores(torch.tensor([case.user]), "all")[0]
        seen = torch.from_numpy(trained.seen("all")[[case.user]].indices).long()
        scores[seen] = -torch.inf
        assert found.before[n] == (scores > scores[case.item]).sum() + 1 <= 10
        parts = SubProfiles(of, case.user)
        rows = shares(of.user(case.user), case.item)  # every single share, added up by item
        total = np.bincount(rows.place[rows.place >= 0], rows.share[rows.place >= 0], minlength=len(parts))
        first = np.argsort(-total, kind="stable")[:TOP]
        kept = torch.ones(2, len(parts), dtype=torch.bool)
        kept[0, first] = False
        kept[1] = ~kept[0]
        without, alone = parts.ranks(kept, case.item, seen).tolist()
        assert found.deletion["shares"].rank[n, AT] == without
        assert found.insertion["shares"].rank[n, AT] == alone
        assert found.insertion["shares"].log_rank[n, AT] == pytest.approx(np.log2(alone))
        assert found.insertion["shares"].listed[n, AT] == (alone <= 10)


def test_orders_are_permutations_and_follow_their_reasons(trained: Run) -> None:
    reasons, case = Reasons(trained), Case(3, 5)
    parts = SubProfiles(reasons.attribution, case.user)
    orders = reasons.orders(case, parts, np.random.default_rng(0))
    for some in orders.values():
        for order in some:
            assert sorted(order.tolist()) == list(range(len(parts)))
    users = trained.rows("all").items.bincount(minlength=len(trained.items))
    assert (users[parts.items[torch.from_numpy(orders["popular"][0])]].diff() <= 0).all()
    kept = ~torch.eye(len(parts), dtype=torch.bool)
    scores = parts.scores(kept)[:, case.item]
    assert (scores[torch.from_numpy(orders["leave-one-out"][0])].diff() >= 0).all()


def test_evidence_is_what_the_query_says(trained: Run) -> None:
    """Edges that are published, then entities by idf, then audiences, by plain loops over the run."""
    evidence, rng = GraphEvidence(trained, similar=3), np.random.default_rng(0)
    of_user = [set(x) for x in np.split(trained.profiles.items.numpy(), trained.profiles.indptr.numpy()[1:-1])]
    published = {item: dict(zip(others, weights, strict=True)) for item, others, weights in _edges(trained)}
    parts = trained.item_parts
    assert parts is not None
    about: list[set[int]] = []
    for item in range(len(trained.items)):
        messages = parts.received[parts.indptr[item] : parts.indptr[item + 1]]
        about.append({entity for entity in parts.entity[messages].tolist() if entity >= 0})
    kinds = set()
    for user, item in ((0, 1), (4, 9), (7, 30)):
        mine = sorted(of_user[user])
        wanted = sorted((-published.get(j, {})[item], j) for j in mine if item in published.get(j, {}))
        kinds.add(bool(wanted))
        first = [j for _, j in wanted]
        ranked = []
        for entity in about[item]:
            shared = [j for j in mine if entity in about[j]]
            total = sum(entity in some for some in about)
            if shared:
                score = np.log(len(trained.items) / total) * len(shared) / (len(shared) + 1)
                ranked.append((-round(score, 9), entity, shared))
        first += [j for _, _, shared in sorted(ranked) for j in shared]
        others = [v for v in range(len(of_user)) if v != user and item in of_user[v]]
        audience = {j: sum(j in some for some in of_user) for j in mine}
        both = {j: sum(j in of_user[v] for v in others) for j in mine}
        cosine = {j: both[j] / np.sqrt(len(others) * audience[j]) for j in mine if both[j]}
        first += sorted(cosine, key=lambda j: (-cosine[j], j))
        known = [mine.index(j) for j in dict.fromkeys(first)]
        assert evidence.order(user, item, rng)[: len(known)].tolist() == known
    assert True in kinds


def _edges(run: Run) -> Any:
    assert run.similar is not None
    return strongest(run.similar, 3, [True] * len(run.items))


def test_a_training_agrees_with_itself(trained: Run) -> None:
    reasons, cases = Reasons(trained), [Case(0, 1), Case(5, 7)]
    found = stability(reasons, reasons, cases)
    assert found.correlation.tolist() == pytest.approx([1, 1])
    assert found.common.tolist() == [1, 1]


def placed(ranks: list[list[float]]) -> Placed:
    table = np.array(ranks)
    return Placed(table, np.log2(table), (table <= 10).astype(float))


def test_figures_from_known_ranks() -> None:
    before, sizes = np.array([1, 2]), np.array([20, 4])
    ranks = {name: placed([[1, 1, 1, 1, 1], [2, 2, 2, 2, 2]]) for name in ORDERINGS}
    ranks["shares"] = placed([[1, 2, 8, 16, 32], [2, 4, 16, 1, 1]])
    ranks["random"] = placed([[1, 1, 2, 2, 2], [2, 2, 4, 4, 4]])
    found = Faithfulness("a run", 0, [Case(0, 0), Case(1, 0)], before, sizes, ranks, ranks, None)
    data = as_data(found)
    shares_, *_, random = data["orderings"]
    assert [point["users"] for point in shares_["deletion"]] == [2, 2, 2, 1, 1]  # four items: not five can be deleted
    three, ten = shares_["deletion"][AT], shares_["deletion"][-1]
    assert (three["rank"]["mean"], three["log_rank"]["mean"], three["left"]["mean"]) == (10.5, 3, 0.5)
    assert (ten["rank"]["mean"], ten["log_rank"]["mean"]) == (31, 5)
    assert shares_["sufficiency"]["listed"]["mean"] == 0.5
    assert random["deletion"][AT]["rank"]["mean"] == 1.5
    ratios = {ratio["to"]: ratio for ratio in data["ratios"] if ratio["of"] == "shares"}
    assert set(ratios) == {"evidence", "popular", "random"}
    assert (ratios["random"]["rank"]["mean"], ratios["random"]["log_rank"]["mean"]) == (7, 3)
    assert ratios["random"]["log_rank_difference"] == {"mean": 2, "low": 2, "high": 2}
    # What does not fall at all is no measure for anything.
    assert ratios["evidence"]["rank"] == {"mean": None, "low": None, "high": None}
    assert "farther than without 3 random ones: 7.00 [7.00, 7.00] times by rank" in " ".join(data["verdict"])
    json.dumps(data, allow_nan=False)
    assert as_rows(data)[0][COLUMNS[1]].startswith("10.50 [")
    assert curve_rows(data)[0] | {"10": "5.00"} == curve_rows(data)[0]
    assert set(curve_rows(data)[0]) == set(CURVES)
    less = as_data(replace(found, deletion=ranks | {"shares": ranks["random"], "random": ranks["shares"]}))
    assert "less far than without 3 random ones" in " ".join(less["verdict"])
