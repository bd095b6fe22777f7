r"""User vectors from interactions: the part of a trained model that serves any user.

With :math:`z_u` of :mod:`graphrec.model.profile_encoder`, :math:`f_u` the ALS vector, and :math:`w_1, w_2, w_3` the
weights of network, ALS and popularity for a profile of that length, the vectors are

.. math::

   x_u = [w_1 z_u,\; w_2 f_u / \sqrt{m_2},\; w_3 / \sqrt{m_3},\; w_1], \quad
   y_i = [h_i,\; \sqrt{m_2} v_i,\; \sqrt{m_3} p_i,\; b_i]

with :math:`m` the maximum of each weight; :math:`x_u · y_i` is the score, without ``SIMILAR`` edges. If
:mod:`graphrec.experiments.late_fusion` has added item vectors :math:`t_i`, they are appended to :math:`y_i`, and the
mean of :math:`t_j` over the user's items, weighted by the messages that make :math:`z_u`, is appended to :math:`x_u`.
A user who was not in training gets the vector that the same weights would have given them: nothing is trained.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from graphrec.model.als import ALSFactors
from graphrec.model.profile_encoder import ProfileEncoder
from graphrec.model.profile_length import ProfileLengthWeights, by_length
from graphrec.model.profiles import Profiles, UserItemCSR

if TYPE_CHECKING:
    from graphrec.model.recommender import HeteroRecommender

#: Users encoded at once.
_BLOCK = 4096


class UserEncoder(nn.Module):
    """Encodes users from their interactions.

    Parameters
    ----------
    profile_encoder
        Encodes profiles.
    source
        float32 ``[n_items, d]``: the items' source vectors.
    weights
        float32 ``[1 or more, 3]``: weights of network, ALS and popularity, one row per span of
        :data:`graphrec.model.profile_length.SPANS` plus one for longer profiles, or one row for all.
    als
        The ALS vectors, if any.
    side_features
        float32 ``[n_items, p]``: appended item vectors (content, knowledge), if any.
    """

    def __init__(
        self,
        profile_encoder: ProfileEncoder,
        source: Tensor,
        weights: Tensor,
        als: ALSFactors | None,
        side_features: Tensor | None = None,
    ) -> None:
        super().__init__()
        self.profile_encoder, self.als = profile_encoder, als
        self.register_buffer("source", source)
        self.register_buffer("weights", weights)
        self.register_buffer("side_features", side_features)
        # Over all possible users: item vectors must not depend on which users are encoded.
        _, self._most, self._popular = weights.max(0).values.tolist()
        self.train(False)

    @property
    def most(self) -> tuple[float, float]:
        """The largest weights of ALS and of popularity; 0: the vectors have no such component."""
        return (self._most if self.als is not None else 0.0), self._popular

    @classmethod
    def of(cls, model: HeteroRecommender, source: Tensor) -> UserEncoder:
        """Return the encoder of a trained model with the given source table."""
        if model.lengths is None:
            weights = torch.tensor([[1.0, float(model.als_scale), 0.0]], device=source.device)
        else:
            weights = model.lengths.get_buffer("weights")
        return cls(model.profile_encoder, source, weights, model.als)

    def items(self, target: Tensor, bias: Tensor, lengths: ProfileLengthWeights | None) -> Tensor:
        """Return the vectors ``y`` of the items, float32 ``[n_items, D]``."""
        parts = [target]
        if self.als is not None and self._most:
            parts.append(self.als.get_buffer("items") * self._most**0.5)
        if lengths is not None and self._popular:
            parts.append(lengths.get_buffer("popularity")[:, None] * self._popular**0.5)
        return torch.cat([*parts, bias[:, None]], 1)

    def forward(self, profiles: Profiles, done: UserItemCSR, friends: UserItemCSR | None = None) -> Tensor:
        """Return the vectors ``x`` of all rows, float32 ``[n_users, D]``.

        Parameters
        ----------
        profiles, done
            All interactions of the users, and the target pairs among them.
        friends
            Friendships among the rows.
        """
        everybody = _blocks(profiles)
        weights = self.component_weights(done.indptr.diff())
        source, recency = self.get_buffer("source"), float(self.profile_encoder.recency)
        read = torch.cat([self.profile_encoder(profiles, some, source, friends).z for some in everybody])
        parts = [weights[:, :1] * read]
        if self.als is not None and self._most:
            solved = torch.cat([self.als.users(done.interactions(some, recency)) for some in everybody])
            parts.append(weights[:, 1:2] * solved / self._most**0.5)
        if self._popular:
            parts.append(weights[:, 2:] / self._popular**0.5)
        parts.append(weights[:, :1])
        if self.side_features is not None:
            parts.append(self.means(profiles))
        return torch.cat(parts, 1)

    def means(self, profiles: Profiles) -> Tensor:
        """Return the means of the appended item vectors over the users' items, float32 ``[n_users, p]``."""
        side_features = self.get_buffer("side_features")
        return torch.cat([self.profile_encoder(profiles, some, side_features).z for some in _blocks(profiles)])

    def component_weights(self, sizes: Tensor) -> Tensor:
        """Return the weights of network, ALS and popularity for profiles of these lengths, float32 ``[b, 3]``."""
        table: Tensor = self.get_buffer("weights")
        if len(table) == 1:
            return table.expand(len(sizes), -1)
        return by_length(table, sizes)

    def tensors(self) -> dict[str, Tensor]:
        """Return all arrays, as :meth:`from_tensors` reads them."""
        found = {f"reader.{name}": value for name, value in self.profile_encoder.state_dict().items()}
        if self.profile_encoder.negative:
            found["reader.negative"] = self.profile_encoder.signs < 0
        found |= {"reader.alpha": torch.tensor(self.profile_encoder.alpha), "source": self.get_buffer("source")}
        found["weights"] = self.get_buffer("weights")
        if self.als is not None:
            found["factors.items"] = self.als.get_buffer("items")
            found["factors.shape"] = torch.tensor(self.als.shape, dtype=torch.float64)
        if self.side_features is not None:
            found["further"] = self.get_buffer("side_features")
        return {name: value.detach().cpu().contiguous() for name, value in found.items()}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor], behaviours: tuple[str, ...]) -> UserEncoder:
        """Restore an encoder from :meth:`tensors`; ``behaviours`` are the columns of its profiles."""
        known = {name[7:]: value for name, value in tensors.items() if name.startswith("reader.")}
        known.setdefault("half_life", torch.zeros(len(behaviours)))  # missing in older runs
        unwanted = known.pop("negative", torch.zeros(len(behaviours), dtype=torch.bool)).tolist()
        profile_encoder = ProfileEncoder(
            behaviours,
            float(known.pop("alpha")),
            shrinkage="doubt" in known,
            social="social" in known,
            negative=[name for name, no in zip(behaviours, unwanted, strict=True) if no],
            weighted="behaviour" in known,
        )
        profile_encoder.load_state_dict(known)
        factors = None
        if "factors.items" in tensors:
            alpha, ridge, iterations, deviation = tensors["factors.shape"].tolist()
            factors = ALSFactors(tensors["factors.items"], alpha, ridge, int(iterations))
            factors.deviation = deviation
        return cls(profile_encoder, tensors["source"], tensors["weights"], factors, tensors.get("further"))


def _blocks(profiles: Profiles) -> tuple[Tensor, ...]:
    return torch.split(torch.arange(len(profiles.indptr) - 1, device=profiles.indptr.device), _BLOCK)
