"""Leave out or thin suspicious profiles before training (:mod:`graphrec.poisoning.defences`).

Their users stay in the run and get lists from their own behaviour; only nobody else's scores rest on it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy.sparse import csr_array

from graphrec.common.console import note
from graphrec.common.pyg import HeteroData
from graphrec.config.settings import TrainSettings
from graphrec.evaluation.split import Split, keeping
from graphrec.poisoning.defences import learned
from graphrec.poisoning.detector import THRESHOLD, suspicion


@dataclass(frozen=True)
class Trusted:
    """What training learns from.

    Attributes
    ----------
    data
        The whole graph, without the behaviour that training must not learn from.
    split
        The split, without the validation pairs of users who are left out.
    flagged
        Number of suspicious profiles; None if nobody has looked.
    """

    data: HeteroData
    split: Split
    flagged: int | None = None


def trusted(data: HeteroData, split: Split, train: TrainSettings) -> Trusted:
    """Return what training learns from, by ``[train] suspicious``; the inputs are not changed."""
    if train.suspicious == "keep":
        return Trusted(data, split)
    pairs = split.matrix("train")
    probability = suspicion(pairs, train.seed)
    flagged = probability > THRESHOLD
    count = int(flagged.sum())
    note(
        f"{count:,} of {np.count_nonzero(np.diff(pairs.indptr)):,} profiles look fake: [train] suspicious = "
        f"{train.suspicious!r}"
    )
    rest = learned(pairs, train.suspicious, train.seed, probability)
    dropped = csr_array(pairs - rest)
    dropped.eliminate_zeros()
    graph = _without(data, dropped, flagged if train.suspicious == "leave out" else np.zeros_like(flagged))
    if train.suspicious == "leave out":
        split = replace(split, valid=split.valid[:, ~torch.from_numpy(flagged)[split.valid[0]]])
    return Trusted(graph, split, count)


def _without(data: HeteroData, pairs: csr_array, users: np.ndarray) -> HeteroData:
    """Return a graph without some pairs, and without all behaviour of some users (bool ``[n_users]``)."""
    keys, gone, n_items = _keys(pairs), torch.from_numpy(users), pairs.shape[1]
    return keeping(data, lambda user, item: ~(torch.isin(user * n_items + item, keys) | gone[user]))


def only_pairs(data: HeteroData, pairs: csr_array) -> HeteroData:
    """Return a graph with the behaviours of some pairs only, csr ``[n_users, n_items]``; nodes and knowledge stay."""
    keys, n_items = _keys(pairs), pairs.shape[1]
    return keeping(data, lambda user, item: torch.isin(user * n_items + item, keys))


def _keys(pairs: csr_array) -> torch.Tensor:
    users, items = (torch.from_numpy(ends.astype(np.int64)) for ends in pairs.nonzero())
    keys: torch.Tensor = users * pairs.shape[1] + items
    return keys
