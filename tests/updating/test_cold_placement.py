"""New items that nobody has tried, placed in everybody's list by an update."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch

from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.graph.history import read_history
from graphrec.runs.layout import View
from graphrec.runs.run import Run
from graphrec.serving.fold_in import Folder
from graphrec.training.train import train
from graphrec.updating.current_graph import today
from graphrec.updating.update import update

Sampled = tuple[Settings, Database]
RANK = 3
NEW = """
UNWIND ['one', 'two'] AS key
CREATE (i:Item {itemId: key, title: key, fresh: true})
WITH i MATCH (:Item {itemId: 'i001'})-[r]->(e:Entity)
WITH i, collect(e) AS known, collect(type(r)) AS kinds
UNWIND range(0, size(known) - 1) AS k
WITH i, known[k] AS e, kinds[k] AS kind
CREATE (i)-[:$(kind) {fresh: true}]->(e)
"""
MORE = """
MATCH (u:User)-[r]->(:Item) WHERE type(r) = $kind
WITH u ORDER BY u.userId LIMIT 1
MATCH (i:Item) WHERE NOT (u)-->(i)
WITH u, i ORDER BY i.itemId LIMIT 1
CREATE (u)-[:$($kind) {fresh: true}]->(i)
"""


@pytest.fixture(scope="module")
def sample(sample_project: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sampled]:
    """A small made catalogue in Neo4j, and settings that place untried items."""
    toml = f"[model]\ncold_item_rank = {RANK}\n[train]\nepochs = 4\nlr = 0.02\n"
    with sample_project(tmp_path_factory.mktemp("placing"), toml, users=80, items=24) as found:
        yield found


@pytest.fixture(autouse=True)
def _tidy(sample: Sampled) -> Iterator[None]:
    yield
    sample[1].write("MATCH ()-[r {fresh: true}]-() DELETE r")
    sample[1].write("MATCH (n {fresh: true}) DETACH DELETE n")


def brought(sample: Sampled, run: Run) -> Run:
    return update(sample[0], run, today(sample[1], sample[0], run)).run


def ranked(run: Run, view: View) -> torch.Tensor:
    """Return everybody's items, best first, what they did last, int64 ``[n_users, n_items]``."""
    scores = run.scores(torch.arange(len(run.users)), view)
    scores[torch.from_numpy(run.seen(view).toarray() > 0)] = -torch.inf
    return scores.argsort(1, descending=True)


@pytest.fixture(scope="module")
def trained(sample: Sampled) -> Run:
    """A run to which no item is untried: those that were are taken out of the catalogue."""
    sample[1].write("MATCH (i:Item) WHERE NOT (i)<--(:User) DETACH DELETE i")
    run = train(sample[1], sample[0]).run
    if run.warm_items is not None:
        gone = [item for item, tried in zip(run.items, run.warm_items.tolist(), strict=True) if not tried]
        sample[1].write("MATCH (i:Item) WHERE i.itemId IN $gone DETACH DELETE i", gone=gone)
        run = brought(sample, run)
    return run


def test_where_all_were_tried_new_items_get_their_place(sample: Sampled, trained: Run) -> None:
    assert trained.cold_item_rank == 0
    sample[1].write(NEW)
    made = brought(sample, trained)
    assert made.cold_item_rank == RANK
    assert made.warm_items is not None
    new = torch.tensor([made.items.index("one"), made.items.index("two")])
    assert (~made.warm_items).nonzero()[:, 0].tolist() == new.sort().values.tolist()
    views: tuple[View, ...] = ("all", "heldout")
    for view in views:
        # Who has done nearly everything has less than that to be placed below.
        some = torch.from_numpy(trained.rows(view).indptr.diff().numpy() <= len(trained.items) - RANK).nonzero()[:, 0]
        assert len(some) > len(trained.users) // 2
        lists, before = ranked(made, view)[some], ranked(trained, view)[some]
        assert torch.isin(lists[:, RANK], new).all()
        assert not torch.isin(lists[:, :RANK], new).any()
        assert [[made.items[i] for i in row[:RANK].tolist()] for row in lists] == [
            [trained.items[i] for i in row[:RANK].tolist()] for row in before
        ]
    # So they do for whoever is folded in.
    profiles, done = Folder(made).profiles([[]])
    assert torch.isin(Folder(made).scores(profiles, done).argsort(1, descending=True)[0, RANK], new)
    # When they are gone, nobody is placed any more.
    sample[1].write("MATCH (n:Item {fresh: true}) DETACH DELETE n")
    back = brought(sample, made)
    assert back.cold_item_rank == 0
    everybody = torch.arange(len(made.users))
    assert torch.allclose(back.scores(everybody, "all"), trained.scores(everybody, "all"), atol=1e-4)


def test_who_did_nothing_new_keeps_the_places_of_untried_items(sample: Sampled) -> None:
    settings = sample[0].override("split", method="cold-item", valid=0.2, test=0.2)
    run = train(sample[1], settings).run
    assert run.cold_item_rank == RANK
    target = next(kind for kind, mapped in run.schema.behaviours.items() if mapped.target)
    sample[1].write(MORE, kind=target)
    made = update(settings, run, today(sample[1], settings, run))
    assert int(made.delta.users_to_recompute.sum()) == 1
    assert made.run.warm_items is not None
    assert torch.equal(made.run.warm_items, run.warm_items)
    kept = (~made.delta.users_to_recompute).nonzero()[:, 0]
    assert torch.equal(made.run.scores(kept, "all"), run.scores(kept, "all"))
    assert torch.equal(made.run.scores(kept, "heldout"), run.scores(kept, "heldout"))
    assert not torch.equal(made.run.embeddings("all")[0], run.embeddings("all")[0])
    # Who did something gets what anybody would who had done the same.
    history = read_history(sample[1], run.schema, run.users)
    profiles, done = Folder(made.run).profiles([history[user] for user in made.run.users])
    scores = made.run.scores(torch.arange(len(run.users)), "all")
    assert torch.allclose(Folder(made.run).scores(profiles, done), scores, atol=1e-3)
