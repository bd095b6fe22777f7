"""Early stopping: not before the network has trained at all, and not while validation recovers."""

from __future__ import annotations

import copy
import math

import pytest
import torch

from graphrec.config.settings import ModelSettings, SplitSettings, TrainSettings
from graphrec.datasets.folder import DataSet
from graphrec.datasets.sample import write_sample
from graphrec.evaluation.split import leak_free_training_graph, make_split
from graphrec.training.checkpoint import TrainingState, load_checkpoint, save_checkpoint
from graphrec.training.early_stopping import WARM_UP, recovering, stops
from graphrec.training.trainer import Trainer

#: A training that was thrown away: validation rises, and its best epoch is still the first.
RISING = [0.184, 0.154, 0.146, 0.148, 0.155, 0.169, 0.182]
#: The end of a training on Last.FM-2K: noise on a plateau.
PLATEAU = [0.2573, 0.2570, 0.2560, 0.2558, 0.2559, 0.2558, 0.2568]


def test_no_training_is_judged_before_the_warm_up():
    falling = [0.2 - 0.01 * epoch for epoch in range(10)]
    assert not stops(falling, patience=6, steps=WARM_UP - 1)
    assert stops(falling, patience=6, steps=WARM_UP)
    assert not stops(falling[:6], patience=6, steps=WARM_UP)  # five epochs without a better one


def test_a_recovery_goes_on_and_a_plateau_ends():
    assert recovering(RISING)
    assert not stops(RISING, patience=6, steps=WARM_UP)
    # Down again: the recovery is over.
    assert stops([*RISING, 0.160, 0.140], patience=6, steps=WARM_UP)
    for ended in (PLATEAU, [0.3] * 7, [0.3] + [0.2] * 6):
        assert not recovering(ended)
        assert stops(ended, patience=6, steps=WARM_UP)


def trainer_on(folder, seed: int, epochs: int) -> Trainer:
    write_sample(folder)
    graph = DataSet.at(folder, {}).graph(SplitSettings())
    split = make_split(graph.data, SplitSettings(seed=seed), graph.schema)
    train = TrainSettings(epochs=epochs, seed=seed, device="cpu")
    return Trainer(
        leak_free_training_graph(graph.data, split), split, ModelSettings(dim=16), train, torch.device("cpu")
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Trainer, TrainingState]:
    """300 users, so that an epoch is two steps."""
    trainer = trainer_on(tmp_path_factory.mktemp("sample"), seed=0, epochs=40)
    progress = TrainingState("softmax")
    for _ in trainer.run(progress):
        pass
    return trainer, progress


def test_a_small_graph_is_trained_through_its_first_valley(trained: tuple[Trainer, TrainingState]):
    _, progress = trained
    # Patience alone would have ended here, with a best epoch from before the network learned anything.
    waits = (epoch for epoch in range(40) if epoch - max(range(epoch + 1), key=progress.validation.__getitem__) >= 6)
    early = next(waits)
    assert early < 12
    assert progress.epoch == 40  # 80 steps: still in the warm-up
    assert progress.best_epoch > early
    assert progress.best > max(progress.validation[: early + 1]) + 0.02


def test_resumed_it_stops_where_it_would_have_stopped(trained: tuple[Trainer, TrainingState], tmp_path):
    trainer, whole = trained
    trainer = copy.copy(trainer)
    half = TrainingState("softmax")
    for record in trainer.run(half):
        if record["epoch"] == 15:
            break
    save_checkpoint(tmp_path / "checkpoint.pt", [half])
    (resumed,) = load_checkpoint(tmp_path / "checkpoint.pt")
    assert len(resumed.validation) == 15
    for _ in trainer.run(resumed):
        pass
    assert resumed.validation == whole.validation
    assert (resumed.epoch, resumed.best_epoch) == (whole.epoch, whole.best_epoch)
    assert all(torch.equal(value, whole.best_weights[name]) for name, value in resumed.best_weights.items())


def test_after_the_warm_up_patience_ends_a_training(trained: tuple[Trainer, TrainingState]):
    trainer = copy.copy(trained[0])
    trainer.train = TrainSettings(epochs=400, patience=1, batch=16, device="cpu")
    progress = TrainingState("softmax")
    for _ in trainer.run(progress):
        pass
    per_epoch = math.ceil(300 / 16)
    assert progress.epoch >= WARM_UP / per_epoch
    assert progress.epoch < 400
    assert stops(progress.validation, 1, progress.epoch * per_epoch)
    assert not stops(progress.validation[:-1], 1, (progress.epoch - 1) * per_epoch)
