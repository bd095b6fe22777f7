"""Commands that only read never make a database; where there is none they say so, and where one may be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphrec.config.project import TEXT, leave_file
from graphrec.config.settings import Settings, load_settings
from graphrec.db.database import Database

VARIABLES = ("GRAPHREC_CONFIG", "GRAPHREC_HOME", "GRAPHREC_RUNS", "NEO4J_URI", "NEO4J_PASSWORD", "NEO4J_DATABASE")
#: Every command that needs a database and makes none.
READING = (
    ("recommend", "anna"),
    ("recommend", "--like", "Alien"),
    ("similar", "Alien"),
    ("search", "a murder in the rain"),
    ("explain", "anna", "Alien"),
    ("runs",),
    ("inspect",),
    ("inspect", "--write"),
    ("forget", "anna", "--dry-run"),
    ("forget", "anna", "--yes"),
    ("update",),
    ("rollback",),
    ("embed",),
    ("train",),
    ("tune", "--trials", "1"),
    ("content", "report"),
    ("content", "tune", "--trials", "1"),
    ("db", "browser", "--no-open"),
)
Run = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder as the working directory, with nothing in the environment."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    found = tmp_path / "a" / "project"
    found.mkdir(parents=True)
    monkeypatch.chdir(found)
    return found


def a_database(folder: Path) -> Path:
    """Leave in a folder what a server that was started there leaves."""
    (folder / ".graphrec" / "neo4j" / "data" / "databases" / "system").mkdir(parents=True)
    return folder


@pytest.mark.parametrize("arguments", READING, ids=" ".join)
def test_reading_makes_no_database(folder: Path, run: Run, arguments: tuple[str, ...]) -> None:
    left = run(*arguments)
    assert (left.exit_code, left.stdout) == (2, "")
    assert f"error: there is no database: NEO4J_URI is not set, and {folder} has no local Neo4j" in left.stderr
    assert "→ is this the right folder? `graphrec load` makes a database here; NEO4J_URI names" in left.stderr
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("verb", ["evaluate", "publish", "benchmark", "interest"])
def test_commands_of_a_run_ask_for_the_right_folder_too(folder: Path, run: Run, verb: str) -> None:
    left = run(verb)
    assert left.exit_code == 2
    assert f"no run in {folder / 'runs'}" in left.stderr
    assert "is this the right folder?" in left.stderr
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("place", ["..", "../..", "below", "../beside"])
def test_a_database_that_is_near_is_named(folder: Path, run: Run, place: str) -> None:
    other = (folder / place).resolve()
    other.mkdir(exist_ok=True)
    a_database(other)
    left = run("recommend", "anna")
    assert left.exit_code == 2
    assert f"run the command in {other}, or set GRAPHREC_HOME={other / '.graphrec'}" in left.stderr


def test_a_project_file_that_is_near_is_named_where_no_database_is(folder: Path, run: Run) -> None:
    (folder.parent / "beside").mkdir()
    (folder.parent / "beside" / "graphrec.toml").touch()
    assert f"run the command in {folder.parent / 'beside'}" in run("runs").stderr


def test_the_project_of_the_file_is_the_one_that_lacks_a_database(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "graphrec.toml").touch()
    (folder / "notebooks").mkdir()
    monkeypatch.chdir(folder / "notebooks")
    a_database(folder.parent)
    said = run("similar", "Alien").stderr
    assert f"{folder} has no local Neo4j" in said
    assert f"run the command in {folder.parent}" in said


def test_status_says_that_there_is_none(folder: Path, run: Run) -> None:
    left = run("db", "status")
    assert left.exit_code == 0
    assert (
        left.stdout
        == f"no Neo4j in {folder / '.graphrec' / 'neo4j'} yet: `graphrec load` or `graphrec db start` creates one\n"
    )
    assert '"state": "none"' in run("db", "status", "--json").stdout
    assert list(folder.iterdir()) == []


def test_runs_without_a_database_are_listed(folder: Path, run: Run) -> None:
    made = folder / "runs" / "20260101-000000-0000"
    made.mkdir(parents=True)
    (made / "run.json").write_text('{"created": "2026-01-01", "state": "finished", "settings": {}, "fingerprint": "f"}')
    (made / "ids.json").write_text('{"users": [1], "items": [1, 2], "entities": []}')
    left = run("runs")
    assert left.exit_code == 0, left.stderr
    assert "20260101-000000-0000" in left.stdout
    assert "no database in" in left.stderr
    assert not (folder / ".graphrec").exists()


def test_another_name_for_the_address_is_an_error(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO4J_URL", "bolt://somebody:s3cret@example")
    (folder / "u.data").write_text("1\t1\t5\t1\n")
    for arguments in (("recommend", "anna"), ("quickstart",)):
        left = run(*arguments)
        assert left.exit_code == 2
        assert "error: NEO4J_URL is set, but graphrec reads NEO4J_URI, which is not" in left.stderr
        assert "→ rename NEO4J_URL to NEO4J_URI; or unset it to use a local Neo4j" in left.stderr
        assert "s3cret" not in left.stderr
    assert not (folder / ".graphrec").exists()


@pytest.mark.parametrize(
    ("name", "right"), [("NEO4J_USER", "USERNAME"), ("NEO4J_PASS", "PASSWORD"), ("NEO4J_DB", "DATABASE")]
)
def test_other_names_beside_an_address_are_errors(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch, name: str, right: str
) -> None:
    monkeypatch.delenv(f"NEO4J_{right}", raising=False)
    monkeypatch.setenv("NEO4J_URI", "bolt://127.0.0.1:9")
    monkeypatch.setenv(name, "theirs")
    left = run("runs")
    assert left.exit_code == 2
    assert f"{name} is set, but graphrec reads NEO4J_{right}, which is not" in left.stderr


def test_another_name_is_only_said_where_there_is_a_local_database(
    db: Database, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEO4J_URL", "bolt://example")
    left = run("runs", "--json")
    assert left.exit_code == 0
    assert "NEO4J_URL is set, but graphrec reads NEO4J_URI, which is not: the local Neo4j of" in left.stderr


def test_a_subfolder_finds_the_project_that_load_left(
    settings: Settings, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    (settings.root / "ratings.csv").write_text("userId,movieId,rating,timestamp\n1,10,4.0,978300760\n")
    (settings.root / "movies.csv").write_text("movieId,title,genres\n10,Heat (1995),Crime\n")
    left = run("load", "movielens", settings.root)
    assert left.exit_code == 0, left.stderr
    file = settings.root / "graphrec.toml"
    assert f"wrote {file}: commands in this folder and below it use this database" in left.stderr
    assert file.read_text(encoding="utf-8") == TEXT
    (settings.root / "notebooks").mkdir()
    monkeypatch.chdir(settings.root / "notebooks")
    found = load_settings()
    assert (found.root, found.runs, found.file) == (settings.root, settings.runs, file)
    assert (found.split, found.model, found.train) == (settings.split, settings.model, settings.train)
    file.write_text("[train]\nepochs = 3\n")
    assert "wrote" not in run("load", "movielens", settings.root).stderr
    assert file.read_text() == "[train]\nepochs = 3\n"


def test_a_dry_run_leaves_no_file(settings: Settings, run: Run) -> None:
    (settings.root / "ratings.csv").write_text("userId,movieId,rating,timestamp\n1,10,4.0,978300760\n")
    (settings.root / "movies.csv").write_text("movieId,title,genres\n10,Heat (1995),Crime\n")
    assert run("load", "movielens", settings.root, "--dry-run").exit_code == 0
    assert not (settings.root / "graphrec.toml").exists()


def test_the_defaults_in_the_file_are_the_defaults(folder: Path) -> None:
    """Without its comment signs the file says what holds without a file."""
    before = load_settings()
    lines = [line.removeprefix("# ") for line in TEXT.splitlines()[5:]]
    (folder / "graphrec.toml").write_text("\n".join(lines))
    after = load_settings()
    for table in ("split", "model", "train", "publish"):
        assert f"[{table}]" in lines
        assert getattr(after, table) == getattr(before, table)


def test_a_file_that_another_project_uses_is_left_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "mine.toml").touch()
    monkeypatch.setenv("GRAPHREC_CONFIG", str(folder / "mine.toml"))
    assert leave_file(load_settings()) is None
    assert not (folder / "graphrec.toml").exists()
