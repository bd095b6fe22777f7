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
from typing import Annotated, Literal, get_args

import msgspec

from graphrec.common.errors import ConfigError

#: Types that graphrec itself writes: never behaviours, never knowledge.
OWN_TYPES = ("RECOMMENDED", "SIMILAR", "ACTIVE")
#: By which users say what they are not to be shown; neither behaviour nor knowledge where nothing else is mapped.
BLOCKING = ("BLOCKED",)

#: The property that dates a behaviour or a search where the mapping does not name one, if it is there.
TIME = "at"

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
        "itemSlot",
        "itemsRunId",
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
#: and any knowledge relation: :func:`graphrec.db.queries.load` puts the real type in their place.
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


def disliked(kind: str) -> str:
    """Return what the dislikes among a type of behaviour are called in an exported graph."""
    return f"{kind}_DISLIKED"


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
    the type counts ``weight``; with it, ``weight`` times that property. ``negative`` ones say what a user does not
    want, and are no targets; so are those of a strength of at most ``dislike``, which become a type of their own
    (:func:`disliked`). ``time`` names the property that says when it was: :data:`TIME` where it is left out and there,
    none where it is empty. After ``half_life`` days a behaviour counts half as much in a profile: 0 is never, None what
    validation says.
    """

    weight: Annotated[float, msgspec.Meta(gt=0)] = 1.0
    strength: str | None = None
    time: str | msgspec.UnsetType | None = msgspec.UNSET
    target: bool = True
    negative: bool = False
    dislike: float | None = None
    half_life: Annotated[float, msgspec.Meta(ge=0)] | None = None

    @property
    def time_property(self) -> str | None:
        """The property that dates it; :data:`TIME` where the mapping does not say."""
        return TIME if self.time is msgspec.UNSET else self.time or None

    def __post_init__(self) -> None:
        """Check what hangs together: a negative behaviour is no target."""
        if self.dislike is not None and self.strength is None:
            raise ValueError("dislike needs strength, the property that it is compared with")
        if self.dislike is not None and self.negative:
            raise ValueError("negative says that all of them are dislikes: leave dislike out")
        if self.negative and self.target:
            msgspec.structs.force_setattr(self, "target", False)


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is taken for no person's doing, and how many of a user's behaviours count: the first ones; 0 is all.

    ``once``: behaviours of one user, item, type and second count once. ``per_minute`` and ``per_day``: of one minute
    and day of the clock (UTC), of all types; ``per_pair``: of one item and type.
    """

    once: bool = True
    per_minute: Annotated[int, msgspec.Meta(ge=0)] = 0
    per_day: Annotated[int, msgspec.Meta(ge=0)] = 0
    per_pair: Annotated[int, msgspec.Meta(ge=0)] = 0


def names_of(kind: str, mapped: Behaviour) -> tuple[str, ...]:
    """Return the one or two types that an exported graph has of a type of behaviour."""
    return (kind,) if mapped.dislike is None else (kind, disliked(kind))


class Searches(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One type of search: the nodes it leads to, and the properties that hold its words and date it.

    A search counts ``weight`` in all, shared by the ``items`` items that are nearest to what it means. It informs, and
    is never what is to be predicted.
    """

    label: str = "Search"
    key: str = "searchId"
    text: str = "text"
    weight: Annotated[float, msgspec.Meta(gt=0)] = 1.0
    time: str | msgspec.UnsetType | None = msgspec.UNSET
    items: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 10

    @property
    def time_property(self) -> str | None:
        """The property that dates it; :data:`TIME` where the mapping does not say."""
        return TIME if self.time is msgspec.UNSET else self.time or None


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
    limits: Limits = Limits()

    def __post_init__(self) -> None:
        """Check that no type has the name that dislikes are given."""
        for kind, mapped in self.behaviours.items():
            if mapped.dislike is not None and disliked(kind) in {*self.behaviours, *self.searches}:
                raise ValueError(f"{disliked(kind)!r} is what the dislikes among {kind!r} are called: rename that type")

    @property
    def targets(self) -> frozenset[str]:
        """The types of behaviour that are to be predicted."""
        return frozenset(kind for kind, mapped in self.behaviours.items() if mapped.target)

    @property
    def negatives(self) -> frozenset[str]:
        """The types that say what users do not want, by the names that they have in an exported graph."""
        graded = {disliked(kind) for kind, mapped in self.behaviours.items() if mapped.dislike is not None}
        return frozenset(kind for kind, mapped in self.behaviours.items() if mapped.negative) | graded

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


def as_items(schema: GraphSchema, kind: str) -> GraphSchema:
    """Return a mapping in which the searches of a type stand where items do: what reads items reads searches."""
    mapped = schema.searches[kind]
    item = ItemRole(label=mapped.label, key=mapped.key, title=mapped.text, text=(mapped.text,))
    searched = Behaviour(weight=mapped.weight, time=mapped.time, target=False)
    return msgspec.structs.replace(schema, item=item, behaviours={kind: searched}, searches={})


#: What the oldest behaviour counts beside the newest, where recent ones count more: nothing is forgotten altogether.
RECENCY_FLOOR = 0.1
MODALITIES = ("text", "image", "audio")


#: What a language model has read of an item: made of the others, and stored like them.
READING = "reading"


#: How an item's vectors become one.
Fusion = Literal["mean", "concat", "weighted", "gate", "attention", "llm"]
FUSIONS: tuple[Fusion, ...] = get_args(Fusion)
#: Those of several modalities: ``llm`` takes the vector of what a language model has read instead.
MODALITY_FUSIONS = tuple(fusion for fusion in FUSIONS if fusion != "llm")
#: Those whose weights ``graphrec train`` learns for each item, and ``graphrec publish`` writes.
LEARNED: tuple[Fusion, ...] = ("gate", "attention")
