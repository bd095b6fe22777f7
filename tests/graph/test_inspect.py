"""``graphrec inspect`` finds users, items and behaviours in graphs it has never seen, and proposes what can be used."""

from __future__ import annotations

import json
import tomllib

import pytest

from graphrec.config.settings import load_settings
from graphrec.db.database import Database
from graphrec.graph.hetero import load_graph
from graphrec.graph.vocabulary import words

MANY = (
    "UNWIND range(0, 9) AS a UNWIND range(0, 9) AS b WITH a, b WHERE (a + b) % 3 = 0 "
    "MATCH (x:{0} {{k: a}}), (y:{1} {{k: b}}) CREATE (x)-[:{2}]->(y)"
)


def people(db: Database, *labels: str) -> None:
    for label in labels:
        db.write(f"UNWIND range(0, 9) AS k CREATE (:{label} {{k: k, id: toString(k)}})")


def test_the_proposal_for_a_foreign_graph_loads_and_reads(library: Database, run, tmp_path):
    result = run("inspect", "--write")
    assert result.exit_code == 0, result.stderr
    assert (tmp_path / "graphrec.toml").read_text() == result.stdout
    schema = load_settings().graph
    assert (schema.user.label, schema.user.key) == ("Big Reader", "card no")
    assert (schema.item.label, schema.item.key, schema.item.text) == ("Book", "isbn", ("title", "summary"))
    assert schema.behaviours["BORROWED BY CARD"].time == "since"
    assert schema.behaviours["BORROWED BY CARD"].strength is None
    assert schema.knowledge == ("BORN IN", "WRITTEN_BY")
    graph = load_graph(library, schema)
    assert graph.data["user", "BORROWED BY CARD", "item"].edge_index.size(1) == 150
    assert graph.data["entity"].num_nodes == 6


def test_the_proposal_trains(library: Database, run):
    assert run("inspect", "--write").exit_code == 0
    result = run("train", "--epochs", "2", "--device", "cpu")
    assert result.exit_code == 0, result.stderr


def test_every_line_says_why(library: Database, run):
    lines = run("inspect").stdout.splitlines()
    assert [line for line in lines if " = " in line and "  # " not in line and not line.startswith("# ")] == [
        'knowledge = ["BORN IN", "WRITTEN_BY"]',
        'personal = ["Big Reader.name"]',
    ]
    assert "# (:Book)-[:WRITTEN_BY]->(:Author)" in lines
    assert 'label = "Big Reader"  # 30 nodes; 5.0 BORROWED BY CARD each; matches by name' in lines


def test_json(library: Database, run):
    result = run("inspect", "--json")
    found = json.loads(result.stdout)
    assert {label["name"]: label["count"] for label in found["labels"]} == {
        "Author": 4,
        "Big Reader": 30,
        "Book": 20,
        "Country": 2,
    }
    assert {(r["head"], r["kind"], r["tail"]): r["count"] for r in found["relationships"]} == {
        ("Big Reader", "BORROWED BY CARD", "Book"): 150,
        ("Book", "WRITTEN_BY", "Author"): 20,
        ("Author", "BORN IN", "Country"): 4,
    }
    assert found["mapping"]["item"]["label"] == "Book"


@pytest.mark.usefixtures("tiny")
def test_our_own_graph(run):
    table = tomllib.loads(run("inspect").stdout)["graph"]
    assert table["user"]["label"] == "User"
    assert table["item"]["label"] == "Item"
    assert table["behaviours"] == {
        "RATED": {"weight": 1.0, "time": "at"},
        "PURCHASED": {"weight": 1.0, "strength": "weight", "time": "at"},
    }
    assert table["social"] == ["FRIEND_OF"]
    assert sorted(table["knowledge"]) == ["HAS_GENRE", "POPULAR_IN", "SEQUEL_OF"]


@pytest.mark.parametrize(
    ("user", "kind", "item"),
    [("Customer", "BOUGHT", "Product"), ("Person", "WATCHED", "Movie"), ("Alpha", "LIKES", "Beta")],
)
def test_names_and_numbers_decide(db: Database, run, user: str, kind: str, item: str):
    people(db, user, item, "Maker")
    db.write(MANY.format(user, item, kind))
    db.write(f"MATCH (a:{item}), (b:Maker {{k: a.k % 3}}) CREATE (a)-[:MADE_BY]->(b)")
    table = tomllib.loads(run("inspect").stdout)["graph"]
    assert (table["user"]["label"], table["item"]["label"], list(table["behaviours"])) == (user, item, [kind])
    assert table["knowledge"] == ["MADE_BY"]


def test_a_behaviour_that_runs_from_item_to_user(db: Database, run):
    people(db, "Reader", "Book")
    db.write(MANY.format("Book", "Reader", "BORROWED_BY"))
    text = run("inspect", "--write").stdout
    table = tomllib.loads(text)["graph"]
    assert (table["user"]["label"], table["item"]["label"]) == ("Reader", "Book")
    assert load_graph(db, load_settings().graph).data["user", "BORROWED_BY", "item"].edge_index.size(1) == 34


def test_acting_in_films_is_no_behaviour(db: Database, run):
    people(db, "Person", "Movie")
    db.write(MANY.format("Person", "Movie", "ACTED_IN"))
    result = run("inspect")
    assert result.exit_code == 2
    assert "(:Person)-[:ACTED_IN]->(:Movie)  34" in result.stderr
    db.write(MANY.format("Person", "Movie", "REVIEWED"))
    assert list(tomllib.loads(run("inspect").stdout)["graph"]["behaviours"]) == ["REVIEWED"]


def test_a_way_through_orders_is_proposed_and_what_else_hangs_on_them_left_out(db: Database, run):
    """Orders are sold by a clerk and sent by a carrier, but neither the clerk nor the order did anything."""
    people(db, "Customer", "Order", "Product", "Clerk")
    db.write("MATCH (c:Customer), (o:Order {k: c.k}) CREATE (c)<-[:OF_CUSTOMER]-(o)")
    db.write(MANY.format("Order", "Product", "CONTAINS"))
    db.write("MATCH (c:Clerk {k: 0}), (o:Order) CREATE (c)-[:SOLD]->(o)")
    db.write("MATCH (o:Order) MERGE (s:Carrier {k: o.k % 3}) CREATE (o)-[:SENT_BY]->(s) ")
    db.write("MATCH (s:Carrier), (p:Product) WHERE s.k = p.k % 3 CREATE (s)-[:CARRIES]->(p)")
    text = run("inspect").stdout
    table = tomllib.loads(text)["graph"]
    path = "(u)<-[:OF_CUSTOMER]-(o:Order)-[:CONTAINS]->(i)"
    assert (table["user"]["label"], table["item"]["label"]) == ("Customer", "Product")
    assert table["behaviours"] == {"ORDER": {"path": path, "weight": 1.0}}
    assert table["knowledge"] == ["CARRIES"]
    for kind in ("SENT_BY", "SOLD"):
        assert f"# left out: {kind}: its :Order nodes belong to one user each" in text


def test_reviews_are_left_out_with_the_reason(tiny: Database, run):
    tiny.write("MATCH (u:User {userId: 'a'}), (i:Item {itemId: 'x'}) CREATE (u)-[:WROTE]->(:Review)-[:ABOUT]->(i)")
    text = run("inspect").stdout
    assert "# left out: ABOUT: its :Review nodes touch items and also users (by WROTE)" in text
    assert "ABOUT" not in tomllib.loads(text)["graph"]["knowledge"]


def test_users_without_a_key(db: Database, run, caplog):
    db.write("UNWIND range(0, 9) AS k CREATE (:Reader {k: k, age: 30}), (:Book {k: k, id: k})")
    db.write(MANY.format("Reader", "Book", "BORROWED"))
    db.write("MATCH (r:Reader) REMOVE r.k")
    result = run("inspect")
    assert tomllib.loads(result.stdout)["graph"]["user"]["key"] == "elementId()"
    assert "no property tells its 10 nodes apart (properties: age (INTEGER))" in caplog.text


def test_the_better_key_wins(db: Database, run):
    db.write(
        "UNWIND range(0, 9) AS k "
        "CREATE (:Reader {readerId: k, a: k, k: k}), (:Book {k: k, isbn: 'i' + k, title: 't' + k})"
    )
    db.write(MANY.format("Reader", "Book", "BORROWED"))
    db.auto("CREATE CONSTRAINT FOR (b:Book) REQUIRE b.title IS UNIQUE")
    table = tomllib.loads(run("inspect").stdout)["graph"]
    assert table["user"]["key"] == "readerId"
    assert table["item"]["key"] == "title"


def test_a_mapping_is_never_overwritten(library: Database, run, tmp_path):
    file = tmp_path / "graphrec.toml"
    file.write_text("[train]\nepochs = 7\n")
    assert run("inspect", "--write").exit_code == 0
    assert load_settings().train.epochs == 7
    assert load_settings().graph.user.label == "Big Reader"
    before = file.read_text()
    result = run("inspect", "--write")
    assert result.exit_code == 2
    assert "has a [graph] table already" in result.stderr
    assert file.read_text() == before
    assert [f.name for f in tmp_path.glob("graphrec.toml*")] == ["graphrec.toml"]


def test_an_empty_database(db: Database, run):
    result = run("inspect")
    assert result.exit_code == 2
    assert "the database is empty" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("name", "expected"),
    [("BigReader", {"big", "reader"}), ("big readers", {"big", "reader"}), ("TV_SHOW", {"tv", "show"}), ("42", set())],
)
def test_words(name: str, expected: set[str]):
    assert words(name) >= expected
