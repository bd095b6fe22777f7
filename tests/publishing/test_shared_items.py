"""Runs of the same items: one set of embeddings and edges for all of them, there for as long as one of them is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from graphrec.common.errors import DatabaseError, NotFoundError
from graphrec.config.schema import GraphSchema
from graphrec.db.database import Database
from graphrec.publishing.publish import publish
from graphrec.publishing.registry import Sizes, published_runs, rollback
from graphrec.publishing.writer import Writer
from graphrec.runs.run import Run
from graphrec.serving.explain import Reason, explain
from graphrec.serving.similar_items import similar

PLAIN = GraphSchema()
#: Of each film: what having done it speaks for the others.
EDGES = torch.tensor(
    [
        [0.0, 0.3, 0.5, 0.1, 0.0],
        [0.2, 0.0, 0.7, 0.0, 0.0],
        [0.1, 0.0, 0.0, 0.0, 0.0],
        [0.0, 0.0, 0.0, 0.0, 0.2],
        [0.0, 0.0, 0.4, 0.6, 0.0],
    ]
)
USERS = [[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]]
Make = Callable[..., Run]


@pytest.fixture
def grown(film_run: Run, make_run: Make) -> Make:
    """Make a run as an update of another leaves it: the user vectors given, the items as they were unless told."""

    def make(base: Run | None, users: list[list[float]], factor: float = 1.0, tilt: float = 0.0) -> Run:
        pairs = list(zip(*film_run.seen("all").nonzero(), strict=True))
        item = film_run.embeddings("all")[1] + torch.tensor([0.0, tilt])
        extra = {"similar": EDGES * factor, "similar.alpha": torch.tensor(0.5)}
        made = make_run(film_run.users, film_run.items, users, item.tolist(), pairs, arrays=extra)
        if base is not None:
            made.update(base=base.run_id)
        return made

    return make


def publish_three(db: Database, grown: Make) -> list[Run]:
    """Publish a run and two updates, one of the other, that leave the items alone."""
    first = grown(None, USERS)
    second = grown(first, USERS[::-1])
    third = grown(second, USERS)
    for one in (first, second, third):
        publish(db, one)
    return [first, second, third]


def about(run: Run) -> dict[str, Any]:
    """Return what a writer asks of a run."""
    return {"created": run.created, "settings": "{}", "metrics": "{}", "fingerprint": "", "sizes": Sizes(20, 10)}


def edges(db: Database) -> dict[str, int]:
    """Return how many edges there are of each run that wrote some."""
    rows = db.read("MATCH ()-[s:SIMILAR]->() RETURN s.runId AS run, count(*) AS edges")
    return {row["run"]: row["edges"] for row in rows}


def slots(db: Database) -> dict[str, int]:
    """Return how many items have an embedding in each slot."""
    counts = ", ".join(f"count(i.embedding{slot}) AS {slot}" for slot in "ABC")
    return dict(db.read(f"MATCH (i:Item) RETURN {counts}")[0])


def indexes(db: Database) -> dict[str, tuple[int, int | None]]:
    """Return the number of each vector index, and for which length it is, if for one."""
    rows = db.read(
        "SHOW VECTOR INDEXES YIELD name, id, options WHERE name CONTAINS 'Embedding' "
        "RETURN name, id, options.indexConfig.`vector.dimensions` AS length"
    )
    return {row["name"]: (row["id"], row["length"]) for row in rows}


def reasons(db: Database, user: str, item: str) -> list[Reason]:
    """Return what the edges say of a recommendation."""
    return [reason for reason in explain(db, PLAIN, user, item) if reason.kind == "similar"]


def test_an_update_that_leaves_the_items_shares_them(films: Database, grown: Make) -> None:
    first = grown(None, USERS)
    publish(films, first)
    before = slots(films), edges(films), reasons(films, "anna", "3"), similar(films, PLAIN, "1", 4)
    assert before[:2] == ({"A": 5, "B": 0, "C": 0}, {first.run_id: 9})
    assert before[2]
    second = grown(first, [[0.5, 0.5], *USERS[1:]])
    done = publish(films, second)
    assert (done.outcome, done.items, done.similar, done.similar_k) == ("written", 5, 9, 10)
    active = published_runs(films)[0]
    assert (active.run_id, active.items_run_id, active.slot, active.item_slot) == (
        second.run_id, first.run_id, "B", "A",
    )  # fmt: skip
    assert (slots(films), edges(films), reasons(films, "anna", "3"), similar(films, PLAIN, "1", 4)) == before
    assert publish(films, second).outcome == "unchanged"


def test_what_is_shared_stays_while_somebody_shows_it(films: Database, grown: Make) -> None:
    first, second, third = publish_three(films, grown)
    # The first can no longer be gone back to; its edges are those of the two that can.
    states = {run.run_id: run.state for run in published_runs(films)}
    assert states == {first.run_id: "removed", second.run_id: "ready", third.run_id: "ready"}
    assert edges(films) == {first.run_id: 9}
    rollback(films)
    assert reasons(films, "anna", "3")
    # Published anew, it is not to be mistaken for what is left of it.
    again = publish(films, first)
    assert again.run_id == f"{first.run_id}~2"
    assert edges(films) == {first.run_id: 9, again.run_id: 9}
    other = grown(None, USERS, factor=2.0)
    publish(films, other)
    assert edges(films) == {again.run_id: 9, other.run_id: 9}
    publish(films, grown(None, USERS, factor=3.0))
    assert again.run_id not in edges(films)


def test_going_back_finds_the_items_as_they_were(films: Database, grown: Make) -> None:
    first = grown(None, USERS)
    second = grown(first, USERS[::-1])
    third = grown(second, USERS, factor=2.0, tilt=0.5)
    publish(films, first)
    publish(films, second)
    seen = similar(films, PLAIN, "1", 4), reasons(films, "anna", "3")
    publish(films, third)  # its items are others
    now = similar(films, PLAIN, "1", 4), reasons(films, "anna", "3")
    assert now[0] != seen[0]
    assert now[1] != seen[1]
    rollback(films)
    assert (similar(films, PLAIN, "1", 4), reasons(films, "anna", "3")) == seen
    fourth = grown(second, USERS, factor=3.0, tilt=1.5)  # takes the slots of the third
    publish(films, fourth)
    assert similar(films, PLAIN, "1", 4) != seen[0]
    rollback(films)
    assert (similar(films, PLAIN, "1", 4), reasons(films, "anna", "3")) == seen


def test_indexes_stay_where_they_fit(films: Database, grown: Make, make_run: Make) -> None:
    first = grown(None, USERS)
    publish(films, first)
    for factor in (2.0, 3.0):
        publish(films, grown(None, USERS, factor=factor))
    there = indexes(films)
    assert set(there) == {f"{role}Embedding{slot}" for role in ("user", "item") for slot in "ABC"}
    last = grown(None, USERS, tilt=0.5)
    publish(films, last)
    assert indexes(films) == there
    vectors = last.embeddings("all")[1].double()
    cosine = torch.nn.functional.cosine_similarity(vectors[:1], vectors)
    found = {row["item"]: row["score"] for row in similar(films, PLAIN, "1", 4)}
    assert found == pytest.approx({str(i + 1): cosine[i].item() for i in range(1, 5)}, abs=1e-5)
    # Vectors of another length need no other one, but where an earlier release made one for a length.
    for role in ("item", "user"):
        films.auto(f"DROP INDEX {role}EmbeddingB")
        films.auto(
            f"CREATE VECTOR INDEX {role}EmbeddingB FOR (n:{role.title()}) ON n.embeddingB OPTIONS "
            f"{{indexConfig: {{`vector.dimensions`: {2 if role == 'item' else 3}}}}}"
        )
    publish(films, make_run(["anna"], ["1", "2"], [[1.0, 0.0, 0.0]], [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]))
    assert {name: length for name, (_, length) in indexes(films).items()} == dict.fromkeys(there) | {
        "userEmbeddingB": 3
    }
    assert slots(films) == {"A": 5, "B": 2, "C": 5}  # and whoever is not in the run has none left in its slot
    assert [row["item"] for row in similar(films, PLAIN, "1", 4)] == ["2"]


def test_an_index_that_stays_knows_who_is_gone(films: Database, grown: Make, make_run: Make) -> None:
    for factor in (1.0, 2.0, 3.0):
        publish(films, grown(None, USERS, factor=factor))
    there = indexes(films)
    publish(films, make_run(["anna"], ["1", "2"], [[1.0, 0.0]], [[1.0, 0.0], [0.5, 0.5]]))
    assert indexes(films) == there
    assert slots(films) == {"A": 2, "B": 5, "C": 5}
    assert [row["item"] for row in similar(films, PLAIN, "1", 4)] == ["2"]
    rollback(films)
    assert len(similar(films, PLAIN, "1", 4)) == 4


def test_an_index_that_was_lost_is_made_again(films: Database, grown: Make) -> None:
    first = grown(None, USERS)
    publish(films, first)
    before = similar(films, PLAIN, "1", 4)
    films.auto("DROP INDEX itemEmbeddingA")
    publish(films, grown(first, USERS[::-1]))
    assert published_runs(films)[0].items_run_id == first.run_id
    assert similar(films, PLAIN, "1", 4) == before


def test_runs_published_before_anything_was_shared(films: Database, grown: Make) -> None:
    first = grown(None, USERS)
    second = grown(first, USERS[::-1])
    publish(films, first)
    films.write("MATCH (run:Run) REMOVE run.itemSlot, run.itemsRunId")
    before = similar(films, PLAIN, "1", 4), reasons(films, "anna", "3")
    assert all(before)
    assert publish(films, first).outcome == "unchanged"
    publish(films, second)
    assert edges(films) == {first.run_id: 9}
    assert (similar(films, PLAIN, "1", 4), reasons(films, "anna", "3")) == before
    rollback(films)
    assert (similar(films, PLAIN, "1", 4), reasons(films, "anna", "3")) == before
    assert publish(films, second).outcome == "switched"
    publish(films, grown(None, USERS, factor=2.0))
    publish(films, grown(None, USERS, factor=3.0))
    assert first.run_id not in edges(films)


def test_a_publish_that_died_takes_nothing_with_it(films: Database, grown: Make) -> None:
    first = grown(None, USERS)
    publish(films, first)
    before = similar(films, PLAIN, "1", 4), reasons(films, "anna", "3"), edges(films)
    Writer(films, PLAIN, run_id="died", before=first.run_id, shared=True, **about(first))
    publish(films, grown(first, USERS[::-1]))
    assert (similar(films, PLAIN, "1", 4), reasons(films, "anna", "3"), edges(films)) == before


def test_a_writer_that_was_overtaken_takes_nothing_from_the_other(films: Database, grown: Make) -> None:
    first = grown(None, USERS)
    publish(films, first)
    nodes = {row["node"] for row in films.read("MATCH (u:User) RETURN elementId(u) AS node")}
    slow = Writer(films, PLAIN, run_id="slow", **about(first))
    fast = Writer(films, PLAIN, run_id="fast", **about(first))
    fast.make_indexes({"user": 2})
    fast.clear("user", nodes)
    fast.vectors("user", sorted(nodes), [[1.0, 2.0]] * 3)
    there = indexes(films)
    for ask in (lambda: slow.make_indexes({"user": 3}), lambda: slow.clear("user", set()), lambda: slow.switch(0)):
        with pytest.raises(DatabaseError, match="another `graphrec publish` took over"):
            ask()
    assert films.read("MATCH (u:User) RETURN count(u.embeddingB) AS n")[0]["n"] == 3
    assert indexes(films) == there


def test_with_the_pointer_lost_nobody_goes_back_to_slots_that_were_taken(films: Database, grown: Make) -> None:
    *_, third = publish_three(films, grown)
    films.write("MATCH (run:Run {runId: $name}) DETACH DELETE run", name=third.run_id)
    last = grown(None, USERS, factor=2.0, tilt=0.5)
    publish(films, last)
    with pytest.raises(NotFoundError, match="no run before"):
        rollback(films)
    assert edges(films) == {last.run_id: 9}


def test_nothing_is_shared_with_a_run_that_is_not_active_any_more(films: Database, grown: Make) -> None:
    first = grown(None, USERS)
    publish(films, first)
    with pytest.raises(DatabaseError, match="another run than elsewhere has become active"):
        Writer(films, PLAIN, run_id="late", before="elsewhere", shared=True, **about(first))
    assert [run.run_id for run in published_runs(films)] == [first.run_id]
    assert edges(films) == {first.run_id: 9}


def test_whoever_was_not_there_then_is_written_now(films: Database, grown: Make) -> None:
    first = grown(None, USERS)
    films.write("MATCH (i:Item {itemId: '4'}) SET i.itemId = 'away'")
    publish(films, first)
    films.write("MATCH (i:Item {itemId: 'away'}) SET i.itemId = '4'")
    second = grown(first, USERS[::-1])
    done = publish(films, second)
    assert (done.items, done.similar) == (5, 9)
    assert published_runs(films)[0].items_run_id == second.run_id
    assert {row["item"] for row in similar(films, PLAIN, "1", 4)} == {"2", "3", "4", "5"}


def test_an_item_that_is_gone_from_the_database_is_not_shared(films: Database, grown: Make) -> None:
    first = grown(None, USERS)
    publish(films, first)
    films.write("MATCH (i:Item {itemId: '3'}) SET i.itemId = 'another'")
    done = publish(films, grown(first, USERS[::-1]))
    assert (done.items, done.missing_items) == (4, 1)
    assert {row["item"] for row in similar(films, PLAIN, "1", 4)} == {"2", "4", "5"}
    assert not films.read("MATCH (:Item {itemId: 'another'})-[s]-() WHERE s.runId = $run RETURN s", run=done.run_id)
