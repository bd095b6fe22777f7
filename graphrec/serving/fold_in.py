"""Fold-in: vectors and scores of a run's model for any user, computed from their interactions.

The run's weights are used and nothing is trained. A user with the same interactions in training gets exactly the same
scores.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from graphrec.config.schema import names_of
from graphrec.graph.limits import Block, within
from graphrec.model import Profiles, UserItemCSR
from graphrec.model.cold_placement import placed_vectors

if TYPE_CHECKING:
    from graphrec.graph.history import Interaction
    from graphrec.runs.run import Run


class Folder:
    """Folds users into a run.

    Parameters
    ----------
    run
        A finished run.
    """

    def __init__(self, run: Run) -> None:
        self.run, self.encoder = run, run.encoder
        self.places = run.item_positions
        self._columns = {kind: column for column, kind in enumerate(run.behaviours)}
        self._targets = run.schema.targets
        names = [name for kind, mapped in run.schema.behaviours.items() for name in names_of(kind, mapped)]
        self._order = {name: place for place, name in enumerate(names)}

    def profiles(self, histories: Sequence[Sequence[Interaction]]) -> tuple[Profiles, UserItemCSR]:
        """Return the users' interactions as the model reads them, one row per user, and their target pairs.

        Items and behaviour types that are not in the run are ignored.
        """
        known = [
            (row, self.places[act.item], self._columns[act.kind], act.weight, act.time)
            for row, history in enumerate(histories)
            for act in self._within(history)
            if act.item in self.places and act.kind in self._columns
        ]
        users, items, columns, weights, times = zip(*known, strict=True) if known else ((),) * 5
        profiles = Profiles.of_edges(
            torch.tensor([users, items], dtype=torch.int64).reshape(2, -1),
            torch.tensor(columns, dtype=torch.int64),
            torch.tensor(weights, dtype=torch.float32),
            torch.tensor(times, dtype=torch.int64),
            self.run.behaviours,
            (len(histories), len(self.places)),
            self.run.schema.negatives,
            self.run.schema.searches,
        )
        return profiles, profiles.only(self._targets)

    def seen(self, profiles: Profiles) -> UserItemCSR:
        """Return the items not to recommend: the users' target interactions, and what they dislike."""
        return profiles.only(self._targets | self.run.schema.negatives)

    def _within(self, history: Sequence[Interaction]) -> list[Interaction]:
        """Return the interactions within the limits of the run's mapping, which the training graph observes too."""
        acts = [act for act in history if act.kind in self._order]
        if not acts:
            return list(history)
        places = {item: len(self.places) + n for n, item in enumerate({act.item for act in acts} - self.places.keys())}
        rows = [
            (self._order[act.kind], places[act.item] if act.item in places else self.places[act.item], act.time)
            for act in acts
        ]
        order = sorted(range(len(acts)), key=lambda n: (*rows[n], acts[n].weight))
        kind, item, time = np.array([rows[n] for n in order], np.int64).T
        kept = within(Block(np.zeros_like(kind), item, kind, time), self.run.schema, 1, {})
        others = [act for act in history if act.kind not in self._order]
        return others + [acts[n] for n, there in zip(order, kept.tolist(), strict=True) if there]

    @torch.inference_mode()
    def vectors(self, profiles: Profiles, done: UserItemCSR, friends: UserItemCSR | None = None) -> Tensor:
        """Return the users' vectors, float32 ``[n_users, D]``; their inner products with the item vectors are scores.

        Parameters
        ----------
        profiles, done
            See :meth:`profiles`.
        friends
            Friendships between the rows.
        """
        found: Tensor = self.encoder(profiles, done, friends).float()
        tried = self._tried
        if tried is None:
            return found
        return placed_vectors(found, self.run.arrays.items, done, tried, self.run.cold_item_rank)

    def scores(self, profiles: Profiles, done: UserItemCSR, friends: UserItemCSR | None = None) -> Tensor:
        """Return the users' scores of all items, float32 ``[n_users, n_items]``; their own items are included."""
        vectors = self.vectors(profiles, done, friends)
        return self.run.scores_of(vectors, done, torch.arange(len(vectors)))

    @cached_property
    def _tried(self) -> Tensor | None:
        """The warm items, if cold items are placed below them; else None."""
        return self.run.warm_items if self.run.cold_item_rank else None
