"""The training loop: from a training graph to the weights that validate best.

Every epoch seeds its own randomness from ``(seed, objective, epoch)``, so that a resumed training draws exactly what an
uninterrupted one would have, and the same seed on the same machine gives the same numbers on the CPU. (A GPU adds
floats in the order in which they arrive.)
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor
from torch_geometric.data import HeteroData

from graphrec.config import ContentSettings, ModelSettings, TrainSettings
from graphrec.errors import TrainingError
from graphrec.evaluate import Report, evaluate
from graphrec.files import replacing
from graphrec.mix import choose_mix
from graphrec.model import HeteroRecommender, Profiles, Rows
from graphrec.model.average import Average
from graphrec.model.content import modalities
from graphrec.model.objective import LOSSES, Loss, objective
from graphrec.model.similar import MOST_ITEMS, Grams, Mix, Similar, profile
from graphrec.model.support import Sparse, fit_support
from graphrec.split import Split, fewer_users

#: Raised whenever a training comes to other figures than it did: what is kept of older ones is not gone on with.
VERSION = "2"
#: Validation ranks for at most this many users an epoch (drawn once, seeded).
VALIDATED = 10_000
#: What the scores along ``SIMILAR`` edges may count, those of the trained vectors having unit deviation.
SCALES = (0.0, 0.1, 0.25, 0.5, 1.0, 2.0)
#: The ridge of sparse edges, whose mix is not searched.
SPARSE_RIDGE = 50.0
#: Users whose scores tell the deviation.
_SAMPLE = 512

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
    average: State = field(default_factory=dict, repr=False)
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
    content
        How the modalities are fused.
    mix
        What the ``SIMILAR`` edges are fitted to; chosen on validation where it is not given.
    """

    def __init__(
        self,
        data: HeteroData,
        split: Split,
        model: ModelSettings,
        train: TrainSettings,
        device: torch.device,
        content: ContentSettings | None = None,
        mix: Mix | None = None,
    ) -> None:
        self.data, self.split, self.settings, self.train, self.device = data, split, model, train, device
        self.content, self._mix = content or ContentSettings(), mix
        profiles = Profiles.of(data)
        self.behaviours = profiles.behaviours
        self.profiles = profiles.to(device)
        targets = split.matrix("train")
        indptr, items = targets.indptr.astype(np.int64), targets.indices.astype(np.int64)
        self._targets = Rows(torch.from_numpy(indptr).to(device), torch.from_numpy(items).to(device))
        self._learnable = torch.isin(_keys(self.profiles, split.shape[1]), _keys(self._targets, split.shape[1]))
        self._users = torch.from_numpy(np.flatnonzero(np.diff(targets.indptr)))
        self._seen, self._truth = _validation(split)

    @cached_property
    def similar(self) -> Similar | Sparse | None:
        """The ``SIMILAR`` edges, fitted once for all objectives; None where there are to be none."""
        if not self.settings.similar:
            return None
        pairs = Rows(self._targets.indptr.cpu(), self._targets.items.cpu())
        if self.split.shape[1] > MOST_ITEMS:
            self._mix = self._mix or Mix(ridge=SPARSE_RIDGE)
            weights = fit_support(self.data, pairs, self._mix, self.settings.knowledge)
            return Sparse(weights, self._mix.alpha, pairs).to(self.device)
        grams = Grams(self.data, pairs, knowledge=self.settings.knowledge)
        names = modalities(self.data, self.content) if self.settings.content else []
        if self._mix is None:
            self._mix = choose_mix(grams, names, lambda similar: self._judge(lambda u: similar(*profile(pairs, u))))
        return Similar(grams.invert(self._mix), self._mix.alpha, pairs).to(self.device)

    @property
    def mix(self) -> Mix | None:
        """What the ``SIMILAR`` edges were fitted to."""
        return self._mix if self.similar is not None else None

    def build(self, seed: int, loss: Loss) -> HeteroRecommender:
        """Return a fresh model of the shape that suits ``loss``, its first weights made from ``seed``."""
        similar = self.similar
        torch.manual_seed(seed)
        shape = self.settings.decided(loss)
        return HeteroRecommender(self.data, self.profiles.cpu(), shape, self.content, similar).to(self.device)

    def best(self, progress: Progress) -> HeteroRecommender:
        """Return the model with the weights that validated best, its ``SIMILAR`` edges counting what validates best."""
        model = self.build(self.train.seed, progress.loss)
        model.load_state_dict(progress.best_weights)
        if model.similar is not None:
            alone, along = self.scorer(model), model.similar  # the edges count nothing yet
            users = self._users[:: max(1, len(self._users) // _SAMPLE)]
            deviation = float(alone(users).std())

            def judge(scale: float) -> float:
                return self._judge(lambda u: (alone(u) + scale * deviation * self._along(along, u)).cpu())

            model.similar_scale.fill_(max(SCALES, key=judge) * deviation)
        return model

    def run(self, progress: Progress) -> Iterator[dict[str, Any]]:
        """Train until validation stops improving; yield each epoch's figures, ``progress`` being there for the saving.

        Raises
        ------
        TrainingError
            The loss is not a number.
        """
        model = self.build(self.train.seed, progress.loss)
        optimiser = torch.optim.Adam(
            model.parameters(), lr=self.train.lr, weight_decay=self.train.weight_decay, fused=True
        )
        if progress.weights:
            model.load_state_dict(progress.weights)
            optimiser.load_state_dict(progress.optimiser)
        average = Average(model, self.train.average, progress.average)
        while not progress.done:
            progress.epoch += 1
            started = time.perf_counter()
            loss = self._epoch(model, optimiser, average, progress)
            with average.applied():
                metrics = self.validate(model)
                value = metrics[f"ndcg@{self.train.metric_k}"]
                if value > progress.best:
                    progress.best, progress.best_epoch = value, progress.epoch
                    progress.best_weights = copy.deepcopy(model.state_dict())
            waited = progress.epoch - progress.best_epoch
            progress.done = waited >= self.train.patience or progress.epoch >= self.train.epochs
            progress.weights, progress.optimiser = model.state_dict(), optimiser.state_dict()
            progress.average = average.state()
            seconds = time.perf_counter() - started
            progress.seconds += seconds
            yield {"objective": progress.loss, "epoch": progress.epoch, "loss": loss, **metrics, "seconds": seconds}

    def _epoch(
        self, model: HeteroRecommender, optimiser: torch.optim.Optimizer, average: Average, progress: Progress
    ) -> float:
        model.train()
        torch.manual_seed(hash((self.train.seed, LOSSES.index(progress.loss), progress.epoch)) % 2**63)
        order = self._users[torch.randperm(len(self._users))]
        total = torch.zeros((), device=self.device)
        for users in torch.split(order, self.train.batch):
            batch = users.to(self.device)
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
                lesson = model.lesson(self.profiles, batch, self._learnable)
            value = objective(progress.loss, lesson)
            optimiser.zero_grad(set_to_none=True)
            torch.autograd.backward(value)
            optimiser.step()
            average.update()
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
        score = self.scorer(model)
        report = self._report(lambda users: score(users).cpu())
        return {name: report.mean(name) for name in (f"ndcg@{self.train.metric_k}", f"recall@{self.train.metric_k}")}

    def scorer(self, model: HeteroRecommender) -> Callable[[Tensor], Tensor]:
        """Return what scores users, int64 ``[b]``, by their training profiles: float32 ``[b, n_items]``."""
        model.train(False)
        with torch.inference_mode():
            source, target, bias = model.items()
        along = model.similar if model.similar_scale > 0 else None

        @torch.inference_mode()
        def score(users: Tensor) -> Tensor:
            users = users.to(self.device)
            scores = model.users(self.profiles, users, source) @ target.T + bias
            return scores if along is None else scores + model.similar_scale * self._along(along, users)

        return score

    @torch.inference_mode()
    def _along(self, edges: Similar | Sparse, users: Tensor) -> Tensor:
        """Return what users' training pairs send along the edges, ``[b, n_items]``."""
        sent: Tensor = edges(*profile(self._targets, users.to(self.device)))
        return sent

    def _report(self, score: Callable[[Tensor], Tensor]) -> Report:
        candidates = self.split.candidates("valid")
        return evaluate(score, self._seen, self._truth, ks=(self.train.metric_k,), candidates=candidates)

    def _judge(self, score: Callable[[Tensor], Tensor]) -> float:
        return self._report(score).mean(f"ndcg@{self.train.metric_k}")

    @torch.inference_mode()
    def embed(self, model: HeteroRecommender, profiles: Profiles) -> tuple[Tensor, Tensor]:
        """Return user and item vectors ``[n, dim + 1]`` whose inner product is the score, ``SIMILAR`` edges apart."""
        model.train(False)
        source, target, bias = model.items()
        n_users, profiles = len(profiles.indptr) - 1, profiles.to(self.device)
        blocks = [
            model.users(profiles, users.to(self.device), source) for users in torch.split(torch.arange(n_users), 4096)
        ]
        users = torch.cat(blocks)
        user = torch.cat([users, torch.ones(n_users, 1, device=self.device)], 1)
        item = torch.cat([target, bias[:, None]], 1)
        return user.float().cpu().contiguous(), item.float().cpu().contiguous()

    @torch.inference_mode()
    def edges(self, model: HeteroRecommender) -> dict[str, Tensor]:
        """Return the weighted ``SIMILAR`` edges ``[n_items, n_items]`` (in parts where they are sparse), or nothing.

        With them stands the exponent of the degrees.
        """
        if model.similar is None or model.similar_scale == 0:
            return {}
        edges, alpha = model.similar.edges().cpu(), torch.tensor(model.similar.alpha)
        scale = model.similar_scale.cpu()
        if edges.layout == torch.strided:
            return {"similar": (edges * scale).contiguous(), "similar.alpha": alpha}
        parts = {"indptr": edges.crow_indices(), "indices": edges.col_indices(), "values": edges.values() * scale}
        return {f"similar.{name}": part for name, part in parts.items()} | {"similar.alpha": alpha}


def _keys(rows: Rows, n_items: int) -> Tensor:
    """Return one number a pair."""
    return rows.users * n_items + rows.items


def _validation(split: Split) -> tuple[csr_array, csr_array]:
    """Return what is masked and what is to be found, for at most :data:`VALIDATED` users."""
    seen, truth = split.seen("valid"), split.matrix("valid")
    if truth.nnz == 0:
        raise TrainingError(
            "no behaviour is left for validation, so nothing can be chosen",
            hint="raise [split] valid, or load users with at least three behaviours",
        )
    return seen, fewer_users(truth, VALIDATED, split.settings.seed)


def save_checkpoint(path: Path, progress: list[Progress]) -> None:
    """Write where the training stands, in one step."""
    with replacing(path) as part:
        torch.save({"version": VERSION, "progress": [dict(vars(p)) for p in progress]}, part)


def load_checkpoint(path: Path) -> list[Progress]:
    """Read what :func:`save_checkpoint` wrote.

    Raises
    ------
    TrainingError
        There is none, it is damaged, or another version of the model began it.
    """
    try:
        kept = torch.load(path, map_location="cpu", weights_only=True)
        if isinstance(kept, dict) and kept["version"] == VERSION:
            return [Progress(**p) for p in kept["progress"]]
    except FileNotFoundError as error:
        raise TrainingError(f"{path}: no checkpoint there", hint="train without --resume") from error
    except Exception as error:
        raise TrainingError(f"{path}: not a checkpoint: {error}", hint="train without --resume") from error
    raise TrainingError(f"{path}: begun by another version of graphrec", hint="train without --resume")
