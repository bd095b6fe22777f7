"""Fixtures: a real Neo4j, a clean database in it, the command line, the real data.

The servers are graphrec's own managed ones, in a temporary home; ``GRAPHREC_TEST_HOME`` keeps them between runs
(quicker while developing). Inside: ``scratch`` is wiped for every test that asks for ``db``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from graphrec import cli as command_line
from graphrec.config import Settings, load_settings
from graphrec.db import Database, connect
from graphrec.server import ensure, stop

NEO4J_VARIABLES = ("NEO4J_URI", "NEO4J_USERNAME", "NEO4J_PASSWORD", "NEO4J_DATABASE")


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory in which the test servers live."""
    kept = os.environ.get("GRAPHREC_TEST_HOME")
    return Path(kept) if kept else tmp_path_factory.mktemp("homes")


def _serve(home: Path) -> Iterator[Path]:
    ensure(home)
    yield home
    if not os.environ.get("GRAPHREC_TEST_HOME"):
        stop(home)


@pytest.fixture(scope="session")
def scratch_home(homes: Path) -> Iterator[Path]:
    """The home of a running server for small graphs."""
    yield from _serve(homes / "scratch")


@pytest.fixture(scope="session")
def movielens_home(homes: Path) -> Iterator[Path]:
    """The home of a running server for MovieLens-100K, which stays loaded for the whole session."""
    yield from _serve(homes / "movielens")


Project = Callable[[Path, Path], AbstractContextManager[Settings]]


@pytest.fixture(scope="session")
def project_at() -> Project:
    """Work in a project folder on the server of a home: ``with project_at(folder, home) as settings``."""

    @contextmanager
    def enter(folder: Path, home: Path) -> Iterator[Settings]:
        with pytest.MonkeyPatch.context() as patch:
            for name in (*NEO4J_VARIABLES, "GRAPHREC_CONFIG"):
                patch.delenv(name, raising=False)
            patch.setenv("GRAPHREC_HOME", str(home))
            patch.chdir(folder)
            yield load_settings()

    return enter


@pytest.fixture
def settings(project_at: Project, scratch_home: Path, tmp_path: Path) -> Iterator[Settings]:
    """Settings of a fresh project in ``tmp_path`` (the working directory), on the scratch server."""
    with project_at(tmp_path, scratch_home) as found:
        yield found


@pytest.fixture
def db(settings: Settings) -> Iterator[Database]:
    """An empty database on the scratch server."""
    with connect(settings) as database:
        wipe(database)
        yield database


@pytest.fixture(scope="session")
def empty() -> Callable[[Database], None]:
    """What empties a database; for fixtures that live longer than ``db``."""
    return wipe


def wipe(database: Database) -> None:
    """Remove every node, relationship, constraint and index."""
    database.auto("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS")
    for row in database.read("SHOW CONSTRAINTS YIELD name"):
        database.auto(f"DROP CONSTRAINT `{row['name']}`")
    for row in database.read("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP'"):
        database.auto(f"DROP INDEX `{row['name']}`")


@dataclass(frozen=True)
class Result:
    """What a command left: its exit code and its two streams."""

    exit_code: int
    stdout: str
    stderr: str


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]):
    """Run the command line in this process: ``run("load", "atomic", folder)``."""

    def call(*args: object) -> Result:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            command_line.main([str(a) for a in args])
        captured = capsys.readouterr()
        return Result(int(left.value.code or 0), captured.out, captured.err)

    return call


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the checkout; tests that need it skip where it is not there."""
    named = os.environ.get("GRAPHREC_DATA")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}: set GRAPHREC_DATA to a folder with ml-100k/ and the others")
    return folder
