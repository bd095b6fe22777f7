"""Create an updated run from a run and the current graph, without training."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import torch
from torch import Tensor

from graphrec.config.settings import Settings
from graphrec.graph.hetero import Graph
from graphrec.graph.read import GraphArrays
from graphrec.model import UserItemCSR
from graphrec.model.user_encoder import UserEncoder
from graphrec.runs import layout
from graphrec.runs.begin import new_run
from graphrec.runs.layout import EmbeddingArrays, EncoderArrays, Ids
from graphrec.runs.run import Run
from graphrec.runs.run_info import FINISHED
from graphrec.runs.unfinished import held
from graphrec.updating.changes import Delta, compare
from graphrec.updating.cold_placement import place, rank_of
from graphrec.updating.context import updated_context
from graphrec.updating.drift import DRIFT, drift_of
from graphrec.updating.items import ItemUpdater, Tables
from graphrec.updating.realign import realigned
from graphrec.updating.users import encoder_of, friends_of, plain, vectors

#: Keys of ``run.json`` about the training, copied to the updated run.
_CARRIED = (
    *("settings", "schema", "versions", "similar", "behaviours", "relations", "modalities", "metrics"),
    *("device", "refit", "interest", "half_lives", "context", "privacy"),
)


@dataclass(frozen=True)
class Updated:
    """The result of an update.

    Attributes
    ----------
    run
        The new run; the old one if nothing has changed.
    base
        The run that was updated.
    delta
        The changes since the base run.
    drift
        Share of pairs, or of items if larger, that have changed since training, relative to the numbers at training.
    seconds
        Duration since ``began``.
    """

    run: Run
    base: Run
    delta: Delta
    drift: float
    seconds: float

    @property
    def due(self) -> bool:
        """Whether a new training is recommended."""
        return self.drift >= DRIFT

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, for JSON."""
        return {
            "runId": self.run.run_id,
            "base": self.base.run_id,
            **counts(self.delta),
            "drift": self.drift,
            "retrainDue": self.due,
            "seconds": self.seconds,
        }


def counts(delta: Delta) -> dict[str, int]:
    """Return the numbers of changes."""
    return {
        "users": int(delta.users_to_recompute.sum()),
        "newUsers": delta.new_users,
        "goneUsers": delta.gone_users,
        "items": int((delta.items_to_recompute & ~delta.items_with_new_users).sum()),
        "itemsWithNewUsers": int(delta.items_with_new_users.sum()),
        # The old name, for one release.
        "grownItems": int(delta.items_with_new_users.sum()),
        "newItems": delta.new_items,
        "goneItems": delta.gone_items,
        "pairs": delta.pairs,
    }


def update(settings: Settings, run: Run, graph: Graph | GraphArrays, began: float | None = None) -> Updated:
    """Bring a run up to date with its graph.

    Parameters
    ----------
    settings
        The project's settings, with the location of the runs.
    run
        A finished run; it is not changed.
    graph
        The current graph: see :func:`graphrec.updating.current_graph.today`.
    began
        Start of reading the graph, by :func:`time.perf_counter`; now if absent.

    Raises
    ------
    TrainingError
        The run's weights cannot serve the changed graph.
    InputError
        The run is damaged, or from an older version.
    """
    began = time.perf_counter() if began is None else began
    delta = compare(run, graph)
    drift = _drift(run, delta)
    if not delta:
        return Updated(run, run, delta, drift, time.perf_counter() - began)
    growing = ItemUpdater(run, graph, delta)
    tables = growing.tables()
    made = _write(settings, run, graph, growing, tables, drift)
    return Updated(made, run, delta, drift, time.perf_counter() - began)


def _drift(run: Run, delta: Delta) -> float:
    """Return the share of changes since training, including earlier updates."""
    items = counts(delta)["items"] + delta.gone_items
    return drift_of(run.info.get("updated", {}), delta.pairs, items, _learned(run))


def _learned(run: Run) -> dict[str, int]:
    """Return the numbers of pairs and items at training."""
    now = {"pairs": len(run.profiles.items), "items": len(run.items)}
    return dict(run.info.get("updated", {}).get("learned", now))


def _write(
    settings: Settings, run: Run, graph: Graph | GraphArrays, growing: ItemUpdater, tables: Tables, drift: float
) -> Run:
    """Write the new run's directory; its last file marks it as finished."""
    delta, encoder = growing.delta, encoder_of(run, tables)
    social = [graph.data[kind].edge_index for kind in graph.data.edge_types if kind[0] == kind[2] == "user"]
    friends = friends_of(social, len(graph.users))
    arrays = _arrays(run, delta, encoder, growing.everything, tables, friends)
    weights = tables.weights
    if tables.factors is not None:
        weights["factors.items"] = tables.factors
    late = (delta.items < 0) | (run.n_users_at_update[delta.items.clamp(min=0)] >= 0)
    rank = rank_of(run, tables)
    if rank:
        place(arrays, run, delta, tables, rank)
    kept = EncoderArrays(
        encoder.tensors(),
        delta.digests,
        delta.social,
        users_at_update=torch.where(late, growing.counts, -1),
        warm_items=tables.warm_items if rank else None,
    )
    files = {
        layout.WEIGHTS: weights,
        layout.EMBEDDINGS: arrays.tensors(),
        layout.ENCODER: kept.tensors(),
        layout.PROFILES: delta.profiles.tensors(),
    }
    if tables.parts is not None:
        files[layout.PARTS] = tables.parts.tensors()
    if context := updated_context(run, graph, delta, tables.item):
        files[layout.CONTEXT] = context
    before = run.info.get("updated", {})
    total = {name: count + before.get(name, 0) for name, count in counts(delta).items()}
    made = new_run(
        settings.runs,
        {
            **{name: run.info[name] for name in _CARRIED if name in run.info},
            "base": run.run_id,
            "updated": total | {"learned": _learned(run), "drift": drift},
            "fingerprint": graph.fingerprint,
            "encoders": graph.encoders,
            "counts": run.info["counts"] | {"users": len(graph.users), "items": len(graph.items)},
        },
    )
    try:
        with held(made.path):
            Ids(graph.users, graph.items, _entities(run, growing)).write(made.path)
            delta.split.save(made.path / layout.SPLIT)
            layout.write_arrays(made.path, files)
            made.update(state=FINISHED, trained=datetime.now(UTC).isoformat(timespec="milliseconds"))
    except BaseException:  # Ctrl-C too: an incomplete run is useless, and would never be removed
        shutil.rmtree(made.path, ignore_errors=True)
        raise
    return made


def _entities(run: Run, growing: ItemUpdater) -> list[str]:
    """Return the keys of the entities in the order of the written weights."""
    return growing.entities if growing.delta.items_to_recompute.any() else run.entities


def _arrays(
    run: Run, delta: Delta, encoder: UserEncoder, done: UserItemCSR, tables: Tables, friends: UserItemCSR | None
) -> EmbeddingArrays:
    """Return the new run's vectors, edges and rows, with cold items ranked by score."""
    heldout = torch.where((delta.users >= 0)[:, None], plain(run, "heldout")[delta.users.clamp(min=0)], 0.0)
    return EmbeddingArrays(
        user={"heldout": heldout, "all": vectors(run, delta, encoder, done, friends)},
        done={"heldout": realigned(run.rows("heldout"), delta.users, delta.items), "all": done},
        items=replace(run.arrays.items, item=tables.item, similar=tables.similar, spread=None),
        side_features=run.n_side_features,
        item_weights=_shares(run, delta),
    )


def _shares(run: Run, delta: Delta) -> dict[str, Tensor]:
    """Return the modality weights of each item, unchanged; new items have none."""
    kept = {name: share[delta.items.clamp(min=0)] for name, share in run.item_weights.items()}
    return {name: torch.where(delta.items >= 0, share, 0.0) for name, share in kept.items()}
