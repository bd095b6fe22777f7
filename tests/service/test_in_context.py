"""A home with planted habits, from the graph to a list for an hour: trained, published, asked, updated, forgotten."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pytest

import graphrec
from graphrec.config.settings import Settings
from graphrec.db.database import Database, connect
from graphrec.erasure.tensors import held
from graphrec.graph.hetero import load_graph
from graphrec.graph.mapping import resolve
from graphrec.model.context_log import ContextLog
from graphrec.publishing.publish import publish
from graphrec.runs.layout import CONTEXT
from graphrec.runs.run import Run
from graphrec.runs.store import open_run
from graphrec.training.train import train
from tests.planted_habits import DAY, HOUR, PRESENCE, Act, graph_of, planted

USERS, ITEMS, GROUPS = 6, 12, 4
TOML = """
[graph.behaviours.USED]
context = ["presence"]
[graph.contexts]
presence = ["alone", "family", "guests"]
[train]
epochs = 3
[recommend]
seen = true
"""
LOAD = """
UNWIND $acts AS act
MERGE (u:User {userId: act.user})
MERGE (i:Item {itemId: act.item, title: 'Scene ' + act.item})
CREATE (u)-[:USED {at: datetime({epochSeconds: act.at}), presence: act.presence}]->(i)
"""
#: The same behaviours through a node between.
THROUGH = """
MATCH (u:User)-[r:USED]->(i:Item)
CREATE (u)-[:DID]->(:Doing {at: r.at, presence: r.presence})-[:OF]->(i)
"""
BY_PATH = """
[graph.behaviours.USED_BY]
path = "(u)-[:DID]->(d:Doing)-[:OF]->(i)"
time = "d.at"
context = ["d.presence"]
"""


class Home(NamedTuple):
    """The project, what was planted, and the published run."""

    settings: Settings
    db: Database
    acts: list[Act]
    run: Run


@pytest.fixture(scope="module")
def home(
    project_at: Any, scratch_home: Path, tmp_path_factory: pytest.TempPathFactory, empty: Callable[[Database], None]
) -> Iterator[Home]:
    folder = tmp_path_factory.mktemp("home")
    (folder / "graphrec.toml").write_text(TOML, encoding="utf-8")
    acts = planted(users=USERS, items=ITEMS, acts=200, groups=GROUPS, noise=0.1)
    with project_at(folder, scratch_home) as settings, connect(settings) as db:
        empty(db)
        db.write(LOAD, acts=[act._asdict() | {"user": f"u{act.user}", "item": f"i{act.item:02}"} for act in acts])
        trained = train(db, settings).run
        publish(db, trained, 5, settings=settings)
        yield Home(settings, db, acts, open_run(settings, trained.run_id))


def habits(home: Home, user: int) -> dict[int, tuple[int, str]]:
    """Return the group of items → the usual second of the day and company of a user, where they are clear."""
    found = {}
    for group in range(GROUPS):
        mine = [act for act in home.acts if act.user == user and act.item % GROUPS == group]
        if len(mine) >= 20:
            hour = Counter(act.at % DAY // HOUR for act in mine).most_common(1)[0][0]
            found[group] = hour * HOUR + HOUR // 2, Counter(act.presence for act in mine).most_common(1)[0][0]
    return found


def test_the_graph_is_read_with_its_contexts_also_by_a_path(home: Home) -> None:
    settings, db, acts, _ = home
    expected = ContextLog.of(graph_of(acts, USERS, ITEMS).data, settings.graph)
    direct = ContextLog.of(load_graph(db, settings.graph).data, resolve(db, settings.graph))
    db.write(THROUGH)
    try:
        (settings.root / "by_path.toml").write_text(BY_PATH, encoding="utf-8")
        mapped = graphrec.config.settings.load_settings(settings.root / "by_path.toml").graph
        graph = load_graph(db, mapped)
        assert graph.schema.contexts == {"presence": PRESENCE}
        by_path = ContextLog.of(graph.data, graph.schema)
    finally:
        db.write("MATCH (d:Doing) DETACH DELETE d")
    for found in (direct, by_path):
        for name in ("indptr", "items", "times", "values"):
            np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


def test_the_list_of_an_hour_is_what_somebody_does_then(home: Home) -> None:
    settings, _, acts, trained = home
    about = trained.info["context"]
    assert {"hour", "presence"} <= {one["name"] for one in about["variables"]}
    assert about["valid"]["gain"]["low"] > 0
    hits = []
    with graphrec.connect() as graph:
        anytime = graph.recommend("u0", 1)["item_id"][0]
        for user in range(USERS):
            for group, (second, presence) in habits(home, user).items():
                at = acts[0].at // DAY * DAY + 7 * DAY + second
                found = graph.recommend(f"u{user}", 1, at=at, context={"presence": presence})
                hits.append(int(found["item_id"][0][1:]) % GROUPS == group)
        assert np.mean(hits) > 0.7
        assert graph.recommend("u0", 1)["item_id"][0] == anytime
        # Folded in from the graph as it is, a user gets what the run says.
        situation: dict[str, Any] = {"at": acts[0].at, "context": {"presence": "alone"}}
        stored, folded = (graph.recommend("u1", 5, now=now, **situation) for now in (False, True))
        assert stored["item_id"].tolist() == folded["item_id"].tolist()
        np.testing.assert_allclose(stored["score"], folded["score"], rtol=1e-3)
        visitor = graph.recommend(None, 3, likes=["i00"], **situation)
        assert visitor["source"].tolist() == ["model"] * 3
    assert settings.recommend.seen


def test_the_commands_say_what_the_context_adds(home: Home, run: Callable[..., Any]) -> None:
    second, presence = next(iter(habits(home, 0).values()))
    clock = f"{second // HOUR:02}:30"
    shown = json.loads(run("recommend", "u0", "--at", clock, "--context", f"presence={presence}", "--json").stdout)
    explained = json.loads(
        run("explain", "u0", shown[0]["item"], "--at", clock, "--context", f"presence={presence}", "--json").stdout
    )
    parts = explained["components"]
    assert parts["context: hour"] > 0
    assert parts["context: presence"] > 0
    assert sum(parts.values()) == pytest.approx(explained["score"], rel=1e-4)
    assert explained["score"] == pytest.approx(shown[0]["score"], rel=1e-4)
    evaluated = run("evaluate")
    assert "with context" in evaluated.stdout
    figures = json.loads((home.run.path / "evaluation.json").read_text(encoding="utf-8"))["test"]["context"]
    assert figures["gain"]["low"] > 0
    for arguments, message in (
        (["--at", "soon"], "not a time"),
        (["--context", "weather=rain"], "no behaviour has such a context"),
        (["--context", "presence"], "not NAME=VALUE"),
    ):
        refused = run("recommend", "u0", *arguments)
        assert refused.exit_code == 2
        assert message in refused.stderr


def test_the_service_gives_the_same_lists(home: Home, serving: Any) -> None:
    at, presence = str(home.acts[0].at), home.acts[0].presence
    with graphrec.connect() as graph:
        expected = graph.recommend("u2", 4, at=at, context={"presence": presence})
    filters = {"scenes": "i.title STARTS WITH $presence OR i.title STARTS WITH 'Scene'"}
    serve = msgspec.structs.replace(home.settings.serve, filters=filters)
    with serving(msgspec.structs.replace(home.settings, serve=serve)) as client:
        path = "/v1/users/u2/recommendations"
        asked = {"k": 4, "at": at, "context": f"presence={presence}"}
        answers = [client.get(path, params=asked), client.get(path, params=asked | {"where": "scenes"})]
        body = {"k": 4, "at": at, "context": {"presence": presence}}
        answers.append(client.post("/v1/users/u2/preview", json=body))
        for answer in answers:
            found = answer.json()["items"]
            assert [row["item_id"] for row in found] == expected["item_id"].tolist()
            assert [row["score"] for row in found] == pytest.approx(expected["score"].tolist(), rel=1e-3)
        visitor = client.post("/v1/recommendations", json=body | {"likes": ["i00"]}).json()["items"]
        assert len(visitor) == 4
        for wrong in ({"at": "soon"}, {"context": "presence"}, {"context": "weather=rain"}):
            refused = client.get(path, params=wrong)
            assert refused.status_code in (409, 422), refused.text
            assert "hint" in refused.json()


def test_an_update_counts_new_behaviour_and_forgetting_leaves_none(home: Home, run: Callable[..., Any]) -> None:
    settings, db, acts, trained = home
    assert trained.context is not None
    new = Act(0, 3, acts[-1].at + DAY, "guests")
    db.write(LOAD, acts=[new._asdict() | {"user": "newcomer", "item": "i03"}])
    assert run("update").exit_code == 0
    updated = open_run(settings)
    assert updated.context is not None
    assert len(updated.context.log.items) == len(trained.context.log.items) + 1
    assert updated.info["context"] == trained.info["context"]
    place = updated.users.index("newcomer")
    assert updated.context.evidence(place)["presence"].codes.tolist() == [PRESENCE.index("guests")]
    before = {item: table.lift.copy() for item, table in trained.context.tables.items()}
    assert run("forget", "newcomer", "--yes").exit_code == 0
    assert held(updated.path / CONTEXT, [place]) == 0
    left = open_run(settings).context
    assert left is not None
    for name, lift in before.items():  # as if the user had never been there
        np.testing.assert_allclose(left.tables[name].lift, lift)
