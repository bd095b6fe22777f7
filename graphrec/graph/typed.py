"""A graph by its types of nodes and edges: what PyG's ``HeteroData`` holds, for those who do without importing it.

PyG takes as long to import as a small graph takes to be read, brought up to date and published.
"""

from __future__ import annotations

from collections.abc import Callable, ItemsView
from typing import Any, Protocol, TypeAlias

EdgeType: TypeAlias = tuple[str, str, str]
Kind: TypeAlias = str | EdgeType


class Typed(Protocol):
    """What :class:`TypedArrays` and PyG's ``HeteroData`` have in common: tensors, looked up by type and name."""

    @property
    def edge_types(self) -> list[EdgeType]:
        """Triples of source, type and target."""

    def __getitem__(self, kind: Any, /) -> Any:
        """Return the store of a type of nodes or edges."""


class ArrayStore(dict[str, Any]):
    """What is known of one type of nodes or edges, each by its name, as an attribute too."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(name) from error

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    @property
    def num_edges(self) -> int:
        """How many edges there are."""
        return int(self["edge_index"].shape[1])


class TypedArrays:
    """One store a type, made when it is first asked for."""

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
        """Return the same with each value changed, such as an array made a tensor."""
        turned = TypedArrays()
        for kind, store in self._stores.items():
            turned[kind].update({name: change(value) for name, value in store.items()})
        return turned


#: The time of a behaviour that has none.
NO_TIME = -(2**63)
