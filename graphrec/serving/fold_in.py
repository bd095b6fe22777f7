"""Fold-in: vectors and scores of a run's model for any user, computed from their interactions.

The run's weights are used and nothing is trained. A user with the same interactions in training gets exactly the same
scores.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

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
    from graphrec.serving.rerank import Floats, Ints, Mask


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
        acts = [act for history in histories for act in history]
        user = np.repeat(np.arange(len(histories)), np.array([len(history) for history in histories], np.int64))
        items, kinds, weights, times = map(list, zip(*acts, strict=True)) if acts else ([], [], [], [])
        known = len(self.places)
        others = (key for key in dict.fromkeys(items) if key not in self.places)
        places = {key: known + n for n, key in enumerate(others)}
        item = _numbers(
            items, {key: places[key] if key in places else self.places[key] for key in dict.fromkeys(items)}
        )
        kind, column = (
            _numbers(kinds, {name: codes.get(name, -1) for name in set(kinds)})
            for codes in (self._order, self._columns)
        )
        time, weight = np.array(times, np.int64), np.array(weights, np.float32)
        kept = self._within(Block(user, item, kind, time), weight, len(histories))
        kept &= (item < known) & (column >= 0)
        profiles = Profiles.of_edges(
            torch.from_numpy(np.stack([user[kept], item[kept]])),
            torch.from_numpy(column[kept]),
            torch.from_numpy(weight[kept]),
            torch.from_numpy(time[kept]),
            self.run.behaviours,
            (len(histories), len(self.places)),
            self.run.schema.negatives,
            self.run.schema.searches,
        )
        return profiles, profiles.only(self._targets)

    def seen(self, profiles: Profiles) -> UserItemCSR:
        """Return the items not to recommend: the users' target interactions, and what they dislike."""
        return profiles.only(self._targets | self.run.schema.negatives)

    def _within(self, acts: Block, weight: Floats, n_users: int) -> Mask:
        """Return which interactions are within the limits of the run's mapping, which the training graph observes too.

        Others than behaviours, of type -1, have no limits.
        """
        kept = np.ones(len(acts.user), bool)
        limited = np.flatnonzero(acts.kind >= 0)
        order = limited[
            np.lexsort([values[limited] for values in (weight, acts.time, acts.item, acts.user, acts.kind)])
        ]
        kept[order] = within(Block(*(values[order] for values in acts)), self.run.schema, n_users, {})
        return kept

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


def _numbers(keys: list[Any], numbers: Mapping[Any, int]) -> Ints:
    """Return the number of each key, int64 ``[n]``; a list comprehension takes four times as long."""
    return np.fromiter(map(numbers.__getitem__, keys), np.int64, len(keys))
