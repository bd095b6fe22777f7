"""The runs in Neo4j: written beside the one that readers see, shown by one switch, kept for going back.

A run's life, as ``(:Run).state``: ``writing`` → ``ready`` → ``retired`` → ``removed``. Two slots hold embeddings:
the active run's, and the previous or the coming run's. Readers come through the pointer
``(:Recommender)-[:ACTIVE]->(:Run)`` and take only what carries that run's id and slot. Of its items a run may share the
embeddings and the ``SIMILAR`` edges with the run before, which then stay for as long as a run that shows them is kept.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Sequence, Set
from typing import TYPE_CHECKING, Any

import msgspec

from graphrec import queries
from graphrec.columns import BLOCK
from graphrec.db import Database
from graphrec.errors import DatabaseError, NotFoundError
from graphrec.schema import GraphSchema

if TYPE_CHECKING:
    from neo4j import Record

#: Longest wait for a vector index to be filled, seconds.
INDEX_WAIT = 3600


class PublishedRun(msgspec.Struct, frozen=True, rename="camel"):
    """A ``(:Run)`` node; ``metrics``, ``settings``, ``modalities``, ``interest``: JSON text, dates ISO 8601 text.

    ``items_run_id``: the run that wrote what it shows of its items, itself or another.
    """

    run_id: str
    active: bool
    state: str
    created_at: str
    published_at: str | None
    users: int
    items: int
    links: int
    k: int
    similar: int
    similar_k: int
    similar_items: int
    metrics: str
    settings: str
    fingerprint: str
    encoders: list[str]
    modalities: str
    interest: str
    slot: str
    item_slot: str
    items_run_id: str
    token: str

    @property
    def kept(self) -> bool:
        """Whether readers see it, may be sent there, or it is being written."""
        return self.state in ("writing", "ready")


def published_runs(db: Database) -> list[PublishedRun]:
    """Return the runs of this database, the active one first, then the newest."""
    return [msgspec.convert(dict(row), PublishedRun) for row in db.read(queries.load("query/runs"))]


def rollback(db: Database) -> tuple[str, str]:
    """Show readers the run published before the active one.

    Returns
    -------
    tuple of str
        The run that readers see now, and the one that they saw until now.

    Raises
    ------
    NotFoundError
        No run is published, or none before it is kept.
    """
    rows = db.auto(queries.load("publish/rollback"))
    if rows:
        return rows[0]["runId"], rows[0]["before"]
    active = next((run for run in published_runs(db) if run.active), None)
    if active is None:
        raise NotFoundError("no run is published in this database", hint="`graphrec publish`")
    raise NotFoundError(
        f"no run before {active.run_id} is kept, so there is nothing to go back to",
        hint="`graphrec runs` lists the trained ones; `graphrec publish RUN` publishes any of them",
    )


class Writer:
    """Writes one run beside the active one; readers see nothing of it before :meth:`switch`.

    Opening it removes what an interrupted publish left, and the run before the previous one.

    Parameters
    ----------
    db, schema
        Where, and in which names.
    run_id, created, settings, metrics, fingerprint, encoders, modalities, interest, k, similar
        What the ``(:Run)`` node will say; ``settings``, ``metrics``, ``modalities`` and ``interest`` as JSON text,
        ``encoders`` as ``modality=label``; ``k`` links a user and ``similar`` edges an item at most.
    before
        The run that has to be active, because things are to be copied from it.
    shared
        What that run shows of the items is this run's too and is not written again.

    Raises
    ------
    DatabaseError
        Another run is active by now.
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
        k: int,
        similar: int = 0,
        before: str | None = None,
        shared: bool = False,
    ) -> None:
        self._db = db
        self._schema = schema
        self._users = 0
        self._indexes: list[str] = []
        for name in ("run_constraint", "recommender_constraint"):
            db.auto(queries.load(f"publish/{name}"))
        db.write(queries.load("publish/retire_unfinished"))
        remove_retired(db)
        self.run_id = self._free_name(run_id)
        self._open = {"runId": self.run_id, "token": secrets.token_hex(8)}
        db.write(queries.load("publish/forget_run"), runId=self.run_id)
        rows = db.auto(
            queries.load("publish/begin"),
            **self._open,
            createdAt=created,
            settings=settings,
            metrics=metrics,
            fingerprint=fingerprint,
            encoders=list(encoders),
            modalities=modalities,
            interest=interest,
            k=k,
            similar=similar,
            before=before,
            shared=shared,
        )
        if not rows:
            raise _overtaken(self.run_id)
        self._slots = {"user": rows[0]["slot"], "item": rows[0]["itemSlot"]}
        self._similar_items: int = rows[0]["similarItems"]
        remove_retired(db)

    def vectors(self, kind: str, nodes: Sequence[str], vectors: Sequence[Sequence[float]]) -> None:
        """Write one batch of embeddings; ``kind`` is ``"user"`` or ``"item"``, ``nodes`` are element ids."""
        query = queries.load("publish/vectors", self._schema, Item=self._label(kind))
        property_ = self._slot_names(kind)["embeddingA"]
        self._db.write(
            query, property=property_, rows=[list(row) for row in zip(nodes, vectors, strict=True)], **self._open
        )

    def carry(self, kind: str, nodes: Sequence[str], slot: str) -> None:
        """Copy one batch of embeddings from the slot of an earlier run."""
        slots = {"embeddingA": f"embedding{slot}", "embeddingB": f"embedding{self._slots[kind]}"}
        query = queries.load("publish/carry_vectors", self._schema, Item=self._label(kind), **slots)
        self._db.write(query, nodes=list(nodes), **self._open)

    def carry_links(self, nodes: Sequence[str], before: str) -> None:
        """Give one batch of users the links that the run ``before`` gave them."""
        query = queries.load("publish/carry_links", self._schema)
        self._db.write(query, nodes=list(nodes), before=before, start=self._users, **self._open)
        self._users += len(nodes)

    def written(self) -> tuple[int, int]:
        """Return how many links and edges the run has by now."""
        run = next(run for run in published_runs(self._db) if run.run_id == self.run_id)
        return run.links, run.similar

    def clear(self, kind: str, nodes: Set[str], dimensions: int) -> None:
        """Make the slot ready for the first batch of embeddings, those of ``nodes``, element ids.

        Their old embeddings are replaced one by one; those of other nodes go. An index that fits stays: making it anew
        takes twice as long as filling it as it is, and Neo4j would plan every query anew, whoever asks it (20 ms each).
        """
        name, names = self._index(kind), self._slot_names(kind)
        wanted = [names["Item"]], [names["embeddingA"]], dimensions
        found = [(row["labels"], row["properties"], row["dimensions"]) for row in self._indexed(name)]
        if found and found != [wanted]:
            self._db.auto(queries.load("publish/drop_index"), index=name)
        held = self._db.stream(queries.load("publish/slot", self._schema, **names))
        others = [row["node"] for row in held if row["node"] not in nodes]
        query = queries.load("publish/clear_slot", self._schema, **names)
        for start in range(0, len(others), BLOCK):
            self._db.write(query, nodes=others[start : start + BLOCK])

    def _indexed(self, name: str) -> list[Record]:
        return self._db.read(queries.load("publish/index"), index=name)

    def index(self, kind: str, dimensions: int) -> None:
        """Begin to index the embeddings of the slot, which :meth:`switch` waits for."""
        name = self._index(kind)
        if not self._indexed(name):
            query = queries.load("publish/vector_index", self._schema, **self._slot_names(kind))
            self._db.auto(query, index=name, dimensions=dimensions)
        self._indexes.append(name)

    def links(self, rows: Sequence[tuple[str, list[str], list[float]]]) -> None:
        """Write one batch of users' links: element id of the user, those of the items best first, their scores."""
        query = queries.load("publish/links", self._schema)
        self._db.write(query, rows=[list(row) for row in rows], start=self._users, **self._open)
        self._users += len(rows)

    def similar(self, rows: Sequence[tuple[str, list[str], list[float]]]) -> None:
        """Write one batch of items' edges: element id of the item, those of the others strongest first, weights."""
        query = queries.load("publish/similar", self._schema)
        self._db.write(query, rows=[list(row) for row in rows], start=self._similar_items, **self._open)
        self._similar_items += len(rows)

    def switch(self, items: int) -> None:
        """Let readers see the run, once all is indexed.

        Raises
        ------
        DatabaseError
            Another publish has taken over, or the run is not whole.
        """
        for name in self._indexes:
            self._db.auto(queries.load("publish/await_index"), index=name, seconds=INDEX_WAIT)
        written = {"users": self._users, "items": items, "similar_items": self._similar_items}
        switch(self._db, self.run_id, self._open["token"], **written)

    def _free_name(self, run_id: str) -> str:
        """Return ``run_id``, or ``run_id~2`` where links or edges of that name are still read, or may be."""
        runs = published_runs(self._db)
        taken = {run.run_id for run in runs if run.state != "removed"} | {run.items_run_id for run in runs if run.kept}
        names = (run_id if n == 1 else f"{run_id}~{n}" for n in itertools.count(1))
        return next(name for name in names if name not in taken)

    def _label(self, kind: str) -> str:
        return self._schema.user.label if kind == "user" else self._schema.item.label

    def _slot_names(self, kind: str) -> dict[str, str]:
        return {"Item": self._label(kind), "embeddingA": f"embedding{self._slots[kind]}"}

    def _index(self, kind: str) -> str:
        return f"{kind}Embedding{self._slots[kind]}"


def switch(db: Database, run_id: str, token: str, *, users: int, items: int, similar_items: int) -> None:
    """Let readers see a run that is whole.

    Raises
    ------
    DatabaseError
        The run is not whole, or is not this writer's any more.
    """
    written = {"users": users, "items": items, "similarItems": similar_items}
    if not db.auto(queries.load("publish/switch"), runId=run_id, token=token, **written):
        raise _overtaken(run_id)


def _overtaken(run_id: str) -> DatabaseError:
    return DatabaseError(
        f"run {run_id} was not published: another `graphrec publish` took over, or its data were removed meanwhile",
        hint="the run that was active still is; `graphrec runs` shows it, `graphrec publish` tries again",
    )


def remove_retired(db: Database) -> int:
    """Remove the links and edges of runs that can no longer be gone back to; return how many.

    Edges that a kept run shares stay, whoever wrote them.
    """
    runs = published_runs(db)
    retired = [run for run in runs if run.state == "retired"]
    if not retired:
        return 0
    names = [run.run_id for run in retired]
    wrote = {run.items_run_id for run in retired} - {run.items_run_id for run in runs if run.kept}
    removed = 0
    for kind, owners in (("RECOMMENDED", names), ("SIMILAR", sorted(wrote))):
        if owners:
            removed += db.auto(queries.load("publish/remove_links", RECOMMENDED=kind), runIds=owners)[0]["removed"]
    db.write(queries.load("publish/remove_runs"), runIds=names)
    return removed


def index_titles(db: Database, schema: GraphSchema) -> None:
    """Make the full-text index by which items are found by title, or make it anew for another mapping."""
    wanted = ([schema.item.label], [schema.item.title])
    found = db.read(queries.load("publish/index"), index="itemTitle")
    if found and (found[0]["labels"], found[0]["properties"]) != wanted:
        db.auto(queries.load("publish/drop_index"), index="itemTitle")
    db.auto(queries.load("publish/title_index", schema))
    db.auto(queries.load("publish/await_index"), index="itemTitle", seconds=INDEX_WAIT)


def existing_nodes(db: Database, schema: GraphSchema, kind: str) -> dict[Any, str]:
    """Return the element id of every user or item by its id."""
    types = {} if kind == "user" else {"User": schema.item.label, "userId": schema.item.key}
    found: dict[Any, str] = {}
    for row in db.stream(queries.load("publish/nodes", schema, **types), block=BLOCK):
        found.update(zip(row["keys"], row["nodes"], strict=True))
    return found
