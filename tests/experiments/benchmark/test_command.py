"""``graphrec benchmark`` on a small graph in Neo4j: peers of pairs, of knowledge and of content."""

from __future__ import annotations

import json
from typing import Any

import pytest

from graphrec.config.settings import Settings
from graphrec.datasets.sample import write_sample
from graphrec.db.database import Database

CONFIG = '[content]\ntext = "tfidf"\nimage = "none"\naudio = "none"\ndim = 16\n'


@pytest.fixture
def trained(settings: Settings, db: Database, run: Any, load_sample: Any) -> Settings:
    """A project with knowledge and text vectors, and a run of two epochs."""
    write_sample(settings.root, users=60, items=40)
    (settings.root / "graphrec.toml").write_text(CONFIG, encoding="utf-8")
    load_sample(settings.root, settings, db)
    for arguments in (("embed",), ("train", "--epochs", 2, "--dim", 8, "--loss", "mse")):
        left = run(*arguments)
        assert left.exit_code == 0, left.stderr
    return settings


@pytest.mark.long
def test_every_kind_of_peer_beside_a_run(trained: Settings, db: Database, run: Any) -> None:
    names = "cease,vbpr"
    left = run("benchmark", "--peers", names, "--trials", 3, "--seeds", 2, "--metric", "ndcg@20", "--json")
    assert left.exit_code == 0, left.stderr
    own, *peers = json.loads(left.stdout)
    assert [row["model"] for row in peers] == names.split(",")
    assert not [row["model"] for row in peers if "skipped" in row]
    assert [len(row["seeds"]) for row in peers] == [1, 2]
    assert all(row["memory"] > 2**26 and row["difference"]["metric"] == "ndcg@20" for row in peers)
    assert own["model"] in own["verdict"] or "wins" in own["verdict"]
    assert all(row["slices"].keys() == own["slices"].keys() for row in peers)

    db.write("MATCH (i:Item) WITH i LIMIT 1 CREATE (i)-[:HAS_GENRE]->(:Entity {entityId: 'new'})")
    left = run("benchmark", "--peers", "cease", "--markdown")
    assert left.exit_code == 0, left.stderr
    lines = left.stdout.splitlines()
    assert "skipped: the graph has changed since the run was trained" in lines[3]
    assert "no baseline could be fitted" in lines[5]
    assert lines[7].startswith("| part | metric | size |")


def test_wrong_questions_leave_one_message(settings: Settings, run: Any) -> None:
    for arguments, message in (
        (("--metric", "ndgc@10"), "no metric 'ndgc@10'"),
        (("--peers", "eased"), "did you mean 'ease' or 'cease'?"),
        (("--ablations", "no-contents"), "did you mean 'no-content'"),
        (("--trials", 0), "0 is not in the range"),
        (("--seeds", 0), "0 is not in the range"),
        ((), "`graphrec train` makes a run"),
    ):
        left = run("benchmark", *arguments)
        assert left.exit_code == 2
        assert message in left.stderr
        assert "Traceback" not in left.stderr
