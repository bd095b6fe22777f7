"""Who may call what: keys, tokens for one user, and each route of the API by the table of docs/service-security.md."""

from __future__ import annotations

import json
import os
import re
import stat
import threading
import time
from functools import partial
from pathlib import Path

import pytest

from graphrec.common.errors import ConfigError
from graphrec.credentials.keys import Keys
from graphrec.credentials.tokens import Claims, Tokens
from graphrec.erasure import in_credentials
from graphrec.service.access import Access
from graphrec.service.run import _look_at_keys, server_config

DOCS = Path(__file__).parents[2] / "docs" / "service-security.md"
#: Values of parameters that are needed, for the requests below.
VALUES = {"q": "a", "item": "1", "run": "none", "job": "none"}
#: Bodies by operation, for a user.
BODIES = {
    "recommend_anonymous": lambda user: {"likes": ["1"]},
    "chat": lambda user: {"text": "help", "user_id": user},
    "make_token": lambda user: {"user_id": user},
    "add_events": lambda user: {"events": [{"type": "RATED", "user_id": user, "item_id": "1"}]},
    "add_impressions": lambda user: {"user_id": user, "item_ids": ["1"]},
}


def table() -> dict[str, tuple[str, str]]:
    """Return the scope and what a token may do of each operation, as the docs say."""
    rows = re.findall(r"^\| `(\w+)` \| `[^`]+` \| (\w+) \| ([\w ]+) \|$", DOCS.read_text(encoding="utf-8"), re.M)
    return {name: (scope, token) for name, scope, token in rows}


def operations(description):
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def call(client, method, path, operation, user, key):
    """Call an operation about a user with what it needs at least."""
    query = {}
    for parameter in operation.get("parameters", ()):
        name = parameter["name"]
        value = user if name in ("user", "user_id") else VALUES.get(name, "1")
        if parameter["in"] == "path":
            path = path.replace(f"{{{name}}}", value)
        elif parameter.get("required") or name == "user":
            query[name] = value
    made = BODIES.get(operation["operationId"])
    sent = {"json": made(user)} if made else {}
    if not made and "multipart/form-data" in operation.get("requestBody", {}).get("content", {}):
        sent = {"files": {"file": b"x"}, "data": {"modality": "image", "user_id": user}}
    elif not made and "requestBody" in operation:
        sent = {"json": {}}
    return client.request(method, path, params=query, headers={"Authorization": f"Bearer {key}"}, **sent)


def test_every_route_asks_for_its_scope_and_keeps_to_the_user_of_a_token(rated_films, settings, serving, keys):
    with serving(settings) as client:
        description = client.get("/v1/openapi.json").json()
        made = {name: keys.add(name, (name,)) for name in ("read", "events", "admin")}
        both = keys.add("shop", ("read", "events"))
        token = client.post("/v1/tokens", json={"user_id": "anna"}, headers={"X-API-Key": both}).json()["token"]
        known, faults = table(), []
        for method, path, operation in operations(description):
            name = operation["operationId"]
            if name not in known:
                faults.append(f"{name}: no row in the table of {DOCS.name}")
                continue
            scope, allowed = known[name]

            def status(key, user="anna", one=(method, path, operation)):
                return call(client, *one, user, key).status_code

            if scope == "open":
                if client.request(method, path).status_code in (401, 403):
                    faults.append(f"{name}: is not open")
                continue
            if status("grk_nobody_x") != 401 or client.request(method, path).status_code != 401:
                faults.append(f"{name}: answers without a key")
            opened = {one for one in made if status(made[one]) != 403}
            if opened != {scope, "admin"}:
                faults.append(f"{name}: answers the scopes {opened}")
            own, another = status(token), status(token, "ben")
            expected = {"no": (True, True), "own user": (False, True), "yes": (False, False)}[allowed]
            if (own == 403, another == 403) != expected:
                faults.append(f"{name}: a token gets {own} for its user, {another} for another; {allowed!r} is written")
            names_user = "user" in json.dumps([path, operation.get("parameters"), operation.get("requestBody")])
            if names_user and allowed == "yes" and name != "recommend_anonymous":
                faults.append(f"{name}: names a user, and a token may call it for all")
        # What a reason says of others is their number.
        told = client.get("/v1/users/anna/items/3/explanation", headers={"Authorization": f"Bearer {token}"}).text
        assert "ben" not in told
        # A user who does not exist is told of no users with such an id.
        asked = {"user_id": "bem", "scopes": ["read"]}
        token = client.post("/v1/tokens", json=asked, headers={"X-API-Key": both}).json()["token"]
        for path in ("", "/recommendations", "/recommendations?now=true", "/items/3/explanation"):
            missing = client.get(f"/v1/users/bem{path}", headers={"Authorization": f"Bearer {token}"})
            assert (missing.status_code, "ben" in missing.text) == (404, False)
            assert "ben" in client.get(f"/v1/users/bem{path}", headers={"X-API-Key": both}).text
    assert not faults, "\n".join(faults)
    assert known.keys() <= {operation["operationId"] for *_, operation in operations(description)}


def test_keys_are_kept_as_hashes_and_change_without_a_restart(settings, serving, films, run, keys):
    made = run("serve", "keys", "add", "shop", "--scope", "read", "--expires", "90d")
    key = made.stdout.strip()
    assert re.fullmatch(r"grk_shop_[\w-]{43}", key)
    assert key not in keys.path.read_text(encoding="utf-8") + made.stderr
    assert stat.S_IMODE(keys.path.stat().st_mode) == 0o600
    listed = run("serve", "keys", "list", "--json").stdout
    assert [one["name"] for one in json.loads(listed)] == ["shop"]
    assert keys.all()["shop"].hash[:8] not in listed + run("serve", "keys", "list").stdout
    taken = run("serve", "keys", "add", "shop", "--scope", "read")
    assert (taken.exit_code, taken.stdout) == (2, "")
    assert run("serve", "keys", "add", "a/b", "--scope", "read").exit_code == 2
    assert run("serve", "keys", "add", "all", "--scope", "admin", "--user", "1").exit_code == 2
    with serving(settings) as client:

        def status(**headers: str) -> int:
            return client.get("/v1/popular", headers=headers).status_code

        refused = client.get("/v1/popular")
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"].startswith("Bearer")
        assert status(Authorization=f"Bearer {key}") == status(**{"X-API-Key": key}) == 200
        # What users did is known before a run is published.
        anna = client.get("/v1/users/anna", headers={"X-API-Key": key}).json()
        assert (anna["in_run"], anna["total"], len(anna["behaviours"])) == (False, 2, 2)
        assert client.get("/v1/users/nobody", headers={"X-API-Key": key}).status_code == 404
        assert status(Authorization=f"Bearer {key[:-1]}") == status(Authorization=f"Basic {key}") == 401
        # A key that has ended; one that is removed, with its tokens.
        ended = keys.add("ended", ("read",), lasts=-1)
        assert status(Authorization=f"Bearer {ended}") == 401
        shop = keys.add("shop2", ("events",))
        asked = {"user_id": "anna", "scopes": ["events"]}
        token = client.post("/v1/tokens", json=asked, headers={"X-API-Key": shop}).json()["token"]
        assert status(Authorization=f"Bearer {token}") == 403  # known, without the scope
        # A token makes no other that outlives it.
        again = client.post("/v1/tokens", json=asked | {"expires_in": 86_400}, headers={"X-API-Key": token}).json()
        assert again["expires_in"] <= 3_600
        asked = {"user_id": 1, "scopes": ["read"]}
        assert client.post("/v1/tokens", json=asked, headers={"X-API-Key": shop}).status_code == 403
        run("serve", "keys", "remove", "shop2")
        assert status(Authorization=f"Bearer {token}") == status(Authorization=f"Bearer {shop}") == 401
        # A file that cannot be read lets nobody in; live says that the process runs.
        keys.path.write_text("{", encoding="utf-8")
        broken = client.get("/v1/popular", headers={"X-API-Key": key})
        assert broken.status_code == 503
        assert client.get("/health/live").status_code == 200
        # Nor does one that is lost, or the last key that goes, while the service runs.
        keys.path.rename(keys.path.with_name("lost"))
        assert client.get("/v1/popular").status_code == 401
        keys.path.with_name("lost").rename(keys.path)
    assert run("serve", "keys", "list").exit_code == 2
    keys.path.unlink()
    assert run("serve", "keys", "remove", "shop").exit_code == 2


def test_two_writers_lose_no_key(tmp_path):
    def add(n: int) -> None:
        Keys(tmp_path).add(f"k{n}", ("read",))

    threads = [threading.Thread(target=add, args=(n,)) for n in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert set(Keys(tmp_path).all()) == {f"k{n}" for n in range(8)}


def test_keys_and_tokens_of_a_user_end_with_the_user(settings, keys):
    for name, user in (("all", None), ("one", "196"), ("other", "1")):
        keys.add(name, ("read",), user)
    of_user = partial(Tokens, settings.home / "service", settings.graph.user)
    tokens, until = of_user(), int(time.time()) + 60
    made = {user: tokens.sign(Claims(user, ("read",), until, "", time.time())) for user in ("196", 196, "1", "x")}
    assert all(of_user().check(token) for token in made.values())
    in_credentials.remove(settings, ["196", 196])  # in another process, as it were: nothing is told to the others
    assert set(keys.all()) == {"all", "other"}
    assert [user for user, token in made.items() if tokens.check(token)] == ["1", "x"]
    assert of_user().check(made["196"]) is None
    assert all(len(one) == 64 for one in json.loads((settings.home / "service" / "ended.json").read_bytes()))
    # Whoever comes again gets a token that holds.
    assert tokens.check(tokens.sign(Claims("196", ("read",), until, "", time.time())))
    # A list that cannot be read lets nobody in; one that is a day old goes.
    ended = settings.home / "service" / "ended.json"
    kept = ended.read_text(encoding="utf-8")
    ended.write_text("{", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"ended\.json"):
        tokens.check(made["x"])
    ended.write_text(re.sub(r"\d+\.\d+", "1.0", kept), encoding="utf-8")
    tokens.tidy()
    assert not ended.exists()


def test_a_process_that_replaces_another_knows_that_there_were_keys(settings, keys):
    config = server_config(settings, workers=2)
    look = partial(_look_at_keys, Keys(keys.path.parent), config, settings, False)
    look()
    assert "keyed" not in config.app.keywords
    keys.add("shop", ("read",))
    look()
    keys.path.unlink()
    look()
    assert Access(settings).open
    assert not Access(settings, **config.app.keywords).open


def test_tokens_hold_until_they_end_or_are_changed(tmp_path):
    tokens, claims = Tokens(tmp_path), Claims("anna", ("read",), int(time.time()) + 60, "")
    token = tokens.sign(claims)
    assert Tokens(tmp_path).check(token) == claims
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600
    prefix, body, signature = token.split(".")
    other = tokens.sign(Claims("ben", ("read",), claims.expires, ""))
    for forged in ("", "gru", f"{prefix}.{body}", f"{prefix}.{body}.", f"{prefix}.{other.split('.')[1]}.{signature}"):
        assert tokens.check(forged) is None
    assert tokens.check(tokens.sign(Claims("anna", ("read",), int(time.time()), ""))) is None
    (tmp_path / "folder" / "secret").mkdir(parents=True)
    with pytest.raises(ConfigError):
        Tokens(tmp_path / "folder").check(token)
    # Another secret, such as after it has leaked, ends all tokens.
    os.replace(Tokens(tmp_path / "other").sign(claims) and tmp_path / "other" / "secret", tmp_path / "secret")
    assert tokens.check(token) is None


def test_no_other_machine_is_let_in_without_a_key(settings, run, keys):
    refused = run("serve", "--host", "0.0.0.0", "--no-open")
    assert refused.exit_code == 2
    assert "serve keys add" in refused.stderr
