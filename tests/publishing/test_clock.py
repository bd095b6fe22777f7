"""Runs are in the order in which they were made and published, although the clock went back in between."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graphrec.common.files import write_json
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.db.server import status
from graphrec.db.server.layout import Layout
from graphrec.publishing.publish import publish
from graphrec.publishing.registry import Sizes, published_runs
from graphrec.publishing.writer import Writer
from graphrec.runs.run import Run
from graphrec.runs.store import list_runs, open_run
from graphrec.serving.similar_items import similar

PLAIN = GraphSchema()


def a_day_earlier(run: Run) -> Run:
    """Give a run the name and the time that it would have with a clock a day behind."""
    path = run.path.rename(run.path.with_name(f"20200101-000000-{run.run_id[-4:]}"))
    moved = Run(path, run.info | {"created": "2020-01-01T00:00:00+00:00"})
    write_json(path / "run.json", moved.info)
    return open_run_at(path)


def open_run_at(path: Path) -> Run:
    """Read a run anew."""
    return Run(path, json.loads((path / "run.json").read_text(encoding="utf-8")))


@pytest.mark.long
def test_after_the_clock_went_back_the_last_run_is_the_newest_and_rollback_finds_the_one_before(
    films: Database, settings: Settings, make_run: Callable[..., Run], run: Callable[..., Any]
) -> None:
    items = ["1", "2", "3"]
    first = make_run(["anna"], items, [[1.0, 0.0]], [[1.0, 0.0], [1.0, 0.1], [0.0, 1.0]])
    second = a_day_earlier(make_run(["anna"], items, [[1.0, 0.0]], [[1.0, 0.0], [0.0, 1.0], [1.0, 0.1]]))
    assert [one.run_id for one in list_runs(settings)] == [second.run_id, first.run_id]
    assert open_run(settings).run_id == second.run_id
    publish(films, first)
    assert second.run_id in run("publish", "--yes").stdout
    films.write(
        "MATCH (run:Run {runId: $name}) SET run.publishedAt = run.publishedAt - duration('P1D')", name=second.run_id
    )
    assert [one.run_id for one in published_runs(films)] == [second.run_id, first.run_id]

    # A publish that is interrupted has taken nothing that rollback needs: neither links nor vectors.
    third = make_run(["anna"], items, [[1.0, 0.0]], [[0.0, 1.0], [1.0, 0.1], [1.0, 0.0]])
    before = {one.run_id: similar(films, PLAIN, "1", 1)[0]["item"] for one in [second]}
    writer = Writer(
        films,
        PLAIN,
        run_id=third.run_id,
        created=third.created,
        settings="{}",
        metrics="{}",
        fingerprint="f",
        sizes=Sizes(1),
    )
    rows = films.read("MATCH (i:Item) RETURN i.itemId AS key, elementId(i) AS node")
    nodes = {row["key"]: row["node"] for row in rows}
    writer.make_indexes({"item": 2})
    writer.clear("item", {nodes[key] for key in items})
    writer.vectors("item", [nodes[key] for key in items], third.embeddings("all")[1].tolist())
    assert before == {second.run_id: "3"} == {second.run_id: similar(films, PLAIN, "1", 1)[0]["item"]}
    assert f"active run: {first.run_id} (before: {second.run_id})" in run("rollback").stdout
    assert similar(films, PLAIN, "1", 1)[0]["item"] == "2"
    assert run("rollback").exit_code == 2
    # The next publish removes what was left, and the run before is the one that was active.
    assert publish(films, third).outcome == "written"
    states = {one.run_id: one.state for one in published_runs(films)}
    assert states == {third.run_id: "ready", first.run_id: "ready", second.run_id: "removed"}
    shown = json.loads(run("runs", "--json").stdout)
    assert [row["runId"] for row in shown] == [third.run_id, second.run_id, first.run_id]


def test_a_server_that_was_started_tomorrow_is_up_for_a_while(settings: Settings) -> None:
    layout = Layout.of(settings.home)
    record = layout.read_record()
    assert record is not None
    layout.write_record(replace(record, started=record.started + 86_400))
    try:
        assert (status(settings.home).uptime or -1) >= 0
    finally:
        layout.write_record(record)
