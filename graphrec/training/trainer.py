"""The training loop: from a training graph to the weights that validate best.

Every epoch seeds its own randomness from ``(seed, objective, epoch)``, so that a resumed training draws exactly what an
uninterrupted one would have, and the same seed on the same machine gives the same numbers on the CPU. (A GPU adds
floats in the order in which they arrive.)
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor

from graphrec.common.errors import TrainingError
from graphrec.common.pyg import HeteroData
from graphrec.config.settings import ContentSettings, ModelSettings, TrainSettings
from graphrec.evaluation.ranking import HeldOutPairs
from graphrec.evaluation.split import Split, fewer_users
from graphrec.model import HeteroRecommender, Profiles
from graphrec.model.ema import EMA
from graphrec.model.loss import LOSSES, Loss
from graphrec.model.step import training_step
from graphrec.training.checkpoint import TrainingState
from graphrec.training.early_stopping import stops
from graphrec.training.scoring import Scorer
from graphrec.training.selection import ValidationSet

#: Most users that validation ranks for per epoch (drawn once, seeded).
VALIDATED = 10_000
#: Most steps per epoch. A step's hop runs over all edges, so more users make larger batches, not more steps.
STEPS = 32


class Trainer:
    """Trains one model per objective on one training graph.

    Parameters
    ----------
    data
        The training graph, without held-out behaviours.
    split
        The pairs to train on, and those to validate on.
    model, train
        The settings.
    device
        Device to compute on.
    content
        How the modalities are fused.
    """

    def __init__(
        self,
        data: HeteroData,
        split: Split,
        model: ModelSettings,
        train: TrainSettings,
        device: torch.device,
        content: ContentSettings | None = None,
    ) -> None:
        self.data, self.split, self.settings, self.train, self.device = data, split, model, train, device
        self.content = content or ContentSettings()
        profiles = Profiles.of(data)
        if not model.weighted:
            profiles = replace(profiles, age=None, days=None)
        self.behaviours = profiles.behaviours
        self.profiles = profiles.to(device)
        learnable = torch.isin(profiles.users * split.shape[1] + profiles.items, _keys(split)) & profiles.wanted
        #: The target pairs of each user.
        self.pairs = profiles.where(learnable)
        #: Which pairs of :attr:`profiles` are target pairs, bool ``[n_pairs]``.
        self.learnable = learnable.to(device)
        self._users = self.pairs.indptr.diff().nonzero()[:, 0]
        self._seen, self._truth = _validation(split)

    def build(self, seed: int, loss: Loss) -> HeteroRecommender:
        """Return a new model of the shape that suits ``loss``, initialised from ``seed``."""
        torch.manual_seed(seed)
        shape = self.settings.decided(loss)
        return HeteroRecommender(self.data, self.profiles.cpu(), shape, self.content).to(self.device)

    def validation_set(self) -> ValidationSet:
        """Return the validation users for model selection."""
        return ValidationSet(self._seen, self._truth, self.split.candidates("valid"), self.train.metric_k)

    def run(self, state: TrainingState) -> Iterator[dict[str, Any]]:
        """Train until validation stops improving; yield each epoch's figures, with ``state`` ready to be saved.

        :mod:`graphrec.training.early_stopping` decides when to stop.

        Raises
        ------
        TrainingError
            The loss is not a number.
        """
        model = self.build(self.train.seed, state.loss)
        optimiser = self._optimiser(model)
        if state.weights:
            model.load_state_dict(state.weights)
            optimiser.load_state_dict(state.optimiser)
        ema = EMA(model, self.train.ema, state.average)
        while not state.done:
            state.epoch += 1
            started = time.perf_counter()
            loss = self._epoch(model, optimiser, ema, state)
            with ema.applied():
                metrics = self.validate(model)
                value = metrics[f"ndcg@{self.train.metric_k}"]
                state.validation.append(value)
                if value > state.best:
                    state.best, state.best_epoch = value, state.epoch
                    state.best_weights = copy.deepcopy(model.state_dict())
            steps = state.epoch * -(-len(self._users) // self._batch)
            stopped = stops(state.validation, self.train.patience, steps)
            state.done = stopped or state.epoch >= self.train.epochs
            state.weights, state.optimiser = model.state_dict(), optimiser.state_dict()
            state.average = ema.state()
            seconds = time.perf_counter() - started
            state.seconds += seconds
            yield {"objective": state.loss, "epoch": state.epoch, "loss": loss, **metrics, "seconds": seconds}

    def train_epochs(self, state: TrainingState, advance: Callable[[], None]) -> HeteroRecommender:
        """Return the network after as many epochs as were best in the training of ``state``, without validation.

        Parameters
        ----------
        state
            A finished training; it is not continued.
        advance
            Called after each epoch.
        """
        model = self.build(self.train.seed, state.loss)
        optimiser, ema = self._optimiser(model), EMA(model, self.train.ema)
        for epoch in range(1, state.best_epoch + 1):
            self._epoch(model, optimiser, ema, TrainingState(state.loss, epoch))
            advance()
        with ema.applied():
            weights = copy.deepcopy(model.state_dict())
        model.load_state_dict(weights)
        return model

    @property
    def _batch(self) -> int:
        """Number of users per optimiser step."""
        return max(self.train.batch, -(-len(self._users) // STEPS))

    def _optimiser(self, model: HeteroRecommender) -> torch.optim.Optimizer:
        return torch.optim.Adam(model.parameters(), lr=self.train.lr, weight_decay=self.train.weight_decay, fused=True)

    def _epoch(
        self, model: HeteroRecommender, optimiser: torch.optim.Optimizer, ema: EMA, state: TrainingState
    ) -> float:
        model.train()
        torch.manual_seed(hash((self.train.seed, LOSSES.index(state.loss), state.epoch)) % 2**63)
        order = self._users[torch.randperm(len(self._users))]
        total = torch.zeros((), device=self.device)
        for users in torch.split(order, self._batch):
            batch = partial(model.training_batch, self.profiles, users.to(self.device), self.learnable)
            optimiser.zero_grad(set_to_none=True)
            value = training_step(model, batch, state.loss, self.train)
            optimiser.step()
            ema.update()
            total += value.detach() * len(users)
        mean = float(total) / len(order)
        if not np.isfinite(mean):
            raise TrainingError(
                f"the {state.loss} loss became {mean} in epoch {state.epoch}",
                hint=f"lower [train] lr (now {self.train.lr})",
            )
        return mean

    @torch.inference_mode()
    def validate(self, model: HeteroRecommender) -> dict[str, float]:
        """Return the validation metrics at ``metric_k``: full ranking, training behaviour masked."""
        score, k = Scorer(model, self.profiles, self.pairs), self.train.metric_k
        found = self._held.metrics(lambda users: score(users).cpu(), k)
        return {f"{name}@{k}": float(found[name].mean()) for name in ("ndcg", "recall")}

    @cached_property
    def _held(self) -> HeldOutPairs:
        return HeldOutPairs(self._seen, self._truth, self.split.candidates("valid"), kept=True)


def _keys(split: Split) -> Tensor:
    """Return a unique number per training pair."""
    return split.train[0] * split.shape[1] + split.train[1]


def _validation(split: Split) -> tuple[csr_array, csr_array]:
    """Return the pairs to mask and the pairs to predict, for at most :data:`VALIDATED` users."""
    seen, truth = split.seen("valid"), split.matrix("valid")
    if truth.nnz == 0 and not split.merged:
        raise TrainingError(
            "no behaviour is left for validation, so nothing can be chosen",
            hint="raise [split] valid, or load users with at least three behaviours",
        )
    return seen, fewer_users(truth, VALIDATED, split.settings.seed)
