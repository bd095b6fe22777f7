"""A run brought up to date: what is untouched stays to the last bit, what is new is served."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
import torch

from graphrec.common.errors import TrainingError
from graphrec.config.schema import Behaviour
from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.explanation.attribution import Attribution
from graphrec.explanation.shares import edges, shares
from graphrec.graph.hetero import load_graph
from graphrec.graph.history import read_history
from graphrec.runs.evaluate import evaluate_run
from graphrec.runs.run import Run
from graphrec.serving.fold_in import Folder
from graphrec.training.train import train
from graphrec.updating.current_graph import today
from graphrec.updating.items import ItemUpdater
from graphrec.updating.update import Updated, update

TOML = """
[train]
epochs = 8
lr = 0.02
"""
Sampled = tuple[Settings, Database]


@pytest.fixture(scope="module")
def sample(sample_project: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sampled]:
    """A small made catalogue in Neo4j."""
    with sample_project(tmp_path_factory.mktemp("growing"), TOML, users=60, items=40) as found:
        yield found


@pytest.fixture(scope="module")
def trained(sample: Sampled) -> Run:
    settings, db = sample
    return train(db, settings).run


@pytest.fixture
def changed(sample: Sampled, trained: Run) -> Iterator[Callable[[str], Updated]]:
    """What changes the graph by a query, and brings the run up to date; what was made new is removed at the end."""
    settings, db = sample

    def change(query: str) -> Updated:
        db.write(query)
        return update(settings, trained, today(db, settings, trained))

    yield change
    db.write("MATCH ()-[r {fresh: true}]-() DELETE r")
    db.write("MATCH (n {fresh: true}) DETACH DELETE n")


def _kept(found: Updated) -> torch.Tensor:
    return ~found.delta.users_to_recompute


def _explained(run: Run) -> Attribution:
    """Return the attribution of a run, whose shares sum to its scores."""
    of, items = Attribution(run), torch.arange(len(run.items))
    scores = run.scores(torch.arange(len(run.users)), "all")
    for row in range(0, len(run.users), 5):
        user = of.user(row)
        allowed = 1e-4 * float(scores.std())
        assert (user.scores(items) - scores[row]).abs().max() < allowed
        assert abs(shares(user, row % len(items)).share.sum() - float(scores[row, row % len(items)])) < allowed
        # What others' vectors were solved from hardly changes.
        assert user.constants(items)["stale_vectors"].std() < 0.05 * scores.std()
    return of


def test_nothing_changed_is_nothing_done(sample: Sampled, trained: Run) -> None:
    settings, db = sample
    runs = sorted(settings.runs.iterdir())
    found = update(settings, trained, today(db, settings, trained))
    assert not found.delta
    assert found.run is trained
    assert found.drift == 0
    assert sorted(settings.runs.iterdir()) == runs


def test_only_who_did_something_new_is_served_anew(changed: Callable[[str], Updated], sample: Sampled) -> None:
    found = changed(
        """
        MATCH (u:User {userId: 'u001'}), (i:Item) WHERE NOT (u)--(i)
        WITH u, i ORDER BY i.itemId LIMIT 3
        CREATE (u)-[:PURCHASED {at: datetime('2030-01-01T00:00:00Z'), fresh: true}]->(i)
        """
    )
    run, base = found.run, found.base
    place = run.users.index("u001")
    assert found.delta.pairs == 3
    assert found.delta.users_to_recompute.nonzero()[:, 0].tolist() == [place]
    assert not found.delta.items_to_recompute.any()
    kept = _kept(found)
    assert torch.equal(run.embeddings("all")[0][kept], base.embeddings("all")[0][kept])
    assert torch.equal(run.embeddings("all")[1], base.embeddings("all")[1])
    assert not torch.equal(run.embeddings("all")[0][place], base.embeddings("all")[0][place])
    assert len(run.seen("all")[[place]].indices) == len(base.seen("all")[[place]].indices) + 3
    assert (run.seen("heldout") != base.seen("heldout")).nnz == 0
    folder = Folder(base)
    history = read_history(sample[1], base.schema, ["u001"])["u001"]
    assert torch.allclose(folder.vectors(*folder.profiles([history]))[0], run.embeddings("all")[0][place], atol=1e-5)
    assert 0 < found.drift < 0.1


def test_held_out_figures_stay(changed: Callable[[str], Updated]) -> None:
    found = changed(
        """
        CREATE (u:User {userId: 'a new one', fresh: true})
        WITH u MATCH (i:Item) WITH u, i ORDER BY i.itemId LIMIT 4
        CREATE (u)-[:PURCHASED {at: datetime('2030-01-01T00:00:00Z'), fresh: true}]->(i)
        """
    )
    assert found.delta.new_users == 1
    before, after = (evaluate_run(run, "test")["metrics"]["ndcg@10"] for run in (found.base, found.run))
    assert after == before
    place = found.run.users.index("a new one")
    own = found.run.seen("all")[[place]].indices
    assert sorted(found.run.items[i] for i in own) == sorted(found.base.items)[:4]


def test_who_is_gone_leaves_the_others_where_they_were(changed: Callable[[str], Updated], sample: Sampled) -> None:
    first = changed("CREATE (:User {userId: 'passing', fresh: true})")
    sample[1].write("MATCH (u:User {userId: 'passing'}) DETACH DELETE u")
    found = update(sample[0], first.run, today(sample[1], sample[0], first.run))
    assert found.delta.gone_users == 1
    assert found.run.users == first.base.users
    assert torch.equal(found.run.embeddings("all")[0], first.base.embeddings("all")[0])


def test_a_new_item_is_near_those_that_are_made_of_the_same(changed: Callable[[str], Updated]) -> None:
    found = changed(
        """
        MATCH (like:Item {itemId: 'i001'})
        CREATE (i:Item {itemId: 'fresh', title: 'New', fresh: true})
        WITH like, i MATCH (like)-[r]->(e:Entity)
        WITH i, collect(e) AS known, collect(type(r)) AS kinds
        UNWIND range(0, size(known) - 1) AS k
        WITH i, known[k] AS e, kinds[k] AS kind
        CREATE (i)-[:$(kind) {fresh: true}]->(e)
        """
    )
    run = found.run
    fresh, like = run.items.index("fresh"), run.items.index("i001")
    assert found.delta.new_items == 1
    assert found.delta.items_to_recompute[fresh]
    everybody = torch.arange(len(run.users))
    old = [run.items.index(item) for item in found.base.items]
    before, after = found.base.scores(everybody, "all"), run.scores(everybody, "all")
    untouched = [place for place in range(len(old)) if not found.delta.items_to_recompute[old[place]]]
    assert torch.allclose(after[:, old][:, untouched], before[:, untouched], atol=1e-5)
    moves = torch.corrcoef(after.T)[fresh]
    moves[fresh] = -1
    assert moves[like] > 0.5
    assert after[:, fresh].std() > 0.05 * after[:, old].std()
    # The new item's vectors are made of the same entities, and of nothing of its own.
    of = _explained(run)
    parts = of.parts
    assert parts is not None
    senders = [set(parts.entity[edges(parts, torch.tensor([place]))[1]].tolist()) for place in (fresh, like)]
    assert senders[0] == senders[1] != set()
    assert all(own[fresh].abs().max() < 1e-5 for own in of.own)


def test_a_new_item_learns_of_its_users_as_they_come(
    changed: Callable[[str], Updated], sample: Sampled, trained: Run
) -> None:
    settings, db = sample
    first = changed(
        """
        CREATE (i:Item {itemId: 'fresh', title: 'New', fresh: true})
        WITH i MATCH (:Item {itemId: 'i001'})-[r:HAS_GENRE]->(e) CREATE (i)-[:HAS_GENRE {fresh: true}]->(e)
        """
    ).run
    fresh = first.items.index("fresh")
    assert first.n_users_at_update[fresh] == 0
    assert (first.n_users_at_update >= 0).sum() == 1
    target = sorted(trained.schema.targets)[0]
    db.write(
        "MATCH (u:User) WITH u ORDER BY u.userId LIMIT 20 MATCH (i:Item {itemId: 'fresh'}) "
        "CREATE (u)-[:$($kind) {fresh: true}]->(i)",
        kind=target,
    )
    second = update(settings, first, today(db, settings, first))
    assert second.delta.items_to_recompute.nonzero()[:, 0].tolist() == [fresh]
    assert second.delta.items_with_new_users[fresh]
    assert second.run.n_users_at_update[fresh] == 20
    # Drift does not count it a second time.
    assert second.run.info["updated"]["items"] == 1
    before, after = first.embeddings("all")[1], second.run.embeddings("all")[1]
    assert not torch.allclose(after[fresh], before[fresh])
    # What it has come to is what an update at once would have made of it.
    at_once = update(settings, trained, today(db, settings, trained)).run
    assert torch.allclose(at_once.embeddings("all")[1][fresh], after[fresh], atol=1e-4)
    _explained(second.run)
    third = update(settings, second.run, today(db, settings, second.run))
    assert not third.delta


def test_items_that_are_made_anew_learn_nothing_of_what_is_held_out(
    changed: Callable[[str], Updated], sample: Sampled, trained: Run
) -> None:
    found = changed(
        """
        MATCH (i:Item) WHERE i.itemId < 'i021'
        MATCH (e:Entity)<-[:HAS_GENRE]-() WITH i, e ORDER BY e.entityId
        WITH i, [x IN collect(DISTINCT e) WHERE NOT (i)--(x)][0] AS e
        CREATE (i)-[:HAS_GENRE {fresh: true}]->(e)
        """
    )
    assert found.delta.items_to_recompute.sum() == 20
    run, made = found.run, found.delta.items_to_recompute
    split = run.split
    held = torch.cat([split.valid, split.test], 1)
    graph = load_graph(sample[1], trained.schema)
    known = ItemUpdater(trained, graph, found.delta)
    keys = known.done.users * len(run.items) + known.done.items
    assert not torch.isin(keys, held[0] * len(run.items) + held[1]).any()
    assert len(known.everything.items) - len(known.done.items) == held.shape[1]
    tables = known.tables()
    assert torch.equal(tables.item[made], run.embeddings("heldout")[1][made])
    _explained(run)


def test_a_type_of_behaviour_that_is_new_is_named(
    changed: Callable[[str], Updated], sample: Sampled, trained: Run
) -> None:
    db = sample[1]
    schema = trained.schema
    mapped = msgspec.structs.replace(schema, behaviours={**schema.behaviours, "SKIPPED": Behaviour(negative=True)})
    old = trained.info["schema"]
    trained.info["schema"] = msgspec.to_builtins(mapped)
    trained.__dict__.pop("schema", None)
    db.write("MATCH (u:User {userId: 'u001'}), (i:Item {itemId: 'i001'}) CREATE (u)-[:SKIPPED {fresh: true}]->(i)")
    try:
        with pytest.raises(TrainingError, match="SKIPPED"):
            update(sample[0], trained, today(db, sample[0], trained))
    finally:
        trained.info["schema"] = old
        trained.__dict__.pop("schema", None)
        db.write("MATCH ()-[r:SKIPPED]->() DELETE r")


def test_where_everything_has_changed_a_training_is_due(changed: Callable[[str], Updated]) -> None:
    with pytest.raises(TrainingError, match=r"nearly all of the .* items have changed since"):
        changed(
            """
            MATCH (e:Entity {fresh: true}) DETACH DELETE e
            WITH count(*) AS none CREATE (e:Entity {entityId: 'all of them', fresh: true})
            WITH e MATCH (i:Item) CREATE (i)-[:HAS_GENRE {fresh: true}]->(e)
            """
        )


def test_updates_follow_one_another_and_drift_adds_up(changed: Callable[[str], Updated], sample: Sampled) -> None:
    settings, db = sample
    first = changed("CREATE (:Item {itemId: 'one', title: 'One', fresh: true})")
    db.write("CREATE (:Item {itemId: 'two', title: 'Two', fresh: true})")
    second = update(settings, first.run, today(db, settings, first.run))
    assert second.delta.new_items == 1
    assert second.drift == pytest.approx(2 / 40)
    assert second.run.info["base"] == first.run.run_id
    for number in range(3):
        db.write("CREATE (:Item {itemId: $key, title: $key, fresh: true})", key=f"more {number}")
    third = update(settings, second.run, today(db, settings, second.run))
    assert third.due


def test_other_relations_are_no_work_for_an_update(changed: Callable[[str], Updated]) -> None:
    with pytest.raises(TrainingError, match="relations"):
        changed(
            """
            MATCH (a:Item {itemId: 'i001'})-[:HAS_GENRE]->(e) WITH a, e LIMIT 1
            CREATE (i:Item {itemId: 'odd', title: 'Odd', fresh: true}), (i)-[:HAS_GENRE {fresh: true}]->(e)
            WITH i MATCH (a:Item {itemId: 'i002'})
            CREATE (i)-[:HAS_GENRE {fresh: true}]->(a)
            """
        )


def test_the_command_updates_and_publishes(sample: Sampled, trained: Run, run: Callable[..., Any]) -> None:
    db = sample[1]
    run("publish", trained.run_id)
    idle = json.loads(run("update", "--json").stdout)
    assert idle["runId"] == trained.run_id
    assert idle["published"]["outcome"] == "unchanged"
    db.write(
        "CREATE (:User {userId: 'walk in', fresh: true})-[:PURCHASED {fresh: true}]->(:Item {itemId: 'i', fresh: true})"
    )
    db.write(
        """
        MATCH (u:User {userId: 'walk in'}), (i:Item {itemId: 'i003'})
        CREATE (u)-[:PURCHASED {at: datetime('2030-01-01T00:00:00Z'), fresh: true}]->(i)
        """
    )
    done = run("update", "--json")
    assert done.exit_code == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["newUsers"], said["newItems"]) == (1, 1)
    listed = json.loads(run("recommend", "walk in", "--json").stdout)
    assert len(listed) == 10
    assert run("rollback").exit_code == 0
    db.write("MATCH (n {fresh: true}) DETACH DELETE n")
    assert run("update", "nothing").exit_code == 2
