"""A quickstart is not mixed into data that it did not bring, and knows a folder by its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphrec.common.errors import GraphError, InputError
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import Settings
from graphrec.datasets.sample import write_sample
from graphrec.db.database import Database
from graphrec.quickstart import quickstart, reader, refuse_others
from graphrec_etl.command import load
from graphrec_etl.model import Tables
from graphrec_etl.rejects import Rejects


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sample(tmp_path_factory.mktemp("guard") / "sample", users=12, items=24).folder


@pytest.fixture
def tables(folder: Path) -> Tables:
    found: Tables = reader(folder, folder / "entity_names.tsv")(Rejects())
    return found


def test_an_empty_database_and_its_own_data_are_fine(
    db: Database, settings: Settings, folder: Path, tables: Tables
) -> None:
    refuse_others(db, settings.graph, tables)
    load(reader(folder, folder / "entity_names.tsv"), settings=settings)
    db.write("CREATE (:Recommender {recommenderId: 'default'})-[:ACTIVE]->(:Run {runId: 'r'})")
    refuse_others(db, settings.graph, tables)


@pytest.mark.parametrize(
    ("create", "message"),
    [
        ("CREATE (:Person:Actor {name: 'Ann'}), (:Movie)", r"1 \(:Movie\); 1 \((:Person:Actor|:Actor:Person)\)"),
        ("CREATE ()", r"1 \(\)"),
        ("CREATE (:User {userId: 'somebody'})", r"\(:User \{userId: 'somebody'\}\), which the files do not have"),
        ("CREATE (:Item {itemId: 7})", r"\(:Item \{itemId: 7\}\), which the files do not have"),
        ("CREATE (:Item {itemId: 'i001', title: 'Casablanca'})", r"named 'Casablanca', in the files '"),
        ("CREATE (:Entity {entityId: 'm.01'})", r"\(:Entity \{entityId: 'm\.01'\}\)"),
    ],
)
def test_anything_else_is_named(db: Database, settings: Settings, folder: Path, create: str, message: str) -> None:
    db.write(create)
    with pytest.raises(GraphError, match=message) as caught:
        quickstart(settings, folder)
    assert "GRAPHREC_HOME" in str(caught.value)
    assert "--force" in str(caught.value)
    assert db.read("MATCH (n) RETURN count(n) AS n")[0]["n"] < 3  # nothing was written


def test_the_guard_speaks_the_names_of_the_mapping(db: Database, tables: Tables) -> None:
    schema = GraphSchema()
    mapped = GraphSchema(user=type(schema.user)(label="Big Reader", key="reader-no"))
    db.write("CREATE (:`Big Reader` {`reader-no`: 'u001'})")
    refuse_others(db, mapped, tables)
    with pytest.raises(GraphError, match="Big Reader"):
        refuse_others(db, schema, tables)


def test_folders_that_hold_no_data_set(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        reader(tmp_path / "absent")
    (tmp_path / "notes.txt").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match=r"it holds notes\.txt"):
        reader(tmp_path)


def test_a_grouplens_folder_is_known(tmp_path: Path) -> None:
    (tmp_path / "ratings.csv").write_text("userId,movieId,rating,timestamp\n1,2,4.0,964982703\n", encoding="utf-8")
    (tmp_path / "movies.csv").write_text(
        "movieId,title,genres\n2,Jumanji (1995),Adventure|Children\n", encoding="utf-8"
    )
    found: Tables = reader(tmp_path)(Rejects())
    assert list(found.items.codes) == ["2"]
    assert sum(len(edges) for edges in found.edges if edges.type == "RATED") == 1


def test_a_folder_that_is_not_there_is_refused_before_neo4j_starts(run, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRAPHREC_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("NEO4J_URI", raising=False)
    refused = run("quickstart", "--data", "nosuch")
    assert (refused.exit_code, "nosuch: no such folder" in refused.stderr) == (2, True)
    assert not (tmp_path / "home").exists()
