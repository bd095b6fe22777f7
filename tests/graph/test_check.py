"""``graphrec inspect --check`` reads what training would read, counts it, and names all problems at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from graphrec import connect
from graphrec.db.database import Database

PROBLEMS = """
MATCH (r:`Big Reader`), (b:Book) WITH collect(DISTINCT r) AS readers, collect(DISTINCT b) AS books
UNWIND range(0, 9) AS n
WITH readers[n] AS reader, books[n] AS book, n
CREATE (reader)-[:RATED {stars: CASE n WHEN 0 THEN 'bad' ELSE n END}]->(book),
  (reader)-[:SAW {at: CASE WHEN n < 4 THEN 1700000000 + n END}]->(book), (reader)-[:SAW]->(:Poster),
  (reader)-[:WROTE]->(:Note)-[:ABOUT]->(book)
"""
MAPPING = """
[graph]
knowledge = ["WRITTEN_BY", "ABOUT", "NOWHERE"]
[graph.user]
label = "Big Reader"
key = "card no"
[graph.item]
label = "Book"
key = "isbn"
text = ["title", "summary"]
[graph.behaviours.SAW]
dislike = 0.0
strength = "stars"
[graph.behaviours.RATED]
strength = "stars"
[graph.behaviours."BORROWED BY CARD"]
time = "since"
[graph.behaviours.BOUGHT]
"""


def test_all_problems_in_one_pass(library: Database, run: Any, tmp_path: Path):
    library.write(PROBLEMS)
    library.write(
        "CREATE (:`Big Reader` {name: 'a guest'})-[:`BORROWED BY CARD`]->(:Book {isbn: 'new', image: 'no.jpg'})"
    )
    (tmp_path / "graphrec.toml").write_text(MAPPING)
    left = run("inspect", "--check", "--json")
    assert left.exit_code == 2
    found = json.loads(left.stdout)
    errors = [problem["message"] for problem in found["problems"] if problem["fatal"]]
    for wrong in ("'BOUGHT'", "'NOWHERE'", "'ABOUT' would leak", "RATED.stars = 'bad'", "SAW] strength = 'stars'"):
        assert sum(wrong in error for error in errors) == 1, wrong
    assert len(errors) == 5
    warnings = [problem["message"] for problem in found["problems"] if not problem["fatal"]]
    assert any("1 of 31 'Big Reader' nodes lack it" in warning for warning in warnings)
    assert any("image of 1 items, such as 'new': no.jpg: no such file" in warning for warning in warnings)
    counts = found["counts"]
    assert counts["nodes"] == {
        "users": {"read": 30, "without key": 1, "without behaviours": 0},
        "items": {"read": 21, "without key": 0, "without behaviours": 1},
    }
    assert counts["behaviours"] == {
        "BORROWED BY CARD": {"read": 150, "without time": 0, "left out": 1, "between other nodes": 0}
    }
    assert counts["knowledge"] == {"WRITTEN_BY": {"read": 20}}
    assert counts["content"]["text"] == {"read": 20, "left out": 0, "without": 1}


def test_a_graph_without_problems(library: Database, run: Any, tmp_path: Path):
    library.write(PROBLEMS)
    fine = MAPPING.partition("[graph.behaviours")[0].replace(', "ABOUT", "NOWHERE"', "")
    (tmp_path / "graphrec.toml").write_text(fine + "[graph.behaviours.SAW]\n")
    left = run("inspect", "--check")
    assert left.exit_code == 0, left.stdout
    assert "behaviours\tSAW\t10 read, 6 without time, 0 left out, 10 between other nodes" in left.stdout
    assert left.stdout.splitlines()[-1] == "nothing stands against training"
    with connect() as graph:
        assert graph.inspect(check=True).counts["behaviours"]["SAW"]["without time"] == 6
    (tmp_path / "graphrec.toml").write_text(fine + "[graph.behaviours.SAW]\n[split]\nmethod = 'user-time'\n")
    left = run("inspect", "--check")
    assert left.exit_code == 2
    assert "needs the time of every behaviour: 6 of 10 SAW have none" in left.stdout
    assert run("inspect", "--check", "--write").exit_code == 2


def test_check_names_wrong_labels(library: Database, run: Any):
    left = run("inspect", "--check")
    assert left.exit_code == 2
    assert [line for line in left.stdout.splitlines() if line.startswith("error")] == [
        "error\t[graph.user] label = 'User': the database has no such label",
        "error\t[graph.item] label = 'Item': the database has no such label",
    ]
