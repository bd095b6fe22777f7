"""Items' content out of Neo4j, vectors into it, and the indexes over them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphrec import queries
from graphrec.console import note
from graphrec.content.encoder import Vectors
from graphrec.content.fusion import MODALITIES, Block
from graphrec.db import Database
from graphrec.schema import GraphSchema

#: Vector index → the vector it indexes.
INDEXES = {"itemText": "textVector", "itemContent": "contentVector"}
#: Vectors a transaction.
BATCH = 500
_WAIT_SECONDS = 3600


@dataclass(frozen=True)
class Item:
    """One item's content, and per modality the hash of the content and the encoder that its stored vector is of."""

    node: str
    key: Any
    text: str
    image: Any
    audio: Any
    hashes: dict[str, str]
    encoders: dict[str, str]
    content_encoder: str | None


def read_items(db: Database, schema: GraphSchema) -> list[Item]:
    """Read every item, ordered by key."""
    rows = db.stream(queries.load("embed/items", schema), text=list(schema.item.text))
    return [
        Item(
            node=row["node"],
            key=row["key"],
            text="\n".join(part for value in row["text"] if (part := _text(value))),
            image=row["image"],
            audio=row["audio"],
            hashes={m: h for m, h in zip(MODALITIES, row["hashes"], strict=True) if h},
            encoders={m: e for m, e in zip(MODALITIES, row["encoders"], strict=True) if e},
            content_encoder=row["contentEncoder"],
        )
        for row in rows
    ]


def _text(value: Any) -> str:
    """Return a property as text: lists (of genres, say) joined, numbers written out."""
    if isinstance(value, list):
        return ", ".join(filter(None, map(_text, value)))
    return "" if value is None else str(value).strip()


def write(db: Database, schema: GraphSchema, modality: str, encoder: str, rows: Sequence[tuple[str, Any, str]]) -> None:
    """Store vectors of one modality.

    Parameters
    ----------
    modality
        ``text``, ``image`` or ``audio``.
    encoder
        Label of what made them.
    rows
        (element id, float32 [d], content hash), at most a batch.
    """
    query = queries.load("embed/write", schema, textEncoder=f"{modality}Encoder", textHash=f"{modality}Hash")
    values = [[node, vector.tolist(), content] for node, vector, content in rows]
    db.write(query, rows=values, property=f"{modality}Vector", encoder=encoder)


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


def read_vectors(db: Database, schema: GraphSchema, nodes: Sequence[str]) -> dict[str, Block]:
    """Read the stored vectors of ``nodes``; modalities that no item has are left out."""
    place = {node: n for n, node in enumerate(nodes)}
    found: dict[str, dict[int, Any]] = {m: {} for m in MODALITIES}
    for row in db.stream(queries.load("embed/vectors", schema)):
        if (n := place.get(row["node"])) is not None:
            for modality in MODALITIES:
                if row[modality] is not None:  # arrays at once: lists of Python floats take eight times the memory
                    found[modality][n] = np.asarray(row[modality], dtype=np.float32)
    return {m: _block(vectors, len(nodes)) for m, vectors in found.items() if vectors}


def _block(found: dict[int, Any], n: int) -> Block:
    vectors = np.zeros((n, len(next(iter(found.values())))), np.float32)
    vectors[list(found)] = list(found.values())
    return Block(vectors, np.isin(np.arange(n), list(found)))


def text_encoders(db: Database, schema: GraphSchema) -> dict[str, int]:
    """Return the label of each encoder that made text vectors → items."""
    return {row["encoder"]: row["items"] for row in db.read(queries.load("embed/encoders", schema))}


def index_names(db: Database) -> Iterator[str]:
    """Yield the vector indexes that can be asked now."""
    return (row["name"] for row in db.read(queries.load("embed/indexes")) if row["state"] == "ONLINE")


def ensure_index(db: Database, schema: GraphSchema, name: str, dim: int | None) -> None:
    """Make the vector index ``name`` of :data:`INDEXES` fit vectors of length ``dim``, and wait until it answers.

    ``dim`` None drops it: there are no vectors.
    """
    wanted = ([schema.item.label], [INDEXES[name]], dim)
    for row in db.read(queries.load("embed/indexes")):
        held = (row["labels"], row["properties"], row["config"].get("vector.dimensions"))
        if row["name"] == name and held != wanted:
            db.auto(queries.load("embed/drop_index"), name=name)
    if dim is None:
        return
    query = queries.load("embed/index", schema, textVector=INDEXES[name])
    db.auto(query, name=name, dimensions=dim)
    if name not in index_names(db):
        note(f"index {name}: filling")
        db.auto(queries.load("embed/await_index"), name=name, seconds=_WAIT_SECONDS)
