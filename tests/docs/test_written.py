"""What embedding, training and publishing really write is what the pages of the graph and of the run directory say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from safetensors import safe_open

from graphrec.config.settings import Settings
from graphrec.content.embed import embed
from graphrec.db.database import Database
from graphrec.publishing.publish import publish
from graphrec.runs.evaluate import evaluate_run
from graphrec.runs.run import Run
from graphrec.training.train import train
from tests.docs.pages import names, page

TOML = """
[content]
text = "tfidf"
image = "none"
audio = "none"
fusion = "gate"
[train]
epochs = 2
"""
GRAPH, FILES = page("graph.md"), page("run-directory.md")


class Found(NamedTuple):
    """What a database holds, by name."""

    labels: set[str]
    types: set[str]
    users: set[str]
    items: set[str]
    run: set[str]
    indexes: set[str]


def look(db: Database) -> Found:
    """Return what is there."""

    def column(query: str) -> set[str]:
        return {row[0] for row in db.read(query)}

    return Found(
        column("MATCH (n) UNWIND labels(n) AS label RETURN DISTINCT label"),
        column("MATCH ()-[r]->() RETURN DISTINCT type(r)"),
        column("MATCH (n:User) UNWIND keys(n) AS name RETURN DISTINCT name"),
        column("MATCH (n:Item) UNWIND keys(n) AS name RETURN DISTINCT name"),
        column("MATCH (n:Run) UNWIND keys(n) AS name RETURN DISTINCT name"),
        column("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' RETURN name"),
    )


Written = tuple[Run, Found, Found]


@pytest.fixture(scope="module")
def written(sample_project: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    """A run, trained, measured and published, and what the database held before and after."""
    enter = sample_project(tmp_path_factory.mktemp("written"), TOML, users=60, items=40)
    settings: Settings
    with enter as (settings, db):
        before = look(db)
        embed(db, settings)
        run = train(db, settings).run
        evaluate_run(run, "test")
        publish(db, run, settings=settings)
        yield run, before, look(db)


def test_the_graph_holds_what_the_page_says(written: Written):
    _, before, after = written
    assert after.labels - before.labels == {"Run", "Recommender"}
    assert after.types - before.types <= {"RECOMMENDED", "SIMILAR", "ACTIVE"}
    assert after.types >= {"RECOMMENDED", "ACTIVE"}
    assert after.users - before.users == {"embeddingA"}
    assert {"textVector", "contentVector", "textWeight", "embeddingA"} <= after.items - before.items
    assert after.items - before.items <= names(GRAPH, "Item")
    assert after.run == names(GRAPH, "Run") - {
        "writing",
        "ready",
        "retired",
        "removed",
        "RUN~2",
        "A",
        "B",
        "modality=label",
    }
    assert after.indexes - before.indexes <= names(GRAPH, "Indexes and constraints")


def test_the_run_directory_holds_what_the_page_says(written: Written):
    run, _, _ = written
    there = {path.name + "/" * path.is_dir() for path in run.path.iterdir()}
    sometimes = {"benchmark/", "curve.svg", "checkpoint.pt", "context.safetensors"}
    assert there | sometimes == names(FILES, "A run directory")
    by_others = {"base", "updated", "privacy", "suspicious", "stability", "content_attack"}
    assert set(run.info) == names(FILES, "`run.json`") - by_others


def test_the_arrays_are_those_of_the_page(written: Written):
    run, _, _ = written
    told = names(FILES, "`embeddings.safetensors`")
    told |= {f"{view}.{part}" for view in ("all", "heldout") for part in ("indptr", "indices")}
    told |= {f"similar.{part}" for part in ("indptr", "indices", "values")}
    with safe_open(run.path / "embeddings.safetensors", "pt") as file:
        there = set(file.keys())
    assert {"item", "all.user", "heldout.indices", "weights.text"} <= there
    assert there <= told
