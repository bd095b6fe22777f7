"""Load the queries about posts in the names of a mapping: the way from the author, and the way to the item."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from graphrec.config.paths import BehaviourPath, Element
from graphrec.config.roles import ItemRole, UserRole
from graphrec.config.schema import Behaviour, GraphSchema
from graphrec.db import queries


def load(name: str, schema: GraphSchema, **types: str | tuple[str, ...]) -> str:
    """Return a query in the names of a mapping; ``Post``, ``postId`` and ``POSTED`` stand for those of its posts.

    Raises
    ------
    ConfigError
        A name is not valid in Cypher.
    """
    posts = schema.posts
    entities = {} if posts.entities is None else {"Entity": posts.entities}
    return queries.load(name, schema, Post=posts.label, postId=posts.key, POSTED=posts.type, **entities, **types)


def load_of_author(name: str, schema: GraphSchema) -> str:
    """Return a query about the way from an author to posts, which are its items."""
    kind, mapped = _way(schema.posts.to_author)
    role = ItemRole(label=schema.posts.label, key=schema.posts.key)
    return queries.load(name, _only(schema, kind, mapped, item=role), RATED=kind)


def load_of_item(name: str, schema: GraphSchema) -> str:
    """Return a query about the way from posts, which are its users, to items."""
    kind, mapped = _way(schema.posts.to_item)
    role = UserRole(label=schema.posts.label, key=schema.posts.key)
    return queries.load(name, _only(schema, kind, mapped, user=role), RATED=kind)


def _way(elements: tuple[Element, ...]) -> tuple[str, Behaviour]:
    """Return the relationship type, or a name and the path, that some elements are."""
    if len(elements) == 1:
        return elements[0].name, Behaviour()
    return elements[0].name, Behaviour(path=BehaviourPath(elements).text())


def _only(schema: GraphSchema, kind: str, mapped: Behaviour, **role: Any) -> GraphSchema:
    return replace(schema, behaviours={kind: mapped}, searches={}, **role)
