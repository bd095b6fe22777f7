"""Times and strengths as people store them: text, dates as numbers, words. What is converted is said, once."""

from __future__ import annotations

import logging
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from graphrec.common.errors import ConfigError, GraphError
from graphrec.config.schema import Behaviour, GraphSchema
from graphrec.config.settings import load_settings
from graphrec.db.database import Database
from graphrec.graph.hetero import Graph, load_graph
from graphrec.graph.history import read_history
from graphrec.graph.typed import NO_TIME

pytestmark = pytest.mark.usefixtures("notes")

KIND = ("user", "RATED", "item")
RATED = """
UNWIND range(1, 12) AS n
MERGE (u:User {userId: 1 + n % 4})
CREATE (u)-[r:RATED]->(:Item {itemId: n}) SET r += {%s}
"""


@pytest.fixture
def notes(caplog: pytest.LogCaptureFixture) -> None:
    """Capture notes beside warnings."""
    caplog.set_level(logging.INFO)


def rated(db: Database, properties: str) -> None:
    """Make twelve behaviours of four users with properties of the item's id ``n``."""
    db.write(RATED.replace("%s", properties))


def loaded(db: Database, **mapped: Any) -> Graph:
    return load_graph(db, GraphSchema(behaviours={"RATED": Behaviour(**mapped)}))


def by_item(graph: Graph, name: str) -> list[Any]:
    """Return a property of the behaviours in the order of their items."""
    store = graph.data[KIND]
    found = dict(zip(store.edge_index[1].tolist(), store[name].tolist(), strict=True))
    return [found[n] for n in range(12)]


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("properties", "first", "said"),
    [
        ("at: toString(965069103 + n)", 965069104, "numbers as text"),
        ("at: toString(965069103000 + n * 1000)", 965069104, "numbers as text"),
        ("at: toString(965069103000000 + n * 1000000)", 965069104, "numbers as text"),
        ("at: toString(965069103.5 + n)", 965069104, "numbers as text"),
        ("at: 20240300 + n", seconds("2024-03-01"), "numbers of the form YYYYMMDD"),
        ("at: 20240300.0 + n", seconds("2024-03-01"), "numbers of the form YYYYMMDD"),
        (
            "at: toString(20240300 + n)",
            seconds("2024-03-01"),
            "numbers of the form YYYYMMDD as text",
        ),
        (
            "at: 20240300103015 + n * 1000000",
            seconds("2024-03-01T10:30:15"),
            "numbers of the form YYYYMMDDhhmmss",
        ),
        ("at: 2000 + n", seconds("2001-01-01"), "years"),
        (
            "at: '2001-0' + (n % 9) + '-01 00:00:00.000'",
            seconds("2001-01-01"),
            "ISO 8601 text",
        ),
        ("at: '2001/01/01 10:00'", seconds("2001-01-01T10:00"), "ISO 8601 text"),
        (
            "at: CASE n WHEN 1 THEN 20240301 ELSE 1700000000 + n END",
            seconds("2024-03-01"),
            "numbers of the form YYYYMMDD",
        ),
    ],
)
def test_times_are_converted_and_said(
    db: Database, properties: str, first: int, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    if "% 9" in properties:
        properties = properties.replace("n % 9", "1 + (n - 1) % 9")
    rated(db, properties)
    graph = loaded(db)
    times = by_item(graph, "time")
    assert times[0] == first
    assert NO_TIME not in times
    [message] = [message for message in caplog.messages if message.startswith("RATED.at: ")]
    count = 1 if "CASE" in properties else 12
    assert message == f"RATED.at: {said} are read as times ({count} of them)"
    acts = [act for user in range(1, 5) for act in read_history(db, graph.schema, [user])[user]]
    assert [act.time for act in sorted(acts, key=lambda act: act.item)] == times


def test_numbers_that_count_are_no_times(db: Database) -> None:
    rated(db, "at: 1893 + n")  # 1894 to 1905
    with pytest.raises(GraphError, match=r"RATED.at: 19\d\d may be a year, and 1899 is none"):
        loaded(db)


def test_datetimes_of_1970_are_no_years(db: Database, caplog: pytest.LogCaptureFixture) -> None:
    rated(db, "at: datetime({epochSeconds: 2000 + n})")
    graph = loaded(db)
    assert by_item(graph, "time") == [2000 + n for n in range(1, 13)]
    assert read_history(db, graph.schema, [2])[2][0].time in range(2001, 2013)
    assert "years" not in caplog.text


@pytest.mark.parametrize("bad", ["'unknown'", "20240230", "true", "duration('P1D')", "point({x: 1, y: 2})", "[2024]"])
def test_the_few_that_are_no_times_are_named_and_count_without_one(
    db: Database, bad: str, caplog: pytest.LogCaptureFixture
) -> None:
    rated(db, "at: CASE n WHEN 7 THEN 0 ELSE 1700000000 + n END")
    db.write(f"MATCH ()-[r:RATED]->(:Item {{itemId: 7}}) SET r.at = {bad}")
    graph = loaded(db)
    assert [n for n, time in enumerate(by_item(graph, "time"), 1) if time == NO_TIME] == [7]
    assert "not a time, as from 4 to 7 (1 of 12 are not); they count without a time" in caplog.text
    assert {act.time for act in read_history(db, graph.schema, [4])[4]} == {NO_TIME, 1700000003, 1700000011}


def test_many_that_are_no_times_are_refused(db: Database) -> None:
    rated(db, "at: CASE WHEN n > 6 THEN 'unknown' ELSE '2024-01-01' END")
    with pytest.raises(GraphError, match=r"RATED\.at = 'unknown' .*\(6 of 12 are not\)"):
        loaded(db)


def test_empty_texts_are_missing_times(db: Database, caplog: pytest.LogCaptureFixture) -> None:
    rated(db, "at: CASE WHEN n > 2 THEN '' ELSE '2024-01-01' END")
    assert by_item(loaded(db), "time").count(NO_TIME) == 10
    assert "not a time" not in caplog.text


def test_strengths_as_text(db: Database, caplog: pytest.LogCaptureFixture) -> None:
    rated(db, "plays: toString(n)")
    assert by_item(loaded(db, strength="plays", time=None), "edge_weight") == [float(n) for n in range(1, 13)]
    assert "RATED.plays: numbers as text are read as numbers (12 of them)" in caplog.text


def test_strengths_as_words(db: Database, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    rated(db, "how: CASE n % 3 WHEN 0 THEN 'hate' WHEN 1 THEN 'like' ELSE 'love' END")
    with pytest.raises(GraphError, match=r"RATED\.how = '\w+' .* must be a number, as from \d to \d+") as caught:
        loaded(db, strength="how", time=None)
    assert "values = {" in str(caught.value.hint)
    assert all(word in str(caught.value.hint) for word in ("hate = ", "like = ", "love = "))
    (tmp_path / "graphrec.toml").write_text(
        '[graph.behaviours.RATED]\nstrength = "how"\nvalues = {hate = 0, like = 1, love = 2.5}\ndislike = 0\n'
    )
    graph = load_graph(db, load_settings().graph)
    store = graph.data[KIND]
    assert set(zip((store.edge_index[1] % 3).tolist(), store.edge_weight.tolist(), strict=True)) == {(0, 1), (1, 2.5)}
    assert sorted(graph.data["user", "RATED_DISLIKED", "item"].edge_index[1].tolist()) == [2, 5, 8, 11]
    assert "RATED.how: words are read as numbers (12 of them)" in caplog.text
    kinds = {act.kind for user in range(1, 5) for act in read_history(db, graph.schema, [user])[user]}
    assert kinds == {"RATED", "RATED_DISLIKED"}


def test_words_need_a_strength(tmp_path: Path, settings: Any) -> None:
    (tmp_path / "graphrec.toml").write_text("[graph.behaviours.RATED]\nvalues = {like = 1}\n")
    with pytest.raises(ConfigError, match="values needs strength"):
        load_settings()


@pytest.mark.parametrize(
    ("properties", "expected", "said"),
    [
        ("weight: toString(n)", {"strength": "weight"}, "multiplies the weight"),
        ("weight: 'high'", {}, "'weight' holds words (12 of 12, such as 'high'): say what each counts"),
        ("weight: 3 - n", {}, "'weight' holds values that are no strength: 9 of 12, such as -"),
        ("timestamp: CASE n WHEN 3 THEN 'x' ELSE '96506910' + n END", {"time": "timestamp"}, "1 of 12, such as 'x'"),
        (
            "timestamp: CASE WHEN n > 3 THEN 'x' ELSE '96506910' + n END, day: date('2024-01-01')",
            {"time": "day"},
            "'timestamp' holds values that are no time: 9 of 12, such as 'x'",
        ),
    ],
)
def test_what_is_proposed_has_been_read(
    db: Database, run: Any, properties: str, expected: dict[str, str], said: str
) -> None:
    rated(db, properties)
    left = run("inspect", "--write")
    assert left.exit_code == 0, left.stderr
    assert tomllib.loads(left.stdout)["graph"]["behaviours"]["RATED"] == {"weight": 1.0} | expected
    assert said in left.stdout
    assert load_graph(db, load_settings().graph).data[KIND].edge_index.size(1) == 12
