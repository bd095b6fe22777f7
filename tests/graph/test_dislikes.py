"""Dislikes from Neo4j to a run: exported apart, never asked for, never recommended, and the same when folded in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from msgspec.structs import replace

from graphrec.common.errors import ConfigError, GraphError
from graphrec.config.limits import Limits
from graphrec.config.schema import Behaviour, GraphSchema
from graphrec.config.settings import Settings, SplitSettings
from graphrec.db.database import Database
from graphrec.evaluation.split import make_split
from graphrec.graph.hetero import load_graph
from graphrec.graph.history import Interaction, read_history
from graphrec.graph.typed import NO_TIME
from graphrec.model import Profiles
from graphrec.publishing.publish import publish
from graphrec.runs.run import Run
from graphrec.serving.fold_in import Folder
from graphrec.training.train import train

GRADED = GraphSchema(behaviours={"RATED": Behaviour(weight=2.0, strength="rating", dislike=2.0)}, knowledge=())
RATED = ("user", "RATED", "item")
DISLIKED = ("user", "RATED_DISLIKED", "item")


@pytest.fixture
def ratings(db: Database) -> Database:
    """User a rated w 5, x 2, y without a grade, z first 1 and later 4; user b rated w first 4 and later 0."""
    db.write(
        """
        CREATE (a:User {userId: 'a'}), (b:User {userId: 'b'}), (w:Item {itemId: 'w'}), (x:Item {itemId: 'x'}),
          (y:Item {itemId: 'y'}), (z:Item {itemId: 'z'}),
          (a)-[:RATED {rating: 5, at: 10}]->(w), (a)-[:RATED {rating: 2.0, at: 20}]->(x), (a)-[:RATED {at: 30}]->(y),
          (a)-[:RATED {rating: 1, at: 40}]->(z), (a)-[:RATED {rating: 4, at: 50}]->(z),
          (b)-[:RATED {rating: 4, at: 10}]->(w), (b)-[:RATED {rating: 0, at: 20}]->(w)
        """
    )
    return db


def test_dislikes_are_a_type_of_their_own(ratings: Database) -> None:
    graph = load_graph(ratings, GRADED)
    liked, disliked = graph.data[RATED], graph.data[DISLIKED]
    assert liked.edge_index.tolist() == [[0, 0, 0, 1], [0, 2, 3, 0]]
    assert liked.edge_weight.tolist() == [10, 2, 8, 8]  # what has no grade is no dislike
    assert disliked.edge_index.tolist() == [[0, 0, 1], [1, 3, 0]]
    assert disliked.edge_weight.tolist() == [2, 2, 2]
    assert disliked.time.tolist() == [20, 40, 20]
    assert disliked.negative is True
    assert "negative" not in liked
    assert graph.schema.behaviours == {"RATED": replace(GRADED.behaviours["RATED"], time="at")}
    plain = load_graph(ratings, GraphSchema(behaviours={"RATED": Behaviour(strength="rating")}, knowledge=()))
    assert DISLIKED not in plain.data.edge_types
    assert plain.fingerprint != graph.fingerprint


def test_a_pair_is_an_answer_only_where_its_last_grade_likes_it(ratings: Database) -> None:
    graph = load_graph(ratings, GRADED)
    split = make_split(graph.data, SplitSettings(), graph.schema)
    pairs = torch.cat([split.train, split.valid, split.test], 1)
    assert sorted(map(tuple, pairs.T.tolist())) == [(0, 0), (0, 2), (0, 3)]


def test_a_history_says_the_same(ratings: Database) -> None:
    acts = read_history(ratings, GRADED, ["a", "b"])
    assert set(acts["b"]) == {Interaction("w", "RATED", 8.0, 10), Interaction("w", "RATED_DISLIKED", 2.0, 20)}
    assert Interaction("y", "RATED", 2.0, 30) in acts["a"]


def test_grades_below_nothing_are_dislikes_where_they_are_asked_for(db: Database) -> None:
    db.write(
        """
        CREATE (u:User {userId: 'u'}), (i:Item {itemId: 'i'}), (j:Item {itemId: 'j'})
        CREATE (u)-[:RATED {rating: -1}]->(i), (u)-[:RATED {rating: 1}]->(j)
        """
    )
    thumbs = GraphSchema(behaviours={"RATED": Behaviour(strength="rating", dislike=0.0)}, knowledge=())
    data = load_graph(db, thumbs).data
    assert (data[RATED].edge_index.tolist(), data[DISLIKED].edge_index.tolist()) == ([[0], [1]], [[0], [0]])
    assert data[DISLIKED].time.tolist() == [NO_TIME]
    with pytest.raises(GraphError, match="not negative"):
        load_graph(db, GraphSchema(behaviours={"RATED": Behaviour(strength="rating")}, knowledge=()))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("RATED]\ndislike = 2.0", "dislike needs strength"),
        ("RATED]\nnegative = true\nstrength = 'rating'\ndislike = 2.0", "leave dislike out"),
        ("RATED]\nstrength = 'rating'\ndislike = 2.0\n[graph.behaviours.RATED_DISLIKED]", "RATED_DISLIKED"),
        ("RATED]\nhalf_life = -1", "half_life"),
    ],
)
def test_what_does_not_fit_together_is_named(tmp_path: Any, run: Callable[..., Any], monkeypatch, text, said) -> None:
    (tmp_path / "graphrec.toml").write_text(f"[graph.behaviours.{text}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GRAPHREC_CONFIG", raising=False)
    found = run("train")
    assert found.exit_code == ConfigError("").exit_code == 2
    assert said in found.stderr


TOML = """
[graph.behaviours.BROWSED]
half_life = 40
[graph.behaviours.PURCHASED]
[graph.behaviours.SKIPPED]
negative = true
[graph.behaviours.RATED]
strength = "rating"
dislike = 2.0
[graph.limits]
per_day = 1
[train]
epochs = 4
lr = 0.02
[split]
method = "user-time"
"""
SKIPPED = """
MATCH (u:User), (i:Item) WHERE (toInteger(right(u.userId, 2)) + toInteger(right(i.itemId, 2))) % 7 = 0
CREATE (u)-[:SKIPPED {at: datetime({epochSeconds: 1735689600 + toInteger(right(i.itemId, 2)) * 300000})}]->(i)
WITH u, i WHERE (toInteger(right(u.userId, 2)) + toInteger(right(i.itemId, 2))) % 2 = 0
CREATE (u)-[:RATED {rating: 1 + toInteger(right(i.itemId, 2)) % 5,
                    at: datetime({epochSeconds: 1735689700 + toInteger(right(i.itemId, 2)) * 300000})}]->(i)
"""
Sampled = tuple[Settings, Database]


@pytest.fixture(scope="module")
def sample(sample_project: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sampled]:
    """A small made catalogue in Neo4j, with what its users skipped, and how they rated some of it."""
    with sample_project(tmp_path_factory.mktemp("dislikes"), TOML, users=60, items=40) as (settings, db):
        db.write(SKIPPED)
        yield settings, db


@pytest.fixture(scope="module")
def trained(sample: Sampled) -> Run:
    settings, db = sample
    return train(db, settings).run


def test_dislikes_are_read_with_a_scale_of_their_own_and_never_asked_for(sample: Sampled, trained: Run) -> None:
    settings, db = sample
    counts = trained.info["behaviours"]
    assert {name for name, value in counts.items() if value < 0} == {"SKIPPED", "RATED_DISLIKED"}
    assert trained.info["half_lives"]["BROWSED"] == 40
    graph = load_graph(db, settings.graph, settings.split)
    profiles = Profiles.of(graph.data)
    unwanted = {(u, i) for u, i in zip(profiles.users.tolist(), profiles.items.tolist(), strict=True)}
    unwanted -= {pair for pair, yes in zip(sorted(unwanted), profiles.wanted.tolist(), strict=True) if yes}
    assert unwanted
    split = trained.split
    asked = torch.cat([split.train, split.valid, split.test], 1)
    assert not unwanted & set(map(tuple, asked.T.tolist()))


def test_users_who_are_folded_in_get_what_training_gave_them(sample: Sampled, trained: Run) -> None:
    _, db = sample
    folder = Folder(trained)
    histories = read_history(db, trained.schema, trained.users)
    profiles, done = folder.profiles([histories[user] for user in trained.users])
    kept = trained.profiles
    assert torch.equal(profiles.items, kept.items)
    assert torch.allclose(profiles.weights, kept.weights)
    assert torch.allclose(profiles.days, kept.days)  # type: ignore[arg-type]
    everybody = torch.arange(len(trained.users))
    assert torch.allclose(folder.vectors(profiles, done), trained.embeddings("all")[0], atol=1e-5)
    assert torch.allclose(folder.scores(profiles, done), trained.scores(everybody, "all"), atol=1e-4)
    seen = folder.seen(profiles).matrix(len(trained.items))
    assert (seen != trained.seen("all")).nnz == 0
    assert seen.nnz > len(done.items)


def test_what_is_not_wanted_is_not_recommended(sample: Sampled, trained: Run) -> None:
    _, db = sample
    publish(db, trained, k=40)
    told = db.read("MATCH (u:User)-[r:RECOMMENDED]->(i:Item) RETURN u.userId AS u, i.itemId AS i")
    links = {(row["u"], row["i"]) for row in told}
    users, items = (
        trained.profiles.only(trained.schema.negatives).users,
        trained.profiles.only(trained.schema.negatives).items,
    )
    unwanted = {(trained.users[u], trained.items[i]) for u, i in zip(users.tolist(), items.tolist(), strict=True)}
    assert unwanted
    assert links
    assert not links & unwanted


def test_what_limits_leave_out_is_said_by_inspect(sample: Sampled, run: Callable[..., Any]) -> None:
    assert sample[0].graph.limits == Limits(per_day=1)
    found = run("inspect")
    assert found.exit_code == 0
    assert "behaviours beyond [graph.limits] per_day = 1 do not count" in found.stderr
