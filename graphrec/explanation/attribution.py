r"""Exact attribution of scores to what the user did.

A score is a sum over the user's items :math:`j`, given the user's degree, the weights for the length of the profile,
and the matrix :math:`A_u` that the user's least-squares problem inverts (Hu, Koren and Volinsky 2008, section 5):

.. math::

   s_{ui} = \sum_j \left( w_1 a_{uj} d_u^{-α} q_j · h_i
   + w_2 c_{uj} v_j^\top A_u^{-1} v_i + n_u^{-α} B_{ji} \right) + w_1 b_i + w_3 p_i

Each term is the share of one item in one component. What does not depend on a single item of the user is a constant of
the pair: bias, popularity, messages from friends, and the place of cold items. In a run made by an update,
``stale_vectors`` is what scores differ by because a user's vector was computed before some item vectors changed; where
there are friends, it is part of what they send. Scores of cold items in their place have a factor that shares have too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, get_args

import torch
from torch import Tensor

from graphrec.model.cold_placement import spread
from graphrec.model.item_parts import ItemParts
from graphrec.model.profiles import UserItemCSR

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from graphrec.model.profiles import Profiles
    from graphrec.runs.run import Run

#: Terms with a share for each item of the user, and terms of the pair.
Summand = Literal["network", "similar", "als", "side_features"]
Constant = Literal["bias", "popularity", "friends", "placement", "stale_vectors"]
SUMMANDS: tuple[Summand, ...] = get_args(Summand)
CONSTANTS: tuple[Constant, ...] = get_args(Constant)


@dataclass(frozen=True)
class Columns:
    """Where each component stands in the stored vectors."""

    network: slice
    als: slice
    popularity: slice
    bias: slice
    side_features: slice
    placement: slice


class Attribution:
    """Shares of a run's scores.

    Parameters
    ----------
    run
        A finished run.
    """

    def __init__(self, run: Run) -> None:
        self.run, self.encoder = run, run.encoder
        self.source = self.encoder.get_buffer("source")
        self.item = run.arrays.items.item
        self.columns = self._columns()
        #: The trained target vectors as they are scored, float32 ``[n_items, d]``.
        self.target = self.item[:, self.columns.network]

    def _columns(self) -> Columns:
        width, factors = self.source.shape[1], 0
        most, popular = self.encoder.most
        if self.encoder.als is not None and most:
            factors = self.encoder.als.get_buffer("items").shape[1]
        ends = [0]
        for size in (
            width,
            factors,
            int(bool(popular)),
            1,
            self.run.n_side_features,
            int(bool(self.run.cold_item_rank)),
        ):
            ends.append(ends[-1] + size)
        return Columns(*(slice(start, end) for start, end in pairwise(ends)))

    @cached_property
    def factor(self) -> Tensor:
        """What scores of an item are multiplied by, float32 ``[n_items]``: 1, or less for cold items in their place."""
        warm_items = self.run.warm_items
        return torch.ones(len(self.item)) if warm_items is None else spread(warm_items)

    @cached_property
    def parts(self) -> ItemParts | None:
        """What the item vectors are sums of; None for a run of an earlier release."""
        return self.run.item_parts

    @cached_property
    def seen(self) -> csr_array:
        """The items that are not recommended to a user again, ``[n_users, n_items]``."""
        return self.run.seen("all")

    @cached_property
    def own(self) -> tuple[Tensor, Tensor]:
        """The items' own parts of their source and target vectors, float32 ``[n_items, d]`` each."""
        if self.parts is None:
            return self.source, self.target
        plain = self.target / self.factor[:, None]
        return self.parts.own("source", self.source), self.parts.own("target", plain) * self.factor[:, None]

    @cached_property
    def _gram(self) -> Tensor:
        als = self.encoder.als
        if als is None:
            raise AssertionError("asked only where there are ALS vectors")
        items = als.get_buffer("items")
        return als.alpha * items.T @ items

    @torch.inference_mode()
    def user(self, row: int) -> UserAttribution:
        """Return the shares of a user of the run, by index."""
        vector = self.run.embeddings("all")[0][row]
        return UserAttribution(self, self.run.profiles, self.run.rows("all"), row, vector)


class UserAttribution:
    """Shares of one user's scores.

    Parameters
    ----------
    of
        The run's attribution.
    profiles, done
        Interactions, and the target pairs among them.
    row
        The user's row in both.
    vector
        float32 ``[D]``: the user's vector.

    Attributes
    ----------
    items
        int64 ``[m]``: the items of the profile.
    target
        bool ``[m]``: those with a target behaviour.
    """

    @torch.inference_mode()
    def __init__(self, of: Attribution, profiles: Profiles, done: UserItemCSR, row: int, vector: Tensor) -> None:
        self.of, self.vector = of, vector
        here = torch.tensor([row])
        encoder = of.encoder
        read = encoder.profile_encoder(profiles, here, of.source)
        self.items = read.item
        acts = done.interactions(here, float(encoder.profile_encoder.recency))
        place = torch.searchsorted(self.items, acts.item)
        self.target = torch.zeros(len(self.items), dtype=torch.bool)
        self.target[place] = True
        self._acts = acts
        #: Weights of network, ALS and popularity for a profile of this length.
        self.weights = encoder.component_weights(done.indptr.diff()[here])[0]
        #: Weight of each item in the user's vector, and of each behaviour in it, float32 ``[m]`` and ``[m, T]``.
        self.message = read.weight
        typed = encoder.profile_encoder.by_type(profiles, read)
        self.types = torch.where(read.weight[:, None] != 0, typed / read.weight[:, None], 0.0)
        targets = torch.tensor([kind in of.run.schema.targets for kind in encoder.profile_encoder.behaviours])
        #: Which behaviours the user has with each item, bool ``[m, T]``.
        self.held = profiles.weights[read.pair] > 0
        held = self.held & targets
        #: The same for SIMILAR edges and ALS, which count a pair once, whatever its types.
        self.target_types = held / held.sum(1, keepdim=True).clamp(min=1)
        self._place = place
        self._read = read.z[0]

    @property
    def friends(self) -> Tensor:
        """The friends' part of the user's trained vector, float32 ``[d]``."""
        friends: Tensor = self.vector[self.of.columns.network] - self.weights[0] * self._read
        return friends

    @property
    def base(self) -> Tensor:
        """Factor of :math:`q_j · h_i` in the score, float32 ``[m]``."""
        base: Tensor = self.message * self.weights[0]
        return base

    @torch.inference_mode()
    def summands(self, items: Tensor) -> dict[Summand, Tensor]:
        """Return the share of each item of the user in the scores of ``items``, float32 ``[m, len(items)]`` each."""
        of, columns = self.of, self.of.columns
        found: dict[Summand, Tensor] = {
            "network": self.base[:, None] * (of.source[self.items] @ of.target[items].T),
        }
        if of.run.similar is not None:
            found["similar"] = self._spread(self._along(items))
        if columns.als.start < columns.als.stop:
            found["als"] = self._spread(self._solved(items))
        if of.run.n_side_features:
            table = of.encoder.get_buffer("side_features")[self.items]
            found["side_features"] = self.message[:, None] * (table @ of.item[items, columns.side_features].T)
        return found

    @torch.inference_mode()
    def constants(self, items: Tensor) -> dict[Constant, Tensor]:
        """Return the terms of the pairs, float32 ``[len(items)]`` each."""
        of, columns = self.of, self.of.columns

        def product(part: slice) -> Tensor:
            term: Tensor = of.item[items, part].mv(self.vector[part])
            return term

        found: dict[Constant, Tensor] = {"bias": product(columns.bias)}
        if columns.popularity.start < columns.popularity.stop:
            found["popularity"] = product(columns.popularity)
        if of.encoder.profile_encoder.social is not None:
            found["friends"] = of.target[items] @ self.friends
        if columns.placement.start < columns.placement.stop:
            found["placement"] = product(columns.placement)
        if "base" in of.run.info:
            found["stale_vectors"] = self._stale(items, product)
        return found

    def _stale(self, items: Tensor, product: Callable[[slice], Tensor]) -> Tensor:
        """Return what the stored vector scores more than the shares, float32 ``[len(items)]``."""
        shares, columns = self.summands(items), self.of.columns
        stale = torch.zeros(len(items))
        if self.of.encoder.profile_encoder.social is None:  # else it is part of what friends send
            stale += product(columns.network) - shares["network"].sum(0)
        if "als" in shares:
            stale += product(columns.als) - shares["als"].sum(0)
        return stale

    def scores(self, items: Tensor) -> Tensor:
        """Return the sums of all shares, float32 ``[len(items)]``: the scores."""
        parts = [*self.constants(items).values(), *(share.sum(0) for share in self.summands(items).values())]
        return torch.stack(parts).sum(0)

    def _spread(self, shares: Tensor) -> Tensor:
        """Return shares of the target interactions as shares of all items of the profile."""
        found = torch.zeros(len(self.items), shares.shape[1])
        found[self._place] = shares
        return found

    def _along(self, items: Tensor) -> Tensor:
        """Return the shares along SIMILAR edges, float32 ``[n, len(items)]``."""
        tables, done = self.of.run.arrays.items, self._acts
        weight = done.normal(tables.alpha)
        edges = tables.similar
        if edges is None:
            raise AssertionError("asked only where there are edges")
        return weight[:, None] * edge_rows(edges, done.item, items) * self.of.factor[items]

    def _solved(self, items: Tensor) -> Tensor:
        """Return the shares of ALS, float32 ``[n, len(items)]``."""
        told, _ = self._system()
        shares: Tensor = told @ self.als_aims(items)
        return shares

    def als_aims(self, items: Tensor) -> Tensor:
        r"""Return :math:`w_2 A_u^{-1} v_i`, float32 ``[f, len(items)]``: its product with a told vector is a share."""
        als, gram = self.of.encoder.als, self._system()[1]
        if als is None:
            raise AssertionError("asked only where there are ALS vectors")
        aimed = torch.linalg.solve(gram, self.of.item[items, self.of.columns.als].T)
        aims: Tensor = aimed * (self.weights[1] / self.of.encoder.most[0] ** 0.5 / als.deviation)
        return aims

    @torch.inference_mode()
    def als_gains(self, items: Tensor) -> Tensor:
        """Return what one more interaction with each item would add to scores by ALS, float32 ``[n_items, n]``.

        To first order: as if it left the regularisation as it is. What is predicted already is not told again.
        """
        als = self.of.encoder.als
        if als is None:
            raise AssertionError("asked only where there are ALS vectors")
        told, gram = self._system()
        vectors = als.get_buffer("items")
        predicted = vectors @ torch.linalg.solve(gram, told.sum(0))
        leverage = (vectors * torch.linalg.solve(gram, vectors.T).T).sum(1)
        gains: Tensor = (vectors @ self.als_aims(items)) * ((1 - predicted) / (1 + leverage))[:, None]
        return gains

    def _system(self) -> tuple[Tensor, Tensor]:
        """Return what the least-squares problem is told, ``[n, f]``, and its matrix: see :mod:`graphrec.model.als`."""
        als, done = self.of.encoder.als, self._acts
        if als is None:
            raise AssertionError("asked only where there are ALS vectors")
        vectors = als.get_buffer("items")[done.item]
        weight = done.weight * (len(done.item) / done.weight.sum().clamp(min=1e-12))
        told = vectors * weight[:, None]
        gram = told.T @ vectors + self.of._gram
        gram.diagonal().add_(als.ridge * (len(done.item) + als.alpha * len(als.get_buffer("items"))))
        return told, gram


def edge_rows(edges: Tensor, senders: Tensor, items: Tensor) -> Tensor:
    """Return the weights of ``SIMILAR`` edges, dense or CSR, from some items to others, float32 ``[m, n]``."""
    if edges.layout == torch.strided:
        return edges[senders[:, None], items]
    return _dense_rows(edges, senders)[:, items]


def _dense_rows(edges: Tensor, rows: Tensor) -> Tensor:
    """Return rows of a CSR matrix, dense."""
    _, row, place = UserItemCSR(edges.crow_indices(), edges.col_indices()).rows(rows)
    found = torch.zeros(len(rows), edges.shape[1])
    found[row, edges.col_indices()[place]] = edges.values()[place]
    return found
