"""What ``graphrec inspect`` proposes as behaviours of graphs that nobody made for it: the mapping of a person."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from graphrec.common.errors import GraphError
from graphrec.config.schema import Behaviour
from graphrec.db.database import Database
from graphrec.graph.hetero import load_graph
from graphrec.graph.proposal import propose
from graphrec.graph.proposed import Proposal
from graphrec.graph.questions import Interview
from graphrec.graph.survey import Survey, survey

#: Forty customers and twenty products; customer n looks at ten of them.
SHOP = """
UNWIND range(0, 19) AS n CREATE (:Product {sku: 'p' + n, n: n})
WITH DISTINCT 1 AS done
UNWIND range(0, 39) AS n CREATE (:Customer {customerId: 'c' + n, n: n})
"""
LOOKED = "MATCH (u:Customer), (i:Product) WHERE (u.n + i.n) % 2 = 0"
BOUGHT = "MATCH (u:Customer), (i:Product) WHERE (u.n + i.n) % 4 = 0"


def proposed(db: Database, answer: Callable[[str], int] = lambda _: 0, seen: Survey | None = None) -> Proposal:
    return propose(db, seen or survey(db), Interview(lambda question: answer(question.about)))


def roles(found: Proposal) -> tuple[object, object]:
    return found.schema.user.label, found.schema.item.label


def asked(found: Proposal) -> list[str]:
    return [question.about for question, _ in found.questions.answers]


@pytest.mark.long
def test_a_shop_with_baskets_returns_and_people_who_sell(db: Database) -> None:
    """All that was bought was looked at too; some of it came back, and customers sell things and list them."""
    db.write(SHOP)
    db.write(f"{LOOKED} CREATE (u)-[:VIEWED {{at: date('2024-01-01')}}]->(i)")
    db.write(
        f"{BOUGHT} CREATE (u)-[:CHECKED_OUT {{at: date('2024-02-01')}}]->(:Basket)"
        "-[:CONTAINS {added_at: date('2024-02-02'), qty: 2}]->(i)"
    )
    db.write("MATCH (b:Basket)-[:CONTAINS]->(i) WITH b, i LIMIT 60 CREATE (b)-[:SENT_IN]->(:Parcel)-[:HOLDS]->(i)")
    db.write("MATCH (u:Customer)-[:CHECKED_OUT]->(b)-[:CONTAINS]->(i) WHERE u.n < 20 CREATE (u)-[:RETURNED]->(i)")
    db.write("MATCH (u:Customer), (i:Product) WHERE u.n = i.n CREATE (u)-[:SELLS]->(i), (u)-[:TIED_TO]->(i)")
    db.write("MATCH (u:Customer {n: 1}), (i:Product) WHERE i.n < 3 CREATE (u)-[:DISLIKES]->(i)")
    found = proposed(db)
    assert roles(found) == ("Customer", "Product")
    path = "(u)-[:CHECKED_OUT]->(b:Basket)-[r2:CONTAINS]->(i)"
    assert found.schema.behaviours == {
        "VIEWED": Behaviour(time="at"),
        "CHECKED_OUT": Behaviour(path=path, strength="r2.qty", time="r2.added_at"),
        "RETURNED": Behaviour(negative=True, time=None),
        "DISLIKES": Behaviour(negative=True, time=None),
    }
    graph = load_graph(db, found.schema).data
    edges = {kind: graph["user", kind, "item"].edge_index.size(1) for kind in found.schema.behaviours}
    assert edges == {"VIEWED": 400, "CHECKED_OUT": 200, "RETURNED": 100, "DISLIKES": 3}
    assert graph["user", "RETURNED", "item"].negative is True
    assert asked(found) == ["behaviours.RETURNED"]
    levels = {kind: found.confidence[f"behaviours.{kind}"].level for kind in ("RETURNED", "DISLIKES")}
    assert levels == {"RETURNED": "likely", "DISLIKES": "sure"}
    assert "negative = true" in found.toml()
    said = found.reasons["knowledge"]
    assert "left out: (:Customer)-[:SELLS]->(:Product): it says who made, has or offers what" in said
    assert "left out: (:Customer)-[:TIED_TO]->(:Product): each has one user" in said
    assert "(p:Parcel)-[:HOLDS]->(:Product): joins the same users and items as CHECKED_OUT" in said


def test_hosts_are_no_items(db: Database) -> None:
    """Users review listings; some users are hosts, who have them."""
    db.write("UNWIND range(0, 39) AS n CREATE (:User {userId: n, n: n})")
    db.write("MATCH (u:User) WHERE u.n < 10 SET u:Host")
    db.write("UNWIND range(0, 19) AS n MATCH (u:Host {n: n % 10}) CREATE (u)-[:HOSTS]->(:Flat {flatId: 'f' + n, n: n})")
    db.write(
        "MATCH (u:User), (i:Flat) WHERE (u.n + i.n) % 4 = 0 "
        "CREATE (u)-[:WROTE]->(:Review {stars: CASE WHEN u.n % 5 = 0 THEN 'one' ELSE 'five' END})-[:REVIEWS]->(i)"
    )
    seen = survey(db)
    found = proposed(db, lambda about: 1 * about.startswith("behaviours"), seen)
    assert roles(found) == ("User", "Flat")
    path = "(u)-[:WROTE]->(r:Review)-[:REVIEWS]->(i)"
    values = {"one": 1.0, "five": 5.0}
    assert found.schema.behaviours == {
        "REVIEWS": Behaviour(path=path, strength="r.stars", values=values, dislike=2.0, time=None)
    }
    graph = load_graph(db, found.schema).data
    edges = {kind: graph["user", kind, "item"].edge_index.size(1) for kind in ("REVIEWS", "REVIEWS_DISLIKED")}
    assert edges == {"REVIEWS": 160, "REVIEWS_DISLIKED": 40}
    assert "'r.stars' holds words (one: 40, five: 160)" in proposed(db, seen=seen).reasons["behaviours.REVIEWS.weight"]


@pytest.mark.parametrize("shared", [25, 160])
def test_anonymous_and_shared_sessions_are_no_users(db: Database, shared: int) -> None:
    """Most sessions have nobody, and were made first; of the others, some have two people."""
    db.write(SHOP)
    db.write("UNWIND range(0, 799) AS k MATCH (i:Product {n: k % 20}) CREATE (:Session {at: 1.7e9})-[:VIEWED]->(i)")
    db.write(f"{BOUGHT} CREATE (u)-[:HAD]->(:Session {{at: 1700000000 + u.n}})-[:VIEWED]->(i)")
    db.write(
        "MATCH (u:Customer)-[:HAD]->(s) WITH s, (u.n + 20) % 40 AS n LIMIT $shared "
        "MATCH (o:Customer {n: n}) CREATE (o)-[:HAD]->(s)",
        shared=shared,
    )
    found = proposed(db)
    assert roles(found) == ("Customer", "Product")
    path = "(u)-[:HAD]->(s:Session)-[:VIEWED]->(i)"
    assert found.schema.behaviours == {"VIEWED": Behaviour(path=path, time="s.at")}


def test_having_is_liking_only_where_the_owner_says_so(db: Database) -> None:
    db.write(SHOP)
    db.write(f"{LOOKED} CREATE (u)-[:DISLIKED]->(i)")
    with pytest.raises(GraphError, match=r"\(DISLIKED alone: disliking, making or having is no liking\)"):
        proposed(db)
    db.write(f"{BOUGHT} CREATE (u)<-[:OWNED_BY]-(i)")
    found = proposed(db)
    assert roles(found) == ("Customer", "Product")
    assert found.schema.behaviours == {
        "DISLIKED": Behaviour(negative=True, time=None),
        "OWNED_BY": Behaviour(time=None),
    }
    assert (asked(found)[0], found.confidence["behaviours.OWNED_BY"].level) == ("user, item", "a guess")
    with pytest.raises(GraphError, match="nothing here looks like what users did"):
        proposed(db, lambda about: 1 * (about == "user, item"))
