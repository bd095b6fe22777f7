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
from graphrec.model import HeteroRecommender, Profiles, Rows
from graphrec.model.cold_placement import marked, placed, shifts, spread
from graphrec.model.cold_vectors import Predictor
from graphrec.model.content_vectors import modalities
from graphrec.model.ema import Average
from graphrec.model.item_item import MOST_ITEMS, Grams, Mix, Similar
from graphrec.model.item_item_sparse import Sparse
from graphrec.model.loss import LOSSES, Loss
from graphrec.model.profile_length import Lengths
from graphrec.model.recommender import PARTS, Part
from graphrec.model.step import learn
from graphrec.model.user_encoder import UserEncoder
from graphrec.training.checkpoint import Progress
from graphrec.training.early_stopping import stops
from graphrec.training.item_item_search import Ways, choose_mix, choose_ways
from graphrec.training.selection import Bench, choose_factors, choose_half_lives, choose_recency, weigh
from graphrec.training.short_profiles import ASKED, ASKED_ELEMENTS, choose_lengths

#: Validation ranks for at most this many users an epoch (drawn once, seeded).
VALIDATED = 10_000
#: Validation users by whom the mix of the edges is chosen, at most.
MIXED = 2_000
#: Steps of an epoch at most. A step's hop runs over all edges, so more users make larger batches, not more steps.
STEPS = 32


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
        self.content, self.mix = content or ContentSettings(), mix
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
        self._similar: Similar | Sparse | None = None

    def build(self, seed: int, loss: Loss) -> HeteroRecommender:
        """Return a fresh model of the shape that suits ``loss``, its first weights made from ``seed``."""
        torch.manual_seed(seed)
        shape = self.settings.decided(loss)
        return HeteroRecommender(self.data, self.profiles.cpu(), shape, self.content).to(self.device)

    @torch.no_grad()
    def best(self, progress: Progress) -> HeteroRecommender:
        """Return the model with the weights that validated best, and beside them what validates best."""
        model = self.build(self.train.seed, progress.loss)
        model.load_state_dict(progress.best_weights)
        bench = Bench(self._seen, self._truth, self.split.candidates("valid"), self.train.metric_k)

        def alone(recency: float, half_lives: Sequence[float]) -> Tensor:
            model.reader.recency.fill_(recency)
            model.reader.half_life.copy_(torch.tensor(half_lives))
            return bench.scores(self.scorer(model))

        given, undecided = self._half_lives()
        recency = 0.0 if self.profiles.age is None else choose_recency(bench, lambda tried: alone(tried, given))
        half_lives = choose_half_lives(bench, given, undecided, lambda tried: alone(recency, tried))
        network = alone(recency, half_lives)
        deviation = float(network.std())
        network = network / deviation
        model.similar = self.connected(bench, recency)
        if self.settings.factors:
            table = model.items()[0].float().cpu()
            chosen = choose_factors(bench, table, self.pairs, recency, network, self.predictor())
            model.factors = chosen.to(self.device)
        parts = {name: bench.scores(self.scorer(model, [name])) for name in model.beside()}
        for name, scale in weigh(bench, parts, network).items():
            model.scale(name).fill_(scale * deviation)
        if not self.split.cold:
            model.lengths = self._lengths(bench.fewer(min(ASKED, ASKED_ELEMENTS // self.split.shape[1])), model)
        model.untried = 0 if model.get_buffer("tried").all() else self.settings.untried
        return model

    def _half_lives(self) -> tuple[list[float], list[int]]:
        """Return the half-life that is given of each type, 0 where none is, and the places of those to be chosen."""
        stores = [self.data["user", name, "item"] for name in self.behaviours]
        given = [float(store.half_life) if "half_life" in store else 0.0 for store in stores]
        days = self.profiles.days
        if days is None:
            return [0.0] * len(given), []
        return given, [c for c, store in enumerate(stores) if "half_life" not in store and days[:, c].any()]

    def _lengths(self, bench: Bench, model: HeteroRecommender) -> Lengths | None:
        """Return what the parts count for users who did little; None where it is what they count for the others."""
        counts = self.pairs.items.bincount(minlength=self.split.shape[1]).cpu()

        def parts(profiles: Profiles, pairs: Rows) -> dict[Part, Tensor]:
            shown = profiles.to(self.device), pairs.to(self.device)
            found: dict[Part, Tensor] = {"network": bench.scores(self.scorer(model, ["network"], shown))}
            for name in model.beside():
                if scale := float(model.scale(name)):
                    found[name] = bench.scores(self.scorer(model, [name], shown)) * (scale if name == "similar" else 1)
            return found

        usual = float(model.factors_scale)
        chosen = choose_lengths(bench, self.profiles.cpu(), self._learnable.cpu(), counts, parts, usual)
        return Lengths(counts, chosen, usual).to(self.device) if chosen else None

    def predictor(self) -> Predictor:
        """Return what predicts the vectors of items that nobody has tried."""
        counts = self.pairs.items.bincount(minlength=self.split.shape[1])
        content = self.content if self.settings.content else None
        return Predictor(self.data, content, self.settings.knowledge, counts)

    def connected(self, bench: Bench | None = None, recency: float = 0.0) -> Similar | Sparse | None:
        """Return the ``SIMILAR`` edges, fitted once for all objectives; None where there are to be none.

        What they are fitted to is chosen by ``bench`` where no mix is known.
        """
        if self.settings.similar and self._similar is None:
            self._similar = self._connect(bench, recency).to(self.device)
        return self._similar

    def _connect(self, bench: Bench | None, recency: float) -> Similar | Sparse:
        if self.split.shape[1] > MOST_ITEMS:
            ways = Ways(self.data, self.pairs, self.settings.knowledge)
            if self.mix is None:
                few = _asked(bench)
                done = self.pairs.done(few.users, recency)
                self.mix = choose_ways(ways, lambda edges: edges(done), few.value)
            return ways.edges(self.mix)
        grams = Grams(self.data, self.pairs, knowledge=self.settings.knowledge)
        names = modalities(self.data, self.content) if self.settings.content else []
        if self.mix is None:
            few = _asked(bench)
            done = self.pairs.done(few.users, recency)
            self.mix = choose_mix(grams, names, lambda similar: few.value(similar(done)))
        return Similar(grams.invert(self.mix), self.mix.alpha, self.pairs).standardise(self.pairs)

    def run(self, progress: Progress) -> Iterator[dict[str, Any]]:
        """Train until validation stops improving; yield each epoch's figures, ``progress`` being there for the saving.

        When that is, :mod:`graphrec.training.early_stopping` says.

        Raises
        ------
        TrainingError
            The loss is not a number.
        """
        model = self.build(self.train.seed, progress.loss)
        optimiser = self._optimiser(model)
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
                progress.validation.append(value)
                if value > progress.best:
                    progress.best, progress.best_epoch = value, progress.epoch
                    progress.best_weights = copy.deepcopy(model.state_dict())
            steps = progress.epoch * -(-len(self._users) // self._batch)
            stopped = stops(progress.validation, self.train.patience, steps)
            progress.done = stopped or progress.epoch >= self.train.epochs
            progress.weights, progress.optimiser = model.state_dict(), optimiser.state_dict()
            progress.average = average.state()
            seconds = time.perf_counter() - started
            progress.seconds += seconds
            yield {"objective": progress.loss, "epoch": progress.epoch, "loss": loss, **metrics, "seconds": seconds}

    def repeated(self, progress: Progress, advance: Callable[[], None]) -> HeteroRecommender:
        """Return the network after as many epochs as were best in the training of ``progress``; nothing is validated.

        Parameters
        ----------
        progress
            A training that has ended; it is not gone on with.
        advance
            Called after each epoch.
        """
        model = self.build(self.train.seed, progress.loss)
        optimiser, average = self._optimiser(model), Average(model, self.train.average)
        for epoch in range(1, progress.best_epoch + 1):
            self._epoch(model, optimiser, average, Progress(progress.loss, epoch))
            advance()
        with average.applied():
            weights = copy.deepcopy(model.state_dict())
        model.load_state_dict(weights)
        return model

    @property
    def _batch(self) -> int:
        """Users of an optimiser step."""
        return max(self.train.batch, -(-len(self._users) // STEPS))

    def _optimiser(self, model: HeteroRecommender) -> torch.optim.Optimizer:
        return torch.optim.Adam(model.parameters(), lr=self.train.lr, weight_decay=self.train.weight_decay, fused=True)

    def _epoch(
        self, model: HeteroRecommender, optimiser: torch.optim.Optimizer, average: Average, progress: Progress
    ) -> float:
        model.train()
        torch.manual_seed(hash((self.train.seed, LOSSES.index(progress.loss), progress.epoch)) % 2**63)
        order = self._users[torch.randperm(len(self._users))]
        total = torch.zeros((), device=self.device)
        for users in torch.split(order, self._batch):
            lesson = partial(model.lesson, self.profiles, users.to(self.device), self._learnable)
            optimiser.zero_grad(set_to_none=True)
            value = learn(model, lesson, progress.loss, self.train)
            optimiser.step()
            average.update()
            total += value.detach() * len(users)
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

    def scorer(
        self, model: HeteroRecommender, parts: Collection[Part] = PARTS, shown: tuple[Profiles, Rows] | None = None
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
        if model.untried and len(parts) > 1:
            return placed(score, shown[1].to(self.device), model.get_buffer("tried"), model.untried)
        return score

    def _scorer(
        self, model: HeteroRecommender, parts: Collection[Part], shown: tuple[Profiles, Rows]
    ) -> Callable[[Tensor], Tensor]:
        """Return what scores as :meth:`scorer` has it, untried items where their scores leave them."""
        model.train(False)
        with torch.inference_mode():
            source, target, bias = model.items()
        scales = {name: float(model.scale(name)) for name in model.beside() if name in parts}
        if len(parts) == 1:
            scales = dict.fromkeys(scales, 1.0)
        lengths = model.lengths if len(parts) > 1 else None
        profiles, pairs, recency = shown[0].to(self.device), shown[1].to(self.device), float(model.reader.recency)

        @torch.inference_mode()
        def score(users: Tensor) -> Tensor:
            users = users.to(self.device)
            scores = torch.zeros(len(users), len(bias), device=self.device)
            if "network" in parts:
                scores += model.users(profiles, users, source) @ target.T + bias
            done = pairs.done(users, recency)
            if lengths is not None:
                scores = lengths(scores, model.factors and model.factors(done), done)
            for name, scale in scales.items():
                if scale and not (lengths is not None and name == "factors"):
                    scores += scale * model.beside()[name](done)
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
    def embed(self, model: HeteroRecommender, profiles: Profiles, done: Rows) -> tuple[Tensor, Tensor]:
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
        if model.untried:
            user, item = self._marked(model, user, item, (profiles, done))
        return user.float().cpu().contiguous(), item.float().cpu().contiguous()

    def _marked(
        self, model: HeteroRecommender, user: Tensor, item: Tensor, shown: tuple[Profiles, Rows]
    ) -> tuple[Tensor, Tensor]:
        """Return the vectors with untried items placed; all scores are looked at for it."""
        tried, score = model.get_buffer("tried"), self._scorer(model, PARTS, shown)
        everybody = in_blocks(torch.arange(len(user), device=self.device), len(item))
        shift = torch.cat([shifts(score(some), shown[1].done(some), tried, model.untried) for some in everybody])
        return marked(user, item, shift, tried)

    @torch.inference_mode()
    def edges(self, model: HeteroRecommender) -> dict[str, Tensor]:
        """Return the weighted ``SIMILAR`` edges ``[n_items, n_items]`` (in parts where they are sparse), or nothing.

        With them stands the exponent of the degrees.
        """
        if model.similar is None or model.similar_scale == 0:
            return {}
        edges, scale = model.similar.edges().cpu(), model.similar_scale.cpu()
        said = {"similar.alpha": torch.tensor(model.similar.alpha)}
        if model.untried:
            said["similar.spread"] = spread(model.get_buffer("tried")).cpu()
        if edges.layout == torch.strided:
            return {"similar": (edges * scale).contiguous()} | said
        parts = {"indptr": edges.crow_indices(), "indices": edges.col_indices(), "values": edges.values() * scale}
        return {f"similar.{name}": part for name, part in parts.items()} | said


def _asked(bench: Bench | None) -> Bench:
    """Return those of a bench by whom the mix of the edges is chosen."""
    if bench is None:
        raise ValueError("a mix is either given or chosen by a bench")
    return bench.fewer(MIXED)


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
