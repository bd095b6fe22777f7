"""Posts of files and of the graph: behaviours with a sign, repeated loads, trends, forgetting, cleaning."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from graphrec.config.posts_mapping import Posts
from graphrec.config.schema import Behaviour
from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.erasure.clean import clean, look
from graphrec.graph.mapping import resolve
from graphrec.graph.proposal import propose
from graphrec.graph.read import read
from graphrec.graph.survey import survey
from graphrec.posts.read_posts import read_posts

FIRST = date(2026, 1, 1)
POSTS = """\
author,item,text,time
anna,3,"I loved Duel, a wonderful film.",2026-01-05
ben,,Alien is awful. Steven Spielberg would have made a great film of it.,2026-01-06
ben,2,"Horrible, I hated it.",2026-01-07
dora,5,Saw it on Tuesday.,2026-01-08
"""


def everything(db: Database) -> list[str]:
    """Return all that the database holds, comparable."""
    nodes = db.read("MATCH (n) RETURN labels(n) AS l, properties(n) AS p")
    edges = db.read(
        "MATCH (a)-[r]->(b) RETURN properties(a) AS a, type(r) AS t, properties(r) AS r, properties(b) AS b"
    )
    return sorted(str([sorted(map(str, row.values())), row.data()]) for row in (*nodes, *edges))


def posted(db: Database) -> dict[tuple[str, str], float]:
    """Return user and item → strength of what posts have become."""
    rows = db.read("MATCH (u:User)-[r:POSTED]->(i:Item) RETURN u.userId AS u, i.itemId AS i, r.strength AS s")
    return {(row["u"], row["i"]): row["s"] for row in rows}


def test_posts_of_files_from_loading_to_cleaning(
    films: Database, settings: Settings, run: Callable[..., Any], tmp_path: Path
) -> None:
    before = everything(films)
    file = tmp_path / "posts.csv"
    file.write_text(POSTS, encoding="utf-8")
    told = json.loads(run("load", "posts", file, "--json").stdout)
    assert told["posts"] | {"how": None} == {
        "posts": 4, "read": 4, "liking": 1, "disliking": 2, "neutral": 1, "noAuthor": 0, "noTime": 0, "noText": 0,
        "mentions": {"path": 3, "name": 2}, "leftOut": {"common word": 2}, "ambiguous": {}, "how": None, "gone": 0,
    }  # fmt: skip
    signs = {pair: strength > 0 for pair, strength in posted(films).items()}
    assert signs == {("anna", "3"): True, ("ben", "4"): False, ("ben", "2"): False}
    assert told["load"]["nodes"] == {"User": 3, "Post": 4}

    # A second load changes nothing; a corrected post counts instead of what it was.
    after = everything(films)
    again = run("load", "posts", file)
    assert "4 posts: nothing new" in again.stdout
    assert everything(films) == after
    films.write("MATCH (p:Post) WHERE p.text STARTS WITH 'Horrible' SET p.text = 'Great, I loved it.'")
    assert read_posts(films, settings).read == 1
    assert posted(films)["ben", "2"] > 0

    # The model reads likes and dislikes; posts are no knowledge.
    schema = resolve(films, settings.graph)
    assert schema.behaviours["POSTED"] == Behaviour(strength="strength", dislike=0.0, time="at")
    assert set(schema.knowledge or ()) == {"DIRECTED_BY", "HAS_GENRE"}
    stores = read(films, schema).stores
    assert stores["user", "POSTED", "item"].edge_index.shape[1] == 2
    assert stores["user", "POSTED_DISLIKED", "item"].negative
    proposed = propose(films, survey(films))
    assert proposed.schema.behaviours["POSTED"].dislike == 0.0

    # Trends count what posts mention; a user leaves with their texts.
    trends = json.loads(run("trends", "--days", 14, "--json").stdout)
    assert (trends["trends"][0]["name"], trends["trends"][0]["posts"]) == (None, 4)
    assert {one["name"]: one["posts"] for one in trends["trends"][1:]} == {
        "Duel": 1, "Alien": 1, "E.T.": 1, "Dune": 1, "Steven Spielberg": 1,
    }  # fmt: skip
    assert run("trends", "--entity", "No such film").exit_code == 2
    lines = run("forget", "ben", "--yes")
    assert lines.exit_code == 0, lines.stderr
    assert "posts that the user wrote: 2" in lines.stdout + lines.stderr
    assert "Spielberg would" not in lines.stdout + lines.stderr
    assert films.read("MATCH (p:Post) RETURN count(p) AS n")[0]["n"] == 2
    assert set(posted(films)) == {("anna", "3")}

    # Cleaning leaves the posts as they were loaded.
    found = look(films, settings.graph)
    assert (found.posted, found.mentions, found.toned) == (1, 2, 2)
    clean(films, settings.graph)
    assert not look(films, settings.graph)
    left = films.read("MATCH (u)-[a]->(p:Post)-[b]->(i) RETURN keys(p) AS k, type(a) AS a, type(b) AS b")
    assert {(*sorted(row["k"]), row["a"], row["b"]) for row in left} == {("at", "postId", "text", "WROTE", "ABOUT")}
    films.write("MATCH (p:Post) DETACH DELETE p")
    films.write("MATCH (u:User {userId: 'dora'}) DETACH DELETE u")
    ben = [one for one in before if "'ben'" in one]
    assert sorted([*everything(films), *ben]) == before


def test_reviews_of_a_graph_become_behaviours(films: Database, settings: Settings) -> None:
    films.write(
        """
        MATCH (u:User {userId: 'anna'}), (i:Item {itemId: '4'})
        CREATE (u)-[:HAS]->(a:Account {n: 1})
        CREATE (a)-[:SENT]->(r:Review {nr: 7, body: 'Alien was boring and bad.', on: 1767225600})
        CREATE (i)-[:REVIEWED_IN]->(r)
        """
    )
    mapped = Posts(
        path="(u)-[:HAS]->(:Account)-[:SENT]->(p:Review)<-[:REVIEWED_IN]-(i)",
        key="nr", text="body", time="on", type="OPINED", entities=("Entity",),
    )  # fmt: skip
    graph = msgspec.structs.replace(settings.graph, posts=mapped)
    changed = msgspec.structs.replace(settings, graph=graph)
    report = read_posts(films, changed)
    assert (report.disliking, report.mentions["path"], report.mentions["name"]) == (1, 1, 0)
    row = films.read("MATCH (:User {userId: 'anna'})-[r:OPINED]->(:Item {itemId: '4'}) RETURN properties(r) AS p")[0][
        "p"
    ]
    assert (row["postKey"], row["at"].year) == (7, 2026)
    assert row["strength"] < 0
    films.write("MATCH (r:Review) DETACH DELETE r")
    films.write("MATCH (a:Account) CREATE (a)-[:SENT]->(:Review {nr: 8, body: 'Duel is a great film'})")
    report = read_posts(films, changed)
    assert (report.gone, report.liking, report.no_time) == (1, 1, 1)
    assert [row["k"] for row in films.read("MATCH ()-[r:OPINED]->() RETURN r.postKey AS k")] == [8]

    # A post that gets another author counts for that one alone; without an author, for nobody.
    opined = "MATCH (u:User)-[r:OPINED]->() RETURN u.userId AS u, r.postKey AS k"
    films.write("MATCH (:User)-[has:HAS]->(a:Account), (u:User {userId: 'ben'}) DELETE has CREATE (u)-[:HAS]->(a)")
    report = read_posts(films, changed)
    assert (report.read, report.liking, report.gone) == (1, 1, 0)
    assert [(row["u"], row["k"]) for row in films.read(opined)] == [("ben", 8)]
    films.write("MATCH (:Account)-[sent:SENT]->(:Review) DELETE sent")
    report = read_posts(films, changed)
    assert (report.read, report.no_author, report.gone) == (1, 1, 0)
    assert films.read(opined) == []


BAD = {
    "x.csv": ("author,item,time\nann,1,2026-01-01\n", "no column holds the text of the posts", None),
    "y.csv": ("author,text,time\nann,fine,soon\n", "1 bad row", "column time: 'soon' is neither"),
    "z.csv": ("author,text\nann,\n", "1 bad row", "column text: '' is an empty text"),
    "a.jsonl": ('{"author": "ann", "text": "fine"}\n{secret\n', "1 bad row", "a.jsonl:2, column all: '' is no JSON"),
    "b.csv": ("id,author,text\n1,ann,fine\n1,ann,secret\n", "1 bad row", "is already on line 2, with other values"),
    "c.csv": ("author,text\nann,secret,words\n", "1 bad row", "is a row of 3 cells instead of 2"),
    "d.txt": ("author,text\n", "an unknown kind of file", None),
    "e.csv": ("author,text\n", "holds no posts", None),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_errors_that_say_where_and_not_what_people_wrote(
    name: str, tmp_path: Path, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text, said, place = BAD[name]
    (tmp_path / name).write_text(text, encoding="utf-8")
    found = run("load", "posts", name, "--dry-run")
    assert found.exit_code == 2
    assert said in found.stderr
    assert place is None or place in found.stderr
    assert "secret" not in found.stderr


def test_every_kind_of_file_says_the_same(
    tmp_path: Path, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    import pandas as pd

    monkeypatch.chdir(tmp_path)
    frame = pd.DataFrame({"user_id": ["ann", None, "ben"], "review": ["good", "bad", "ugly"], "asin": ["1", "2", None]})
    frame["timestamp"] = [1_767_225_600 + 86_400 * n for n in range(3)]
    frame.to_csv("p.csv", index=False)
    frame.to_parquet("p.parquet")
    frame.to_json("p.jsonl", orient="records", lines=True)
    told = [
        json.loads(run("load", "posts", f"p.{kind}", "--dry-run", "--json").stdout)
        for kind in ("csv", "parquet", "jsonl")
    ]
    assert all(one["load"]["nodes"] == {"User": 2, "Post": 3} and one["posts"] is None for one in told)
    assert run("load", "posts", "p.csv", "--text", "words", "--dry-run").exit_code == 2
    both = json.loads(run("load", "posts", "p.csv", "p.parquet", "--dry-run", "--json").stdout)
    assert both["load"]["duplicates"] == {"p.parquet": 3}  # a post without an id has the same key wherever it stands


def test_a_mapping_that_cannot_be_written_or_read_is_an_error(
    tmp_path: Path, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.csv").write_text("author,text\nann,fine\n", encoding="utf-8")
    for path, said in (
        ("(u)-[:WROTE]->(r:Review)-[:ABOUT]->(i)", "call the node with the text p"),
        ("(u)-[:WROTE]->(p:Item)-[:ABOUT]->(i)", "label of users or items"),
        ("(u)-[:HAS]->(:Account)-[:SENT]->(p:Post)-[:ABOUT]->(i)", "such posts are only read"),
    ):
        (tmp_path / "graphrec.toml").write_text(f'[graph.posts]\npath = "{path}"\n', encoding="utf-8")
        found = run("load", "posts", "p.csv", "--dry-run")
        assert found.exit_code == 2
        assert said in found.stderr, found.stderr
    (tmp_path / "graphrec.toml").write_text("", encoding="utf-8")
    assert "--dry-run is for files" in run("load", "posts", "--dry-run").stderr


def test_days_have_dates(films: Database, settings: Settings, run: Callable[..., Any]) -> None:
    """A film that turns: its volume and its tone alarm, and the film beside it does not."""
    films.write(
        """
        UNWIND range(0, 59) AS day
        UNWIND range(1, CASE WHEN day < 40 THEN 2 ELSE 9 END) AS n
        MATCH (i:Item {itemId: '4'}), (j:Item {itemId: '5'})
        WITH day, n, i, j, datetime({epochSeconds: 1767225600 + 86400 * day}) AS at
        WITH *, CASE WHEN day < 40 THEN 0.5 - (day * n) % 3 / 10.0 ELSE -0.4 END AS tone
        CREATE (p:Post {postId: day * 100 + n, toneAt: at, toneScore: tone, toneHash: 'x'})
        CREATE (p)-[:MENTIONS {confidence: 0.9, linkedBy: 'name', sentiment: p.toneScore}]->(i)
        CREATE (q:Post {postId: -day * 100 - n, toneAt: at, toneHash: 'x'})
        WITH * WHERE n < 3
        CREATE (q)-[:MENTIONS {confidence: 0.9, linkedBy: 'name'}]->(j)
        """
    )
    turned = (FIRST + timedelta(days=40)).isoformat()
    found = json.loads(run("trends", "--json").stdout)
    by = {
        one["name"]: [(alert["measure"], alert["since"], alert["until"]) for alert in one["alerts"]]
        for one in found["trends"]
    }
    assert by["Alien"] == [("tone", turned, None), ("volume", turned, None)]
    assert by["Dune"] == []
    (one,) = json.loads(run("trends", "--entity", "alien", "--json").stdout)["trends"]
    assert (one["subject"], len(one["alerts"])) == ("4", 2)
    rows = run("trends").stdout.splitlines()
    assert any(line.startswith(turned) for line in rows)
