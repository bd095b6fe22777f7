"""The whole model of a trained network, with everything that validation chooses in addition (:mod:`.selection`).

These are recency and half-lives, the ``SIMILAR`` edges, the ALS vectors, their weights, and the weights for short
profiles.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Tensor

from graphrec.config.settings import ContentSettings, ModelSettings, TrainSettings
from graphrec.model import HeteroRecommender, Profiles, UserItemCSR
from graphrec.model.cold_vectors import ColdItemPredictor
from graphrec.model.content_vectors import modalities
from graphrec.model.item_item import MOST_ITEMS, DenseItemItem, GramMatrices, ItemItemConfig
from graphrec.model.item_item_sparse import SparseItemItem
from graphrec.model.profile_length import ProfileLengthWeights
from graphrec.model.recommender import Component
from graphrec.training.checkpoint import TrainingState
from graphrec.training.item_item_search import SparseItemItemCandidates, choose_item_item, choose_sparse_item_item
from graphrec.training.scoring import Scorer
from graphrec.training.selection import ValidationSet, blend_weights, choose_factors, choose_half_lives, choose_recency
from graphrec.training.short_profiles import ASKED, ASKED_ELEMENTS, select_short_profile_weights
from graphrec.training.trainer import Trainer

#: Most validation users for choosing the settings of the edges.
MIXED = 2_000


class HybridSelector:
    """Builds whole models from a trainer's networks.

    Parameters
    ----------
    trainer
        Its graph, settings and validation pairs are used.
    item_item_config
        Settings of the ``SIMILAR`` edges; if absent, chosen on validation, once for all objectives.
    """

    def __init__(self, trainer: Trainer, item_item_config: ItemItemConfig | None = None) -> None:
        self.trainer, self.item_item_config = trainer, item_item_config
        self._similar: DenseItemItem | SparseItemItem | None = None

    def with_settings(
        self, train: TrainSettings, model: ModelSettings | None = None, content: ContentSettings | None = None
    ) -> HybridSelector:
        """Return a selector with the same graph and edges but other training settings (None: the same)."""
        other = copy.copy(self)
        other.trainer = copy.copy(self.trainer)
        other.trainer.train = train
        other.trainer.settings = model or self.trainer.settings
        other.trainer.content = content or self.trainer.content
        return other

    @torch.no_grad()
    def select(self, state: TrainingState) -> HeteroRecommender:
        """Return the model with the best weights on validation, and the components that validate best with it."""
        trainer, settings = self.trainer, self.trainer.settings
        model = trainer.build(trainer.train.seed, state.loss)
        model.load_state_dict(state.best_weights)
        validation = trainer.validation_set()

        def alone(recency: float, half_lives: Sequence[float]) -> Tensor:
            model.profile_encoder.recency.fill_(recency)
            model.profile_encoder.half_life.copy_(torch.tensor(half_lives))
            return validation.scores(Scorer(model, trainer.profiles, trainer.pairs))

        given, undecided = self._half_lives()
        recency = 0.0
        if trainer.profiles.age is not None:
            recency = choose_recency(validation, lambda tried: alone(tried, given))
        half_lives = choose_half_lives(validation, given, undecided, lambda tried: alone(recency, tried))
        network = alone(recency, half_lives)
        deviation = float(network.std())
        network = network / deviation
        model.similar = self.item_item(validation, recency)
        if settings.als:
            table = model.items()[0].float().cpu()
            chosen = choose_factors(validation, table, trainer.pairs, recency, network, self.predictor())
            model.als = chosen.to(trainer.device)
        components = {
            name: validation.scores(Scorer(model, trainer.profiles, trainer.pairs, [name]))
            for name in model.components()
        }
        for name, scale in blend_weights(validation, components, network).items():
            model.scale(name).fill_(scale * deviation)
        n_items = trainer.split.shape[1]
        if not trainer.split.cold:
            model.lengths = self._lengths(validation.fewer(min(ASKED, ASKED_ELEMENTS // n_items)), model)
        model.cold_item_rank = 0 if model.get_buffer("warm_items").all() else settings.cold_item_rank
        return model

    def _half_lives(self) -> tuple[list[float], list[int]]:
        """Return the given half-life of each type, 0 if none is given, and the indices of those to choose."""
        stores = [self.trainer.data["user", name, "item"] for name in self.trainer.behaviours]
        given = [float(store.half_life) if "half_life" in store else 0.0 for store in stores]
        days = self.trainer.profiles.days
        if days is None:
            return [0.0] * len(given), []
        return given, [c for c, store in enumerate(stores) if "half_life" not in store and days[:, c].any()]

    def _lengths(self, validation: ValidationSet, model: HeteroRecommender) -> ProfileLengthWeights | None:
        """Return the component weights for short profiles; None if those for long profiles apply."""
        trainer = self.trainer
        counts = trainer.pairs.items.bincount(minlength=trainer.split.shape[1]).cpu()

        def scores(profiles: Profiles, pairs: UserItemCSR) -> dict[Component, Tensor]:
            found: dict[Component, Tensor] = {
                "network": validation.scores(Scorer(model, profiles, pairs, ["network"])),
            }
            for name in model.components():
                if scale := float(model.scale(name)):
                    alone = validation.scores(Scorer(model, profiles, pairs, [name]))
                    found[name] = alone * (scale if name == "similar" else 1)
            return found

        usual = float(model.als_scale)
        chosen = select_short_profile_weights(
            validation, trainer.profiles.cpu(), trainer.learnable.cpu(), counts, scores, usual
        )
        return ProfileLengthWeights(counts, chosen, usual).to(trainer.device) if chosen else None

    def predictor(self) -> ColdItemPredictor:
        """Return the predictor of vectors for items without users."""
        trainer = self.trainer
        counts = trainer.pairs.items.bincount(minlength=trainer.split.shape[1])
        content = trainer.content if trainer.settings.content else None
        return ColdItemPredictor(trainer.data, content, trainer.settings.knowledge, counts)

    def item_item(
        self, validation: ValidationSet | None = None, recency: float = 0.0
    ) -> DenseItemItem | SparseItemItem | None:
        """Return the ``SIMILAR`` edges, fitted once for all objectives; None if the settings have none.

        Their settings are chosen on ``validation`` if not known.
        """
        if self.trainer.settings.similar and self._similar is None:
            self._similar = self._fitted(validation, recency).to(self.trainer.device)
        return self._similar

    def _fitted(self, validation: ValidationSet | None, recency: float) -> DenseItemItem | SparseItemItem:
        data, pairs, settings = self.trainer.data, self.trainer.pairs, self.trainer.settings
        if self.trainer.split.shape[1] > MOST_ITEMS:
            candidates = SparseItemItemCandidates(data, pairs, settings.knowledge)
            if self.item_item_config is None:
                few = _few(validation)
                done = pairs.interactions(few.users, recency)
                self.item_item_config = choose_sparse_item_item(candidates, lambda edges: edges(done), few.value)
            return candidates.edges(self.item_item_config)
        matrices = GramMatrices(data, pairs, knowledge=settings.knowledge)
        if self.item_item_config is None:
            names = modalities(data, self.trainer.content) if settings.content else []
            few = _few(validation)
            done = pairs.interactions(few.users, recency)
            self.item_item_config = choose_item_item(matrices, names, lambda similar: few.value(similar(done)))
        config = self.item_item_config
        return DenseItemItem(matrices.invert(config), config.alpha, pairs).standardise(pairs)


def _few(validation: ValidationSet | None) -> ValidationSet:
    """Return the validation users for choosing the settings of the edges."""
    if validation is None:
        raise ValueError("settings of the edges must be given, or chosen on a validation set")
    return validation.fewer(MIXED)
