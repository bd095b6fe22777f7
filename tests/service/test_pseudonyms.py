"""The service of a graph with pseudonyms: callers give the ids that they know, and only pseudonyms are kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from graphrec.common.errors import ConfigError
from graphrec.config.settings import Settings, load_settings
from graphrec.credentials.keys import Keys
from graphrec.db.database import Database
from graphrec.ingest.spool import FILE
from graphrec.pseudonyms.key import make_key
from graphrec.pseudonyms.noted import note_key
from graphrec.pseudonyms.pseudonym import Pseudonyms
from graphrec.publishing.publish import publish
from graphrec.service.state import Service
from tests.film_graph import FILMS, SEEN, USERS


@pytest.fixture
def names(settings: Settings, films: Database, tmp_path: Path) -> Pseudonyms:
    """The film graph with pseudonyms in the place of its users' ids."""
    found = Pseudonyms(make_key(tmp_path / "people.key"))
    (tmp_path / "graphrec.toml").write_text('[privacy]\npseudonym_key = "people.key"\n', encoding="utf-8")
    rows = [[name, found.of(name)] for name in USERS]
    films.write("UNWIND $rows AS row MATCH (u:User {userId: row[0]}) SET u.userId = row[1]", rows=rows)
    films.write(
        "CREATE (:GraphrecPseudonyms {fingerprint: $fingerprint, bits: 128})", fingerprint=found.key.fingerprint
    )
    return found


@pytest.fixture
def client(names: Pseudonyms, serving) -> Iterator[httpx.Client]:
    """The service, without a run."""
    with serving(load_settings()) as found:
        yield found


def test_ids_of_paths_and_queries(client: httpx.Client, names: Pseudonyms, films: Database, make_run) -> None:
    vectors = [vector for _, vector in FILMS.values()]
    publish(films, make_run([names.of(n) for n in USERS], list(FILMS), list(USERS.values()), vectors, SEEN), k=3)
    name = next(iter(USERS))
    for given in (name, names.of(name)):
        for path in ("/recommendations", "/recommendations?k=2", "/recommendations?now=true", ""):
            answer = client.get(f"/v1/users/{given}{path}")
            assert answer.status_code == 200, answer.text
            assert answer.json()["user_id"] == names.of(name)
            assert f'"{name}"' not in answer.text
    assert client.get("/v1/users", params={"q": name}).json()["users"] == [names.of(name)]
    assert names.of(name) in client.get("/v1/users", params={"q": "p1-"}).json()["users"]
    missing = client.get("/v1/users/nobody-of-note/recommendations")
    assert missing.status_code == 404
    assert "nobody-of-note" not in missing.json()["detail"]  # `value` gives back what the caller sent


def test_events_are_kept_under_pseudonyms(
    client: httpx.Client, names: Pseudonyms, films: Database, settings: Settings
) -> None:
    event = {"user_id": "a-new-person", "type": "RATED", "item_id": next(iter(FILMS)), "key": "order of a-new-person"}
    for _ in range(2):  # the same key is stored once
        assert client.post("/v1/events", json=event).status_code == 200
    shown = {"user_id": "a-new-person", "item_ids": list(FILMS)[:2], "key": "list of a-new-person"}
    assert client.post("/v1/impressions", json=shown).status_code == 200
    rows = films.read("MATCH (u:User)-[r:RATED]->() WHERE r.eventKey IS NOT NULL RETURN u.userId AS u, r.eventKey AS k")
    assert [tuple(row) for row in rows] == [(names.of("a-new-person"), names.of_event("order of a-new-person"))]
    everything = str([row.data() for row in films.read("MATCH (n) OPTIONAL MATCH (n)-[r]->() RETURN n, properties(r)")])
    assert "a-new-person" not in everything
    assert b"a-new-person" not in (settings.home / FILE).read_bytes()


def test_tokens_and_keys_of_one_user_compare_with_both_forms(
    client: httpx.Client, names: Pseudonyms, settings: Settings, keys: Keys
) -> None:
    one, other = list(USERS)[:2]
    token = client.post("/v1/tokens", json={"user_id": one}).json()
    assert token["user_id"] == names.of(one)
    shown = {"Authorization": f"Bearer {token['token']}"}
    for given, status in ((one, 200), (names.of(one), 200), (other, 403), (names.of(other), 403)):
        answer = client.get(f"/v1/users/{given}", headers=shown)
        assert (answer.status_code, names.of(other) in answer.text) == (status, False)  # nor learns another's pseudonym
    event = {"user_id": one, "type": "RATED", "item_id": next(iter(FILMS)), "key": "k"}
    assert client.post("/v1/events", json=event, headers=shown).status_code == 200
    assert client.post("/v1/events", json=event | {"user_id": other}, headers=shown).status_code == 403


def test_all_that_is_held_of_a_person_is_found_by_the_id(
    names: Pseudonyms, films: Database, run, tmp_path: Path
) -> None:
    name = next(iter(USERS))
    for given in (name, names.of(name)):
        found = run("person", given, "--export", tmp_path / f"{given}.json", "--json")
        assert found.exit_code == 0, found.stderr
        assert json.loads(found.stdout)["person"] == names.of(name)


def test_without_the_key_the_service_does_not_start(names: Pseudonyms, tmp_path: Path) -> None:
    (tmp_path / "graphrec.toml").write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match="no key is given"):
        Service(load_settings())


def test_a_key_that_is_changed_meanwhile_makes_no_second_person(
    client: httpx.Client, names: Pseudonyms, films: Database
) -> None:
    films.write("MATCH (n:GraphrecPseudonyms) SET n.fingerprint = 'rotated'")
    event = {"user_id": "a-newer-person", "type": "RATED", "item_id": next(iter(FILMS))}
    assert client.post("/v1/events", json=event).status_code >= 400
    assert len(films.read("MATCH (u:User) RETURN u")) == len(USERS)


def test_noting_is_done_once(films: Database, names: Pseudonyms, settings: Settings) -> None:
    note_key(films, settings.graph, names.key)
    assert len(films.read("MATCH (n:GraphrecPseudonyms) RETURN n")) == 1
