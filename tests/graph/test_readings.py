"""``graphrec inspect`` says how sure it is, shows what will be read, and asks where two readings are close."""

from __future__ import annotations

import json
import os
import sys
import tomllib
from typing import Any

import pytest

from graphrec.config.schema import Behaviour
from graphrec.config.settings import load_settings
from graphrec.db.database import Database
from graphrec.graph.confidence import of_behaviour, of_role
from graphrec.graph.examples import how_much, table, when
from graphrec.graph.grades import judge
from graphrec.graph.hetero import load_graph
from graphrec.graph.vocabulary import words

LINKED = """
UNWIND range(0, 9) AS a UNWIND range(0, 9) AS b WITH a, b WHERE (a + b) % 3 = 0
MATCH (x:Alpha {k: a}), (y:Beta {k: b}) CREATE (x)-[:LIKES {stars: 1 + (a + b) % 5, label: toString(b % 2)}]->(y)
"""
STORED = "MATCH ({`card no`: $user})-[r]->({isbn: $item}) RETURN r.since AS since"


@pytest.fixture
def unclear(db: Database) -> Database:
    """Ten of each of two labels that say nothing, with two keys each, and likes between them."""
    for label in ("Alpha", "Beta"):
        db.write(f"UNWIND range(0, 9) AS k CREATE (:{label} {{k: k, oneId: k, otherId: 'o' + k}})")
    db.write(LINKED)
    return db


@pytest.mark.parametrize(
    ("counts", "dislike", "values", "certain"),
    [
        ({0.0: 3, 1.0: 7}, 0.0, {}, True),
        ({"0": 3, "1": 7}, 0.0, {}, True),
        ({False: 3, True: 7}, 0.0, {"false": 0.0, "true": 1.0}, True),
        ({-1: 3, 0: 1, 1: 7}, -1.0, {}, True),
        ({1: 2, 2: 1, 3: 4, 4: 9, 5: 9}, 2.0, {}, False),
        ({0.5: 2, 6.5: 4, 10: 9}, 4.0, {}, False),
        ({"1.0": 3, "4.5": 9}, 2.0, {}, False),
        ({1.0: 1, 1.5: 1, 4.5: 9}, 2.0, {}, False),
        ({"false": 3, "true": 7}, 0.0, {"false": 0.0, "true": 1.0}, True),
        ({"False": 3, "True": 7}, 0.0, {"False": 0.0, "True": 1.0}, True),
        ({"down": 3, "up": 7}, 0.0, {"down": 0.0, "up": 1.0}, True),
        ({"no": 3, "yes": 7}, 0.0, {"no": 0.0, "yes": 1.0}, True),
        ({"thumbs down": 3, "ok": 1, "thumbs up": 7}, 0.0, {"thumbs down": 0.0, "ok": 0.5, "thumbs up": 1.0}, True),
        ({"one": 3, "four": 4, "five": 9}, 2.0, {"one": 1.0, "four": 4.0, "five": 5.0}, False),
        ({"★☆☆☆☆": 3, "★★★★☆": 7}, 2.0, {"★☆☆☆☆": 1.0, "★★★★☆": 4.0}, False),
        ({"1 star": 3, "5 stars": 7}, 2.0, {"1 star": 1.0, "5 stars": 5.0}, False),
        ({12: 3, 85: 4, 90: 9}, 40.0, {}, False),
    ],
)
def test_low_grades_are_dislikes(counts: dict[Any, int], dislike: float, values: dict[str, float], certain: bool):
    found = judge("label", counts)
    assert found is not None
    assert (found.dislike, found.values, found.certain) == (dislike, values, certain)
    assert found.disliked == next(iter(counts.values())) + counts.get(2, 0) + counts.get(1.5, 0)


@pytest.mark.parametrize(
    "counts",
    [{1: 9}, {3: 5, 5: 9}, {1: 900, 5: 9}, {"gold": 1, "tin": 2}, {"": 1, "5": 2}, dict.fromkeys(range(12), 1)],
)
def test_other_grades_say_nothing(counts: dict[Any, int]):
    assert judge("rating", counts) is None


def test_what_a_property_denies_is_turned_round():
    found = judge("r.skipped", {True: 2, False: 7})
    assert found is not None
    assert (found.values, found.dislike, found.disliked, found.certain) == ({"true": 0, "false": 1}, 0, 2, True)
    doubted = judge("o.cancelled", {"yes": 2, "no": 7})
    assert doubted is not None
    assert (doubted.disliked, doubted.certain, doubted.likely) == (2, False, True)
    assert judge("skipped", {0: 5, 1: 3, 7: 1}) is None


@pytest.mark.parametrize(
    ("kind", "properties", "by_people", "level"),
    [
        ("BOUGHT", [], True, "sure"),
        ("LINK", ["userRating"], True, "likely"),
        ("LINK", [], True, "likely"),
        ("LINK", [], False, "a guess"),
    ],
)
def test_how_sure_a_behaviour_is(kind: str, properties: list[str], by_people: bool, level: str):
    assert of_behaviour(kind, words(kind), False, properties, by_people=by_people).level == level


def test_how_sure_a_role_is():
    sure, guess = (of_behaviour(kind, words(kind), False, [], by_people=False) for kind in ("BOUGHT", "LINK"))
    levels = [of_role("user", label, one).level for label in ("Customer", "Alpha") for one in (sure, guess)]
    assert levels == ["sure", "likely", "likely", "a guess"]
    assert "may also be 'Beta'" in of_role("user", "Customer", sure, "'Beta'").reason


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (965069103, "2000-07-31T18:45:03+00:00"),
        ("965069103000", "2000-07-31T18:45:03+00:00"),
        (20240301, "2024-03-01T00:00:00+00:00"),
        ("2024-03-01", "2024-03-01T00:00:00+00:00"),
        ("soon", None),
        (None, None),
        (True, None),
        (2**62, "2116-02-20T23:53:38+00:00"),
    ],
)
def test_times_as_they_are_read(value: object, expected: str | None):
    assert when(value) == expected


@pytest.mark.parametrize(
    ("value", "mapped", "expected"),
    [
        (None, Behaviour(weight=2.0), 2.0),
        ("4", Behaviour(weight=0.5, strength="stars"), 2.0),
        ("love", Behaviour(strength="word", values={"love": 3.0}), 3.0),
        (1, Behaviour(strength="stars", dislike=2.0), "dislike"),
        (1, Behaviour(negative=True), "dislike"),
        ("much", Behaviour(strength="stars"), "'much' is no number"),
        (-1, Behaviour(strength="stars"), "-1 is no strength"),
    ],
)
def test_strengths_as_they_are_read(value: object, mapped: Behaviour, expected: object):
    assert how_much(value, "RATED", mapped) == expected


def test_a_table_has_only_columns_with_values():
    rows = [{"user": n, "item": "a\nb" * n, "title": None, "when": None, "how much": 1.5} for n in (1, 30)]
    assert table(rows[:1]) == "  user  item  how much\n  1     a b   1.5"
    assert len(table(rows).splitlines()[2]) < 70
    ids = [f"4:adb7631d-6833-47c3-b3d5-1d2ef3fe7396:{n}" for n in (17, 18)]
    shown = table([{"user": one, "item": 1, "title": None, "when": None, "how much": 1.0} for one in ids]).splitlines()
    assert [line.split()[0][-3:] for line in shown[1:]] == [":17", ":18"]  # where they differ


def test_what_is_read_is_shown_with_its_cypher(library: Database, run: Any):
    found = json.loads(run("inspect", "--json").stdout)
    assert found["confidence"]["user"]["level"] == "sure"
    (shown,) = found["examples"]
    assert len(shown["rows"]) == 3
    assert len(library.read(shown["cypher"])) == 3
    for row in shown["rows"]:
        stored = library.read(STORED, user=row["user"], item=row["item"])[0]["since"]
        assert (stored.to_native().isoformat(), row["how much"]) == (row["when"], 1.0)
    left = run("inspect")
    assert "[graph.user]  # sure: its name says user" in left.stdout
    assert "user  item     title" in left.stderr
    assert shown["cypher"] in left.stderr


@pytest.mark.skipif(os.name == "nt", reason="no pseudo-terminals")
def test_the_owner_is_asked_on_a_terminal(unclear: Database, run: Any, monkeypatch: pytest.MonkeyPatch):
    quiet = run("inspect")
    assert "Who are the users, and what are the items? Taken: 'Alpha' are the users" in quiet.stderr
    assert "item.key: What identifies a 'Beta'? Taken: 'oneId'" in quiet.stderr
    assert "[graph.user]  # a guess: " in quiet.stdout
    silent = run("inspect", "--yes")
    assert "Who are the users" not in silent.stderr
    assert tomllib.loads(silent.stdout) == tomllib.loads(quiet.stdout)

    master, slave = os.openpty()
    os.write(master, b"2\n\n9\n2\n")
    with os.fdopen(slave) as terminal, monkeypatch.context() as patch:
        patch.setattr(sys, "stdin", terminal)
        asked = run("inspect", "--write")
    os.close(master)
    assert asked.exit_code == 0, asked.stderr
    schema = load_settings().graph
    assert (schema.user.label, schema.user.key) == ("Beta", "oneId")
    assert (schema.item.label, schema.item.key) == ("Alpha", "otherId")
    likes = schema.behaviours["LIKES"]
    assert (likes.strength, likes.dislike) == ("label", 0.0)  # certain, so that nobody is asked
    graph = load_graph(unclear, schema).data
    assert graph["user", "LIKES_DISLIKED", "item"].edge_index.size(1) == 17
    assert graph["user", "LIKES", "item"].edge_index.size(1) == 17
