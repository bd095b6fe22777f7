"""The items most similar to one, by the model's embeddings or by one modality."""

from __future__ import annotations

from typing import Any, Literal

from graphrec.common.errors import GraphrecError, NotFoundError
from graphrec.config.schema import VECTOR_INDEXES, GraphSchema
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.serving import availability
from graphrec.serving.availability import Availability
from graphrec.serving.user_status import NOTHING_PUBLISHED, PUBLISH
from graphrec.serving.vectors_held import no_vector

By = Literal["embedding", "content", "text", "image", "audio"]


def similar(
    db: Database,
    schema: GraphSchema,
    item: Any,
    k: int = 10,
    by: By = "embedding",
    available: Availability | None = None,
) -> list[dict[str, Any]]:
    """Return the items most similar to one.

    Parameters
    ----------
    item
        Id of the item as stored (see :func:`graphrec.serving.lookup.find_item`).
    by
        ``"embedding"``: by user behaviour, in the published run; otherwise by content.
    available
        The properties that decide whether an item may be shown; by default those of the default names.

    Returns
    -------
    list of dict
        ``item, title, score``; the score is a cosine similarity.

    Raises
    ------
    NotFoundError
        No run is published, or the item has no such vector.
    GraphError
        No item has such a vector.
    """
    if by == "embedding":
        query = availability.load("query/similar", schema, available)
        names = {"itemEmbedding": db.index_name("itemEmbedding")}
        rows = db.read(queries.with_indexes(query, names), item=item, k=k)
    else:
        rows = _alike(db, schema, item, k, by, available)
    if not rows:
        raise _no_vector(db, schema, item, by)
    return [dict(row) for row in rows]


def _alike(db: Database, schema: GraphSchema, item: Any, k: int, by: By, available: Availability | None) -> list[Any]:
    """Compare by content: with the index, or with every item if no index fits."""
    found = {row["name"]: row for row in db.read(queries.load("embed/indexes"))}
    index = found.get(db.index_name(VECTOR_INDEXES[by]))
    names = {"item": item, "k": k, "property": f"{by}Vector"}
    size = index["config"].get("vector.dimensions") if index else None  # an index of others may be for any length
    if index and size and index["state"] == "ONLINE" and index["properties"] == [names["property"]]:
        query = availability.load("query/similar_indexed", schema, available)
        rows = db.read(query, index=index["name"], dimensions=size, **names)
        if rows:
            return rows
    return db.read(availability.load("query/similar_content", schema, available), **names)


def _no_vector(db: Database, schema: GraphSchema, item: Any, by: By) -> GraphrecError:
    if by == "embedding":
        run_id = db.read(queries.load("query/user_status", schema), users=[[]], runs=[], blocked=[])[0]["runId"]
        if run_id is None:
            return NotFoundError(NOTHING_PUBLISHED, hint=f"{PUBLISH}; or compare by content: --by content")
        return NotFoundError(
            f"item {item!r} has no embedding in the published run {run_id}, or no other item has",
            hint="it came after the training: train and publish again; or compare by content: --by content",
        )
    return no_vector(db, schema, by, item)
