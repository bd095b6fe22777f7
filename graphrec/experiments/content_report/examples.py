"""Some popular items, and the items nearest to them in each vector space."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphrec.common.console import warn
from graphrec.config.schema import GraphSchema
from graphrec.content.fusion import Block
from graphrec.content.thumbnail import thumbnails
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.experiments.content_report.spaces import CONTENT, nearest_rows
from graphrec.graph.hetero import Graph

SHOWN, NEAR = 8, 5
#: Longest side of an image in the page, in pixels.
_SIDE = 96


def examples(
    graph: Graph, blocks: Mapping[str, Block], popularity: NDArray[Any], db: Database, schema: GraphSchema
) -> list[dict[str, Any]]:
    """Return the most popular items with vectors, and the nearest of each.

    Returns
    -------
    list of dict
        ``item``, ``title``, ``image`` (as stored) and ``near``: name of the vectors → items nearest first, with
        ``item``, ``title``, ``image`` and ``cosine``.
    """
    having = blocks[CONTENT].mask if CONTENT in blocks else np.any([block.mask for block in blocks.values()], axis=0)
    order = np.argsort(-np.asarray(popularity), kind="stable")
    chosen = order[having[order]][:SHOWN]
    near: dict[int, dict[str, list[tuple[int, float]]]] = {int(n): {} for n in chosen}
    for name, block in blocks.items():
        known = np.flatnonzero(block.mask)
        rows = np.flatnonzero(np.isin(known, chosen))
        places, cosines = nearest_rows(block.vectors[known], NEAR, rows)
        for row, place, cosine in zip(rows, places, cosines, strict=True):
            near[int(known[row])][name] = list(zip(known[place].tolist(), cosine.tolist(), strict=True))
    asked = set(near) | {n for found in near.values() for pairs in found.values() for n, _ in pairs}
    shown = _shown(db, schema, [graph.items[n] for n in sorted(asked)])
    return [
        shown[graph.items[n]]
        | {"near": {name: [shown[graph.items[m]] | {"cosine": c} for m, c in pairs] for name, pairs in found.items()}}
        for n, found in near.items()
    ]


def _shown(db: Database, schema: GraphSchema, keys: Sequence[Any]) -> dict[Any, dict[str, Any]]:
    rows = db.read(queries.load("query/pictures", schema), items=list(keys))
    return {
        row["item"]: {
            "item": row["item"],
            "title": " ".join(str(row["title"]).split()) if row["title"] is not None else str(row["item"]),
            "image": row["image"] if isinstance(row["image"], str) else None,
        }
        for row in rows
    }


def pictures(found: Iterable[Mapping[str, Any]], folders: Sequence[Path]) -> dict[Any, str]:
    """Return item → a small JPEG as base64 text, for the items whose images can be read here."""
    stored: dict[Any, str | bytes | bytearray | None] = {}
    for example in found:
        for item in (example, *(item for near in example["near"].values() for item in near)):
            stored[item["item"]] = item["image"]
    read, failed = thumbnails(stored, folders, _SIDE)
    if failed:
        warn(f"{failed} pictures of the examples could not be read: graphrec embed names them")
    return read
