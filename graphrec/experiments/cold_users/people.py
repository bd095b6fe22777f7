"""Hold out users, and choose the pairs that their short profiles show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from graphrec.common.errors import ConfigError
from graphrec.common.pyg import HeteroData
from graphrec.evaluation.split import keeping, only_users
from graphrec.model import Profiles, UserItemCSR

TEST, VALID = 0.2, 0.1


@dataclass(frozen=True)
class People:
    """Training users, and cold-start users: held-out users with short profiles, in additional rows below.

    Attributes
    ----------
    train
        Ones, float32 csr ``[n_rows, n_items]``: pairs of the training users; all other rows are empty.
    profiles, rest
        The same shape: pairs shown of cold-start users, and pairs to predict.
    rows
        ``("valid" | "test", k)`` → int64, the rows of cold-start users with ``k`` pairs.
    valid, test
        int64: the held-out users.
    owner
        int64 ``[n_rows]``: the user of each row.
    """

    train: csr_array
    profiles: csr_array
    rest: csr_array
    rows: dict[tuple[str, int], NDArray[np.int64]]
    valid: NDArray[np.int64]
    test: NDArray[np.int64]
    owner: NDArray[np.int64]


def hold_out(pairs: csr_array, lengths: Sequence[int], seed: int) -> People:
    """Hold out a share of the users with at least twice as many pairs as the longest profile.

    Parameters
    ----------
    pairs
        Ones, csr ``[n_users, n_items]``.
    lengths
        Lengths of the profiles.
    seed
        Seed of the held-out users and of their shown pairs.

    Raises
    ------
    ConfigError
        Too few users have enough pairs.
    """
    n_users, rng = pairs.shape[0], np.random.default_rng(seed)
    able = rng.permutation(np.flatnonzero(np.diff(pairs.indptr) >= 2 * max(lengths)))
    n_test, n_valid = max(1, round(TEST * n_users)), max(1, round(VALID * n_users))
    needed = n_test + n_valid
    if len(able) < needed:
        raise ConfigError(
            f"{len(able)} users have {2 * max(lengths)} pairs or more, and {needed} are needed",
            hint="ask for shorter profiles",
        )
    test, valid = np.sort(able[:n_test]), np.sort(able[n_test : n_test + n_valid])
    order = {user: rng.permutation(pairs.indices[pairs.indptr[user] : pairs.indptr[user + 1]]) for user in able}
    owner, shown, hidden = [np.arange(n_users)], [csr_array(pairs.shape)], [csr_array(pairs.shape)]
    rows, end = {}, n_users
    for part, users in (("valid", valid), ("test", test)):
        for k in lengths:
            shown.append(_matrix([order[user][:k] for user in users], pairs.shape[1]))
            hidden.append(_matrix([order[user][k:] for user in users], pairs.shape[1]))
            owner.append(users)
            rows[part, k] = np.arange(end, end := end + len(users))
    train = only_users(pairs, np.setdiff1d(np.arange(n_users), np.concatenate([valid, test])))
    below = csr_array((end - n_users, pairs.shape[1]), dtype=np.float32)
    return People(
        csr_array(vstack([train, below], format="csr")),
        csr_array(vstack(shown, format="csr"), dtype=np.float32),
        csr_array(vstack(hidden, format="csr"), dtype=np.float32),
        rows,
        valid,
        test,
        np.concatenate(owner),
    )


def without(data: HeteroData, users: NDArray[np.int64]) -> HeteroData:
    """Return the graph without the behaviours of some users; the nodes stay."""
    gone = torch.zeros(int(data["user"].num_nodes), dtype=torch.bool)
    gone[torch.from_numpy(users)] = True
    return keeping(data, lambda user, _: ~gone[user])


def profiles_of(data: HeteroData, people: People) -> tuple[Profiles, UserItemCSR]:
    """Return the cold-start users' profiles as the model reads them, with the weights from the whole graph.

    Raises
    ------
    ConfigError
        The graph has social edges: users in additional rows have no friends.
    """
    if any(kind[0] == kind[2] == "user" for kind in data.edge_types):
        raise ConfigError("newcomers cannot be placed in a graph with social edges", hint="leave them out of [graph]")
    whole, n_items = Profiles.of(data), people.profiles.shape[1]
    keys = whole.users * n_items + whole.items
    row, item = (torch.from_numpy(ends.astype(np.int64)) for ends in people.profiles.nonzero())
    place = torch.searchsorted(keys, torch.from_numpy(people.owner)[row] * n_items + item)
    rows = UserItemCSR.of_pairs(row, item, *people.profiles.shape)
    brought = Profiles(rows.indptr, rows.items, weights=whole.weights[place], behaviours=whole.behaviours)
    return brought, rows


def _matrix(lists: Sequence[NDArray[np.int32]], n_items: int) -> csr_array:
    indptr = np.concatenate([[0], np.cumsum([len(items) for items in lists])])
    indices = np.concatenate([np.sort(items) for items in lists])
    return csr_array((np.ones(len(indices), np.float32), indices, indptr), shape=(len(lists), n_items))
