"""Private training without a database: nothing is chosen, the budget is kept, and updates spend nothing."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
import pytest
import torch

pytest.importorskip("opacus")

import graphrec
from graphrec.api.model import Model
from graphrec.common.errors import ConfigError, TrainingError
from graphrec.config.privacy_settings import PrivacySettings
from graphrec.config.settings import Settings, load_settings
from graphrec.datasets.frames import Columns, tables_of
from graphrec.datasets.tables_to_graph import graph_of
from graphrec.explanation.attribution import Attribution
from graphrec.explanation.reasons import Reasons
from graphrec.graph.hetero import Graph
from graphrec.privacy.noise import Noise
from graphrec.privacy.plan import Plan
from graphrec.training.private import private_settings
from graphrec.training.train import settings_of
from graphrec.updating.update import update

TOML = """
[privacy]
epsilon = 8
budget = 12
[model]
dim = 8
"""


def behaviours(users: int = 120, more: int = 0) -> pd.DataFrame:
    """Everybody has two thirds of the items of one of two shelves; ``more`` users have just come."""
    rows = [(f"u{u}", f"i{i}") for u in range(users) for i in range(30) if i % 2 == u % 2 and (i + u) % 3]
    return pd.DataFrame(rows + [(f"new{n}", f"i{i}") for n in range(more) for i in (0, 2, 4)], columns=["user", "item"])


TRIPLES = pd.DataFrame(
    [(f"i{i}", "ON_SHELF", f"shelf {i % 2}") for i in range(30)], columns=["head", "relation", "tail"]
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("private")
    (made / "graphrec.toml").write_text(TOML, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def model(folder: Path) -> Model:
    return graphrec.fit_frames(behaviours(), triples=TRIPLES, user="user", item="item", config=folder / "graphrec.toml")


def graph_and_settings(folder: Path, frame: pd.DataFrame) -> tuple[Graph, Settings]:
    settings = load_settings(folder / "graphrec.toml")
    tables = tables_of(frame, Columns("user", "item", "RATED", None, None), items=None, users=None, triples=TRIPLES)
    return graph_of(tables, settings.split, {}), settings


def test_a_run_says_what_it_cost_and_the_project_adds_it_up(model: Model, folder: Path):
    said = model.run.privacy
    assert said is not None
    assert 7 < said["epsilon"] <= 8
    assert said["total"] == pytest.approx(said["epsilon"], abs=0.01)
    assert said["delta"] == pytest.approx(120**-1.1)
    spent = json.loads((folder / "privacy-spent.json").read_text(encoding="utf-8"))["trainings"]
    assert [one["runId"] for one in spent] == [model.run_id]
    assert model.run.settings["privacy"]["delta"] == said["delta"]
    assert 0 <= model.metrics["ndcg@10"] <= 1


def test_it_learns_the_shelves_nevertheless(model: Model):
    lists = model.recommend(["u0", "u1", "u2", "u3"], k=3)
    shelf = lists.item_id.str[1:].astype(int) % 2
    assert (shelf == lists.user_id.str[1:].astype(int) % 2).mean() > 0.8


def test_nothing_was_chosen_on_behaviours(model: Model):
    run = model.run
    assert run.encoder.als is None
    assert len(run.encoder.get_buffer("weights")) == 1
    assert run.recency == 0
    assert run.context is None
    assert run.cold_item_rank == 0
    assert run.split.settings.seed != 0


def test_a_user_is_made_of_own_behaviours_and_the_items_alone(model: Model):
    run = model.run
    own = behaviours()[lambda frame: frame.user == "u5"].assign(user="somebody")
    folded = model.recommend_cold(own, k=5, user="user", item="item")
    assert list(folded.item_id) == list(model.recommend("u5", k=5).item_id)
    assert all(torch.isfinite(one).all() for one in run.embeddings("all"))


def test_reasons_count_nobody_else(model: Model):
    reasons = Reasons(Attribution(model.run)).top(0, torch.arange(30), 3)
    assert {one.kind for some in reasons for one in some} <= {"entity", "link", "content"}


def test_a_repeated_training_has_the_epsilon_of_the_run(model: Model, folder: Path):
    without = msgspec.structs.replace(load_settings(folder / "graphrec.toml"), privacy=PrivacySettings(budget=20))
    again = settings_of(model.run, without).privacy
    assert (again.epsilon, again.delta, again.budget) == (8, pytest.approx(120**-1.1), 20)


def test_a_second_training_would_exceed_the_budget(model: Model, folder: Path):
    before = sorted(path.name for path in (folder / "runs").iterdir())
    with pytest.raises(TrainingError, match="privacy budget is spent"):
        graphrec.fit_frames(behaviours(), triples=TRIPLES, user="user", item="item", config=folder / "graphrec.toml")
    assert sorted(path.name for path in (folder / "runs").iterdir()) == before


def test_an_update_changes_no_item_and_spends_nothing(model: Model, folder: Path):
    spent = (folder / "privacy-spent.json").read_bytes()
    graph, settings = graph_and_settings(folder, behaviours(more=3))
    made = update(settings, model.run, graph).run  # type: ignore[arg-type]
    assert made.privacy == model.run.privacy
    assert "new0" in made.users
    place = [made.items.index(item) for item in model.run.items]
    assert torch.equal(made.embeddings("all")[1][place], model.run.embeddings("all")[1])
    assert made.similar is not None
    assert model.run.similar is not None
    assert torch.equal(made.similar[place][:, place], model.run.similar)
    assert (folder / "privacy-spent.json").read_bytes() == spent


def test_a_new_item_gets_no_edges_from_behaviours(model: Model, folder: Path):
    frame = pd.concat([behaviours(), pd.DataFrame({"user": [f"u{n}" for n in range(50)], "item": "late"})])
    graph, settings = graph_and_settings(folder, frame)
    made = update(settings, model.run, graph).run  # type: ignore[arg-type]
    late = made.items.index("late")
    assert made.similar is not None
    assert not made.similar[late].any()
    assert not made.similar[:, late].any()


def test_splits_that_look_at_everybody_are_refused(folder: Path):
    settings = load_settings(folder / "graphrec.toml").override("split", method="global-time")
    with pytest.raises(ConfigError, match="divides by what all users do"):
        private_settings(settings)


def test_dp_sgd_trains_the_network(folder: Path):
    from graphrec.evaluation.split import leak_free_training_graph, make_split
    from graphrec.privacy.accountant import Release
    from graphrec.training.private import make_private
    from graphrec.training.trainer import Trainer

    graph, settings = graph_and_settings(folder, behaviours())
    settings = private_settings(settings)
    split = make_split(graph.data, settings.split, graph.schema)
    found = []
    for steps in (None, Release(0.0, 0.5, 60)):
        data = leak_free_training_graph(graph.data, split)
        fit = Trainer(data, split, settings.model, settings.train, torch.device("cpu"), settings.content)
        made = make_private(fit, Plan(np.inf, 1e-5, steps=steps), 1.0, Noise()).model
        made.similar = None
        found.append(fit.validate(made)["ndcg@10"])
    assert found[1] > 0.3
    assert found[1] >= found[0] - 0.05
