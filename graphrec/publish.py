"""A run → Neo4j: embeddings, top-k links, the switch that shows them, and then what the run has learned of the items.

Exact ranking in blocks of bounded memory; what a user has done already is left out. Users and items that have been
deleted from the database since the training are skipped and counted.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import numpy as np
import torch

from graphrec import queries
from graphrec.console import note, progress
from graphrec.content.fused import refresh
from graphrec.content.fusion import LEARNED
from graphrec.errors import GraphError, TrainingError
from graphrec.published import Writer, existing_nodes, index_titles, published_runs, switch
from graphrec.weights import note_other_encoders, write_weights

if TYPE_CHECKING:
    from scipy.sparse import csr_array
    from torch import Tensor

    from graphrec.config import Settings
    from graphrec.db import Database
    from graphrec.run import Run

#: Scores held at once: 2**24 float32 are 64 MiB.
BLOCK = 2**24


class Published(msgspec.Struct, frozen=True, rename="camel"):
    """What a publish did.

    ``missing``: in the run, not in the database any more; ``new``: the other way round. ``weighed``: items that say
    what each of their modalities counts.
    """

    run_id: str
    outcome: Literal["written", "switched", "unchanged"]
    users: int
    items: int
    links: int
    k: int
    missing_users: int
    missing_items: int
    new_users: int
    new_items: int
    weighed: int
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, as JSON names them."""
        return dict(msgspec.to_builtins(self))


def top_k(
    score: Callable[[Tensor], Tensor],
    users: Tensor,
    seen: csr_array,
    k: int,
    *,
    allowed: Tensor | None = None,
    block: int = BLOCK,
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the best items of some users, a block of users at a time.

    Parameters
    ----------
    score
        Users, int64 ``[b]`` → scores of all items, float32 ``[b, n_items]``, which are overwritten.
    users
        int64 ``[n]``.
    seen
        ``[n_users, n_items]``; what is stored in it is left out.
    k
        At most so many items a user.
    allowed
        bool ``[n_items]``; other items are left out.
    block
        Scores held at once.

    Yields
    ------
    ids, scores
        int64 and float32 ``[b, min(k, n_items)]``, best first; a score of −∞ marks that no item was left.
    """
    n_items = seen.shape[1]
    for part in torch.split(users, max(1, block // max(1, n_items))):
        scores = score(part)
        rows, columns = seen[part.numpy()].nonzero()
        scores[torch.from_numpy(rows.astype(np.int64)), torch.from_numpy(columns.astype(np.int64))] = -torch.inf
        if allowed is not None:
            scores[:, ~allowed] = -torch.inf
        best = scores.topk(min(k, n_items))
        yield best.indices, best.values


def publish(db: Database, run: Run, k: int = 20, batch: int = 1000, settings: Settings | None = None) -> Published:
    """Write a run beside the active one and let readers see it.

    What the run has learned that the modalities of each item count follows right after the switch.

    Publishing a run that is active and whole changes nothing; one that is kept for going back is only switched to.
    Stopped at any point before the switch, the run that was active still is.

    Parameters
    ----------
    db
        The database that the run was trained on.
    run
        A finished run.
    k
        Links per user.
    batch
        Users, or nodes with embeddings, a transaction.
    settings
        The project's. Where its content is fused by weights that a run learns, it is fused anew.

    Raises
    ------
    GraphError
        None of the run's users or items is in the database.
    TrainingError
        The run's embeddings are not finite numbers.
    DatabaseError
        Neo4j refused, or another publish has taken over.
    """
    began = time.perf_counter()
    user, item = run.embeddings("all")
    edges = run.similar
    edges = edges.values() if edges is not None and edges.layout != torch.strided else edges
    if not all(torch.isfinite(part).all() for part in (user, item, edges) if part is not None):
        raise TrainingError(
            f"run {run.run_id} has embeddings that are not finite numbers", hint="train again, with a smaller --lr"
        )
    users, new_users = _nodes(db, run, "user")
    items, new_items = _nodes(db, run, "item")
    counts = {
        "missing_users": users.count(None),
        "missing_items": items.count(None),
        "new_users": new_users,
        "new_items": new_items,
    }
    n_users, n_items = len(users) - counts["missing_users"], len(items) - counts["missing_items"]
    for found, kind, role in ((n_users, "user", run.schema.user), (n_items, "item", run.schema.item)):
        if not found:
            raise GraphError(
                f"none of the {kind}s of run {run.run_id} is a ({role.label}) with that {role.key} in this database",
                hint="is NEO4J_URI (or GRAPHREC_HOME) that of the database the run was trained on?",
            )
    metrics = json.dumps(run.metrics, ensure_ascii=False, default=str)
    kept = _already(db, run, k, (n_users, n_items), metrics)
    if kept is None:
        writer = Writer(
            db,
            run.schema,
            run_id=run.run_id,
            created=run.trained,
            settings=json.dumps(run.settings, ensure_ascii=False, default=str),
            metrics=metrics,
            fingerprint=run.fingerprint,
            encoders=[f"{modality}={label}" for modality, label in run.encoders.items()],
            modalities=json.dumps(run.modalities),
            k=k,
        )
        _write_vectors(writer, "item", items, item, batch)
        _write_vectors(writer, "user", users, user, batch)
        there = torch.tensor([i for i, node in enumerate(users) if node is not None])
        allowed = torch.tensor([node is not None for node in items])
        ranked = top_k(lambda part: run.scores(part, "all"), there, run.seen("all"), k, allowed=allowed)
        links = _write_links(writer, ranked, [str(users[i]) for i in there.tolist()], items, batch)
        writer.switch(n_items)
        name, outcome = writer.run_id, "written"
    else:
        name, outcome, links = kept
    index_titles(db, run.schema)
    weighed = write_weights(db, run, name, items, batch)
    if settings is not None and settings.content.fusion in LEARNED:
        refresh(db, settings)
    note_other_encoders(db, run)
    seconds = time.perf_counter() - began
    return Published(name, outcome, n_users, n_items, links, k, **counts, weighed=weighed, seconds=seconds)  # type: ignore[arg-type]


def _nodes(db: Database, run: Run, kind: str) -> tuple[list[str | None], int]:
    """Return the element id of each of the run's users or items, None where deleted, and the number of new ones."""
    keys = run.users if kind == "user" else run.items
    there = dict(existing_nodes(db, run.schema, kind))
    nodes = [there.get(key) for key in keys]
    return nodes, len(there) - sum(node is not None for node in nodes)


def _already(db: Database, run: Run, k: int, there: tuple[int, int], metrics: str) -> tuple[str, str, int] | None:
    """Use what an earlier publish of the same run left, if that is still whole and what is wanted."""
    for old in published_runs(db):
        if old.state != "ready" or old.k != k or old.run_id.partition("~")[0] != run.run_id:
            continue
        if datetime.fromisoformat(old.created_at) != datetime.fromisoformat(run.trained):  # trained on since
            continue
        row = db.read(queries.load("publish/count_links", run.schema), runId=old.run_id)[0]
        if (row["links"], row["users"], row["items"]) != (old.links, *there):
            continue
        db.write(queries.load("publish/describe"), runId=old.run_id, metrics=metrics)
        if not old.active:
            switch(db, old.run_id, old.token, users=old.users, items=old.items)
        return old.run_id, "unchanged" if old.active else "switched", old.links
    return None


def _write_vectors(writer: Writer, kind: str, nodes: list[str | None], vectors: Tensor, batch: int) -> None:
    """Write the embeddings of the users or items that are there, and index them."""
    rows = [i for i, node in enumerate(nodes) if node is not None]
    writer.clear(kind)
    with progress() as bar:
        task = bar.add_task(f"{kind} embeddings", total=len(rows))
        for start in range(0, len(rows), batch):
            part = rows[start : start + batch]
            writer.vectors(kind, [str(nodes[i]) for i in part], vectors[part].tolist())
            bar.advance(task, len(part))
    writer.index(kind, vectors.shape[1])


def _write_links(
    writer: Writer, ranked: Iterator[tuple[Tensor, Tensor]], users: list[str], items: list[str | None], batch: int
) -> int:
    """Write the links of ``users``, which ``ranked`` has in the same order; return how many links."""
    links = 0
    rows: list[tuple[str, list[str], list[float]]] = []
    names = iter(users)
    with progress() as bar:
        task = bar.add_task("links", total=len(users))
        for ids, scores in ranked:
            for best, values in zip(ids.tolist(), scores.tolist(), strict=True):
                pairs = [(str(items[i]), score) for i, score in zip(best, values, strict=True) if score > -np.inf]
                rows.append((next(names), [node for node, _ in pairs], [score for _, score in pairs]))
                links += len(pairs)
                if len(rows) == batch:
                    writer.links(rows)
                    bar.advance(task, len(rows))
                    rows = []
        if rows:
            writer.links(rows)
            bar.advance(task, len(rows))
    return links


def report(done: Published) -> str:
    """Return what a publish did, for a person; notes about the database go to stderr."""
    if done.missing_users or done.missing_items:
        note(f"skipped, no longer in the database: {done.missing_users} users, {done.missing_items} items")
    if done.new_users or done.new_items:
        note(f"not in the run, they came after the training: {done.new_users} users, {done.new_items} items")
    said = {"written": "published", "switched": "switched back to", "unchanged": "already active, nothing to do:"}
    size = f"{done.users} users, {done.items} items, {done.links} links (top {done.k})"
    if done.weighed:
        size += f", what the modalities of {done.weighed} items count"
    return f"{said[done.outcome]} run {done.run_id}: {size}, {done.seconds:.1f} s"
