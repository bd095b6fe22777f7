"""The vocabulary of a graph, read from it by queries with parameters, and held for ten minutes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from graphrec.assistant.actions import ItemRef
from graphrec.assistant.understanding.known_names import EntityName, Spread, Vocabulary
from graphrec.common.console import note
from graphrec.common.errors import GraphrecError
from graphrec.config.schema import NODES, GraphSchema, is_own_property
from graphrec.config.settings import Settings
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.graph.mapping import resolve
from graphrec.serving import availability
from graphrec.serving.availability import Availability
from graphrec.serving.lookup import titles_like

#: Items whose titles are held; of more, titles are looked for in Neo4j's full-text index.
TITLES = 50_000
#: Entities of a relation that are held, the most tied ones.
ENTITIES = 20_000
#: Items that properties are read from, and different texts of a property.
_SAMPLE, _TEXTS = 5_000, 200
#: Seconds after which a vocabulary is read again.
_OLD = 600.0

_lock = threading.Lock()
_held: dict[Any, _Held] = {}


@dataclass
class _Held:
    """A vocabulary, and when it was read, or is being read again, by the monotonic clock."""

    vocabulary: Vocabulary
    read_at: float


def open_vocabulary(db: Database, settings: Settings) -> Vocabulary:
    """Return the vocabulary of a graph: read at the first call in a process.

    One that is older than ten minutes is read again in a thread; until that is done, the old one is returned.

    Raises
    ------
    DatabaseError
        Neo4j does not answer.
    GraphError, ConfigError, LeakageError
        The mapping does not fit the graph.
    """
    key = db.name, settings.neo4j.uri, settings.root
    with _lock:
        if key not in _held:
            _held.clear()
            _held[key] = _Held(read_vocabulary(db, settings), time.monotonic())
        held = _held[key]
        if time.monotonic() - held.read_at > _OLD:
            held.read_at = time.monotonic()
            threading.Thread(target=_renew, args=(held, db, settings), daemon=True).start()
        return held.vocabulary


def _renew(held: _Held, db: Database, settings: Settings) -> None:
    try:
        held.vocabulary = read_vocabulary(db, settings)
    except GraphrecError as error:
        note(f"the names of the graph could not be read again: {error.message}")


def read_vocabulary(db: Database, settings: Settings) -> Vocabulary:
    """Return the vocabulary of a graph, read now."""
    schema = resolve(db, settings.graph)
    available = Availability.of(settings, db)
    items = _items(db, schema, available)
    many = len(items) > TITLES
    if many:
        note(f"more than {TITLES:,} items: titles are looked for in the index of titles")
    numbers, texts = _properties(db, schema, available)
    return Vocabulary(
        items=() if many else items,
        entities=_entities(db, schema),
        numbers=numbers,
        texts=texts,
        find=_finder(db, schema, available) if many else None,
    )


def _items(db: Database, schema: GraphSchema, available: Availability) -> Sequence[ItemRef]:
    rows = db.read(availability.load("query/all_titles", schema, available), limit=TITLES + 1)
    return [ItemRef(row["item"], row["title"]) for row in rows]


def _finder(db: Database, schema: GraphSchema, available: Availability) -> Callable[[str], Sequence[ItemRef]]:
    def find(words: str) -> Sequence[ItemRef]:
        return [ItemRef(item, title) for item, title in titles_like(db, schema, words, 20, available)]

    return find


def _entities(db: Database, schema: GraphSchema) -> list[EntityName]:
    tied: dict[Any, tuple[str, list[str], int]] = {}
    for kind in schema.knowledge or ():
        for row in db.read(queries.load("query/entity_names", schema, HAS_GENRE=kind), limit=ENTITIES):
            name, kinds, items = tied.get(row["entity"], (row["name"], [], 0))
            tied[row["entity"]] = name, [*kinds, row["relation"]], items + row["items"]
    found = [EntityName(entity, name, tuple(kinds), items) for entity, (name, kinds, items) in tied.items()]
    return sorted(found, key=lambda one: -one.items)


def _properties(
    db: Database, schema: GraphSchema, available: Availability
) -> tuple[dict[str, Spread], dict[str, list[str]]]:
    own = {*schema.item.keys, schema.item.title, schema.item.image, schema.item.audio}
    own |= {name for name in NODES["Item"] if is_own_property(name)}
    own |= {available.hidden, available.stock, available.expires}
    numbers, texts = {}, {}
    for row in db.read(queries.load("query/item_properties", schema), own=sorted(own), sample=_SAMPLE, texts=_TEXTS):
        if row["numbers"]:
            numbers[row["property"]] = Spread(float(row["low"]), float(row["middle"]), float(row["high"]))
        elif row["texts"]:
            texts[row["property"]] = [text for text in row["texts"] if text.strip()]
    return numbers, texts
