"""Items on a plane, similar ones close together (t-SNE, van der Maaten and Hinton 2008), coloured by label."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from graphrec.common.console import warn
from graphrec.config.schema import GraphSchema
from graphrec.content.fusion import Block
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.experiments.content_report.draw import draw_map
from graphrec.graph.hetero import Graph

#: Most items to plot: time grows faster than their number.
MOST = 5000
#: Labels with a colour of their own.
COLOURED = 9
#: Number of most frequent labels whose names are read.
_NAMED = 500
#: Fewer points than this have no neighbourhoods to show.
_FEWEST = 10
_PERPLEXITY = 30.0
#: Principal components passed to t-SNE.
_COMPONENTS = 50
#: Identifiers of Freebase and Wikidata, numbers, and Neo4j's element ids.
_IDENTIFIER = re.compile(r"[mg]\.\w+|Q?\d+|\d+:[0-9a-f-]{36}:\d+")
OTHER, NONE = COLOURED, COLOURED + 1


@dataclass(frozen=True)
class Colours:
    """``of``: int64 ``[n_items]``, an index into ``names``, :data:`OTHER` or :data:`NONE`."""

    relation: str | None
    names: list[str]
    of: NDArray[np.int64]


def colours(graph: Graph, relation: str | None, labels: csr_array | None, db: Database, schema: GraphSchema) -> Colours:
    """Give each of the most frequent named labels a colour; an item with several takes that of its rarest."""
    of = np.full(len(graph.items), NONE)
    if relation is None or labels is None:
        return Colours(None, [], of)
    frequency = np.asarray(labels.sum(axis=0))
    of[np.diff(labels.indptr) > 0] = OTHER
    order = [int(n) for n in np.argsort(-frequency, kind="stable")[:_NAMED] if frequency[n]]
    query = queries.load("proof/labels", schema, HAS_GENRE=relation)
    rows = db.read(query, keys=[graph.entities[label] for label in order])
    named = {row["key"]: str(row["name"] or row["key"]) for row in rows}
    # A label that is only an identifier is meaningless to a reader: it has no colour of its own.
    named = {key: name for key, name in named.items() if not _IDENTIFIER.fullmatch(name)}
    top = [label for label in order if graph.entities[label] in named][:COLOURED]
    columns = labels.tocsc()
    for place, label in enumerate(top):  # rarer labels come later and override
        of[columns.indices[columns.indptr[label] : columns.indptr[label + 1]]] = place
    return Colours(relation, [named[graph.entities[label]] for label in top], of)


def maps(blocks: Mapping[str, Block], shades: Colours, folder: Path, seed: int) -> list[dict[str, Any]]:
    """Plot each vector space to ``map-NAME.png``; return what was plotted."""
    drawn = []
    for name, block in blocks.items():
        items = np.flatnonzero(block.mask)
        if len(items) > MOST:
            items = np.sort(np.random.default_rng(seed).choice(items, MOST, replace=False))
        if len(items) < _FEWEST:
            warn(f"no map of {name}: {len(items)} items have such a vector")
            continue
        file = f"map-{name}.png"
        draw_map(plane(block.vectors[items], seed), shades.of[items], _legend(shades), f"{name}: t-SNE", folder / file)
        drawn.append({"modality": name, "file": file, "items": len(items), "of": int(block.mask.sum())})
    return drawn


def plane(vectors: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    """Return coordinates on the plane for n ≥ 4 vectors, float32 ``[n, 2]``; reproducible by seed."""
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    wide = vectors if vectors.shape[1] > 1 else np.pad(vectors, ((0, 0), (0, 1)))
    components = min(_COMPONENTS, *wide.shape)
    if components < wide.shape[1]:
        wide = PCA(components, random_state=seed).fit_transform(wide)
    perplexity = min(_PERPLEXITY, (len(wide) - 1) / 3)
    # Unit vectors: Euclidean distances have the order of cosines.
    start = wide[:, :2] / max(float(wide[:, 0].std()), 1e-12) * 1e-4
    places: NDArray[np.float32] = TSNE(
        perplexity=perplexity, init=start.astype(np.float32), random_state=seed, n_jobs=1
    ).fit_transform(wide.astype(np.float32))
    return places


def _legend(shades: Colours) -> Sequence[tuple[int, str]]:
    named = list(enumerate(shades.names))
    if shades.relation is None:
        return []
    return [*named, (OTHER, "another" if named else f"some {shades.relation}"), (NONE, f"no {shades.relation}")]
