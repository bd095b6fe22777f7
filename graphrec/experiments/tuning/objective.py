"""One training with given settings, and its validation score.

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

#: Called with the index of a choice's training (the first is 0), the epoch and the training's best validation so far;
#: may raise to end the training.
Watch = Callable[[int, int, float], None]


class TrialRunner:
    """Trains on one split of one graph.

    Parameters
    ----------
    data
        The training graph.
    split
        The split; its test pairs are not used.
    device
        Device to compute on.
    seeds
        Trainings per choice; their mean counts.
    """

    def __init__(self, data: HeteroData, split: Split, device: torch.device, seeds: int = 1) -> None:
        self.data, self.split, self.device, self.seeds = data, split, device, seeds
        self._fit: tuple[str, HybridSelector] | None = None
        self._mixes: dict[str, ItemItemConfig] = {}

    def measure(self, settings: Settings, watch: Watch) -> float:
        """Return the mean validation score of the finished models over seeds.

        ``watch`` follows every training; its values do not include ``SIMILAR`` edges.

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
            # The other components are fitted and weighted after the training.
            values.append(trainer.validate(selector.select(progress))[f"ndcg@{trainer.train.metric_k}"])
            self._keep(selector)
        return float(np.mean(values))

    @property
    def mixes(self) -> dict[str, Any]:
        """Settings chosen for the edges, as plain data: choosing them is the slowest part."""
        return {key: mix.plain() for key, mix in self._mixes.items()}

    def remember(self, mixes: Mapping[str, Any]) -> None:
        """Restore the edge settings of an earlier search."""
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
        """Share the edges of a finished training with later ones."""
        if self._fit is not None:
            self._fit = self._fit[0], selector
            if selector.item_item_config is not None:
                self._mixes[self._fit[0]] = selector.item_item_config
