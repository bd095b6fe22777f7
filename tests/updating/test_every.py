"""An update that goes on, and what ends it; ``test_outage.py`` has what does not."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphrec.publishing.publish import publish
from graphrec.publishing.registry import published_runs, rollback
from graphrec.training.train import train

NEXT = """
MATCH (u:User), (i:Item)
WHERE NOT (u)--(i)
WITH u, i ORDER BY u.userId, i.itemId LIMIT 3
CREATE (u)-[:PURCHASED {at: datetime('2030-01-01T00:00:00Z')}]->(i)
"""


@pytest.mark.long
def test_whoever_goes_back_is_not_overruled(
    sample_project: Callable[..., Any], tmp_path: Path, run: Callable[..., Any]
) -> None:
    with sample_project(tmp_path, "[train]\nepochs = 2\n", users=40, items=30) as (settings, db):
        base = train(db, settings).run
        publish(db, base)
        db.write(NEXT)

        def back() -> None:
            while published_runs(db)[0].run_id == base.run_id:
                time.sleep(0.05)
            rollback(db)

        person = threading.Thread(target=back)
        person.start()
        left = run("update", "--every", "3")
        person.join()
        assert left.exit_code == 2
        assert "has been rolled back" in left.stderr
        assert "pairs" in left.stdout


def test_it_follows_the_published_run(run: Callable[..., Any]) -> None:
    for more in (("20260101-000000-abcd",), ("--no-publish",)):
        left = run("update", "--every", "10", *more)
        assert left.exit_code == 2
        assert "--every follows the published run" in left.stderr
    assert run("update", "--every", "0").exit_code == 2
