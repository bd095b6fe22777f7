"""From a run and the graph of today to a run of today, without training."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import torch
from torch import Tensor

from graphrec.config.settings import Settings
from graphrec.graph.read import GraphArrays
from graphrec.model import UserItemCSR
from graphrec.model.user_encoder import UserEncoder
from graphrec.runs import layout
from graphrec.runs.layout import EmbeddingArrays, EncoderArrays, Ids
from graphrec.runs.run import FINISHED, Run, new_run
from graphrec.updating.changes import Delta, compare
from graphrec.updating.cold_placement import place, rank_of
from graphrec.updating.items import ItemUpdater, Tables
from graphrec.updating.realign import realigned
from graphrec.updating.users import encoder_of, friends_of, plain, vectors

#: Share of the pairs, or of the items, that has changed since the training, from which on a new one is due.
DRIFT = 0.1
#: What a run says of its training, and one that is made of it says too.
_CARRIED = (
    *("settings", "schema", "versions", "similar", "behaviours", "relations", "modalities", "metrics"),
    *("device", "refit", "interest", "half_lives"),
)


@dataclass(frozen=True)
class Updated:
    """What an update came to.

    Attributes
    ----------
    run
        The new run; the old one where nothing has changed.
    base
        The run that was brought up to date.
    delta
        What has changed since that.
    drift
        How many pairs, or items if that is more, have changed since the training, by how many there were then.
    seconds
        What it took since ``began``.
    """

    run: Run
    base: Run
    delta: Delta
    drift: float
    seconds: float

    @property
    def due(self) -> bool:
        """Whether a new training is due."""
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
    """Return how much has changed."""
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


def update(settings: Settings, run: Run, graph: GraphArrays, began: float | None = None) -> Updated:
    """Bring a run up to date with its graph.

    Parameters
    ----------
    settings
        Of the project: where runs are.
    run
        A finished run, which stays as it is.
    graph
        What is there by now: see :func:`graphrec.updating.current_graph.today`.
    began
        When that was begun to be read, by :func:`time.perf_counter`; now where absent.

    Raises
    ------
    TrainingError
        The graph has become one that the run's weights cannot serve.
    InputError
        The run is damaged, or of an older version.
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
    """Return how much has changed since the training, updates since then included."""
    before: dict[str, Any] = run.info.get("updated", {})
    pairs = delta.pairs + before.get("pairs", 0)
    items = counts(delta)["items"] + delta.gone_items + before.get("items", 0) + before.get("goneItems", 0)
    learned = _learned(run)
    return max(int(pairs) / max(learned["pairs"], 1), int(items) / max(learned["items"], 1))


def _learned(run: Run) -> dict[str, int]:
    """Return how many pairs and items there were when the weights were trained."""
    now = {"pairs": len(run.profiles.items), "items": len(run.items)}
    return dict(run.info.get("updated", {}).get("learned", now))


def _write(settings: Settings, run: Run, graph: GraphArrays, growing: ItemUpdater, tables: Tables, drift: float) -> Run:
    """Write the new run's directory; it is finished with the last file."""
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
        Ids(graph.users, graph.items, _entities(run, growing)).write(made.path)
        delta.split.save(made.path / layout.SPLIT)
        layout.write_arrays(made.path, files)
        made.update(state=FINISHED, trained=datetime.now(UTC).isoformat(timespec="milliseconds"))
    except BaseException:  # Ctrl-C too: half a run is of no use, and nobody would remove it
        shutil.rmtree(made.path, ignore_errors=True)
        raise
    return made


def _entities(run: Run, growing: ItemUpdater) -> list[str]:
    """Return the keys of the entities in the order of the weights that are written."""
    return growing.entities if growing.delta.items_to_recompute.any() else run.entities


def _arrays(
    run: Run, delta: Delta, encoder: UserEncoder, done: UserItemCSR, tables: Tables, friends: UserItemCSR | None
) -> EmbeddingArrays:
    """Return the vectors, edges and rows of the new run, cold items where they score."""
    heldout = torch.where((delta.users >= 0)[:, None], plain(run, "heldout")[delta.users.clamp(min=0)], 0.0)
    return EmbeddingArrays(
        user={"heldout": heldout, "all": vectors(run, delta, encoder, done, friends)},
        done={"heldout": realigned(run.rows("heldout"), delta.users, delta.items), "all": done},
        items=replace(run.arrays.items, item=tables.item, similar=tables.similar, spread=None),
        side_features=run.n_side_features,
        item_weights=_shares(run, delta),
    )


def _shares(run: Run, delta: Delta) -> dict[str, Tensor]:
    """Return what each modality counts for each item, as it was; new items have no such figures."""
    kept = {name: share[delta.items.clamp(min=0)] for name, share in run.item_weights.items()}
    return {name: torch.where(delta.items >= 0, share, 0.0) for name, share in kept.items()}
