"""Orders a user's past behaviours by reasons of each kind."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray

from graphrec.experiments.explanations.evidence import GraphEvidence
from graphrec.explanation.attribution import Attribution
from graphrec.explanation.sub_profiles import SubProfiles
from graphrec.runs.run import Run

Ordering = Literal["shares", "leave-one-out", "evidence", "popular", "random"]
ORDERINGS: tuple[Ordering, ...] = get_args(Ordering)
#: Random orders of each case.
DRAWS = 10
#: The number of behaviours by which orderings are compared: profiles must be longer.
TOP = 3

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """A user and an item of their list, by index."""

    user: int
    item: int


class Reasons:
    """The reasons that a run gives.

    Parameters
    ----------
    run
        A finished run.
    """

    def __init__(self, run: Run) -> None:
        self.run, self.attribution = run, Attribution(run)

    @cached_property
    def evidence(self) -> GraphEvidence:
        """What ``graphrec explain --evidence`` reads from the graph."""
        return GraphEvidence(self.run)

    @cached_property
    def _users_of(self) -> Ints:
        rows = self.run.rows("all")
        return rows.items.bincount(minlength=len(self.run.items)).numpy()

    def shares(self, case: Case) -> Floats:
        """Return the share of each item of the user in the score, all components together, float64 ``[m]``."""
        summands = self.attribution.user(case.user).summands(torch.tensor([case.item]))
        return torch.stack([share[:, 0].double() for share in summands.values()]).sum(0).numpy()

    def orders(self, case: Case, parts: SubProfiles, rng: np.random.Generator) -> dict[Ordering, list[Ints]]:
        """Return positions in the user's items, the strongest reason first: one order, or several random ones.

        Parameters
        ----------
        case
            The user and the item.
        parts
            The user's scores by parts of the profile.
        rng
            Of the random orders.
        """
        m = len(parts)
        alone = parts.scores(~torch.eye(m, dtype=torch.bool), torch.tensor([case.item]))[:, 0].numpy()
        return {
            "shares": [descending(self.shares(case))],
            "leave-one-out": [descending(-alone)],
            "evidence": [self.evidence.order(case.user, case.item, rng)],
            "popular": [descending(self._users_of[parts.items.numpy()])],
            "random": [rng.permutation(m) for _ in range(DRAWS)],
        }


def descending(values: Floats | Ints) -> Ints:
    """Return positions by descending value, equal ones in their order."""
    return np.argsort(-values, kind="stable")
