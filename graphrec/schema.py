"""Which label, key and relationship type plays which part in the graph.

The names below are the defaults, and what our own loaders write. The ``[graph]`` table of ``graphrec.toml`` renames
them to those of any existing graph::

    (:User {userId})  -[:RATED {rating, at, split}]-> (:Item {itemId})  behaviours, one type each
    (:Item {itemId})  -[:HAS_GENRE]->           (:Entity {entityId})  knowledge, one type a relation
    (:User {userId})  -[:SEARCHED {at}]->       (:Search {searchId, text})  searches, where they are mapped
    (:User)           -[:RECOMMENDED {rank, score, runId}]->  (:Item) what graphrec publishes
    (:Item)           -[:SIMILAR {rank, weight, runId}]->     (:Item) what graphrec publishes
    (:Recommender {recommenderId})  -[:ACTIVE]->  (:Run {runId})               which run readers see
"""

from __future__ import annotations

import re
from typing import Annotated

import msgspec

from graphrec.errors import ConfigError

#: Types that graphrec itself writes: never behaviours, never knowledge.
OWN_TYPES = ("RECOMMENDED", "SIMILAR", "ACTIVE")

#: Every label of ``cypher/`` with the properties that the queries may name.
NODES: dict[str, tuple[str, ...]] = {
    "User": ("userId", "embeddingA", "embeddingB"),
    "Item": (
        "itemId",
        "entityId",
        "title",
        "description",
        "image",
        "audio",
        "textVector",
        "imageVector",
        "audioVector",
        "readingVector",
        "contentVector",
        "textEncoder",
        "imageEncoder",
        "audioEncoder",
        "readingEncoder",
        "contentEncoder",
        "textHash",
        "imageHash",
        "audioHash",
        "readingHash",
        "textWeight",
        "imageWeight",
        "audioWeight",
        "embeddingA",
        "embeddingB",
    ),
    "Entity": ("entityId", "name"),
    "Recommender": ("recommenderId",),
    "Run": (
        "runId",
        "token",
        "createdAt",
        "publishedAt",
        "state",
        "slot",
        "settings",
        "metrics",
        "fingerprint",
        "encoders",
        "modalities",
        "interest",
        "users",
        "items",
        "links",
        "k",
        "similar",
        "similarK",
        "similarItems",
    ),
}

#: Every relationship type of ``cypher/`` with its properties. ``RATED`` and ``HAS_GENRE`` stand for any behaviour
#: and any knowledge relation: :func:`graphrec.queries.load` puts the real type in their place.
RELATIONSHIPS: dict[str, tuple[str, ...]] = {
    "RATED": ("rating", "weight", "at", "split"),
    "HAS_GENRE": (),
    "FRIEND_OF": (),
    "RECOMMENDED": ("rank", "score", "runId"),
    "SIMILAR": ("rank", "weight", "runId"),
    "ACTIVE": (),
}

#: Vector of an item → the index over it.
VECTOR_INDEXES = {"text": "itemText", "image": "itemImage", "audio": "itemAudio", "content": "itemContent"}

_SIMPLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def quoted(name: str) -> str:
    """Return ``name`` as it may stand in Cypher: as it is, or in backticks.

    Raises
    ------
    ConfigError
        The name is empty or holds control characters.
    """
    if not name or any(ord(c) < 32 for c in name):
        raise ConfigError(f"{name!r} cannot be a label, relationship type or property")
    return name if _SIMPLE.match(name) else "`" + name.replace("`", "``") + "`"


class UserRole(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The nodes that play the user."""

    label: str = "User"
    key: str = "userId"


class ItemRole(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The nodes that play the item, and the properties that hold its content."""

    label: str = "Item"
    key: str = "itemId"
    title: str = "title"
    text: tuple[str, ...] = ("title", "description")
    image: str = "image"
    audio: str = "audio"


class EntityRole(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The knowledge nodes that our loaders write; training takes knowledge nodes of any label."""

    label: str = "Entity"
    key: str = "entityId"
    name: str = "name"


class Behaviour(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One type of behaviour: how much it says (``weight``), and the properties that grade and date it.

    ``target`` behaviours are what is to be predicted; the others only inform. Without ``strength`` every behaviour of
    the type counts ``weight``; with it, ``weight`` times that property.
    """

    weight: Annotated[float, msgspec.Meta(gt=0)] = 1.0
    strength: str | None = None
    time: str | None = "at"
    target: bool = True


class Searches(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One type of search: the nodes it leads to, and the properties that hold its words and date it.

    A search counts ``weight`` in all, shared by the ``items`` items that are nearest to what it means. It informs, and
    is never what is to be predicted.
    """

    label: str = "Search"
    key: str = "searchId"
    text: str = "text"
    weight: Annotated[float, msgspec.Meta(gt=0)] = 1.0
    time: str | None = "at"
    items: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 10


class GraphSchema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole mapping. Empty ``behaviours`` or ``knowledge`` mean: whatever the database holds.

    Empty ``searches`` mean none.
    """

    user: UserRole = UserRole()
    item: ItemRole = ItemRole()
    entity: EntityRole = EntityRole()
    behaviours: dict[str, Behaviour] = {}
    knowledge: tuple[str, ...] | None = None
    social: tuple[str, ...] = ()
    searches: dict[str, Searches] = {}

    def names(self) -> dict[str, str]:
        """Return default name → name in this graph, for every name that can be renamed."""
        return {
            "User": self.user.label,
            "userId": self.user.key,
            "Item": self.item.label,
            "itemId": self.item.key,
            "title": self.item.title,
            "image": self.item.image,
            "audio": self.item.audio,
            "Entity": self.entity.label,
            "entityId": self.entity.key,
            "name": self.entity.name,
        }
