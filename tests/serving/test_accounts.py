"""Roles for who serves, sends events, publishes or administers: Neo4j Community, which has none, understands them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from graphrec.common.errors import DatabaseError
from graphrec.config.schema import Behaviour, GraphSchema, Searches
from graphrec.config.settings import Settings, load_settings
from graphrec.db.database import Database
from graphrec.publishing.publish import publish
from graphrec.serving.accounts import LINK_TYPES, NODE_LABELS, PARTS, privileges, role_script

FOREIGN = GraphSchema(
    behaviours={"BORROWED `BY": Behaviour(), "RATED": Behaviour()}, searches={"SEARCHED": Searches(label="Asked for")}
)


@pytest.mark.parametrize("part", PARTS)
def test_neo4j_understands_every_command(db: Database, settings: Settings, part: Any) -> None:
    for graph in (GraphSchema(behaviours={"RATED": Behaviour()}), FOREIGN):
        named = msgspec.structs.replace(settings, graph=graph)
        for aura in (False, True):
            for line in role_script(named, part, "my graph", aura).splitlines():
                if not line.startswith("//"):
                    # The parser takes it; Community has no roles. A mistake would be a syntax error.
                    with pytest.raises(DatabaseError, match=r"Unsupported administration command: (CREATE ROLE|GRANT)"):
                        db.auto(line.removesuffix(";"))
    with pytest.raises(DatabaseError, match="Invalid input"):
        db.auto("GRANT MATCHES {*} ON GRAPH neo4j TO somebody")


def test_who_serves_is_granted_nothing_but_reading(settings: Settings) -> None:
    words = {one.split()[0] for one in privileges(settings, "serve", "neo4j")}
    assert words == {"ACCESS", "MATCH", "SHOW", "EXECUTE"}
    assert not any("setNodeVector" in one for one in privileges(settings, "serve", "neo4j"))


def test_the_command_prints_them(films: Database, run: Callable[..., Any], tmp_path: Path) -> None:
    left = run("cypher", "roles", "--for", "events")
    assert left.exit_code == 0
    assert "GRANT CREATE ON GRAPH neo4j RELATIONSHIPS RATED, BLOCKED, SHOWN TO graphrec_events;" in left.stdout
    lines = json.loads(run("cypher", "roles", "--for", "publish", "--aura", "--json").stdout)
    assert lines[0] == "CREATE ROLE graphrec_publish IF NOT EXISTS"
    assert not any("PROCEDURE" in line for line in lines)
    assert run("cypher", "roles").exit_code == 2
    assert run("cypher", "why", "--for", "serve").exit_code == 2
    assert "is not known" in run("cypher", "roles", "--for", "events", "--offline").stderr


def _held(db: Database) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Return (label, property) of all nodes, and (type, property) of all relationships."""
    nodes = db.read("MATCH (n) UNWIND labels(n) AS label UNWIND keys(n) AS key RETURN DISTINCT label, key")
    links = db.read("MATCH ()-[r]->() UNWIND keys(r) + [''] AS key RETURN DISTINCT type(r) AS type, key")
    return {(row[0], row[1]) for row in nodes}, {(row[0], row[1]) for row in links}


def test_what_publishing_writes_is_granted(films: Database, film_run: Any, settings: Settings, run: Any) -> None:
    """Compared with what is in the graph before and after: labels, types and properties of the role."""
    films.write("MATCH (i:Item) REMOVE i.contentVector")  # of the test graph's own
    before = _held(films)
    publish(films, film_run, k=3)
    assert run("embed", "--text", "tfidf", "--image", "none", "--audio", "none").exit_code == 0
    nodes, links = (after - there for after, there in zip(_held(films), before, strict=True))
    assert nodes
    assert links
    granted = list(privileges(load_settings(), "publish", "neo4j"))
    (properties,) = [one for one in granted if re.match(r"SET PROPERTY \{[^*]", one)]
    own = set(re.findall(r"\w+", properties.partition("}")[0]))
    for label, key in nodes:
        assert label in NODE_LABELS or (label in ("User", "Item") and key in own), (label, key)
    assert {kind for kind, _ in links} <= set(LINK_TYPES)
    assert any("NODES Run, Recommender" in one for one in granted)
