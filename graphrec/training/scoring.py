"""Score users from their interactions, and compute the user and item vectors that a run stores."""

from __future__ import annotations

from collections.abc import Callable, Collection

import torch
from torch import Tensor

from graphrec.common.batches import in_blocks
from graphrec.model import HeteroRecommender, Profiles, UserItemCSR
from graphrec.model.cold_placement import placed, shifts, spread, with_offset
from graphrec.model.item_edges import matrix_of
from graphrec.model.recommender import COMPONENTS, Component
from graphrec.model.scores import ItemTables, combined
from graphrec.model.user_encoder import UserEncoder


class Scorer:
    """Scores users with the current model: users, int64 ``[b]`` → float32 ``[b, n_items]``, on the model's device.

    Parameters
    ----------
    model
        The model; it is put into evaluation mode.
    profiles, pairs
        All interactions of the users, and their target pairs.
    components
        The components to include. With a single one its weight does not matter.
    """

    def __init__(
        self,
        model: HeteroRecommender,
        profiles: Profiles,
        pairs: UserItemCSR,
        components: Collection[Component] = COMPONENTS,
    ) -> None:
        model.train(False)
        self.model, self.device = model, model.bias.device
        self.profiles, self.pairs = profiles.to(self.device), pairs.to(self.device)
        with torch.inference_mode():
            self._source, self._target, self._bias = model.items()
        alone = len(components) == 1
        self._network = "network" in components
        self._scales = {
            name: 1.0 if alone else float(model.scale(name)) for name in model.components() if name in components
        }
        self._lengths = None if alone else model.lengths
        self._recency = float(model.profile_encoder.recency)
        self._score: Callable[[Tensor], Tensor] = self._combined
        if model.cold_item_rank and not alone:
            self._score = placed(self._combined, self.pairs, model.get_buffer("warm_items"), model.cold_item_rank)

    def __call__(self, users: Tensor) -> Tensor:
        """Return the scores of some users."""
        return self._score(users)

    @torch.inference_mode()
    def _combined(self, users: Tensor) -> Tensor:
        """Return the scores before cold items are placed."""
        users = users.to(self.device)
        network = torch.zeros(len(users), len(self._bias), device=self.device)
        if self._network:
            network += self.model.users(self.profiles, users, self._source) @ self._target.T + self._bias
        done = self.pairs.interactions(users, self._recency)
        return combined(network, self.model.components(), self._scales, done, self._lengths)

    @torch.inference_mode()
    def encoder(self) -> UserEncoder:
        """Return the encoder of user vectors."""
        return UserEncoder.of(self.model, self._source)

    @torch.inference_mode()
    def vectors(self) -> tuple[Tensor, Tensor]:
        """Return user and item vectors, float32 ``[n, D]``, on the CPU.

        Their inner product is the score by all components except ``SIMILAR`` edges.
        """
        encoder = self.encoder()
        item = encoder.items(self._target, self._bias, self.model.lengths)
        user = encoder(self.profiles, self.pairs, self.model.friends)
        if self.model.cold_item_rank:
            user, item = self._with_offset(user, item)
        return user.float().cpu().contiguous(), item.float().cpu().contiguous()

    def _with_offset(self, user: Tensor, item: Tensor) -> tuple[Tensor, Tensor]:
        """Return the vectors with cold items placed, which takes all scores into account."""
        warm_items, rank = self.model.get_buffer("warm_items"), self.model.cold_item_rank
        everybody = in_blocks(torch.arange(len(user), device=self.device), len(item))
        shift = torch.cat(
            [shifts(self._combined(some), self.pairs.interactions(some), warm_items, rank) for some in everybody]
        )
        return with_offset(user, item, shift, warm_items)

    @torch.inference_mode()
    def tables(self, item: Tensor) -> ItemTables:
        """Return the item side of the score, ``item`` being the item :meth:`vectors`; on the CPU."""
        model = self.model
        if model.similar is None or model.similar_scale == 0:
            return ItemTables(item, recency=self._recency)
        edges, scale = model.similar.edges().cpu(), model.similar_scale.cpu()
        if edges.layout == torch.strided:
            weighted = edges * scale
        else:
            weighted = matrix_of(edges.crow_indices(), edges.col_indices(), edges.values() * scale, len(item))
        apart = spread(model.get_buffer("warm_items")).cpu() if model.cold_item_rank else None
        return ItemTables(item, weighted, model.similar.alpha, apart, self._recency)
