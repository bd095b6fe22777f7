"""The search on a function whose best is known: it finds it, cuts short, is stopped and goes on."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch

from graphrec.common.errors import ConfigError, GraphError, TrainingError
from graphrec.common.pyg import HeteroData
from graphrec.config.settings import Settings
from graphrec.experiments.tuning.fusions import FusionSpace, shares
from graphrec.experiments.tuning.search import Search, Tried, best
from graphrec.experiments.tuning.space import DIALS, NO_DECAY, ModelSpace, chosen
from graphrec.experiments.tuning.tune import COLUMNS, Found

EPOCHS = 20


def project(**train: Any) -> Settings:
    here = Path()
    settings = Settings(root=here, home=here, runs=here, neo4j=None)  # type: ignore[arg-type]
    return settings.override("train", **{"loss": "auto"} | train)


def graph(*modalities: str, knowledge: bool = True) -> HeteroData:
    data = HeteroData()
    data["user"].num_nodes, data["item"].num_nodes, data["entity"].num_nodes = 2, 4, 2 * knowledge
    if knowledge:
        data["item", "HAS_GENRE", "entity"].edge_index = torch.tensor([[0, 1], [0, 1]])
        data["entity", "rev_HAS_GENRE", "item"].edge_index = torch.tensor([[0, 1], [0, 1]])
    for name in modalities:
        data["item"][name], data["item"][f"{name}_mask"] = torch.eye(4), torch.ones(4, dtype=torch.bool)
    return data


class Hill:
    """Validation rises over the epochs to a height that depends on the settings; softmax with lr 0.004 is the top."""

    def __init__(self, stop_at: int | None = None) -> None:
        self.calls: list[Settings] = []
        self.epochs: list[int] = []
        self.stop_at = stop_at

    def __call__(self, settings: Settings, watch: Any) -> float:
        if len(self.calls) == self.stop_at:
            raise KeyboardInterrupt
        self.calls.append(settings)
        self.epochs.append(0)
        off = abs(torch.log10(torch.tensor(settings.train.lr / 0.01)).item())
        height = (0.5 if settings.train.loss == "softmax" else 0.4) - 0.2 * off
        for epoch in range(1, EPOCHS + 1):
            self.epochs[-1] = epoch
            watch(0, epoch, height * epoch / EPOCHS)
        return height


def test_what_stands_there_comes_first_and_the_top_is_found(tmp_path: Path):
    space = ModelSpace(project(), graph(), ["lr"])
    hill = Hill()
    search = Search(tmp_path / "study.journal", space)
    search.run(hill, 30)
    assert [(c.train.loss, c.train.lr) for c in hill.calls[:2]] == [("mse", 0.004), ("softmax", 0.004)]
    assert len(search.finished()) == 30
    assert search.now().choice == {"train.loss": "softmax", "train.lr": 0.004}
    top = best(search.finished())
    assert top is not None
    assert top.choice["train.loss"] == "softmax"
    assert top.choice["train.lr"] == pytest.approx(0.01, rel=0.3)
    assert top.value == pytest.approx(hill(space.settings(top.choice), lambda *_: None))


def test_what_does_badly_is_cut_short(tmp_path: Path):
    hill = Hill()
    search = Search(tmp_path / "study.journal", ModelSpace(project(), graph(), ["lr"]), patience=6)
    search.run(hill, 30)
    cut = [epochs for epochs in hill.epochs if epochs < EPOCHS]
    assert (
        len(cut)
        == len({(t.choice["train.loss"], t.choice["train.lr"]) for t in search.finished() if t.value is None})
        > 5
    )
    assert min(cut) == 6
    assert EPOCHS == hill.epochs[0] == hill.epochs[1]


@pytest.mark.parametrize("stop_at", [0, 1, 9])
def test_a_search_that_was_interrupted_tries_what_a_whole_one_does(stop_at: int, tmp_path: Path):
    space = ModelSpace(project(), graph(), ["lr", "hops"])
    whole, first, rest = Hill(), Hill(stop_at), Hill()
    Search(tmp_path / "whole.journal", space, seed=3).run(whole, 14)
    with pytest.raises(KeyboardInterrupt):
        Search(tmp_path / "cut.journal", space, seed=3).run(first, 14)
    again = Search(tmp_path / "cut.journal", space, seed=3)
    assert len(again.finished()) == stop_at
    again.run(rest, 14)
    assert first.calls + rest.calls == whole.calls
    again.run(rest, 14)
    assert len(first.calls + rest.calls) == 14


@pytest.mark.parametrize("lost", [1, 30, 400])
def test_a_killed_process_leaves_a_study_that_goes_on(lost: int, tmp_path: Path):
    """A half-written line, and whatever else had not come to the disk, is lost; the rest is not."""
    space = ModelSpace(project(), graph(), ["lr"])
    path, hill = tmp_path / "study.journal", Hill()
    Search(path, space).run(hill, 8)
    path.write_bytes(path.read_bytes()[:-lost])
    again, rest = Search(path, space), Hill()
    assert len(again.finished()) == 7
    again.run(rest, 8)
    assert rest.calls == hill.calls[7:]
    assert [t.choice for t in Search(path, space).finished()] == [t.choice for t in again.finished()]


def test_no_choice_is_trained_twice_and_none_is_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    caplog.set_level("INFO", "graphrec")
    hill = Hill()
    search = Search(tmp_path / "study.journal", ModelSpace(project(loss="mse"), graph(), ["tied", "hops"]))
    search.run(hill, 20)
    seen = {(c.model.hops, c.model.tied) for c in hill.calls}
    assert len(search.finished()) == len(hill.calls) == len(seen) == 6
    assert "nothing is left to try: 6 trials" in caplog.text
    search.run(hill, 20)
    assert len(hill.calls) == 6


def test_the_budget_spares_only_what_stands_there(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    caplog.set_level("INFO", "graphrec")
    hill = Hill()
    search = Search(tmp_path / "study.journal", ModelSpace(project(), graph()))
    search.run(hill, 30, minutes=1e-9)
    assert len(hill.calls) == len(search.finished()) == 2
    assert "budget" in caplog.text


def test_the_budget_counts_in_every_training_of_a_choice(tmp_path: Path):
    """The time is up in the second training of a choice that is not what stands there."""

    def measure(settings: Settings, watch: Any) -> float:
        watch(1, 1, 0.5)
        return 0.5

    search = Search(tmp_path / "study.journal", ModelSpace(project(loss="mse"), graph(), ["lr"]))
    search.run(measure, 1)
    asked = search._next(search.finished())
    assert asked is not None
    assert not search._try(measure, *asked, lambda *_: None, end=time.monotonic())
    assert len(search.finished()) == 1


def test_a_loss_that_diverges_is_no_end(tmp_path: Path):
    def measure(settings: Settings, watch: Any) -> float:
        if settings.train.lr > 0.003:
            raise TrainingError("the loss became nan")
        return settings.train.lr

    search = Search(tmp_path / "study.journal", ModelSpace(project(loss="mse"), graph(), ["lr"]))
    search.run(measure, 15)
    assert search.now().value is None
    top = best(search.finished())
    assert top is not None
    assert 0.001 <= top.choice["train.lr"] <= 0.003


def test_a_file_that_is_no_study(tmp_path: Path):
    (tmp_path / "study.journal").write_text("not a study\nat all\n")
    with pytest.raises(ConfigError, match="study"):
        Search(tmp_path / "study.journal", ModelSpace(project(), graph()))


def test_what_is_written_stands_for_what_was_measured():
    """What follows from the objective is not written."""
    settings = project().override("model", dropout=0.3)
    space = ModelSpace(settings, graph("text"))
    for seed in range(40):
        choice = drawn(space, seed)
        told = chosen(settings, space.changes(choice))
        loss = choice["train.loss"]
        assert told.train == space.settings(choice).train
        assert told.model.decided(loss) == space.settings(choice).model.decided(loss)
    softmax = space.present()[1]
    assert space.changes(softmax) == {"train.loss": "softmax"}
    assert space.changes(softmax | {"model.hops": 2}) == {"train.loss": "softmax", "model.hops": 2}
    assert "model.dropout" in space.changes(softmax | {"model.dropout": 0.7})


def drawn(space: ModelSpace | FusionSpace, seed: int) -> dict[str, Any]:
    import optuna

    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
    return space.draw(study.ask(), space.present()[0])


def test_dials_hold_what_stands_there():
    settings = project(lr=0.2, weight_decay=0.0, loss="mse").override("model", dim=8, dropout=0.0)
    space = ModelSpace(settings, graph("text"))
    dials = {dial.key: dial for dial in space.dials}
    assert dials["dim"].options == (8, 64, 128)
    assert (dials["lr"].high, dials["dropout"].low) == (0.2, 0.0)
    (present,) = space.present()
    assert space.params(present)["train.weight_decay"] == NO_DECAY
    assert space.changes(present) == {}
    assert set(present) == {dial.name for dial in DIALS}


def test_what_the_graph_lacks_is_not_searched():
    assert {"knowledge", "content", "neighbours"}.isdisjoint(
        dial.key for dial in ModelSpace(project(), graph(knowledge=False)).dials
    )
    with pytest.raises(ConfigError, match="no item has a content vector"):
        ModelSpace(project(), graph(), ["content"])
    blind = project().override("model", content=False)
    with pytest.raises(ConfigError, match="content = false"):
        ModelSpace(blind, graph("text"), ["neighbours"])
    assert "neighbours" in {dial.key for dial in ModelSpace(blind, graph("text"), ["content", "neighbours"]).dials}
    assert "neighbours" in {dial.key for dial in ModelSpace(blind, graph("text")).dials}
    with pytest.raises(ConfigError, match=r"dropuot(.|\n)*'dropout'"):
        ModelSpace(project(), graph(), ["dropuot"])


def test_the_study_is_anothers_when_a_setting_that_is_not_searched_changes():
    space = ModelSpace(project(), graph(), ["lr"])
    assert ModelSpace(project(lr=0.02, loss="auto"), graph(), ["lr"]).fixed() == space.fixed()
    assert ModelSpace(project(epochs=3), graph(), ["lr"]).fixed() != space.fixed()
    assert ModelSpace(project(), graph(), ["lr", "hops"]).fixed() != space.fixed()


def test_the_table_tells_what_was_left_open():
    now = Tried({"train.loss": "mse", "train.lr": 0.01, "content.fusion": "mean"}, 0.3)
    top = Tried({"train.loss": "mse", "train.lr": 0.002, "content.weights": {"text": 0.9, "audio": 0.1}}, 0.4)
    found = Found(Path("study"), "valid ndcg@10", 9, 5, now, top, {"train.loss": "mse", "train.lr": 0.002})
    assert [tuple(row[name] for name in COLUMNS) for row in found.table()] == [
        ("valid ndcg@10", 0.3, 0.4),
        ("train.loss", "auto: mse", "mse"),
        ("train.lr", "0.01", "0.002"),
        ("content.fusion", "mean", ""),
        ("content.weights", "", "text 0.9 audio 0.1"),
    ]


def test_weights_sum_to_one_and_a_small_share_is_none():
    assert shares({"text": 1.0, "image": 1.0, "audio": 1.0}) == {"text": 0.34, "image": 0.33, "audio": 0.33}
    assert shares({"text": 0.9, "audio": 0.01}) == {"text": 1.0, "audio": 0.0}
    assert shares({"text": 0.0, "audio": 0.0}) == {"text": 0.5, "audio": 0.5}
    space = FusionSpace(project(loss="mse"), graph("text", "audio"), ["weighted"])
    for seed in range(40):
        weights = drawn(space, seed).get("content.weights", {"text": 1.0})
        assert sum(weights.values()) == pytest.approx(1.0, abs=1e-9)
        assert all(round(w, 2) == w for w in weights.values())


def test_every_fusion_is_tried_once_before_the_sampler_has_its_way(tmp_path: Path):
    calls = []

    def measure(settings: Settings, watch: Any) -> float:
        calls.append(settings)
        return {"gate": 0.4}.get(settings.content.fusion, 0.2) + 0.1 * (settings.train.loss == "mse")

    settings = project().override("content", fusion="weighted", weights={"text": 0.3})
    space = FusionSpace(settings, graph("text", "audio"))
    search = Search(tmp_path / "study.journal", space)
    search.run(measure, 12)
    assert [c.content.fusion for c in calls[:6]] == ["weighted", "weighted", "mean", "concat", "gate", "attention"]
    # The other methods have nothing that could be turned.
    assert [c.content.fusion for c in calls[6:]] == ["weighted"] * 6
    assert len({c.content.weights["text"] for c in calls[6:]}) == 6
    assert [c.train.loss for c in calls[:3]] == ["mse", "softmax", "mse"]
    assert {c.train.loss for c in calls[2:]} == {"mse"}
    assert calls[0].content.weights == {"text": 0.3, "audio": 1.0}
    top = best(search.finished())
    assert top is not None
    assert space.changes(top.choice) == {"content.fusion": "gate"}


def test_only_weighted_searches_the_weights_alone(tmp_path: Path):
    calls = []

    def measure(settings: Settings, watch: Any) -> float:
        calls.append(settings.content)
        return 1 - abs(settings.content.weights.get("text", 0.0) - 0.7)

    space = FusionSpace(project(loss="mse").override("content", fusion="gate"), graph("text", "audio"), ["weighted"])
    search = Search(tmp_path / "study.journal", space)
    search.run(measure, 25)
    assert [c.fusion for c in calls] == ["gate"] + ["weighted"] * 24
    assert len({c.weights["text"] for c in calls[1:]}) == 24
    top = best(search.finished())
    assert top is not None
    assert top.choice["content.weights"]["text"] == pytest.approx(0.7, abs=0.05)
    # What has been found and is written goes on with the same study.
    written = FusionSpace(chosen(project(loss="mse"), top.choice), graph("text", "audio"), ["weighted"])
    assert written.fixed() == space.fixed()
    assert written.present() == [top.choice]


def test_methods_without_weights_end_when_each_was_tried(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    caplog.set_level("INFO", "graphrec")
    calls = []

    def measure(settings: Settings, watch: Any) -> float:
        calls.append(settings.content.fusion)
        return 0.5

    settings = project(loss="mse").override("content", fusion="weighted", weights={"text": 0.3})
    search = Search(tmp_path / "study.journal", FusionSpace(settings, graph("text", "audio"), ["gate", "mean"]))
    search.run(measure, 30)
    assert calls == ["weighted", "gate", "mean"]
    assert "nothing is left to try: 3 trials" in caplog.text


def test_one_modality_has_nothing_to_weigh():
    with pytest.raises(GraphError, match="only text"):
        FusionSpace(project(), graph("text"))
    with pytest.raises(GraphError, match="no item"):
        FusionSpace(project(), graph())
    with pytest.raises(ConfigError, match=r"gait(.|\n)*'gate'"):
        FusionSpace(project(), graph("text", "audio"), ["gait"])
    blind = msgspec.structs.replace(project()).override("model", content=False)
    with pytest.raises(ConfigError, match="content = false"):
        FusionSpace(blind, graph("text", "audio"))
