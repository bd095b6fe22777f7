"""Items under several labels, such as films and series: the labels where the same behaviours also lead."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from graphrec.config.roles import ELEMENT_ID, ItemRole, UserRole
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.graph.keys import COUNTABLE
from graphrec.graph.survey import Survey
from graphrec.graph.vocabulary import ITEMS, words

#: Most labels of items.
_MOST = 8


def with_more_labels(
    db: Database, found: Survey, behaviours: Iterable[str], user: UserRole, item: ItemRole, reasons: dict[str, str]
) -> ItemRole:
    """Return the items with the further labels of nodes that users reach by the same behaviours.

    A label is added if one key identifies the nodes of all labels; else a reason says what was left out.
    """
    for kind in behaviours:
        if max((r.count for r in found.relations if r.kind == kind), default=0) > COUNTABLE:
            continue
        query = queries.load("inspect/other_ends", RATED=kind, User=user.label, Item=item.label)
        while len(item.labels) < _MOST:
            rows = db.read(query)
            names = [name for row in rows for name in row["labels"] if name in found.labels]
            label = next((name for name in names if words(name) & ITEMS), next(iter(names), None))
            if label is None or label in user.labels:
                break
            wider = replace(item, label=(*item.labels, label))
            said = f"{rows[0]['count']:,} {kind} lead to {label!r} too"
            if not _unique(db, wider):
                reasons["item.label"] += f"; {said}, left out, as {item.key_name!r} does not identify both"
                break
            reasons["item.label"] += f"; {said}"
            item = wider
            query = queries.load("inspect/other_ends", RATED=kind, User=user.label, Item=item.label)
    return item


def _unique(db: Database, item: ItemRole) -> bool:
    """Return whether one key identifies the nodes of all labels."""
    if item.key == ELEMENT_ID or item.composite:
        return not item.composite
    row = db.read(queries.load("inspect/key_values", User=item.label, userId=item.keys[0]))[0]
    return bool(row["differing"] == row["keyed"] == row["total"])
