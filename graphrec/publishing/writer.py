"""Write runs to Neo4j next to the active one, switch readers to them, and keep them for rollback.

States of a run in ``(:Run).state``: ``writing`` → ``ready`` → ``retired`` → ``removed``. User embeddings have three
slots: for the active run, for the previous one, and for the one being written, so that rollback stays possible until
the switch. Item embeddings have three slots of their own.
Readers follow the pointer ``(:Recommender)-[:ACTIVE]->(:Run)`` and read only data with that run's id and slot. A run
may share its item embeddings and ``SIMILAR`` edges with the run before; shared edges stay as long as a run that shows
them is kept.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Mapping, Sequence, Set
from typing import Any

from graphrec.common.errors import DatabaseError
from graphrec.config.schema import GraphSchema
from graphrec.content.fusion import MAX_DIM
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.db.outage import restarted
from graphrec.db.own_names import EMBEDDINGS, PUBLISHED, TITLE, index_label, label_indexed, own_names, record
from graphrec.publishing.link_reasons import LinkReasons
from graphrec.publishing.registry import Sizes, published_runs

#: A user's element id, items' element ids best first, scores, and reasons if there are any.
UserLinks = tuple[str, list[str], list[float]] | tuple[str, list[str], list[float], list[LinkReasons]]
#: Longest wait for a vector index to fill, in seconds.
INDEX_WAIT = 3600
#: Nodes per batch.
_BLOCK = 10_000


class Writer:
    """Writes one run next to the active one; readers see nothing of it before :meth:`switch`.

    Opening it removes the leftovers of an interrupted publish.

    Parameters
    ----------
    db, schema
        The database, and the names in it.
    run_id, created, settings, metrics, fingerprint, encoders, modalities, interest
        Properties of the ``(:Run)`` node; ``settings``, ``metrics``, ``modalities`` and ``interest`` as JSON text,
        ``encoders`` as ``modality=label``.
    sizes
        How much is written.
    before
        The run that must be active, because data is copied from it.
    shared
        Whether the items' data of that run is shared and not written again.

    Raises
    ------
    DatabaseError
        Another run has become active.
    """

    def __init__(
        self,
        db: Database,
        schema: GraphSchema,
        *,
        run_id: str,
        created: str,
        settings: str,
        metrics: str,
        fingerprint: str,
        encoders: Sequence[str] = (),
        modalities: str = "{}",
        interest: str = "{}",
        sizes: Sizes,
        before: str | None = None,
        shared: bool = False,
    ) -> None:
        self._db = db
        self._schema = schema
        self._users = 0
        self._indexes: list[str] = []
        claim(db, schema)
        if any(run.state == "writing" for run in published_runs(db)):
            db.write(queries.load("publish/retire_unfinished"))
        remove_retired(db)
        self.run_id = self._free_name(run_id)
        self._open = {"runId": self.run_id, "token": secrets.token_hex(8)}
        db.write(queries.load("publish/forget_run"), runId=self.run_id)
        rows = db.write_once(
            queries.load("publish/begin"),
            **self._open,
            createdAt=created,
            settings=settings,
            metrics=metrics,
            fingerprint=fingerprint,
            encoders=list(encoders),
            modalities=modalities,
            interest=interest,
            k=sizes.k,
            similar=sizes.similar,
            reasons=sizes.reasons,
            reasonUsers=sizes.reason_users,
            leftOut=sizes.left_out,
            similarUsers=sizes.similar_users,
            scores=sizes.scores,
            before=before,
            shared=shared,
        ).records
        if not rows:
            raise DatabaseError(
                f"run {run_id} was not published: another run than {before} has become active meanwhile",
                hint="`graphrec runs` shows it; `graphrec publish` tries again",
            )
        self._slots = {"user": rows[0]["slot"], "item": rows[0]["itemSlot"]}
        self._similar_items: int = rows[0]["similarItems"]
        remove_retired(db)

    def vectors(self, kind: str, nodes: Sequence[str], vectors: Sequence[Sequence[float]]) -> None:
        """Write one batch of embeddings; ``kind`` is ``"user"`` or ``"item"``, ``nodes`` are element ids."""
        query = queries.load("publish/vectors", self._schema, Item=self._label(kind))
        rows = [list(row) for row in zip(nodes, vectors, strict=True)]
        self._db.write(query, property=self._property(kind), rows=rows, **self._open)

    def copy_vectors(self, kind: str, nodes: Sequence[str], slot: str) -> None:
        """Copy one batch of embeddings from the slot of an earlier run."""
        slots = {"embeddingA": self._named(kind, slot), "embeddingB": self._property(kind)}
        query = queries.load("publish/copy_vectors", self._schema, Item=self._label(kind), **slots)
        self._db.write(query, nodes=list(nodes), **self._open)

    def copy_links(self, nodes: Sequence[str], before: str) -> None:
        """Give one batch of users the same links as in the run ``before``."""
        query = queries.load("publish/copy_links", self._schema)
        self._db.write(query, nodes=list(nodes), before=before, start=self._users, **self._open)
        self._users += len(nodes)

    def make_indexes(self, lengths: Mapping[str, int]) -> None:
        """Make the indexes of the slots, by kind, and of titles, where there is none; wait for those of the slots.

        Before the embeddings are written: filling an index takes half the time of making it of what is there. All of
        them together, and nothing is asked until they are online: when an index is made, and again when it comes
        online, Neo4j plans every query anew, for all clients (20 ms each).

        ``lengths``: of the embeddings, by kind. An index is for any length; that of an earlier release is for one.

        Raises
        ------
        DatabaseError
            Another publish has taken over, or the embeddings are too long for an index.
        """
        self._require_writing()
        names, missing = own_names(self._db, self._schema), []
        for kind, length in lengths.items():
            if length > MAX_DIM:
                raise DatabaseError(f"the embeddings have {length} numbers; Neo4j indexes at most {MAX_DIM}")
            found, label = names.held.get(self._index(kind)), index_label(self._schema, kind)
            fit = [[label], [self._property(kind)], True, False]
            if found is None:
                missing.append(kind)
            elif [found.labels, found.properties, found.dimensions in (None, length), found.state == "FAILED"] != fit:
                names.require_ours(self._base(kind), found)
                self._db.auto(queries.load("publish/drop_index"), index=found.name)
                missing.append(kind)
            self._indexes.append(self._index(kind))
        if names.title_index() is None and self._db.index_name(TITLE) not in names.held:
            _make_title_index(self._db, self._schema)  # that of another mapping stays until readers are switched
        for kind in missing:
            slot = self._slot_names(kind) | {"Item": index_label(self._schema, kind)}
            self._db.auto(queries.load("publish/vector_index", self._schema, **slot), index=self._index(kind))
        if missing:
            self._wait()

    def clear(self, kind: str, nodes: Set[str]) -> None:
        """Remove the embeddings in the slot of other nodes than ``nodes`` (element ids), whose are replaced.

        Raises
        ------
        DatabaseError
            Another publish has taken over.
        """
        self._require_writing()
        names = self._slot_names(kind)
        others = _others(self._db, queries.load("publish/slot", self._schema, **names), nodes)
        query = queries.load("publish/clear_slot", self._schema, **names)
        for start in range(0, len(others), _BLOCK):
            self._db.write(query, nodes=others[start : start + _BLOCK], **self._open)

    def label(self, kind: str) -> None:
        """Give the nodes with an embedding the label that the index covers, if it is graphrec's own."""
        label_indexed(self._db, self._schema, kind, self._property(kind))

    def _require_writing(self) -> None:
        if not self._db.read(queries.load("publish/writing"), **self._open)[0]["writing"]:
            raise _overtaken(self.run_id)

    def links(self, rows: Sequence[UserLinks]) -> None:
        """Write one batch of users' links."""
        query = queries.load("publish/links", self._schema)
        self._db.write(query, rows=[list(row) for row in rows], start=self._users, **self._open)
        self._users += len(rows)

    def similar(self, rows: Sequence[tuple[str, list[str], list[float]]]) -> None:
        """Write one batch of items' edges: item's element id, targets' element ids strongest first, weights."""
        query = queries.load("publish/similar", self._schema)
        self._db.write(query, rows=[list(row) for row in rows], start=self._similar_items, **self._open)
        self._similar_items += len(rows)

    def _wait(self) -> None:
        """Wait until everything is indexed."""
        for name in self._indexes:
            self._db.read(queries.load("publish/await_index"), index=name, seconds=INDEX_WAIT)

    def switch(self, items: int) -> tuple[int, int]:
        """Switch readers to the run once everything is indexed; return the numbers of its links and edges.

        Then the links of the run before the previous one are removed.

        Raises
        ------
        DatabaseError
            Another publish has taken over, or the run is incomplete.
        """
        self._wait()
        written = {"users": self._users, "items": items, "similar_items": self._similar_items}
        done = switch(self._db, self.run_id, self._open["token"], **written)
        remove_retired(self._db)
        return done

    def _free_name(self, run_id: str) -> str:
        """Return ``run_id``, or ``run_id~2`` if links or edges of that name are, or may be, still in use."""
        runs = published_runs(self._db)
        removed = {run.run_id for run in runs if run.state == "removed"}
        others = {row["runId"] for row in self._db.read(queries.load("publish/run_ids"), prefix=run_id)}
        taken = (others - removed) | {run.items_run_id for run in runs if run.kept}
        names = (run_id if n == 1 else f"{run_id}~{n}" for n in itertools.count(1))
        return next(name for name in names if name not in taken)

    def _label(self, kind: str) -> str | tuple[str, ...]:
        return self._schema.role(kind).label

    def _slot_names(self, kind: str) -> dict[str, str | tuple[str, ...]]:
        return {"Item": self._label(kind), "embeddingA": self._property(kind)}

    def _property(self, kind: str) -> str:
        return self._named(kind, self._slots[kind])

    def _named(self, kind: str, slot: str) -> str:
        """Return the property of a slot; a node that is user and item has one for each."""
        return f"itemEmbedding{slot}" if kind == "item" and self._schema.shared else f"embedding{slot}"

    def _base(self, kind: str) -> str:
        return f"{kind}Embedding{self._slots[kind]}"

    def _index(self, kind: str) -> str:
        return self._db.index_name(self._base(kind))


def switch(db: Database, run_id: str, token: str, *, users: int, items: int, similar_items: int) -> tuple[int, int]:
    """Switch readers to a complete run; return the numbers of its links and edges.

    Raises
    ------
    DatabaseError
        The run is incomplete, or does not belong to this writer any more.
    """
    written = {"users": users, "items": items, "similarItems": similar_items}
    rows = db.write_once(queries.load("publish/switch"), runId=run_id, token=token, **written).records
    if not rows:
        raise _overtaken(run_id)
    return rows[0]["links"], rows[0]["similar"]


def _overtaken(run_id: str) -> DatabaseError:
    return DatabaseError(
        f"run {run_id} was not published: another `graphrec publish` took over, or its data were removed meanwhile",
        hint="the run that was active still is; `graphrec runs` shows it, `graphrec publish` tries again",
    )


def remove_retired(db: Database) -> None:
    """Remove links and edges of runs that rollback can no longer reach, except edges shared with a kept run."""
    runs = published_runs(db)
    retired = [run for run in runs if run.state == "retired"]
    if not retired:
        return
    names = [run.run_id for run in retired]
    wrote = {run.items_run_id for run in retired} - {run.items_run_id for run in runs if run.kept}
    for kind, owners in (("RECOMMENDED", names), ("SIMILAR", sorted(wrote))):
        if owners:
            db.auto(queries.load("publish/remove_links", RECOMMENDED=kind), runIds=owners)
    db.write(queries.load("publish/remove_runs"), runIds=names)


def claim(db: Database, schema: GraphSchema) -> None:
    """Create the missing constraints, and record what graphrec makes in this database."""
    names = own_names(db, schema)
    made = names.missing_constraints()
    for base, query in (("recommenderId", "recommender_constraint"), ("runId", "run_constraint")):
        if base in made:
            db.auto(queries.load(f"publish/{query}"), name=made[base])
    ours = [
        found.name
        for base in PUBLISHED
        if (found := names.held.get(db.index_name(base))) and names.is_ours(base, found)
    ]
    free = [name for base in EMBEDDINGS if (name := db.index_name(base)) not in names.held]
    record(db, schema, [*ours, *made.values(), *free])


def index_titles(db: Database, schema: GraphSchema) -> None:
    """Create the full-text index for finding items by title; recreate it for another mapping."""
    names, own = own_names(db, schema), db.index_name(TITLE)
    if names.title_index() is None:
        if own in names.held:
            names.require_ours(TITLE, names.held[own])
            db.auto(queries.load("publish/drop_index"), index=own)
        _make_title_index(db, schema)
    db.read(queries.load("publish/await_index"), index=names.title_index() or own, seconds=INDEX_WAIT)


def _make_title_index(db: Database, schema: GraphSchema) -> None:
    own = db.index_name(TITLE)
    record(db, schema, [own])
    db.auto(queries.load("publish/title_index", schema), index=own)


@restarted
def _others(db: Database, query: str, nodes: Set[str]) -> list[str]:
    """Return the nodes with an embedding in a slot that are not among ``nodes``."""
    return [node for row in db.stream(query, block=_BLOCK) for node in row["nodes"] if node not in nodes]


@restarted
def existing_nodes(db: Database, schema: GraphSchema, kind: str) -> dict[Any, str]:
    """Return every user's or item's element id by its id."""
    role = schema.role(kind)
    found: dict[Any, str] = {}
    for row in db.stream(queries.load("publish/nodes", schema, role), block=_BLOCK):
        found.update(zip(row["keys"], row["nodes"], strict=True))
    return found
