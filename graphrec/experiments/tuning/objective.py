"""One training by some settings, and what it validates at.

``SIMILAR`` edges are fitted once for all trainings that share them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import numpy as np
import torch

from graphrec.common.pyg import HeteroData
from graphrec.config.settings import Settings
from graphrec.evaluation.split import Split
from graphrec.model.content_vectors import modalities
from graphrec.model.item_item import ItemItemConfig
from graphrec.model.loss import Loss
from graphrec.training.checkpoint import TrainingState
from graphrec.training.hybrid import HybridSelector
from graphrec.training.trainer import Trainer

#: Told which of a choice's trainings it is (the first is 0), the epoch and the training's best validation so far; may
#: raise to end the training.
Watch = Callable[[int, int, float], None]


class TrialRunner:
    """Trains on one split of one graph.

    Parameters
    ----------
    data
        The training graph.
    split
        What it holds out; the test part is not looked at.
    device
        Where to compute.
    seeds
        Trainings of each choice; the mean counts.
    """

    def __init__(self, data: HeteroData, split: Split, device: torch.device, seeds: int = 1) -> None:
        self.data, self.split, self.device, self.seeds = data, split, device, seeds
        self._fit: tuple[str, HybridSelector] | None = None
        self._mixes: dict[str, ItemItemConfig] = {}

    def measure(self, settings: Settings, watch: Watch) -> float:
        """Return the mean over seeds of what the finished models validate at.

        ``watch`` follows every training; what it is told is without ``SIMILAR`` edges.

        Raises
        ------
        TrainingError
            The loss is not a number.
        """
        first = settings.train.seed
        values = []
        for number in range(self.seeds):
            selector = self._prepare(settings.override("train", seed=first + number))
            trainer = selector.trainer
            progress = TrainingState(cast("Loss", settings.train.loss))
            for _ in trainer.run(progress):
                watch(number, progress.epoch, progress.best)
            # What stands beside the network is made, and weighed, when the training has ended.
            values.append(trainer.validate(selector.select(progress))[f"ndcg@{trainer.train.metric_k}"])
            self._keep(selector)
        return float(np.mean(values))

    @property
    def mixes(self) -> dict[str, Any]:
        """What the edges were fitted to, as plain data: choosing it is the slowest part of them."""
        return {key: mix.plain() for key, mix in self._mixes.items()}

    def remember(self, mixes: Mapping[str, Any]) -> None:
        """Take what an earlier search has fitted edges to."""
        self._mixes |= {key: ItemItemConfig(**mix) for key, mix in mixes.items()}

    def _prepare(self, settings: Settings) -> HybridSelector:
        names = modalities(self.data, settings.content) if settings.model.content else []
        key = "+".join([*names, *(["knowledge"] if settings.model.knowledge else [])])
        if self._fit is None or self._fit[0] != key:
            self._fit = None  # a catalogue's edges are large: not two at once
            model, train, content = settings.model, settings.train, settings.content
            trainer = Trainer(self.data, self.split, model, train, self.device, content)
            self._fit = key, HybridSelector(trainer, self._mixes.get(key))
        return self._fit[1].with_settings(settings.train, settings.model, settings.content)

    def _keep(self, selector: HybridSelector) -> None:
        """Let later trainings share the edges of one that has ended."""
        if self._fit is not None:
            self._fit = self._fit[0], selector
            if selector.item_item_config is not None:
                self._mixes[self._fit[0]] = selector.item_item_config
