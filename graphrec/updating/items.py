r"""Vectors of items that are new, or whose content or knowledge has changed since training.

The network vector comes from the trained weights: the messages from the item's content, knowledge and users, without a
vector of its own. Its ALS vector, for :math:`n` users, is :math:`c\,v + (1 - c)\,\hat v` with :math:`c = n / (n + 10)`,
:math:`v` solved from these users and :math:`\hat v` predicted from similar items (:mod:`graphrec.model.cold_vectors`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from graphrec.common.errors import TrainingError
from graphrec.config.schema import READING
from graphrec.config.settings import ContentSettings, ModelSettings
from graphrec.graph.hetero import Graph, to_hetero_data
from graphrec.graph.read import GraphArrays
from graphrec.graph.vector_labels import is_given, split_label
from graphrec.model import UserItemCSR
from graphrec.model.als import ALSFactors, solve
from graphrec.model.cold_placement import without_offset
from graphrec.model.cold_vectors import ColdItemPredictor
from graphrec.model.item_item import MOST_ITEMS, DenseItemItem, GramMatrices, ItemItemConfig
from graphrec.model.item_parts import ItemParts
from graphrec.model.user_encoder import UserEncoder
from graphrec.runs.align import inverse, positions
from graphrec.runs.run import Run
from graphrec.updating.changes import Delta

if TYPE_CHECKING:
    from graphrec.common.pyg import HeteroData
    from graphrec.model import HeteroRecommender

#: Number of users at which an item's users weigh as much as the prediction from similar items.
TRUST = 10
#: Minimum number of unchanged items: the changed ones are scaled to these.
_LEAST = 2


@dataclass(frozen=True)
class Tables:
    """All that a run stores of the items, in the order of the graph.

    Attributes
    ----------
    source, item
        float32 ``[n_items, d]`` and ``[n_items, D]``: see :class:`graphrec.model.user_encoder.UserEncoder`.
    factors, side_features
        float32 ``[n_items, d]`` and ``[n_items, p]``, if the run has them.
    similar
        The weighted edges, dense or CSR, if any.
    warm_items
        bool ``[n_items]``: items ranked by their own scores; ``item`` is not yet adjusted for the others.
    weights
        The model's weights, fitted to the graph.
    parts
        What the vectors are sums of, if the run has it.
    """

    source: Tensor
    item: Tensor
    factors: Tensor | None
    side_features: Tensor | None
    similar: Tensor | None
    warm_items: Tensor
    weights: dict[str, Tensor]
    parts: ItemParts | None


class ItemUpdater:
    """Updates a run's item tables for a graph.

    Parameters
    ----------
    run, graph, delta
        The run, the current graph, and the changes.
    """

    def __init__(self, run: Run, graph: Graph | GraphArrays, delta: Delta) -> None:
        self.run, self.graph, self.delta = run, graph, delta
        settings = run.table("model", ModelSettings)
        self.settings = settings.decided(run.info["metrics"]["objective"])
        self.content = run.table("content", ContentSettings)
        #: Everyone's target pairs.
        self.everything: UserItemCSR = delta.profiles.only(run.schema.targets)
        #: Those that are not held out.
        self.done = delta.done
        self.counts = self.done.items.bincount(minlength=len(graph.items))
        #: Keys of the entities with weights, once a network has been built.
        self.entities: list[str] = []

    def tables(self) -> Tables:
        """Return all tables: changed rows recomputed, the others unchanged.

        Raises
        ------
        TrainingError
            The graph's relations, encoders or vector lengths differ from those the run was trained on.
        """
        encoder, delta = self.run.encoder, self.delta
        weights, made, model = self._weights(), None, None
        if delta.items_to_recompute.any():  # check what is impossible before doing anything
            few = bool((~delta.items_to_recompute).sum() < _LEAST)
            if few or self.settings.content:
                self._refuse_other_encoders()
            if few:
                raise TrainingError(
                    f"nearly all of the {len(delta.items):,} items have changed since {self.run.run_id} was trained",
                    hint="graphrec train",
                )
            with torch.inference_mode():
                model = self._model(weights)
                made = model.items()
        before = (
            torch.ones(len(self.run.items), dtype=torch.bool) if self.run.warm_items is None else self.run.warm_items
        )
        placed = self.run.embeddings("all")[1]
        kept = encoder.get_buffer("source"), without_offset(placed, before) if self.run.cold_item_rank else placed
        source, item = (_gathered(table, delta.items) for table in kept)
        factors = None if encoder.als is None else _gathered(encoder.als.get_buffer("items"), delta.items)
        side_features = (
            None if encoder.side_features is None else _gathered(encoder.get_buffer("side_features"), delta.items)
        )
        similar = self._similar()
        if made is not None:
            predictor = ColdItemPredictor(
                self._data,
                self.content if self.settings.content else None,
                self.settings.knowledge,
                self.counts,
                delta.items_to_recompute,
            )
            if factors is not None and encoder.als is not None:
                factors = self._solved(encoder, predictor.fill(factors))
            side_features = None if side_features is None else predictor.fill(side_features)
            source[delta.items_to_recompute] = made[0][delta.items_to_recompute]
            item = self._items(item, made[1], made[2], factors, predictor)
        warm_items = torch.where(delta.items_to_recompute, self.counts > 0, before[delta.items.clamp(min=0)])
        parts = self._parts(model)
        return Tables(source, item, factors, side_features, similar, warm_items, weights, parts)

    def network(self) -> HeteroRecommender:
        """Return the run's network on the current graph.

        Raises
        ------
        TrainingError
            The graph's relations or vector lengths differ from those the run was trained on.
        """
        return self._model(self._weights())

    @cached_property
    def _data(self) -> HeteroData:
        """The graph with the knowledge edges that update items, in both directions."""
        data = to_hetero_data(self.graph.data)
        if self.run.privacy is not None:  # a friend's behaviours are somebody else's
            for kind in [kind for kind in data.edge_types if kind[0] == kind[2] == "user"]:
                del data[kind]
        return data

    def _weights(self) -> dict[str, Tensor]:
        """Return the run's weights with a row for each item and entity of the graph; rows of new ones are zero."""
        weights = self.run.weights
        for name in ("source", "target", "bias", "factors.items", "lengths.popularity"):
            if name in weights:
                weights[name] = _gathered(weights[name], self.delta.items)
        return weights

    def _model(self, weights: dict[str, Tensor]) -> HeteroRecommender:
        """Return the network on the current graph."""
        from graphrec.model import HeteroRecommender

        torch.manual_seed(0)
        model = HeteroRecommender(self._data, self.delta.known, self.settings, self.content)
        network = {name: value for name, value in weights.items() if name.split(".")[0] not in ("factors", "lengths")}
        relations: Sequence[str] = () if model.knowledge is None else model.knowledge.relations
        if list(relations) != list(self.run.info["relations"]):
            other = sorted(set(relations) ^ set(self.run.info["relations"]))
            raise self._unlike(f"knowledge of other relations ({', '.join(other)})")
        if model.knowledge is not None:
            self.entities = [str(self.graph.entities[place]) for place in model.knowledge.entities.tolist()]
            known = positions(self.run.entities, self.entities)
            network["knowledge.entity"] = _gathered(weights["knowledge.entity"], known)
            weights["knowledge.entity"] = network["knowledge.entity"]
        shapes = {name: value.shape for name, value in model.state_dict().items()}
        wrong = [name for name, shape in shapes.items() if name not in network or network[name].shape != shape]
        if wrong or len(shapes) != len(network):
            raise self._unlike(f"content of another kind ({', '.join(wrong) or 'modalities are missing'})")
        model.load_state_dict(network)
        if self.run.privacy is not None:  # which items anybody has had since then is not public
            model.get_buffer("warm_items").copy_(self.delta.items >= 0)
        model.train(False)
        return model

    def _parts(self, model: HeteroRecommender | None) -> ItemParts | None:
        """Return what the vectors are sums of: of the changed items by the model on the current graph."""
        old, delta = self.run.item_parts, self.delta
        if old is None:
            return None
        entities = self.run.entities if model is None else self.entities
        of_entities = inverse(positions(self.run.entities, entities), len(self.run.entities))
        kept = old.reordered(delta.items, inverse(delta.items, len(self.run.items)), of_entities)
        return kept if model is None else kept.replaced(delta.items_to_recompute, ItemParts.of(model))

    def _refuse_other_encoders(self) -> None:
        """Refuse vectors of encoders other than those the weights were trained on: their spaces differ."""
        run, now = self.run, self.graph.encoders
        old = run.encoders
        other = [name for name in sorted({*old, *now}) if old.get(name) != now.get(name)]
        if other:
            changes = "; ".join(f"{name}: {now.get(name, 'none')} now, {old.get(name, 'none')} then" for name in other)
            back = " ".join(_option(name, old.get(name)) for name in other)
            raise TrainingError(
                f"the items' content vectors are of other encoders than when run {run.run_id} was trained: {changes}",
                hint=f"graphrec train uses the new vectors; graphrec embed {back} brings the old ones back",
            )

    def _unlike(self, what: str) -> TrainingError:
        return TrainingError(
            f"the graph has {what} than run {self.run.run_id} was trained on, which cannot make its new vectors",
            hint="graphrec train",
        )

    def _solved(self, encoder: UserEncoder, factors: Tensor) -> Tensor:
        """Return the ALS vectors; predictions are shrunk towards the solution from the item's users."""
        made, old = self.delta.items_to_recompute, encoder.als
        if old is None:
            raise AssertionError("asked only where there are such vectors")
        some = (made & (self.counts > 0)).nonzero()[:, 0]
        if len(some):
            back = UserItemCSR.of_pairs(self.done.items, self.done.users, len(self.counts), len(self.done.indptr) - 1)
            vectors = ALSFactors(factors, old.alpha, old.ridge, old.iterations)
            everybody = torch.arange(len(self.done.indptr) - 1)
            users = torch.cat([vectors.users(self.done.interactions(part)) for part in torch.split(everybody, 4096)])
            mine = back.interactions(some)
            indptr = torch.cat([mine.offsets, torch.tensor([len(mine.item)])])
            trust = (self.counts[some] / (self.counts[some] + TRUST))[:, None]
            solved = solve(indptr, mine.item, users, old.alpha, old.ridge)
            factors[some] = trust * solved + (1 - trust) * factors[some]
        return factors

    def _items(
        self, item: Tensor, target: Tensor, bias: Tensor, factors: Tensor | None, predictor: ColdItemPredictor
    ) -> Tensor:
        """Return the item vectors, with the changed rows assembled again."""
        encoder, made = self.run.encoder, self.delta.items_to_recompute
        most, popular = encoder.most
        parts = [target]
        if factors is not None and most:
            parts.append(factors * most**0.5)
        width = sum(part.shape[1] for part in parts)
        if popular:
            parts.append(self._popularity(item[:, width])[:, None])
        parts.append(bias[:, None])
        if self.run.n_side_features:
            end = sum(part.shape[1] for part in parts)
            parts.append(predictor.fill(item[:, end : end + self.run.n_side_features]))
        item[made] = torch.cat(parts, 1)[made]
        return item

    def _popularity(self, column: Tensor) -> Tensor:
        """Return the popularity column, with the changed items on the scale of the others."""
        others = ~self.delta.items_to_recompute
        users = self.run.rows("heldout").items.bincount(minlength=len(self.run.items))[self.delta.items[others]]
        slope, start = np.polyfit(np.log1p(users.numpy()), column[others].numpy(), 1)
        return torch.where(others, column, start + slope * self.counts.float().log1p())

    def _similar(self) -> Tensor | None:
        """Return the edges with those of the changed items, if the dense matrix is small enough to fit."""
        edges, delta = self.run.similar, self.delta
        if edges is None:
            return None
        if edges.layout != torch.strided:
            return _sparse(edges, delta.items)
        known = delta.items.clamp(min=0)
        kept = edges[known][:, known]
        fresh = delta.items < 0
        kept[fresh], kept[:, fresh] = 0, 0
        made = delta.items_to_recompute
        # A private run's edges are never fitted again: that would have to be paid for.
        if not made.any() or len(made) > MOST_ITEMS or self.run.privacy is not None:
            return kept.contiguous()
        config = ItemItemConfig(**self.run.info["similar"])
        matrices = GramMatrices(self._data, self.done, knowledge=self.settings.knowledge)
        fitted = (
            DenseItemItem(matrices.invert(config, torch.float32), config.alpha, self.done)
            .standardise(self.done)
            .edges()
        )
        fitted *= float(self.run.info["metrics"]["similar"])
        kept[made], kept[:, made] = fitted[made], fitted[:, made]
        return kept.contiguous()


def _gathered(table: Tensor, rows: Tensor) -> Tensor:
    """Return the rows of a table, zeros where a row is -1."""
    found = table[rows.clamp(min=0)].clone()
    found[rows < 0] = 0
    return found


def _sparse(edges: Tensor, items: Tensor) -> Tensor:
    """Return CSR edges between the items of the graph; new ones have none."""
    n_items = len(items)
    back = torch.full((edges.shape[0],), -1)
    known = (items >= 0).nonzero()[:, 0]
    back[items[known]] = known
    coo = edges.to_sparse_coo().coalesce()  # type: ignore[no-untyped-call]
    one, other = back[coo.indices()]
    there = (one >= 0) & (other >= 0)
    found = torch.sparse_coo_tensor(
        torch.stack([one[there], other[there]]), coo.values()[there], (n_items, n_items), check_invariants=False
    )
    return found.coalesce().to_sparse_csr()


def _option(modality: str, label: str | None) -> str:
    """Return the ``graphrec embed`` option that makes vectors of a label again."""
    if is_given(label):
        return f"--vectors {modality}=FILE"
    option = "llm" if modality == READING else modality
    return f"--{option} {'none' if label is None else split_label(label)[0]}"
