"""When and in what circumstances everyone did what: the behaviours that a context is learned from, one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from graphrec.config.schema import GraphSchema
from graphrec.graph.contexts import UNKNOWN, timed_codes
from graphrec.graph.typed import NO_TIME

if TYPE_CHECKING:
    from graphrec.graph.typed import Typed

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Evidence(NamedTuple):
    """What one user did, by the values of a variable: items and values, int64 ``[m]`` each."""

    items: Ints
    codes: Ints


@dataclass(frozen=True)
class ContextLog:
    """Target behaviours in CSR form, each user's in the order of time.

    Attributes
    ----------
    indptr
        int64 ``[n_users + 1]``.
    items, times
        int64 ``[n]``: item, and epoch seconds.
    values
        int64 ``[n, P]``: values of the properties :attr:`names`, -1 where unknown.
    names
        The properties, as in the mapping's ``context_names``.
    """

    indptr: Ints
    items: Ints
    times: Ints
    values: Ints
    names: tuple[str, ...] = ()

    @classmethod
    def of(cls, data: Typed, schema: GraphSchema) -> ContextLog:
        """Collect the target behaviours of a graph."""
        names = schema.context_names
        kinds = sorted(k for k in data.edge_types if (k[0], k[2]) == ("user", "item") and k[1] in schema.targets)
        ends = [np.asarray(data[kind].edge_index) for kind in kinds]
        times = [
            np.asarray(data[kind].time) if "time" in data[kind] else np.full(part.shape[1], NO_TIME)
            for kind, part in zip(kinds, ends, strict=True)
        ]
        values = [
            np.asarray(data[kind].context)
            if "context" in data[kind]
            else np.full((part.shape[1], len(names)), UNKNOWN, np.int64)
            for kind, part in zip(kinds, ends, strict=True)
        ]
        n_users = int(data["user"].num_nodes)
        if not kinds:
            none = np.zeros(0, np.int64)
            return cls(np.zeros(n_users + 1, np.int64), none, none, none.reshape(0, len(names)), names)
        (users, items), time = np.concatenate(ends, axis=1), np.concatenate(times)
        order = np.lexsort((items, time, users))
        indptr = np.concatenate([[0], np.bincount(users, minlength=n_users).cumsum()]).astype(np.int64)
        return cls(indptr, items[order], time[order], np.concatenate(values)[order], names)

    @property
    def users(self) -> Ints:
        """The user of each behaviour, int64 ``[n]``."""
        return np.repeat(np.arange(len(self.indptr) - 1), np.diff(self.indptr))

    def where(self, kept: Mask) -> ContextLog:
        """Return the kept behaviours, bool ``[n]``."""
        indptr = np.concatenate([[0], kept.cumsum()])[self.indptr]
        return replace(self, indptr=indptr, items=self.items[kept], times=self.times[kept], values=self.values[kept])

    def codes(self, zone: str) -> dict[str, Ints]:
        """Return variable → its value for each behaviour, int64 ``[n]``, -1 where unknown."""
        return timed_codes(self.times, zone) | {name: self.values[:, n] for n, name in enumerate(self.names)}

    def tensors(self) -> dict[str, Any]:
        """Return the arrays by name as PyTorch tensors, as :meth:`from_arrays` reads them."""
        import torch

        arrays = {"indptr": self.indptr, "items": self.items, "times": self.times}
        arrays |= {f"values.{n}": self.values[:, n] for n in range(len(self.names))}
        return {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in arrays.items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Ints], names: tuple[str, ...]) -> ContextLog:
        """Restore a log from the arrays of :meth:`tensors`."""
        values = [arrays[f"values.{n}"] for n in range(len(names))]
        table = np.stack(values, 1) if values else np.zeros((len(arrays["items"]), 0), np.int64)
        return cls(arrays["indptr"], arrays["items"], arrays["times"], table, names)
