"""Roles of Neo4j Enterprise and Aura for who serves, sends events, publishes or administers, as Cypher for an operator.

Administration commands take no names as parameters, so the text has them quoted; graphrec prints it and runs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, get_args

from graphrec.config.schema import NODES, GraphSchema, quoted
from graphrec.config.settings import Settings
from graphrec.db.own_names import INDEX_LABELS

Part = Literal["serve", "events", "publish", "admin"]
PARTS: tuple[Part, ...] = get_args(Part)
#: What an account of the role can run.
ABOUT: dict[Part, str] = {
    "serve": "reads alone: every command that reads, and the service without POST /v1/events and /v1/impressions",
    "events": "what serve may, and what POST /v1/events and /v1/impressions write",
    "publish": "what serve may, and embed, publish, update, rollback and write, which write what is graphrec's own",
    "admin": "every command: also load, forget, db clean, and POST, PUT and DELETE /v1/items",
}
#: Labels and types that are graphrec's own, as publishing writes them.
NODE_LABELS = ("Run", "Recommender", "GraphrecLock")
LINK_TYPES = ("RECOMMENDED", "SIMILAR", "ACTIVE", "GRAPHREC_COPY")
_PROCEDURES = ("db.index.*", "db.awaitIndex*", "db.labels", "db.propertyKeys", "db.relationshipTypes")
_MORE_PROCEDURES = ("db.schema.visualization", "dbms.components", "dbms.routing.getRoutingTable")


def role_script(settings: Settings, part: Part, database: str, aura: bool = False) -> str:
    """Return the commands that make a role, for the database ``system``.

    Parameters
    ----------
    settings
        The project; the mapping says which labels and types are whose.
    part
        What the role is for.
    database
        The database with the graph.
    aura
        Whether to leave out what Aura has by itself: it lets nobody grant procedures.
    """
    role = f"graphrec_{part}"
    lines = [
        f"// {role}: {ABOUT[part]}.",
        "// Run this in the database system, then: GRANT ROLE " + role + " TO name;",
        f"CREATE ROLE {role} IF NOT EXISTS;",
        *(f"GRANT {privilege} TO {role};" for privilege in privileges(settings, part, database, aura)),
    ]
    return "\n".join(lines)


def privileges(settings: Settings, part: Part, database: str, aura: bool = False) -> Iterator[str]:
    """Yield what a role is granted, as it stands between GRANT and TO."""
    graph, on = f"ON GRAPH {quoted(database)}", f"ON DATABASE {quoted(database)}"
    yield f"ACCESS {on}"
    yield f"MATCH {{*}} {graph} ELEMENTS *"
    yield f"SHOW INDEX {on}"
    yield f"SHOW CONSTRAINT {on}"
    if not aura:
        yield f"EXECUTE PROCEDURE {', '.join((*_PROCEDURES, *_MORE_PROCEDURES))} ON DBMS"
    if part == "events":
        yield from _events(settings, graph, on)
    elif part == "publish":
        yield from _publish(settings.graph, graph)
        if not aura:
            yield "EXECUTE PROCEDURE db.create.setNodeVectorProperty ON DBMS"
    elif part == "admin":
        yield f"WRITE {graph}"
        if not aura:
            yield "EXECUTE PROCEDURE db.create.setNodeVectorProperty ON DBMS"
    if part in ("publish", "admin"):
        yield f"NAME MANAGEMENT {on}"
        yield f"INDEX MANAGEMENT {on}"
        yield f"CONSTRAINT MANAGEMENT {on}"


def _events(settings: Settings, graph: str, on: str) -> Iterator[str]:
    schema = settings.graph
    direct = [kind for kind, mapped in schema.behaviours.items() if mapped.path is None]
    types = _names([*direct, *settings.recommend.blocked, *schema.searches, "SHOWN"])
    users = _names(schema.user.labels)
    yield f"CREATE {graph} RELATIONSHIPS {types}"
    yield f"SET PROPERTY {{*}} {graph} RELATIONSHIPS {types}"
    yield f"CREATE {graph} NODES {users}"
    yield f"SET PROPERTY {{{_names(schema.user.keys)}}} {graph} NODES {users}"
    if schema.searches:
        found = _names(search.label for search in schema.searches.values())
        yield f"CREATE {graph} NODES {found}"
        yield f"SET PROPERTY {{*}} {graph} NODES {found}"
    yield f"CREATE NEW RELATIONSHIP TYPE {on}"
    yield f"CREATE NEW PROPERTY NAME {on}"
    yield f"CREATE CONSTRAINT {on}"


def _publish(schema: GraphSchema, graph: str) -> Iterator[str]:
    nodes, links = _names(NODE_LABELS), _names(LINK_TYPES)
    both = _names([*schema.user.labels, *schema.item.labels])
    own = [name for label in ("User", "Item") for name in NODES[label] if name not in _THEIRS]
    for right in ("CREATE", "DELETE", "SET PROPERTY {*}"):
        yield f"{right} {graph} NODES {nodes}"
        yield f"{right} {graph} RELATIONSHIPS {links}"
    yield f"SET PROPERTY {{{_names(own)}}} {graph} NODES {both}"
    for right in ("SET LABEL", "REMOVE LABEL"):
        yield f"{right} {_names(INDEX_LABELS.values())} {graph}"


def _names(some: Iterable[str]) -> str:
    return ", ".join(quoted(name) for name in dict.fromkeys(some))


#: Properties of users and items that loading writes, and nothing else of graphrec's.
_THEIRS = frozenset(
    ("userId", "itemId", "entityId", "title", "description", "image", "audio", "hidden", "stock", "expiresAt")
)
