"""Read items' content from Neo4j, write vectors, and manage vector indexes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphrec.common.console import note, warn
from graphrec.config.schema import MODALITIES, OWN_TYPES, READING, VECTOR_INDEXES, GraphSchema
from graphrec.content.encoder import Vectors
from graphrec.content.fusion import MAX_DIM, Block
from graphrec.content.text_paths import read_texts, text_paths
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.db.outage import restarted
from graphrec.db.own_names import index_label, label_indexed, own_names

#: Everything that is stored in the same way.
STORED = (*MODALITIES, READING)
#: Vectors per transaction.
BATCH = 500
#: Most names read per item and relationship type.
NAMES = 12
_WAIT_SECONDS = 3600


@dataclass(frozen=True)
class Item:
    """One item's content, and per modality the content hash and the encoder of its stored vector.

    ``texts``: its texts, by property or path. ``weights``: weights of the modalities in the published run.
    """

    node: str
    key: Any
    texts: Mapping[str, str]
    image: Any
    audio: Any
    hashes: dict[str, str]
    encoders: dict[str, str]
    content_encoder: str | None
    weights: tuple[float, ...] | None

    @property
    def text(self) -> str:
        """All texts, one per line."""
        return "\n".join(self.texts.values())


@restarted
def read_items(db: Database, schema: GraphSchema) -> list[Item]:
    """Read every item, ordered by key."""
    paths = {entry: read_texts(db, schema, path) for entry, path in text_paths(schema).items()}
    return [
        Item(
            node=row["node"],
            key=row["key"],
            texts=_texts(schema, row, paths),
            image=row["image"],
            audio=row["audio"],
            hashes={m: h for m, h in zip(STORED, row["hashes"], strict=True) if h},
            encoders={m: e for m, e in zip(STORED, row["encoders"], strict=True) if e},
            content_encoder=row["contentEncoder"],
            weights=_weights(row["weights"]),
        )
        for row in db.stream(queries.load("embed/items", schema), text=_properties(schema))
    ]


def _properties(schema: GraphSchema) -> list[str]:
    paths = text_paths(schema)
    return [entry for entry in schema.item.text if entry not in paths]


def _texts(schema: GraphSchema, row: Any, paths: Mapping[str, Mapping[str, list[Any]]]) -> dict[str, str]:
    """Return an item's texts in the order of the mapping; several of a path in alphabetical order."""
    found = dict(zip(_properties(schema), map(_text, row["text"]), strict=True))
    for entry, held in paths.items():
        found[entry] = ", ".join(sorted(filter(None, map(_text, held.get(row["node"], ())))))
    return {entry: found[entry] for entry in schema.item.text if found[entry]}


def _text(value: Any) -> str:
    """Return a property as text: join lists (such as genres), write numbers as text."""
    if isinstance(value, list):
        return ", ".join(filter(None, map(_text, value)))
    return "" if value is None else str(value).strip()


def _weights(values: list[Any]) -> tuple[float, ...] | None:
    """Return a run's weights of the modalities, 0 for missing ones; None without any valid weight."""
    known = [v if isinstance(v, int | float) and math.isfinite(v) and v > 0 else 0.0 for v in values]
    return tuple(map(float, known)) if any(known) else None


@restarted
def read_facts(db: Database, schema: GraphSchema) -> dict[str, dict[str, list[str]]]:
    """Return the knowledge of all items: element id of an item → relationship type → names."""
    others = [*OWN_TYPES, *schema.social, *schema.behaviour_types]
    knowledge = None if schema.knowledge is None else list(schema.knowledge)
    rows = db.stream(queries.load("embed/facts", schema), knowledge=knowledge, beside=others, limit=NAMES)
    return {row["node"]: dict(row["facts"]) for row in rows}


def write(db: Database, schema: GraphSchema, modality: str, encoder: str, rows: Sequence[tuple[str, Any, str]]) -> None:
    """Store vectors of one modality.

    Parameters
    ----------
    modality
        One of :data:`STORED`.
    encoder
        Label of the encoder.
    rows
        (element id, float32 [d], content hash), at most one batch.
    """
    query = queries.load("embed/write", schema, textEncoder=f"{modality}Encoder", textHash=f"{modality}Hash")
    values = [[node, vector.tolist(), content] for node, vector, content in rows]
    db.write(query, rows=values, property=f"{modality}Vector", encoder=encoder)


def relabel(db: Database, schema: GraphSchema, modality: str, old: str, new: str) -> None:
    """Rename the encoder of stored vectors of one modality."""
    db.auto(queries.load("embed/relabel", schema, textEncoder=f"{modality}Encoder"), old=old, new=new)


def clear(db: Database, schema: GraphSchema, modality: str, nodes: Sequence[str]) -> None:
    """Remove one modality's vectors from ``nodes``."""
    names = {f"text{part}": f"{modality}{part}" for part in ("Vector", "Encoder", "Hash")}
    for _ in db.write_batches(queries.load("embed/clear", schema, **names), nodes, BATCH):
        pass


def write_content(db: Database, schema: GraphSchema, encoder: str, nodes: Sequence[str], vectors: Vectors) -> None:
    """Store fused vectors, float32 [len(nodes), d]."""
    query = queries.load("embed/write_content", schema)
    for start in range(0, len(nodes), BATCH):
        part = slice(start, start + BATCH)
        rows = [[node, vector.tolist()] for node, vector in zip(nodes[part], vectors[part], strict=True)]
        db.write(query, rows=rows, encoder=encoder)


def clear_content(db: Database, schema: GraphSchema, nodes: Sequence[str]) -> None:
    """Remove the fused vectors from ``nodes``."""
    for _ in db.write_batches(queries.load("embed/clear_content", schema), nodes, BATCH):
        pass


@restarted
def read_vectors(
    db: Database, schema: GraphSchema, nodes: Sequence[str], modalities: Sequence[str] = MODALITIES
) -> dict[str, Block]:
    """Read the stored vectors of ``nodes``; leave out modalities without any."""
    place = {node: n for n, node in enumerate(nodes)}
    found: dict[str, dict[int, Any]] = {m: {} for m in modalities}
    for row in db.stream(queries.load("embed/vectors", schema), properties=[f"{m}Vector" for m in modalities]):
        if (n := place.get(row["node"])) is not None:
            for modality, vector in zip(modalities, row["vectors"], strict=True):
                if vector is not None:  # arrays at once: lists of Python floats take eight times the memory
                    found[modality][n] = np.asarray(vector, dtype=np.float32)
    return {m: _block(vectors, len(nodes)) for m, vectors in found.items() if vectors}


def _block(found: dict[int, Any], n: int) -> Block:
    vectors = np.zeros((n, len(next(iter(found.values())))), np.float32)
    vectors[list(found)] = list(found.values())
    return Block(vectors, np.isin(np.arange(n), list(found)))


def encoders(db: Database, schema: GraphSchema, modality: str) -> dict[str, int]:
    """Return label of the encoder → number of items, for one modality."""
    query = queries.load("embed/encoders", schema, textEncoder=f"{modality}Encoder")
    return {row["encoder"]: row["items"] for row in db.read(query)}


def vector_length(db: Database, schema: GraphSchema, modality: str, node: str) -> int:
    """Return the length of one item's vector of a modality."""
    query = queries.load("embed/length", schema, textVector=f"{modality}Vector")
    return int(db.read(query, node=node)[0]["length"])


def index_names(db: Database) -> Iterator[str]:
    """Yield the names of vector indexes that can be queried now."""
    return (row["name"] for row in db.read(queries.load("embed/indexes")) if row["state"] == "ONLINE")


def ensure_indexes(db: Database, schema: GraphSchema, dims: Mapping[str, int | None]) -> None:
    """Create the indexes over vectors (of :data:`VECTOR_INDEXES`) of these lengths, and wait until they are online.

    None as length drops the index, as no vectors exist. Vectors that are too long for an index are not indexed. All
    together: after each change of an index Neo4j plans every query again.
    """
    names, made = own_names(db, schema), {}
    for vector, length in dims.items():
        dim, name, stored = length, db.index_name(VECTOR_INDEXES[vector]), f"{vector}Vector"
        if dim is not None and dim > MAX_DIM:
            warn(f"index {name}: none, for vectors of {dim} dimensions; Neo4j indexes at most {MAX_DIM}")
            dim = None
        held, wanted = names.held.get(name), ([index_label(schema, "item")], [stored], dim)
        if held is not None and (held.labels, held.properties, held.dimensions) != wanted:
            if dim is not None:
                names.require_ours(VECTOR_INDEXES[vector], held)
            if dim is not None or names.is_ours(VECTOR_INDEXES[vector], held):
                db.auto(queries.load("embed/drop_index"), name=name)
        if dim is not None:
            label_indexed(db, schema, "item", stored)
            made[name] = stored, dim
    for name, (stored, dim) in made.items():
        query = queries.load("embed/index", schema, Item=index_label(schema, "item"), textVector=stored)
        db.auto(query, name=name, dimensions=dim)
    online = set(index_names(db)) if made else set()
    for name in made:
        if name not in online:
            note(f"index {name}: filling")
            db.read(queries.load("embed/await_index"), name=name, seconds=_WAIT_SECONDS)
