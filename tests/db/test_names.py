"""Any name of a label, type or property is read back as itself, and nothing else happens."""

from __future__ import annotations

import random
from typing import Any

from graphrec.config.schema import quoted
from graphrec.db.database import Database

#: What Cypher decodes, escapes or ends a name by.
PIECES = (
    "\\",
    "u",
    "\\u0060",
    "\\u005C",
    "\\u",
    "0060",
    "`",
    "'",
    '"',
    ")",
    "//",
    "/*",
    "{",
    "$",
    ":",
    "|",
    "n",
    "é",
    "名",
    " ",
    "\n",
    "\t",
    "\x1b",
    "\x7f",
    "\x85",
    "\u202e",
)
HOSTILE = "User\\u0060) WITH u LIMIT 3 DETACH DELETE u //"


def test_any_name_is_read_back_as_itself(db: Database) -> None:
    source = random.Random(0)
    names = {"C:\\users", "LIKES\\u0041", HOSTILE, *("".join(source.choices(PIECES, k=5)) for _ in range(60))}
    ordered = sorted(name for name in names if name.strip())
    db.write("UNWIND $names AS name CREATE (n:$(name))-[r:$(name)]->(m:Other) SET n[name] = name", names=ordered)
    asked = " UNION ALL ".join(
        f"MATCH (n:{name})-[r:{name}]->() RETURN labels(n)[0] AS label, type(r) AS type, n.{name} AS value"
        for name in map(quoted, ordered)
    )
    for language in ("CYPHER 5 ", "CYPHER 25 "):
        rows = db.read(language + asked)
        assert [tuple(row.values()) for row in rows] == [(name, name, name) for name in ordered]
    assert db.read("MATCH (n) RETURN count(n) AS nodes")[0]["nodes"] == 2 * len(ordered)


def test_a_hostile_label_is_a_label(db: Database, run: Any) -> None:
    db.write(
        "UNWIND range(0, 59) AS k MERGE (u:$($label) {userId: k % 10}) MERGE (i:Item {itemId: k % 6}) "
        "CREATE (u)-[:$($type)]->(i)",
        label=HOSTILE,
        type="BOUGHT\\u0041\nx = 1 # \x7f",
    )
    assert run("inspect", "--write", "--yes").exit_code == 0
    checked = run("inspect", "--check")
    assert (checked.exit_code, "10" in checked.stdout) == (0, True)
    assert db.read("MATCH (n) RETURN count(n) AS nodes")[0]["nodes"] == 16
