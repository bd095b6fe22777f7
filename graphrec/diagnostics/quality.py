"""The quality of the data in a graph, and how far it has moved on since the published run."""

from __future__ import annotations

import time
from typing import Any

import msgspec

from graphrec.common.console import progress
from graphrec.common.errors import NotFoundError
from graphrec.config.schema import OWN_TYPES, GraphSchema
from graphrec.config.settings import Settings
from graphrec.config.text_paths import parse_text
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.diagnostics.behaviour_quality import BURST, Behaviours, behaviour_findings, read_behaviours
from graphrec.diagnostics.drift import Drift, drift_since
from graphrec.diagnostics.findings import EXAMPLES, Finding
from graphrec.graph.mapping import resolve, shape
from graphrec.publishing.registry import active_run
from graphrec.runs import layout
from graphrec.runs.store import published_run

#: Column of ``cypher/quality/items`` → finding.
_ITEMS = {
    "orphan": "itemsWithoutRelationships",
    "text": "itemsWithoutText",
    "image": "itemsWithoutImage",
    "audio": "itemsWithoutAudio",
    "textVector": "textNotEmbedded",
    "imageVector": "imagesNotEmbedded",
    "audioVector": "audioNotEmbedded",
}


class Quality(msgspec.Struct, frozen=True, rename="camel"):
    """The report.

    Attributes
    ----------
    counts
        ``users``, ``items``, ``entities`` and each type of behaviour → how many.
    findings
        What is doubtful; findings with count 0 are fine.
    cut
        What the limits of ``[graph.limits]`` keep from training.
    drift
        Since the published run; None: see ``no_drift``.
    no_drift
        Why there is none.
    seconds
        That the report took.
    """

    counts: dict[str, int]
    findings: list[Finding]
    cut: list[Finding]
    drift: Drift | None
    no_drift: str | None
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain data under JSON names."""
        found = dict(msgspec.to_builtins(self))
        return found | {part: [one.to_dict() for one in getattr(self, part)] for part in ("findings", "cut")}


def quality(db: Database, settings: Settings, burst: int = BURST) -> Quality:
    """Look at every item, entity and behaviour once.

    Parameters
    ----------
    db, settings
        The database and the project.
    burst
        Behaviours of one user within a minute above which nobody believes in a person.

    Raises
    ------
    GraphError
        The graph does not match the mapping.
    """
    began = time.perf_counter()
    schema = resolve(db, settings.graph)
    findings, entities = _nodes(db, schema)
    found = read_behaviours(db, schema)
    doubtful, cut = behaviour_findings(found, time.time(), burst)
    counts = {"users": len(found.users.keys), "items": len(found.items.keys), "entities": entities, **found.counts}
    drift, missing = _drift(db, settings, found)
    return Quality(counts, [*findings, *doubtful], cut, drift, missing, time.perf_counter() - began)


def _nodes(db: Database, schema: GraphSchema) -> tuple[list[Finding], int]:
    """Return what items and entities lack, and the number of entities."""
    own = [*OWN_TYPES]
    plain = [name for name in schema.item.text if parse_text(name) is None]
    by_path = len(plain) < len(schema.item.text)
    with progress() as bar:
        task = bar.add_task("checking items and entities", total=2)
        rows = db.read(queries.load("quality/items", schema), own=own, text=plain, examples=EXAMPLES)
        bar.advance(task)
        findings = [
            Finding(_ITEMS[row["problem"]], row["count"], row["total"], row["examples"])
            for row in rows
            if not (by_path and row["problem"] == "text")  # whose text may be at other nodes
        ]
        labels = _entity_labels(db, schema)
        if not labels:
            return findings, 0
        row = db.read(queries.load("quality/entities", schema, Entity=labels), own=own, examples=EXAMPLES)[0]
        bar.advance(task)
    findings.insert(1, Finding("entitiesWithoutRelationships", row["count"], row["total"], row["examples"]))
    return findings, int(row["total"])


def _entity_labels(db: Database, schema: GraphSchema) -> tuple[str, ...]:
    """Return the labels of knowledge nodes that the database has."""
    found, roles = shape(db), {*schema.user.labels, *schema.item.labels}
    ends = {label for a, kind, b in found.triples if kind in (schema.knowledge or ()) for label in (a, b)}
    return tuple(sorted((ends | {schema.entity.label} & found.labels) - roles))


def _drift(db: Database, settings: Settings, found: Behaviours) -> tuple[Drift | None, str | None]:
    active = active_run(db)
    if active is None:
        return None, "no run is published"
    try:
        run = published_run(settings, active.run_id, needed="what has changed since is told by its files")
    except NotFoundError as error:
        return None, error.message
    if not (run.path / layout.PROFILES).is_file():
        return None, f"an earlier release made {run.run_id}, which has not kept what it was trained on"
    return drift_since(run, found), None
