"""A graph whose owner uses graphrec's names keeps everything, from the first command to the removal of graphrec."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphrec.common.errors import GraphError
from graphrec.config.roles import ItemRole, UserRole
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import Settings
from graphrec.content.store import ensure_indexes
from graphrec.db.database import Database
from graphrec.erasure.clean import clean, look
from graphrec.publishing.publish import publish
from graphrec.publishing.registry import published_runs, rollback
from graphrec.publishing.writer import index_titles

TOML = """
[graph]
user = { label = "Reader", key = "card" }
item = { label = "Book", key = "isbn", title = "heading", text = ["heading", "blurb"] }
entity = { label = "Author", key = "authorId", name = "fullName" }
knowledge = ["WRITTEN_BY"]
[graph.behaviours.BORROWED]
[train]
epochs = 2
"""
PREFIX = '[database]\nindex_prefix = "graphrec_"\n'
#: What the owner has, beside the books, under names that graphrec uses too.
OTHERS = """
CREATE (a:Run {runId: 'r', state: 'ready', slot: 'A', token: 'abc', publishedAt: datetime('2099-01-01'), links: 3})
CREATE (:Run {runId: 'w', state: 'writing', users: 'many', token: 5}), (:Run {state: 'ready'}), (:Run {runId: 'r'})
CREATE (p:Recommender {recommenderId: 'theirs', ownIndexes: ['itemTitle']})-[:ACTIVE {since: date('2020-01-01')}]->(a)
CREATE (:Article {title: 'News', textVector: [1.0, 2.0], textHash: 'x'}), (:Thing {embeddingA: [1.0, 2.0]})
CREATE (:Thing {embeddingB: 'b', textWeight: 1.5, contentVector: 'c', contentEncoder: 7})
WITH p
MATCH (u:Reader), (b:Book)
WHERE u.card < 3 AND b.isbn < 3
CREATE (u)-[:RECOMMENDED {by: 'a friend'}]->(b), (u)-[:RECOMMENDED {runId: 'r', rank: 1}]->(b), (b)-[:SIMILAR]->(b)
SET b.audioWeight = 0.5
"""
SCHEMA = (
    "CREATE FULLTEXT INDEX itemTitle FOR (n:Article) ON EACH [n.title]",
    "CREATE VECTOR INDEX itemText FOR (n:Article) ON (n.textVector) "
    "OPTIONS {indexConfig: {`vector.dimensions`: 2, `vector.similarity_function`: 'cosine'}}",
    "CREATE INDEX itemEmbeddingA FOR (n:Thing) ON (n.embeddingA)",
    "CREATE INDEX userEmbeddingB FOR ()-[r:ACTIVE]-() ON (r.since)",
    "CREATE CONSTRAINT recommenderId FOR (n:Recommender) REQUIRE n.recommenderId IS UNIQUE",
    "CREATE CONSTRAINT runId FOR (n:Thing) REQUIRE n.runId IS UNIQUE",
    "CREATE FULLTEXT INDEX bookTitles FOR (n:Book) ON EACH [n.heading]",
)

_VECTOR = "OPTIONS {indexConfig: {`vector.dimensions`: 2, `vector.similarity_function`: 'cosine'}}"
EXACT = (
    "DROP INDEX itemEmbeddingA IF EXISTS",
    f"CREATE VECTOR INDEX itemText FOR (n:Item) ON (n.textVector) {_VECTOR}",
    f"CREATE VECTOR INDEX itemEmbeddingA FOR (n:Item) ON (n.embeddingA) {_VECTOR}",
)


def dump(db: Database) -> dict[str, list[str]]:
    """Return all nodes, relationships, indexes and constraints."""
    found = {
        "nodes": "MATCH (n) RETURN elementId(n) AS id, labels(n) AS labels, properties(n) AS properties ORDER BY id",
        "relationships": "MATCH (a)-[r]->(b) RETURN elementId(r) AS id, type(r) AS kind, elementId(a) AS start, "
        "elementId(b) AS end, properties(r) AS properties ORDER BY id",
        "indexes": "SHOW INDEXES YIELD name, type, entityType, labelsOrTypes, properties, options, owningConstraint "
        "RETURN * ORDER BY name",
        "constraints": "SHOW CONSTRAINTS YIELD name, type, labelsOrTypes, properties RETURN * ORDER BY name",
    }
    rows = {kind: [row.data() for row in db.read(query)] for kind, query in found.items()}
    return {kind: [json.dumps(row, sort_keys=True, default=str) for row in held] for kind, held in rows.items()}


def theirs(db: Database, before: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return the dump without what graphrec has added: it only ever adds."""
    now: dict[str, list[str]] = {}
    old = {json.loads(one)["id"]: json.loads(one) for one in before["nodes"]}
    for kind, rows in dump(db).items():
        known = set(before[kind])
        now[kind] = [row for row in rows if row in known]
        if kind == "nodes":
            for row in map(json.loads, rows):
                if (one := old.get(row["id"])) is None:
                    continue
                mine = {name: value for name, value in row["properties"].items() if name in one["properties"]}
                now[kind] += [json.dumps(row | {"properties": mine}, sort_keys=True)]
            now[kind] = sorted(set(now[kind]), key=lambda one: str(json.loads(one)["id"]))
    return now


@pytest.fixture
def library(bare: Database, settings: Settings) -> Database:
    """Readers and books, and the owner's own data under graphrec's names."""
    db = bare
    for name in ("runId", "recommenderId"):
        db.auto(f"DROP CONSTRAINT {name} IF EXISTS")
    for row in db.read("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP'"):
        db.auto(f"DROP INDEX `{row['name']}`")
    db.write("UNWIND range(0, 3) AS k CREATE (:Author {authorId: k, fullName: 'Author ' + k})")
    db.write(
        "UNWIND range(0, 15) AS k MATCH (a:Author {authorId: k % 4}) "
        "CREATE (:Book {isbn: k, heading: 'Book ' + k, blurb: 'A tale of ' + (k % 4)})-[:WRITTEN_BY]->(a)"
    )
    db.write(
        "UNWIND range(0, 19) AS k CREATE (u:Reader {card: k}) WITH u, k UNWIND range(0, 5) AS j "
        "MATCH (b:Book {isbn: (k % 4 + 4 * (j % 4) + j / 4) % 16}) CREATE (u)-[:BORROWED]->(b)"
    )
    db.write(OTHERS)
    for statement in SCHEMA:
        db.auto(statement)
    Path("graphrec.toml").write_text(TOML, encoding="utf-8")
    yield db
    for name in ("runId", "recommenderId"):
        db.auto(f"DROP CONSTRAINT {name} IF EXISTS")
    for row in db.read("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP'"):
        db.auto(f"DROP INDEX `{row['name']}`")


def test_names_that_are_taken_are_refused_before_anything_is_written(library: Database, run: Callable[..., Any]):
    before = dump(library)
    refused = run("embed")
    assert refused.exit_code == 2
    assert "the name itemText is taken" in refused.stderr
    assert "(:Article).textVector" in refused.stderr
    assert "index_prefix" in refused.stderr
    assert run("train").exit_code == 0
    refused = run("publish")
    assert refused.exit_code == 2
    assert "the name runId is taken" in refused.stderr
    assert dump(library) == before


@pytest.mark.long
def test_a_graph_with_the_same_names_is_unharmed_from_embed_to_clean(library: Database, run: Callable[..., Any]):
    Path("graphrec.toml").write_text(TOML + PREFIX, encoding="utf-8")
    before = dump(library)

    def unharmed(*args: object) -> Any:
        done = run(*args)
        assert done.exit_code == 0, done.stderr
        assert theirs(library, before) == before
        return done

    unharmed("embed")
    unharmed("train")
    unharmed("publish")
    names = {row["name"] for row in library.read("SHOW INDEXES YIELD name")}
    assert {"graphrec_itemText", "graphrec_itemEmbeddingA", "graphrec_userEmbeddingA"} <= names
    (shown,) = json.loads(unharmed("runs", "--json").stdout)
    assert shown["active"]
    assert "token" not in shown
    assert len(json.loads(unharmed("recommend", "1", "--json").stdout)) > 0
    assert json.loads(unharmed("similar", "book 3", "--json").stdout)
    assert json.loads(unharmed("search", "tale", "--json").stdout)
    assert "'graphrec_itemEmbedding' + slot" in unharmed("cypher", "similar").stdout
    assert "'bookTitles'" in unharmed("cypher", "titles").stdout
    library.write("MATCH (u:Reader {card: 1}), (b:Book {isbn: 14}) CREATE (u)-[:BORROWED]->(b)")
    before = dump_of_owner(library, before)
    unharmed("update")
    unharmed("rollback")
    unharmed("train")
    unharmed("publish", "--yes")
    (gone,) = library.read("MATCH (u:Reader {card: 19}) RETURN elementId(u) AS node")
    before["relationships"] = [
        row for row in before["relationships"] if gone["node"] not in (json.loads(row)["start"], json.loads(row)["end"])
    ]
    before["nodes"] = [row for row in before["nodes"] if json.loads(row)["id"] != gone["node"]]
    unharmed("forget", "19", "--yes")
    unharmed("db", "clean", "--dry-run")
    said = json.loads(run("db", "clean", "--yes", "--json").stdout)
    assert (said["runs"], said["pointers"], said["dryRun"]) == (3, 1, False)
    assert said["embeddings"] == {"Reader": 19, "Book": 16}
    assert said["vectors"] == {"text": 16, "content": 16}
    assert dump(library) == before
    again = run("db", "clean", "--yes")
    assert "nothing that graphrec wrote" in again.stdout
    assert dump(library) == before


def dump_of_owner(db: Database, before: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return the owner's part of the dump after the owner has added a BORROWED."""
    now, known = dump(db), set(before["relationships"])
    rows = [row for row in now["relationships"] if row in known or json.loads(row)["kind"] == "BORROWED"]
    return before | {"relationships": rows}


def test_properties_that_are_taken_are_refused(films: Database, film_run: Any, run: Callable[..., Any]):
    films.write("MATCH (i:Item) SET i.contentVector = null")
    films.write("MATCH (i:Item {itemId: '2'}) SET i.imageHash = 'ab12'")
    refused = run("embed")
    assert refused.exit_code == 2
    assert "1 (:Item) nodes, such as '2' have imageHash, which graphrec did not write" in refused.stderr
    films.write("MATCH (u:User {userId: 'anna'}) SET u.embeddingB = [1.0]")
    before = dump(films)
    with pytest.raises(GraphError, match=r"1 \(:User\) nodes have embeddingB, which"):
        publish(films, film_run)
    assert dump(films) == before


def test_an_exact_index_of_the_owners_is_not_cleaned(films: Database):
    """Its name, label and property are graphrec's; the vectors in it are not."""
    films.write("MATCH (i:Item) SET i.textVector = [1.0, 2.0], i.embeddingA = [1.0, 2.0]")
    for statement in EXACT:
        films.auto(statement)
    before = dump(films)
    clean(films, GraphSchema())
    assert dump(films) == before


def test_a_node_in_the_place_of_the_pointer_is_refused(films: Database, film_run: Any):
    films.write("CREATE (:Recommender {recommenderId: 'default', name: 'theirs'})")
    before = dump(films)
    with pytest.raises(GraphError, match=r"recommenderId: 'default'.*is taken"):
        publish(films, film_run)
    clean(films, GraphSchema())
    assert dump(films)["nodes"] == before["nodes"]


def test_weights_of_the_owner_stay_where_the_run_has_none(films: Database, film_run: Any):
    films.write("MATCH (i:Item {itemId: '1'}) SET i.imageWeight = 0.5")
    publish(films, film_run)
    clean(films, GraphSchema())
    assert films.read("MATCH (i:Item {itemId: '1'}) RETURN i.imageWeight AS weight")[0]["weight"] == 0.5


@pytest.mark.long
def test_what_an_earlier_release_published_is_recognised(films: Database, film_run: Any):
    """It recorded nothing on the pointer."""
    before = dump(films)["nodes"], dump(films)["relationships"]
    publish(films, film_run)
    films.write("MATCH (r:Recommender) REMOVE r.ownIndexes, r.ownLabels, r.ownWeights")
    assert len(look(films, GraphSchema()).constraints) == 2
    assert publish(films, film_run).outcome == "unchanged"
    films.write("MATCH (r:Recommender) REMOVE r.ownIndexes, r.ownLabels, r.ownWeights")
    clean(films, GraphSchema())
    assert (dump(films)["nodes"], dump(films)["relationships"]) == before
    names = {row["name"] for row in films.read("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP'")}
    assert not names & {"itemTitle", "itemEmbeddingA", "userEmbeddingA", "runId", "recommenderId"}


@pytest.mark.long
def test_cleaning_resumes_after_an_interruption(films: Database, film_run: Any):
    publish(films, film_run)

    class StopError(Exception):
        """The interruption."""

    for step in range(1, 6):
        seen: list[str] = []

        def stop(said: str, seen: list[str] = seen, step: int = step) -> None:
            seen.append(said)
            if len(seen) == step:
                raise StopError

        with pytest.raises(StopError):
            clean(films, GraphSchema(), stop)
        assert not any(one.active for one in published_runs(films))
        assert look(films, GraphSchema()) or step > 5
    clean(films, GraphSchema())
    assert not look(films, GraphSchema())
    assert publish(films, film_run).outcome == "written"


def test_another_mapping_takes_over_graphrecs_own_indexes(films: Database, film_run: Any):
    publish(films, film_run)
    ensure_indexes(films, GraphSchema(), {"text": 2})
    films.write("CREATE (:Book {isbn: 1, heading: 'Emma'})")
    other = GraphSchema(user=UserRole("Reader", "card"), item=ItemRole("Book", "isbn", title="heading"))
    index_titles(films, other)
    (row,) = films.read("SHOW INDEXES YIELD name, labelsOrTypes WHERE name = 'itemTitle'")
    assert row["labelsOrTypes"] == ["Book"]


def test_rollback_goes_to_no_run_of_the_owners(films: Database, film_run: Any, make_run: Any):
    publish(films, film_run)
    second = make_run(["anna"], ["4", "5"], [[1.0]], [[1.0], [0.5]])
    publish(films, second)
    films.write(
        "MATCH (r:Run {runId: $run}) CREATE (:Run {runId: 'theirs', state: 'ready', publishedAt: r.publishedAt, "
        "links: 'x', users: 'y', slot: 'A'})",
        run=film_run.run_id,
    )
    assert rollback(films) == (film_run.run_id, second.run_id)
    assert "theirs" not in {one.run_id for one in published_runs(films)}
