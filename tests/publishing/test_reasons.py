"""Reasons stored with links: what the query says of them, while the graph changes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.publishing.publish import publish
from graphrec.publishing.registry import published_runs, rollback
from graphrec.runs.store import open_run
from graphrec.training.train import train

#: Two tastes; those of one like what the even directors made, and the last films nobody has seen.
GRAPH = """
UNWIND range(0, 15) AS n
MERGE (d:Entity {entityId: 'd' + (n % 4)})
SET d.name = 'Director ' + (n % 4)
CREATE (:Item {itemId: n, title: 'Film ' + n})-[:DIRECTED_BY]->(d)
"""
RATINGS = """
UNWIND range(0, 29) AS n
CREATE (u:User {userId: 'u' + n})
WITH u, n
MATCH (i:Item)
WHERE i.itemId < 14 AND (i.itemId + n) % 2 = 0 AND (i.itemId + 3 * n) % 5 > 0
CREATE (u)-[:RATED {rating: 3 + (n + i.itemId) % 3}]->(i)
"""
SEQUELS = "MATCH (a:Item), (b:Item) WHERE [a.itemId, b.itemId] IN [[2, 14], [3, 15]] CREATE (b)-[:SEQUEL_OF]->(a)"
OTHERS = """
MATCH (u:User {userId: $user}), (:Item {itemId: $a})<-[:RATED]-(v:User)-[:RATED]->(:Item {itemId: $b})
WHERE v <> u
RETURN count(DISTINCT v) AS others
"""


@pytest.fixture
def published(db: Database, settings: Settings) -> str:
    """A run with reasons; return its name."""
    for query in (GRAPH, RATINGS, SEQUELS):
        db.write(query)
    settings = settings.override("train", epochs=3, lr=0.02, device="cpu").override("model", dim=8)
    made = train(db, settings).run
    done = publish(db, made, 4, settings=settings)
    assert (done.reasons, done.outcome) == (3, "written")
    return made.run_id


def why(db: Database, run: Any, user: str, item: int | None = None) -> list[dict[str, Any]]:
    """Return what the printed query says."""
    printed = run("cypher", "why", "-p", f"user={user}", "--json")
    assert printed.exit_code == 0, printed.stderr
    asked = json.loads(printed.stdout)
    assert asked["parameters"]["item"] is None
    return [row.data() for row in db.read(asked["query"], **asked["parameters"] | {"item": item})]


def explained(run: Any, user: str, item: int) -> list[dict[str, Any]]:
    """Return the reasons by others' behaviour that the command gives."""
    said = run("explain", user, item, "-k", "100", "--json")
    assert said.exit_code == 0, said.stderr
    return [reason for reason in json.loads(said.stdout)["reasons"] if reason["kind"] == "item"]


def test_the_query_says_what_is_so_now(published: str, db: Database, run: Any, settings: Settings) -> None:
    everybody = [row["user"] for row in db.read("MATCH (u:User) RETURN u.userId AS user")]
    rows = [(user, row) for user in everybody[:12] for row in why(db, run, user)]
    assert {row["kind"] for _, row in rows} >= {"entity", "link", "item"}
    for user, row in rows:
        assert row["exists"]
        assert row["title"] == f"Film {row['item']}"
        assert row["share"] > 0
        assert row["viaTitles"] == [f"Film {one}" for one in row["via"]]
        mine = db.read(
            "MATCH (:User {userId: $user})-[r:RATED]->(i) RETURN toString(i.itemId) AS i, r.rating AS r", user=user
        )
        rated = {one["i"]: one["r"] for one in mine}
        first = row["via"][0]
        assert row["sentence"].startswith(f"because you RATED “Film {first}” ({rated[first]})")
        if row["kind"] == "entity":
            assert {int(one) % 4 for one in row["via"]} == {row["item"] % 4}
            assert (row["common"], row["relations"]) == (f"Director {row['item'] % 4}", ["DIRECTED_BY"])
            assert row["sentence"].endswith(f"“{row['common']}” with it (DIRECTED_BY)")
        elif row["kind"] == "link":
            assert abs(row["item"] - int(first)) == 12
            assert row["sentence"].endswith("which is related to it (SEQUEL_OF)")
        elif row["kind"] == "item":
            (found,) = db.read(OTHERS, user=user, a=row["item"], b=int(first))
            assert row["others"] == found["others"] >= 5
            assert row["sentence"].endswith(f"): {row['others']} others have both")
    stored = db.read("MATCH ()-[r:RECOMMENDED]->() RETURN max(size(r.reasonKinds)) AS n, count(*) AS links")[0]
    assert stored["n"] == 3

    # An edge goes: its paths say so. Others go: a reason that rests on too few is not given any more.
    user, one = next((user, row) for user, row in rows if row["kind"] == "entity")
    assert all(row["item"] == one["item"] for row in why(db, run, user, one["item"]))
    db.write("MATCH (:Item {itemId: $item})-[r:DIRECTED_BY]->() DELETE r", item=one["item"])
    (after,) = [row for row in why(db, run, user, one["item"]) if row["kind"] == "entity"]
    assert (after["exists"], after["itemRelations"], after["common"]) == (False, [], one["common"])
    user, one = next((user, row) for user, row in rows if row["kind"] == "item")
    db.write(
        "MATCH (v:User)-[r:RATED]->(:Item {itemId: $item}) WHERE v.userId <> $user WITH r SKIP 4 DELETE r",
        item=int(one["via"][0]),
        user=user,
    )
    assert one["via"] not in [row["via"] for row in why(db, run, user, one["item"]) if row["kind"] == "item"]
    told = explained(run, user, one["item"])
    assert one["via"] not in [[str(via["item"]) for via in reason["via"]] for reason in told]
    assert all(reason["count"] >= 5 for reason in told)
    with (settings.root / "graphrec.toml").open("a") as file:
        file.write("\n[publish]\nreason_users = 1000\n")
    assert explained(run, user, one["item"]) == []
    assert "item" not in {row["kind"] for user in everybody[:12] for row in why(db, run, user)}


def test_reasons_belong_to_their_run(published: str, db: Database, run: Any, settings: Settings) -> None:
    made = open_run(settings, published)
    before = why(db, run, "u3")
    assert before
    assert publish(db, made, 4).outcome == "unchanged"
    without = run("publish", published, "-k", "4", "--reasons", "0", "--json")
    assert without.exit_code == 0, without.stderr
    assert (json.loads(without.stdout)["outcome"], json.loads(without.stdout)["reasons"]) == ("written", 0)
    assert why(db, run, "u3") == []
    rollback(db)
    assert why(db, run, "u3") == before
    assert [one.reasons for one in published_runs(db)] == [3, 0]
    # As an earlier release left it: there are links all the same.
    (made.path / "parts.safetensors").unlink()
    plain = run("publish", published, "-k", "3")
    assert "the links get no reasons: an earlier release made the run" in plain.stderr
    assert why(db, run, "u3") == []
    assert run("publish", "--reasons", "-1").exit_code == 2
