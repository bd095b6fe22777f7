"""A training with differential privacy: the order of things (:mod:`graphrec.privacy`).

The budget is checked and written down before anything is released. Then nothing is selected: no early stopping, no
objective, no settings of edges, no weights of parts, no context. What is measured on validation is noised and paid for.
"""

from __future__ import annotations

import secrets
from typing import Any, NamedTuple

import msgspec
import numpy as np
import torch

from graphrec.common.console import note, progress
from graphrec.common.errors import ConfigError, TrainingError
from graphrec.config.settings import ModelSettings, Settings
from graphrec.evaluation.ranking import HeldOutPairs
from graphrec.model import HeteroRecommender
from graphrec.model.item_item import MOST_ITEMS, ItemItemConfig
from graphrec.privacy.noise import Noise
from graphrec.privacy.plan import Plan
from graphrec.privacy.statistics import ItemStatistics, item_statistics
from graphrec.training.private_model import blend, edges_of, first_model, without_friends
from graphrec.training.private_network import train_privately
from graphrec.training.scoring import Scorer
from graphrec.training.trainer import Trainer

#: Splits that divide each user by this user's behaviours alone.
SPLITS = ("random", "user-time", "published")


class PrivateModel(NamedTuple):
    """A model with differential privacy, the settings of its edges, and what it was made of."""

    model: HeteroRecommender
    config: ItemItemConfig | None
    statistics: ItemStatistics


def private_settings(settings: Settings) -> Settings:
    """Return the settings without what would need other people's behaviours, or a choice on them.

    The seed of a random split is drawn anew: who knows it knows how one user's presence shifts the others' draws.

    Raises
    ------
    ConfigError
        The split depends on what all users do.
    """
    if settings.split.method not in SPLITS:
        raise ConfigError(
            f"[split] method = {settings.split.method!r} divides by what all users do: not with [privacy] epsilon",
            hint=f"one of {', '.join(SPLITS)}",
        )
    model = settings.model
    changed: dict[str, Any] = {"hops": 0, "tied": False, "als": False, "context": False}
    changed |= {"id_dropout": 0.0, "short_profiles": 0.0, "cold_item_rank": 0}
    given = {
        name: value
        for name, value in changed.items()
        if getattr(model, name) not in (None, value, getattr(ModelSettings(), name))
    }
    if given:
        said = ", ".join(f"{name} = {str(getattr(model, name)).lower()}" for name in given)
        note(f"[model] {said}: left out, as it needs the behaviours of others")
    split = msgspec.structs.replace(settings.split, seed=secrets.randbelow(2**31 - 1))
    train = msgspec.structs.replace(settings.train, loss="softmax", contrastive=0.0, adversarial=0.0)
    return msgspec.structs.replace(settings, model=msgspec.structs.replace(model, **changed), split=split, train=train)


def make_private(trainer: Trainer, plan: Plan, clip: float, noise: Noise) -> PrivateModel:
    """Return the model of a trainer's graph, by the noise of a plan.

    Parameters
    ----------
    trainer
        Graph, split and settings; see :func:`private_settings`.
    plan
        The noise. Without any, nothing is private.
    clip
        Largest length of a user's gradient in DP-SGD.
    noise
        Source of the noise.

    Raises
    ------
    TrainingError
        There are too many items for dense statistics.
    """
    n_users, n_items = trainer.split.shape
    if n_items > MOST_ITEMS:
        raise TrainingError(
            f"{n_items:,} items: training with [privacy] epsilon keeps a number for each pair of items, "
            f"of at most {MOST_ITEMS:,}",
            hint="map fewer items in [graph.item], or leave epsilon out",
        )
    without_friends(trainer)
    torch.manual_seed(trainer.train.seed)  # of the initial weights, which are public
    statistics = item_statistics(trainer.pairs, n_items, (plan.popularity, plan.gram), noise)
    model = first_model(trainer, statistics)
    if plan.steps is not None:
        with progress() as bar:
            task = bar.add_task("DP-SGD", total=plan.steps.steps)
            for _ in train_privately(model, trainer.pairs, plan.steps, clip, trainer.train, noise):
                bar.advance(task)
    made = edges_of(trainer, statistics) if trainer.settings.similar else None
    blend(model, made, statistics, n_users, plan.steps is not None)
    return PrivateModel(model.train(False), None if made is None else made.config, statistics)


def validated(trainer: Trainer, model: HeteroRecommender, plan: Plan, noise: Noise) -> dict[str, float]:
    """Return the validation metrics with noise; none if the plan has none for them.

    Released are three sums over users: of NDCG, of recall, and how many were ranked. A user changes each by at most 1,
    together by √3.
    """
    split, k = trainer.split, trainer.train.metric_k
    truth = split.matrix("valid")
    if plan.validation is None or not truth.nnz:
        return {}
    score = Scorer(model, trainer.profiles, trainer.pairs)
    held = HeldOutPairs(split.seen("valid"), truth, split.candidates("valid"))
    found = held.metrics(lambda users: score(users).cpu(), k)
    sums = np.array([found["ndcg"].sum(), found["recall"].sum(), len(found["ndcg"])])
    sums += noise.gaussian((3,), plan.validation * 3**0.5)
    return {
        f"{name}@{k}": float(np.clip(sums[at] / max(sums[2], 1), 0, 1)) for at, name in enumerate(("ndcg", "recall"))
    }
