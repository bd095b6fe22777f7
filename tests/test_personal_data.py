"""Markers in personal properties of users, items, other nodes and relationships, and a search of all that comes out."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from graphrec.config.settings import Settings
from graphrec.db.database import Database
from tests.service.conftest import serving

__all__ = ["serving"]

TOML = """
[graph]
personal = [
  "User.email", "User.fullName", "User.birthDate", "Item.sellerEmail", "Item.buyers", "Supplier.name", "Supplier.title",
  "Supplier.ownerLabel", "PURCHASED.phone",
]
[graph.behaviours.BROWSED]
[graph.behaviours.PURCHASED]
[split]
method = "random"
[train]
epochs = 2
"""
#: In each planted value.
MARKER = "Zq7marker"
PLANT = f"""
MATCH (u:User)
SET u.email = '{MARKER}' + u.userId + '@example.org', u.fullName = '{MARKER} Doe', u.birthDate = '{MARKER}-1990'
WITH count(u) AS done
MATCH (i:Item)
SET i.sellerEmail = '{MARKER}@shop.example', i.buyers = ['{MARKER}', 'b']
WITH collect(i) AS items
MERGE (s:Supplier {{name: '{MARKER} Ltd', title: '{MARKER} title', ownerLabel: '{MARKER} owner'}})
FOREACH (i IN items | MERGE (i)-[:SUPPLIED_BY]->(s))
WITH count(*) AS done
MATCH ()-[r:PURCHASED]->()
SET r.phone = '+49 {MARKER}'
"""
CHAT = "recommend me three\nwhy the first?\ntell me about the first\nwho supplies it?\nsupplied by Doe\n"
ROUTES = (
    "/v1/users/{user}/recommendations",
    "/v1/users/{user}/items/{item}/explanation",
    "/v1/users/{user}/items/{item}/copy",
    "/v1/users/{user}",
    "/v1/users?prefix=u",
    "/v1/items/{item}",
    "/v1/items/{item}/similar",
    "/v1/search?q=space",
    "/v1/openapi.json",
    "/metrics",
)


class Planted(NamedTuple):
    """A project with the markers, and all that commands have said."""

    settings: Settings
    db: Database
    said: list[str]


@pytest.fixture
def planted(sample_project: Callable[..., Any], tmp_path: Path) -> Iterator[Planted]:
    with sample_project(tmp_path, TOML, users=40, items=36) as (settings, db):
        db.write(PLANT)
        yield Planted(settings, db, [])


PREPARE = [
    ["inspect", "--check"],
    ["inspect", "--json"],
    ["embed", "--text", "tfidf", "--image", "none", "--audio", "none"],
    ["train"],
    ["publish"],
    ["evaluate"],
]


def questions(user: str, item: str, title: str) -> list[list[str]]:
    return [
        ["recommend", user, "--explain", "--html", "list.html"],
        ["explain", user, item, "--plot", "why.svg"],
        ["explain", user, item, "--json"],
        ["explain", "--global"],
        ["whatif", user, item],
        ["similar", item],
        ["search", title],
        ["export", "all.csv"],
        ["cypher"],
        ["write", user, item, "--json"],
        ["chat", user],
        ["quality"],
        ["forget", user, "--dry-run"],
        ["update"],
        ["runs"],
        ["db", "status"],
    ]


@pytest.mark.long
def test_personal_values_are_in_nothing_that_is_written_or_answered(
    planted: Planted, run: Callable[..., Any], serving: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(CHAT))
    failed = []

    def ask(args: list[str]) -> None:
        result = run(*args)
        planted.said.append(f"{args}\n{result.stdout}\n{result.stderr}")
        failed.extend([(args, result.stderr[-300:])] if result.exit_code else [])

    for args in PREPARE:
        ask(args)
    (row,) = planted.db.read(
        "MATCH (u)-[r:RECOMMENDED]->(i) RETURN u.userId AS user, i.itemId AS item, i.title AS title LIMIT 1"
    )
    user, item, title = map(str, row.values())
    for args in questions(user, item, title):
        ask(args)
    assert failed == [], failed
    with serving(planted.settings) as client:
        for route in ROUTES:
            answer = client.get(route.format(user=user, item=item))
            planted.said.append(f"{route} {answer.status_code}\n{answer.text}")
            failed.extend([(route, answer.text[:300])] if answer.is_error else [])
    assert failed == [], failed
    assert leaks(planted) == []


def leaks(planted: Planted) -> list[str]:
    """Return what was said with a marker, and the files with one, apart from Neo4j's own store."""
    found = [said[: said.index(MARKER) + 80][-300:] for said in planted.said if MARKER in said]
    for folder in (planted.settings.root, planted.settings.home):
        for path in sorted(folder.rglob("*")):
            inside = path.relative_to(folder).parts
            if path.is_file() and not {"neo4j", "data"} & set(inside[:1]) and MARKER.encode() in path.read_bytes():
                found.append(str(path))
    return found


BAD = "user_id:token\titem_id:token\trating:float\tphone:float\nu1\ti1\t1\t{marker}\n"


def test_rejects_withhold_them(settings: Settings, tmp_path: Path, run: Callable[..., Any]) -> None:
    (tmp_path / "graphrec.toml").write_text('[graph]\npersonal = ["RATED.phone"]\n', encoding="utf-8")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x.inter").write_text(BAD.format(marker=MARKER) + f"{MARKER}\n", encoding="utf-8")
    result = run("load", "atomic", "data")
    assert result.exit_code == 2
    assert "(withheld: personal)" in result.stderr
    assert MARKER not in result.stdout + result.stderr
    (rejects,) = (tmp_path / "rejects").glob("*.tsv")
    assert "withheld" in rejects.read_text(encoding="utf-8")
    assert MARKER not in rejects.read_text(encoding="utf-8")


def test_a_message_about_a_constraint_withholds_them(settings: Settings, db: Database) -> None:
    db.auto("CREATE CONSTRAINT onlyMail IF NOT EXISTS FOR (n:Mailed) REQUIRE n.email IS UNIQUE")
    try:
        with pytest.raises(Exception, match="email") as raised:
            db.write(f"UNWIND [1, 2] AS n CREATE (:Mailed {{email: '{MARKER} o\\'Neill x'}})")
        assert MARKER not in str(raised.value)
        assert "Neill" not in str(raised.value)
    finally:
        db.auto("DROP CONSTRAINT onlyMail")
