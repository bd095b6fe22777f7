"""Map searches to the items whose texts are nearest to their words, with the weight divided among them.

Nearness is the cosine of text vectors, as in :mod:`graphrec.serving.search`. A search becomes edges of its own type
from the user to each item, with or without a click: one more behaviour type that informs, is never a target or held
out, and does not count as seen.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np

from graphrec.common.console import warn
from graphrec.common.errors import GraphError
from graphrec.config.schema import VECTOR_INDEXES, GraphSchema, as_items
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.db.outage import restarted
from graphrec.db.own_names import index_label
from graphrec.graph.behaviours import Edges, read_behaviour, seconds
from graphrec.graph.columns import Floats, Ints, Nodes, read_nodes
from graphrec.graph.typed import NO_TIME
from graphrec.graph.values import read_time
from graphrec.graph.vector_labels import is_given, split_label

#: Texts and items per block of cosines, which takes 17 MB.
_TEXTS, _ITEMS = 256, 8192
#: Decimals of a cosine, so that equal texts give equal values whatever a processor's order of summation.
_DECIMALS = 6
_EMBED = "run graphrec embed"


class Space(NamedTuple):
    """The items' texts.

    Attributes
    ----------
    vectors
        float32 ``[n_items, d]``, zeros for items without text.
    encoder
        Label of their encoder.
    """

    vectors: Floats
    encoder: str


def nearest_items(vectors: Floats, items: Floats, k: int) -> tuple[Ints, Floats]:
    r"""Return the items nearest to texts, and the share of each.

    .. math::

       w_j = \max(\cos(q, x_j), 0) / \sum_{i ∈ N_k(q)} \max(\cos(q, x_i), 0)

    over the :math:`k` items with the greatest cosine; ties go to the first items.

    Parameters
    ----------
    vectors
        float32 ``[q, d]``: the texts.
    items
        float32 ``[n, d]``: the items' texts, zeros for items without text.
    k
        Most items per text.

    Returns
    -------
    items
        int64 ``[q, min(k, n)]``, nearest first.
    weights
        float32 of the same shape: sums to 1, or all 0 if no item is similar.
    """
    k = min(k, len(items))
    places, weights = np.empty((len(vectors), k), np.int64), np.empty((len(vectors), k), np.float32)
    for start in range(0, len(vectors), _TEXTS):
        part = slice(start, start + _TEXTS)
        places[part], cosines = _nearest(_unit(vectors[part]), items, k)
        alike = np.maximum(cosines, 0)
        total = alike.sum(1, keepdims=True)
        weights[part] = np.divide(alike, total, out=np.zeros_like(alike), where=total > 0)
    return places, weights


def _nearest(texts: Any, items: Floats, k: int) -> tuple[Ints, Any]:
    """Return the ``k`` nearest items and their cosines, computed in blocks of items."""
    places, cosines = np.empty((len(texts), 0), np.int64), np.empty((len(texts), 0))
    for start in range(0, len(items), _ITEMS):
        fresh = np.round(texts @ _unit(items[start : start + _ITEMS]).T, _DECIMALS)
        numbers = np.broadcast_to(np.arange(start, start + fresh.shape[1]), fresh.shape)
        cosines, places = np.concatenate([cosines, fresh], 1), np.concatenate([places, numbers], 1)
        best = _top(cosines, k)
        cosines, places = np.take_along_axis(cosines, best, 1), np.take_along_axis(places, best, 1)
    return places, cosines


def _top(scores: Any, k: int) -> Ints:
    """Return the positions of each row's ``k`` greatest values, greatest first, leftmost first among equals."""
    kept = np.broadcast_to(np.arange(scores.shape[1]), scores.shape)
    if scores.shape[1] > k:
        least = np.partition(scores, -k, axis=1)[:, -k, None]
        above, level = scores > least, scores == least
        taken = above | (level & (np.cumsum(level, 1) <= k - above.sum(1, keepdims=True)))
        kept = np.nonzero(taken)[1].reshape(-1, k)
    order = np.argsort(-np.take_along_axis(scores, kept, 1), axis=1, kind="stable")
    return np.take_along_axis(kept, order, 1)


def _unit(vectors: Floats) -> Any:
    """Return float64 rows of unit length, or zeros."""
    found = vectors.astype(np.float64)
    length = np.linalg.norm(found, axis=1, keepdims=True)
    return np.divide(found, length, out=np.zeros_like(found), where=length > 0)


def read_searches(
    db: Database,
    schema: GraphSchema,
    kind: str,
    users: Nodes,
    space: Space | None,
    *,
    packed: bool,
    done: Callable[[int], object],
    part: str | None = None,
) -> Edges:
    """Read all searches of one type as edges to their nearest items, sorted by user, item, time and weight.

    Parameters
    ----------
    db, schema
        The database and its resolved mapping.
    kind
        The relationship type from a user to a search.
    users
        The nodes read before.
    space
        The items' texts in node order; None if no item has a text vector.
    packed, done, part
        See :func:`graphrec.graph.behaviours.read_behaviour`.

    Raises
    ------
    GraphError
        No item has a text vector, another encoder made the searches' vectors, or a time or part is invalid.
    """
    if space is None:
        raise GraphError(
            f"[graph.searches.{kind}]: no item has a vector of its text to compare searches with", hint=_EMBED
        )
    standing = as_items(schema, kind)
    searches = read_nodes(db, f"searches.{kind}", standing.item)
    with _own_table(kind):
        made = read_behaviour(db, standing, kind, users, searches, packed=packed, done=done, part=part)
    row, items, shares = _meanings(db, standing, kind, searches, space, schema.searches[kind].items)
    return _spread(made, row, items, shares, len(space.vectors))


@contextmanager
def _own_table(kind: str) -> Iterator[None]:
    """Make errors name the table of searches instead of that of behaviours."""
    try:
        yield
    except GraphError as error:
        old, new = f"[graph.behaviours.{kind}]", f"[graph.searches.{kind}]"
        hint = error.hint and error.hint.replace(old, new)
        raise GraphError(error.message.replace(old, new), hint=hint) from error


@restarted
def _meanings(
    db: Database, standing: GraphSchema, kind: str, searches: Nodes, space: Space, k: int
) -> tuple[Ints, Ints, Floats]:
    """Return search → row (-1: no vector), and the rows' items; searches with equal text share a row."""
    ids, rows = array("q"), array("q")
    known: dict[bytes, int] = {}
    waiting: list[Floats] = []
    found = [nearest_items(np.zeros((0, space.vectors.shape[1]), np.float32), space.vectors, k)]
    for record in db.stream(queries.load("export/vectors", standing)):
        vector = _vector(record["vector"], str(record["encoder"] or "unknown"), kind, space)
        said = blake2b(vector.tobytes(), digest_size=16).digest()
        if said not in known:
            known[said] = len(known)
            waiting.append(vector)
        ids.append(record["item"])
        rows.append(known[said])
        if len(waiting) == _TEXTS:
            found.append(nearest_items(np.stack(waiting), space.vectors, k))
            waiting = []
    if waiting:
        found.append(nearest_items(np.stack(waiting), space.vectors, k))
    items, shares = (np.concatenate([part[n] for part in found]) for n in (0, 1))
    row = np.full(len(searches.keys), -1, np.int64)
    places = searches.find(np.frombuffer(ids, np.int64))
    row[places[places >= 0]] = np.frombuffer(rows, np.int64)[places >= 0]
    _report(db, standing, kind, row, shares, space)
    return row, items, shares


def _vector(given: Any, encoder: str, kind: str, space: Space) -> Floats:
    """Return a search's vector after checking that it is in the items' space."""
    if split_label(encoder)[1] != split_label(space.encoder)[1]:
        raise GraphError(
            f"[graph.searches.{kind}]: the searches' vectors are of {encoder}, those of the items' text of "
            f"{space.encoder}",
            hint=f"{_EMBED}, which encodes both by one",
        )
    try:
        vector = np.array(given, np.float32)
    except (TypeError, ValueError) as error:
        raise GraphError(f"[graph.searches.{kind}]: textVector: not a list of numbers", hint=_EMBED) from error
    if vector.shape != space.vectors.shape[1:] or not np.isfinite(vector).all():
        raise GraphError(
            f"[graph.searches.{kind}]: textVector: not {space.vectors.shape[1]} finite numbers, as the items have",
            hint=_EMBED,
        )
    return vector


def _report(db: Database, standing: GraphSchema, kind: str, row: Ints, shares: Floats, space: Space) -> None:
    """Warn how many searches are left out, and why.

    Raises
    ------
    GraphError
        No search is encoded, although all could be.
    """
    total = len(row)
    missing, wordless = db.read(queries.load("export/wordless", standing))[0].values()
    left = {"have no text": wordless}
    if missing > wordless:
        if is_given(space.encoder) and missing == total:
            left[f"cannot be compared, since the items' text vectors were given ({space.encoder})"] = missing - wordless
        elif missing == total:
            raise GraphError(f"[graph.searches.{kind}]: none of {total} searches has a vector of its text", hint=_EMBED)
        else:
            left["are not encoded (new since graphrec embed, or of words that its encoder does not know)"] = (
                missing - wordless
            )
    left["are like no item"] = int((shares[row[row >= 0]].sum(1) == 0).sum())
    for why, count in left.items():
        if count:
            warn(f"{kind}: {count} of {total} searches {why}: they are left out")


def _spread(made: Edges, row: Ints, items: Ints, shares: Floats, n_items: int) -> Edges:
    """Return one edge per search and nearest item."""
    size = items.shape[1]
    kept = np.flatnonzero(row[made.items] >= 0)
    of = row[made.items[kept]]
    weight = (made.weight[kept, None] * shares[of]).ravel()
    said = weight > 0
    users, times, tails = np.repeat(made.users[kept], size)[said], np.repeat(made.time[kept], size)[said], items[of]
    tails, weight = tails.ravel()[said], weight[said]
    parts = None if made.part is None else np.repeat(made.part[kept], size)[said]
    order = np.lexsort((*([] if parts is None else [parts]), weight, times, users * n_items + tails))
    return Edges(users[order], tails[order], weight[order], times[order], None if parts is None else parts[order])


def read_searched(db: Database, schema: GraphSchema, users: Sequence[Any]) -> list[tuple[Any, Any, str, float, int]]:
    """Return users' searches as (user, item, type of search, weight, time), as in an export.

    Parameters
    ----------
    schema
        A mapping, as in a run.
    users
        Keys as stored.
    """
    found = []
    for kind, mapped in schema.searches.items():
        query, names = _by_index(db, schema, kind, mapped.items)
        names |= {"users": list(users), "label": mapped.label, "time": mapped.time_property, "noTime": NO_TIME}
        for row in db.read(query, k=mapped.items, **names):
            keys = [item for item, _ in row["meant"]]
            alike = np.maximum(np.round([cosine for _, cosine in row["meant"]], _DECIMALS), 0)
            shares = mapped.weight * alike / max(alike.sum(), 10**-_DECIMALS)
            for user, at in row["asked"]:
                read = read_time(at)
                time = int(seconds(np.array([read[0]], np.int64))[0]) if read else NO_TIME
                found += [(user, item, kind, float(w), time) for item, w in zip(keys, shares, strict=True) if w > 0]
    return found


def _by_index(db: Database, schema: GraphSchema, kind: str, k: int) -> tuple[str, dict[str, Any]]:
    """Return the query for the nearest items of searches, using the index over the items' text if it exists."""
    name = db.index_name(VECTOR_INDEXES["text"])
    for row in db.read(queries.load("embed/indexes")):
        size = row["config"].get("vector.dimensions")
        if size and (row["name"], row["state"], row["labels"]) == (name, "ONLINE", [index_label(schema, "item")]):
            more = {"index": name, "dimensions": size, "candidates": max(10 * k, 200)}
            return queries.load("export/searched_indexed", schema, RATED=kind), more
    return queries.load("export/searched", schema, RATED=kind), {}
