"""The training loop: from a training graph to the weights that validate best.

Every epoch seeds its own randomness from ``(seed, objective, epoch)``, so that a resumed training draws exactly what an
uninterrupted one would have, and the same seed on the same machine gives the same numbers on the CPU. (A GPU adds
floats in the order in which they arrive.)
"""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor
from torch_geometric.data import HeteroData

from graphrec.config import ModelSettings, TrainSettings
from graphrec.errors import TrainingError
from graphrec.evaluate import evaluate
from graphrec.files import replacing
from graphrec.model import HeteroRecommender, Profiles, Rows
from graphrec.model.objective import LOSSES, Loss, objective
from graphrec.split import Split

#: Validation ranks for at most this many users an epoch (drawn once, seeded).
VALIDATED = 10_000

State = dict[str, Any]


@dataclass
class Progress:
    """Where a training stands; all that is needed to go on."""

    loss: Loss
    epoch: int = 0
    best: float = -1.0
    best_epoch: int = 0
    seconds: float = 0.0
    weights: State = field(default_factory=dict, repr=False)
    optimiser: State = field(default_factory=dict, repr=False)
    best_weights: State = field(default_factory=dict, repr=False)
    done: bool = False


class Fit:
    """Trains one model an objective on one training graph.

    Parameters
    ----------
    data
        The training graph: nothing held out is in it.
    split
        The pairs to learn, and those to validate on.
    model, train
        The settings.
    device
        Where to compute.
    """

    def __init__(
        self, data: HeteroData, split: Split, model: ModelSettings, train: TrainSettings, device: torch.device
    ) -> None:
        self.data, self.split, self.settings, self.train, self.device = data, split, model, train, device
        profiles = Profiles.of(data)
        self.behaviours = profiles.behaviours
        self.profiles = profiles.to(device)
        targets = split.matrix("train")
        indptr, items = targets.indptr.astype(np.int64), targets.indices.astype(np.int64)
        self._targets = Rows(torch.from_numpy(indptr).to(device), torch.from_numpy(items).to(device))
        self._users = torch.from_numpy(np.flatnonzero(np.diff(targets.indptr)))
        self._seen, self._truth = _validation(split, train.seed)

    def build(self, seed: int) -> HeteroRecommender:
        """Return a fresh model whose first weights come from ``seed``."""
        torch.manual_seed(seed)
        return HeteroRecommender(self.data, self.behaviours, self.settings).to(self.device)

    def run(self, progress: Progress) -> Iterator[dict[str, Any]]:
        """Train until validation stops improving; yield each epoch's figures, ``progress`` being there for the saving.

        Raises
        ------
        TrainingError
            The loss is not a number.
        """
        model = self.build(self.train.seed)
        optimiser = torch.optim.Adam(model.parameters(), lr=self.train.lr, weight_decay=self.train.weight_decay)
        if progress.weights:
            model.load_state_dict(progress.weights)
            optimiser.load_state_dict(progress.optimiser)
        while not progress.done:
            progress.epoch += 1
            started = time.perf_counter()
            loss = self._epoch(model, optimiser, progress)
            metrics = self.validate(model)
            value = metrics[f"ndcg@{self.train.metric_k}"]
            if value > progress.best:
                progress.best, progress.best_epoch = value, progress.epoch
                progress.best_weights = copy.deepcopy(model.state_dict())
            waited = progress.epoch - progress.best_epoch
            progress.done = waited >= self.train.patience or progress.epoch >= self.train.epochs
            progress.weights, progress.optimiser = model.state_dict(), optimiser.state_dict()
            seconds = time.perf_counter() - started
            progress.seconds += seconds
            yield {"objective": progress.loss, "epoch": progress.epoch, "loss": loss, **metrics, "seconds": seconds}

    def _epoch(self, model: HeteroRecommender, optimiser: torch.optim.Optimizer, progress: Progress) -> float:
        model.train()
        torch.manual_seed(hash((self.train.seed, LOSSES.index(progress.loss), progress.epoch)) % 2**63)
        order = self._users[torch.randperm(len(self._users))]
        total = torch.zeros((), device=self.device)
        for users in torch.split(order, self.train.batch):
            batch = users.to(self.device)
            _, row, pair = self._targets.rows(batch)
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
                scores = model(self.profiles, batch)
            value = objective(progress.loss, scores, row, self._targets.items[pair])
            optimiser.zero_grad(set_to_none=True)
            torch.autograd.backward(value)
            optimiser.step()
            total += value.detach() * len(batch)
        mean = float(total) / len(order)
        if not np.isfinite(mean):
            raise TrainingError(
                f"the {progress.loss} loss became {mean} in epoch {progress.epoch}",
                hint=f"lower [train] lr (now {self.train.lr})",
            )
        return mean

    @torch.inference_mode()
    def validate(self, model: HeteroRecommender) -> dict[str, float]:
        """Return the validation metrics at ``metric_k``, full ranking, training behaviour masked."""
        model.train(False)
        source, target = model.items()

        def score(users: Tensor) -> Tensor:
            z = model.users(self.profiles, users.to(self.device), source)
            return (z @ target.T + model.bias).cpu()

        k = self.train.metric_k
        report = evaluate(score, self._seen, self._truth, ks=(k,))
        return {name: report.mean(name) for name in (f"ndcg@{k}", f"recall@{k}")}

    @torch.inference_mode()
    def embed(self, model: HeteroRecommender, profiles: Profiles) -> tuple[Tensor, Tensor]:
        """Return user and item vectors ``[n, dim + 1]`` whose inner product is the score."""
        model.train(False)
        source, target = model.items()
        n_users, profiles = len(profiles.indptr) - 1, profiles.to(self.device)
        blocks = [
            model.users(profiles, users.to(self.device), source) for users in torch.split(torch.arange(n_users), 4096)
        ]
        users = torch.cat(blocks)
        user = torch.cat([users, torch.ones(n_users, 1, device=self.device)], 1)
        item = torch.cat([target, model.bias[:, None]], 1)
        return user.float().cpu().contiguous(), item.float().cpu().contiguous()


def _validation(split: Split, seed: int) -> tuple[csr_array, csr_array]:
    """Return what is masked and what is to be found, for at most :data:`VALIDATED` users."""
    seen, truth = split.seen("valid"), split.matrix("valid")
    if truth.nnz == 0:
        raise TrainingError(
            "no behaviour is left for validation, so nothing can be chosen",
            hint="raise [split] valid, or load users with at least three behaviours",
        )
    users = np.flatnonzero(np.diff(truth.indptr))
    if len(users) > VALIDATED:
        keep = np.zeros(truth.shape[0], np.float32)
        keep[np.random.default_rng(seed).choice(users, VALIDATED, replace=False)] = 1
        truth = csr_array(truth.multiply(keep[:, None]))
        truth.eliminate_zeros()
    return seen, truth


def save_checkpoint(path: Path, progress: list[Progress]) -> None:
    """Write where the training stands, in one step."""
    with replacing(path) as part:
        torch.save([dict(vars(p)) for p in progress], part)


def load_checkpoint(path: Path) -> list[Progress]:
    """Read what :func:`save_checkpoint` wrote.

    Raises
    ------
    TrainingError
        There is none, or it is damaged.
    """
    try:
        return [Progress(**p) for p in torch.load(path, map_location="cpu", weights_only=True)]
    except FileNotFoundError as error:
        raise TrainingError(f"{path}: no checkpoint there", hint="train without --resume") from error
    except Exception as error:
        raise TrainingError(f"{path}: not a checkpoint: {error}", hint="train without --resume") from error
