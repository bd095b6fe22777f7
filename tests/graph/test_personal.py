"""Detours from users to items, of any length, are no knowledge; what many users share is."""

from __future__ import annotations

import pytest

from graphrec.common.errors import LeakageError
from graphrec.config.schema import Behaviour, GraphSchema
from graphrec.db.database import Database
from graphrec.graph.mapping import resolve, shape
from graphrec.graph.personal import few, number_of, personal_labels

#: Forty users who bought three of thirty items each, and the genres of the items.
SHOP = """
UNWIND range(0, 29) AS n CREATE (i:Item {itemId: 'i' + n})
MERGE (g:Genre {name: 'g' + n % 3}) CREATE (i)-[:HAS_GENRE]->(g)
"""
BOUGHT = """
UNWIND range(0, 39) AS n CREATE (u:User {userId: 'u' + n})
WITH u, n UNWIND range(0, 2) AS k MATCH (i:Item {itemId: 'i' + (n * 7 + k * 11) % 30}) CREATE (u)-[:BOUGHT]->(i)
"""
#: The same once more, by as many nodes as there are steps between.
DETOUR = {
    1: "CREATE (u)-[:PLACED]->(:Order)-[:CONTAINS]->(i)",
    2: "CREATE (u)-[:PLACED]->(:Order)-[:HAS_LINE]->(:Line)-[:OF]->(i)",
    3: "CREATE (u)-[:HAS_ACCOUNT]->(:Account)<-[:CHARGED_TO]-(:Order)-[:HAS_LINE]->(:Line)-[:OF]->(i)",
    4: "CREATE (u)-[:HAS_ACCOUNT]->(:Account)<-[:CHARGED_TO]-(:Order)-[:SENT_AS]->(:Parcel)<-[:IN]-(:Line)-[:OF]->(i)",
}
SCHEMA = GraphSchema(behaviours={"BOUGHT": Behaviour()})


@pytest.fixture
def shop(db: Database) -> Database:
    db.write(SHOP)
    db.write(BOUGHT)
    return db


@pytest.mark.parametrize("nodes", DETOUR)
def test_a_detour_is_left_out_whatever_its_length(shop: Database, nodes: int, caplog: pytest.LogCaptureFixture) -> None:
    shop.write(f"MATCH (u:User)-[:BOUGHT]->(i:Item) {DETOUR[nodes]}")
    assert resolve(shop, SCHEMA).knowledge == ("HAS_GENRE",)
    last = "CONTAINS" if nodes == 1 else "OF"
    (said,) = (line for line in caplog.messages if line.startswith(f"{last} is left out of the knowledge"))
    assert "would leak held-out behaviour" in said
    with pytest.raises(LeakageError, match=f"'{last}' would leak held-out behaviour"):
        resolve(shop, GraphSchema(behaviours=SCHEMA.behaviours, knowledge=("HAS_GENRE", last)))


def test_who_has_two_labels_is_one_user(db: Database) -> None:
    db.write("CREATE (:Reader:Member), (:Reader), (:Member), (:Other)")
    assert [number_of(db, labels) for labels in (("Reader", "Member"), ("Reader",))] == [3, 2]


def test_the_path_is_the_reason(shop: Database, caplog: pytest.LogCaptureFixture) -> None:
    shop.write(f"MATCH (u:User)-[:BOUGHT]->(i:Item) {DETOUR[3]}")
    resolve(shop, SCHEMA)
    path = "(:User)-[:HAS_ACCOUNT]-(:Account)-[:CHARGED_TO]-(:Order)-[:HAS_LINE]-(:Line)"
    assert f"its :Line nodes belong to one user each, by {path}" in caplog.text


def test_what_many_users_share_stays_knowledge(shop: Database) -> None:
    """Towns, and the countries that they and the items lie in, belong to nobody; a profile does."""
    shop.write("UNWIND range(0, 5) AS n CREATE (:Town {name: n})-[:IN_COUNTRY]->(:Country {name: n % 2})")
    shop.write(
        "MATCH (u:User) MATCH (t:Town {name: toInteger(substring(u.userId, 1)) % 6}) "
        "CREATE (u)-[:LIVES_IN]->(t), (u)-[:HAS_PROFILE]->(p:Profile) "
        "WITH p MATCH (g:Genre) CREATE (p)-[:LIKES]->(g)"
    )
    shop.write("MATCH (i:Item) MATCH (c:Country) WHERE id(i) % 2 = c.name CREATE (i)-[:MADE_IN]->(c)")
    assert resolve(shop, SCHEMA).knowledge == ("HAS_GENRE", "IN_COUNTRY", "MADE_IN")
    assert personal_labels(shop, ["User"], ["Item"], shape(shop).triples) == {
        "Profile": "(:User)-[:HAS_PROFILE]-(:Profile)"
    }


def test_a_few_wrong_owners_do_not_hide_a_detour(shop: Database) -> None:
    shop.write(f"MATCH (u:User)-[:BOUGHT]->(i:Item) {DETOUR[2]}")
    shop.write("MATCH (o:Order) WITH o LIMIT 1 MATCH (u:User {userId: 'u39'}) CREATE (u)-[:PLACED]->(o)")
    assert resolve(shop, SCHEMA).knowledge == ("HAS_GENRE",)


def test_items_belong_to_nobody(shop: Database) -> None:
    """A market where every item has one seller: its genre stays knowledge."""
    shop.write(
        "MATCH (i:Item) MATCH (u:User {userId: 'u' + toInteger(substring(i.itemId, 1)) % 40}) CREATE (u)-[:SELLS]->(i)"
    )
    assert "HAS_GENRE" in (resolve(shop, SCHEMA).knowledge or ())


def test_what_belongs_to_a_household_is_as_good_as_a_users_own(
    shop: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """Two users share each; a node of theirs that reaches the items leads from a user to what both bought."""
    shop.write(
        "MATCH (u:User) MERGE (h:Household {n: toInteger(substring(u.userId, 1)) / 2}) CREATE (u)-[:MEMBER_OF]->(h) "
        "WITH u, h MATCH (u)-[:BOUGHT]->(i) CREATE (h)-[:PLACED]->(:Order)-[:CONTAINS]->(i)"
    )
    assert resolve(shop, SCHEMA).knowledge == ("HAS_GENRE",)
    path = "(:User)-[:MEMBER_OF]-(:Household)-[:PLACED]-(:Order)"
    assert f"its :Order nodes belong to few users each, by {path}" in caplog.text


def test_what_many_users_and_many_items_have_is_knowledge(shop: Database) -> None:
    """Skills that users have and jobs require: nobody gets one by applying. A review, by one user, stays a leak."""
    shop.write("UNWIND range(0, 3) AS n CREATE (:Skill {name: n})")
    shop.write("MATCH (u:User), (s:Skill) WHERE toInteger(substring(u.userId, 1)) % 4 = s.name CREATE (u)-[:HAS]->(s)")
    shop.write("MATCH (i:Item), (s:Skill) WHERE id(i) % 4 = s.name CREATE (i)-[:REQUIRES]->(s)")
    shop.write("MATCH (u:User)-[:BOUGHT]->(i) WITH u, i LIMIT 50 CREATE (u)-[:WROTE]->(:Review)-[:ABOUT]->(i)")
    assert resolve(shop, SCHEMA).knowledge == ("HAS_GENRE", "REQUIRES")


def test_few_is_judged_by_users_not_by_nodes() -> None:
    """Of tags, most have one user; most users of tags share theirs with many."""
    assert few([2] * 40, 80)
    assert not few([1] * 30 + [40], 80)
    assert few([9] * 3, 1000)
    assert not few([11] * 3, 1000)
    assert not few([2] * 4, 12), "in a small graph, two are many"
    assert not few([], 80)
