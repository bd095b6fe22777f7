"""Publish a run: embeddings, links and item edges to Neo4j, then the switch, then the modality weights.

Users and items that have been deleted from the database since the training are skipped and counted.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from graphrec.common.console import note, warn
from graphrec.common.errors import DatabaseError, GraphError
from graphrec.common.hashing import digest
from graphrec.config.schema import LEARNED
from graphrec.config.settings import PublishSettings
from graphrec.db import queries
from graphrec.db.own_properties import check_vectors, require_own_names
from graphrec.db.server.room import COMPONENT_BYTES, REASONS_BYTES, RECORD_BYTES
from graphrec.db.write_lock import exclusive
from graphrec.graph.never_proposed import never_proposed
from graphrec.publishing.link_reasons import has_parts
from graphrec.publishing.modality_weights import note_other_encoders, write_weights
from graphrec.publishing.registry import PublishedRun, Sizes, published_runs
from graphrec.publishing.writer import Writer, existing_nodes, index_titles, switch

if TYPE_CHECKING:
    from graphrec.config.settings import Settings
    from graphrec.db.database import Database
    from graphrec.runs.run import Run


class Published(msgspec.Struct, frozen=True, rename="camel"):
    """The result of a publish.

    ``similar``: number of ``SIMILAR`` edges, at most ``similar_k`` per item. ``reasons``: per link, at most.
    ``missing``: in the run but no longer in the database; ``new``: in the database but not in the run. ``weighed``:
    items with modality weights.
    """

    run_id: str
    outcome: Literal["written", "switched", "unchanged"]
    users: int
    items: int
    links: int
    k: int
    similar: int
    similar_k: int
    reasons: int
    missing_users: int
    missing_items: int
    new_users: int
    new_items: int
    weighed: int
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Return the fields under their JSON names."""
        return dict(msgspec.to_builtins(self))


@exclusive("publish")
def publish(
    db: Database,
    run: Run,
    k: int = 20,
    batch: int = 1000,
    settings: Settings | None = None,
    similar: int | None = None,
) -> Published:
    """Write a run next to the active one, then switch readers to it.

    The learned modality weights of the items are written right after the switch.

    Publishing a run that is active and complete changes nothing; a run kept for rollback is only switched to. If
    stopped before the switch, the active run stays active.

    Parameters
    ----------
    db
        The database that the run was trained on.
    run
        A finished run.
    k
        Links per user.
    batch
        Users, items with edges, or nodes with embeddings, per transaction.
    settings
        The project's settings, which say how many reasons a link gets, and which items get no links as they are never
        proposed. Content that is fused with learned weights is fused again.
    similar
        ``SIMILAR`` edges per item, 0 for none; default: the settings.

    Raises
    ------
    GraphError
        None of the run's users or items is in the database, or a name that graphrec needs there is taken.
    ConfigError
        ``[recommend] never_propose`` is not a valid predicate.
    TrainingError
        The run's embeddings or edges are not finite numbers.
    DatabaseError
        Neo4j refused, or another publish took over.
    """
    began = time.perf_counter()
    told = settings.publish if settings is not None else PublishSettings()
    edges = (told.similar if similar is None else similar) if run.has_similar else 0
    never = settings.recommend.never_propose if settings is not None else ""
    left_out = never_proposed(db, run.schema, never)
    reasons = (told.reasons, told.reason_users) if told.reasons and has_parts(run) else (0, 0)
    omitted = digest(*sorted(map(str, left_out))) if left_out else ""
    sizes = Sizes(k, edges, *reasons, omitted, told.similar_users if edges else 0, told.scores)
    require_own_names(db, run.schema, weights=bool(run.read_item_weights()))
    fused_again = settings is not None and settings.content.fusion in LEARNED
    if settings is not None and fused_again:
        check_vectors(db, settings.graph, ())
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
                f"none of the {kind}s of run {run.run_id} is a ({role.name}) with that {role.key_name} in this "
                "database",
                hint="is NEO4J_URI (or GRAPHREC_HOME) that of the database the run was trained on?",
            )
    metrics = json.dumps(run.metrics, ensure_ascii=False, default=str)
    kept = _already(db, run, sizes, (n_users, n_items), metrics)
    if kept is None:
        # PyTorch is imported only if something has to be written: its import takes longer than the checks above.
        from graphrec.publishing.contents import check_finite, write_contents
        from graphrec.publishing.reuse import reusable

        check_finite(run)
        if told.reasons and not has_parts(run):
            note("the links get no reasons: an earlier release made the run, and a new training has them")
        same = None if counts["missing_items"] else reusable(db, run, sizes, left_out)
        with _readers_untouched():
            if same is None:  # else most of it may be copied or left: each batch looks at the room that there is
                width = run.embeddings("all")[0].shape[1]
                vectors = (n_users + n_items) * width * COMPONENT_BYTES
                links = n_users * k * (RECORD_BYTES + (REASONS_BYTES if sizes.reasons else 0))
                db.require_room(links + n_items * edges * RECORD_BYTES + vectors)
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
                interest=json.dumps(run.interest),
                sizes=sizes,
                before=None if same is None else same.before.run_id,
                shared=same is not None and same.unchanged,
            )
            write_contents(writer, run, (users, items), same, sizes, batch, left_out)
        links, said = writer.switch(n_items)
        name, outcome = writer.run_id, "written"
    else:
        name, links, said = kept.run_id, kept.links, kept.similar
        outcome = "unchanged" if kept.active else "switched"
    index_titles(db, run.schema)
    weighed = write_weights(db, run, name, items, batch)
    if settings is not None and fused_again:
        from graphrec.content.stored_fusion import refresh

        refresh(db, settings)
    note_other_encoders(db, run)
    seconds = time.perf_counter() - began
    return Published(
        run_id=name,
        outcome=outcome,  # type: ignore[arg-type]
        users=n_users,
        items=n_items,
        links=links,
        k=k,
        similar=said,
        similar_k=edges,
        reasons=sizes.reasons,
        **counts,
        weighed=weighed,
        seconds=seconds,
    )


@contextmanager
def _readers_untouched() -> Iterator[None]:
    """Say with an error of Neo4j's that readers see what they saw, and what to do."""
    try:
        yield
    except DatabaseError as error:
        if "publish" in (error.hint or ""):
            raise
        first = f"{error.hint}; then " if error.hint else ""
        raise type(error)(
            f"{error.message}; readers are untouched: they see the run that was active before",
            hint=f"{first}`graphrec publish` again, which removes what is incomplete",
        ) from error


def _nodes(db: Database, run: Run, kind: str) -> tuple[list[str | None], int]:
    """Return the element id of each of the run's users or items (None if deleted), and the number of new ones."""
    keys = run.users if kind == "user" else run.items
    there = existing_nodes(db, run.schema, kind)
    nodes = [there.get(key) for key in keys]
    return nodes, len(there) - sum(node is not None for node in nodes)


def _already(db: Database, run: Run, wanted: Sizes, there: tuple[int, int], metrics: str) -> PublishedRun | None:
    """Reuse an earlier publish of the same run if it is complete and has the wanted sizes.

    ``there``: users and items in the database. Returns the published run as
    it was before the switch.
    """
    for old in published_runs(db):
        if old.state != "ready" or old.sizes != wanted or not old.matches(run):
            continue
        row = db.read(queries.load("publish/count_links", run.schema), runId=old.run_id)[0]
        if (row["links"], row["similar"], row["users"], row["items"]) != (old.links, old.similar, *there):
            continue
        db.write(queries.load("publish/describe"), runId=old.run_id, metrics=metrics)
        if not old.active:
            token = db.read(queries.load("publish/token"), runId=old.run_id)[0]["token"]
            switch(db, old.run_id, token, users=old.users, items=old.items, similar_items=old.similar_items)
        return old
    return None


def report(done: Published) -> str:
    """Return a summary of a publish for a person; print notes about the database to stderr."""
    if done.missing_users or done.missing_items:
        warn(f"skipped, no longer in the database: {done.missing_users} users, {done.missing_items} items")
    if done.new_users or done.new_items:
        note(f"not in the run, they came after the training: {done.new_users} users, {done.new_items} items")
    said = {"written": "published", "switched": "switched back to", "unchanged": "already active, nothing to do:"}
    size = f"{done.users} users, {done.items} items, {done.links} links (top {done.k})"
    if done.similar:
        size += f", {done.similar} SIMILAR edges (top {done.similar_k})"
    if done.reasons:
        size += f", up to {done.reasons} reasons per link"
    if done.weighed:
        size += f", what the modalities of {done.weighed} items count"
    return f"{said[done.outcome]} run {done.run_id}: {size}, {done.seconds:.1f} s"
