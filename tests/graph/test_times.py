"""When a relationship was is told by the values of its properties: dates, datetimes, epoch numbers, ISO texts."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from graphrec.common.errors import GraphError
from graphrec.config.schema import Behaviour, GraphSchema
from graphrec.config.settings import load_settings
from graphrec.db.database import Database
from graphrec.graph.hetero import load_graph
from graphrec.graph.mapping import resolve
from graphrec.graph.typed import NO_TIME

PEOPLE = "UNWIND range(0, 9) AS k CREATE (:User {userId: 'u' + k}), (:Item {itemId: 'i' + k, title: 'Film ' + k})"
RATED = """
UNWIND range(0, 9) AS a UNWIND range(0, 9) AS b WITH a, b, 10 * a + b AS n WHERE (a + b) % 3 = 0
MATCH (u:User {userId: 'u' + a}), (i:Item {itemId: 'i' + b})
CREATE (u)-[r:RATED {rating: b % 5}]->(i) SET r += {%s}
"""


def rated(db: Database, properties: str) -> None:
    """Make behaviours with the given properties, of a number ``n``."""
    db.write(PEOPLE)
    db.write(RATED.replace("%s", properties))


def proposed(run: Any) -> tuple[dict[str, Any], str]:
    """Return the proposed behaviour, and the whole text."""
    left = run("inspect")
    assert left.exit_code == 0, left.stderr
    return tomllib.loads(left.stdout)["graph"]["behaviours"]["RATED"], left.stdout


@pytest.mark.parametrize(
    ("properties", "time", "kind"),
    [
        ("day: date('2024-01-01') + duration({days: n})", "day", "DATE"),
        ("moment: localdatetime('2024-01-01T10:00')", "moment", "LOCAL DATETIME"),
        ("x: datetime('2024-01-01T10:00+02:00')", "x", "ZONED DATETIME"),
        ("watched: 1700000000 + n * 3600", "watched", "epoch seconds"),
        ("clock: 1700000000000 + n * 3600", "clock", "epoch milliseconds"),
        ("seen_on: '2024-01-0' + (1 + n % 9)", "seen_on", "ISO 8601 text"),
        ("bought: '1996-07-04 00:00:00.000'", "bought", "ISO 8601 text"),
        ("ts: 1700000000.5 + n", "ts", "epoch seconds"),
        ("since: 300000000 + n", "since", "epoch seconds"),  # 1979, and named like a time
        ("updated: datetime(), created: datetime()", "created", "ZONED DATETIME; also a time: updated"),
        ("expires: date('2030-01-01'), day: date('2024-01-01')", "day", "DATE; also a time: expires"),
        ("timestamp: 'yesterday', day: date('2024-01-01')", "day", "DATE"),
        ("timestamp: toString(1700000000 + n)", "timestamp", "epoch seconds as text"),
        ("watched: toString(1700000000000 + n)", "watched", "epoch milliseconds as text"),
        ("date: 20240101 + n % 29", "date", "numbers of the form YYYYMMDD"),
        ("date: toString(20240101 + n % 29)", "date", "numbers of the form YYYYMMDD as text"),
        ("since: 1990 + n % 20", "since", "years"),
        ("year: 1990 + n % 20, added: date('2024-01-01')", "added", "DATE; also a time: year"),
        ("visited: 1700000000 + n, timestamp: 1700000000 + n", "timestamp", "epoch seconds; also a time: visited"),
    ],
)
def test_a_time_is_proposed(db: Database, run: Any, properties: str, time: str, kind: str) -> None:
    rated(db, properties)
    mapping, text = proposed(run)
    assert mapping["time"] == time
    name, _, also = kind.partition("; also")
    assert f"when it was ({name}): splits by time need it{'; also' if also else ''}{also}" in text


@pytest.mark.parametrize(
    ("properties", "near"),
    [
        ("stars: n", "no property is a date or a time"),
        ("since: n % 20", "no property is a date or a time"),
        ("date: 20240101 + n", "no property is a date or a time"),
        ("when: 'long ago'", "'when' holds 'long ago': store it as a date"),
        ("code: '20240101'", "no property is a date or a time"),
        ("order_id: 1700000000 + n", "no property is a date or a time"),
        ("distance: 5000000000 + n", "no property is a date or a time"),
        ("took: duration('PT2H'), alarm: localtime('10:00')", "no property is a date or a time"),
        ("gone: toFloat('NaN')", "no property is a date or a time"),
        ("odd: CASE WHEN n % 2 = 0 THEN '2024-01-01' ELSE 'never' END", "no property is a date or a time"),
    ],
)
def test_where_there_is_no_time_that_is_said(db: Database, run: Any, properties: str, near: str) -> None:
    rated(db, properties)
    mapping, text = proposed(run)
    assert "time" not in mapping
    assert f"# no time: {near}" in text
    assert "splits by time cannot be used" in text


def test_some_of_them_have_it(db: Database, run: Any) -> None:
    rated(db, "day: CASE WHEN n % 2 = 0 THEN date('2024-01-01') END")
    _, text = proposed(run)
    share = db.read("MATCH ()-[r:RATED]->() RETURN toFloat(count(r.day)) / count(r) AS share")[0]["share"]
    assert f"when it was (DATE, on {share:.0%} of them)" in text


def test_the_survey_lists_times_for_programs(db: Database, run: Any) -> None:
    rated(db, "day: date('2024-01-01')")
    [found] = json.loads(run("inspect", "--json").stdout)["relationships"]
    assert found["times"] == [{"name": "day", "kind": "DATE", "share": 1.0}]


def test_the_proposed_time_splits(db: Database, run: Any) -> None:
    rated(db, "day: date('2024-01-01') + duration({days: n})")
    assert run("inspect", "--write").exit_code == 0
    graph = load_graph(db, load_settings().graph)
    assert (graph.data["user", "RATED", "item"].time != NO_TIME).all()
    assert graph.schema.behaviours["RATED"].time == "day"


def test_an_unmapped_graph_is_read_by_its_values_too(db: Database) -> None:
    rated(db, "day: date('2024-01-01') + duration({days: n}), since: 1990")
    assert resolve(db, GraphSchema()).behaviours["RATED"].time == "day"


def test_a_property_of_the_default_name_that_is_no_time(db: Database, run: Any) -> None:
    rated(db, "at: 'home'")
    mapping, text = proposed(run)
    assert mapping["time"] == ""
    assert "time = \"\"  # no time: 'at' holds 'home': store it as a date" in text
    assert run("inspect", "--write").exit_code == 0
    graph = load_graph(db, load_settings().graph)
    assert (graph.data["user", "RATED", "item"].time == NO_TIME).all()


def test_a_default_that_matches_nothing_is_not_kept(db: Database, caplog: pytest.LogCaptureFixture) -> None:
    rated(db, "stars: 1")
    graph = load_graph(db, GraphSchema(behaviours={"RATED": Behaviour(weight=2)}))
    assert graph.schema.behaviours["RATED"] == Behaviour(weight=2, time=None)
    assert "has it" not in caplog.text


def test_a_default_that_matches_is_kept_by_name(db: Database) -> None:
    rated(db, "at: date('2024-01-01')")
    graph = load_graph(db, GraphSchema(behaviours={"RATED": Behaviour(weight=2)}))
    assert graph.schema.behaviours["RATED"] == Behaviour(weight=2, time="at")


def test_a_written_time_that_matches_nothing_is_named(
    db: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rated(db, "stars: 1")
    file = tmp_path / "graphrec.toml"
    file.write_text('[graph.behaviours.RATED]\ntime = "at"\n', encoding="utf-8")
    graph = load_graph(db, load_settings().graph)
    assert "[graph.behaviours.RATED] time = 'at': no RATED has it" in caplog.text
    assert graph.schema.behaviours["RATED"].time is None
    file.write_text('[graph.behaviours.RATED]\ntime = "star"\n', encoding="utf-8")
    with pytest.raises(GraphError, match="time = 'star': no RATED has it") as caught:
        load_graph(db, load_settings().graph)
    assert "'stars'" in str(caught.value.hint)


def test_the_run_keeps_no_time_that_is_not_there(db: Database, run: Any, tmp_path: Path) -> None:
    rated(db, "stars: 1")
    (tmp_path / "graphrec.toml").write_text("[graph.behaviours.RATED]\nweight = 2\n", encoding="utf-8")
    left = run("train", "--epochs", "1", "--device", "cpu", "--json")
    assert left.exit_code == 0, left.stderr
    kept = json.loads((Path(json.loads(left.stdout)["path"]) / "run.json").read_text())["schema"]["behaviours"]
    assert kept["RATED"]["time"] is None
