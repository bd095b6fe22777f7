"""Behaviours through nodes between, from the proposal to forgetting: orders with lines, and reviews."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from graphrec.common.errors import ConfigError, GraphError, InputError, LeakageError
from graphrec.config.schema import Behaviour
from graphrec.config.settings import Settings, SplitSettings, load_settings
from graphrec.content.store import read_facts
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.erasure.erase import forget
from graphrec.erasure.trace import wanted_of
from graphrec.graph.behaviours import packs, read_behaviour
from graphrec.graph.columns import read_nodes
from graphrec.graph.hetero import load_graph
from graphrec.graph.mapping import resolve
from graphrec.serving.rules import blocked_items

#: Customer n of 24 places two orders of three lines, of the shelf n % 2 of twelve products.
SHOP = """
UNWIND range(0, 11) AS n
MERGE (s:Shelf {name: 'shelf ' + n % 2})
CREATE (:Product {sku: 'p' + n, name: 'Thing ' + n})-[:ON_SHELF]->(s)
WITH DISTINCT 1 AS done
UNWIND range(0, 23) AS c
CREATE (u:Customer {customerId: 'c' + c})
WITH u, c
UNWIND range(0, 1) AS o
CREATE (u)-[:PLACED]->(order:Order {orderId: 2 * c + o, placedAt: '2024-01-' + right('0' + (1 + c + o), 2), note: 'x'})
WITH order, c, o
UNWIND range(0, 2) AS k
MATCH (i:Product {sku: 'p' + ((c % 2 + 2 * (c / 2 + 3 * o + k)) % 12)})
CREATE (order)-[:HAS_LINE]->(:LineItem {quantity: 1 + k})-[:OF]->(i)
"""
NEW_ORDER = """
MERGE (u:Customer {customerId: $user})
WITH u MATCH (i:Product) WHERE i.sku IN $items
CREATE (u)-[:PLACED]->(:Order {placedAt: '2024-03-01'})-[:HAS_LINE]->(:LineItem {quantity: 9})-[:OF]->(i)
"""


def items(result: Any) -> list[str]:
    assert result.exit_code == 0, result.stderr
    return [row["item"] for row in json.loads(result.stdout)]


@pytest.mark.long
def test_orders_from_the_proposal_to_forgetting(
    db: Database, settings: Settings, run: Callable[..., Any], tmp_path: Path
) -> None:
    db.write(SHOP)
    assert run("inspect", "--write").exit_code == 0
    settings = load_settings()
    schema = settings.graph
    assert (schema.user.label, schema.user.key, schema.item.label) == ("Customer", "customerId", "Product")
    path = "(u)-[:PLACED]->(o:Order)-[:HAS_LINE]->(l:LineItem)-[:OF]->(i)"
    assert schema.behaviours == {"PLACED": Behaviour(path=path, strength="l.quantity", time="o.placedAt")}
    assert schema.knowledge == ("ON_SHELF",)

    graph = load_graph(db, schema)
    store = graph.data["user", "PLACED", "item"]
    of_c0 = store.edge_index[0] == graph.users.index("c0")
    found = zip(store.edge_index[1][of_c0], store.edge_weight[of_c0], store.time[of_c0], strict=True)
    first, second = 1704067200, 1704153600  # 1 and 2 January 2024
    assert {(graph.items[i], float(w), int(t)) for i, w, t in found} == {
        *(("p0", 1.0, first), ("p2", 2.0, first), ("p4", 3.0, first)),
        *(("p6", 1.0, second), ("p8", 2.0, second), ("p10", 3.0, second)),
    }
    assert store.edge_index.shape == (2, 144)
    assert sorted(read_facts(db, replace(schema, knowledge=None)).values(), key=str)[0] == {"ON_SHELF": ["shelf 0"]}
    blocked = blocked_items(db, schema, ["PLACED"], ["c0"])
    assert sorted(blocked["c0"]) == ["p0", "p10", "p2", "p4", "p6", "p8"]

    db.write("MATCH (:Customer {customerId: 'c0'})-[:PLACED]->(o:Order {orderId: 1}) DETACH DELETE o")
    assert run("train", "--epochs", "2", "--device", "cpu").exit_code == 0
    assert run("publish").exit_code == 0
    assert not {"p0", "p2", "p4"} & set(items(run("recommend", "c0", "-k", "9", "--json")))
    popular = db.read(queries.load("query/popular", schema), behaviours=["PLACED"], items=None, k=12)
    assert {row["item"]: row["users"] for row in popular}["p6"] == 11  # all twelve of its shelf but c0
    reasons = json.loads(run("explain", "c0", "p6", "--evidence", "--json").stdout)["evidence"]
    assert [reason["entity"] for reason in reasons if reason["kind"] == "entity"] == ["shelf 0"]
    others = [reason for reason in reasons if reason["kind"] == "behaviour"]
    assert {reason["via"][0]: (reason["count"], reason["total"]) for reason in others} == dict.fromkeys(
        ("p0", "p2", "p4"), (11, 11)
    )

    db.write(NEW_ORDER, user="c0", items=["p6"])
    db.write(NEW_ORDER, user="new", items=["p1", "p3"])
    assert "p6" not in items(run("recommend", "c0", "--now", "--json"))
    updated = run("update")
    assert updated.exit_code == 0, updated.stderr
    assert "p6" not in items(run("recommend", "c0", "--json"))
    assert not {"p1", "p3"} & set(items(run("recommend", "new", "-k", "9", "--json")))

    # c1 shares an order with c3: it stays, and so do its lines.
    db.write("MATCH (u:Customer {customerId: 'c3'}), (o:Order {orderId: 2}) CREATE (u)-[:PLACED]->(o)")
    told = run("forget", "c1", "--dry-run")
    assert "nodes that no other user reaches: Order 1, LineItem 3; choose with --between" in told.stdout
    refused = run("forget", "c1", "--yes")
    assert refused.exit_code == 2
    assert "Order 1, LineItem 3; are they kept, without the user, or deleted?" in refused.stderr
    with pytest.raises(InputError, match="are they kept"):
        forget(db, settings, wanted_of(db, settings, "c1"))
    assert count(db, "Customer {customerId: 'c1'}") == 1
    orders, lines = count(db, "Order"), count(db, "LineItem")
    assert run("forget", "c1", "--yes", "--between", "delete").exit_code == 0
    assert (count(db, "Order"), count(db, "LineItem")) == (orders - 1, lines - 3)
    kept = run("forget", "c5", "--yes", "--between", "keep")
    assert "Order 2, LineItem 6; they stay, with all their properties" in kept.stdout
    assert (count(db, "Order"), count(db, "Customer {customerId: 'c5'}")) == (orders - 1, 0)


def count(db: Database, node: str) -> int:
    return int(db.read(f"MATCH (n:{node}) RETURN count(n) AS n")[0]["n"])


#: Users 0 to 9 review places; stars 1 to 5, the part of a split on the review. User 0 also visited one.
REVIEWS = """
UNWIND range(0, 5) AS n
CREATE (b:Business {business_id: 'b' + n, name: 'Place ' + n})
MERGE (c:City {name: 'City ' + n % 2}) CREATE (b)-[:IN_CITY]->(c)
WITH DISTINCT 1 AS done
UNWIND range(0, 9) AS n
CREATE (u:User {user_id: n})
WITH u, n
UNWIND range(0, 4) AS k
MATCH (b:Business {business_id: 'b' + (n + k) % 6})
CREATE (u)-[:WROTE]->(:Review {stars: 1 + k, date: date('2020-01-01') + duration({days: k}), part: CASE WHEN k = 0 THEN
  'test' ELSE 'train' END})-[:REVIEWS]->(b)
"""


@pytest.mark.long
def test_reviews_are_ratings_and_no_knowledge(
    db: Database, run: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    db.write(REVIEWS)
    text = run("inspect", "--write").stdout
    assert "'r.stars' is not used as strength by default" in text
    schema = load_settings().graph
    path = "(u)-[:WROTE]->(r:Review)-[:REVIEWS]->(i)"
    assert schema.behaviours == {"REVIEWS": Behaviour(path=path, time="r.date")}
    assert (schema.user.label, schema.item.label, schema.knowledge) == ("User", "Business", ("IN_CITY",))

    rated = Behaviour(path=path, strength="r.stars", time="r.date", dislike=2.0)
    graph = load_graph(
        db, replace(schema, behaviours={"RATED": rated}), split=SplitSettings("published", property="r.part")
    )
    liked, disliked = (graph.data["user", kind, "item"] for kind in ("RATED", "RATED_DISLIKED"))
    assert (liked.edge_index.size(1), disliked.edge_index.size(1)) == (30, 20)
    assert sorted(disliked.split.tolist()) == [0] * 10 + [2] * 10

    # Plain lists, for servers that cannot pack, say the same.
    mapping = replace(schema, behaviours={"RATED": rated})
    users, places = (read_nodes(db, role, getattr(schema, role)) for role in ("user", "item"))
    one, other = (
        read_behaviour(db, mapping, "RATED", users, places, packed=packed, done=lambda _: None, part="part")
        for packed in (packs(db), False)
    )
    for name in ("users", "items", "weight", "time", "part", "disliked"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist()

    for kind in ("REVIEWS", "WROTE"):
        with pytest.raises(
            LeakageError, match=f"{kind!r} is mapped as behaviours on the path of 'RATED' and as knowledge"
        ):
            resolve(db, replace(mapping, knowledge=("IN_CITY", kind)))
    db.write("MATCH (r:Review), (c:City {name: 'City 0'}) WITH r, c LIMIT 3 CREATE (r)-[:MENTIONS]->(c)")
    with pytest.raises(LeakageError, match="'MENTIONS' would leak held-out behaviour: its :Review nodes belong to one"):
        resolve(db, replace(mapping, knowledge=("IN_CITY", "MENTIONS")))
    db.write("MATCH (c:City {name: 'City 0'}) MATCH (b:Business {business_id: 'b1'}) CREATE (c)-[:REVIEWS]->(b)")
    assert resolve(db, replace(mapping, knowledge=None)).knowledge == ("IN_CITY",)
    assert "REVIEWS is left out of the knowledge: it is on the path of 'RATED', and a type has one role" in caplog.text
    for wrong, error, said in (
        (replace(rated, strength="r.sters"), GraphError, "did you mean 'r.stars'"),
        (replace(rated, path=path.replace("Review)", "Revew)")), GraphError, "no label 'Revew'"),
        (
            replace(rated, path=path.replace("->(r", "<-(r").replace("-[:W", "<-[:W").replace("]<-", "]-")),
            GraphError,
            "no path",
        ),
    ):
        with pytest.raises(error) as raised:
            load_graph(db, replace(schema, behaviours={"RATED": wrong}))
        assert said in str(raised.value)

    with pytest.raises(ConfigError, match="'IN_CITY' has another role"):
        resolve(db, replace(schema, behaviours={"IN_CITY": rated}))
    db.write("MATCH (u:User), (b:Business) WHERE u.user_id < 2 CREATE (u)-[:RATED]->(b)")
    with pytest.raises(ConfigError, match="'RATED' joins 'User' and 'Business' directly too"):
        resolve(db, mapping)
    assert list(tomllib.loads(run("inspect").stdout)["graph"]["behaviours"]) == ["REVIEWS", "RATED"]
    db.write("MATCH (u:User)-[:WROTE]->()-[:REVIEWS]->(b) MERGE (u)-[:RATED]->(b)")
    text = run("inspect").stdout
    assert list(tomllib.loads(text)["graph"]["behaviours"]) == ["RATED"]
    assert "joins the same users and items as RATED" in text
