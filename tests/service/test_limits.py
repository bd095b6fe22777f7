"""What one caller may take, other web pages, the access log, and TLS."""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
import threading

import httpx
import pytest
from anyio import to_thread
from fastapi.routing import APIRoute

from graphrec.common.errors import DatabaseError, InputError
from graphrec.service.access import Reader
from graphrec.service.app import create_app
from graphrec.service.rate import Rate
from graphrec.service.threads import WAITING
from graphrec.service.tls import check_certificate

PAGE = "https://shop.example"


def test_a_bucket_fills_steadily_and_belongs_to_one_caller():
    now = 0.0
    rate = Rate(30, lambda: now)
    assert [rate.wait("a") for _ in range(31)] == [0] * 30 + [2]
    assert rate.wait("b") == 0
    now = 2.0
    assert [rate.wait("a"), rate.wait("a")] == [0, 2]
    assert [Rate(0).wait("a") for _ in range(100)] == [0] * 100


def test_callers_are_limited_pages_are_told_apart_and_the_log_names_nobody(settings, rated_films, serving, capfd):
    limited = settings.override("serve", rate=5, cors=(PAGE,))
    with serving(limited, access_log=True) as client:
        asked = {"Origin": PAGE, "Access-Control-Request-Method": "POST"}
        may = client.options("/v1/recommendations", headers=asked)
        assert (may.status_code, may.headers["access-control-allow-origin"]) == (204, PAGE)
        assert "authorization" in may.headers["access-control-allow-headers"]
        found = client.get("/v1/users/anna/recommendations", headers={"Origin": PAGE, "X-Request-ID": "r-1"})
        assert (found.status_code, found.headers["access-control-allow-origin"]) == (200, PAGE)
        assert (found.headers["x-request-id"], found.headers["cache-control"]) == ("r-1", "no-store")
        assert "access-control-allow-origin" not in client.get("/v1/users/anna").headers
        page = client.get("/")
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert "unsafe" not in page.headers["content-security-policy"]
        for _ in range(20):  # more than a minute's, however slow this machine is
            if (refused := client.get("/v1/users/nobody")).status_code == 429:
                break
        assert (refused.status_code, int(refused.headers["retry-after"]) >= 1) == (429, True)
        assert client.get("/health/live").status_code == 200  # probes come from one address
    log = capfd.readouterr().err
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    told = {(one["method"], one["route"], one["status"], one["request_id"]) for one in lines}
    assert ("GET", "/v1/users/{user}/recommendations", 200, "r-1") in told
    assert not {"anna", "nobody"} & {word for line in lines for word in str(line).replace("/", " ").split()}


def test_answers_that_take_too_long_and_requests_that_are_too_many_get_503(settings, db, keys):
    app, end = create_app(settings.override("serve", timeout=0.2)), threading.Event()
    known = set((settings.home / "errors").glob("*"))

    def slow(caller: Reader) -> str:
        end.wait(30)
        return "done"

    def broken(caller: Reader) -> str:
        raise KeyError("anna")

    def away(caller: Reader) -> str:
        raise DatabaseError("bolt://10.0.0.7 is away")

    app.router.routes[:0] = [APIRoute(f"/v1/{one.__name__}", one) for one in (slow, broken, away)]

    async def ask() -> None:
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
        ):
            late = asyncio.create_task(client.get("/v1/slow"))
            await asyncio.sleep(0.4)
            end.set()
            assert "no answer within 0.2 s" in (await late).json()["detail"]
            end.clear()
            to_thread.current_default_thread_limiter().total_tokens = 1
            many = [asyncio.create_task(client.get("/v1/slow")) for _ in range(WAITING + 1)]
            while to_thread.current_default_thread_limiter().statistics().tasks_waiting < WAITING:
                await asyncio.sleep(0.01)
            assert "more requests than it can answer" in (await client.get("/v1/slow")).json()["detail"]
            end.set()
            await asyncio.gather(*many)
            # What nobody foresaw: no value of it is written down.
            failed = await client.get("/v1/broken")
            assert (failed.status_code, failed.json()["status"]) == (500, 500)
            # Where the database is, only who may do everything learns.
            assert "10.0.0.7" in (await client.get("/v1/away")).text
            shop = {"X-API-Key": keys.add("shop", ("read",))}
            assert (await client.get("/v1/away", headers=shop)).json()["detail"] == "the database does not answer"
            keys.remove("shop")

    asyncio.run(ask())
    (log,) = set((settings.home / "errors").iterdir()) - known
    text = log.read_text(encoding="utf-8")
    log.unlink()
    assert "KeyError" in text
    assert "in broken" in text
    assert not [line for line in text.splitlines() if "anna" in line and "raise" not in line]


def made(*args: object) -> None:
    subprocess.run(["openssl", *map(str, args)], check=True, capture_output=True)


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """A certificate for this machine and its key."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    subject = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")
    made("req", "-x509", *curve, "-nodes", "-keyout", key, "-out", cert, "-days", 2, *subject)
    return cert, key


def test_a_certificate_is_looked_at_before_anything_starts(pair, tmp_path, run):
    cert, key = pair
    other, locked, text = tmp_path / "other.pem", tmp_path / "locked.pem", tmp_path / "text.pem"
    made("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-out", other)
    made("pkey", "-in", key, "-aes256", "-passout", "pass:hush", "-out", locked)
    text.write_text("-----BEGIN CERTIFICATE-----\nhello\n-----END CERTIFICATE-----\n", encoding="utf-8")
    check_certificate(cert, key)
    for given, said in (
        ((cert, other), "do not belong together"),
        ((cert, locked), "encrypted"),
        ((text, key), "text.pem"),
        ((key, cert), "no certificate in it"),
        ((cert, cert), "no private key in it"),
        ((cert, None), "a certificate needs its key"),
        ((tmp_path / "absent", key), "No such file"),
        ((tmp_path, key), "Is a directory"),
    ):
        with pytest.raises(InputError, match=said):
            check_certificate(*given)
    refused = run("serve", "--tls-cert", cert, "--tls-key", locked, "--no-open")
    assert (refused.exit_code, "openssl pkey" in refused.stderr) == (2, True)


def test_the_service_speaks_tls(settings, db, serving, pair):
    cert, key = pair
    with serving(settings, ssl_certfile=cert, ssl_keyfile=key) as plain:
        trusting = ssl.create_default_context(cafile=str(cert))
        with httpx.Client(verify=trusting, trust_env=False) as client:
            assert client.get(f"https://localhost:{plain.base_url.port}/health/live").json()["status"] == "ok"
