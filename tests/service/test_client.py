"""The Python client: a method for every operation of the API, graphrec's own errors, and safe repeats."""

from __future__ import annotations

import asyncio
import inspect
import re
import subprocess
import sys
from typing import Any

import httpx
import pytest

from graphrec.client import AsyncClient, Client, models, models_admin, models_chat, models_page
from graphrec.client.operations import Operations
from graphrec.common.errors import (
    ConflictError,
    GraphError,
    GraphrecError,
    InputError,
    NotFoundError,
    ServiceError,
)
from graphrec.config.settings import load_settings
from graphrec.publishing.publish import publish
from graphrec.service.app import create_app
from tests.docs.pages import names, page

RATED = models.Event(user_id="anna", type="RATED", item_id="4")
#: Operation → arguments, and the kind of its answer, or of the error that five films without a model give.
CALLS: dict[str, tuple[tuple[Any, ...], dict[str, Any], type]] = {
    "recommend": (("anna",), {"k": 2, "exclude": ["4"]}, models.Recommendations),
    "user": (("anna",), {}, models.User),
    "item": (("1",), {}, models.CatalogueItem),
    "item_users": (("1",), {}, models_page.ItemUsers),
    "item_image": (("1",), {}, NotFoundError),
    "similar": (("1",), {"by": "embedding"}, models.SimilarItems),
    "find_items": (("Ja",), {}, models.Listed),
    "find_users": (("a",), {}, models_admin.FoundUsers),
    "popular": ((), {"k": 2}, models.Listed),
    "latest": ((), {"k": 2}, GraphError),  # no film has a time
    "pictures": ((["1"],), {}, models_page.Pictures),
    "about": ((), {}, models_page.About),
    "live": ((), {}, models.Health),
    "ready": ((), {}, models.Health),
    "metrics": ((), {}, str),
    "runs": ((), {}, models.Runs),
    "compare": (("anna", ["no run"]), {}, NotFoundError),
    "overview": ((), {}, models_admin.Overview),
    "trends": ((), {"days": 30}, GraphError),  # no film has a post
    "quality": ((), {}, models_admin.QualityReport),
    "experiment": ((), {}, models_admin.ExperimentReport),
    "add_events": (([RATED],), {}, models.Taken),
    "add_impressions": (([models.Impression(user_id="anna", item_ids=["3", "5"])],), {}, models.Taken),
    "dead_events": ((), {}, models.DeadEvents),
    "chat": (("help",), {"user_id": "anna"}, models_chat.ChatReply),
    "handovers": ((), {}, models_chat.Handovers),
    "make_token": (("anna",), {"expires_in": 60}, models.Token),
    "create_item": (("9", {"title": "Heat"}), {}, models.ItemChanged),
    "replace_item": (("9", {"title": "Heat", "stock": 2}), {}, models.ItemChanged),
    "change_item": (("9", {"stock": None}), {}, models.ItemChanged),
    "delete_item": (("9",), {}, models.ItemDeleted),
    "start_job": (("publish", {"run": "no run"}), {}, GraphrecError),
    "publish": (("no run",), {}, NotFoundError),
    "jobs": ((), {}, models_admin.Jobs),
    "job": (("no job",), {}, NotFoundError),
    "job_log": (("no job",), {}, NotFoundError),
    "stop_job": (("no job",), {}, NotFoundError),
    "rollback": ((), {}, NotFoundError),
    # These answer by the model or an encoder, which this graph has none of.
    "recommend_anonymous": ((), {"likes": ["1"], "k": 2}, GraphError),
    "preview": (("anna",), {"likes": ["1"]}, GraphError),
    "explain": (("nobody", "3"), {}, NotFoundError),
    "copy": (("nobody", "3"), {"lang": "zh"}, NotFoundError),
    "search": (("sharks",), {}, GraphError),
}


def test_every_operation_has_a_method_with_its_parameters():
    document = create_app(load_settings()).openapi()
    schemas = document["components"]["schemas"]
    methods = {name: one for base in Operations.__mro__ for name, one in vars(base).items() if callable(one)}
    found = {one["operationId"]: one for path in document["paths"].values() for one in path.values()}
    assert set(CALLS) == set(found) - {"search_by_file", "chat_by_voice"}  # need an encoder of pictures, and a sound
    for name, described in found.items():
        assert name in methods, f"graphrec.client has no method {name}"
        asked = {one["name"] for one in described.get("parameters", [])}
        for content in described.get("requestBody", {}).get("content", {}).values():
            schema = content["schema"].get("anyOf", [content["schema"]])[0]
            asked |= set(schemas[schema["$ref"].rpartition("/")[2]]["properties"])
        assert asked - set(inspect.signature(methods[name]).parameters) == set(), name


def test_every_method_answers(film_service, film_run, tmp_path, capsys):
    url = str(film_service.base_url)
    # The example of the page comes first: it adds what anna has seen.
    (example,) = re.findall(r"^```python\n(.*?)^```$", page("service-client.md"), re.M | re.S)
    exec(compile(example.replace("http://127.0.0.1:8000", url.rstrip("/")), "service-client.md", "exec"), {})
    assert capsys.readouterr().out.startswith("1 Duel 0.8")
    with Client(url, timeout=60) as client:
        for name, (args, more, kind) in CALLS.items():
            if issubclass(kind, GraphrecError):
                with pytest.raises(kind) as caught:
                    getattr(client, name)(*args, **more)
                assert caught.value.status in (404, 409, 422), name
            else:
                assert isinstance(getattr(client, name)(*args, **more), kind), name
        picture = tmp_path / "poster.jpg"
        picture.write_bytes(b"no picture")
        with pytest.raises(GraphrecError):
            client.search_by_file(picture, "image")
        with pytest.raises(InputError):
            client.chat_by_voice(picture)

        assert client.recommend("anna", k=1).items[0].title == "Duel"
        assert client.send_events((RATED for _ in range(3)), size=2) == 3
        assert client.add_event("zoe", "RATED", "3", key="order 7").status == "stored"
        with pytest.raises(ConflictError) as used:
            client.add_event("zoe", "RATED", "5", key="order 7")
        assert "order 7" in str(used.value)
        exposed = client.metrics()
    assert f'graphrec_run_published_seconds{{run_id="{film_run.run_id}"}}' in exposed
    found = {name for name in re.findall(r"^# TYPE (graphrec_\S+)", exposed, re.M) if not name.endswith("_created")}
    assert found == {name for name in names(page("deploy.md"), "Supervision") if name.startswith("graphrec_")}

    async def ask() -> tuple[models.Recommendations, GraphrecError]:
        async with AsyncClient(url, timeout=60) as client:
            answer, wrong = await asyncio.gather(
                client.recommend("ben", 1), client.recommend(".."), return_exceptions=True
            )
            assert await client.send_events([RATED]) == 1
        return answer, wrong

    answer, wrong = asyncio.run(ask())
    assert [item.title for item in answer.items] == ["E.T."]
    assert isinstance(wrong, NotFoundError)
    assert "'..'" in wrong.message


def test_errors_are_graphrecs_own_and_say_value_place_and_next_step(film_service):
    with Client(str(film_service.base_url), timeout=60) as client:
        with pytest.raises(NotFoundError) as unknown:
            client.recommend("ana")
        assert (unknown.value.status, unknown.value.value) == (404, {"user": "ana"})
        assert "anna" in str(unknown.value.hint)
        with pytest.raises(InputError) as wrong:
            client.recommend("anna", k=0)
        assert (wrong.value.status, wrong.value.place, wrong.value.value) == (422, "query.k", "0")
        with pytest.raises(InputError) as events:
            client.add_events([RATED, RATED.model_copy(update={"item_id": "77"})])
        assert [one["place"] for one in events.value.details] == ["body.events.1"]
    with Client("http://127.0.0.1:9", retries=0) as nowhere, pytest.raises(ServiceError, match=r"127\.0\.0\.1:9"):
        nowhere.popular()


class Unreliable(httpx.HTTPTransport):
    """A way to the service on which the first answers are lost or replaced."""

    def __init__(self, *faults: httpx.Response | httpx.TransportError) -> None:
        super().__init__()
        self.faults, self.sent = list(faults), 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; its answer may be lost."""
        self.sent += 1
        answer = super().handle_request(request)
        if not self.faults:
            return answer
        answer.read()
        fault = self.faults.pop(0)
        if isinstance(fault, httpx.TransportError):
            raise fault
        return fault


@pytest.mark.long
def test_attempts_after_lost_answers_do_nothing_twice(films, film_run, settings, serving):
    publish(films, film_run, k=3)
    away = httpx.Response(503, headers={"Retry-After": "0"})
    lost = httpx.ReadError("connection reset")
    with serving(settings) as service:
        url = str(service.base_url)
        # Stored at the first attempt; the second, with the same key, finds it.
        way = Unreliable(lost, away)
        with Client(url, timeout=60, transport=way) as client:
            assert client.add_event("anna", "RATED", "5").status == "stored"
        assert way.sent == 3
        query = "MATCH (:User {userId: 'anna'})-[r:RATED]->(:Item {itemId: '5'}) RETURN count(r) AS n"
        assert films.read(query) == [{"n": 1}]
        # Whether items were made is not known, so this is not repeated.
        way = Unreliable(lost)
        with Client(url, timeout=60, transport=way) as client, pytest.raises(ServiceError):
            client.create_item("9")
        assert way.sent == 1
        # Too many requests are none: any call is made again.
        way = Unreliable(httpx.Response(429, headers={"Retry-After": "0"}))
        with Client(url, timeout=60, transport=way) as client, pytest.raises(NotFoundError):
            client.rollback()
        assert way.sent == 2
        # A service that asks for more patience than there is, is given up.
        way = Unreliable(httpx.Response(503, headers={"Retry-After": "3600"}))
        with Client(url, timeout=60, transport=way) as client, pytest.raises(ServiceError) as given_up:
            client.popular()
        assert (way.sent, given_up.value.status) == (1, 503)


def test_importing_the_client_imports_nothing_heavy():
    program = "import sys; from graphrec.client import Client; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "neo4j", "pandas", "numpy", "fastapi"} & set(loaded)
