"""``graphrec cypher``: what it prints answers when it is pasted, on a graph with other labels and keys."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from graphrec.config.settings import Settings, load_settings
from graphrec.db.database import Database, connect
from graphrec.publishing.publish import publish
from graphrec.serving.reader_queries import FILES
from tests.film_graph import run_maker

TOML = """
[graph.user]
label = "Big Reader"
key = "card no"
[graph.item]
label = "Book"
key = "isbn"
title = "heading"
[graph.behaviours.BORROWED]
[graph.behaviours.RATED]
strength = "stars"
dislike = 2.0
"""


def pasted(db: Database, script: str) -> list[dict[str, Any]]:
    """Do what Neo4j Browser and cypher-shell do: evaluate the ``:param`` lines, then run the query."""
    lines = script.splitlines()
    params = [line.removeprefix(":param ").split(" => ", 1) for line in lines if line.startswith(":param ")]
    values = {name: db.read(f"RETURN {expression} AS value")[0]["value"] for name, expression in params}
    query = "\n".join(line for line in lines if not line.startswith(":param ")).rstrip()
    assert query.endswith(";")
    return [row.data() for row in db.read(query.removesuffix(";"), **values)]


@pytest.fixture(scope="module")
def library(
    scratch_home: Path, tmp_path_factory: pytest.TempPathFactory, project_at: Any, empty: Any
) -> Iterator[Database]:
    """Readers and books with odd names, published; one title has quotes. Once: these tests only read."""
    folder = tmp_path_factory.mktemp("library")
    (folder / "graphrec.toml").write_text(TOML, encoding="utf-8")
    with project_at(folder, scratch_home) as settings, connect(settings) as db:
        empty(db)
        db.write(
            """
            UNWIND [['O\\'Hara', ['b1']], ['ben', ['b2']], ['cleo', ['b1', 'b3']]] AS row
            CREATE (u:`Big Reader` {`card no`: row[0]})
            WITH u, row
            UNWIND row[1] AS key
            MERGE (b:Book {isbn: key})
            SET b.heading = 'The "' + key + '" Book', b.contentVector = [1.0, size(row[1]) * 0.1]
            SET b.textVector = b.contentVector
            CREATE (u)-[:BORROWED]->(b)
            MERGE (t:Topic {name: 'Sea'})
            MERGE (b)-[:ABOUT]->(t)
            """
        )
        db.auto(
            "CREATE VECTOR INDEX itemText FOR (b:Book) ON (b.textVector) "
            "OPTIONS {indexConfig: {`vector.dimensions`: 2, `vector.similarity_function`: 'cosine'}}"
        )
        users, items = ["O'Hara", "ben", "cleo"], ["b1", "b2", "b3"]
        run = run_maker(settings)(
            users,
            items,
            [[1.0, 0.0], [0.5, 0.1], [0.0, 1.0]],
            [[1.0, 0.2], [0.8, 0.1], [0.3, 0.9]],
            [(0, 0), (1, 1), (2, 0), (2, 2)],
            schema=msgspec.structs.replace(load_settings().graph, behaviours={}),
        )
        publish(db, run, k=2)
        db.write(
            """
            MATCH (u:`Big Reader`)-[r:RECOMMENDED]->(), (u)-[:BORROWED]->(b:Book)-[:ABOUT]->(t)
            SET r.reasonKinds = ['entity'], r.reasonShares = [0.5], r.reasonItems = [b.isbn, '', ''],
              r.reasonCommon = [elementId(t)]
            """
        )
        yield db


@pytest.mark.parametrize("user", ["O'Hara", "ben"])
def test_the_printed_query_recommends_what_the_command_does(library: Database, run: Any, user: str) -> None:
    printed = run("cypher", "recommend", "-p", f"user={user}", "-p", "k=2")
    assert printed.exit_code == 0, printed.stderr
    assert "`Big Reader`" in printed.stdout
    assert "// Purpose:" in printed.stdout
    assert "// Columns:" in printed.stdout
    rows = pasted(library, printed.stdout)
    asked = json.loads(run("recommend", user, "-k", "2", "--json").stdout)
    assert len(rows) == 2
    assert rows == [{name: row[name] for name in ("rank", "item", "title", "score", "runId")} for row in asked]


@pytest.mark.parametrize("name", FILES)
def test_every_printed_query_answers_at_once(library: Database, run: Any, name: str) -> None:
    printed = run("cypher", name)
    assert (printed.exit_code, printed.stderr) == (0, "")
    found = pasted(library, printed.stdout)
    assert found, printed.stdout
    told = json.loads(run("cypher", name, "--json").stdout)
    assert [row.data() for row in library.read(told["query"], **told["parameters"])] == found


def test_similar_and_explain_say_what_the_commands_do(library: Database, run: Any) -> None:
    rows = pasted(library, run("cypher", "similar", "-p", 'item=the "b1" book').stdout)
    assert rows == json.loads(run("similar", "b1", "--json").stdout)
    script = run("cypher", "explain", "-p", "user=ben", "-p", "item=b1", "-p", "k=3").stdout
    kinds = sorted(row["kind"] for row in pasted(library, script))
    told = json.loads(run("explain", "ben", "b1", "--evidence", "--json").stdout)["evidence"]
    assert kinds == sorted(row["kind"] for row in told)
    assert "RATED: ['stars', 2.0]" in script


def test_the_list_names_every_query(run: Any) -> None:
    rows = json.loads(run("cypher", "--json").stdout)
    assert [row["query"] for row in rows] == [*FILES, "roles"]
    assert all(len(row["answers"]) > 20 for row in rows)


def test_offline_and_without_a_server_the_values_are_made_up(
    settings: Settings, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (Path.cwd() / "graphrec.toml").write_text(TOML, encoding="utf-8")
    script = run("cypher", "recommend", "--offline", "-p", "k=3")
    assert script.stderr == ""
    assert ":param user => '196'\n:param k => 3\n" in script.stdout
    monkeypatch.setenv("NEO4J_URI", "bolt://127.0.0.1:9")
    script = run("cypher", "recommend")
    assert script.exit_code == 0
    assert "the values are made up, because the graph cannot be read: " in script.stderr
    assert "(u:`Big Reader` {`card no`: $user})" in script.stdout


def test_nothing_published_is_said(db: Database, run: Any) -> None:
    db.write("CREATE (:User {userId: 'u'})-[:RATED]->(:Item {itemId: 'i'})")
    printed = run("cypher", "recommend")
    assert "no run is published" in printed.stderr
    assert pasted(db, printed.stdout) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("recomend",), "did you mean 'recommend'"),
        (("recommend", "-p", "kk=1"), "has no parameter 'kk'"),
        (("recommend", "-p", "k"), "write NAME=VALUE"),
        (("recommend", "-p", "user=nobody"), "no (User) has userId 'nobody'"),
        (("recommend", "-p", "k=abc"), "k='abc' is not a whole number of 1 or more"),
        (("why", "-p", "least=three"), "least='three' is not a whole number of 1 or more"),
        (("titles", "-p", "limit=0"), "limit=0 is not a whole number"),
        (("recommend-users", "-p", "users=anna"), "users='anna' is not a list"),
        (("-p", "k=1"), "needs a QUERY"),
    ],
)
def test_bad_requests(db: Database, run: Any, arguments: tuple[str, ...], message: str) -> None:
    result = run("cypher", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_nothing_heavy_is_imported(run: Any) -> None:
    program = (
        "import sys, graphrec.cli.main\n"
        "try: graphrec.cli.main.main(['cypher', 'recommend', '--offline'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'torch', 'pandas', 'pyarrow', 'scipy'} & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
