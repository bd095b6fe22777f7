"""Which property identifies users and items: what ``inspect`` picks, what it says, and what reading does with it."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest

from graphrec.config.settings import load_settings
from graphrec.db.database import Database
from graphrec.graph.hetero import load_graph

BOUGHT = """
UNWIND range(1, 30) AS a UNWIND range(0, 5) AS k
MATCH (u:Customer {n: a}), (i:Product {n: 1 + (a + k * 3) % 20})
CREATE (u)-[:BOUGHT]->(i)
"""


CUSTOMERS = "MATCH (c:Customer) RETURN properties(c) AS has ORDER BY elementId(c)"


def shop(db: Database, customer: str, product: str) -> None:
    """Make 30 customers and 20 products with properties of a number ``n``, and what was bought."""
    db.write(f"UNWIND range(1, 30) AS n CREATE (:Customer {{n: n, {customer}}})")
    db.write(f"UNWIND range(1, 20) AS n CREATE (:Product {{n: n, {product}}})")
    db.write(BOUGHT)
    db.write("MATCH (x:Customer|Product) REMOVE x.n")


def mapping(run: Any) -> dict[str, Any]:
    """Return the proposed ``[graph]``, after writing it."""
    left = run("inspect", "--write")
    assert left.exit_code == 0, left.stderr
    return tomllib.loads(left.stdout)["graph"]


def trained(run: Any) -> None:
    """Write the proposal, train and publish."""
    mapping(run)
    for command in (("train", "--epochs", "1", "--device", "cpu"), ("publish", "-k", "3")):
        left = run(*command)
        assert left.exit_code == 0, left.stderr


PROSE = "description: 'A fine lamp of ' + n + ' parts, that nobody would type as an id, and so it is not one'"


@pytest.mark.parametrize(
    ("properties", "key"),
    [
        (f"name: 'Lamp ' + n, {PROSE}, price: 10.5 + n", "name"),
        ("title: 'Motion ' + n, released: 1970 + n, tagline: 'Line ' + n", "title"),
        ("rdfs__label: 'Lamp ' + n, uri: 'http://e.org/' + n", "uri"),
        ("name: 'Lamp ' + n, productID: 'p' + n, imdbId: 't' + n, year: 1900 + n", "productID"),
        ("label: 'Lamp ' + n, sku: 's' + n, email: 'e' + n, address: n + ' High Street'", "sku"),
        ("weight: n, code: 'c' + n, cost: n", "code"),
        ("asin: 'a' + n, id: n % 3", "asin"),
        ("made: toString(date('2020-01-01') + duration({days: n})), stem: 's' + n", "stem"),
        ("productId: toFloat(n), name: 'Lamp ' + n", "productId"),
    ],
)
def test_the_key_of_an_item(db: Database, run: Any, properties: str, key: str) -> None:
    shop(db, "customerId: n", properties)
    assert mapping(run)["item"]["key"] == key


@pytest.mark.parametrize(
    ("properties", "title"),
    [
        ("productId: n, productName: 'Lamp ' + n % 9, brandName: 'B'", "productName"),
        ("productId: n, companyName: 'Shop ' + n, file_name: 'f' + n", "companyName"),
        ("uri: 'http://e.org/' + n, rdfs__label: 'Lamp ' + n", "rdfs__label"),
        ("productId: n, product: 'Lamp ' + n", "product"),
        ("productId: n, display_name: 'Lamp ' + n, city: 'Town'", "display_name"),
        ("productId: n, name: 'the same', label: 'Lamp ' + n", "label"),
        ("productId: n, filename: 'f' + n, first_name: 'A' + n", None),
        ("productId: n, label: reduce(t = '', k IN range(1, 90) | t + 'long ') + n", None),
    ],
)
def test_the_title_of_an_item_need_not_be_unique(db: Database, run: Any, properties: str, title: str | None) -> None:
    shop(db, "customerId: n", properties)
    assert mapping(run)["item"].get("title") == title


def test_a_constraint_comes_first(db: Database, run: Any) -> None:
    shop(db, "customerId: n, name: 'c' + n", "sku: 's' + n, product_no: n")
    db.auto("CREATE CONSTRAINT FOR (p:Product) REQUIRE p.product_no IS UNIQUE")
    assert mapping(run)["item"]["key"] == "product_no"


@pytest.mark.parametrize(
    ("properties", "said", "hint"),
    [
        (
            "customerId: n + 0.5",
            "'customerId': 30 values of FLOAT are not whole",
            "WHERE n.customerKey IS NULL AND n.customerId IS NOT NULL SET n.customerKey = toString(n.customerId)",
        ),
        (
            "customerId: CASE WHEN n < 9 THEN n END",
            "'customerId': 22 of 30 nodes have none",
            "give these nodes a value that no other has",
        ),
        (
            "customerId: date('2020-01-01') + duration({days: n})",
            "customerId (DATE)",
            "SET n.customerKey = randomUUID()",
        ),
        ("customerId: n % 2 = 0", "customerId (BOOLEAN)", "WHERE n.customerKey IS NULL SET"),
        ("age: 30", "properties: age (INTEGER)", "WHERE n.customerId IS NULL SET n.customerId = randomUUID()"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_overwritten(
    db: Database, run: Any, caplog: pytest.LogCaptureFixture, properties: str, said: str, hint: str
) -> None:
    shop(db, properties, "productId: n")
    before = db.read(CUSTOMERS)
    left = run("inspect")
    assert left.exit_code == 0
    assert tomllib.loads(left.stdout)["graph"]["user"]["key"] == "elementId()"
    assert "good for the lifetime of this store alone" in left.stdout
    warning = next(text for text in caplog.messages if "no property tells its 30 nodes apart" in text)
    assert said in warning
    assert hint in warning
    if "MATCH" not in warning:
        return
    update, constraint = warning[warning.index("MATCH") :].strip().split("; ")
    db.write(update)
    db.auto(constraint)
    after = db.read(CUSTOMERS)
    assert [row["has"] | old["has"] for row, old in zip(after, before, strict=True)] == [row["has"] for row in after]
    assert mapping(run)["user"]["key"] in ("customerId", "customerKey")


@pytest.mark.parametrize("constraint", [False, True])
def test_two_properties_together_are_a_key(db: Database, run: Any, constraint: bool) -> None:
    shop(db, "userId: n % 15, tenant: toString(n / 15), name: 'c' + n", "sku: 's' + n")
    if constraint:  # a name that is unique by chance does not count then
        db.auto("CREATE CONSTRAINT FOR (c:Customer) REQUIRE (c.tenant, c.userId) IS UNIQUE")
    else:
        db.write("MATCH (c:Customer) REMOVE c.name")
    assert mapping(run)["user"]["key"] == ["tenant", "userId"]


def test_nodes_without_the_key_are_left_out_and_counted(
    db: Database, run: Any, caplog: pytest.LogCaptureFixture
) -> None:
    shop(db, "customerId: n", "productId: n, name: 'Lamp ' + n")
    db.write("CREATE (:Customer {name: 'Guest'}), (:Product {name: 'Draft'})-[:MADE_BY]->(:Maker {name: 'M'})")
    db.write("MATCH (g:Customer {name: 'Guest'}), (p:Product {productId: 1}) CREATE (g)-[:BOUGHT]->(p)")
    db.write("MATCH (d:Product {name: 'Draft'}), (c:Customer {customerId: 1}) CREATE (c)-[:BOUGHT]->(d)")
    assert mapping(run)["user"]["key"] == "customerId"
    assert "1 of 31 nodes has none and is left out" in (load_settings().file or "").read_text()  # type: ignore[union-attr]
    graph = load_graph(db, load_settings().graph)
    assert (graph.users, graph.items) == (list(range(1, 31)), list(range(1, 21)))
    assert graph.data["user", "BOUGHT", "item"].edge_index.size(1) == 180
    assert graph.data["entity"].num_nodes == 0
    assert not any(kind[1] == "BOUGHT" and "entity" in kind for kind in graph.data.edge_types)
    assert "1 of 31 'Customer' nodes lack it" in caplog.text
    assert "BOUGHT: 2 of 182 are of nodes without a key" in caplog.text


def test_ids_of_both_types_and_beyond_53_bits(db: Database, run: Any) -> None:
    shop(db, "customerId: CASE WHEN n = 3 THEN 'deleted' ELSE 9007199254740992 + n END", "productId: toFloat(n)")
    assert mapping(run)["user"]["key"] == "customerId"
    graph = load_graph(db, load_settings().graph)
    assert graph.users == [*(9007199254740992 + n for n in range(1, 31) if n != 3), "deleted"]
    assert graph.items == list(range(1, 21))
    assert all(isinstance(item, int) for item in graph.items)


@pytest.mark.long
def test_float_keys_from_training_to_recommendations(db: Database, run: Any) -> None:
    shop(db, "customerId: toFloat(n)", "productId: toFloat(n), productName: 'Lamp ' + n")
    trained(run)
    left = run("recommend", "12", "--json", "-k", "3")
    assert left.exit_code == 0, left.stderr
    rows = json.loads(left.stdout)
    assert len(rows) == 3
    assert {row["title"] for row in rows} <= {f"Lamp {n}" for n in range(1, 21)}
    left = run("explain", "12", str(rows[0]["item"]))
    assert left.exit_code == 0, left.stderr


@pytest.mark.long
def test_entities_are_named_by_their_names_not_by_ids(db: Database, run: Any) -> None:
    shop(db, "customerId: n", "productId: n, productName: 'Lamp ' + n")
    db.write("UNWIND range(0, 3) AS k CREATE (:Supplier {supplierID: 's' + k, companyName: 'Maker ' + k})")
    db.write("MATCH (p:Product), (s:Supplier {supplierID: 's' + p.productId % 4}) CREATE (s)-[:SUPPLIES]->(p)")
    trained(run)
    told = "\n".join(run("explain", "1", str(item)).stdout for item in range(1, 21))
    assert "Maker " in told
    assert " s0" not in told


@pytest.mark.parametrize(
    ("properties", "constraint", "key", "said"),
    [
        ("email: n + '@e.org', userId: 'u' + n, phone: '+49 ' + n", "email", "userId", False),
        ("email: n + '@e.org', login: 'l' + n, name: 'Ann ' + n", "email", "login", False),
        ("email: n + '@e.org', userId: n % 3, fullName: 'Ann'", "email", "email", True),
    ],
)
def test_personal_data_is_the_last_choice_for_people(
    properties: str, constraint: str, key: str, said: bool, bare: Database, run: Any
) -> None:
    shop(bare, properties, "sku: 's' + n")
    bare.auto(f"CREATE CONSTRAINT people FOR (c:Customer) REQUIRE c.{constraint} IS UNIQUE")
    left = run("inspect")
    assert tomllib.loads(left.stdout)["graph"]["user"]["key"] == key
    assert ("personal data, which would be in the files of every run" in left.stderr) == said
    assert ("for want of another id" in left.stdout) == said
