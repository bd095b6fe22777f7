"""Searches leave Neo4j as edges to what they mean, and nothing else changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
import numpy as np
import pytest
import torch

from graphrec.common.errors import ConfigError, GraphError, LeakageError
from graphrec.config.schema import Behaviour, GraphSchema, Searches
from graphrec.config.settings import SplitSettings
from graphrec.db.database import Database
from graphrec.evaluation.split import leak_free_training_graph, make_split
from graphrec.graph.hetero import Graph, load_graph
from graphrec.graph.mapping import resolve
from graphrec.graph.typed import NO_TIME

KIND = ("user", "SEARCHED", "item")
HALF = float(np.sqrt(0.5))


def mapped(**changes: Any) -> GraphSchema:
    return GraphSchema(searches={"SEARCHED": Searches(**{"items": 2, **changes})})


def told(graph: Graph) -> list[tuple[Any, ...]]:
    """Return the edges of searches: user, item, weight, day."""
    store = graph.data[KIND]
    days = [None if t == NO_TIME else datetime.fromtimestamp(t).day for t in store.time.tolist()]
    ends = zip(*store.edge_index.tolist(), store.edge_weight.tolist(), days, strict=True)
    return [(graph.users[u], graph.items[i], round(w, 5), day) for u, i, w, day in ends]


def test_the_known_answer(asked: Database, caplog: pytest.LogCaptureFixture):
    graph = load_graph(asked, mapped(weight=3.0))
    most, least = round(3 / (1 + HALF), 5), round(3 * HALF / (1 + HALF), 5)
    assert told(graph) == [
        ("a", "w", most, 3),
        ("a", "x", most, 4),
        ("a", "y", least, 3),
        ("a", "y", least, 4),
        ("c", "w", most, 5),
        ("c", "x", most, None),
        ("c", "y", least, None),
        ("c", "y", least, 5),
    ]
    assert graph.data[KIND].edge_weight.sum() == pytest.approx(4 * 3.0)
    assert torch.equal(graph.data["item", "rev_SEARCHED", "user"].edge_weight, graph.data[KIND].edge_weight)
    said = caplog.text
    assert "SEARCHED: 2 of 6 searches have no text: they are left out" in said
    assert "SEARCHED: 1 of 6 searches are not encoded" in said
    assert "right" not in said


def test_searches_are_no_targets_and_never_seen(asked: Database):
    graph = load_graph(asked, mapped())
    split = make_split(graph.data, SplitSettings(), graph.schema)
    rated = [("a", "w"), ("b", "x")]
    assert sorted((graph.users[u], graph.items[i]) for u, i in split.train.T.tolist()) == rated
    assert split.seen("test").nnz == 2
    assert graph.schema.behaviours == {"RATED": Behaviour(time="at")}


def test_without_searches_everything_is_as_it_was(asked: Database):
    plain = load_graph(asked, GraphSchema())
    assert KIND not in plain.data.edge_types
    with_searches = load_graph(asked, mapped())
    assert with_searches.fingerprint != plain.fingerprint
    assert with_searches.schema.knowledge == plain.schema.knowledge == ()
    asked.write("MATCH (s:Search) DETACH DELETE s")
    assert load_graph(asked, GraphSchema()).fingerprint == plain.fingerprint


def test_the_same_searches_give_the_same_graph(asked: Database):
    one, other = load_graph(asked, mapped()), load_graph(asked, mapped())
    assert one.fingerprint == other.fingerprint
    assert load_graph(asked, mapped(items=1)).fingerprint != one.fingerprint
    assert resolve(asked, one.schema) == one.schema
    assert msgspec.convert(msgspec.to_builtins(one.schema), GraphSchema) == one.schema


def test_names_of_another_graph(asked: Database):
    asked.write("MATCH (s:Search) REMOVE s:Search SET s:`Looked For`, s.`my words` = s.text REMOVE s.text")
    asked.write("MATCH (s:`Looked For`) SET s.no = 'n' + s.searchId REMOVE s.searchId")
    asked.write("MATCH (u)-[r:SEARCHED]->(s) CREATE (u)-[:`ASKED FOR` {on: date(r.at)}]->(s) DELETE r")
    searches = Searches("Looked For", "no", "my words", time="on", items=2)
    graph = load_graph(asked, GraphSchema(searches={"ASKED FOR": searches}))
    users, items = graph.data["user", "ASKED FOR", "item"].edge_index.tolist()
    assert {(graph.users[u], graph.items[i]) for u, i in zip(users, items, strict=True)} == {
        (user, item) for user in "ac" for item in "wxy"
    }


@pytest.mark.parametrize("method", ["user-time", "global-time"])
def test_a_search_after_the_cut_does_not_reach_training(db: Database, method: str):
    days = [f"2020-01-{day:02}" for day in range(1, 11)]
    db.write(
        """
        UNWIND range(0, 9) AS k
        CREATE (:Item {itemId: k, textVector: [cos(k / 10.0), sin(k / 10.0)], textEncoder: 'words@0'})
        """
    )
    db.write("CREATE (:User {userId: 'a'}), (:User {userId: 'b'})")
    db.write(
        """
        MATCH (u:User)
        UNWIND range(0, 9) AS k
        MATCH (i:Item {itemId: k})
        CREATE (u)-[:RATED {at: datetime($days[k])}]->(i)
        CREATE (s:Search {searchId: u.userId + k, text: '?', textVector: i.textVector, textEncoder: 'words@0'})
        CREATE (u)-[:SEARCHED {at: datetime($days[k]) + duration('PT1H')}]->(s)
        """,
        days=days,
    )
    graph = load_graph(db, mapped(items=1))
    split = make_split(graph.data, SplitSettings(method=method), graph.schema)
    store = leak_free_training_graph(graph.data, split)[KIND]
    # The last two days are valid and test: the searches of the eight before them stay.
    assert sorted(store.edge_index[1].tolist()) == sorted([*range(8), *range(8)])
    cut = int(datetime.fromisoformat("2020-01-09T00:00:00+00:00").timestamp())
    assert int(store.time.max()) < cut


def test_a_split_by_time_wants_the_time_of_every_search(asked: Database):
    graph = load_graph(asked, mapped())
    with pytest.raises(GraphError, match="2 of 8 SEARCHED have none") as refused:
        make_split(graph.data, SplitSettings(method="user-time"), graph.schema)
    assert "[graph.searches.SEARCHED]" in str(refused.value.hint)


def test_a_search_for_what_is_held_out_is_taken_out_at_random_splits_too(asked: Database):
    asked.write("MATCH (u:User {userId: 'c'}), (i:Item) WHERE i.itemId <> 'v' CREATE (u)-[:RATED]->(i)")
    graph = load_graph(asked, mapped())
    split = make_split(graph.data, SplitSettings(valid=0.25, test=0.25), graph.schema)
    held = {tuple(pair) for pair in torch.cat([split.valid, split.test], 1).T.tolist()}
    assert held
    before, after = (
        graph.data[KIND].edge_index.T.tolist(),
        leak_free_training_graph(graph.data, split)[KIND].edge_index.T.tolist(),
    )
    assert after == [pair for pair in before if tuple(pair) not in held]


def test_a_published_split_gives_searches_their_part(asked: Database):
    asked.write("MATCH (:User)-[r:RATED]->(i) SET r.split = CASE i.itemId WHEN 'w' THEN 'train' ELSE 'test' END")
    asked.write("MATCH (:User {userId: 'a'})-[r:SEARCHED]->(s) SET r.split = 'test'")
    settings = SplitSettings(method="published", valid=0.0)
    graph = load_graph(asked, mapped(), settings)
    store = leak_free_training_graph(graph.data, make_split(graph.data, settings, graph.schema))[KIND]
    assert {graph.users[u] for u in store.edge_index[0].tolist()} == {"c"}


@pytest.mark.parametrize(
    ("change", "schema", "said", "hint"),
    [
        ("", mapped(label="Serch"), "[graph.searches.SEARCHED] label = 'Serch': the database has no such label",
         "did you mean 'Search'?"),
        ("", GraphSchema(searches={"SEARCHD": Searches()}), "no relationship of type 'SEARCHD'", "'SEARCHED'"),
        ("", GraphSchema(searches={"RATED": Searches()}), "joins no 'User' with a 'Search', but (:User)-[:RATED]->",
         "known: SEARCHED"),
        ("", mapped(text="txt"), "[graph.searches.SEARCHED] text = 'txt': no 'Search' has it", "did you mean 'text'?"),
        ("", mapped(key="id"), "[graph.searches.SEARCHED] key = 'id': no 'Search' has it", "searchId"),
        ("", mapped(time="when"), "[graph.searches.SEARCHED] time = 'when': no SEARCHED has it", "known: at"),
        ("MATCH ()-[r:SEARCHED]->() SET r.at = 'soon'", mapped(), "SEARCHED.at = 'soon' (str): not a time",
         "time = in [graph.searches.SEARCHED]"),
        ("MATCH (s:Search) SET s.searchId = 7", mapped(), "[graph.searches.SEARCHED] key = 'searchId': 7 is on more",
         "merge"),
        ("MATCH (s:Search) WHERE s.textVector IS NOT NULL SET s.textEncoder = 'other@9'", mapped(),
         "the searches' vectors are of other@9, those of the items' text of words@0123456789ab", "graphrec embed"),
        ("MATCH (s:Search) REMOVE s.textVector", mapped(), "none of 6 searches has a vector", "graphrec embed"),
        ("MATCH (i:Item) REMOVE i.textVector", mapped(), "no item has a vector of its text", "graphrec embed"),
        ("MATCH (s:Search {searchId: 1}) SET s.textVector = [1.0]", mapped(), "not 2 finite numbers", "graphrec embed"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(asked: Database, change: str, schema: GraphSchema, said: str, hint: str):
    if change:
        asked.write(change)
    with pytest.raises(GraphError) as refused:
        load_graph(asked, schema)
    assert said in refused.value.message
    assert hint in str(refused.value.hint)


@pytest.mark.parametrize(
    ("schema", "error", "said"),
    [
        (GraphSchema(behaviours={"SEARCHED": Behaviour()}, searches={"SEARCHED": Searches()}), ConfigError,
         "mapped as behaviours and as searches"),
        (GraphSchema(knowledge=("SEARCHED",), searches={"SEARCHED": Searches()}), LeakageError,
         "mapped as searches and as knowledge"),
        (GraphSchema(searches={"RECOMMENDED": Searches()}), ConfigError, "what graphrec itself writes"),
        (GraphSchema(searches={"SEARCHED": Searches(label="Item")}), ConfigError, "already has another role"),
        (GraphSchema(searches={"SEARCHED": Searches(), "RATED": Searches(text="words")}), ConfigError,
         "reads 'Search' by other properties"),
    ],
)  # fmt: skip
def test_a_search_plays_one_part(asked: Database, schema: GraphSchema, error: type[Exception], said: str):
    with pytest.raises(error, match=said):
        resolve(asked, schema)


def test_given_vectors_leave_searches_unheard(asked: Database, caplog: pytest.LogCaptureFixture):
    asked.write("MATCH (i:Item) WHERE i.textEncoder IS NOT NULL SET i.textEncoder = 'given:mine.npy@1'")
    asked.write("MATCH (s:Search) REMOVE s.textVector, s.textEncoder")
    assert KIND not in load_graph(asked, mapped()).data.edge_types
    assert "cannot be compared, since the items' text vectors were given" in caplog.text


def test_what_hangs_on_searches_is_no_knowledge(asked: Database, run):
    asked.write(
        "MATCH (s:Search {searchId: 1}) CREATE (s)-[:ABOUT]->(t:Topic), (:Item {itemId: 'q'})-[:HAS_TOPIC]->(t)"
    )
    assert resolve(asked, mapped()).knowledge == ("HAS_TOPIC",)
    proposed = run("inspect")
    assert proposed.exit_code == 0, proposed.stderr
    assert "[graph.behaviours.RATED]" in proposed.stdout
    assert "SEARCHED" not in "".join(line for line in proposed.stdout.splitlines() if line.startswith("knowledge"))
    assert "[graph.behaviours.SEARCHED]" not in proposed.stdout
