"""Leak-free splits: the held-out user–item pairs, and a training graph without any trace of them.

Splits divide *pairs*, not edges: if a user bought an item twice and browsed it five times, this is one pair, and if it
is held out, all seven edges (and their reverses) leave the training graph. Time splits also remove everything after
the cut, including repeated behaviours of kept pairs. Cold-item splits remove all behaviours of cold items.
:func:`check_leakage` proves it.

===============  ==============================================================================================
``random``       per user, seeded; users with fewer than 3 pairs stay in training
``user-time``    each user's latest pairs; equal times in seeded random order
``global-time``  everything after a date; users without a pair before it are not evaluated
``published``    by a property of the behaviours; without a valid component, it is sampled from train
``cold-item``    all pairs of a share of the items, seeded; users without other pairs are not evaluated
===============  ==============================================================================================
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from scipy.sparse import csr_array
from torch import Tensor

from graphrec.common.errors import ConfigError, InputError, LeakageError, NotFoundError
from graphrec.common.files import replacing
from graphrec.config.convert import convert
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import SplitSettings
from graphrec.evaluation.split_methods import NEVER, assign_pairs, moments_of_test

if TYPE_CHECKING:
    from graphrec.common.pyg import HeteroData

Part = Literal["train", "valid", "test"]


@dataclass(frozen=True)
class Split:
    """Distinct (user, item) pairs of target behaviours, in three disjoint components.

    Attributes
    ----------
    train, valid, test
        int64 ``[2, n]``: user and item node indices, sorted by user, then item.
    settings
        Settings of the split.
    cutoff
        Epoch seconds. ``"user"``, int64 ``[n_users]``: a user's behaviours at or after it are not for training (empty
        for ``random``). ``"valid"`` and ``"test"``, scalars: start of these components (``global-time`` only).
    shape
        Number of users and items.
    cold
        ``"valid"`` and ``"test"``, int64, ascending: items with all behaviours held out (``cold-item`` only).
    merged
        Whether validation has been added to training; see :func:`merged`.
    themselves
        Where people are items too, int64 ``[n_users]``: the item that a user is, never ranked for them; others: none.
    """

    train: Tensor
    valid: Tensor
    test: Tensor
    settings: SplitSettings
    cutoff: dict[str, Tensor]
    shape: tuple[int, int]
    cold: dict[str, Tensor] = field(default_factory=dict)
    merged: bool = False
    themselves: Tensor | None = None

    @property
    def last_part(self) -> int:
        """Number of the last published component that training may see."""
        return int(self.merged)

    def matrix(self, *parts: Part) -> csr_array:
        """Return the pairs of some components as ones in a float32 ``[n_users, n_items]`` matrix."""
        users, items = torch.cat([getattr(self, part) for part in parts], dim=1).numpy()
        return csr_array((np.ones(len(users), np.float32), (users, items)), shape=self.shape)

    def seen(self, on: Literal["valid", "test"]) -> csr_array:
        """Return the pairs to mask when ranking for ``on``: train, and for the test also valid (float32 csr).

        People who are items too are masked for themselves.
        """
        seen = self.matrix("train") if on == "valid" else self.matrix("train", "valid")
        if self.themselves is None:
            return seen
        items = self.themselves.numpy()
        users = np.flatnonzero((items >= 0) & (items < self.shape[1]))
        return seen + csr_array((np.ones(len(users), np.float32), (users, items[users])), shape=self.shape)

    def candidates(self, on: Literal["valid", "test"]) -> NDArray[np.bool_] | None:
        """Return the candidate items for ``on``, bool ``[n_items]``: the cold ones, or None for all items."""
        if on not in self.cold:
            return None
        mask = np.zeros(self.shape[1], bool)
        mask[self.cold[on].numpy()] = True
        return mask

    def save(self, path: Path) -> None:
        """Write one safetensors file with the settings in its metadata, replacing an older one atomically."""
        metadata = {"settings": json.dumps(msgspec.to_builtins(self.settings)), "shape": json.dumps(self.shape)}
        tensors = {"train": self.train, "valid": self.valid, "test": self.test}
        if self.themselves is not None:
            tensors["themselves"] = self.themselves
        for group in ("cutoff", "cold"):
            tensors |= {f"{group}.{name}": value for name, value in getattr(self, group).items()}
        with replacing(path) as part:
            save_file({name: value.contiguous() for name, value in tensors.items()}, part, metadata)

    @classmethod
    def load(cls, path: Path) -> Split:
        """Read a file of :meth:`save`.

        Raises
        ------
        NotFoundError
            The file does not exist.
        InputError
            The file is not a split.
        """
        if not path.is_file():
            raise NotFoundError(f"{path}: no split there", hint="train the run again, or choose another run")
        try:
            with safe_open(path, "pt") as file:
                metadata = file.metadata() or {}
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
            users, items = json.loads(metadata["shape"])
            groups: dict[str, dict[str, Tensor]] = {"cutoff": {}, "cold": {}}
            for name in [name for name in tensors if "." in name]:
                group, _, key = name.partition(".")
                groups[group][key] = tensors.pop(name)
            return cls(
                train=tensors["train"],
                valid=tensors["valid"],
                test=tensors["test"],
                settings=convert(json.loads(metadata["settings"]), SplitSettings, str(path)),
                shape=(users, items),
                cutoff=groups["cutoff"],
                cold=groups["cold"],
                themselves=tensors.get("themselves"),
            )
        except (SafetensorError, KeyError, ValueError) as error:
            raise InputError(f"{path}: not a split: {error}", hint="train the run again") from error


def make_split(data: HeteroData, settings: SplitSettings, schema: GraphSchema) -> Split:
    """Split the distinct pairs of all target behaviours, deterministically for a graph and settings.

    Parameters
    ----------
    data
        The whole graph, from :func:`graphrec.graph.hetero.load_graph`.
    settings
        Method, fractions and seed.
    schema
        Mapping with the target behaviours.

    Raises
    ------
    ConfigError
        Nothing would be left for training.
    GraphError
        The graph has no target behaviour, or one lacks the method's property: a time or a split.
    LeakageError
        A published split has one pair in two components.
    """
    if settings.method != "published" and settings.valid + settings.test >= 1:
        raise ConfigError(
            f"[split]: valid = {settings.valid} and test = {settings.test} leave nothing to train on",
            hint="their sum must be below 1",
        )
    found = assign_pairs(data, settings, schema)
    pairs = torch.from_numpy(np.stack([found.users, found.items]))
    train, valid, test = (pairs[:, torch.from_numpy(found.part == number)] for number in range(3))
    cutoff, cold = (
        {name: torch.as_tensor(value) for name, value in group.items()} for group in (found.cutoff, found.cold)
    )
    shape = int(data["user"].num_nodes), int(data["item"].num_nodes)
    themselves = data["user"].themselves if "themselves" in data["user"] else None
    return Split(train, valid, test, settings, cutoff, shape, cold, themselves=themselves)


def merged(data: HeteroData, split: Split, schema: GraphSchema) -> Split:
    """Return the split with validation added to training and the test unchanged.

    Parameters
    ----------
    data, schema
        The whole graph and the mapping that the split was made from.
    split
        The split.
    """
    pairs = torch.cat([split.train, split.valid], 1)
    train = pairs[:, torch.argsort(_keys(pairs, split))]
    cutoff = {}
    if "test" in split.cutoff:
        cutoff = {
            "user": torch.full_like(split.cutoff["user"], int(split.cutoff["test"])),
            "test": split.cutoff["test"],
        }
    elif "user" in split.cutoff:
        cutoff = {"user": torch.from_numpy(moments_of_test(data, split.settings, schema))}
    cold = {name: items for name, items in split.cold.items() if name == "test"}
    return replace(split, train=train, valid=train[:, :0], cutoff=cutoff, cold=cold, merged=True)


def training_graph(data: HeteroData, split: Split) -> HeteroData:
    """Return the graph that training may see, without any trace of held-out pairs.

    Removed are: held-out pairs in any behaviour or its reverse, everything after the cut, all behaviours of cold
    items, and behaviours that a published split assigns to another component.

    Knowledge and social edges stay unchanged, as does the input.
    """
    held = _keys(torch.cat([split.valid, split.test], dim=1), split)
    cold = _cold(split)
    published = split.settings.method == "published"
    keep = {}
    for kind in between(data):
        pairs = _as_pairs(data, kind)
        mask = ~torch.isin(_keys(pairs, split), held)
        if cold is not None:
            mask &= ~cold[pairs[1]]
        if published:
            mask &= data[kind].split <= split.last_part
        if "user" in split.cutoff:
            mask &= data[kind].time < split.cutoff["user"][pairs[0]]
        keep[kind] = mask
    graph: HeteroData = data.edge_subgraph(keep)
    return graph


def leak_free_training_graph(data: HeteroData, split: Split) -> HeteroData:
    """Return the training graph of a split, checked for leakage.

    Raises
    ------
    LeakageError
        See :func:`check_leakage`.
    """
    graph = training_graph(data, split)
    check_leakage(graph, split)
    return graph


def fewer_users(pairs: csr_array, most: int, seed: int) -> csr_array:
    """Return the pairs ``[n_users, n_items]`` of at most ``most`` random users."""
    users = np.flatnonzero(np.diff(pairs.indptr))
    if len(users) <= most:
        return pairs
    return only_users(pairs, np.random.default_rng(seed).choice(users, most, replace=False))


def only_users(pairs: csr_array, users: NDArray[np.int64]) -> csr_array:
    """Return the pairs of some users, csr ``[n_users, n_items]``; other rows are empty."""
    keep = np.zeros(pairs.shape[0], np.float32)
    keep[users] = 1
    fewer = csr_array(pairs.multiply(keep[:, None]))
    fewer.eliminate_zeros()
    return fewer


def check_leakage(train_data: HeteroData, split: Split) -> None:
    """Prove that a training graph contains no held-out behaviour.

    Checks every edge type between users and items, whatever its name: behaviours, reverses, and edges mapped as
    knowledge or social by mistake.

    Raises
    ------
    LeakageError
        A held-out pair, a behaviour after the cut or one of a cold item is in the graph, or two components of the
        split share a pair.
    """
    parts = {name: _keys(getattr(split, name), split) for name in ("train", "valid", "test")}
    for one, other in (("train", "valid"), ("train", "test"), ("valid", "test")):
        shared = parts[one][torch.isin(parts[one], parts[other])]
        if len(shared):
            raise LeakageError(f"{_example(shared[0], split)} is in {one} and in {other}", hint="make the split again")
    cold = _cold(split)
    published = split.settings.method == "published"
    for kind in between(train_data):
        pairs = _as_pairs(train_data, kind)
        if cold is not None and (touching := cold[pairs[1]]).any():
            user, item = pairs[:, touching][:, 0].tolist()
            raise LeakageError(
                f"{int(touching.sum())} edges of {kind} touch cold items, such as (user {user}, item {item})",
                hint="train on training_graph(data, split)",
            )
        if published and "split" in train_data[kind] and (late := train_data[kind].split > split.last_part).any():
            raise LeakageError(
                f"{int(late.sum())} edges of {kind} belong to the valid or test part",
                hint="train on training_graph(data, split)",
            )
        keys = _keys(pairs, split)
        for name in ("valid", "test"):
            told = keys[torch.isin(keys, parts[name])]
            if len(told):
                raise LeakageError(
                    f"{len(told)} edges of {kind} give away {name} pairs, such as {_example(told[0], split)}",
                    hint="train on training_graph(data, split)",
                )
        if "user" in split.cutoff and len(keys):
            _check_times(train_data, kind, split.cutoff["user"][pairs[0]])


def _check_times(data: HeteroData, kind: tuple[str, str, str], cut: Tensor) -> None:
    if "time" not in data[kind]:
        raise LeakageError(f"edges of {kind} have no time: they may be from after the cut")
    late = (data[kind].time >= cut) & (cut != NEVER)
    if late.any():
        edge = int(late.nonzero()[0])
        raise LeakageError(
            f"{int(late.sum())} edges of {kind} are after the cut, such as number {edge} at "
            f"{int(data[kind].time[edge])} (cut: {int(cut[edge])})",
            hint="train on training_graph(data, split)",
        )


def _cold(split: Split) -> Tensor | None:
    """Return which items are cold in any component, bool ``[n_items]``."""
    if not split.cold:
        return None
    mask = torch.zeros(split.shape[1], dtype=torch.bool)
    mask[torch.cat(list(split.cold.values()))] = True
    return mask


def between(data: HeteroData) -> list[tuple[str, str, str]]:
    """Return the edge types between users and items, in either direction."""
    return [kind for kind in data.edge_types if {kind[0], kind[2]} == {"user", "item"}]


def keeping(data: HeteroData, keep: Callable[[Tensor, Tensor], Tensor]) -> HeteroData:
    """Return a graph with the edges between users and items that are kept; nodes and all other edges stay.

    Parameters
    ----------
    data
        The graph, which is not changed.
    keep
        Gets the users and the items of some edges, int64 ``[E]`` each, and returns bool ``[E]``.
    """
    kept = {kind: keep(*_as_pairs(data, kind)) for kind in between(data)}
    graph: HeteroData = data.edge_subgraph(kept)
    return graph


def _as_pairs(data: HeteroData, kind: tuple[str, str, str]) -> Tensor:
    """Return the edges of a type as (user, item), int64 ``[2, E]``."""
    edges: Tensor = data[kind].edge_index
    return edges if kind[0] == "user" else edges.flip(0)


def _keys(pairs: Tensor, split: Split) -> Tensor:
    """Return one int64 number per pair."""
    return pairs[0] * split.shape[1] + pairs[1]


def _example(key: Tensor, split: Split) -> str:
    user, item = divmod(int(key), split.shape[1])
    return f"(user {user}, item {item})"
