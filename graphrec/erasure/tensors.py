"""Find and empty single users' data in a run's ``.safetensors`` files.

Users keep their positions: rows become zeros and lists empty, so that other users' data stays identical bit by bit.
:data:`graphrec.runs.layout.USER_ARRAYS` lists the arrays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from graphrec.common.errors import InputError
from graphrec.common.files import replacing
from graphrec.evaluation.split_methods import NEVER
from graphrec.runs.layout import EMBEDDINGS, PARTS, USER_ARRAYS, UserArrays

Tensors = dict[str, Tensor]


class Part(Protocol):
    """Arrays of a file that hold users' data by position."""

    def held(self, tensors: Tensors, places: Sequence[int]) -> int:
        """Return the amount of data of these users."""

    def without(self, tensors: Tensors, places: Sequence[int]) -> Tensors:
        """Return the arrays that change, with these users emptied."""

    def read(self, tensors: Tensors, places: Sequence[int]) -> Tensors:
        """Return these users' data by the names of the arrays."""


@dataclass(frozen=True)
class Vectors:
    """``[n_users, d]``: one vector per user, zero if removed."""

    name: str

    def held(self, tensors: Tensors, places: Sequence[int]) -> int:
        """Return the number of non-zero vectors."""
        return int((tensors[self.name][list(places)] != 0).any(1).sum()) if self.name in tensors else 0

    def read(self, tensors: Tensors, places: Sequence[int]) -> Tensors:
        """Return these users' vectors."""
        return {self.name: tensors[self.name][list(places)]} if self.name in tensors else {}

    def without(self, tensors: Tensors, places: Sequence[int]) -> Tensors:
        """Return the vectors, with these users' set to zero."""
        if self.name not in tensors:
            return {}
        changed = tensors[self.name].clone()
        changed[list(places)] = 0
        return {self.name: changed}


@dataclass(frozen=True)
class Moments:
    """int64 ``[n_users]``: one time per user, :data:`graphrec.evaluation.split_methods.NEVER` if removed."""

    name: str

    def held(self, tensors: Tensors, places: Sequence[int]) -> int:
        """Return the number of times that are set."""
        return int((tensors[self.name][list(places)] != NEVER).sum()) if self.name in tensors else 0

    def read(self, tensors: Tensors, places: Sequence[int]) -> Tensors:
        """Return these users' times."""
        return {self.name: tensors[self.name][list(places)]} if self.name in tensors else {}

    def without(self, tensors: Tensors, places: Sequence[int]) -> Tensors:
        """Return the times, with these users' unset."""
        if self.name not in tensors:
            return {}
        changed = tensors[self.name].clone()
        changed[list(places)] = NEVER
        return {self.name: changed}


@dataclass(frozen=True)
class Pairs:
    """int64 ``[2, n]``: users and items."""

    name: str

    def held(self, tensors: Tensors, places: Sequence[int]) -> int:
        """Return the number of these users' pairs."""
        return int(self._theirs(tensors, places).sum()) if self.name in tensors else 0

    def read(self, tensors: Tensors, places: Sequence[int]) -> Tensors:
        """Return the items of these users' pairs."""
        return {self.name: tensors[self.name][1, self._theirs(tensors, places)]} if self.name in tensors else {}

    def without(self, tensors: Tensors, places: Sequence[int]) -> Tensors:
        """Return the pairs of the other users."""
        if self.name not in tensors:
            return {}
        return {self.name: tensors[self.name][:, ~self._theirs(tensors, places)].contiguous()}

    def _theirs(self, tensors: Tensors, places: Sequence[int]) -> Tensor:
        return torch.isin(tensors[self.name][0], torch.tensor(places, dtype=torch.int64))


@dataclass(frozen=True)
class Lists:
    """Lists in CSR form: ``indptr``, int64 ``[n_users + 1]``, and all arrays ``[n, …]`` with the same prefix.

    ``apart`` names other arrays with that prefix.
    """

    prefix: str
    apart: tuple[str, ...] = ()

    def held(self, tensors: Tensors, places: Sequence[int]) -> int:
        """Return the total length of these users' lists."""
        indptr = tensors.get(f"{self.prefix}indptr")
        return 0 if indptr is None else int(indptr.diff()[list(places)].sum())

    def read(self, tensors: Tensors, places: Sequence[int]) -> Tensors:
        """Return what these users' lists hold."""
        indptr = tensors.get(f"{self.prefix}indptr")
        if indptr is None:
            return {}
        theirs = torch.zeros(len(indptr) - 1, dtype=torch.bool)
        theirs[list(places)] = True
        return {name: tensors[name][theirs.repeat_interleave(indptr.diff())] for name in self._along(tensors)}

    def without(self, tensors: Tensors, places: Sequence[int]) -> Tensors:
        """Return the lists, with these users' empty."""
        indptr = tensors.get(f"{self.prefix}indptr")
        if indptr is None:
            return {}
        lengths = indptr.diff()
        kept = torch.ones(len(lengths), dtype=torch.bool)
        kept[list(places)] = False
        along = kept.repeat_interleave(lengths)
        starts = torch.cat([indptr[:1], (lengths * kept).cumsum(0)]).to(indptr.dtype)
        kept_arrays = {name: tensors[name][along].contiguous() for name in self._along(tensors)}
        return {f"{self.prefix}indptr": starts} | kept_arrays

    def _along(self, tensors: Tensors) -> list[str]:
        """Return the names of the arrays that the lists are in."""
        others = {f"{self.prefix}{name}" for name in ("indptr", *self.apart)}
        return [name for name in tensors if name.startswith(self.prefix) and name not in others]


@dataclass(frozen=True)
class ItemTerms:
    """The parts of an item's vectors (:class:`graphrec.model.item_parts.ItemParts`): its terms, and its messages."""

    def held(self, tensors: Tensors, places: Sequence[int]) -> int:
        """Return the number of terms and received messages of these items, and of messages that they send."""
        rows = sum(Vectors(name).held(tensors, places) for name in self._terms(tensors))
        return rows + Lists("", self._apart(tensors)).held(tensors, places) + int(self._sent(tensors, places).sum())

    def read(self, tensors: Tensors, places: Sequence[int]) -> Tensors:
        """Return these items' terms."""
        return {name: tensors[name][list(places)] for name in self._terms(tensors)}

    def without(self, tensors: Tensors, places: Sequence[int]) -> Tensors:
        """Return the parts, with these items' terms zero, nothing received by them, and their messages zero."""
        changed: Tensors = {}
        for name in self._terms(tensors):
            changed |= Vectors(name).without(tensors, places)
        changed |= Lists("", self._apart(tensors)).without(tensors, places)
        sent = self._sent(tensors, places)
        return changed | {
            "messages": torch.where(sent[:, None], 0.0, tensors["messages"]),
            "item": torch.where(sent, -1, tensors["item"]),
        }

    def _terms(self, tensors: Tensors) -> list[str]:
        return [name for name in tensors if name.startswith(("source.", "target."))]

    def _apart(self, tensors: Tensors) -> tuple[str, ...]:
        return tuple(name for name in tensors if name not in ("indptr", "received", "weights"))

    def _sent(self, tensors: Tensors, places: Sequence[int]) -> Tensor:
        return torch.isin(tensors["item"], torch.tensor(places, dtype=torch.int64))


def _part(arrays: UserArrays) -> Part:
    if arrays.kind == "lists":
        return Lists(arrays.name, arrays.apart)
    kinds: dict[str, type[Vectors | Moments | Pairs]] = {"vectors": Vectors, "moments": Moments, "pairs": Pairs}
    return kinds[arrays.kind](arrays.name)


#: File → its arrays of users' data, in the order in which files are emptied.
FILES: dict[str, tuple[Part, ...]] = {name: tuple(map(_part, arrays)) for name, arrays in USER_ARRAYS.items()}


#: The same for users who are items too, by their positions as items.
ITEM_FILES: dict[str, tuple[Part, ...]] = {EMBEDDINGS: (Vectors("item"),), PARTS: (ItemTerms(),)}


def held(path: Path, places: Sequence[int], files: Mapping[str, tuple[Part, ...]] = FILES) -> int:
    """Return a file's amount of data at these positions: vectors, pairs, times; 0 without a file.

    Raises
    ------
    InputError
        The file is damaged.
    """
    if not places or not path.is_file():
        return 0
    tensors, _ = _read(path)
    try:
        return sum(part.held(tensors, places) for part in files[path.name])
    except (IndexError, RuntimeError) as error:
        raise _damaged(path, error) from error


def contents(path: Path, places: Sequence[int]) -> dict[str, Any]:
    """Return the data at these positions of a file, as lists by the names of its arrays; empty without a file.

    Raises
    ------
    InputError
        The file is damaged.
    """
    if not places or not path.is_file():
        return {}
    tensors, _ = _read(path)
    try:
        found = {name: array for part in FILES[path.name] for name, array in part.read(tensors, places).items()}
    except (IndexError, RuntimeError) as error:
        raise _damaged(path, error) from error
    return {name: array.tolist() for name, array in found.items() if array.numel()}


def pairs(path: Path, names: Sequence[str], places: Sequence[int]) -> int:
    """Return the number of pairs of these users (positions) in a split's components; 0 without a file."""
    if not places or not path.is_file():
        return 0
    tensors, _ = _read(path)
    return sum(Pairs(name).held(tensors, places) for name in names)


def empty(path: Path, places: Sequence[int], files: Mapping[str, tuple[Part, ...]] = FILES) -> None:
    """Remove the data at these positions from a file atomically; write nothing if there is none.

    Raises
    ------
    InputError
        The file is damaged.
    """
    if not held(path, places, files):
        return
    tensors, metadata = _read(path)
    changed: Tensors = {}
    try:
        for part in files[path.name]:
            changed |= part.without(tensors, places)
    except (IndexError, RuntimeError) as error:
        raise _damaged(path, error) from error
    with replacing(path) as file:
        save_file(tensors | changed, file, metadata)


def _read(path: Path) -> tuple[Tensors, dict[str, str] | None]:
    try:
        with safe_open(path, "pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata()  # noqa: SIM118 - no mapping
    except (OSError, SafetensorError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> InputError:
    return InputError(
        f"{path}: damaged, so no user can be removed: {error}",
        hint="remove that run's directory, and try again",
    )
