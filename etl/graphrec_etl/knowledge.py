"""Build knowledge edges between items and entities from triples, links and names.

An entity that is linked to items stands for these items: its triples attach to them, and it gets no node of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from graphrec_etl.model import EdgeBuilder, Tables
from graphrec_etl.relations import Pairs, merge_inverses, names


def attach(
    tables: Tables,
    triples: dict[str, Pairs],
    links: dict[str, str],
    entity_names: dict[str, str],
    reserved: Iterable[str],
) -> None:
    """Add the entities and knowledge edges of ``triples`` to ``tables``.

    Parameters
    ----------
    tables
        Must already contain the items.
    triples
        Relation → (head entity, tail entity) pairs.
    links
        Item id → entity id.
    entity_names
        Entity id → name.
    reserved
        Relationship types that are already in use.
    """
    items: dict[str, list[int]] = defaultdict(list)
    for item, entity in links.items():
        items[entity].append(tables.items.codes[item])
    kept, tables.merged = merge_inverses(triples, set(items))
    named = names(kept, reserved)
    tables.relations = {relation: named[relation].type for relation in sorted(kept)}
    for relation in sorted(kept):
        name = named[relation]
        builders: dict[tuple[str, str], EdgeBuilder] = {}
        for head, tail in sorted(kept[relation]):
            start, heads = _ends(tables, head, items, name.start_kind)
            end, tails = _ends(tables, tail, items, name.end_kind)
            builder = builders.setdefault((start, end), EdgeBuilder(name.type, start, end))
            for one in heads:
                for other in tails:
                    builder.add(one, other)
        tables.edges += [builder.build() for builder in builders.values()]
    unknown = 0
    for entity, text in entity_names.items():
        code = tables.entities.codes.get(entity)
        if code is not None:
            tables.entities.properties[code]["name"] = text
        elif entity not in items:
            unknown += 1
    if unknown:
        tables.orphans["names of entities in no triple"] = unknown
    outside = len(set(items) - {end for pairs in triples.values() for pair in pairs for end in pair})
    if outside:
        tables.orphans["linked entities in no triple"] = outside


def _ends(tables: Tables, entity: str, items: dict[str, list[int]], kind: str | None) -> tuple[str, list[int]]:
    """Return the role and the nodes that represent an entity."""
    if entity in items:
        return "item", items[entity]
    code = tables.entities.add(entity)
    if kind:
        tables.entities.kinds.setdefault(code, set()).add(kind)
    return "entity", [code]
