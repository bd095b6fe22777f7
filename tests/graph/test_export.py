"""What comes out of Neo4j is what went in: nodes, edges, weights, times, knowledge, vectors."""

from __future__ import annotations

from datetime import datetime

import msgspec
import pytest
import torch

from graphrec.common.errors import GraphError
from graphrec.config.roles import ItemRole, UserRole
from graphrec.config.schema import Behaviour, GraphSchema
from graphrec.db.database import Database
from graphrec.graph.behaviours import packs, read_behaviour
from graphrec.graph.columns import read_edges, read_nodes
from graphrec.graph.hetero import Graph, load_graph
from graphrec.graph.typed import NO_TIME

LIBRARY = GraphSchema(user=UserRole("Big Reader", "card no"), item=ItemRole("Book", "isbn"))


def edges(graph: Graph, *kind: str) -> list[tuple[object, object]]:
    """Return an edge type's ends as keys."""
    keys = {"user": graph.users, "item": graph.items, "entity": graph.entities}
    index = graph.data[kind].edge_index.tolist()
    return sorted(zip((keys[kind[0]][n] for n in index[0]), (keys[kind[2]][n] for n in index[1]), strict=True))


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def test_the_known_answer(tiny: Database):
    graph = load_graph(tiny, GraphSchema(social=("FRIEND_OF",)))
    assert (graph.users, graph.items, graph.entities) == (["a", "b", "c"], ["w", "x", "y", "z"], ["c1", "g1"])
    assert {name: graph.data[name].num_nodes for name in ("user", "item", "entity")} == {
        "user": 3,
        "item": 4,
        "entity": 2,
    }
    assert edges(graph, "user", "RATED", "item") == [("a", "w"), ("a", "x"), ("b", "y")]
    assert edges(graph, "user", "PURCHASED", "item") == [("a", "x"), ("a", "x")]
    assert edges(graph, "item", "HAS_GENRE", "entity") == [("x", "g1"), ("y", "g1")]
    assert edges(graph, "entity", "POPULAR_IN", "entity") == [("g1", "c1")]
    assert edges(graph, "item", "SEQUEL_OF", "item") == [("x", "w")]
    assert edges(graph, "user", "FRIEND_OF", "user") == [("a", "b")]
    rated, bought = graph.data["user", "RATED", "item"], graph.data["user", "PURCHASED", "item"]
    assert rated.time.tolist() == [NO_TIME, seconds("2020-01-01T00:00:00Z"), seconds("2020-01-02T00:00:00Z")]
    assert rated.edge_weight.tolist() == [1, 1, 1]
    assert bought.edge_weight.tolist() == [2, 3.5]
    assert bought.time.tolist() == [seconds("2020-01-03T00:00:00Z"), seconds("2020-01-04T00:00:00Z")]
    assert graph.schema.behaviours == {
        "PURCHASED": Behaviour(strength="weight", time="at"),
        "RATED": Behaviour(time="at"),
    }
    assert graph.schema.knowledge == ("HAS_GENRE", "POPULAR_IN", "SEQUEL_OF")


def test_edges_are_the_same_however_many_sources_arrive_together(tiny: Database):
    known = {block: sorted(zip(*read_edges(tiny, ["RATED"], block)["RATED"], strict=True)) for block in (1, 2, 3, 256)}
    assert len(known[1]) == 3
    assert known[1] == known[2] == known[3] == known[256]


def test_types_and_reverses(tiny: Database):
    data = load_graph(tiny, GraphSchema(social=("FRIEND_OF",))).data
    assert data.validate(raise_on_error=True)
    forward = [kind for kind in data.edge_types if not kind[1].startswith("rev_")]
    assert len(forward) == 6
    assert len(data.edge_types) == 12
    for head, kind, tail in forward:
        one, back = data[head, kind, tail], data[tail, f"rev_{kind}", head]
        assert one.edge_index.dtype == torch.int64
        assert torch.equal(back.edge_index, one.edge_index.flip(0))
        if (head, tail) == ("user", "item"):
            assert one.edge_weight.dtype == torch.float32
            assert one.time.dtype == torch.int64
            assert torch.equal(back.edge_weight, one.edge_weight)
            assert torch.equal(back.time, one.time)


def test_a_foreign_graph_is_read_as_neo4j_tells_it(library: Database):
    graph = load_graph(library, LIBRARY)
    told = library.read(
        "MATCH (r:`Big Reader`)-[e]->(b:Book) RETURN r.`card no` AS r, b.isbn AS b, e.since.epochSeconds AS t"
    )
    kind = ("user", "BORROWED BY CARD", "item")
    assert edges(graph, *kind) == sorted((row["r"], row["b"]) for row in told)
    index, time = graph.data[kind].edge_index.tolist(), graph.data[kind].time.tolist()
    read = {(graph.users[u], graph.items[i], t) for u, i, t in zip(*index, time, strict=True)}
    assert read == {(row["r"], row["b"], row["t"]) for row in told}
    names = {row["id"]: row["name"] for row in library.read("MATCH (n) RETURN elementId(n) AS id, n.name AS name")}
    assert {(b, names[a]) for b, a in edges(graph, "item", "WRITTEN_BY", "entity")} == {
        (f"isbn-{k:02}", f"Author {k % 4}") for k in range(20)
    }
    assert {(names[a], names[b]) for a, b in edges(graph, "entity", "BORN IN", "entity")} == {
        (f"Author {k}", f"Country {k % 2}") for k in range(4)
    }


def test_nothing_is_written(library: Database):
    count = "MATCH (n) OPTIONAL MATCH (n)-[r]->() RETURN count(r) AS r, sum(size(keys(n))) AS keys"
    before = library.read(count)[0].data()
    load_graph(library, LIBRARY)
    assert library.read(count)[0].data() == before


def test_a_behaviour_may_run_from_item_to_user(db: Database):
    db.write("CREATE (:User {userId: 1})<-[:READ_BY]-(:Item {itemId: 1}), (:User {userId: 2}), (:Item {itemId: 2})")
    graph = load_graph(db, GraphSchema(behaviours={"READ_BY": Behaviour()}))
    assert edges(graph, "user", "READ_BY", "item") == [(1, 1)]
    with pytest.raises(GraphError, match=r"no behaviours.*READ_BY"):
        load_graph(db, GraphSchema())  # not guessed: it might as well be (:Item)-[:SOLD_BY]->(:User)


def test_weight_times_strength(tiny: Database):
    mapped = {"PURCHASED": Behaviour(weight=2, strength="weight"), "RATED": Behaviour(weight=0.5)}
    data = load_graph(tiny, GraphSchema(behaviours=mapped)).data
    assert data["user", "PURCHASED", "item"].edge_weight.tolist() == [4, 7]
    assert data["user", "RATED", "item"].edge_weight.tolist() == [0.5] * 3


def test_the_same_graph_gives_the_same_tensors(tiny: Database):
    first = load_graph(tiny, GraphSchema())
    stored = tiny.read("MATCH (u:User)-[r]->(i:Item) RETURN u.userId AS u, i.itemId AS i, type(r) AS t, r{.*} AS p")
    tiny.write("MATCH (:User)-[r]->(:Item) DELETE r")
    for kind in ("RATED", "PURCHASED"):
        rows = [row.data() for row in reversed(stored) if row["t"] == kind]
        tiny.write(
            f"UNWIND $rows AS r MATCH (u:User {{userId: r.u}}), (i:Item {{itemId: r.i}}) CREATE (u)-[e:{kind}]->(i) "
            "SET e = r.p",
            rows=rows,
        )
    again = load_graph(tiny, first.schema)
    assert again.fingerprint == first.fingerprint
    assert torch.equal(again.data["user", "RATED", "item"].edge_index, first.data["user", "RATED", "item"].edge_index)
    tiny.write("MATCH (:User {userId: 'a'})-[r:PURCHASED {weight: 2}]->() SET r.weight = 2.5")
    assert load_graph(tiny, first.schema).fingerprint != first.fingerprint


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("datetime('2020-01-01T01:00:00+01:00')", "2020-01-01T00:00:00Z"),
        ("localdatetime('2020-01-01T00:00:00')", "2020-01-01T00:00:00Z"),
        ("date('2020-01-01')", "2020-01-01T00:00:00Z"),
        ("1577836800", "2020-01-01T00:00:00Z"),
        ("1577836800.75", "2020-01-01T00:00:00Z"),
        ("1577836800000", "2020-01-01T00:00:00Z"),
        ("1577836800000000", "2020-01-01T00:00:00Z"),
        ("-86400", "1969-12-31T00:00:00Z"),
        ("'2020-01-01'", "2020-01-01T00:00:00Z"),
        ("'2020-01-01T01:00:00+01:00'", "2020-01-01T00:00:00Z"),
    ],
)
def test_times(tiny: Database, value: str, expected: str):
    tiny.write(f"MATCH (:User {{userId: 'b'}})-[r:RATED]->() SET r.at = {value}")
    data = load_graph(tiny, GraphSchema()).data
    assert data["user", "RATED", "item"].time[2].item() == seconds(expected)


@pytest.mark.parametrize("value", ["'last week'", "true", "duration('P1D')", "[1, 2]", "toFloat('NaN')"])
def test_what_is_no_time_is_named(tiny: Database, value: str):
    tiny.write(f"MATCH (:User {{userId: 'b'}})-[r:RATED]->() SET r.at = {value}")
    with pytest.raises(GraphError, match=r"RATED\.at = .* not a time"):
        load_graph(tiny, GraphSchema())


@pytest.mark.parametrize(("value", "shown"), [("-1", "-1"), ("toFloat('NaN')", "nan"), ("'much'", "'much'")])
def test_what_is_no_strength_is_named(tiny: Database, value: str, shown: str):
    tiny.write(f"MATCH ()-[r:PURCHASED {{weight: 2}}]->() SET r.weight = {value}")
    with pytest.raises(GraphError, match=rf"PURCHASED\.weight = {shown}"):
        load_graph(tiny, GraphSchema())


def test_a_missing_strength_counts_as_one_and_is_reported(tiny: Database, caplog: pytest.LogCaptureFixture):
    tiny.write("MATCH ()-[r:PURCHASED {weight: 2}]->() REMOVE r.weight")
    assert load_graph(tiny, GraphSchema()).data["user", "PURCHASED", "item"].edge_weight.tolist() == [1, 3.5]
    assert "1 of 2 PURCHASED have no 'weight'" in caplog.text


@pytest.mark.parametrize("strength", [None, "weight"])
@pytest.mark.parametrize("time", [None, "at"])
def test_packed_and_listed_are_the_same(db: Database, strength: str | None, time: str | None):
    assert packs(db)
    db.write("UNWIND range(0, 9000) AS k CREATE (:Item {itemId: k})")
    db.write("UNWIND range(0, 2) AS k CREATE (:User {userId: k})")
    # 9,001 items of one user are three vectors, 4,096 are exactly one; another user has none.
    db.write(
        "MATCH (u:User), (i:Item) WHERE u.userId = 0 OR u.userId = 2 AND i.itemId < 4096 "
        "CREATE (u)-[:RATED {weight: i.itemId / 8.0, at: datetime({epochSeconds: 10 * i.itemId})}]->(i)"
    )
    schema = GraphSchema(behaviours={"RATED": Behaviour(strength=strength, time=time)})
    users, items = read_nodes(db, "user", UserRole()), read_nodes(db, "item", ItemRole())
    told: list[int] = []
    one, other = (
        read_behaviour(db, schema, "RATED", users, items, packed=packed, done=told.append) for packed in (True, False)
    )
    for name in ("users", "items", "weight", "time"):
        assert getattr(one, name).dtype == getattr(other, name).dtype
        assert getattr(one, name).tolist() == getattr(other, name).tolist()
    assert one.users.tolist() == [0] * 9001 + [2] * 4096
    assert one.items.tolist() == [*range(9001), *range(4096)]
    assert one.time[9000] == (90_000 if time else NO_TIME)
    assert one.weight[9000] == (1125 if strength else 1)
    assert sum(told) == 2 * (9001 + 4096)


def test_vectors(tiny: Database):
    tiny.write(
        "MATCH (i:Item) WHERE i.itemId IN ['z', 'x'] SET i.textVector = [size(i.itemId), 0.5], i.textEncoder = 'e@1' "
        "SET i.imageVector = CASE i.itemId WHEN 'x' THEN [1.0, 2.0, 3.0] END"
    )
    graph = load_graph(tiny, GraphSchema())
    item = graph.data["item"]
    assert item.text.tolist() == [[0, 0], [1, 0.5], [0, 0], [1, 0.5]]
    assert item.text.dtype == torch.float32
    assert item.text_mask.tolist() == [False, True, False, True]
    assert item.image[1].tolist() == [1, 2, 3]
    assert item.image_mask.tolist() == [False, True, False, False]
    assert "audio" not in item
    assert graph.encoders == {"text": "e@1", "image": "unknown"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("SET i.textVector = [1.0, 2.0, 3.0]", "unequal length"),
        ("SET i.textEncoder = 'other@2'", "several encoders"),
        ("SET i.textVector = [1.0, toFloat('NaN')]", "NaN"),
        ("SET i.textVector = ['a', 'b']", "not a list of numbers"),
    ],
)
def test_vectors_that_do_not_fit_together(tiny: Database, change: str, said: str):
    tiny.write("MATCH (i:Item) SET i.textVector = [1.0, 2.0], i.textEncoder = 'e@1'")
    tiny.write(f"MATCH (i:Item {{itemId: 'y'}}) {change}")
    with pytest.raises(GraphError, match=said) as caught:
        load_graph(tiny, GraphSchema())
    assert "graphrec embed" in str(caught.value)


def test_an_edge_among_other_parts_of_the_database_is_none_of_ours(tiny: Database):
    tiny.write("CREATE (:Log)-[:NEXT]->(:Log), (:Entity {entityId: 'lonely'})")
    graph = load_graph(tiny, GraphSchema())
    assert graph.entities == ["c1", "g1"]
    assert "NEXT" not in graph.schema.knowledge


def test_without_knowledge(tiny: Database):
    graph = load_graph(tiny, GraphSchema(knowledge=()))
    assert graph.data["entity"].num_nodes == 0
    assert graph.entities == []
    assert {kind[1] for kind in graph.data.edge_types} == {"RATED", "PURCHASED", "rev_RATED", "rev_PURCHASED"}


def test_resolving_twice_changes_nothing(library: Database):
    resolved = load_graph(library, LIBRARY).schema
    assert load_graph(library, resolved).schema == resolved
    assert msgspec.convert(msgspec.to_builtins(resolved), GraphSchema) == resolved
