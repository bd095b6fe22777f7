r"""Baselines for cold items: neighbours of the user's items, by content and by knowledge.

A baseline scores a user :math:`u` and a cold item :math:`i` from the training items :math:`N(u)` of the user:

.. math::

   s_{ui} = p_i^c \sum_{j ∈ top_k(N(u), i)} n_j^{-b} \max(0, \sum_m w_m \cos(x_{jm}, x_{im}))^a

with :math:`n_j` the number of training users of an item, and :math:`p_i` the popularity predicted from the item's 20
nearest warm items. For :math:`a = 1` without :math:`p` the cosine keeps its sign. All parameters are chosen on
validation, one after another: :math:`w, k, a, b, c` (Deshpande and Karypis 2004 for :math:`k`; Christoffel et al. 2015
for :math:`b`). Dividing by the profile length, a mean instead of a sum, would change no user's order.

The second kind is kernel ridge regression of every user's profile on the same similarity :math:`K`, which accounts for
near items that are similar to each other: :math:`s_u = p^c x_u D^{-b} (K_{TT} + λ)^{-1} K_{T·}` over the training items
:math:`T`, with :math:`D` the diagonal matrix of their :math:`n_j`, and :math:`K` to the power :math:`a` as above.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array
from torch import Tensor

from graphrec.common.pyg import HeteroData
from graphrec.config.schema import MODALITIES
from graphrec.evaluation.split import Split
from graphrec.model.content_vectors import standardised
from graphrec.model.entity_rows import KNOWLEDGE, item_relations, item_rows

Floats: TypeAlias = NDArray[np.float32]
Score: TypeAlias = Callable[[Tensor], Tensor]

#: Cosines in a block of candidates: 64 MB. A few such arrays are in memory at once.
BLOCK_ELEMENTS = 2**24
#: Cosines kept between settings and between blocks of users: 64 MB for each component of the similarity on each split,
#: and once more for their sum. Larger arrays are recomputed each time.
KEPT_ELEMENTS = 2**24
#: Number of nearest warm items that predict a cold item's popularity.
_PROMISING = 20
#: Ridge regression costs items³.
RIDGE_ITEMS = 4000
#: Values to try for each setting, and for the components' weights if there are several.
_TRIED: dict[str, tuple[float, ...]] = {
    "top": (0, 1, 3, 5, 10, 20, 50),
    "power": (1, 2, 3, 5),
    "rare": (0, 0.25, 0.5),
    "prior": (0, 0.25, 0.5, 1),
}
_TRIED_RIDGE: dict[str, tuple[float, ...]] = {
    "ridge": (0.3, 1, 3, 10, 30, 100),
    "power": (1, 2),
    "rare": (0, 0.25, 0.5),
    "prior": (0, 0.25, 0.5, 1),
}
_WEIGHTS = (0.0, 0.3, 1.0, 3.0)
_FIRST_RIDGE = 3.0
#: Rounds over all settings.
_ROUNDS = 2


@dataclass(frozen=True)
class ColdKNNParams:
    """Parameters of the neighbours; by default the plain sum of cosines.

    Attributes
    ----------
    weights
        Weight of each component.
    top
        Number of the user's items most similar to the candidate that count; 0: all.
    power
        Exponent of the cosine.
    rare
        Each item of the user is divided by its number of users to this power.
    prior
        Exponent of the predicted popularity of the candidate.
    ridge
        The regularisation λ; 0: no regression.
    """

    weights: tuple[float, ...] = (1.0,)
    top: int = 0
    power: float = 1
    rare: float = 0
    prior: float = 0
    ridge: float = 0

    def describe(self, parts: Sequence[str]) -> str:
        """Return the settings that differ from the defaults, in words; ``parts`` name the weights."""
        words = [f"{part} {weight:g}" for part, weight in zip(parts, self.weights, strict=True)] if parts[1:] else []
        names = {f.name: f.default for f in fields(self) if f.name != "weights"}
        words += [f"{name} {getattr(self, name):g}" for name, usual in names.items() if getattr(self, name) != usual]
        return ", ".join(words) or "plain sum"


@dataclass(frozen=True)
class KNNFamily:
    """A family of baselines: the components that compare items, and whether by regression."""

    name: str
    parts: tuple[str, ...]
    ridge: bool = False


class Likeness:
    """Cosines between items, by modality and by knowledge, in blocks of columns.

    Parameters
    ----------
    data
        The graph.
    """

    def __init__(self, data: HeteroData) -> None:
        self.features: dict[str, Floats | csr_array] = {
            name: standardised(data, name).numpy() for name in MODALITIES if name in data["item"]
        }
        if (rows := item_rows(data)) is not None:
            self.features[KNOWLEDGE] = rows
        self.n_items = int(data["item"].num_nodes)

    def families(self) -> list[KNNFamily]:
        """Return each modality, all of them, knowledge, and knowledge with all; the wider ones also as regressions.

        A catalogue too large for a regression has no regressions.
        """
        content = tuple(name for name in self.features if name != KNOWLEDGE)
        found = [KNNFamily(f"content kNN {name}", (name,)) for name in content] if content[1:] else []
        wide = {"content": content} if content else {}
        if KNOWLEDGE in self.features:
            wide["knowledge"] = (KNOWLEDGE,)
            wide |= {"knowledge + content": (KNOWLEDGE, *content)} if content else {}
        found += [KNNFamily(f"{name} kNN", parts) for name, parts in wide.items()]
        if self.n_items <= RIDGE_ITEMS:
            found += [KNNFamily(f"{name} ridge", parts, ridge=True) for name, parts in wide.items()]
        return found

    def between(self, part: str, columns: NDArray[np.int64]) -> Floats:
        """Return the cosines of all items with some items, float32 ``[n_items, len(columns)]``."""
        rows = self.features[part]
        if isinstance(rows, csr_array):
            return np.asarray((rows @ rows[columns].T).toarray(), np.float32)
        return rows @ rows[columns].T


class ColdNeighbours:
    """Scores the cold items of one part of a split.

    Parameters
    ----------
    likeness
        Cosines of all items.
    split
        Its training pairs are the profiles.
    candidates
        int64 ``[c]``: the items to score; all others score 0, and are not ranked.
    """

    def __init__(self, likeness: Likeness, split: Split, candidates: NDArray[np.int64]) -> None:
        self.likeness, self.candidates, self.shape = likeness, candidates, split.shape
        self.profiles = split.matrix("train")
        self.users_of = np.asarray(self.profiles.sum(axis=0), np.float32)
        self._warm = np.flatnonzero(self.users_of)
        self._kept: dict[tuple[str, int, int], Floats] = {}
        self._keep = len(candidates) * likeness.n_items <= KEPT_ELEMENTS

    def score(self, family: KNNFamily, setting: ColdKNNParams) -> Score:
        """Return a scorer: users, int64 ``[b]`` → float32 ``[b, n_items]``."""
        # Users come in blocks; the following is the same for all blocks.
        kept = list(self._counted(family, setting)) if self._keep else None

        def score(users: Tensor) -> Tensor:
            scores = np.zeros((len(users), self.shape[1]), np.float32)
            profiles = self.profiles[users.numpy()]
            for columns, counted, promised in self._counted(family, setting) if kept is None else kept:
                found = _gathered(profiles, counted, int(setting.top))
                if setting.prior:
                    found = np.maximum(found, 0) * promised**setting.prior
                scores[:, columns] = found
            return torch.from_numpy(scores)

        return score

    def _counted(self, family: KNNFamily, setting: ColdKNNParams) -> Iterator[tuple[NDArray[np.int64], Floats, Floats]]:
        """Yield candidates, int64 ``[c]``; each item's weight for them, ``[n_items, c]``; predicted popularity."""
        weight = np.maximum(self.users_of, 1) ** np.float32(-setting.rare)
        step = max(1, BLOCK_ELEMENTS // self.likeness.n_items)
        for start in range(0, len(self.candidates), step):
            columns = self.candidates[start : start + step]
            alike = self._alike(family, setting, columns)
            promised = self._promised(alike) if setting.prior else np.ones(len(columns), np.float32)
            counted = self._regressed(family, setting, alike) if setting.ridge else alike
            yield columns, counted * weight[:, None], promised

    def _alike(self, family: KNNFamily, setting: ColdKNNParams, columns: NDArray[np.int64]) -> Floats:
        alike = np.zeros((self.likeness.n_items, len(columns)), np.float32)
        for part, weight in zip(family.parts, setting.weights, strict=True):
            if weight:
                alike += np.float32(weight) * self._between(part, columns)
        if setting.power == 1 and not setting.prior:
            return alike
        return np.maximum(alike, 0) ** np.float32(setting.power)

    def _regressed(self, family: KNNFamily, setting: ColdKNNParams, alike: Floats) -> Floats:
        """Return each warm item's coefficient for the candidates by joint regression, float32 ``[n_items, c]``."""
        warm = self._warm
        among = self._alike(family, setting, warm)[warm].astype(np.float64)
        among[np.diag_indices(len(warm))] += setting.ridge
        said = np.zeros_like(alike)
        said[warm] = np.linalg.solve(among, alike[warm])
        return said

    def _between(self, part: str, columns: NDArray[np.int64]) -> Floats:
        key = part, int(columns[0]), len(columns)
        found = self._kept.get(key)
        if found is None:
            found = self.likeness.between(part, columns)
            if self._keep:
                self._kept[key] = found
        return found

    def _promised(self, alike: Floats) -> Floats:
        """Return the mean popularity of the nearest warm items, by similarity, float32 ``[c]``."""
        warm = self._warm
        k = min(_PROMISING, len(warm))
        near = np.argpartition(alike[warm], len(warm) - k, axis=0)[len(warm) - k :]
        weight = np.take_along_axis(alike[warm], near, 0) + np.float32(1e-6)
        promised: Floats = (weight * self.users_of[warm][near]).sum(0) / weight.sum(0)
        return promised


def _gathered(profiles: csr_array, counted: Floats, top: int) -> Floats:
    """Sum the weights of each profile's items, or the ``top`` highest of them, float32 ``[b, c]``."""
    if not top:
        return np.asarray(profiles @ counted, np.float32)
    found = np.zeros((profiles.shape[0], counted.shape[1]), np.float32)
    for row in range(len(found)):
        items = profiles.indices[profiles.indptr[row] : profiles.indptr[row + 1]]
        counts = counted[items]
        if len(items) > top:
            counts = np.partition(counts, len(items) - top, axis=0)[len(items) - top :]
        found[row] = counts.sum(0)
    return found


def knowledge_degree(data: HeteroData) -> Tensor | None:
    """Return the number of an item's knowledge edges, float32 ``[n_items]``; None without knowledge."""
    kinds = item_relations(data)
    if not kinds:
        return None
    items = torch.cat([torch.unique(data[kind].edge_index, dim=1)[0] for kind in kinds])
    return torch.bincount(items, minlength=int(data["item"].num_nodes)).float()


def choose(family: KNNFamily, judge: Callable[[ColdKNNParams], float]) -> tuple[ColdKNNParams, float]:
    """Return the setting that validates best, found one parameter at a time, and its validation score.

    Parameters
    ----------
    judge
        The validation metric of a setting.
    """
    best = ColdKNNParams(weights=(1.0,) * len(family.parts), ridge=_FIRST_RIDGE if family.ridge else 0)
    known = {best: judge(best)}
    for _ in range(_ROUNDS):
        before = best
        for others in _steps(family):
            for setting in (other for other in others(best) if other not in known and any(other.weights)):
                known[setting] = judge(setting)
            best = max(known, key=known.__getitem__)
        if best == before:
            break
    return best, known[best]


def _steps(family: KNNFamily) -> Iterator[Callable[[ColdKNNParams], Iterator[ColdKNNParams]]]:
    """Yield the functions that list a setting's neighbours, one parameter after another."""

    def weigh(place: int) -> Callable[[ColdKNNParams], Iterator[ColdKNNParams]]:
        def others(setting: ColdKNNParams) -> Iterator[ColdKNNParams]:
            for value in _WEIGHTS:
                weights = list(setting.weights)
                weights[place] = value
                yield replace(setting, weights=tuple(weights))

        return others

    tried = _TRIED_RIDGE if family.ridge else _TRIED

    def turn(name: str) -> Callable[[ColdKNNParams], Iterator[ColdKNNParams]]:
        return lambda setting: (replace(setting, **{name: value}) for value in tried[name])  # type: ignore[arg-type]

    if len(family.parts) > 1:
        yield from (weigh(place) for place in range(len(family.parts)))
    yield from (turn(name) for name in tried)
