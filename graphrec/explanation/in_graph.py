"""Names and paths of an explanation, as the database has them now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from graphrec.config.schema import GraphSchema
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.explanation.explanation import Explanation
from graphrec.explanation.named_reason import NamedReason, Via
from graphrec.explanation.reasons import OTHERS


def named(
    db: Database, schema: GraphSchema, found: Explanation, title: str | None = None, reason_users: int = OTHERS
) -> Explanation:
    """Return an explanation with the titles, behaviours and relations that the database has.

    Parameters
    ----------
    db, schema
        The database and its mapping.
    found
        The explanation, with ids.
    title
        The item's title, if it is known.
    reason_users
        Other users who must have both items of an ``item`` reason now; it is left out where fewer have.
    """
    paths: list[tuple[Via, NamedReason | None]] = [(one, reason) for reason in found.reasons for one in reason.via]
    paths += [(one, None) for one, _ in found.past_items]
    others = _others(db, schema, found)
    rows = iter(_rows(db, schema, found, paths))
    reasons = []
    for reason in found.reasons:
        known = [next(rows) for _ in reason.via]
        one = _reason(reason, known, others)
        if one.kind != "item" or one.count >= reason_users:
            reasons.append(one)
    past_items = [(_via(one, next(rows)), share) for one, share in found.past_items]
    return replace(found, title=title or found.title, reasons=reasons, past_items=past_items)


def _rows(
    db: Database, schema: GraphSchema, found: Explanation, paths: list[tuple[Via, NamedReason | None]]
) -> list[dict[str, Any]]:
    if not paths:
        return []
    related = [one.entity if one is not None and one.kind == "related" else None for _, one in paths]
    entities = [one.entity if one is not None and one.kind == "entity" else None for _, one in paths]
    rows = db.read(
        queries.load("query/paths", schema),
        user=found.user,
        item=found.item,
        via=[via.item for via, _ in paths],
        entities=entities,
        related=related,
        strengths={name: behaviour.key(behaviour.strength) for name, behaviour in schema.behaviours.items()},
        behaviours=[name for name, behaviour in schema.behaviours.items()] or None,
        knowledge=None if schema.knowledge is None else list(schema.knowledge),
    )
    return [dict(row) for row in rows]


def _others(db: Database, schema: GraphSchema, found: Explanation) -> dict[Any, int]:
    """Return the number of other users who have both the item and each item of an ``item`` reason."""
    via = [reason.via[0].item for reason in found.reasons if reason.kind == "item"]
    if not via:
        return {}
    targets = [name for name, behaviour in schema.behaviours.items() if behaviour.target]
    rows = db.read(
        queries.load("query/users_of_both", schema),
        user=found.user,
        item=found.item,
        via=via,
        behaviours=targets or None,
    )
    return {row["via"]: row["others"] for row in rows}


def _via(one: Via, row: Mapping[str, Any]) -> Via:
    return replace(
        one,
        title=row["title"],
        behaviours=tuple(sorted(row["behaviours"])) or one.behaviours,
        strength=row["strength"],
        relations=tuple(sorted(row["viaRelations"])) or one.relations,
    )


def _reason(reason: NamedReason, rows: list[dict[str, Any]], others: Mapping[Any, int]) -> NamedReason:
    via = tuple(_via(one, row) for one, row in zip(reason.via, rows, strict=True))
    done = all(row["behaviours"] for row in rows)
    first = rows[0]
    match reason.kind:
        case "entity" | "related":
            there = done and all(row["viaRelations"] and row["itemRelations"] for row in rows)
            relations = tuple(sorted(first["itemRelations"])) or reason.relations
            return replace(reason, via=via, name=first["name"] or reason.name, relations=relations, exists=there)
        case "link":
            relations = tuple(sorted(first["links"])) or reason.relations
            return replace(reason, via=via, relations=relations, exists=done and bool(first["links"]))
        case "item":
            return replace(reason, via=via, count=others.get(reason.via[0].item, 0), exists=done)
        case "content":
            return replace(reason, via=via, exists=done)
