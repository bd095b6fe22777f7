"""Calls with the scope admin that touch people's data are written down with the name of the key."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import httpx
import msgspec

from graphrec.config.settings import JournalSettings
from graphrec.journal.recording import journal_of
from graphrec.journal.verify import verify
from graphrec.service.journal import ROUTES
from tests.service.test_access import table


def test_every_operation_of_an_administrator_says_what_it_does_to_peoples_data() -> None:
    assert {name for name, (scope, _) in table().items() if scope == "admin"} == set(ROUTES)


def test_what_an_administrator_does_is_written_down(
    rated_films: Any, settings: Any, serving: Any, keys: Any, tmp_path: Path
) -> None:
    own = msgspec.structs.replace(settings, journal=JournalSettings(folder="kept"))
    journal = journal_of(own)
    made = {name: keys.add(name, (name,)) for name in ("read", "admin")}
    with serving(own) as client:

        def call(method: str, path: str, key: str = "admin", **more: Any) -> int:
            headers = {"Authorization": f"Bearer {made[key]}"}
            answer: httpx.Response = client.request(method, path, headers=headers, **more)
            return answer.status_code

        assert call("GET", "/v1/users", params={"q": "an"}) == 200
        assert call("GET", "/v1/users", "read", params={"q": "an"}) == 403  # nothing was touched
        assert call("GET", "/v1/items/nowhere-4711/users") == 404
        assert call("GET", "/v1/jobs") == 200  # nobody's data
        assert call("GET", "/v1/users/anna", "read") == 200  # what a shop asks for its visitors
        assert call("POST", "/v1/jobs", json={"kind": "quality"}) == 202
        while client.get("/v1/jobs", headers={"X-API-Key": made["admin"]}).json()["jobs"][0]["state"] != "done":
            time.sleep(0.1)
    entries = [line.entry for line in journal.lines() if line.entry is not None]
    begun = [entry for entry in entries if entry["event"] == "begin"]
    assert [(entry["did"], entry["key"]) for entry in begun] == [
        ("find_users", "admin"),
        ("item_users", "admin"),
        ("start_job", "admin"),
    ]
    ended = [entry for entry in entries if entry["event"] == "end"]
    assert [entry["outcome"] for entry in ended] == ["done", "refused", "done"]
    assert ended[0]["counts"]["rowsRead"] >= 1
    assert verify(journal).problems == []
    text = journal.file.read_text(encoding="utf-8")
    assert "anna" not in text
    assert "4711" not in text
    # The job, a process of its own, is written down by itself, and is found by its name.
    job = ended[2]["job"]
    lines = journal_of(settings).lines()
    (work,) = [line.entry for line in lines if line.entry is not None and line.entry.get("job") == job]
    assert (work["through"], work["did"], work["startedBy"]) == ("job", "quality", "person")

    (tmp_path / "kept2").write_text("a file", encoding="utf-8")
    closed = msgspec.structs.replace(settings, journal=JournalSettings(folder="kept2"))
    with serving(closed) as client:
        refused = client.get("/v1/users", params={"q": "an"}, headers={"X-API-Key": made["admin"]})
        assert (refused.status_code, "journal" in json.dumps(refused.json())) == (503, True)
        assert client.get("/v1/users/anna", headers={"X-API-Key": made["read"]}).status_code == 200
