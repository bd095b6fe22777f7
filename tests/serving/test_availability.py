"""Hidden, expired and sold items: in no answer, whatever asks; and what does not hide an item."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest

from graphrec.common.errors import ConfigError
from graphrec.config.schema import quoted
from graphrec.config.settings import Settings
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.publishing.publish import publish
from graphrec.runs.run import Run
from graphrec.serving import availability
from graphrec.serving.availability import Availability
from graphrec.serving.expiry import expires_at
from graphrec.serving.export_lists import export_lists
from graphrec.serving.listings import latest, popular
from graphrec.serving.lookup import find_item, titles_like
from graphrec.serving.recommend import recommend
from graphrec.serving.search import _nearest
from graphrec.serving.similar_items import similar


def values() -> dict[str, tuple[list[Any], list[Any]]]:
    """Return for each property values that hide an item now, and values that do not."""
    now = dt.datetime.now(dt.UTC)
    soon, past = now + dt.timedelta(hours=9), now - dt.timedelta(hours=9)
    west = dt.timezone(dt.timedelta(hours=-11))
    units = (1, 1e3, 1e6, 1e9)
    hides = [
        *(past, past.replace(tzinfo=None), now.date() - dt.timedelta(days=1), 5, 2001, 20010131),
        *(int(past.timestamp() * unit) for unit in units),
        *("2001-01-31", "2001-01-31 10:00", past.isoformat(), "2001-99-99T00:00:00+17:00"),
        past.astimezone(west).isoformat(),
    ]
    shows = [
        *(soon, soon.replace(tzinfo=None), now.date(), 2999999999, 2099, 20991231),
        *(int(soon.timestamp() * unit) for unit in units),
        *("2101-01-31", now.date().isoformat(), soon.isoformat(), "never", "", "31.1.2001", [5], True, dt.time(1)),
        soon.astimezone(west).isoformat(),
    ]
    return {
        "hidden": ([True], [False, "yes", "true", 1, [True]]),
        "stock": ([0, -2, 0.0], [1, 0.5, "0", [0], True, float("nan")]),
        "expiresAt": (hides, shows),
    }


def test_what_hides_an_item_and_what_does_not(db: Database) -> None:
    rows = [
        [f"{name} {value!r} {hides}", {name: value}]
        for name, kinds in values().items()
        for hides, some in zip(("hides", "shows"), kinds, strict=True)
        for value in some
    ]
    db.write("UNWIND $rows AS row CREATE (i:Item {itemId: row[0]}) SET i += row[1]", rows=rows)
    keys = [key for key, _ in rows]

    def shown(names: Availability | None) -> list[str]:
        query = availability.load("query/shown", None, names)
        return [key for key, *_ in db.read(query, items=keys, types=[])[0]["shown"]]

    assert sorted(shown(None)) == sorted(key for key in keys if key.endswith("shows"))
    assert sorted(shown(Availability("", "", ""))) == sorted(keys)
    off, left = "is `off`}", "\\u0060 OR true"
    db.write(f"MATCH (i:Item) SET i.{quoted(off)} = i.hidden, i.{quoted(left)} = i.stock REMOVE i.hidden, i.stock")
    odd = shown(Availability(off, "expiresAt", left))
    assert sorted(odd) == sorted(key for key in keys if key.endswith("shows"))
    with pytest.raises(ConfigError, match="Neo4j has no such names"):
        shown(Availability(hidden="a\0b"))


def test_a_time_is_read_without_neo4j_as_with_it() -> None:
    hides, shows = ([expires_at(value) for value in some] for some in values()["expiresAt"])
    now = dt.datetime.now(dt.UTC).timestamp()
    assert all(end is not None and end <= now for end in hides)
    assert all(end is None or end > now for end in shows)


def test_no_answer_has_an_item_that_may_not_be_shown(
    films: Database, film_run: Run, settings: Settings, run: Callable[..., Any]
) -> None:
    # anna: Duel .8, Dune .1, Alien 0; ben: E.T., Dune, Alien.
    plain, (hidden, expires, stock) = settings, ("off", "until", "left")
    settings = msgspec.structs.replace(
        settings,
        serve=msgspec.structs.replace(settings.serve, hidden=hidden, expires=expires, stock=stock),
    )
    films.write("MATCH (i:Item) SET i.textVector = i.contentVector, i.year = 1970 + toInteger(i.itemId)")
    publish(films, film_run, k=2, settings=settings)
    films.auto(queries.load("publish/drop_index"), index="itemText")
    films.auto(queries.load("embed/index"), name="itemText", dimensions=2)
    films.auto(queries.load("publish/await_index"), index="itemText", seconds=60)
    available, schema = Availability.of(settings), settings.graph
    vector = np.array([[1.0, 0.0]], np.float32)
    asks: dict[str, Callable[[], list[Any]]] = {
        "links": lambda: [row["item"] for row in recommend(films, settings, ["anna"], 2)[0].rows],
        "scores": lambda: [row["item"] for row in recommend(films, settings, ["anna"], 5, where="true")[0].rows],
        "embedding": lambda: [row["item"] for row in similar(films, schema, "1", 5, "embedding", available)],
        "content": lambda: [row["item"] for row in similar(films, schema, "1", 5, "content", available)],
        "text": lambda: [row["item"] for row in similar(films, schema, "1", 5, "text", available)],
        "search": lambda: [row["item"] for row in _nearest(films, settings, "text", vector, "words", 5)],
        "popular": lambda: [row["item"] for row in popular(films, settings, 5)],
        "latest": lambda: [row["item"] for row in latest(films, settings, 5)],
        "titles": lambda: [item for item, _ in titles_like(films, schema, "duel", 5, available)],
        "export": lambda: _exported(films, settings, available),
    }
    assert {name: "3" in ask() for name, ask in asks.items()} == dict.fromkeys(asks, True)
    assert asks["latest"]() == ["5", "4", "3", "2", "1"]
    for name, value in ((hidden, "true"), (expires, "datetime() - duration('PT1S')"), (stock, "0")):
        films.write(f"MATCH (i:Item {{itemId: '3'}}) SET i.{name} = {value}")
        assert {name: "3" in ask() for name, ask in asks.items()} == dict.fromkeys(asks, False)
        films.write(f"MATCH (i:Item {{itemId: '3'}}) REMOVE i.{name}")
    films.write(f"MATCH (i:Item {{itemId: '3'}}) SET i.{hidden} = true")
    # The run's scores fill the list up, with ranks without a gap.
    (one,) = recommend(films, settings, ["anna"], 2)
    assert [(row["rank"], row["title"]) for row in one.rows] == [(1, "Dune"), (2, "Alien")]
    assert one.reason == ""
    assert find_item(films, schema, "Duel")[0] == "3"  # what somebody liked may be sold out by now
    films.write("MATCH (i:Item {itemId: '5'}) SET i.hidden = true")  # the default name, which needs no settings
    assert [row["item"] for row in json.loads(run("recommend", "anna", "-k", 2, "--json").stdout)] == ["3", "4"]
    assert [row["title"] for row in recommend(films, plain, ["anna"], 5)[0].rows] == ["Duel", "Alien"]
    settings.runs.rename(settings.root / "elsewhere")
    (few,) = recommend(films, settings, ["anna"], 2)
    assert [row["title"] for row in few.rows] == ["Dune"]
    assert "may not be shown now" in few.reason
    assert "is not on this machine" in few.reason


def _exported(db: Database, settings: Settings, available: Availability) -> list[str]:
    file = settings.root / "lists.csv"
    export_lists(db, settings.graph, file, available=available)
    return [line.split(",")[1] for line in file.read_text(encoding="utf-8").splitlines()[1:]]
