"""The assistant over HTTP: events, whose words they are, what is recorded, what is handed over, and forgetting."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from graphrec.credentials.keys import Keys


def turn(client: httpx.Client, text: str, conversation: str | None = None, **more: Any) -> dict[str, Any]:
    """Say something, and return the whole answer."""
    headers = more.pop("headers", {})
    body = {"text": text, "conversation": conversation} | more
    return events(client.post("/v1/chat", json=body, headers=headers))[-1][1]


def events(response: httpx.Response) -> list[tuple[str, dict[str, Any]]]:
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/event-stream")
    found = []
    for event in response.text.strip().split("\n\n"):
        name, data = event.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def test_an_answer_comes_in_events_and_says_what_it_rests_on(film_service: httpx.Client) -> None:
    told = events(film_service.post("/v1/chat", json={"text": "who directed Jaws?", "user_id": "anna"}))
    assert [name for name, _ in told] == ["understood", "text", "done"]
    assert told[0][1]["action"]["type"] == "look_up"
    done = told[-1][1]
    assert done["text"] == told[1][1]["text"]
    assert "Steven Spielberg" in done["text"]
    (fact,) = done["facts"]
    assert (fact["subject"], fact["relation"], fact["value"]) == ("Jaws", "DIRECTED_BY", "Steven Spielberg")
    assert len(fact["sources"]) == 3
    assert (done["how"], done["language"]) == ("template", "en")
    asked = {"json": {"text": "who directed Jaws?"}, "headers": {"Accept": "application/json"}}
    assert film_service.post("/v1/chat", **asked).json()["text"] == done["text"]
    chinese = turn(film_service, "Jaws是谁导演的", user_id="anna")
    assert chinese["language"] == "zh"
    assert "Steven Spielberg" in chinese["text"]


def test_a_reaction_is_recorded_after_a_yes_and_only_for_who_may(
    film_service: httpx.Client, films: Any, keys: Keys, run: Any
) -> None:
    def rated(user: str) -> int:
        query = "MATCH (:User {userId: $user})-[r:RATED|BLOCKED]->(:Item {itemId: '5'}) RETURN count(r) AS n"
        return int(films.read(query, user=user)[0]["n"])

    asked = turn(film_service, "I like Dune", user_id="anna")
    assert (asked["asks"], rated("anna")) == ("confirm", 0)
    assert turn(film_service, "yes", asked["conversation"], user_id="anna")["text"].startswith("Recorded")
    assert rated("anna") == 1
    # Another user does not continue the conversation, and says yes to nothing.
    asked = turn(film_service, "block Dune", user_id="anna")
    other = turn(film_service, "yes", asked["conversation"], user_id="ben")
    assert other["conversation"] != asked["conversation"]
    assert (rated("anna"), rated("ben")) == (1, 0)
    turn(film_service, "yes", asked["conversation"], user_id="anna")
    assert rated("anna") == 2

    read, both = keys.add("reader", ("read",)), keys.add("shop", ("read", "events"))
    told = turn(film_service, "I like Dune", user_id="ben", headers={"X-API-Key": read})
    assert told["asks"] == ""
    token = film_service.post("/v1/tokens", json={"user_id": "ben"}, headers={"X-API-Key": both}).json()["token"]
    mine = {"Authorization": f"Bearer {token}"}
    refused = film_service.post("/v1/chat", json={"text": "hello", "user_id": "anna"}, headers=mine)
    assert refused.status_code == 403
    asked = turn(film_service, "I like Dune", headers=mine)
    turn(film_service, "yes", asked["conversation"], headers=mine)
    assert rated("ben") == 1

    # A person is told what it is about, and nothing of it is left when its user is forgotten.
    handed = turn(film_service, "I want to talk to a person", asked["conversation"], headers=mine)
    admin = {"X-API-Key": keys.add("admin", ("admin",))}
    waits = film_service.get("/v1/handovers", headers=admin).json()["handovers"][0]
    assert waits["reference"] in handed["text"]
    assert (waits["user_id"], waits["lines"][0]["text"]) == ("ben", "I like Dune")
    listed = run("chat", "--handovers", "--json")
    assert json.loads(listed.stdout)[0]["reference"] == waits["reference"]
    forgotten = run("forget", "ben", "--yes", "--json")
    assert json.loads(forgotten.stdout)["removed"]["conversations"] >= 2
    assert waits not in film_service.get("/v1/handovers", headers=admin).json()["handovers"]


def test_limits_and_faults_are_told(film_service: httpx.Client) -> None:
    assert film_service.post("/v1/chat", json={"text": "x" * 1_001}).status_code == 422
    assert film_service.post("/v1/chat", json={"text": "   "}).status_code == 422
    begun = turn(film_service, "hello")
    assert turn(film_service, "hello", "no such conversation")["conversation"] != begun["conversation"]
    broken = film_service.post("/v1/chat/recording", files={"file": ("said.wav", b"no sound")})
    assert broken.status_code == 422


def test_a_recording_is_heard(film_service: httpx.Client, tmp_path: Path) -> None:
    if not shutil.which("espeak-ng"):
        pytest.skip("no espeak-ng on PATH (Debian: apt-get install espeak-ng)")
    file = tmp_path / "said.wav"
    subprocess.run(["espeak-ng", "-w", file, "recommend something"], check=True)
    told = events(film_service.post("/v1/chat/recording", files={"file": ("said.wav", file.read_bytes())}))
    assert told[0][1]["heard"] == "pocketsphinx"
    assert told[0][1]["said"].strip()
