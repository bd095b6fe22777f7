"""Users and items by several labels, by a predicate, or of one label: what is read, and what is refused."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from graphrec.common.errors import ConfigError, GraphError
from graphrec.config.roles import ItemRole, UserRole
from graphrec.config.schema import Behaviour, GraphSchema
from graphrec.db.database import Database
from graphrec.graph.read import read

#: h1 follows h2, h3 and themself; h2 follows h3, h3 follows h2; h2 and h3 are stars; all live somewhere.
PEOPLE = """
CREATE (a:Person {handle: 'h1'}), (b:Person {handle: 'h2', star: true}), (c:Person {handle: 'h3', star: true}),
  (x:Person {handle: 'h4', age: 30}), (paris:City {name: 'Paris'}),
  (a)-[:FOLLOWS]->(b), (a)-[:FOLLOWS]->(c), (a)-[:FOLLOWS]->(a), (b)-[:FOLLOWS]->(c), (c)-[:FOLLOWS]->(b),
  (b)-[:LIVES_IN]->(paris), (c)-[:LIVES_IN]->(paris), (a)-[:LIVES_IN]->(paris)
"""
PERSON = ("Person", "handle")
FOLLOWS = {"FOLLOWS": Behaviour()}


def pairs(db: Database, schema: GraphSchema) -> set[tuple[str, str]]:
    """Return who follows whom, as read."""
    found = read(db, schema)
    users, items = found.stores["user", "FOLLOWS", "item"].edge_index.tolist()
    return {(found.users[user], found.items[item]) for user, item in zip(users, items, strict=True)}


def test_people_who_are_both(db: Database) -> None:
    db.write(PEOPLE)
    both = GraphSchema(user=UserRole(*PERSON), item=ItemRole(*PERSON), behaviours=FOLLOWS)
    assert pairs(db, both) == {("h1", "h2"), ("h1", "h3"), ("h2", "h3"), ("h3", "h2")}
    stars = GraphSchema(user=UserRole(*PERSON), item=ItemRole(*PERSON, where="i.star"), behaviours=FOLLOWS)
    found = read(db, stars)
    assert (found.users, found.items) == (["h1", "h2", "h3", "h4"], ["h2", "h3"])
    assert found.stores["user"].themselves.tolist() == [-1, 0, 1, -1]
    assert found.schema.knowledge == ("LIVES_IN",)
    assert found.stores["item", "LIVES_IN", "entity"].edge_index.tolist() == [[0, 1], [0, 0]]  # h1 is no item
    fans = GraphSchema(
        user=UserRole(*PERSON, where="NOT coalesce(u.star, false)"),
        item=ItemRole(*PERSON, where="i.star"),
        behaviours=FOLLOWS,
    )
    assert pairs(db, fans) == {("h1", "h2"), ("h1", "h3")}
    db.write("MATCH (p:Person {star: true}) SET p:Star")
    with pytest.raises(GraphError, match="some nodes are both 'Person' and 'Star'"):
        read(db, GraphSchema(user=UserRole(*PERSON), item=ItemRole("Star", "handle"), behaviours=FOLLOWS))


def test_a_predicate_is_checked_before_anything_is_read(db: Database, caplog: pytest.LogCaptureFixture) -> None:
    db.write(PEOPLE)

    def of(where: str) -> GraphSchema:
        return GraphSchema(user=UserRole(*PERSON, where=where), item=ItemRole(*PERSON), behaviours=FOLLOWS)

    with pytest.raises(ConfigError, match=r"\[graph.user\] where 'u.age >': Neo4j says"):
        read(db, of("u.age >"))
    with pytest.raises(ConfigError, match=r"\[graph.user\] where 'i.star': Neo4j says"):
        read(db, of("i.star"))
    with pytest.raises(ConfigError, match="it may only read"):
        read(db, of("EXISTS { MATCH (x) DELETE x }"))
    with pytest.raises(GraphError, match=r"no users: \[graph.user\] where = 'u.staar' is true for none of 4 'Person'"):
        read(db, of("u.staar"))
    assert "[graph.user] where: the graph has no property 'staar': did you mean 'star'" in caplog.text


@pytest.mark.parametrize(
    ("key", "labels", "said"),
    [
        ("ref: 'm' + n", ["Movie", "Series"], "20 WATCHED lead to 'Series' too"),
        ("ref: 't' + n % 10", "Movie", "20 WATCHED lead to 'Series' too, left out, as 'ref' does not identify both"),
    ],
)
def test_items_under_two_labels(db: Database, run: Any, key: str, labels: object, said: str) -> None:
    db.write(f"UNWIND range(1, 20) AS n CREATE (i:Item {{n: n, {key}}})")
    db.write("MATCH (i:Item) SET i:$(CASE WHEN i.n <= 10 THEN 'Movie' ELSE 'Series' END) REMOVE i:Item")
    db.auto("CREATE CONSTRAINT FOR (m:Movie) REQUIRE m.ref IS UNIQUE")
    db.write(
        "UNWIND range(1, 30) AS n CREATE (v:Viewer {viewerId: n}) WITH v, n UNWIND [n, n + 7, n + 1] AS k "
        "MATCH (i:Movie|Series {n: 1 + k % CASE WHEN n % 3 = 0 THEN 20 ELSE 10 END}) CREATE (v)-[:WATCHED]->(i)"
    )
    db.write("MATCH (:Viewer)-[r:WATCHED]->(:Series) WITH r SKIP 20 DELETE r")
    db.write("MATCH (i:Movie|Series) REMOVE i.n")
    text = run("inspect").stdout
    assert tomllib.loads(text)["graph"]["item"]["label"] == labels
    number = db.read("MATCH (:Viewer)-[r:WATCHED]->(:Series) RETURN count(r)")[0][0]
    assert said.replace("20", str(number)) in text
