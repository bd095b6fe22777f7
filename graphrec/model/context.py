r"""What the context adds to a score: how much likelier an item is at this hour, on this weekday, in this situation.

By Bayes' rule :math:`p(i \mid u, c) ∝ p(i \mid u) \, p(c \mid u, i) / p(c \mid u)`. The model's score stands for the
first factor; for each variable of the context (:mod:`graphrec.graph.contexts`) the part added is

.. math::

   w_v \log \frac{p(c_v \mid u, i)}{p(c_v \mid u)}

The probabilities are shares of past behaviours, each level shrunk towards the one above by a number of imagined
behaviours :math:`κ`: the user, and the item, towards everybody; the user with a group of similar items, towards what
user and item let expect together, :math:`p(c \mid u) \, p(c \mid i) / p(c)`; the user with that very item, towards the
group. Half-hours of the day share their counts with their neighbours, smoothly and around midnight. Nothing is learned
by gradient: the :math:`κ` are those under which each past behaviour is likeliest given all others, and validation
chooses the weights :math:`w_v` (:mod:`graphrec.training.context_selection`).

This module does not import PyTorch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from graphrec.graph.contexts import HALF_HOURS, UNKNOWN, timed_codes
from graphrec.graph.situation import Situation
from graphrec.model.context_log import ContextLog, Evidence, Ints

Floats = NDArray[np.float64]
Scores = NDArray[np.float32]

#: Standard deviation of the kernel of the half-hours, in half-hours.
_WIDTH = 2.0
_SIZES = {"hour": HALF_HOURS, "weekday": 7}


class Shrinkage(msgspec.Struct, frozen=True):
    """Imagined behaviours of each level; None: the level is left out, as it makes behaviours no likelier."""

    user: float | None = None
    item: float | None = None
    group: float | None = None
    pair: float | None = None


class Variable(msgspec.Struct, frozen=True):
    """One variable of the context.

    ``values``: their names, for a property. ``weight``: what the part counts in the score.
    """

    name: str
    values: tuple[str, ...] = ()
    weight: float = 1.0
    shrinkage: Shrinkage = Shrinkage()

    @property
    def size(self) -> int:
        """Number of values."""
        return _SIZES.get(self.name) or len(self.values)

    def kernel(self) -> Floats:
        """Return the share of a behaviour of each value that counts for each value, ``[size, size]``; rows sum to 1."""
        if self.name != "hour":
            return np.eye(self.size)
        apart = np.arange(self.size)
        apart = np.minimum(apart, self.size - apart)
        near = np.exp(-0.5 * (apart / _WIDTH) ** 2)
        near /= near.sum()
        places = np.arange(self.size)
        circular: Floats = near[(places[:, None] - places[None]) % self.size]
        return circular


class VariableTables:
    """The shares of one variable for everybody and for each item.

    Parameters
    ----------
    variable
        The variable, with its shrinkage.
    items, codes
        int64 ``[n]``: the behaviours of all users, and their values; -1 is unknown.
    groups
        int64 ``[n_items]``: the group of each item.
    """

    def __init__(self, variable: Variable, items: Ints, codes: Ints, groups: Ints) -> None:
        self.variable, self.groups, self.kernel = variable, groups, variable.kernel()
        self._n_groups = int(groups.max(initial=0)) + 1
        size, known = variable.size, codes != UNKNOWN
        of_items = self.counts(items[known], codes[known], len(groups))
        #: Share of each value, ``[size]``.
        self.everybody: Floats = (of_items.sum(0) + 1 / size) / (of_items.sum() + 1)
        #: How much likelier each value is for an item than for all, ``[n_items, size]``.
        self.lift = self.shrunk(of_items, self.everybody, variable.shrinkage.item) / self.everybody

    def counts(self, rows: Ints, codes: Ints, n_rows: int) -> Floats:
        """Return how many behaviours of each row have each value, smoothed, ``[n_rows, size]``."""
        size = self.variable.size
        plain = np.bincount(rows * size + codes, minlength=n_rows * size).reshape(n_rows, size)
        found: Floats = plain @ self.kernel
        return found

    @staticmethod
    def shrunk(counts: Floats, towards: Floats, imagined: float | None) -> Floats:
        """Return shares of counts, ``[…, size]``, shrunk towards others; those alone if ``imagined`` is None."""
        if imagined is None:
            return np.broadcast_to(towards, counts.shape)
        found: Floats = (counts + imagined * towards) / (counts.sum(-1, keepdims=True) + imagined)
        return found

    def terms(self, mine: Evidence, codes: Ints) -> Scores:
        """Return the logarithms of how much likelier a user and an item make some values, float32 ``[b, n_items]``.

        Parameters
        ----------
        mine
            What the user did.
        codes
            int64 ``[b]``: the values asked for.
        """
        shrinkage, known = self.variable.shrinkage, mine.codes != UNKNOWN
        items, done = mine.items[known], mine.codes[known]
        user = self.shrunk(self.counts(np.zeros_like(done), done, 1)[0], self.everybody, shrinkage.user)
        share = self.lift[:, codes] * (user[codes] / (self.lift @ user)[:, None])
        if shrinkage.group is not None and len(items):
            counts = self.counts(self.groups[items], done, self._n_groups)
            total = counts.sum(1)[self.groups, None]
            share = (counts[:, codes][self.groups] + shrinkage.group * share) / (total + shrinkage.group)
        if shrinkage.pair is not None and len(items):
            places, row = np.unique(items, return_inverse=True)
            counts = self.counts(row, done, len(places))
            total = counts.sum(1, keepdims=True)
            share[places] = (counts[:, codes] + shrinkage.pair * share[places]) / (total + shrinkage.pair)
        found: Scores = np.log(share / user[codes]).T.astype(np.float32)
        return found


class ContextModel:
    """Adds the context to the scores of a run.

    Parameters
    ----------
    log
        The behaviours to count.
    variables
        The variables, with their weights.
    groups
        int64 ``[n_items]``: the group of each item.
    zone
        Time zone of hours and weekdays.
    deviation
        Standard deviation of the model's scores, for which the weights are meant.
    """

    def __init__(
        self, log: ContextLog, variables: Sequence[Variable], groups: Ints, zone: str, deviation: float = 1.0
    ) -> None:
        self.log, self.groups, self.zone, self.deviation = log, groups, zone, deviation
        codes = log.codes(zone)
        self._codes = {variable.name: codes[variable.name] for variable in variables}
        self.tables = {
            variable.name: VariableTables(variable, log.items, self._codes[variable.name], groups)
            for variable in variables
        }

    @property
    def properties(self) -> tuple[str, ...]:
        """The properties among its variables."""
        return tuple(name for name in self.tables if name in self.log.names)

    def evidence(self, place: int) -> dict[str, Evidence]:
        """Return what a user of the log did, by variable."""
        mine = slice(*self.log.indptr[place : place + 2].tolist())
        return {name: Evidence(self.log.items[mine], codes[mine]) for name, codes in self._codes.items()}

    def codes_of(self, wanted: Situation) -> dict[str, int]:
        """Return variable → its value in a situation, for the variables whose value is given and known."""
        found: dict[str, int] = {}
        if wanted.at is not None:
            timed = timed_codes(np.array([wanted.at], np.int64), self.zone)
            found |= {name: int(code[0]) for name, code in timed.items()}
        for name, table in self.tables.items():
            if wanted.values.get(name) in table.variable.values:
                found[name] = table.variable.values.index(wanted.values[name])
        return {name: found[name] for name in self.tables if name in found}

    def shares(self, wanted: Situation, mine: Mapping[str, Evidence]) -> dict[str, Scores]:
        """Return what each variable adds to a user's scores of all items, float32 ``[n_items]``.

        Parameters
        ----------
        wanted
            The situation; a variable that it does not name adds nothing.
        mine
            Variable → what the user did; a variable without is one of which nothing is known of the user.
        """
        nothing = Evidence(np.zeros(0, np.int64), np.zeros(0, np.int64))
        found = {}
        for name, code in self.codes_of(wanted).items():
            table = self.tables[name]
            terms = table.terms(mine.get(name, nothing), np.array([code]))[0]
            found[name] = np.float32(table.variable.weight) * terms
        return found
