"""Who only reads needs no right to write: a database that is read-only, which Community has in place of roles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from graphrec.common.errors import DatabaseError
from graphrec.config.settings import load_settings
from graphrec.db.database import Database, connect
from graphrec.db.server import ensure, stop

READS = (
    ("recommend", "anna", "--explain"),
    ("recommend", "anna", "--now"),
    ("explain", "anna", "4"),
    ("similar", "1"),
    ("cypher", "why"),
    ("runs",),
    ("export", "all.csv"),
    ("quality",),
    ("inspect", "--check"),
    ("forget", "anna", "--dry-run"),
    ("cypher", "roles", "--for", "events"),
)


def test_a_write_in_what_is_read_is_refused(db: Database) -> None:
    """By each of the three ways to read: the server refuses it, not graphrec."""
    write = "CREATE (n:Never) RETURN n"
    with pytest.raises(DatabaseError, match="may not do this"):
        db.read(write)
    with pytest.raises(DatabaseError, match="may not do this"):
        list(db.stream(write))
    with pytest.raises(DatabaseError, match="may not do this"):
        db.read_within(5, write)
    assert db.read("MATCH (n:Never) RETURN count(n) AS found")[0]["found"] == 0


@pytest.mark.long
def test_every_reading_command_on_a_read_only_database(
    films: Database, film_run: Any, settings: Any, run: Any, tmp_path: Path
) -> None:
    from graphrec.publishing.publish import publish

    publish(films, film_run, k=3)
    (tmp_path / "graphrec.toml").write_text('[server.neo4j]\nserver.databases.read_only = "neo4j"\n', encoding="utf-8")
    own = load_settings()
    films.close()
    stop(own.home)
    try:
        ensure(own.home, own.server.version, own.server.conf)
        for args in READS:
            left = run(*args)
            assert left.exit_code == 0, (args, left.stderr)
        for args in (("rollback",), ("forget", "anna", "--yes"), ("publish",)):
            left = run(*args)
            assert left.exit_code == 2, args
            assert "→" in left.stderr
        with connect(own) as database:
            assert database.read("MATCH (u:User {userId: 'anna'}) RETURN count(*) AS found")[0]["found"] == 1
    finally:
        stop(own.home)
        (tmp_path / "graphrec.toml").unlink()
        ensure(own.home)
