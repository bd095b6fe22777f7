"""Honest splits: which user–item pairs are held out, and a training graph that cannot tell.

What is split is *pairs*, not edges: a user who bought an item twice and browsed it five times makes one pair, and when
it is held out all seven edges (and their reverses) leave the training graph. Time splits go further: nothing that
happened after the cut stays, repeated behaviours of kept pairs included. :func:`check_leakage` proves it.

===============  ==============================================================================================
``random``       per user, seeded; users with fewer than 3 pairs stay in training
``user-time``    each user's last part by time; equal times in seeded random order
``global-time``  everything after a date; users without a pair before it are not evaluated
===============  ==============================================================================================
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from scipy.sparse import csr_array
from torch import Tensor
from torch_geometric.data import HeteroData

from graphrec.config import SplitSettings, convert
from graphrec.errors import ConfigError, GraphError, InputError, LeakageError, NotFoundError
from graphrec.files import replacing
from graphrec.graph import NO_TIME
from graphrec.schema import GraphSchema

Ints = NDArray[np.int64]
Part = Literal["train", "valid", "test"]

#: A cut that nothing is after.
NEVER = 2**63 - 1
#: Users with fewer distinct pairs are never asked to give one away.
FEWEST = 3


@dataclass(frozen=True)
class Split:
    """Distinct (user, item) pairs of target behaviours, in three disjoint parts.

    Attributes
    ----------
    train, valid, test
        int64 ``[2, n]``: user and item node indices, sorted by user, then item.
    settings
        What made it.
    cutoff
        Epoch seconds. ``"user"``, int64 ``[n_users]``: behaviours of a user at or after it are not training's (empty
        for ``random``). ``"valid"`` and ``"test"``, scalars: where these parts begin (``global-time`` alone).
    shape
        Number of users and items.
    """

    train: Tensor
    valid: Tensor
    test: Tensor
    settings: SplitSettings
    cutoff: dict[str, Tensor]
    shape: tuple[int, int]

    def matrix(self, *parts: Part) -> csr_array:
        """Return the pairs of some parts as ones in a float32 ``[n_users, n_items]`` matrix."""
        users, items = torch.cat([getattr(self, part) for part in parts], dim=1).numpy()
        return csr_array((np.ones(len(users), np.float32), (users, items)), shape=self.shape)

    def seen(self, on: Literal["valid", "test"]) -> csr_array:
        """Return what is masked when ranking for ``on``: train, and for the test valid too (float32 csr)."""
        return self.matrix("train") if on == "valid" else self.matrix("train", "valid")

    def save(self, path: Path) -> None:
        """Write one safetensors file, with the settings in its metadata; an older file is replaced in one step."""
        metadata = {"settings": json.dumps(msgspec.to_builtins(self.settings)), "shape": json.dumps(self.shape)}
        tensors = {"train": self.train, "valid": self.valid, "test": self.test}
        tensors |= {f"cutoff.{name}": value for name, value in self.cutoff.items()}
        with replacing(path) as part:
            save_file({name: value.contiguous() for name, value in tensors.items()}, part, metadata)

    @classmethod
    def load(cls, path: Path) -> Split:
        """Read what :meth:`save` wrote.

        Raises
        ------
        NotFoundError
            There is no such file.
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
            return cls(
                train=tensors.pop("train"),
                valid=tensors.pop("valid"),
                test=tensors.pop("test"),
                settings=convert(json.loads(metadata["settings"]), SplitSettings, str(path)),
                cutoff={name.removeprefix("cutoff."): value for name, value in tensors.items()},
                shape=(users, items),
            )
        except (SafetensorError, KeyError, ValueError) as error:
            raise InputError(f"{path}: not a split: {error}", hint="train the run again") from error


def make_split(data: HeteroData, settings: SplitSettings, schema: GraphSchema) -> Split:
    """Split the distinct pairs of all target behaviours; the same graph and settings give the same split.

    Parameters
    ----------
    data
        The whole graph, as :func:`graphrec.graph.export` makes it.
    settings
        Method, fractions and seed.
    schema
        Says which behaviours are targets.

    Raises
    ------
    ConfigError
        Nothing would be left for training.
    GraphError
        There is no target behaviour, or a time split lacks times.
    """
    if settings.valid + settings.test >= 1:
        raise ConfigError(
            f"[split]: valid = {settings.valid} and test = {settings.test} leave nothing to train on",
            hint="their sum must be below 1",
        )
    shape = (int(data["user"].num_nodes), int(data["item"].num_nodes))
    users, items, times = _target_pairs(data, schema, timed=settings.method != "random")
    rng = np.random.default_rng(settings.seed)
    if settings.method == "global-time":
        part, cutoff = _by_date(users, times, settings, shape[0])
    else:
        part = _by_user(users, times, settings, rng)
        cutoff = {} if settings.method == "random" else {"user": _last_moments(users, times, part, shape[0])}
    pairs = torch.from_numpy(np.stack([users, items]))
    train, valid, test = (pairs[:, torch.from_numpy(part == number)] for number in range(3))
    tensors = {name: torch.as_tensor(value) for name, value in cutoff.items()}
    return Split(train, valid, test, settings, tensors, shape)


def _target_pairs(data: HeteroData, schema: GraphSchema, timed: bool) -> tuple[Ints, Ints, Ints]:
    """Return users, items and first times of the distinct target pairs, sorted by user, then item."""
    types = [kind for kind in data.edge_types if (kind[0], kind[2]) == ("user", "item")]
    targets = [kind for kind in types if kind[1] in schema.behaviours and schema.behaviours[kind[1]].target]
    if not any(data[kind].edge_index.size(1) for kind in targets):
        found = ", ".join(kind[1] for kind in types) or "none"
        raise GraphError(
            f"no target behaviour to split (behaviours in the graph: {found})",
            hint="load behaviours, or set target = true for one in [graph.behaviours]",
        )
    if timed:  # Behaviours that are no targets too: an undated BROWSED might be from after the cut.
        for kind in types:
            _require_times(data, kind)
    n_items = int(data["item"].num_nodes)
    edges = torch.cat([data[kind].edge_index for kind in targets], dim=1).numpy()
    keys, pair = np.unique(edges[0] * n_items + edges[1], return_inverse=True)
    first = np.full(len(keys), NEVER, np.int64)
    if timed:
        np.minimum.at(first, pair, torch.cat([data[kind].time for kind in targets]).numpy())
    return keys // n_items, keys % n_items, first


def _require_times(data: HeteroData, kind: tuple[str, str, str]) -> None:
    store = data[kind]
    total = int(store.edge_index.size(1))
    missing = int((store.time == NO_TIME).sum()) if "time" in store else total
    if missing:
        raise GraphError(
            f"a split by time needs the time of every behaviour: {missing} of {total} {kind[1]} have none",
            hint=f"name the property with time = in [graph.behaviours.{kind[1]}], or use method = 'random' in [split]",
        )


def _by_user(users: Ints, times: Ints, settings: SplitSettings, rng: np.random.Generator) -> NDArray[np.int8]:
    """Return 0, 1 or 2 (train, valid, test) for each pair: a user's last ones by time, then by lot."""
    # Without times all are equal, and the lot alone decides. Ties by lot: item order or file order would be an oracle.
    order = np.lexsort((rng.random(len(users)), times, users))
    _, start, count = np.unique(users, return_index=True, return_counts=True)
    enough = count >= FEWEST
    # Rounded up, so that short profiles are evaluated too; 1e-9 keeps 0.1 * 30 = 3.0000000000000004 at 3.
    test, valid = (
        np.where(enough, np.ceil(share * count - 1e-9), 0).astype(np.int64) for share in (settings.test, settings.valid)
    )
    test = np.minimum(test, np.maximum(count - 1 - (valid > 0), 0))
    valid = np.minimum(valid, np.maximum(count - 1 - test, 0))
    left = np.repeat(count, count) - 1 - (np.arange(len(users)) - np.repeat(start, count))
    last, before = np.repeat(test, count), np.repeat(test + valid, count)
    part = np.empty(len(users), np.int8)
    part[order] = np.where(left < last, 2, np.where(left < before, 1, 0))
    return part


def _last_moments(users: Ints, times: Ints, part: NDArray[np.int8], n_users: int) -> Ints:
    """Return per user the first second that is no longer training's."""
    held = part > 0
    cut = np.full(n_users, NEVER, np.int64)
    np.minimum.at(cut, users[held], times[held])
    last = np.full(n_users, NO_TIME, np.int64)
    np.maximum.at(last, users[~held], times[~held])
    # Several pairs may share the second in which the cut falls: the kept ones among them stay.
    return np.where(cut == NEVER, NEVER, np.maximum(cut, last + 1))


def _by_date(
    users: Ints, times: Ints, settings: SplitSettings, n_users: int
) -> tuple[NDArray[np.int8], dict[str, Ints | int]]:
    """Return 0, 1, 2 or -1 (train, valid, test, of a user without a past) for each pair, and the dates."""
    ordered = np.sort(times)
    test, valid = (
        int(ordered[min(int(np.ceil((1 - share) * len(ordered) - 1e-9)), len(ordered) - 1)]) if share > 0 else NEVER
        for share in (settings.test, settings.valid + settings.test)
    )
    part = np.where(times >= test, 2, np.where(times >= valid, 1, 0)).astype(np.int8)
    if not (part == 0).any():
        raise GraphError(
            "a split by date leaves nothing to train on: no behaviour is before the others",
            hint="use method = 'random' or 'user-time' in [split]",
        )
    past = np.zeros(n_users, bool)
    past[users[part == 0]] = True
    part[~past[users]] = -1
    return part, {"user": np.full(n_users, valid, np.int64), "valid": valid, "test": test}


def training_graph(data: HeteroData, split: Split) -> HeteroData:
    """Return the graph that training may see: no held-out pair by any behaviour or reverse, nothing after the cut.

    Knowledge and social edges stay as they are. The input is not changed.
    """
    held = _keys(torch.cat([split.valid, split.test], dim=1), split)
    keep = {}
    for kind in _between(data):
        pairs = _as_pairs(data, kind)
        mask = ~torch.isin(_keys(pairs, split), held)
        if "user" in split.cutoff:
            mask &= data[kind].time < split.cutoff["user"][pairs[0]]
        keep[kind] = mask
    graph: HeteroData = data.edge_subgraph(keep)
    return graph


def check_leakage(train_data: HeteroData, split: Split) -> None:
    """Prove that a training graph holds none of the answers.

    Every edge type that joins users and items counts, whatever its name: behaviours, reverses, and anything mapped as
    knowledge or social by mistake.

    Raises
    ------
    LeakageError
        A held-out pair or a behaviour after the cut is in the graph, or two parts of the split share a pair.
    """
    parts = {name: _keys(getattr(split, name), split) for name in ("train", "valid", "test")}
    for one, other in (("train", "valid"), ("train", "test"), ("valid", "test")):
        shared = parts[one][torch.isin(parts[one], parts[other])]
        if len(shared):
            raise LeakageError(f"{_example(shared[0], split)} is in {one} and in {other}", hint="make the split again")
    for kind in _between(train_data):
        pairs = _as_pairs(train_data, kind)
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


def _between(data: HeteroData) -> list[tuple[str, str, str]]:
    """Return the edge types that join users and items, in either direction."""
    return [kind for kind in data.edge_types if {kind[0], kind[2]} == {"user", "item"}]


def _as_pairs(data: HeteroData, kind: tuple[str, str, str]) -> Tensor:
    """Return an edge type's ends as (user, item), int64 ``[2, E]``."""
    edges: Tensor = data[kind].edge_index
    return edges if kind[0] == "user" else edges.flip(0)


def _keys(pairs: Tensor, split: Split) -> Tensor:
    """Return one int64 number a pair."""
    return pairs[0] * split.shape[1] + pairs[1]


def _example(key: Tensor, split: Split) -> str:
    user, item = divmod(int(key), split.shape[1])
    return f"(user {user}, item {item})"
