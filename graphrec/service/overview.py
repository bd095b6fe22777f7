"""What the first page shows: the graph in numbers and as a drawing, the runs, the active one beside its peers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import msgspec
import numpy as np

from graphrec.common.errors import NotFoundError
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import Settings
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.graph.mapping import Shape, shape
from graphrec.publishing.registry import PublishedRun, published_runs
from graphrec.runs.layout import FIGURES
from graphrec.runs.run import Run
from graphrec.runs.store import list_runs, read_run
from graphrec.service.freshness import counted_type

#: Most labels and relationships that are drawn.
MOST_LABELS, MOST_RELATIONS = 60, 150


class Label(msgspec.Struct, frozen=True):
    """Nodes of a label; ``role``: user, item, entity, search or other."""

    name: str
    count: int
    role: str


class Relation(msgspec.Struct, frozen=True):
    """Relationships between two labels; ``role``: behaviour, knowledge, social, search or other.

    ``count`` is an upper bound where the labels share the type with others.
    """

    source: str
    type: str
    target: str
    count: int
    role: str


class GraphOverview(msgspec.Struct, frozen=True):
    """A graph: ``users``, ``items``, ``entities``, ``behaviours`` and ``knowledge`` → how many, and its schema."""

    users: int
    items: int
    entities: int
    behaviours: dict[str, int]
    knowledge: dict[str, int]
    labels: list[Label]
    relations: list[Relation]


class Peer(msgspec.Struct, frozen=True):
    """A model of a benchmark: the mean of its test metric over users, and seconds of one training."""

    name: str
    value: float
    seconds: float | None


class Peers(msgspec.Struct, frozen=True):
    """The active run beside its peers, as ``graphrec benchmark`` has stored them.

    ``run_id``: the run that was measured: the active one, or one that it is an update of. ``value``: its own test
    metric; None: not evaluated. ``note``: why there is nothing.
    """

    metric: str
    run_id: str | None
    value: float | None
    rows: list[Peer]
    note: str = ""


class Version(msgspec.Struct, frozen=True):
    """A run in the history.

    ``state``: writing, ready, retired, removed, or trained (never published). ``can``: rollback, publish or None.
    """

    run_id: str
    state: str
    active: bool
    created_at: str
    published_at: str | None
    validation: float | None
    test: float | None
    metric: str
    can: str | None


def graph_overview(db: Database, schema: GraphSchema) -> GraphOverview:
    """Count a graph, from Neo4j's count store.

    Parameters
    ----------
    db, schema
        The database and its resolved mapping.

    Raises
    ------
    GraphError
        The database is empty.
    """
    found = shape(db)
    labels = [
        Label(name, _count(db, "inspect/label_count", User=name), _role_of_label(name, schema, found))
        for name in sorted(found.labels)
    ]
    labels = sorted(labels, key=lambda label: -label.count)[:MOST_LABELS]
    drawn = {label.name for label in labels}
    relations = []
    for head, kind, tail in sorted(found.triples):
        if head in drawn and tail in drawn:
            row = db.read(queries.load("inspect/relationship_count", User=head, RATED=kind, Item=tail))[0]
            count = min(row["leaving"], row["arriving"])
            relations.append(Relation(head, kind, tail, count, _role_of_type(kind, schema)))
    relations = sorted((one for one in relations if one.count), key=lambda one: -one.count)[:MOST_RELATIONS]
    return GraphOverview(
        users=_count(db, "inspect/label_count", User=schema.user.labels),
        items=_count(db, "inspect/label_count", User=schema.item.labels),
        entities=_entities(labels, schema.entity.label),
        behaviours={
            kind: _count(db, "inspect/type_count", RATED=counted_type(schema, kind)) for kind in schema.behaviours
        },
        knowledge={kind: _count(db, "inspect/type_count", RATED=kind) for kind in schema.knowledge or ()},
        labels=labels,
        relations=relations,
    )


def _entities(labels: Sequence[Label], general: str) -> int:
    """Return the number of entities; those with the general label may have others beside it."""
    counts = {label.name: label.count for label in labels if label.role == "entity"}
    return counts.get(general, sum(counts.values()))


def _count(db: Database, query: str, **names: str | tuple[str, ...]) -> int:
    return int(db.read(queries.load(query, None, **names))[0]["total"])


def _role_of_label(label: str, schema: GraphSchema, found: Shape) -> str:
    if label in schema.user.labels:
        return "user"
    if label in schema.item.labels:
        return "item"
    if label in (mapped.label for mapped in schema.searches.values()):
        return "search"
    known = any(label in (a, b) for a, kind, b in found.triples if kind in (schema.knowledge or ()))
    return "entity" if known or label == schema.entity.label else "other"


def _role_of_type(kind: str, schema: GraphSchema) -> str:
    roles = {"behaviour": schema.behaviour_types, "knowledge": schema.knowledge or (), "social": schema.social}
    roles["search"] = schema.searches
    return next((role for role, kinds in roles.items() if kind in kinds), "other")


def history(db: Database, settings: Settings) -> list[Version]:
    """Return all runs, the active one first, then the published ones, then those that are only trained."""
    published, trained = published_runs(db), {run.run_id: run for run in list_runs(settings)}
    active = next((run for run in published if run.active), None)
    back = next((run for run in published if active and _reachable(run, active)), None)
    found = [_version(run, trained, back) for run in published]
    known = {run.directory for run in published}
    return found + [_trained(run) for name, run in trained.items() if name not in known]


def _reachable(run: PublishedRun, active: PublishedRun) -> bool:
    """Return whether ``graphrec rollback`` may go back to a run."""
    return run.state == "ready" and not run.active and run.publication < active.publication


def _version(run: PublishedRun, trained: dict[str, Run], back: PublishedRun | None) -> Version:
    here = trained.get(run.directory)
    can = "rollback" if run is back else "publish" if here is not None and not run.active else None
    figures = _figures(json.loads(run.metrics), json.loads(run.settings), here)
    return Version(run.run_id, run.state, run.active, run.created_at, run.published_at, *figures, can)


def _trained(run: Run) -> Version:
    return Version(
        run.run_id, "trained", False, run.created, None, *_figures(run.metrics, run.settings, run), "publish"
    )


def _figures(
    metrics: dict[str, Any], settings: dict[str, Any], run: Run | None
) -> tuple[float | None, float | None, str]:
    """Return validation, test, and the name of the metric; the run's own files may be newer than what is published."""
    name = f"ndcg@{settings.get('train', {}).get('metric_k', 10)}"
    tested = (run.metrics if run is not None else metrics).get("evaluation", {})
    return metrics.get(name), tested.get("test", {}).get("metrics", {}).get(name, {}).get("mean"), name


def peers(settings: Settings, active: PublishedRun | None, metric: str = "ndcg@10") -> Peers:
    """Return the active run beside what ``graphrec benchmark`` has measured on the same split.

    An update keeps the split of the run that it updates, so the results stored with that run are its peers.
    """
    run, own = None, None
    with suppress(NotFoundError):
        own = run = None if active is None else read_run(settings.runs, active.directory)
    while run is not None:
        rows = _stored(run.path / FIGURES, metric)
        if rows:
            tested = run.metrics.get("evaluation", {}).get("test", {}).get("metrics", {}).get(metric, {}).get("mean")
            return Peers(metric, run.run_id, tested, rows)
        base = run.info.get("base")
        run = None
        with suppress(NotFoundError):
            run = None if base is None else read_run(settings.runs, str(base))
    if active is None:
        return Peers(metric, None, None, [], "no run is published")
    missing = "its directory is not on this machine"
    if own is not None:
        missing = f"`graphrec benchmark {own.run_id}` measures them"
    return Peers(metric, None, None, [], f"no peers of {active.run_id}: {missing}")


def _stored(folder: Path, metric: str) -> list[Peer]:
    """Return the newest stored result of each model, the best first; damaged ones are left out."""
    found: dict[str, Peer] = {}
    for path in sorted(folder.glob("*.npz"), key=lambda path: path.stat().st_mtime):
        with suppress(OSError, ValueError, KeyError, BadZipFile), np.load(path, allow_pickle=False) as arrays:
            about = json.loads(str(arrays["about"]))
            value = float(arrays[f"test/{metric}"].mean())
            found[about["name"]] = Peer(about["name"], value, about.get("seconds"))
    return sorted(found.values(), key=lambda peer: -peer.value)
