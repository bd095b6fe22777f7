"""SIMILAR edges in Neo4j: the run's weights, seen with their run and never trained on; what explain makes of them."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from graphrec.common.errors import ConfigError, DatabaseError
from graphrec.config.schema import Behaviour, GraphSchema
from graphrec.config.settings import Settings
from graphrec.content.store import read_facts
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.graph.hetero import load_graph
from graphrec.graph.mapping import resolve, shape
from graphrec.model.sparse_conv import known_beta
from graphrec.publishing.publish import publish
from graphrec.publishing.registry import Sizes, published_runs, rollback
from graphrec.publishing.similar_edges import CommonUsers, strongest
from graphrec.publishing.writer import Writer
from graphrec.runs.run import Run
from graphrec.runs.store import list_runs
from graphrec.serving.explain import Reason, explain

PLAIN = GraphSchema()
#: B[j, i]: what having done j speaks for i. Jaws for E.T., Duel and Alien, E.T. for Duel; Duel against Alien.
WEIGHTS = [
    [9.0, 0.3, 0.5, 0.1, 0.0],
    [0.2, 0.0, 0.7, 0.0, 0.0],
    [0.1, 0.0, 0.0, -2.0, 0.0],
    [0.0, 0.0, 0.0, 0.0, 0.0],
    [0.0, 0.0, 0.4, 0.6, 0.0],
]
OF_THE_READERS = """
MATCH (:Recommender {recommenderId: 'default'})-[:ACTIVE]->(run:Run)
MATCH (j:Item)-[s:SIMILAR]->(i:Item)
WHERE s.runId = run.itemsRunId
RETURN j.itemId AS j, s.rank AS rank, i.itemId AS i, s.weight AS weight
"""


def seen(db: Database) -> set[tuple[str, int, str, float]]:
    """Return the edges of the run that readers see."""
    return {tuple(row.values()) for row in db.read(OF_THE_READERS)}


def counts(db: Database) -> dict[str, int]:
    """Return how many edges each run has in the database."""
    rows = db.read("MATCH ()-[s:SIMILAR]->() RETURN s.runId AS run, count(*) AS edges")
    return {row["run"]: row["edges"] for row in rows}


@pytest.fixture
def make_edges(film_run: Run, make_run):
    """Make a run of the films with the given weights from item to item."""

    def make(weights: Sequence[Sequence[float]] | None, factor: float = 1.0) -> Run:
        matrix = torch.zeros(5, 5) if weights is None else torch.tensor(weights) * factor
        pairs = list(zip(*film_run.seen("all").nonzero(), strict=True))
        user, item = (part.tolist() for part in film_run.embeddings("all"))
        extra = {"similar": matrix, "similar.alpha": torch.tensor(0.5)}
        return make_run(film_run.users, film_run.items, user, item, pairs, arrays=extra)

    return make


def csr(matrix: torch.Tensor) -> torch.Tensor:
    """Return what is not 0."""
    with known_beta():
        return matrix.to_sparse_csr()


@pytest.mark.parametrize("sparse", [False, True])
def test_the_strongest_edges_are_those_of_the_matrix(sparse: bool):
    matrix = torch.randn(40, 40, generator=torch.Generator().manual_seed(0))
    matrix[7] = -1.0  # speaks for nothing
    matrix[8, 10:] = 0.0
    there = [item not in {3, 11} for item in range(40)]
    edges = csr(matrix) if sparse else matrix
    found = {item: list(zip(others, weights, strict=True)) for item, others, weights in strongest(edges, 5, there)}
    assert set(found) == set(range(40)) - {3, 7, 11}
    for item, kept in found.items():
        values = matrix[item].tolist()
        left = [i for i in range(40) if values[i] > 0 and i not in {item, 3, 11}]
        assert kept == [(i, values[i]) for i in sorted(left, key=lambda i: -values[i])[:5]]


def test_publish_writes_the_weights_of_the_run(films, make_edges, run):
    made = make_edges(WEIGHTS)
    result = run("publish", made.run_id, "--similar", "2", "--json")
    assert result.exit_code == 0, result.stderr
    done = json.loads(result.stdout)
    assert (done["runId"], done["similar"], done["similarK"]) == (made.run_id, 7, 2)
    ranks = {(j, rank, i) for j, rank, i, _ in seen(films)}
    assert ranks == {
        *[("1", 1, "3"), ("1", 2, "2")],
        *[("2", 1, "3"), ("2", 2, "1")],
        ("3", 1, "1"),
        *[("5", 1, "4"), ("5", 2, "3")],
    }
    place = {item: n for n, item in enumerate(made.items)}
    similar = made.similar
    assert similar is not None
    assert all(weight == similar[place[j], place[i]].item() for j, _, i, weight in seen(films))
    assert "7 SIMILAR edges (top 2)" in run("publish", made.run_id, "--similar", "2").stdout
    row = json.loads(run("runs", "--json").stdout)[0]
    assert (row["similar"], row["similarK"], row["similarItems"]) == (7, 2, 4)


def test_sparse_weights_are_published_too(films, film_run, make_run):
    sparse = csr(torch.tensor(WEIGHTS))
    parts = {"indptr": sparse.crow_indices(), "indices": sparse.col_indices(), "values": sparse.values()}
    extra = {f"similar.{name}": part for name, part in parts.items()} | {"similar.alpha": torch.tensor(0.5)}
    user, item = (part.tolist() for part in film_run.embeddings("all"))
    made = make_run(film_run.users, film_run.items, user, item, arrays=extra)
    assert publish(films, made, batch=2).similar == 8
    assert {(j, i, round(weight, 3)) for j, _, i, weight in seen(films)} == {
        (str(j + 1), str(i + 1), w) for j, row in enumerate(WEIGHTS) for i, w in enumerate(row) if w > 0 and i != j
    }


def test_zero_writes_none_and_a_wrong_value_exits_2(films, make_edges, run, settings: Settings):
    made = make_edges(WEIGHTS)
    assert publish(films, made, similar=0).similar == 0
    assert counts(films) == {}
    for wrong in ("-1", "many"):
        assert run("publish", "--similar", wrong).exit_code == 2
    (settings.root / "graphrec.toml").write_text("[publish]\nsimilar = 1.5\n")
    refused = run("publish")
    assert refused.exit_code == 2
    assert "[publish] similar = 1.5: must be a whole number" in refused.stderr
    (settings.root / "graphrec.toml").write_text("[publish]\nsimilar = 1\n")
    assert run("publish", made.run_id).exit_code == 0
    assert counts(films) == {f"{made.run_id}~2": 4}


def test_a_run_without_edges_is_published_without(films, film_run, make_edges):
    assert publish(films, film_run).similar == 0
    assert publish(films, film_run, similar=5).outcome == "unchanged"
    assert publish(films, make_edges(None)).similar == 0
    assert counts(films) == {}


def test_edges_go_to_and_fro_with_their_run(films, make_edges, run):
    first, second, third = (make_edges(WEIGHTS, factor) for factor in (1.0, 2.0, 4.0))
    publish(films, first)
    of_the_first = seen(films)
    publish(films, second)
    of_the_second = seen(films)
    assert {(j, r, i, w * 2) for j, r, i, w in of_the_first} == of_the_second
    assert counts(films) == {first.run_id: 8, second.run_id: 8}
    assert run("rollback").exit_code == 0
    assert seen(films) == of_the_first
    assert publish(films, second).outcome == "switched"
    assert seen(films) == of_the_second
    publish(films, third)  # forgets the first
    assert counts(films) == {second.run_id: 8, third.run_id: 8}
    rollback(films)
    assert seen(films) == of_the_second
    publish(films, make_edges(None))  # forgets the third, and says nothing itself
    assert counts(films) == {second.run_id: 8}
    assert seen(films) == set()


def test_publishing_again_knows_what_is_there(films, make_edges):
    made = make_edges(WEIGHTS)
    publish(films, made)
    before = seen(films), published_runs(films)
    assert publish(films, made).outcome == "unchanged"
    assert (seen(films), published_runs(films)) == before
    films.write("MATCH (:Item {itemId: '1'})-[s:SIMILAR]->(:Item {itemId: '3'}) DELETE s")
    repaired = publish(films, made)
    assert (repaired.outcome, repaired.run_id) == ("written", f"{made.run_id}~2")
    assert seen(films) == before[0]
    assert publish(films, made, similar=1).similar == 4
    assert {rank for _, rank, _, _ in seen(films)} == {1}


def test_runs_published_before_there_were_edges(films, make_edges):
    made = make_edges(WEIGHTS)
    publish(films, made, similar=0)
    films.write("MATCH (run:Run) REMOVE run.similar, run.similarK, run.similarItems")
    assert publish(films, made, similar=0).outcome == "unchanged"
    again = publish(films, made)
    assert (again.outcome, again.similar) == ("written", 8)
    rollback(films)
    assert seen(films) == set()
    assert publish(films, made, similar=0).outcome == "unchanged"
    assert publish(films, made).outcome == "switched"
    assert len(seen(films)) == 8


def test_items_that_are_gone_neither_send_nor_are_sent_to(films, make_edges):
    films.write("MATCH (i:Item {itemId: '3'}) DETACH DELETE i")
    publish(films, make_edges(WEIGHTS), similar=1)
    # The best of what is there: E.T. for Jaws, whose strongest edge led to Duel.
    assert {(j, rank, i) for j, rank, i, _ in seen(films)} == {("1", 1, "2"), ("2", 1, "1"), ("5", 1, "4")}


def test_readers_see_no_edge_before_the_switch(films, make_edges):
    old = make_edges(WEIGHTS)
    publish(films, old)
    before = seen(films)
    about = {"created": old.created, "settings": "{}", "metrics": "{}", "fingerprint": "", "sizes": Sizes(1, 1)}
    nodes = {
        row["key"]: row["node"] for row in films.read("MATCH (n:Item) RETURN n.itemId AS key, elementId(n) AS node")
    }
    writer = Writer(films, PLAIN, run_id="r", **about)
    writer.similar([(nodes["4"], [nodes["5"]], [1.0])])
    writer._similar_items = 0  # as if the answer to the commit had been lost, and the driver had tried again
    writer.similar([(nodes["4"], [nodes["5"]], [1.0])])
    assert (counts(films)["r"], seen(films)) == (1, before)
    # One that has been overtaken writes nothing more, and what it has written goes.
    other = Writer(films, PLAIN, run_id="s", **about)
    writer.similar([(nodes["5"], [nodes["4"]], [1.0])])
    assert (counts(films), seen(films)) == ({old.run_id: 8}, before)
    # One of which a batch is missing is not shown.
    other.similar([(nodes["4"], [nodes["5"]], [1.0])])
    other._similar_items += 1
    with pytest.raises(DatabaseError, match="was not published"):
        other.switch(items=0)
    assert seen(films) == before
    other._similar_items -= 1
    other.switch(items=0)
    assert seen(films) == {("4", 1, "5", 1.0)}


def test_no_training_sees_them(films, make_edges, run):
    films.write("MATCH (a:Item {itemId: '3'}), (b:Item {itemId: '1'}) CREATE (b)-[:FOLLOWED_BY]->(a)")
    before, facts = load_graph(films, resolve(films, PLAIN)), read_facts(films, PLAIN)
    publish(films, make_edges(WEIGHTS))
    assert len(seen(films)) == 8
    assert "SIMILAR" not in shape(films).types
    schema = resolve(films, PLAIN)
    assert schema.knowledge == ("DIRECTED_BY", "FOLLOWED_BY", "HAS_GENRE")
    after = load_graph(films, schema)
    assert after.fingerprint == before.fingerprint
    assert after.data.edge_types == before.data.edge_types
    assert read_facts(films, PLAIN) == facts
    shown = run("inspect")
    assert shown.exit_code == 0
    assert "SIMILAR" not in shown.stdout + shown.stderr
    for mapped in (GraphSchema(knowledge=("SIMILAR",)), GraphSchema(behaviours={"SIMILAR": Behaviour()})):
        with pytest.raises(ConfigError, match="'SIMILAR' is what graphrec itself writes"):
            resolve(films, mapped)


def test_a_second_training_is_the_first(db, settings: Settings, run):
    """Train, publish the edges, train again: the same graph, and the same weights."""
    db.write("UNWIND range(0, 59) AS u CREATE (:User {userId: u})")
    db.write(
        """
        UNWIND range(0, 39) AS b
        MERGE (e:Entity {entityId: toString(b % 8)})
        CREATE (:Item {itemId: b, title: 'book ' + toString(b)})-[:WRITTEN_BY]->(e)
        """
    )
    db.write("MATCH (u:User), (i:Item) WHERE (u.userId + i.itemId) % 6 IN [0, 2] CREATE (u)-[:RATED]->(i)")
    (settings.root / "graphrec.toml").write_text("[model]\ndim = 8\n[train]\nepochs = 2\n")
    runs: list[Run] = []
    for _ in range(2):
        assert run("train").exit_code == 0
        assert (published := run("publish")).exit_code == 0, published.stderr
        runs += [one for one in list_runs(settings) if one.run_id not in {known.run_id for known in runs}]
    similar = runs[0].similar
    assert similar is not None
    assert len(seen(db)) == sum(min(10, int((row > 0).sum())) for row in similar) > 0
    assert all(weight == similar[int(j), int(i)].item() for j, _, i, weight in seen(db))
    assert runs[1].fingerprint == runs[0].fingerprint
    assert runs[1].schema == runs[0].schema
    assert all(torch.equal(a, b) for a, b in zip(runs[0].embeddings("all"), runs[1].embeddings("all"), strict=True))


def reason(db: Database, user: str, item: str, schema: GraphSchema = PLAIN) -> Reason | None:
    return next((r for r in explain(db, schema, user, item) if r.kind == "similar"), None)


def test_explain_says_what_the_users_items_say(films, make_edges, run):
    publish(films, make_edges(WEIGHTS), k=3)
    found = reason(films, "anna", "3")
    assert found is not None
    assert (found.via, found.count, found.total) == (["2", "1"], 2, 2)
    assert found.score == pytest.approx(0.5 + 0.7)
    why = run("explain", "anna", "Duel").stdout
    assert "similar\tusers who chose “E.T.” and “Jaws” tend towards it (model weight 1.20)" in why.splitlines()
    rows = json.loads(run("recommend", "anna", "--explain", "--json").stdout)
    assert {row["title"]: row["why"] for row in rows}["Duel"].startswith("users who chose “E.T.” and “Jaws” tend")
    # Cleo did Alien and Jaws; Alien speaks for nothing. Dune is spoken for by nothing.
    found = reason(films, "cleo", "2")
    assert found is not None
    assert (found.via, found.count, found.total) == (["1"], 1, 2)
    assert reason(films, "anna", "5") is None


def test_explain_keeps_to_the_active_run_and_to_what_is_predicted(films, make_edges):
    first, second = make_edges(WEIGHTS), make_edges(WEIGHTS, 2.0)
    publish(films, first)
    publish(films, second)
    found = reason(films, "anna", "3")
    assert found is not None
    assert found.score == pytest.approx(2.4)
    rollback(films)
    found = reason(films, "anna", "3")
    assert found is not None
    assert found.score == pytest.approx(1.2)
    films.write("MATCH (u:User {userId: 'anna'}), (i:Item {itemId: '5'}) CREATE (u)-[:LOOKED_AT]->(i)")
    both = {"RATED": Behaviour(), "LOOKED_AT": Behaviour(target=False)}
    found = reason(films, "anna", "3", GraphSchema(behaviours=both))
    assert found is not None
    assert (found.via, found.total) == (["2", "1"], 2)
    publish(films, make_edges(WEIGHTS, 3.0), similar=0)
    assert reason(films, "anna", "3") is None


def test_what_is_disliked_is_no_reason(films, make_edges):
    publish(films, make_edges(WEIGHTS))
    graded = GraphSchema(behaviours={"RATED": Behaviour(strength="rating", dislike=4.0)})
    liked = reason(films, "anna", "3")
    found = reason(films, "anna", "3", graded)
    assert liked is not None
    assert liked.via == ["2", "1"]
    assert found is not None
    # E.T., which Anna rated 4, was the strongest; of Jaws, which Ben rated 4, he is no other user of Duel who liked it.
    assert (found.via, found.count, found.total) == (["1"], 1, 1)
    assert "behaviour" in {r.kind for r in explain(films, PLAIN, "anna", "3")}
    assert "behaviour" not in {r.kind for r in explain(films, graded, "anna", "3")}
    # Nor does it become one by what else was done with it; and the average is still that of all ratings.
    films.write("MATCH (u:User {userId: 'anna'}), (i:Item {itemId: '2'}) CREATE (u)-[:BOUGHT]->(i)")
    both = GraphSchema(behaviours={**graded.behaviours, "BOUGHT": Behaviour()})
    found = reason(films, "anna", "3", both)
    assert found is not None
    assert found.via == ["1"]
    films.write("MATCH (u:User {userId: 'anna'}), (i:Item {itemId: '1'}) CREATE (u)-[:RETURNED]->(i)")
    returned = GraphSchema(behaviours={"RATED": Behaviour(), "RETURNED": Behaviour(negative=True, target=False)})
    found = reason(films, "anna", "3", returned)
    assert found is not None
    assert found.via == ["2"]


def test_edges_are_no_evidence_of_another_kind(films, make_edges):
    """Whatever is published, the other reasons are the same, their scores included."""
    made = make_edges(WEIGHTS)

    def others() -> list[Reason]:
        pairs = [(user, item) for user in made.users for item in made.items]
        found = [r for user, item in pairs for r in explain(films, PLAIN, user, item)]
        return [r for r in found if r.kind not in {"published", "similar"}]

    without = others()
    assert {r.kind for r in without} == {"entity", "behaviour", "content", "done"}
    publish(films, made)
    assert others() == without


def test_a_long_history_is_read_in_part(films, make_edges):
    publish(films, make_edges(WEIGHTS))
    names = {"k": 1, "sample": 9, "others": 9, "behaviours": None, "targets": None, "dislikes": {}, "knowledge": None}
    query = queries.load("query/explain", PLAIN)
    for history, counted in ((0, []), (1, [(1, 1)]), (9, [(2, 2)])):
        rows = films.read(query, user="anna", item="3", history=history, run=None, **names)
        assert [(r["count"], r["total"]) for r in rows if r["kind"] == "similar"] == counted


def test_the_sentence_counts_what_it_does_not_list():
    said = Reason("similar", ["1", "2"], ["A, The", "B"], [], [], None, None, 5, 9, 1.234).sentence
    assert said == "users who chose “A, The”, “B” and 3 more tend towards it (model weight 1.23)"


def test_edges_of_few_users_are_left_out_where_a_bound_is_set() -> None:
    done = csr_array(np.array([[1, 1, 0, 0, 0], [1, 1, 1, 0, 0], [0, 0, 1, 1, 0]], np.float32))
    there = [True] * 5
    for least, pairs in ((0, None), (1, {(0, 1), (0, 2), (1, 0), (1, 2), (2, 0)}), (2, {(0, 1), (1, 0)}), (3, set())):
        common = CommonUsers(done, least) if least else None
        found = {
            (item, other) for item, others, _ in strongest(torch.tensor(WEIGHTS), 5, there, common) for other in others
        }
        assert found == (pairs if pairs is not None else found)
        assert least or (4, 3) in found
