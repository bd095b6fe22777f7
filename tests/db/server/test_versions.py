"""The versions of Neo4j that graphrec installs, and every command on a small graph on the older ones.

Every other test runs on the newest; ``GRAPHREC_TEST_NEO4J=5.26 pytest tests/db`` runs it on another.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from graphrec.common.errors import ConfigError, ServerError
from graphrec.datasets.sample import write_sample
from graphrec.db.database import Database, connect
from graphrec.db.server import ensure, status, stop
from graphrec.db.server.jars import install, read_lock
from graphrec.db.server.java import find_java, java_range
from graphrec.db.server.layout import Layout, Record
from graphrec.db.server.versions import chosen_version, versions

pytestmark = pytest.mark.long

#: All but the newest.
OLDER = versions()[:-1]


def test_a_version_is_named_in_full_or_by_its_beginning() -> None:
    assert versions() == ["5.26.30", "2025.06.2", "2026.08.1"]
    assert (chosen_version("5.26"), chosen_version("5"), chosen_version("2025.06.2")) == (
        "5.26.30",
        "5.26.30",
        "2025.06.2",
    )
    for unknown in ("4.4", "5.2", "2025.06.1", ""):
        with pytest.raises(ConfigError, match="graphrec does not install that Neo4j") as caught:
            chosen_version(unknown)
        assert "5.26.30, 2025.06.2, 2026.08.1" in str(caught.value.hint)


def test_each_version_has_its_jars_and_its_java() -> None:
    for version in versions():
        lock = read_lock(version)
        assert lock.neo4j == version
        assert {jar.version for jar in lock.jars if jar.group == "org.neo4j.app"} == {version}
    assert [21 in java_range(version) for version in versions()] == [True, True, True]
    assert [17 in java_range(version) for version in versions()] == [True, False, False]
    assert [25 in java_range(version) for version in versions()] == [False, False, True]


def test_an_older_version_is_refused_on_a_newer_database(tmp_path: Path) -> None:
    layout = Layout.of(tmp_path)
    layout.create()
    (layout.data / "databases" / "system").mkdir(parents=True)
    layout.write_record(Record(pid=0, started=0.0, version="2025.06.2", bolt=1, http=2, ready=False))
    with pytest.raises(ServerError, match=r"last used by Neo4j 2025\.06\.2; 5\.26\.30 cannot read it") as caught:
        ensure(tmp_path, "5.26")
    assert "GRAPHREC_HOME" in str(caught.value.hint)


@pytest.fixture(scope="module", params=OLDER)
def version_home(request: pytest.FixtureRequest, homes: Path, scratch_home: Path) -> Iterator[tuple[str, Path]]:
    """A version, and the home of a running server of it; skips where its Java or its jars cannot be had."""
    version = str(request.param)
    if version == status(scratch_home).version:
        yield version, scratch_home
        return
    try:
        find_java(version)
        install(read_lock(version))
    except ServerError as error:
        pytest.skip(f"Neo4j {version} cannot run here: {error} ({error.hint})")
    home = homes / f"neo4j-{version}"
    ensure(home, version)
    yield version, home
    stop(home)


@pytest.fixture
def version_db(
    version_home: tuple[str, Path], tmp_path: Path, project_at: Any, empty: Callable[[Database], None]
) -> Iterator[Database]:
    """A project with ``[server] version`` in ``tmp_path``, and its empty database."""
    version, home = version_home
    (tmp_path / "graphrec.toml").write_text(f'[server]\nversion = "{version}"\n[train]\nepochs = 2\n')
    with project_at(tmp_path, home) as settings, connect(settings) as database:
        empty(database)
        assert database.version() == version
        yield database


def test_every_command_works(version_db: Database, tmp_path: Path, run: Any) -> None:
    db = version_db

    def done(*arguments: object) -> str:
        result = run(*arguments)
        assert result.exit_code == 0, f"{arguments}: {result.stderr}"
        return str(result.stdout)

    write_sample(tmp_path / "sample", users=60, items=40)
    done("load", "atomic", tmp_path / "sample")
    assert db.read("MATCH (:User)-[r:PURCHASED]->(:Item) RETURN count(r) AS n")[0]["n"] == 388
    proposed = done("inspect")
    assert "[graph.behaviours.PURCHASED]" in proposed
    assert "DIRECTED_BY" in proposed
    done("embed", "--text", "tfidf")
    done("train")
    done("publish")
    user = db.read("MATCH (u:User)-[:RECOMMENDED]->() RETURN u.userId AS id ORDER BY id LIMIT 1")[0]["id"]
    asked = json.loads(done("recommend", user, "-k", "3", "--json"))
    assert [row["source"] for row in asked] == ["model"] * 3
    item = asked[0]["item"]
    evidence = json.loads(done("explain", user, item, "--evidence", "--json"))["evidence"]
    assert {"published", "entity"} <= {row["kind"] for row in evidence}
    explained = json.loads(done("explain", user, item, "--json"))
    assert sum(explained["components"].values()) == pytest.approx(explained["score"], abs=1e-3)
    assert all(reason["exists"] for reason in explained["reasons"])
    assert len(json.loads(done("recommend", user, "-k", "3", "--now", "--json"))) == 3
    assert json.loads(done("recommend", user, "--where", f"i.itemId = '{item}'", "--json"))[0]["item"] == item
    assert len(json.loads(done("similar", item, "-k", "3", "--json"))) == 3
    assert len(json.loads(done("similar", item, "-k", "3", "--by", "content", "--json"))) == 3
    title = asked[0]["title"]
    assert json.loads(done("search", title, "-k", "3", "--json"))[0]["title"] == title
    db.write("MATCH (u:User {userId: $u}), (i:Item {itemId: $i}) CREATE (u)-[:PURCHASED]->(i)", u=user, i=item)
    done("update")
    assert item not in {row["item"] for row in json.loads(done("recommend", user, "--json"))}
    done("rollback")
    assert len(json.loads(done("runs", "--json"))) == 2
    done("forget", user, "--yes")
    assert db.read("MATCH (u:User {userId: $u}) RETURN u", u=user) == []
    done("db", "clean", "--yes")
    assert db.read("MATCH (n:Run|Recommender) RETURN n") == []


def test_what_runs_is_not_replaced_by_another_version(version_home: tuple[str, Path]) -> None:
    version, home = version_home
    other = next(one for one in versions() if one != version)
    with pytest.raises(ServerError, match=f"runs version {version}, but"):
        ensure(home, other)
    assert status(home).version == version
