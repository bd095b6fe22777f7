"""``graphrec export``: all lists in a file that is whole or not there."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.publishing.publish import publish
from graphrec.runs.run import Run
from graphrec.serving import export_lists

COLUMNS = ["user", "item", "rank", "score", "title", "run"]


@pytest.fixture
def published(films: Database, film_run: Run) -> Database:
    publish(films, film_run, k=3)
    return films


def expected(db: Database) -> list[dict[str, Any]]:
    return [
        row.data()
        for row in db.read(
            """
            MATCH (u:User)-[r:RECOMMENDED]->(i:Item)
            RETURN
              u.userId AS user, i.itemId AS item, r.rank AS rank, r.score AS score, i.title AS title, r.runId AS run
            ORDER BY user, rank
            """
        )
    ]


def test_parquet_has_every_list(published: Database, run: Any, tmp_path: Path) -> None:
    result = run("export", "lists.parquet", "--json")
    assert result.exit_code == 0, result.stderr
    table = pq.read_table(tmp_path / "lists.parquet")
    assert table.column_names == COLUMNS
    rows = table.to_pylist()
    assert rows == expected(published)
    told = json.loads(result.stdout)
    assert (told["rows"], told["users"], told["k"]) == (len(rows), 3, 3)
    assert [path.name for path in tmp_path.glob("lists*")] == ["lists.parquet"]


def test_csv_in_small_blocks_keeps_commas_and_quotes(
    published: Database, run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_lists, "BLOCK", 2)
    published.write("MATCH (i:Item {title: 'Dune'}) SET i.title = 'Dune, \"the\" film'")
    result = run("export", "lists.csv", "-k", "2")
    assert result.stdout.startswith("6 rows of 3 users, run ")
    with (tmp_path / "lists.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    wanted = [row for row in expected(published) if row["rank"] <= 2]
    assert [(row["user"], row["item"], row["title"]) for row in rows] == [
        (row["user"], row["item"], row["title"]) for row in wanted
    ]
    assert [float(row["score"]) for row in rows] == [row["score"] for row in wanted]


def test_whole_numbers_stay_numbers(db: Database, make_run: Any, run: Any, tmp_path: Path) -> None:
    db.write("CREATE (:User {userId: 10})-[:RATED]->(:Item {itemId: 'a'}), (:User {userId: 9}), (:Item {itemId: 7})")
    publish(db, make_run([10, 9], ["a", 7], [[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [0.5, 1.0]], [(0, 0)]), k=2)
    assert run("export", "lists.parquet", "-k", "5").stderr.strip() == "the run has 2 items per user, not 5"
    table = pq.read_table(tmp_path / "lists.parquet")
    assert [str(table.schema.field(name).type) for name in ("user", "item")] == ["int64", "string"]
    # Item 7 has no title: its id stands for it.
    assert [(row["user"], row["item"], row["title"]) for row in table.to_pylist()] == [
        (9, "7", "7"), (9, "a", "a"), (10, "7", "7"),
    ]  # fmt: skip


def test_ctrl_c_leaves_the_file_as_it_was(
    published: Database, interrupted: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_lists, "BLOCK", 1)
    published.write(
        "UNWIND range(1, 3000) AS n CREATE (u:User {userId: 'u' + n}) WITH u MATCH (i:Item) "
        "CREATE (u)-[:RECOMMENDED {rank: toInteger(i.itemId), score: 1.0, runId: $run}]->(i)",
        run=expected(published)[0]["run"],
    )
    target, part = tmp_path / "lists.csv", tmp_path / "lists.csv.part"
    target.write_text("before", encoding="utf-8")
    result = interrupted(lambda: part.exists() and part.stat().st_size > 5000, "export", "lists.csv")
    assert result.exit_code == 130
    assert "nothing is written" in result.stderr
    assert target.read_text(encoding="utf-8") == "before"
    assert not part.exists()


def test_a_run_that_goes_meanwhile_is_an_error(
    published: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = Database.stream

    def removing(self: Database, query: str, /, **parameters: Any) -> Any:
        yield from stream(self, query, **parameters)
        published.write("MATCH (run:Run) SET run.state = 'removed'")
        published.write("MATCH ()-[active:ACTIVE]->() DELETE active")

    monkeypatch.setattr(Database, "stream", removing)
    with pytest.raises(export_lists.GraphError, match="was removed while its lists were read"):
        export_lists.export_lists(published, settings.graph, tmp_path / "lists.csv")
    assert list(tmp_path.glob("lists*")) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("lists.xlsx",), "lists.xlsx: ends in .xlsx; graphrec writes .parquet and .csv"),
        (("lists",), "lists: has no ending"),
        (("lists.csv", "--format", "parquet"), "ends in .csv, but the format is parquet"),
        (("absent/lists.csv",), "no such folder absent"),
        (("lists.csv",), "no run is published"),
    ],
)
def test_bad_requests(db: Database, run: Any, tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    result = run("export", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert list(tmp_path.glob("*lists*")) == []


def test_another_ending_goes_with_a_format(published: Database, run: Any, tmp_path: Path) -> None:
    assert run("export", "lists.txt", "--format", "csv").exit_code == 0
    assert (tmp_path / "lists.txt").read_text(encoding="utf-8").splitlines()[0] == ",".join(COLUMNS)
