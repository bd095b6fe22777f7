"""publish, runs, rollback: what readers see, what interruptions leave, what other people's data keep."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from graphrec.common.errors import DatabaseError, GraphError, NotFoundError, TrainingError
from graphrec.common.files import write_json
from graphrec.config.roles import EntityRole, ItemRole, UserRole
from graphrec.config.schema import Behaviour, GraphSchema
from graphrec.config.settings import Settings, load_settings
from graphrec.db.database import Database
from graphrec.publishing.publish import publish
from graphrec.publishing.registry import published_runs, rollback
from graphrec.publishing.top_k import top_k
from graphrec.runs.run import Run
from graphrec.serving.recommend import recommend
from graphrec.serving.similar_items import similar
from graphrec.serving.user_status import find_user

PLAIN = GraphSchema()
#: What the first publish makes.
INDEXES = ("itemEmbeddingA", "userEmbeddingA", "itemTitle")
#: Everything that is not graphrec's own result: publishing must leave it as it is.
THEIRS = """
MATCH (n)
WHERE NOT n:Run AND NOT n:Recommender
WITH n, [key IN keys(n) WHERE NOT key IN ['embeddingA', 'embeddingB']] AS kept
RETURN elementId(n) AS node, labels(n) AS labels, [key IN kept | [key, n[key]]] AS properties,
  [(n)-[r]->(m) WHERE type(r) <> 'RECOMMENDED' | [type(r), properties(r), elementId(m)]] AS edges
ORDER BY node
"""


def theirs(db: Database) -> list[tuple[object, ...]]:
    return [tuple(map(repr, row.values())) for row in db.read(THEIRS)]


def recommended(db: Database, user: str) -> list[dict[str, Any]]:
    """What the active run recommends to a user of the project in the working directory."""
    return recommend(db, load_settings(), [user])[0].rows


def links(db: Database) -> dict[str, int]:
    rows = db.read("MATCH ()-[r:RECOMMENDED]->() RETURN r.runId AS run, count(*) AS links")
    return {row["run"]: row["links"] for row in rows}


def test_top_k_is_the_full_sort_without_what_was_seen():
    generator = np.random.default_rng(0)
    user, item = generator.normal(size=(40, 4)), generator.normal(size=(30, 4))
    seen = generator.random((40, 30)) < 0.3
    seen[7] = True  # nothing is left for this one
    seen[8, 2:] = True  # two items are left
    allowed = np.ones(30, bool)
    allowed[[3, 11]] = False
    got_ids, got_scores = [], []
    truth = user @ item.T
    users = torch.from_numpy(np.delete(np.arange(40), [2, 30]))  # gone from the database
    asked: list[int] = []

    def score(part: torch.Tensor) -> torch.Tensor:
        asked.extend(part.tolist())
        return torch.tensor(truth[part.numpy()])

    for ids, scores in top_k(score, users, csr_array(seen), 5, allowed=torch.from_numpy(allowed), block=100):
        assert len(ids) <= 3  # 100 scores are three users
        got_ids += ids.tolist()
        got_scores += scores.tolist()
    assert asked == users.tolist()
    for n, u in enumerate(asked):
        left = [i for i in np.argsort(-truth[u]) if not seen[u, i] and allowed[i]][:5]
        found = [(i, s) for i, s in zip(got_ids[n], got_scores[n], strict=True) if s > -np.inf]
        assert [i for i, _ in found] == left
        np.testing.assert_allclose([s for _, s in found], truth[u, left])


def test_publish_writes_links_embeddings_and_the_run(films, film_run, run):
    for kind, made in (("CONSTRAINT", ("runId", "recommenderId")), ("INDEX", INDEXES)):
        for name in made:
            films.auto(f"DROP {kind} {name} IF EXISTS")
    before = theirs(films)
    result = run("publish", "-k", "2", "--json")
    assert result.exit_code == 0, result.stderr
    done = json.loads(result.stdout)
    assert {key: done[key] for key in ("runId", "outcome", "users", "items", "links", "k")} == {
        "runId": film_run.run_id,
        "outcome": "written",
        "users": 3,
        "items": 5,
        "links": 6,
        "k": 2,
    }
    rows = films.read("MATCH (u:User)-[r:RECOMMENDED]->(i:Item) RETURN u.userId, i.itemId, r.rank, r.runId")
    # user · item; anna has seen 1 and 2, ben 1 and 3, cleo 4 and 1.
    assert {tuple(row.values()) for row in rows} == {
        ("anna", "3", 1, film_run.run_id),
        ("anna", "5", 2, film_run.run_id),
        ("ben", "2", 1, film_run.run_id),
        ("ben", "5", 2, film_run.run_id),
        ("cleo", "5", 1, film_run.run_id),
        ("cleo", "3", 2, film_run.run_id),
    }
    vectors = films.read("MATCH (u:User) RETURN u.userId AS user, u.embeddingA AS a, u.embeddingB AS b")
    assert {row["user"]: row["b"] for row in vectors} == {"anna": None, "ben": None, "cleo": None}
    assert next(row["a"] for row in vectors if row["user"] == "ben") == pytest.approx([0.9, 0.1], abs=1e-6)
    (node,) = films.read("MATCH (:Recommender {recommenderId: 'default'})-[:ACTIVE]->(r:Run) RETURN properties(r) AS r")
    assert node["r"]["metrics"] == json.dumps(film_run.metrics)
    assert node["r"]["state"] == "ready"
    names = {row["name"] for row in films.read("SHOW INDEXES YIELD name, state WHERE state = 'ONLINE'")}
    assert {*INDEXES, "runId", "recommenderId"} <= names
    assert theirs(films) == before


def test_links_go_by_the_whole_score(films, film_run, make_run):
    """Edges between items speak too: from Jaws to Alien, and from E.T. to Duel."""
    similar = torch.zeros(5, 5)
    similar[0, 3], similar[1, 2] = 4.0, 1.0
    extra = {"similar": similar, "similar.alpha": torch.tensor(0.5)}
    vectors = [[0.0, 0.0], [0.0, 0.0], [0.1, 0.0], [0.0, 0.0], [0.2, 0.0]]
    seen = list(zip(*film_run.seen("all").nonzero(), strict=True))
    made = make_run(film_run.users, film_run.items, [[1.0, 0.0]] * 3, vectors, seen, arrays=extra)
    publish(films, made, k=2)
    found = {user: [(r["item"], r["score"]) for r in recommended(films, user)] for user in made.users}
    # Anna did two: each of them counts 2 ** -0.5.
    assert [item for item, _ in found["anna"]] == ["4", "3"]
    assert [score for _, score in found["anna"]] == pytest.approx([4 / 2**0.5, 0.1 + 1 / 2**0.5])
    assert [item for item, _ in found["ben"]] == ["4", "5"]
    assert [score for _, score in found["cleo"]] == pytest.approx([0.2, 0.1])  # has seen 4
    assert made.scores(torch.tensor([2, 0]), "all")[0, 3] == pytest.approx(4 / 2**0.5)


def test_publishing_twice_changes_nothing(films, film_run, run):
    run("publish")
    before = links(films), published_runs(films)
    result = run("publish", film_run.run_id)
    assert "already active, nothing to do" in result.stdout
    assert (links(films), published_runs(films)) == before


@pytest.mark.long
def test_publishing_again_repairs_and_takes_another_k(films, film_run):
    publish(films, film_run, k=3)
    films.write("MATCH (:User {userId: 'anna'})-[r:RECOMMENDED]->() DELETE r")
    repaired = publish(films, film_run, k=3)
    assert (repaired.outcome, repaired.run_id) == ("written", f"{film_run.run_id}~2")
    assert len(recommended(films, "anna")) == 3
    again = publish(films, film_run, k=1)
    assert again.run_id == f"{film_run.run_id}~3"
    assert len(recommended(films, "anna")) == 1
    assert links(films) == {repaired.run_id: 9, again.run_id: 3}


def test_only_the_previous_run_is_kept_and_rollback_goes_there(films, film_run, make_run, run):
    second = make_run(["anna"], ["4", "5"], [[1.0]], [[1.0], [0.5]])
    third = make_run(["anna"], ["4", "5"], [[1.0]], [[0.5], [1.0]])
    for each in (film_run, second, third):
        publish(films, each)
    assert links(films) == {second.run_id: 2, third.run_id: 2}
    assert [row["item"] for row in recommended(films, "anna")] == ["5", "4"]
    # ben is in the first run only, whose slot the third took over
    with pytest.raises(NotFoundError, match="not in the published run"):
        find_user(films, PLAIN, "ben")
    states = {row["runId"]: (row["active"], row["state"]) for row in json.loads(run("runs", "--json").stdout)}
    assert states == {
        third.run_id: (True, "ready"),
        second.run_id: (False, "ready"),
        film_run.run_id: (False, "removed"),
    }
    assert f"active run: {second.run_id}" in run("rollback").stdout
    assert [row["item"] for row in recommended(films, "anna")] == ["4", "5"]
    refused = run("rollback")
    assert refused.exit_code == 2
    assert f"no run before {second.run_id} is kept" in refused.stderr
    # and forward again, without writing anything
    assert publish(films, third).outcome == "switched"
    assert [row["item"] for row in recommended(films, "anna")] == ["5", "4"]


def test_rollback_and_runs_of_an_empty_database(db, run):
    refused = run("rollback")
    assert refused.exit_code == 2
    assert "no run is published" in refused.stderr
    shown = run("runs")
    assert shown.exit_code == 0
    assert "no run yet" in shown.stderr
    assert json.loads(run("runs", "--json").stdout) == []


def test_runs_lists_what_is_only_trained(films, film_run, run):
    (row,) = json.loads(run("runs", "--json").stdout)
    assert (row["runId"], row["state"], row["metrics"]) == (film_run.run_id, "trained", {"valid": {"ndcg@10": 0.25}})
    tested = {"test": {"metrics": {"ndcg@5": {"mean": 0.125, "low": 0.1, "high": 0.2}}}}
    film_run.update(
        settings={"train": {"metric_k": 5}},
        metrics={"ndcg@5": 0.25, "recall@5": 0.5, "similar": 0.07449, "seconds": 1.5},
    )
    write_json(film_run.path / "evaluation.json", tested)
    publish(films, film_run)
    shown = run("runs")
    header, line = shown.stdout.splitlines()
    assert header.endswith("links\tmetric\tvalidation\ttest\tprivacy")
    assert line.startswith(f"*\t{film_run.run_id}\tready\t")
    assert line.endswith("\tndcg@5\t0.2500\t0.1250\t")
    assert "validation: the whole model" in shown.stderr
    assert "graphrec evaluate RUN" in shown.stderr


def test_similar_after_rollback_uses_the_other_slot(films, make_run):
    first = make_run(["anna"], ["1", "2", "3"], [[1.0, 0.0]], [[1.0, 0.0], [1.0, 0.1], [0.0, 1.0]])
    second = make_run(["anna"], ["1", "2", "3"], [[1.0, 0.0, 0.0]], [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.1]])
    publish(films, first)
    publish(films, second)  # of another length too
    assert similar(films, PLAIN, "1", 1)[0]["item"] == "3"
    rollback(films)
    assert similar(films, PLAIN, "1", 1)[0]["item"] == "2"


def test_what_is_gone_from_the_database_is_skipped_and_counted(films, film_run, run):
    films.write("MATCH (n) WHERE n.userId = 'ben' OR n.itemId = '5' DETACH DELETE n")
    films.write("CREATE (:User {userId: 'new'})")
    result = run("publish")
    assert "skipped, no longer in the database: 1 users, 1 items" in result.stderr
    assert "not in the run, they came after the training: 1 users, 0 items" in result.stderr
    assert [row["item"] for row in recommended(films, "anna")] == ["3", "4"]
    assert published_runs(films)[0].users == 2


def test_another_database_is_refused_and_nothing_written(db, film_run, run):
    db.auto("MATCH (n) DETACH DELETE n")
    db.write("CREATE (:User {userId: 'someone'})-[:RATED]->(:Item {itemId: 'else'})")
    with pytest.raises(GraphError, match="none of the users of run"):
        publish(db, film_run)
    result = run("publish")
    assert result.exit_code == 2
    assert "GRAPHREC_HOME" in result.stderr
    assert published_runs(db) == []


def test_embeddings_that_are_not_numbers_are_refused(films, make_run):
    with pytest.raises(TrainingError, match="not finite"):
        publish(films, make_run(["anna"], ["1"], [[float("nan")]], [[1.0]]))
    edges = {"similar": torch.tensor([[float("inf")]]), "similar.alpha": torch.tensor(0.5)}
    with pytest.raises(TrainingError, match="not finite"):
        publish(films, make_run(["anna"], ["1"], [[1.0]], [[1.0]], arrays=edges))
    assert published_runs(films) == []


def test_a_publish_that_neo4j_refuses_says_that_readers_are_untouched(films, film_run, make_run):
    publish(films, film_run)
    before = recommended(films, "anna")
    long = make_run(["anna"], ["1", "2"], [[1.0] * 5000], [[1.0] * 5000] * 2)  # Neo4j indexes up to 4,096 dimensions
    with pytest.raises(DatabaseError, match="readers are untouched") as error:
        publish(films, long)
    assert "`graphrec publish` again" in str(error.value)
    assert recommended(films, "anna") == before


def test_a_run_that_is_not_there(films, film_run: Run, run, settings: Settings):
    result = run("publish", film_run.run_id[:-1] + "x")
    assert result.exit_code == 2
    assert f"did you mean '{film_run.run_id}'" in result.stderr
    assert run("publish", "-k", "0").exit_code == 2


FOREIGN = GraphSchema(
    user=UserRole("Big Reader", "card no"),
    item=ItemRole("Book", "isbn", title="heading"),
    entity=EntityRole("Author", "authorId", "fullName"),
    behaviours={"BORROWED": Behaviour()},
    knowledge=("WRITTEN_BY",),
)
FOREIGN_TOML = """
[graph]
user = { label = "Big Reader", key = "card no" }
item = { label = "Book", key = "isbn", title = "heading" }
entity = { label = "Author", key = "authorId", name = "fullName" }
knowledge = ["WRITTEN_BY"]
[graph.behaviours.BORROWED]
"""


@pytest.mark.long
def test_a_foreign_graph_with_integer_keys(db, settings, make_run, run):
    db.write(
        """
        CREATE (r:`Big Reader` {`card no`: 7}), (q:`Big Reader` {`card no`: 8}),
          (a:Book {isbn: 1, heading: 'Emma'}), (b:Book {isbn: 2, heading: 'Persuasion'}),
          (j:Author {fullName: 'Jane Austen'}), (c:Book {isbn: 3, heading: 'Ulysses'}),
          (r)-[:BORROWED]->(a), (q)-[:BORROWED]->(b), (q)-[:BORROWED]->(a),
          (a)-[:WRITTEN_BY]->(j), (b)-[:WRITTEN_BY]->(j), (q)-[:LOOKED_AT]->(c)
        """
    )
    before = theirs(db)
    (settings.root / "graphrec.toml").write_text(FOREIGN_TOML)
    made = make_run([7, 8], [1, 2, 3], [[1.0, 0], [1.0, 0]], [[3.0, 1], [2.0, 1], [1.0, 9]], [(0, 0)], schema=FOREIGN)
    assert run("publish", made.run_id).exit_code == 0
    rows = json.loads(run("recommend", "7", "--json", "--explain").stdout)
    assert [(row["item"], row["title"]) for row in rows] == [(2, "Persuasion"), (3, "Ulysses")]
    assert rows[0]["why"] == "written by Jane Austen, like “Emma” (2 items in all)"
    assert json.loads(run("similar", "emma", "--json", "-k", "1").stdout)[0]["title"] == "Persuasion"
    why = [
        row["sentence"]
        for row in json.loads(run("explain", "7", "persuasion", "--evidence", "--json").stdout)["evidence"]
    ]
    assert "1 of 1 other users of it also chose “Emma”" in why
    assert "no (Big Reader) has card no '9'" in run("recommend", "9").stderr
    assert theirs(db) == before


def test_relative_scores_are_shares_of_the_best_in_links_and_in_live_lists(films, film_run, settings):
    exact, told = publish(films, film_run), settings.override("publish", scores="relative")
    before = {user: recommend(films, settings, [user])[0].rows for user in ("anna", "ben")}
    done = publish(films, film_run, settings=told)
    assert (exact.outcome, done.outcome) == ("written", "written")  # the links must change, so they are written again
    assert [run.scores for run in published_runs(films)] == ["relative", "exact"]
    for user, rows in before.items():
        shares = [round(row["score"] / abs(rows[0]["score"]), 2) for row in rows]
        for live in (False, True):
            found = recommend(films, told, [user], where="true" if live else None)[0].rows
            assert [row["item"] for row in found] == [row["item"] for row in rows]
            assert [row["score"] for row in found] == pytest.approx(shares, abs=1e-6)
    assert publish(films, film_run, settings=told).outcome == "unchanged"
