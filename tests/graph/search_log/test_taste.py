"""Who has done nothing but search gets what the search meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from graphrec.config.settings import Settings
from graphrec.content.embed import embed
from graphrec.datasets.sample import write_sample
from graphrec.db.database import Database
from graphrec.graph.history import read_history
from graphrec.publishing.publish import publish
from graphrec.runs.run import Run
from graphrec.serving.fold_in import Folder
from graphrec.serving.recommend import recommend
from graphrec.training.train import train

TOML = """
[graph.behaviours.SEARCHED]
target = false
[graph.behaviours.BROWSED]
[graph.behaviours.PURCHASED]
[graph.searches.ASKED]
[content]
image = "none"
audio = "none"
[train]
epochs = 12
"""
#: Taste → what somebody types who has it.
WORDS = {
    "space": ("a film about deep space", "astronauts lost far from Earth"),
    "noir": ("gangsters and a corrupt detective", "who committed the murder"),
    "wild": ("animals in nature", "a documentary about forests and rivers"),
}
Sampled = tuple[Settings, Database, dict[str, str]]


@pytest.fixture(scope="module")
def sample(sample_project: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sampled]:
    """A made catalogue; six people who have searched once and done nothing else, and others who do both."""
    folder: Path = tmp_path_factory.mktemp("taste")
    made = write_sample(folder, users=120, items=90)
    with sample_project(folder, TOML, users=120, items=90) as (settings, db):
        rows = [[f"{taste}{n}", text] for taste, texts in WORDS.items() for n, text in enumerate(texts)]
        db.write(
            """
            UNWIND $rows AS row
            MERGE (u:User {userId: row[0]})
            CREATE (u)-[:ASKED {at: datetime()}]->(:Search {searchId: row[0], text: row[1]})
            """,
            rows=rows + [[user, WORDS[taste][0]] for user, taste in made.user_taste.items() if taste in WORDS],
        )
        yield settings, db, made.item_taste


@pytest.fixture(scope="module")
def trained(sample: Sampled) -> Run:
    settings, db, _ = sample
    done = embed(db, settings).searches["ASKED"]
    assert (done.absent, done.skipped, done.kind) == (0, [], "pretrained")
    return train(db, settings).run


def test_a_search_alone_brings_what_it_meant(sample: Sampled, trained: Run):
    truth = sample[2]
    for taste, texts in WORDS.items():
        for n in range(len(texts)):
            user = trained.users.index(f"{taste}{n}")
            best = trained.scores(torch.tensor([user]), "all")[0].topk(10).indices.tolist()
            share = sum(truth[trained.items[item]] == taste for item in best) / 10
            assert share >= 0.7, (taste, n, share)  # chance: one in six


def test_what_was_searched_for_may_be_recommended(sample: Sampled, trained: Run):
    settings, db, truth = sample
    publish(db, trained, k=10, batch=1000, similar=0)
    rows = recommend(db, settings, ["space0"])[0].rows
    assert sum(truth[row["item"]] == "space" for row in rows) >= 7
    meant = torch.unique(trained.profiles.rows(torch.tensor([trained.users.index("space0")]))[2])
    items = {trained.items[i] for i in trained.profiles.items[meant].tolist()}
    assert len(items) == 10
    assert items & {row["item"] for row in rows}


def test_without_their_searches_they_would_get_what_everybody_gets(sample: Sampled, trained: Run):
    folder = Folder(trained)
    profiles, done = folder.profiles([[]])
    best = folder.scores(profiles, done)[0].topk(10).indices.tolist()
    shares = [sum(sample[2][trained.items[item]] == taste for item in best) / 10 for taste in WORDS]
    assert max(shares) < 0.7
    assert trained.schema.searches["ASKED"].items == 10


def test_folded_in_by_now_they_get_the_very_same(sample: Sampled, trained: Run):
    db = sample[1]
    folder, users = Folder(trained), trained.users
    histories = read_history(db, trained.schema, users)
    assert {act.kind for act in histories["noir1"]} == {"ASKED"}
    assert len(histories["noir1"]) == 10
    profiles, done = folder.profiles([histories[user] for user in users])
    assert torch.allclose(folder.vectors(profiles, done), trained.embeddings("all")[0], atol=1e-4)
    db.auto("DROP INDEX itemText")
    compared = read_history(db, trained.schema, ["noir1"])["noir1"]
    rounded = [[act._replace(weight=round(act.weight, 4)) for act in acts] for acts in (compared, histories["noir1"])]
    assert rounded[0] == rounded[1]


def test_what_searches_count_is_learned_from_those_who_do_both(trained: Run):
    counts = trained.info["behaviours"]
    assert set(counts) == {"ASKED", "BROWSED", "PURCHASED", "SEARCHED"}
    assert counts["ASKED"] != 1.0  # where it begins
