"""Find and remove a user's data in Neo4j, in batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from graphrec.common.errors import ConfigError
from graphrec.config.schema import OWN_LABELS, GraphSchema, is_own_property
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.erasure.between import Choice, count_between, read_between, remove_between
from graphrec.posts.ends import load_of_author

#: Relationships, or nodes with their relationships, per transaction.
BATCH = 10_000


class InGraph(msgspec.Struct, frozen=True):
    """A user's data in Neo4j.

    Attributes
    ----------
    keys
        The stored id, one per node.
    properties
        Properties of the nodes.
    embeddings
        Vectors of published runs.
    ties
        Relationship type → count: behaviours, friends, links.
    own
        Label → number of nodes that are connected to this user only.
    contents
        Hashes of the texts of these nodes' vectors.
    between
        Label → number of nodes on paths of behaviours that no other user reaches.
    alone
        Label → number of other nodes that are connected to this user only. They stay, unless named as ``own``.
    posts
        Posts that the user wrote.
    reasons
        Reasons of others' links that name this user, who is an item too.
    """

    keys: tuple[Any, ...] = ()
    properties: tuple[str, ...] = ()
    embeddings: int = 0
    ties: dict[str, int] = {}
    own: dict[str, int] = {}
    contents: frozenset[str] = frozenset()
    between: dict[str, int] = {}
    alone: dict[str, int] = {}
    posts: int = 0
    reasons: int = 0

    def __bool__(self) -> bool:
        return bool(self.keys or self.reasons)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, without the key."""
        return {
            "nodes": len(self.keys),
            "properties": list(self.properties),
            "embeddings": self.embeddings,
            "relationships": self.ties,
            "own": self.own,
            "between": self.between,
            "alone": self.alone,
            "posts": self.posts,
            "reasons": self.reasons,
        }


def look(db: Database, schema: GraphSchema, forms: Sequence[Any], own: Sequence[str] = ()) -> InGraph:
    """Return the data of a user whose id is one of ``forms``.

    Parameters
    ----------
    own
        Labels of nodes that belong to a user if they are connected to no other.

    Raises
    ------
    ConfigError
        One of these labels is the label of users, items or graphrec's own nodes.
    """
    _check(schema, own)
    users = list(forms)
    nodes = db.read(queries.load("forget/users", schema), users=users)
    reasons = _reasons(db, schema, users)
    if not nodes:
        return InGraph(reasons=reasons)
    ties = db.read(queries.load("forget/ties", schema), users=users)
    found = {label: db.read(_of("own", schema, label), users=users)[0] for label in own}
    between = count_between(db, schema, users)
    known = [*own, *between, *OWN_LABELS, schema.posts.label]
    alone = db.read(queries.load("forget/alone", schema), users=users, known=known)
    return InGraph(
        keys=tuple(node["user"] for node in nodes),
        properties=tuple(sorted({name for node in nodes for name in node["properties"]})),
        embeddings=sum(node["embeddings"] for node in nodes),
        ties={row["kind"]: row["ties"] for row in ties},
        own={label: row["nodes"] for label, row in found.items() if row["nodes"]},
        contents=frozenset(content for row in found.values() for content in row["contents"]),
        between=between,
        alone={str(row["label"]): row["nodes"] for row in alone},
        posts=int(db.read(load_of_author("forget/posts", schema), users=users)[0]["nodes"]),
        reasons=reasons,
    )


def read(db: Database, schema: GraphSchema, forms: Sequence[Any]) -> dict[str, Any]:
    """Return what :func:`look` counts: nodes, embeddings, relationships, posts, and nodes on paths of behaviours.

    Personal properties are there too. Of other users the id stands where a relationship leads to them, and nothing
    else.
    """
    users = list(forms)
    nodes = [dict(row) for row in db.read(queries.load("person/node", schema), users=users)]
    ties = db.read(queries.load("person/ties", schema), users=users)
    found: dict[str, Any] = {"nodes": nodes}
    found["embeddings"] = [
        {name: node["properties"].pop(name) for name in sorted(node["properties"]) if is_own_property(name)}
        for node in nodes
    ]
    found["relationships"] = [{name: value for name, value in row.data().items() if value is not None} for row in ties]
    posts = db.read(load_of_author("person/posts", schema), users=users)
    found["posts"] = [dict(row["properties"]) for row in posts]
    found["between"] = read_between(db, schema, users)
    found["reasons of others that name the user"] = _reasons(db, schema, users)
    return found


def remove(
    db: Database,
    schema: GraphSchema,
    forms: Sequence[Any],
    own: Sequence[str] = (),
    between: Choice = "keep",
    batch: int = BATCH,
    done: Callable[[int], object] = lambda _: None,
) -> None:
    """Remove a user with all relationships and own nodes; after an interruption, the same call resumes.

    Parameters
    ----------
    own
        See :func:`look`.
    between
        What happens to the nodes on paths of behaviours that no other user reaches.
    batch
        Relationships or nodes per transaction.
    done
        Called with the number of relationships of each transaction.

    Raises
    ------
    ConfigError
        See :func:`look`.
    DatabaseError
        Neo4j refused.
    """
    _check(schema, own)
    users = list(forms)
    db.write(queries.load("forget/published", schema), users=users)
    if schema.shared:
        db.auto(queries.load("forget/remove_reasons"), keys=_texts(users))
    for label in own:
        while db.write(_of("remove_own", schema, label), users=users, batch=batch).nodes_deleted:
            pass
    while db.write(load_of_author("forget/remove_posts", schema), users=users, batch=batch).nodes_deleted:
        pass
    if between == "delete":
        remove_between(db, schema, users, batch)
    ties = queries.load("forget/remove_ties", schema)
    while deleted := db.write(ties, users=users, batch=batch).relationships_deleted:
        done(deleted)
    db.write(queries.load("forget/remove_user", schema), users=users)


def _reasons(db: Database, schema: GraphSchema, users: Sequence[Any]) -> int:
    """Return the number of stored reasons that name a user who is an item too."""
    if not schema.shared:
        return 0
    return int(db.read(queries.load("forget/reasons"), keys=_texts(users))[0]["reasons"])


def _texts(users: Sequence[Any]) -> list[str]:
    """Return ids as stored reasons have them."""
    return list(dict.fromkeys(map(str, users)))


def _of(name: str, schema: GraphSchema, label: str) -> str:
    return queries.load(f"forget/{name}", schema, Entity=label)


def _check(schema: GraphSchema, own: Sequence[str]) -> None:
    kept = {*schema.user.labels, *schema.item.labels, schema.entity.label, *OWN_LABELS}
    for label in own:
        if label in kept:
            raise ConfigError(
                f"--own {label}: its nodes do not belong to single users",
                hint="name a label such as Search, with one user per node",
            )
