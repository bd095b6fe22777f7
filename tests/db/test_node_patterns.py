"""What a mapping changes in a query beyond names: several labels, sub-sets, composite keys, no keys, shared nodes."""

from __future__ import annotations

import pytest

from graphrec.common.errors import ConfigError
from graphrec.config.roles import ELEMENT_ID, ItemRole, UserRole
from graphrec.config.schema import GraphSchema
from graphrec.db import queries
from graphrec.db.node_patterns import with_parts

PAIR = ("tenant", "user id")
TEXT = (
    "('[' + reduce(text = '', part IN [{0}] | text + CASE text WHEN '' THEN '' ELSE ',' END "
    "+ CASE WHEN part IS :: STRING NOT NULL THEN "
    "'\"' + replace(replace(part, '\\\\', '\\\\\\\\'), '\"', '\\\\\"') + '\"' ELSE toString(part) END) + ']')"
)


def test_several_labels_are_alternatives() -> None:
    query = queries.load("query/recommend", GraphSchema(item=ItemRole(("Movie", "TV Series"))))
    assert "-[r:RECOMMENDED]->(i:Movie|`TV Series`)" in query
    assert "NOT e:Movie|`TV Series`" in queries.load(
        "query/explain", GraphSchema(item=ItemRole(("Movie", "TV Series")))
    )


def test_a_sub_set_is_asked_for_where_nodes_are_read_and_nowhere_else() -> None:
    schema = GraphSchema(user=UserRole(where="u.active"), item=ItemRole(where="i.title = 'User'", title="caption"))
    query = queries.load("query/recommend", schema)
    assert "(u:User {userId: $user} WHERE (u.active))-[r:RECOMMENDED]->(i:Item WHERE (i.title = 'User'))" in query
    assert "i.caption" in query  # names in the query are changed, those in the predicate are the graph's own
    assert "(one:Item {itemId: $item} WHERE all(i IN [one] WHERE i.title = 'User'))" in queries.load(
        "query/similar", schema
    )
    assert "COUNT { (item" in queries.load("query/explain", schema)  # a node without a name gets one
    for name in ("forget/users", "publish/links", "publish/slot", "export/behaviours", "own/embedded"):
        assert "WHERE (" not in queries.load(name, schema).replace("coalesce", "")
        assert "active" not in queries.load(name, schema)
    assert "all(i IN [u] WHERE i.title = 'User')" in queries.load("publish/nodes", schema, schema.item)


@pytest.mark.parametrize(
    "where", ["true) MATCH (n) DETACH DELETE n //", "u.a; MATCH (n)", "EXISTS { CALL x() }", "", "u."]
)
def test_a_predicate_is_one_expression(where: str) -> None:
    schema = GraphSchema(user=UserRole(where=where))
    if where in ("", "u."):  # nothing to add; and what only Neo4j can refuse
        assert ("WHERE (u.)" in queries.load("query/recommend", schema)) == (where == "u.")
        return
    with pytest.raises(ConfigError, match=r"\[graph.user\] where"):
        queries.load("query/recommend", schema)


def test_a_composite_key_is_the_json_text_of_its_values() -> None:
    schema = GraphSchema(user=UserRole(key=PAIR))
    query, whole = queries.load("query/recommend", schema), TEXT.format("u.tenant, u.`user id`")
    values = "u.tenant = $user__0 AND u.`user id` = $user__1"  # for which there may be an index
    assert f"MATCH (u:User WHERE ({values} AND {whole} = $user))-[r:RECOMMENDED]->(i:Item)" in query
    given = with_parts(query, {"user": '["acme",7]', "k": 3})
    assert given == {"user": '["acme",7]', "k": 3, "user__0": "acme", "user__1": 7}
    query = queries.load("query/user_status", schema)
    assert "u.tenant IN $users__0[place] AND u.`user id` IN $users__1[place]" in query
    assert with_parts(query, {"users": [['["a","7"]', '["a",7]'], []]})["users__1"] == [["7", 7], []]
    assert with_parts("RETURN $user", {"user": "u__0"}) == {"user": "u__0"}


def test_without_a_key_neo4js_own_id_is_the_key() -> None:
    schema = GraphSchema(user=UserRole(key=ELEMENT_ID), item=ItemRole(key=ELEMENT_ID))
    query = queries.load("query/recommend", schema)
    assert "MATCH (u:User WHERE elementId(u) = $user)-[r:RECOMMENDED]->(i:Item)" in query
    assert "coalesce(i.title, toString(elementId(i))) AS title" in query
    assert "elementId(u) IN $users" in queries.load("query/done", schema)


def test_behaviours_between_the_same_nodes_have_a_direction() -> None:
    people = GraphSchema(user=UserRole("Person", "id"), item=ItemRole("Person", "id"))
    apart = GraphSchema(user=UserRole("Person", "id"), item=ItemRole("Book", "id"))
    for name, patterns in {
        "export/behaviours": ["(u)-[r:RATED]->(i:Person)"],
        "export/behaviours_packed": ["(u)-[r:RATED]->(i:Person)"],
        "query/done": ["-[r:BEHAVIOUR]->(i:Person)"],
        "query/popular": ["-[b]->(i:Person)"],
        "query/explain": ["(u)-[b]->(i:Person)", "(item)<-[b]-(v:Person)", "(v)-[b]->(i:Person)"],
    }.items():
        for pattern in patterns:
            assert pattern in queries.load(name, people)
            plain = pattern.replace("->", "-").replace("<-", "-").replace("(i:Person", "(i:Book")
            assert plain in queries.load(name, apart)
    assert "one.itemEmbeddingA" in queries.load("query/similar", people)
    assert "one.embeddingA" in queries.load("query/similar", apart)
    assert "u.embeddingA" in queries.load("query/user_status", people)


def test_a_mapping_without_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="label must name at least one"):
        UserRole(())
    with pytest.raises(ValueError, match="key must name at least one, and each once"):
        UserRole(key=("id", "id"))
    with pytest.raises(ValueError, match="have the same key"):
        GraphSchema(user=UserRole("Person", "id"), item=ItemRole(("Person", "Page"), "uri"))
    with pytest.raises(ConfigError, match="only read"):
        UserRole(key=PAIR).single()
