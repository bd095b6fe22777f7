"""The training loop: from a training graph to the weights that validate best.

Every epoch seeds its own randomness from ``(seed, objective, epoch)``, so that a resumed training draws exactly what an
uninterrupted one would have, and the same seed on the same machine gives the same numbers on the CPU. (A GPU adds
floats in the order in which they arrive.)
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor

from graphrec.common.batches import in_blocks
from graphrec.common.errors import TrainingError
from graphrec.common.pyg import HeteroData
from graphrec.config.settings import ContentSettings, ModelSettings, TrainSettings
from graphrec.evaluation.ranking import Report, evaluate
from graphrec.evaluation.split import Split, fewer_users
from graphrec.model import HeteroRecommender, Profiles, UserItemCSR
from graphrec.model.cold_placement import placed, shifts, spread, with_offset
from graphrec.model.cold_vectors import ColdItemPredictor
from graphrec.model.content_vectors import modalities
from graphrec.model.ema import EMA
from graphrec.model.item_item import MOST_ITEMS, DenseItemItem, GramMatrices, ItemItemConfig
from graphrec.model.item_item_sparse import SparseItemItem
from graphrec.model.loss import LOSSES, Loss
from graphrec.model.profile_length import ProfileLengthWeights
from graphrec.model.recommender import COMPONENTS, Component
from graphrec.model.step import training_step
from graphrec.model.user_encoder import UserEncoder
from graphrec.training.checkpoint import TrainingState
from graphrec.training.item_item_search import SparseItemItemCandidates, choose_item_item, choose_sparse_item_item
from graphrec.training.selection import ValidationSet, blend_weights, choose_factors, choose_half_lives, choose_recency
from graphrec.training.short_profiles import ASKED, ASKED_ELEMENTS, select_short_profile_weights

#: Validation ranks for at most this many users an epoch (drawn once, seeded).
VALIDATED = 10_000
#: Validation users by whom the settings of the edges are chosen, at most.
MIXED = 2_000
#: Steps of an epoch at most. A step's hop runs over all edges, so more users make larger batches, not more steps.
STEPS = 32


class Trainer:
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
    item_item_config
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
        item_item_config: ItemItemConfig | None = None,
    ) -> None:
        self.data, self.split, self.settings, self.train, self.device = data, split, model, train, device
        self.content, self.item_item_config = content or ContentSettings(), item_item_config
        profiles = Profiles.of(data)
        if not model.weighted:
            profiles = replace(profiles, age=None, days=None)
        self.behaviours = profiles.behaviours
        self.profiles = profiles.to(device)
        learnable = torch.isin(profiles.users * split.shape[1] + profiles.items, _keys(split)) & profiles.wanted
        #: The target pairs of each user.
        self.pairs = profiles.where(learnable)
        self._learnable = learnable.to(device)
        self._users = self.pairs.indptr.diff().nonzero()[:, 0]
        self._seen, self._truth = _validation(split)
        self._similar: DenseItemItem | SparseItemItem | None = None

    def build(self, seed: int, loss: Loss) -> HeteroRecommender:
        """Return a fresh model of the shape that suits ``loss``, its first weights made from ``seed``."""
        torch.manual_seed(seed)
        shape = self.settings.decided(loss)
        return HeteroRecommender(self.data, self.profiles.cpu(), shape, self.content).to(self.device)

    @torch.no_grad()
    def select_hybrid(self, state: TrainingState) -> HeteroRecommender:
        """Return the model with the weights that validated best, and beside them what validates best."""
        model = self.build(self.train.seed, state.loss)
        model.load_state_dict(state.best_weights)
        validation = ValidationSet(self._seen, self._truth, self.split.candidates("valid"), self.train.metric_k)

        def alone(recency: float, half_lives: Sequence[float]) -> Tensor:
            model.profile_encoder.recency.fill_(recency)
            model.profile_encoder.half_life.copy_(torch.tensor(half_lives))
            return validation.scores(self.scorer(model))

        given, undecided = self._half_lives()
        recency = 0.0 if self.profiles.age is None else choose_recency(validation, lambda tried: alone(tried, given))
        half_lives = choose_half_lives(validation, given, undecided, lambda tried: alone(recency, tried))
        network = alone(recency, half_lives)
        deviation = float(network.std())
        network = network / deviation
        model.similar = self.connected(validation, recency)
        if self.settings.als:
            table = model.items()[0].float().cpu()
            chosen = choose_factors(validation, table, self.pairs, recency, network, self.predictor())
            model.als = chosen.to(self.device)
        parts = {name: validation.scores(self.scorer(model, [name])) for name in model.components()}
        for name, scale in blend_weights(validation, parts, network).items():
            model.scale(name).fill_(scale * deviation)
        if not self.split.cold:
            model.lengths = self._lengths(validation.fewer(min(ASKED, ASKED_ELEMENTS // self.split.shape[1])), model)
        model.cold_item_rank = 0 if model.get_buffer("warm_items").all() else self.settings.cold_item_rank
        return model

    def _half_lives(self) -> tuple[list[float], list[int]]:
        """Return the half-life that is given of each type, 0 where none is, and the places of those to be chosen."""
        stores = [self.data["user", name, "item"] for name in self.behaviours]
        given = [float(store.half_life) if "half_life" in store else 0.0 for store in stores]
        days = self.profiles.days
        if days is None:
            return [0.0] * len(given), []
        return given, [c for c, store in enumerate(stores) if "half_life" not in store and days[:, c].any()]

    def _lengths(self, validation: ValidationSet, model: HeteroRecommender) -> ProfileLengthWeights | None:
        """Return what the parts count for users who did little; None where it is what they count for the others."""
        counts = self.pairs.items.bincount(minlength=self.split.shape[1]).cpu()

        def parts(profiles: Profiles, pairs: UserItemCSR) -> dict[Component, Tensor]:
            shown = profiles.to(self.device), pairs.to(self.device)
            found: dict[Component, Tensor] = {"network": validation.scores(self.scorer(model, ["network"], shown))}
            for name in model.components():
                if scale := float(model.scale(name)):
                    found[name] = validation.scores(self.scorer(model, [name], shown)) * (
                        scale if name == "similar" else 1
                    )
            return found

        usual = float(model.als_scale)
        chosen = select_short_profile_weights(
            validation, self.profiles.cpu(), self._learnable.cpu(), counts, parts, usual
        )
        return ProfileLengthWeights(counts, chosen, usual).to(self.device) if chosen else None

    def predictor(self) -> ColdItemPredictor:
        """Return what predicts the vectors of items that nobody has tried."""
        counts = self.pairs.items.bincount(minlength=self.split.shape[1])
        content = self.content if self.settings.content else None
        return ColdItemPredictor(self.data, content, self.settings.knowledge, counts)

    def connected(
        self, validation: ValidationSet | None = None, recency: float = 0.0
    ) -> DenseItemItem | SparseItemItem | None:
        """Return the ``SIMILAR`` edges, fitted once for all objectives; None where there are to be none.

        What they are fitted to is chosen by ``validation`` where these settings are not known.
        """
        if self.settings.similar and self._similar is None:
            self._similar = self._connect(validation, recency).to(self.device)
        return self._similar

    def _connect(self, validation: ValidationSet | None, recency: float) -> DenseItemItem | SparseItemItem:
        if self.split.shape[1] > MOST_ITEMS:
            candidates = SparseItemItemCandidates(self.data, self.pairs, self.settings.knowledge)
            if self.item_item_config is None:
                few = _asked(validation)
                done = self.pairs.interactions(few.users, recency)
                self.item_item_config = choose_sparse_item_item(candidates, lambda edges: edges(done), few.value)
            return candidates.edges(self.item_item_config)
        matrices = GramMatrices(self.data, self.pairs, knowledge=self.settings.knowledge)
        names = modalities(self.data, self.content) if self.settings.content else []
        if self.item_item_config is None:
            few = _asked(validation)
            done = self.pairs.interactions(few.users, recency)
            self.item_item_config = choose_item_item(matrices, names, lambda similar: few.value(similar(done)))
        return DenseItemItem(
            matrices.invert(self.item_item_config), self.item_item_config.alpha, self.pairs
        ).standardise(self.pairs)

    def run(self, state: TrainingState) -> Iterator[dict[str, Any]]:
        """Train until validation stops improving; yield each epoch's figures, ``state`` being there for the saving.

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
                if value > state.best:
                    state.best, state.best_epoch = value, state.epoch
                    state.best_weights = copy.deepcopy(model.state_dict())
            waited = state.epoch - state.best_epoch
            state.done = waited >= self.train.patience or state.epoch >= self.train.epochs
            state.weights, state.optimiser = model.state_dict(), optimiser.state_dict()
            state.average = ema.state()
            seconds = time.perf_counter() - started
            state.seconds += seconds
            yield {"objective": state.loss, "epoch": state.epoch, "loss": loss, **metrics, "seconds": seconds}

    def train_epochs(self, state: TrainingState, advance: Callable[[], None]) -> HeteroRecommender:
        """Return the network after as many epochs as were best in the training of ``state``; nothing is validated.

        Parameters
        ----------
        state
            A training that has ended; it is not gone on with.
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

    def _optimiser(self, model: HeteroRecommender) -> torch.optim.Optimizer:
        return torch.optim.Adam(model.parameters(), lr=self.train.lr, weight_decay=self.train.weight_decay, fused=True)

    def _epoch(
        self, model: HeteroRecommender, optimiser: torch.optim.Optimizer, ema: EMA, state: TrainingState
    ) -> float:
        model.train()
        torch.manual_seed(hash((self.train.seed, LOSSES.index(state.loss), state.epoch)) % 2**63)
        order = self._users[torch.randperm(len(self._users))]
        total = torch.zeros((), device=self.device)
        for users in torch.split(order, max(self.train.batch, -(-len(order) // STEPS))):
            batch = partial(model.training_batch, self.profiles, users.to(self.device), self._learnable)
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
        """Return the validation metrics at ``metric_k``, full ranking, training behaviour masked."""
        score = self.scorer(model)
        report = self._report(lambda users: score(users).cpu())
        return {name: report.mean(name) for name in (f"ndcg@{self.train.metric_k}", f"recall@{self.train.metric_k}")}

    def scorer(
        self,
        model: HeteroRecommender,
        parts: Collection[Component] = COMPONENTS,
        shown: tuple[Profiles, UserItemCSR] | None = None,
    ) -> Callable[[Tensor], Tensor]:
        """Return what scores users, int64 ``[b]``, by what they did: float32 ``[b, n_items]``.

        Parameters
        ----------
        model
            The model.
        parts
            What may speak; of a part that alone speaks it does not matter how much it counts beside others.
        shown
            What users did, and the target pairs of it; what they did in training where absent.
        """
        shown = (self.profiles, self.pairs) if shown is None else shown
        score = self._scorer(model, parts, shown)
        if model.cold_item_rank and len(parts) > 1:
            return placed(score, shown[1].to(self.device), model.get_buffer("warm_items"), model.cold_item_rank)
        return score

    def _scorer(
        self, model: HeteroRecommender, parts: Collection[Component], shown: tuple[Profiles, UserItemCSR]
    ) -> Callable[[Tensor], Tensor]:
        """Return what scores as :meth:`scorer` has it, cold items where their scores leave them."""
        model.train(False)
        with torch.inference_mode():
            source, target, bias = model.items()
        scales = {name: float(model.scale(name)) for name in model.components() if name in parts}
        if len(parts) == 1:
            scales = dict.fromkeys(scales, 1.0)
        lengths = model.lengths if len(parts) > 1 else None
        profiles, pairs, recency = (
            shown[0].to(self.device),
            shown[1].to(self.device),
            float(model.profile_encoder.recency),
        )

        @torch.inference_mode()
        def score(users: Tensor) -> Tensor:
            users = users.to(self.device)
            scores = torch.zeros(len(users), len(bias), device=self.device)
            if "network" in parts:
                scores += model.users(profiles, users, source) @ target.T + bias
            done = pairs.interactions(users, recency)
            if lengths is not None:
                scores = lengths(scores, model.als and model.als(done), done)
            for name, scale in scales.items():
                if scale and not (lengths is not None and name == "als"):
                    scores += scale * model.components()[name](done)
            return scores

        return score

    def _report(self, score: Callable[[Tensor], Tensor]) -> Report:
        candidates = self.split.candidates("valid")
        return evaluate(score, self._seen, self._truth, ks=(self.train.metric_k,), candidates=candidates)

    @torch.inference_mode()
    def encoder(self, model: HeteroRecommender) -> tuple[UserEncoder, Tensor]:
        """Return what makes the vectors of users, and the items' vectors, float32 ``[n_items, D]``."""
        model.train(False)
        source, target, bias = model.items()
        encoder = UserEncoder.of(model, source)
        return encoder, encoder.items(target, bias, model.lengths)

    @torch.inference_mode()
    def embed(self, model: HeteroRecommender, profiles: Profiles, done: UserItemCSR) -> tuple[Tensor, Tensor]:
        """Return user and item vectors ``[n, d]`` whose inner product is the score, ``SIMILAR`` edges apart.

        Parameters
        ----------
        model
            The model.
        profiles, done
            All that the users did, and the target pairs of it.
        """
        encoder, item = self.encoder(model)
        profiles, done = profiles.to(self.device), done.to(self.device)
        user = encoder(profiles, done, model.friends)
        if model.cold_item_rank:
            user, item = self._with_offset(model, user, item, (profiles, done))
        return user.float().cpu().contiguous(), item.float().cpu().contiguous()

    def _with_offset(
        self, model: HeteroRecommender, user: Tensor, item: Tensor, shown: tuple[Profiles, UserItemCSR]
    ) -> tuple[Tensor, Tensor]:
        """Return the vectors with cold items placed; all scores are looked at for it."""
        warm_items, score = model.get_buffer("warm_items"), self._scorer(model, COMPONENTS, shown)
        everybody = in_blocks(torch.arange(len(user), device=self.device), len(item))
        shift = torch.cat(
            [shifts(score(some), shown[1].interactions(some), warm_items, model.cold_item_rank) for some in everybody]
        )
        return with_offset(user, item, shift, warm_items)

    @torch.inference_mode()
    def edges(self, model: HeteroRecommender) -> dict[str, Tensor]:
        """Return the weighted ``SIMILAR`` edges ``[n_items, n_items]`` (in parts where they are sparse), or nothing.

        With them stands the exponent of the degrees.
        """
        if model.similar is None or model.similar_scale == 0:
            return {}
        edges, scale = model.similar.edges().cpu(), model.similar_scale.cpu()
        said = {"similar.alpha": torch.tensor(model.similar.alpha)}
        if model.cold_item_rank:
            said["similar.spread"] = spread(model.get_buffer("warm_items")).cpu()
        if edges.layout == torch.strided:
            return {"similar": (edges * scale).contiguous()} | said
        parts = {"indptr": edges.crow_indices(), "indices": edges.col_indices(), "values": edges.values() * scale}
        return {f"similar.{name}": part for name, part in parts.items()} | said


def _asked(validation: ValidationSet | None) -> ValidationSet:
    """Return those of a validation set by whom the settings of the edges are chosen."""
    if validation is None:
        raise ValueError("the settings of the edges are either given or chosen by validation")
    return validation.fewer(MIXED)


def _keys(split: Split) -> Tensor:
    """Return one number a training pair."""
    return split.train[0] * split.shape[1] + split.train[1]


def _validation(split: Split) -> tuple[csr_array, csr_array]:
    """Return what is masked and what is to be found, for at most :data:`VALIDATED` users."""
    seen, truth = split.seen("valid"), split.matrix("valid")
    if truth.nnz == 0 and not split.merged:
        raise TrainingError(
            "no behaviour is left for validation, so nothing can be chosen",
            hint="raise [split] valid, or load users with at least three behaviours",
        )
    return seen, fewer_users(truth, VALIDATED, split.settings.seed)
