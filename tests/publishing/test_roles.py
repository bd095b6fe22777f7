"""Who is a user and what is an item, in other ways than one label and one key: from inspect to db clean."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest

import graphrec
from graphrec.config.settings import load_settings
from graphrec.db.database import Database
from graphrec.runs.store import open_run

PEOPLE = """
UNWIND range(1, 40) AS n
CREATE (:Person {tenant: CASE WHEN n <= 20 THEN 'acme' ELSE 'b/"c' END, handle: n % 20, name: 'N' + n, n: n})
"""
FOLLOWS = """
MATCH (a:Person) UNWIND range(1, 6) AS k MATCH (b:Person {n: 1 + (a.n * k + k) % 40})
MERGE (a)-[:FOLLOWS {since: date('2024-01-01')}]->(b)
"""


def left(run: Any, *args: object) -> Any:
    """Run a command that succeeds."""
    found = run(*args)
    assert found.exit_code == 0, found.stderr
    return found


def number(db: Database, query: str) -> int:
    """Return what a query counts."""
    return int(db.read(query)[0][0])


def forget_with_reasons(db: Database, run: Any) -> None:
    """Forget a person: the reasons of others that name them go too."""
    named = """MATCH (p)-[r:RECOMMENDED]->() WHERE '["acme",7]' IN r.reasonItems"""
    active = "EXISTS { (:Recommender)-[:ACTIVE]->(run:Run) WHERE run.runId = r.runId }"
    tenant, handle = db.read(f"{named} AND {active} RETURN p.tenant, p.handle")[0].values()
    asked = json.loads(left(run, "cypher", "why", "-p", f"user={tenant}/{handle}", "-p", "least=1", "--json").stdout)
    user = json.dumps([tenant, handle], separators=(",", ":"))
    said = db.read(asked["query"], **asked["parameters"] | {"user": user, "item": None})
    assert all(row["exists"] for row in said)
    assert "N7" in [title for row in said for title in row["viaTitles"]]
    assert "reasons of others' recommendations" in left(run, "forget", "acme/7", "--dry-run").stdout
    left(run, "forget", "acme/7", "--yes")
    assert number(db, f"{named} RETURN count(*)") == 0
    held = "r.reasonKinds IS NOT NULL AND 3 * size(r.reasonKinds) = size(r.reasonItems)"
    assert number(db, f"MATCH ()-[r:RECOMMENDED]->() WHERE {held} RETURN count(*)") > 0


@pytest.mark.long
def test_people_follow_people_whom_two_properties_identify(db: Database, run: Any) -> None:
    for query in (PEOPLE, FOLLOWS, "MATCH (p:Person) REMOVE p.n"):
        db.write(query)
    db.auto("CREATE CONSTRAINT FOR (p:Person) REQUIRE (p.tenant, p.handle) IS UNIQUE")
    graph = tomllib.loads(left(run, "inspect", "--write").stdout)["graph"]
    assert graph["user"] == {"label": "Person", "key": ["tenant", "handle"]}
    assert graph["item"] == {"label": "Person", "key": ["tenant", "handle"], "title": "name", "text": ["name"]}
    assert graph["behaviours"] == {"FOLLOWS": {"weight": 1.0, "time": "since"}}
    left(run, "train", "--epochs", "1", "--device", "cpu")
    with (load_settings().root / "graphrec.toml").open("a") as file:
        file.write("\n[publish]\nreason_users = 1\n")
    left(run, "publish", "-k", "30")
    trained = open_run(load_settings())
    assert trained.split.seen("valid").diagonal().tolist() == [1] * 40  # nor ranked in validation

    # Nobody is recommended to themself, nor whom they follow; who follows them may be.
    assert number(db, "MATCH (p)-[:RECOMMENDED]->(p) RETURN count(*)") == 0
    assert number(db, "MATCH (p)-[:RECOMMENDED]->(q) WHERE EXISTS { (p)-[:FOLLOWS]->(q) } RETURN count(*)") == 0
    assert number(db, "MATCH (p)-[:RECOMMENDED]->(q) WHERE EXISTS { (q)-[:FOLLOWS]->(p) } RETURN count(*)") > 0
    both = "p.embeddingA IS NOT NULL AND p.itemEmbeddingA IS NOT NULL"
    assert number(db, f"MATCH (p:Person) WHERE {both} RETURN count(*)") == 40

    # A composite id is typed with a slash or as JSON, and is a list in JSON and a tuple in Python.
    rows = json.loads(left(run, "recommend", "acme/7", "-k", "30", "--json").stdout)
    live = json.loads(left(run, "recommend", '["acme", 7]', "--now", "-k", "40", "--json").stdout)
    assert [row["item"] for row in live][:30] == [row["item"] for row in rows]
    assert ["acme", 7] not in [row["item"] for row in live]
    tenant, handle = rows[0]["item"]
    assert db.read("MATCH (p:Person {tenant: $tenant, handle: $handle}) RETURN p", tenant=tenant, handle=handle)
    with graphrec.connect() as graph_api:
        frame = graph_api.recommend([("acme", 7), ('b/"c', 7)], k=1)
        assert list(frame["user_id"]) == [("acme", 7), ('b/"c', 7)]
        assert frame["item_id"][0] == (tenant, handle)
    explained = left(run, "explain", "acme/7", f"{tenant}/{handle}", "--evidence", "--json").stdout
    why = json.loads(explained)["evidence"]
    assert "published" in {one["kind"] for one in why}
    assert not any("RECOMMENDED" in one["relations"] + one["incoming"] for one in why)
    shares = json.loads(left(run, "explain", "acme/7", f"{tenant}/{handle}", "--json").stdout)
    assert (shares["user"], shares["item"]) == (["acme", 7], [tenant, handle])
    assert all(isinstance(via["item"], list) for reason in shares["reasons"] for via in reason["via"])
    what_if = json.loads(left(run, "whatif", "acme/7", f"{tenant}/{handle}", "-k", "1", "--json").stdout)
    assert (what_if["user"], what_if["item"]) == (["acme", 7], [tenant, handle])
    assert all(isinstance(one, list) for one in what_if["without"]["removed"])
    assert left(run, "similar", 'b/"c/3', "-k", "2").stdout.count("\n") == 3

    ends = "MATCH (a:Person {tenant: 'acme', handle: 7}), (b:Person {tenant: $tenant, handle: $handle})"
    db.write(f"{ends} CREATE (a)-[:FOLLOWS {{since: date()}}]->(b)", tenant=tenant, handle=handle)
    assert "1 pairs; 1 users" in left(run, "update").stdout
    assert [tenant, handle] not in [
        row["item"] for row in json.loads(left(run, "recommend", "acme/7", "-k", "30", "--json").stdout)
    ]

    forget_with_reasons(db, run)
    assert number(db, "MATCH (p:Person) RETURN count(p)") == 39
    assert '["acme",7]' not in "".join(path.read_text() for path in graph_api.settings.runs.glob("*/ids.json"))
    assert "already active" in left(run, "publish", "-k", "30").stdout  # its numbers are without them, and complete
    left(run, "db", "clean", "--yes")
    assert number(db, "MATCH (p:Person) WHERE size(keys(p)) <> 3 RETURN count(p)") == 0


STOCK = """
UNWIND range(1, 40) AS n
CREATE (i:Thing {ref: 't' + n, title: 'Thing ' + n, inStock: n <> 3})
MERGE (g:Genre {name: 'Genre ' + n % 5}) CREATE (i)-[:IN_GENRE]->(g)
SET i:$(CASE WHEN n <= 30 THEN ['Movie'] ELSE ['Series'] END)
REMOVE i:Thing
"""
MEMBERS = """
UNWIND range(1, 41) AS n CREATE (m:Member {n: n, name: 'M' + n % 3, active: n <> 41})
WITH m UNWIND range(0, 6) AS k
MATCH (i:Movie|Series {ref: 't' + (1 + (m.n % 5 + 5 * ((m.n + k * 3) % 8)) % 40)})
MERGE (m)-[:RATED]->(i)
"""
SUBSET = """
[graph.user]
label = "Member"
key = "elementId()"
where = "u.active"

[graph.item]
label = ["Movie", "Series"]
key = "ref"
text = ["title"]
where = "i.inStock AND EXISTS { (i)-[:IN_GENRE]->(:Genre) }"
"""


@pytest.mark.long
def test_items_of_two_labels_and_users_without_a_key(db: Database, run: Any, tmp_path: Any) -> None:
    for query in (STOCK, MEMBERS, "MATCH (m:Member) REMOVE m.n"):
        db.write(query)
    proposed = run("inspect")
    graph = tomllib.loads(proposed.stdout)["graph"]
    assert (graph["item"]["label"], graph["user"]["key"]) == (["Movie", "Series"], "elementId()")
    (tmp_path / "graphrec.toml").write_text(SUBSET, encoding="utf-8")
    left(run, "embed", "--text", "tfidf")
    left(run, "train", "--epochs", "1", "--device", "cpu")
    said = left(run, "publish", "-k", "39").stdout
    assert "40 users, 39 items" in said  # without the one who is not active, and the one out of stock
    out = "NOT coalesce(n.active, n.inStock)"
    stored = "n.embeddingA IS NOT NULL OR n.textVector IS NOT NULL OR EXISTS { (n)-[:RECOMMENDED]-() }"
    assert number(db, f"MATCH (n:Member|Movie|Series) WHERE {out} AND ({stored}) RETURN count(n)") == 0
    labels = "SHOW VECTOR INDEXES YIELD name, labelsOrTypes WHERE name IN ['itemText', 'itemEmbeddingA'] RETURN *"
    assert {row["labelsOrTypes"][0] for row in db.auto(labels)} == {"GraphrecItem"}

    member, away = (
        str(db.read("MATCH (m:Member {active: $active}) RETURN elementId(m) AS id", active=active)[0]["id"])
        for active in (True, False)
    )
    rows = json.loads(left(run, "recommend", member, "-k", "39", "--json").stdout)
    assert {int(row["item"][1:]) > 30 for row in rows} == {True, False}
    assert "no (Member where u.active) has elementId()" in run("recommend", away).stderr
    assert json.loads(left(run, "search", "Thing 33", "-k", "1", "--json").stdout)[0]["item"] == "t33"
    assert left(run, "similar", "t33", "--by", "text", "-k", "2").stdout.count("\n") == 3
    assert left(run, "similar", "t2", "-k", "50").stdout.count("\n") == 39
    assert run("similar", "t3").exit_code == 2

    db.write("MATCH (i:Movie {ref: 't3'}) SET i.inStock = true")
    assert "(1 new)" in left(run, "update").stdout
    left(run, "forget", member, "--yes")
    left(run, "forget", away, "--yes")  # a person outside of the sub-set is forgotten too
    left(run, "db", "clean", "--yes")
    assert number(db, "MATCH (n:GraphrecItem) RETURN count(n)") == 0
    assert number(db, "MATCH (n:Member|Movie|Series) WHERE size(keys(n)) > 3 RETURN count(n)") == 0
