"""The mapping: roles of labels, keys and relationship types in the graph.

graphrec's loaders write the default names below. The ``[graph]`` table of ``graphrec.toml`` maps them to the names of
any existing graph::

    (:User {userId})  -[:RATED {rating, at, split}]-> (:Item {itemId})  behaviours, one type each
    (:Item {itemId})  -[:HAS_GENRE]->           (:Entity {entityId})  knowledge, one type per relation
    (:User {userId})  -[:SEARCHED {at}]->       (:Search {searchId, text})  searches, if mapped
    (:User)           -[:WROTE]-> (:Post {postId, text, at}) -[:ABOUT]-> (:Item)  posts, if there are any
    (:User)           -[:POSTED {sentiment, strength, at}]->  (:Item)  what posts become
    (:Post)           -[:MENTIONS {confidence}]->             (:Item), (:Entity)  what posts are about
    (:User)           -[:RECOMMENDED {rank, score, runId}]->  (:Item) what graphrec publishes
    (:Item)           -[:SIMILAR {rank, weight, runId}]->     (:Item) what graphrec publishes
    (:User)           -[:SHOWN {runId, times, firstAt, lastAt}]->  (:Item)  what visitors were shown
    (:User)           -[:GRAPHREC_COPY {text, campaign, …}]->      (:Item)  what campaigns have written
    (:Recommender {recommenderId})  -[:ACTIVE]->  (:Run {runId})               the active run
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, get_args

import msgspec

from graphrec.common.errors import ConfigError
from graphrec.config.contexts import check_context, check_time_zone
from graphrec.config.limits import Limits
from graphrec.config.paths import BehaviourPath, parse
from graphrec.config.personal import check_personal
from graphrec.config.posts_mapping import POST_KEY, Posts
from graphrec.config.roles import EntityRole, ItemRole, UserRole
from graphrec.config.text_paths import parse_text

#: Types that graphrec itself writes; never behaviours or knowledge.
OWN_TYPES = ("RECOMMENDED", "SIMILAR", "ACTIVE", "SHOWN", "GRAPHREC_COPY")
#: Default type by which users block items; neither behaviour nor knowledge unless mapped.
BLOCKING = ("BLOCKED",)

#: Property of behaviours and searches that came as events: the key of the event, so that none is written twice.
EVENT_KEY = "eventKey"
#: Default property for the time of a behaviour or search, if it exists.
TIME = "at"

#: Labels in ``cypher/`` with the properties that queries may use.
NODES: dict[str, tuple[str, ...]] = {
    "User": ("userId", "embeddingA", "embeddingB", "embeddingC"),
    "Item": (
        "itemId",
        "entityId",
        "title",
        "description",
        "image",
        "audio",
        "hidden",
        "stock",
        "expiresAt",
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
        "embeddingC",
        "itemEmbeddingA",
        "itemEmbeddingB",
        "itemEmbeddingC",
    ),
    "GraphrecUser": (),
    "GraphrecItem": (),
    "Entity": ("entityId", "name"),
    "Post": ("postId", "text", "toneScore", "toneBy", "toneAt", "toneHash"),
    "GraphrecLock": ("token", "until", "seen", "command", "host", "space", "process", "since"),
    "GraphrecPseudonyms": ("fingerprint", "bits", "next"),
    "Recommender": ("recommenderId", "publications", "ownIndexes", "ownLabels", "ownWeights"),
    "Run": (
        "runId",
        "token",
        "createdAt",
        "publishedAt",
        "publication",
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
        "reasons",
        "reasonUsers",
        "leftOut",
        "similarUsers",
        "scores",
    ),
}

#: Labels that graphrec itself gives.
OWN_LABELS = frozenset(NODES) - {"User", "Item", "Entity", "Post"}

#: Relationship types in ``cypher/`` with their properties. ``RATED`` and ``HAS_GENRE`` are placeholders for any
#: behaviour and knowledge relation, ``BEHAVIOUR`` and ``BLOCKED`` for all of them; :func:`graphrec.db.queries.load`
#: replaces them with the real types. Neo4j follows only these, where for ``$any($types)`` it looks at all
#: relationships of a node.
RELATIONSHIPS: dict[str, tuple[str, ...]] = {
    "RATED": ("rating", "weight", "at", "split", EVENT_KEY),
    "HAS_GENRE": (),
    "BEHAVIOUR": (),
    "BLOCKED": (),
    "FRIEND_OF": (),
    "RECOMMENDED": ("rank", "score", "runId", "reasonKinds", "reasonShares", "reasonItems", "reasonCommon"),
    "SIMILAR": ("rank", "weight", "runId"),
    "SHOWN": ("runId", "times", "firstAt", "lastAt", "recentKeys"),
    "GRAPHREC_COPY": ("campaign", "kind", "lang", "tone", "text", "how", "share", "sources", "runId", "writtenAt"),
    "POSTED": ("sentiment", "strength", "at", POST_KEY),
    "MENTIONS": ("confidence", "sentiment", "linkedBy"),
    "ACTIVE": (),
}

#: Vector property of an item → its index.
VECTOR_INDEXES = {"text": "itemText", "image": "itemImage", "audio": "itemAudio", "content": "itemContent"}

_SIMPLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
#: What Neo4j takes in no name.
_NO_NAME = re.compile("[\0\ud800-\udfff]")
#: Neo4j decodes \\uXXXX before it parses, in backticks too: \\u0060 would end the name. A line break stays in its line.
_ESCAPED = re.compile(r"[\\\x01-\x1f\x7f-\x9f]")


def quoted(name: str) -> str:
    """Return ``name`` for use in Cypher, in backticks if needed.

    Raises
    ------
    ConfigError
        The name is empty, or has a NUL or half of a surrogate pair, which Neo4j takes in no name.
    """
    if not name or _NO_NAME.search(name):
        raise ConfigError(
            f"{name!r} cannot be a label, relationship type or property: Neo4j has no such names",
            hint="correct it; `graphrec inspect` lists the names of the database",
        )
    if _SIMPLE.match(name):
        return name
    return "`" + _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04X}", name).replace("`", "``") + "`"


def is_own_property(name: str) -> bool:
    """Return whether graphrec stores something of its own in a property of this name.

    >>> [is_own_property(name) for name in ("embeddingA", "textHash", "title")]
    [True, True, False]
    """
    return name in NODES["Item"] and bool(re.search(r"mbedding[A-Z]|(Vector|Encoder|Hash|Weight)\Z", name))


def disliked(kind: str) -> str:
    """Return the name of a behaviour type's dislikes in an exported graph."""
    return f"{kind}_DISLIKED"


class Behaviour(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One behaviour type: its weight, and its properties for strength and time.

    ``target`` behaviours are predicted; the others only inform. A behaviour counts ``weight``, times its ``strength``
    property if set; ``values`` says what each word of that property counts. ``negative`` behaviours are dislikes and
    never targets. Behaviours with a strength of at most ``dislike`` are dislikes too and become a separate type
    (:func:`disliked`). ``time`` is the property of the time: by default :data:`TIME` if it exists; none if empty. After
    ``half_life`` days a behaviour counts half in a profile; 0: never, None: chosen on validation. ``context``:
    properties that are read as categories of the situation (:mod:`graphrec.graph.contexts`).

    With a ``path`` through other nodes (:mod:`graphrec.config.paths`) the name of the type is free, and strength and
    time are properties of a node or relationship on it, such as ``o.orderDate``; by default there is no time.
    """

    path: str | None = None
    weight: Annotated[float, msgspec.Meta(gt=0, le=1e38)] = 1.0
    strength: str | None = None
    values: dict[str, float] = {}
    time: str | msgspec.UnsetType | None = msgspec.UNSET
    target: bool = True
    negative: bool = False
    dislike: float | None = None
    half_life: Annotated[float, msgspec.Meta(ge=0)] | None = None
    context: tuple[str, ...] = ()

    @property
    def time_property(self) -> str | None:
        """Property of the time; by default :data:`TIME`, and none on a path."""
        if self.time is msgspec.UNSET:
            return TIME if self.path is None else None
        return self.time or None

    @property
    def by_path(self) -> BehaviourPath | None:
        """The parsed path; None if the behaviour is a direct relationship."""
        return None if self.path is None else parse(self.path)

    def key(self, name: str | None) -> str | None:
        """Return the property that ``strength``, ``time`` or the split names, without the variable of a path."""
        return name if name is None or self.by_path is None else self.by_path.owned(name)[1]

    def __post_init__(self) -> None:
        """Check for conflicts, such as a negative target."""
        if self.by_path is not None:
            properties = [("strength", self.strength), ("time", self.time_property)]
            for part, name in properties + [("context", name) for name in self.context]:
                if name is not None and self.by_path.owned(name)[0] is None:
                    wanted = name.rpartition(".")[2]
                    known = " or ".join(repr(f"{variable}.{wanted}") for variable in self.by_path.variables)
                    raise ValueError(
                        f"{part} = {name!r}: say of which node or relationship of the path it is a property: "
                        + (known or "none has a variable yet; give it one, as in (o:Order)")
                    )
        if self.dislike is not None and self.strength is None:
            raise ValueError("dislike needs strength, the property that it is compared with")
        if self.values and self.strength is None:
            raise ValueError("values needs strength, the property that holds these words")
        if self.dislike is not None and self.negative:
            raise ValueError("negative says that all of them are dislikes: leave dislike out")
        check_context([str(self.key(name)) for name in self.context])
        if self.negative and self.target:
            msgspec.structs.force_setattr(self, "target", False)


def names_of(kind: str, mapped: Behaviour) -> tuple[str, ...]:
    """Return the one or two names of a behaviour type in an exported graph."""
    return (kind,) if mapped.dislike is None else (kind, disliked(kind))


class Searches(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One type of search: its target nodes, and their properties for text and time.

    A search has the total weight ``weight``, divided among the ``items`` nearest items. It informs and is never a
    target.
    """

    label: str = "Search"
    key: str = "searchId"
    text: str = "text"
    weight: Annotated[float, msgspec.Meta(gt=0, le=1e38)] = 1.0
    time: str | msgspec.UnsetType | None = msgspec.UNSET
    items: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 10

    @property
    def time_property(self) -> str | None:
        """Property of the time; by default :data:`TIME`."""
        return TIME if self.time is msgspec.UNSET else self.time or None


class GraphSchema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The complete mapping. Empty ``behaviours`` or ``knowledge``: all in the database.

    Empty ``searches``: none. ``contexts``: the values of properties of a context; training notes those that it found.
    ``personal``: properties that leave the database nowhere (:mod:`graphrec.config.personal`).
    """

    user: UserRole = UserRole()
    item: ItemRole = ItemRole()
    entity: EntityRole = EntityRole()
    behaviours: dict[str, Behaviour] = {}
    knowledge: tuple[str, ...] | None = None
    social: tuple[str, ...] = ()
    searches: dict[str, Searches] = {}
    posts: Posts = Posts()
    limits: Limits = Limits()
    time_zone: str = "UTC"
    contexts: dict[str, tuple[str, ...]] = {}
    personal: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check names, the keys of nodes in both roles, the time zone, and that paths of texts can be parsed."""
        check_time_zone(self.time_zone)
        for entry in self.item.text:
            parse_text(entry)
        self._check_own_names()
        if self.shared and self.user.key != self.item.key:
            raise ValueError("users and items with the same label have the same key")
        if self.shared and self.user.consent != self.item.consent:
            raise ValueError("users and items with the same label have the same consent, in both tables")
        for kind, mapped in self.behaviours.items():
            if mapped.dislike is not None and disliked(kind) in {*self.behaviours, *self.searches}:
                raise ValueError(f"{disliked(kind)!r} is what the dislikes among {kind!r} are called: rename that type")
        for kind, path in self.paths.items():
            for label in {*self.user.labels, *self.item.labels}.intersection(path.labels):
                raise ValueError(
                    f"[graph.behaviours.{kind}] path: {label!r} are the users or items: between them lie other nodes"
                )
        check_personal(self)

    def _check_own_names(self) -> None:
        """Refuse users and items of labels, and properties of theirs, that graphrec writes and removes."""
        item = self.item
        read = {"title": (item.title,), "text": item.text, "image": (item.image,), "audio": (item.audio,)}
        for table, role, properties in (("user", self.user, {}), ("item", item, read)):
            own = [("label", label) for label in role.labels if label in OWN_LABELS]
            for setting, names in {"key": role.keys, **properties}.items():
                own += [(setting, name) for name in names if is_own_property(name)]
            for setting, name in own:
                raise ValueError(
                    f"[graph.{table}] {setting}: {name!r} is what graphrec itself writes: copy yours to another name, "
                    "and map that"
                )

    @property
    def shared(self) -> bool:
        """Whether a node may be both user and item, as people who follow people; behaviours then leave the user."""
        return not set(self.user.labels).isdisjoint(self.item.labels)

    def role(self, name: str) -> UserRole | ItemRole:
        """Return the mapping of users (``user``) or items (``item``)."""
        return self.user if name == "user" else self.item

    @property
    def context_names(self) -> tuple[str, ...]:
        """The properties that are read as context, of all behaviours, sorted."""
        return tuple(sorted({str(b.key(name)) for b in self.behaviours.values() for name in b.context}))

    @property
    def targets(self) -> frozenset[str]:
        """The behaviour types that are predicted."""
        return frozenset(kind for kind, mapped in self.behaviours.items() if mapped.target)

    @property
    def negatives(self) -> frozenset[str]:
        """The types of dislikes, by their names in an exported graph."""
        graded = {disliked(kind) for kind, mapped in self.behaviours.items() if mapped.dislike is not None}
        return frozenset(kind for kind, mapped in self.behaviours.items() if mapped.negative) | graded

    @property
    def paths(self) -> dict[str, BehaviourPath]:
        """Name → path of the behaviours through other nodes."""
        return {kind: mapped.by_path for kind, mapped in self.behaviours.items() if mapped.by_path is not None}

    @property
    def behaviour_types(self) -> frozenset[str]:
        """The relationship types of all behaviours, those on paths included."""
        direct = (kind for kind, mapped in self.behaviours.items() if mapped.path is None)
        return frozenset(direct).union(*(path.types for path in self.paths.values()))

    def names(self) -> dict[str, str | tuple[str, ...]]:
        """Return default name → name in this graph, or names, for every name that can be renamed."""
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
    """Return a mapping with the searches of a type in the role of items, so that code for items reads searches."""
    mapped = schema.searches[kind]
    item = ItemRole(label=mapped.label, key=mapped.key, title=mapped.text, text=(mapped.text,))
    searched = Behaviour(weight=mapped.weight, time=mapped.time, target=False)
    return msgspec.structs.replace(schema, item=item, behaviours={kind: searched}, searches={})


#: Relative weight of the oldest behaviour with recency weighting, so that nothing is forgotten completely.
RECENCY_FLOOR = 0.1
MODALITIES = ("text", "image", "audio")


#: A language model's reading of an item: derived from the other modalities, and stored like them.
READING = "reading"


#: Methods to fuse an item's vectors.
Fusion = Literal["mean", "concat", "weighted", "gate", "attention", "llm"]
FUSIONS: tuple[Fusion, ...] = get_args(Fusion)
#: Methods that combine modalities; ``llm`` uses the vector of a language model instead.
MODALITY_FUSIONS = tuple(fusion for fusion in FUSIONS if fusion != "llm")
#: Methods with weights per item that ``graphrec train`` learns and ``graphrec publish`` writes.
LEARNED: tuple[Fusion, ...] = ("gate", "attention")
