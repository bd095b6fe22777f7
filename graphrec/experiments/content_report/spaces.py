"""The vector spaces in which items are compared: one per modality, and the fused one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphrec.config.schema import LEARNED, MODALITIES, READING
from graphrec.config.settings import Settings
from graphrec.content import store
from graphrec.content.fusion import Block, fuse
from graphrec.db.database import Database
from graphrec.graph.hetero import Graph
from graphrec.model.content_vectors import standardised

#: Name of the fused vectors.
CONTENT = "content"
#: Cosines in a dense block: 64 MB.
BLOCK_ELEMENTS = 2**24


def spaces(graph: Graph, settings: Settings, db: Database) -> dict[str, Block]:
    """Return name → unit vectors of all items: each modality's, centred, and the fused one as by ``graphrec embed``.

    With a learned fusion, the weights are those that the published run wrote to the items, or equal ones if there are
    none.

    Raises
    ------
    ConfigError
        Fusion is impossible: no modality counts, or the vectors would be longer than an index allows.
    """
    item = graph.data["item"]
    found = {
        name: Block(standardised(graph.data, name).numpy(), item[f"{name}_mask"].numpy())
        for name in (*MODALITIES, READING)
        if name in item
    }
    if settings.content.fusion == "llm":
        return found | ({CONTENT: found[READING]} if READING in found else {})
    raw = {m: Block(item[m].numpy(), item[f"{m}_mask"].numpy()) for m in MODALITIES if m in item}
    if raw:
        weights = _weights(graph.items, settings, db) if settings.content.fusion in LEARNED else None
        found[CONTENT] = fuse(raw, settings.content, weights)
    return found


def _weights(keys: Sequence[Any], settings: Settings, db: Database) -> NDArray[np.float32]:
    """Return each item's weights of text, image and audio, float32 ``[n, 3]``; 1 where no run has written them."""
    known = {item.key: item.weights for item in store.read_items(db, settings.graph) if item.weights}
    equal = (1.0,) * len(MODALITIES)
    return np.array([known.get(key, equal) for key in keys], np.float32)


def nearest_rows(
    vectors: NDArray[np.float32], k: int, rows: NDArray[np.int64] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the ``k`` nearest other rows of some rows (all if absent) by cosine, and the cosines, ``[m, k]``.

    The vectors are of unit length. Fewer columns if there are fewer rows.
    """
    asked = np.arange(len(vectors)) if rows is None else rows
    k = min(k, len(vectors) - 1)
    near, cosines = [np.zeros((0, k), np.int64)], [np.zeros((0, k), np.float32)]
    for part in _parts(asked, max(1, BLOCK_ELEMENTS // max(1, len(vectors)))):
        cosine = vectors[part] @ vectors.T
        cosine[np.arange(len(part)), part] = -np.inf
        some = np.argpartition(-cosine, k - 1, axis=1)[:, :k] if k else np.zeros((len(part), 0), np.int64)
        value = np.take_along_axis(cosine, some, 1)
        order = np.argsort(-value, axis=1, kind="stable")
        near.append(np.take_along_axis(some, order, 1))
        cosines.append(np.take_along_axis(value, order, 1))
    return np.concatenate(near), np.concatenate(cosines)


def _parts(rows: NDArray[np.int64], size: int) -> Iterator[NDArray[np.int64]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
