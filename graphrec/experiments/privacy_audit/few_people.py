"""Count what is published and rests on the behaviour of too few people, from the behaviour itself.

The counts come from the behaviours, not from the code that finds reasons: where that code is wrong, they say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

if TYPE_CHECKING:
    from graphrec.explanation.reasons import Reason

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class FewPeople:
    """One kind of thing that is published.

    Attributes
    ----------
    what
        What is counted.
    total
        How many there are.
    few
        How many rest on some people, but fewer than the threshold.
    at_bound
        How many rest on exactly the threshold: when one of these people leaves, the thing does, too.
    least
        The fewest people that any rests on; None if there are none.
    """

    what: str
    total: int
    few: int
    at_bound: int
    least: int | None

    def to_dict(self) -> dict[str, Any]:
        """Return the fields by name."""
        return asdict(self)


def counted(what: str, people: Ints, k: int) -> FewPeople:
    """Return the counts of things that rest on so many people, int64 ``[n]``; on nobody is on no person's data."""
    some = people[people > 0]
    least = int(some.min()) if len(some) else None
    return FewPeople(what, len(people), int((some < k).sum()), int((some == k).sum()), least)


def of_reasons(
    history: csr_array, users: Ints, lists: Sequence[Ints], reasons: Sequence[Sequence[Sequence[Reason]]], k: int
) -> FewPeople:
    """Count the reasons that rest on other people's behaviour, by the other users who have both items.

    Parameters
    ----------
    history
        Ones, csr ``[n_users, n_items]``: everyone's target behaviour.
    users, lists, reasons
        The users, their items, and the reasons of each item.
    k
        Fewest people.
    """
    by_item = csr_array(history.T)
    people = [
        _both(by_item, item, reason.via[0], user)
        for user, items, links in zip(users.tolist(), lists, reasons, strict=True)
        for item, found in zip(items.tolist(), links, strict=True)
        for reason in found
        if reason.kind == "item"
    ]
    return counted("reasons by other people", np.array(people, np.int64), k)


def _both(by_item: csr_array, one: int, other: int, user: int) -> int:
    """Return how many users except one have both items."""
    rows = [by_item.indices[by_item.indptr[item] : by_item.indptr[item + 1]] for item in (one, other)]
    both = np.intersect1d(*rows)
    return len(both) - int(user in both)


def of_edges(history: csr_array, edges: csr_array, k: int) -> FewPeople:
    """Count published ``SIMILAR`` edges by the users who have both items."""
    both = csr_array(history.T @ history)
    row, column = edges.nonzero()
    return counted("SIMILAR edges", np.asarray(both[row, column]).ravel().astype(np.int64), k)


def of_new_items(people: Ints, k: int) -> FewPeople:
    """Count items added by updates, by the users whom their vectors were made from; -1 for other items."""
    return counted("items added by updates", people[people >= 0].astype(np.int64), k)
