"""The model of a private training, from noisy statistics (:mod:`graphrec.privacy.statistics`).

The item vectors are the leading eigenvectors of the noisy co-occurrences, plus what content and knowledge send; the
biases follow the noisy counts. If ``[privacy] network`` says so, DP-SGD goes on from there. ``SIMILAR`` edges come from
the same statistics. Nothing is chosen on anybody's behaviours: neither weights of the parts nor recency.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from graphrec.model import HeteroRecommender
from graphrec.model.content_vectors import modalities
from graphrec.model.item_item import GramMatrices
from graphrec.model.profile_length import popularity
from graphrec.privacy.item_edges import PrivateEdges, deviation_of, private_edges
from graphrec.privacy.statistics import ItemStatistics

if TYPE_CHECKING:
    from graphrec.training.trainer import Trainer

#: Root mean square of the entries of the first item vectors.
FIRST = 0.1
#: Deviation of the scores of an untrained and a trained network, and of the untrained bias, over that of the edges.
UNTRAINED, TRAINED, BIAS = 0.1, 1.0, 0.1


def first_model(trainer: Trainer, statistics: ItemStatistics) -> HeteroRecommender:
    """Return the model that has learned from the statistics alone, without edges."""
    profiles = trainer.profiles.cpu()
    model = HeteroRecommender(trainer.data, profiles, trainer.settings.decided("softmax"), trainer.content)
    # Which items anybody has is not public: all are treated alike.
    model.get_buffer("warm_items").fill_(True)
    rank = min(len(statistics.values), trainer.settings.dim)
    table = torch.from_numpy(statistics.vectors[:, :rank] * statistics.values[:rank] ** 0.5).float()
    scale = FIRST * table.numel() ** 0.5 / table.norm().clamp(min=1e-9)
    with torch.no_grad():
        for one in (model.source, model.target):
            if one is not None:
                one[:, :rank] += scale * table
        model.bias.copy_(popularity(torch.from_numpy(statistics.popularity)))
    return model


def edges_of(trainer: Trainer, statistics: ItemStatistics) -> PrivateEdges:
    """Return the ``SIMILAR`` edges."""
    settings, content = trainer.settings, trainer.content
    matrices = GramMatrices(trainer.data, trainer.pairs, knowledge=settings.knowledge)
    names = modalities(trainer.data, content) if settings.content else []
    return private_edges(matrices, statistics, names, trainer.split.shape[0])


@torch.no_grad()
def blend(
    model: HeteroRecommender, made: PrivateEdges | None, statistics: ItemStatistics, n_users: int, trained: bool
) -> None:
    """Set the weight of the edges, by the deviations that the statistics tell; ``model`` is changed in place.

    An untrained network only decides where the edges say nothing, as for a user without any behaviour.
    """
    source, target, _ = model.items()
    network = _deviation(source, target, statistics, n_users)
    if not trained:
        model.bias.mul_(BIAS * network / UNTRAINED)
    if made is not None:
        model.similar = made.edges
        ratio = TRAINED if trained else UNTRAINED
        model.similar_scale.fill_(network / made.deviation / ratio)


def _deviation(source: Tensor, target: Tensor, statistics: ItemStatistics, n_users: int) -> float:
    """Return the root mean square of the network's scores without bias, from the statistics.

    A user's vector is the mean of the items' vectors, x/n where the statistics have x/√n: the mean of √n is that of the
    sums of the rows, which are √n long.
    """
    behaviour = torch.from_numpy(statistics.gram).float()
    size = max(float(statistics.popularity.sum()) / max(n_users, 1), 1.0)
    return deviation_of(source @ target.T, behaviour, n_users) / size


def without_friends(trainer: Trainer) -> None:
    """Remove the edges between users: a friend's behaviours are somebody else's."""
    data = trainer.data
    for kind in [kind for kind in data.edge_types if kind[0] == kind[2] == "user"]:
        del data[kind]
    trainer.profiles = replace(trainer.profiles, age=None, days=None)
