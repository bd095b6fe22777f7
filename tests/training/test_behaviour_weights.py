"""What the types of behaviour are learned to count: in the order of the reliability that is planted in a catalogue."""

from __future__ import annotations

import msgspec
import pytest
import torch

from graphrec.config.settings import ModelSettings, SplitSettings, TrainSettings
from graphrec.datasets.folder import DataSet
from graphrec.datasets.sample import write_sample
from graphrec.datasets.sample.catalogue import BEHAVIOURS
from graphrec.evaluation.split import leak_free_training_graph, make_split
from graphrec.graph.hetero import Graph
from graphrec.model.loss import LOSSES, Loss
from graphrec.training.checkpoint import TrainingState
from graphrec.training.trainer import Trainer


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Graph:
    folder = tmp_path_factory.mktemp("made")
    write_sample(folder, seed=1)
    return DataSet.at(folder, {}).graph(SplitSettings())


@pytest.mark.long
@pytest.mark.parametrize("targets", [{"PURCHASED"}, {"PURCHASED", "BROWSED", "SEARCHED"}], ids=["one", "all"])
@pytest.mark.parametrize("loss", LOSSES)
def test_what_is_more_reliable_counts_more(made: Graph, loss: Loss, targets: set[str]) -> None:
    kinds = {name: msgspec.structs.replace(b, target=name in targets) for name, b in made.schema.behaviours.items()}
    split = make_split(made.data, SplitSettings(), msgspec.structs.replace(made.schema, behaviours=kinds))
    train = TrainSettings(epochs=15, patience=15, device="cpu", loss=loss)
    fit = Trainer(leak_free_training_graph(made.data, split), split, ModelSettings(), train, torch.device("cpu"))
    stand = TrainingState(loss)
    for _ in fit.run(stand):
        pass
    model = fit.build(0, loss)
    model.load_state_dict(stand.weights)
    counts = model.profile_encoder.weights()
    planted = sorted(BEHAVIOURS, key=lambda name: BEHAVIOURS[name][1])
    assert sorted(counts, key=lambda name: counts[name]) == [name.upper() for name in planted]
    assert counts["PURCHASED"] > counts["SEARCHED"] + 0.03
