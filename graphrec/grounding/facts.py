"""Facts about an item, and about a user and an item, with the nodes and relationships that say so."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from graphrec.common.printable import printable
from graphrec.config.schema import GraphSchema, is_own_property
from graphrec.config.serve_settings import ServeSettings
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.explanation.explanation import Explanation
from graphrec.explanation.named_reason import Via
from graphrec.grounding.fact import USER, Fact
from graphrec.grounding.mentions import key
from graphrec.grounding.relations import ROLES, role_of, words_of
from graphrec.grounding.sensitive import Sensitive

__all__ = ["USER", "Fact", "gather", "gather_items", "not_told"]

#: Relationships of an item that are read; its facts of one type, and those of its properties, at most.
EDGES, PER_TYPE, PROPERTIES = 300, 12, 60
#: Longest value: longer ones are texts, not facts.
LONGEST = 120
#: Properties that are no facts about an item.
_NOT = re.compile(r"(?i)(\A|_)(id|uuid|url|uri|image|audio|poster|path|hash|hidden|split)\Z|[a-z]Id\Z|_id\Z|Url\Z")
#: A reason: the relation of its facts.
BECAUSE = "because"


def gather(
    db: Database,
    schema: GraphSchema,
    item: Any,
    explanation: Explanation | None = None,
    sensitive: Sensitive | None = None,
    withheld: Collection[str] = (),
) -> tuple[Fact, ...]:
    """Return the facts about an item, and with an explanation of its score, about its user too.

    Facts about the item come first. Of the user's items only those that raise the score are told, with their exact part
    of it, and of the knowledge around these only what the item has too. What would tell a sensitive subject of the user
    is left out, and nothing is told of other users.

    Parameters
    ----------
    db, schema
        The database, and its mapping with the knowledge that the graph has
        (:func:`graphrec.graph.mapping.resolve`): any other relationship may lead to what users wrote or bought.
    item
        Its id as stored.
    explanation
        See :func:`graphrec.serving.explain_score.explain_score`.
    sensitive
        What must not be inferred about a user; by default everything that graphrec knows as such.
    withheld
        Properties that are no facts: see :func:`not_told`.
    """
    judge = sensitive or Sensitive()
    vias = _vias(explanation, judge) if explanation is not None else []
    rows = _rows(db, schema, [item, *(via.item for via, _ in vias)])
    found: list[dict[str, Any]] = []
    if item not in rows:
        return ()
    mine = list(_of_item(rows[item], schema, withheld))
    found += mine
    if explanation is not None and vias:
        title = str(mine[0]["subject"]) if mine else printable(rows[item]["title"])
        vias = [one for one in vias if key(one[0].title) != key(title)]
        found += _of_user(db, schema, explanation, vias, title)
        shared = {key(fact["value"]) for fact in mine if fact["kind"] == "knowledge"}
        for row in (rows[via.item] for via, _ in vias if via.item in rows):
            found += [
                fact
                for fact in _of_item(row, schema, withheld)
                if fact["kind"] == "knowledge" and key(fact["value"]) in shared and judge.subject(fact["value"]) is None
            ]
    return _numbered(found)


def gather_items(
    db: Database, schema: GraphSchema, items: Sequence[Any], withheld: Collection[str] = ()
) -> tuple[Fact, ...]:
    """Return the facts about several items, in their order; ``withheld`` as in :func:`gather`."""
    rows = _rows(db, schema, items)
    return _numbered(fact for item in items if item in rows for fact in _of_item(rows[item], schema, withheld))


def not_told(serve: ServeSettings) -> frozenset[str]:
    """Return the properties that say whether an item may be shown: they are the shop's, and no facts about it."""
    return frozenset(filter(None, (serve.hidden, serve.expires, serve.stock)))


def _rows(db: Database, schema: GraphSchema, items: Sequence[Any]) -> dict[Any, Mapping[str, Any]]:
    beside = [*schema.behaviours, *schema.social, *schema.searches]
    given = {"knowledge": None if schema.knowledge is None else list(schema.knowledge), "beside": beside}
    rows = db.read(queries.load("query/item_facts", schema), items=list(items), limit=EDGES, **given)
    return {row["item"]: dict(row) for row in rows}


def _numbered(found: Iterable[dict[str, Any]]) -> tuple[Fact, ...]:
    return tuple(Fact(number=number, **fact) for number, fact in enumerate(found, 1))


def _of_item(row: Mapping[str, Any], schema: GraphSchema, withheld: Collection[str]) -> Iterable[dict[str, Any]]:
    title = printable(row["title"])
    properties = list(_of_properties(row, schema, title, withheld))
    yield from properties[:PROPERTIES]
    told: dict[str, int] = {}
    seen = set[tuple[str, str]]()
    for edge in row["edges"]:
        kind, value = edge["type"], printable(edge["name"])
        # The other way round only where both directions say the same: (person)-[:ACTED_IN]->(film).
        if (not edge["outgoing"] and role_of(kind) not in ROLES) or not _short(value) or (kind, value) in seen:
            continue
        seen.add((kind, value))
        told[kind] = told.get(kind, 0) + 1
        if told[kind] <= PER_TYPE:
            yield _fact(title, kind, value, (row["node"], edge["edge"], edge["node"]))


def _of_properties(
    row: Mapping[str, Any], schema: GraphSchema, title: str, withheld: Collection[str]
) -> Iterable[dict[str, Any]]:
    read = {*withheld, *schema.item.text, *schema.item.keys, schema.item.title, schema.item.image, schema.item.audio}
    for name, value in sorted(row["properties"].items()):
        if name in read or is_own_property(name) or _NOT.search(name):
            continue
        for one in value[:PER_TYPE] if isinstance(value, list) else [value]:
            if _short(one):
                text = f"{one:g}" if isinstance(one, float) else printable(one)
                yield _fact(title, name, text, (row["node"],), "property")


def _fact(
    subject: str, relation: str, value: str, sources: tuple[str, ...], kind: str = "knowledge", detail: str = ""
) -> dict[str, Any]:
    text = f"“{subject}”: {words_of(relation)}: {value}"
    if kind == "behaviour":
        text = f"you {words_of(relation)} “{value}”" + (f" ({detail})" if detail else "")
    elif kind == "reason":
        text = f"“{subject}” is recommended because of “{value}”: {detail} % of its score"
    return {
        "subject": USER if kind == "behaviour" else subject,
        "relation": relation,
        "value": value,
        "sources": sources,
        "text": text,
        "kind": kind,
        "detail": detail,
    }


def _short(value: Any) -> bool:
    if isinstance(value, bool) or value is None:
        return False
    return isinstance(value, (int, float)) or (isinstance(value, str) and 0 < len(value.strip()) <= LONGEST)


def _vias(explanation: Explanation, sensitive: Sensitive) -> list[tuple[Via, float]]:
    """Return the user's items that raise the score, each title once, without sensitive ones."""
    vias: dict[str, tuple[Via, float]] = {}
    for via, share in explanation.past_items:
        if share > 0 and via.behaviours and sensitive.subject(via.title) is None:
            vias.setdefault(key(via.title), (via, share))
    return list(vias.values())


def _of_user(
    db: Database, schema: GraphSchema, explanation: Explanation, vias: Sequence[tuple[Via, float]], title: str
) -> Iterable[dict[str, Any]]:
    direct = [name for name, one in schema.behaviours.items() if one.by_path is None]
    rows = db.read(
        queries.load("query/behaviour_ids", schema),
        user=explanation.user,
        items=[via.item for via, _ in vias],
        types=direct if schema.behaviours else None,
    )
    sources = {row["item"]: (*row["nodes"], *row["edges"]) for row in rows}
    for via, share in vias:
        where, name = sources.get(via.item, ()), printable(via.title)
        strength = "" if via.strength is None else f"{via.strength:g}"
        for behaviour in via.behaviours:
            yield _fact(title, behaviour, name, where, "behaviour", strength)
        if explanation.score > 0:
            yield _fact(title, BECAUSE, name, where, "reason", f"{100 * share / explanation.score:.0f}")
