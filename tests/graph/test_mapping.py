"""A mapping that does not fit the graph, or would let held-out behaviour in, is refused with the next step."""

from __future__ import annotations

import pytest

from graphrec.common.errors import ConfigError, GraphError, LeakageError
from graphrec.config.roles import ItemRole, UserRole
from graphrec.config.schema import Behaviour, GraphSchema
from graphrec.db.database import Database
from graphrec.graph.hetero import load_graph
from graphrec.graph.mapping import resolve, shape

RATED = {"RATED": Behaviour()}
REVIEWS = "MATCH (u:User {userId: 'a'}), (i:Item {itemId: 'x'}) CREATE (u)-[:WROTE]->(:Review)-[:ABOUT]->(i)"


@pytest.mark.parametrize(
    ("schema", "said", "hint"),
    [
        (GraphSchema(user=UserRole("Usr")), r"\[graph.user\] label = 'Usr'", "'User'"),
        (GraphSchema(item=ItemRole("Itemz")), r"\[graph.item\] label = 'Itemz'", "'Item'"),
        (GraphSchema(user=UserRole("User", "userid")), r"key = 'userid': 3 of 3 'User' nodes lack it", "'userId'"),
        (GraphSchema(behaviours={"RATE": Behaviour()}), "'RATE'", "'RATED'"),
        (GraphSchema(behaviours={"HAS_GENRE": Behaviour()}), "joins no 'User' with any 'Item'", "graphrec inspect"),
        (GraphSchema(behaviours=RATED, knowledge=("GENRE",)), "'GENRE'", "'HAS_GENRE'"),
        (GraphSchema(social=("FRIENDS",)), "'FRIENDS'", "'FRIEND_OF'"),
        (GraphSchema(behaviours={"RATED": Behaviour(strength="raiting")}), "strength = 'raiting'", "'rating'"),
        (GraphSchema(behaviours={"RATED": Behaviour(time="att")}), "time = 'att'", "'at'"),
    ],
)
def test_a_name_that_is_not_there(tiny: Database, schema: GraphSchema, said: str, hint: str):
    with pytest.raises(GraphError, match=said) as caught:
        load_graph(tiny, schema)
    assert hint in str(caught.value.hint)


def test_an_empty_database(db: Database):
    with pytest.raises(GraphError, match="empty") as caught:
        resolve(db, GraphSchema())
    assert "graphrec load or graphrec quickstart" in str(caught.value)


def test_a_label_of_a_constraint_alone_is_not_in_the_graph(db: Database):
    assert db.read("SHOW CONSTRAINTS YIELD labelsOrTypes AS labels WHERE 'User' IN labels")
    with pytest.raises(GraphError, match="the database is empty"):
        shape(db)
    db.write("CREATE (:Person:Item {itemId: 1})-[:IN]->(:Genre), (:Alone)")
    found = shape(db)
    assert found.labels == {"Person", "Item", "Genre", "Alone"}
    assert found.triples == {("Person", "IN", "Genre"), ("Item", "IN", "Genre")}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("MATCH (u:User) REMOVE u.userId", "3 of 3 'User' nodes lack it"),
        ("CREATE (:Item {itemId: 'x'})", "'x' is on more than one 'Item'"),
        ("CREATE (:User {userId: 7}), (:User {userId: 7.0})", "7 is on more than one 'User'"),
        ("CREATE (:User {userId: 7}), (:User {userId: '7'})", r"7 \(int\) and '7' \(str\) are on different"),
        ("MATCH (u:User) SET u.userId = date('2020-01-01')", r"3 of 3 'User' nodes .* 2020-01-01 \(Date\)"),
        ("MATCH (u:User) SET u.userId = true", r"3 of 3 'User' nodes .* True \(bool\)"),
        ("CREATE (:User {userId: 7.5})", r"1 of 4 'User' nodes .* 7.5 \(float\)"),
        ("MATCH (u:User {userId: 'c'}) SET u:Item, u.itemId = 'u'", "both 'User' and 'Item'"),
        ("MATCH (:User)-[r]->(:Item) DELETE r", "no behaviours"),
        ("MATCH (u:User) DETACH DELETE u", "label|no users"),
    ],
)
@pytest.mark.usefixtures("bare")
def test_nodes_that_are_not_as_they_should(tiny: Database, change: str, said: str):
    tiny.write(change)
    with pytest.raises(GraphError, match=said) as caught:
        load_graph(tiny, GraphSchema())
    assert caught.value.hint


@pytest.mark.parametrize("own", ["RECOMMENDED", "SIMILAR", "ACTIVE"])
def test_what_graphrec_publishes_is_no_behaviour(tiny: Database, own: str):
    tiny.write(f"MATCH (u:User), (i:Item) CREATE (u)-[:{own} {{rank: 1}}]->(i)")
    tiny.write("CREATE (:Recommender {recommenderId: 'r'})-[:ACTIVE]->(:Run {runId: 'r1'})")
    schema = resolve(tiny, GraphSchema())
    assert own not in schema.behaviours
    assert own not in schema.knowledge
    with pytest.raises(ConfigError, match=own):
        resolve(tiny, GraphSchema(behaviours={own: Behaviour()}))


def test_a_node_between_users_and_items_is_left_out_of_the_knowledge(tiny: Database, caplog: pytest.LogCaptureFixture):
    tiny.write(REVIEWS)
    assert resolve(tiny, GraphSchema()).knowledge == ("HAS_GENRE", "POPULAR_IN", "SEQUEL_OF")
    assert "ABOUT is left out of the knowledge: its :Review nodes touch items and also users (by WROTE)" in (
        caplog.text
    )


@pytest.mark.parametrize(
    ("change", "kind", "said"),
    [
        (REVIEWS, "ABOUT", "Review"),
        (REVIEWS, "WROTE", "joins users"),
        ("MATCH (u:User {userId: 'a'}), (i:Item {itemId: 'x'}) CREATE (u)-[:SAW]->(i)", "SAW", "joins users"),
        ("RETURN 1", "RATED", "mapped as behaviours and as knowledge"),
        # The node itself is what tells, whatever relationship it is reached by.
        (REVIEWS + "-[:TALKS_OF]->(:Entity {entityId: 'e'})", "TALKS_OF", "Review"),
    ],
)
def test_knowledge_that_encodes_behaviour_is_refused(tiny: Database, change: str, kind: str, said: str):
    tiny.write(change.replace("->(i)-[:TALKS_OF]", "->(i), (r)-[:TALKS_OF]").replace("(:Review)", "(r:Review)"))
    with pytest.raises(LeakageError, match=said) as caught:
        load_graph(tiny, GraphSchema(behaviours=RATED, knowledge=(kind,)))
    assert caught.value.hint


def test_a_type_that_users_share_with_items_keeps_the_items_side(tiny: Database):
    tiny.write(
        "MATCH (u:User {userId: 'a'}), (x:Item {itemId: 'x'}) CREATE (u)-[:MADE_IN]->(:Town {name: 'T'}), "
        "(x)-[:MADE_IN]->(:Land {name: 'L'})"
    )
    graph = load_graph(tiny, GraphSchema())
    assert "MADE_IN" in graph.schema.knowledge
    assert graph.data["item", "MADE_IN", "entity"].edge_index.size(1) == 1
    assert not [kind for kind in graph.data.edge_types if kind[1] == "MADE_IN" and "user" in kind]


def test_what_users_block_is_neither_behaviour_nor_a_leak(db: Database) -> None:
    db.write(
        """
        CREATE (u:User {userId: 'a'})-[:RATED]->(i:Item {itemId: 'i'})-[:HAS_GENRE]->(g:Entity {entityId: 'g'})
        CREATE (u)-[:BLOCKED]->(g), (u)-[:BLOCKED]->(:Item {itemId: 'j'})
        """
    )
    found = resolve(db, GraphSchema())
    assert list(found.behaviours) == ["RATED"]
    assert found.knowledge == ("HAS_GENRE",)
    assert resolve(db, GraphSchema(knowledge=("HAS_GENRE",))).knowledge == ("HAS_GENRE",)
