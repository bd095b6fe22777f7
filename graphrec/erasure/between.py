"""Nodes on the paths of behaviours, such as orders and reviews, that belong to one user alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from msgspec.structs import replace

from graphrec.config.paths import BehaviourPath
from graphrec.config.roles import ItemRole
from graphrec.config.schema import Behaviour, GraphSchema
from graphrec.db import queries
from graphrec.db.database import Database

#: What happens to these nodes: left without the user, or removed too.
Choice = Literal["keep", "delete"]


def count_between(db: Database, schema: GraphSchema, users: Sequence[Any]) -> dict[str, int]:
    """Return label → number of nodes on paths that no other user reaches, the nearest to the user first."""
    found: dict[str, int] = {}
    for label, query in between_queries("forget/between", schema):
        nodes = db.read(query, users=list(users))[0]["nodes"]
        if nodes:
            found[label] = max(nodes, found.get(label, 0))
    return found


def remove_between(db: Database, schema: GraphSchema, users: Sequence[Any], batch: int) -> None:
    """Remove the nodes that :func:`count_between` counts; after an interruption, the same call resumes.

    Raises
    ------
    DatabaseError
        Neo4j refused.
    """
    for _, query in reversed(list(between_queries("forget/remove_between", schema))):
        while db.write(query, users=list(users), batch=batch).nodes_deleted:
            pass


def read_between(db: Database, schema: GraphSchema, users: Sequence[Any]) -> list[dict[str, Any]]:
    """Return label and properties of the nodes that :func:`count_between` counts."""
    return [
        {"label": label, "properties": dict(row["properties"])}
        for label, query in between_queries("person/between", schema)
        for row in db.read(query, users=list(users))
    ]


def between_queries(name: str, schema: GraphSchema) -> Iterator[tuple[str, str]]:
    """Yield label and query for the nodes of each label on each path, the nearest to the users first."""
    parts = {path.elements[:end] for path in schema.paths.values() for end in range(2, len(path.elements), 2)}
    for elements in sorted(parts, key=lambda some: (len(some), str(some))):
        *before, last = elements
        kind, mapped = before[0].name, Behaviour()
        if len(before) > 1:
            mapped = Behaviour(path=BehaviourPath(tuple(before)).text())
        to_node = replace(schema, item=ItemRole(last.name), behaviours={kind: mapped}, searches={})
        yield last.name, queries.load(name, to_node, RATED=kind)
