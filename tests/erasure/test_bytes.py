"""A whole project on disk: who may read it, and what stays of a person in the bytes of its files and of Neo4j's."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import graphrec
from graphrec.config.settings import Settings
from graphrec.db.database import Database, connect

pytestmark = pytest.mark.long

USER = "uid-marker-7731"
#: What Neo4j stores in parts, at once, packed beside other values, and as a list of numbers.
LONG = "a private thought that nobody else has, " * 9 + "marker-long"
NOTE, SHORT = "private note of one rating, marker-note", "mk7zq"
REVIEW = "the review is theirs, and says who they are: marker-review"
TAG = "one of the names that they call themselves: marker-tag"
MARKS = [text.encode() for text in (USER, "marker-long", NOTE, REVIEW, TAG, "marker-reject")]
TOML = (
    '[split]\nvalid = 0.2\ntest = 0.2\n[model]\ndim = 8\nals = false\n[train]\nepochs = 2\n[content]\ntext = "tfidf"\n'
)
#: Values of all kinds in many records, some beside what is removed: none may change.
OTHERS = """
UNWIND range(0, 400) AS n
CREATE (o:Other {
  n: n, real: n / 7.0, yes: n % 2 = 0, day: date('2020-01-01') + duration({days: n}), at: point({x: n, y: -n}),
  short: left('abcdefghijklm', n % 13), upper: toUpper(left('abcdefghijklm', n % 13)), odd: '‹' + n + '›',
  long: reduce(text = '', k IN range(0, n % 40) | text + 'word ' + k), list: [k IN range(0, n % 90) | n * k],
  texts: [k IN range(0, n % 5) | 'text ' + k], vector: [k IN range(0, 16) | n / (k + 1.0)], took: duration({hours: n})
})
WITH collect(o) AS made
UNWIND range(1, size(made) - 1) AS k
WITH made[k - 1] AS a, made[k] AS b, k
CREATE (a)-[:NEXT {k: k, said: 'relation ' + k + ' says something that does not fit into the record itself'}]->(b)
"""
DUMP = (
    "MATCH (n) RETURN elementId(n) AS id, labels(n) AS labels, properties(n) AS has ORDER BY id",
    "MATCH (a)-[r]->(b) RETURN elementId(r) AS id, elementId(a) AS a, elementId(b) AS b, type(r) AS kind, "
    "properties(r) AS has ORDER BY id",
    "SHOW INDEXES YIELD name, type, state, labelsOrTypes, properties RETURN * ORDER BY name",
    "SHOW CONSTRAINTS YIELD name, type, labelsOrTypes, properties RETURN * ORDER BY name",
)


@pytest.fixture
def project(
    tmp_path: Path, project_at: Any, scratch_home: Path, empty: Callable[[Database], None]
) -> Iterator[Settings]:
    """A project from files to published lists, made under an umask that lets everything through."""
    data, root = tmp_path / "data", tmp_path / "project"
    data.mkdir()
    lines = [
        f"{user}\ti{(k * n) % 9}\t{1 + k % 5}\t{NOTE if n == 7 else ''}"
        for n, user in enumerate([*(f"u{n}" for n in range(1, 7)), USER, *(f"u{n}" for n in range(8, 14))], 1)
        for k in range(1, 9)
    ]
    lines += [f"{USER}\ti1\tmarker-reject is no number\t", "u1\ti1\tnone\t", f"{USER}\ti2"]
    head = "user_id:token\titem_id:token\trating:float\tnote:token\n"
    (data / "x.inter").write_text(head + "\n".join(lines) + "\n")
    titles = "".join(f"i{k}\tThe tale of {k} {'old ' * k}kings\n" for k in range(8))
    (data / "x.item").write_text("item_id:token\ttitle:token_seq\n" + titles + "i8\tNine tales\n")
    root.mkdir(0o755)
    before = os.umask(0)
    try:
        with project_at(root, scratch_home) as found, connect(found) as db:
            empty(db)
            (root / "graphrec.toml").write_text(TOML)
            yield found
    finally:
        os.umask(before)


def holding(*folders: Path) -> dict[str, list[bytes]]:
    """Return the files that hold a mark."""
    found = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and (marks := [mark for mark in MARKS if mark in path.read_bytes()]):
                found[str(path.relative_to(folder))] = marks
    return found


def readable_by_others(root: Path) -> set[str]:
    """Return what others can read: every folder on the way lets them through."""
    found = set()
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            if stat.S_IMODE(Path(folder, name).lstat().st_mode) & 0o077:
                found.add(str(Path(folder, name).relative_to(root)))
        folders[:] = [name for name in folders if Path(folder, name).stat().st_mode & 0o011]
    return found


def test_nobody_else_reads_it_and_of_a_forgotten_person_no_byte_stays(
    project: Settings, scratch_home: Path, run: Callable[..., Any], tmp_path: Path
) -> None:
    def do(*args: object) -> str:
        done = run(*args)
        assert done.exit_code == 0, done.stderr
        return str(done.stdout)

    do("load", "atomic", tmp_path / "data", "--max-bad", 9)
    for command in (["embed"], ["train"], ["evaluate"], ["publish", "-k", 3], ["export", "lists.csv"]):
        do(*command)
    with connect(project) as db:
        db.write(
            "MATCH (u:User {userId: $user}) SET u.said = $long, u.nick = $short, u.tags = ['x', $tag] "
            "CREATE (u)-[:WROTE]->(:Review {text: $text})",
            user=USER, long=LONG, short=SHORT, text=REVIEW, tag=TAG,
        )  # fmt: skip
        db.write(OTHERS)
    if sys.platform != "win32":
        assert readable_by_others(project.root) <= {"graphrec.toml"}
        assert stat.S_IMODE((scratch_home / "neo4j").stat().st_mode) == 0o700
        held = holding(project.root)
        assert {Path(name).name for name in held} == {"ids.json", "x.inter.tsv", "lists.csv"}
        assert {stat.S_IMODE((project.root / name).stat().st_mode) for name in held} == {0o600}

    # What is deleted stays in the files of Neo4j, and is said so.
    said = json.loads(do("forget", USER, "--yes", "--own", "Review", "--json"))
    assert (said["left"], said["removed"]["rejects"]) == (None, {"x.inter.tsv": 2})
    assert said["beside"] == ["lists.csv"]
    assert set(holding(project.root)) == {"lists.csv"}
    (project.root / "lists.csv").unlink()
    there = holding(scratch_home / "neo4j")
    assert there
    assert set(there) <= set(said["store"]["files"])
    assert (said["store"]["byId"], said["store"]["compacted"]) == (True, False)
    assert said["store"]["texts"] >= 3
    with connect(project) as db:
        before = [[row.data() for row in db.read(query)] for query in DUMP]

    # Made free of it, not a byte of it is left, and everything else is as it was.
    with graphrec.connect() as graph:
        told = "\n".join(graph.forget(USER, compact=True).lines())
        assert len(graph.recommend("u1")) > 0  # by a new connection
    assert "Neo4j's own files" in told
    assert "found there" not in told
    assert USER not in told
    assert holding(project.root, scratch_home / "neo4j") == {}
    with connect(project) as db:
        assert [[row.data() for row in db.read(query)] for query in DUMP] == before
        db.write("MATCH (o:Other) DETACH DELETE o")
    assert json.loads(do("recommend", "u1", "--json"))
