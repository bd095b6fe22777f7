"""A heterogeneous graph like PyG's ``HeteroData``, without importing PyG.

Importing PyG takes as long as reading, updating and publishing a small graph.
"""

from __future__ import annotations

from collections.abc import Callable, ItemsView
from typing import Any, Protocol, TypeAlias

EdgeType: TypeAlias = tuple[str, str, str]
Kind: TypeAlias = str | EdgeType


class Typed(Protocol):
    """Common interface of :class:`TypedArrays` and PyG's ``HeteroData``: tensors by type and name."""

    @property
    def edge_types(self) -> list[EdgeType]:
        """Triples of source, type and target."""

    def __getitem__(self, kind: Any, /) -> Any:
        """Return the store of a type of nodes or edges."""


class ArrayStore(dict[str, Any]):
    """Data of one node or edge type by name, also as attributes."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(name) from error

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    @property
    def num_edges(self) -> int:
        """Number of edges."""
        return int(self["edge_index"].shape[1])


class TypedArrays:
    """One store per type, created on first access."""

    def __init__(self) -> None:
        self._stores: dict[Kind, ArrayStore] = {}

    def __getitem__(self, kind: Kind) -> ArrayStore:
        return self._stores.setdefault(kind, ArrayStore())

    @property
    def edge_types(self) -> list[EdgeType]:
        """Triples of source, type and target."""
        return [kind for kind in self._stores if isinstance(kind, tuple)]

    def items(self) -> ItemsView[Kind, ArrayStore]:
        """Return all types and their stores."""
        return self._stores.items()

    def turned(self, change: Callable[[Any], Any]) -> TypedArrays:
        """Return a copy with ``change`` applied to each value, such as converting arrays to tensors."""
        turned = TypedArrays()
        for kind, store in self._stores.items():
            turned[kind].update({name: change(value) for name, value in store.items()})
        return turned


#: Marks a missing time.
NO_TIME = -(2**63)
