"""Requests that mean harm: each gets a clear answer, and the service goes on as if nothing had been."""

from __future__ import annotations

import io
import logging
import socket
import time
import zlib
from concurrent.futures import ThreadPoolExecutor

from PIL import Image

from tests.service.raw_http import Answer, parse, post, request, send

LIMIT = 20_000
SECRET_ID = "qqsecretqq"


def files(content: bytes, name: str = "a.png", modality: str = "image") -> tuple[bytes, str]:
    """Return a form with a file, and its content type."""
    body = (
        f'--B\r\nContent-Disposition: form-data; name="modality"\r\n\r\n{modality}\r\n'
        f'--B\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    ).encode()
    return body + content + b"\r\n--B--\r\n", "multipart/form-data; boundary=B"


def upload(content: bytes, **form: str) -> bytes:
    body, kind = files(content, **form)
    return post("/v1/search", body, kind=kind)


def png(side: int) -> bytes:
    """Return the head of a picture that claims a size; it would need ``3 * side ** 2`` bytes."""
    made = io.BytesIO()
    Image.new("1", (2, 2)).save(made, "PNG")
    data = bytearray(made.getvalue())
    data[16:24] = side.to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    return bytes(data)


def likes(*texts: str) -> bytes:
    return f'{{"likes": [{", ".join(texts)}]}}'.encode()


def chunked(path: str, *chunks: bytes) -> list[bytes]:
    head = request(f"POST {path}", "Transfer-Encoding: chunked", "Content-Type: application/json")
    return [head, *(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks), b"0\r\n\r\n"]


ANSWERS = "/v1/recommendations"
POPULAR = "GET /v1/popular"
LIVE = "GET /health/live"
#: What is sent, and the status of its answer.
HOSTILE: dict[str, tuple[bytes | list[bytes], int]] = {
    # Ids and paths.
    "id with Cypher": (request("GET /v1/users/x'%7D)%20DETACH%20DELETE%20n%20%2F%2F/recommendations"), 404),
    "filter with Cypher": (request("GET /v1/users/anna/recommendations?where=true%7D%20DELETE%20i"), 404),
    "search with Cypher": (request("GET /v1/items?q=')%20DETACH%20DELETE%20n%20//"), 200),
    "NUL in an id": (request("GET /v1/users/anna%00/recommendations"), 404),
    "NUL in a query": (request("GET /v1/items?q=a%00b"), 200),
    "surrogate in an id": (request("GET /v1/users/%ED%A0%80/recommendations"), 400),
    "overlong UTF-8": (request("GET /v1/items/%C0%AF"), 400),
    "bytes above ASCII in the path": (request("GET /v1/items/\xff"), 400),
    "broken escapes": (request("GET /v1/items/%zz%"), 404),
    "line breaks in an id": (request(f"GET /v1/users/{SECRET_ID}%0d%0aSet-Cookie:%20a=b/recommendations"), 404),
    "writing direction in an id": (request("GET /v1/users/%E2%80%AEanna/recommendations"), 404),
    "very long id": (request(f"GET /v1/users/{'x' * 1_001}/recommendations"), 422),
    "path traversal in an id": (request("GET /v1/items/..%2F..%2F..%2Fetc%2Fpasswd"), 404),
    "path traversal in a file": (request("GET /../../../../etc/passwd"), 404),
    "encoded traversal": (request("GET /%2e%2e/app.py"), 404),
    "traversal with an encoded slash": (request("GET /..%2fapp.py"), 404),
    "double encoding": (request("GET /%252e%252e%252fapp.py"), 404),
    "backslashes": (request("GET /..%5c..%5capp.py"), 404),
    "absolute path": (request("GET //etc/passwd"), 404),
    "NUL in a file": (request("GET /index.html%00.png"), 404),
    "dots in the API": (request("GET /v1/%2e%2e/v1/popular"), 404),
    "part of a file": (request("GET /index.html", "Range: bytes=0-3"), 200),
    "2,000 parts of a file": (request("GET /index.html", "Range: bytes=" + "0-," * 2_000), 200),
    "part behind the end": (request("GET /index.html", "Range: bytes=99999999-"), 200),
    "write to a file": (request("DELETE /index.html"), 405),
    # Numbers and parameters.
    "huge k": (request(f"{POPULAR}?k=1e99"), 422),
    "k of 5,000 digits": (request(f"{POPULAR}?k={'9' * 5_000}"), 422),
    "negative k": (request(f"{POPULAR}?k=-1"), 422),
    "5,000 parameters": (request(f"{POPULAR}?{'&' * 5_000}"), 400),
    "path of 100,000 characters": ([request(f"GET /{'a' * 50_000}")[:-4], b"b" * 50_000], 431),
    # The line and the headers.
    "TRACE": (request("TRACE /"), 405),
    "CONNECT": (request("CONNECT neo4j:7687"), 400),
    "unknown method": (request("BREW /v1/popular"), 400),
    "small letters": (request("get /v1/popular"), 400),
    "HTTP/2 without asking": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "TLS to a plain port": (bytes.fromhex("160301020001000001fc0303") + bytes(64), 400),
    "noise": (bytes(range(256)), 400),
    "WebSocket": (
        request(POPULAR, "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="),
        200,
    ),
    "other methods by a header": (request(POPULAR, "X-HTTP-Method-Override: DELETE"), 200),
    "300 headers": (request(POPULAR, *(f"X-{n}: 1" for n in range(300))), 431),
    "endless header": ([b"GET / HTTP/1.1\r\nX: ", b"a" * 70_000], 431),
    "bare line feed in a header": (request(POPULAR, "X: a\rX-Evil: 1"), 400),
    "NUL in a header": (request(POPULAR, "X: a\0b"), 400),
    "space before the colon": (request(POPULAR, "Authorization : Bearer a"), 400),
    "odd request id": (request(POPULAR, "X-Request-ID: <script>"), 200),
    "another host": (request(POPULAR, host="evil.example"), 403),
    "another host that begins right": (request(POPULAR, host="localhost.evil.example"), 403),
    "host with a user": (request(POPULAR, host="127.0.0.1:80@evil.example"), 403),
    "two hosts": (request(POPULAR, "Host: evil.example"), 400),
    "no host": (request(POPULAR, host=None), 400),
    "passed on by a proxy": (request(POPULAR, "X-Forwarded-For: 203.0.113.9"), 403),
    "host by a proxy's header": (request(POPULAR, "X-Forwarded-Host: evil.example"), 403),
    "another page reads": (request(POPULAR, "Origin: http://evil.example"), 403),
    "another page writes": (request("POST /v1/runs/rollback", "Origin: http://evil.example"), 403),
    "a page without origin writes": (request("POST /v1/runs/rollback", "Origin: null"), 403),
    "another port's page writes": (request("POST /v1/runs/rollback", "Origin: http://127.0.0.1:1"), 403),
    "another site's form": (request("POST /v1/runs/rollback", "Sec-Fetch-Site: cross-site"), 403),
    "a page asks whether it may": (
        request("OPTIONS /v1/popular", "Origin: http://evil.example", "Access-Control-Request-Method: GET"),
        403,
    ),
    "made-up key": (request(POPULAR, "Authorization: Bearer grk_shop_AAAA"), 401),
    "key of odd bytes": (request(POPULAR, "Authorization: Bearer \xff\xfe"), 401),
    "made-up token": (request(POPULAR, "Authorization: Bearer gru.WyJhIl0.AAAA"), 401),
    "other scheme": (request(POPULAR, "Authorization: Basic bmVvNGo6bmVvNGo="), 401),
    # Lengths that two readers take for different ones.
    "length and chunks": (request(f"POST {ANSWERS}", "Content-Length: 5", "Transfer-Encoding: chunked"), 400),
    "two lengths": (request(f"POST {ANSWERS}", "Content-Length: 5", "Content-Length: 6"), 400),
    "negative length": (request(f"POST {ANSWERS}", "Content-Length: -5"), 400),
    "chunk of no size": ([*chunked(ANSWERS)[:1], b"zz\r\n"], 400),
    # Bodies.
    "large body": (post(ANSWERS, b"[" + b" " * LIMIT + b"]"), 413),
    "huge body announced": (
        request(f"POST {ANSWERS}", "Content-Length: 9999999999", "Content-Type: application/json"),
        413,
    ),
    "large body in chunks": (chunked(ANSWERS, *[b" " * 10_000] * 5), 413),
    "large body that asks first": (
        request(
            f"POST {ANSWERS}", "Content-Length: 99999999", "Content-Type: application/json", "Expect: 100-continue"
        ),
        413,
    ),
    "body that asks first": (post("/v1/tokens", b'{"user_id": "anna"}', "Expect: 100-continue"), 200),
    "deep JSON": (post(ANSWERS, b"[" * 4_500 + b"]" * 4_500), 422),
    "deep JSON that never ends": (post(ANSWERS, b'{"a":' * 1_800), 422),
    "name given twice": (post(ANSWERS, b'{"k": 1, "k": 1000}'), 422),
    "NaN": (post(ANSWERS, b'{"k": NaN}'), 422),
    "Infinity": (post(ANSWERS, b'{"context": {"a": -Infinity}}'), 422),
    "number beyond floats": (post(ANSWERS, b'{"context": {"a": 1e999}}'), 422),
    "number beyond 64 bits": (post(ANSWERS, likes("9223372036854775808")), 422),
    "number of 9,000 digits": (post(ANSWERS, likes("9" * 9_000)), 422),
    "half a character": (post(ANSWERS, likes(r'"\ud800"')), 422),
    "bytes that are no UTF-8": (post(ANSWERS, likes('"\u00e9"').decode().encode("latin-1")), 422),
    "UTF-16": (post(ANSWERS, likes('"1"').decode().encode("utf-16")), 422),
    "two values": (post(ANSWERS, b"{} {}"), 422),
    "a list": (post(ANSWERS, b"[]"), 422),
    "nothing": (post(ANSWERS, b""), 422),
    "unknown field": (post(ANSWERS, b'{"query": "MATCH (n) RETURN n"}'), 422),
    "too many likes": (post(ANSWERS, likes(*["1"] * 1_001)), 422),
    "plain text": (post(ANSWERS, b"{}", kind="text/plain"), 415),
    "a form": (post(ANSWERS, b"a=b", kind="application/x-www-form-urlencoded"), 415),
    "no kind": (request(f"POST {ANSWERS}", "Content-Length: 2", body=b"{}"), 415),
    "other charset": (post(ANSWERS, b"{}", kind="application/json; charset=utf-16"), 415),
    "two kinds": (post(ANSWERS, b"{}", "Content-Type: text/plain"), 400),
    "gzip bomb": (post(ANSWERS, zlib.compress(bytes(10_000_000)), "Content-Encoding: gzip"), 415),
    # Files.
    "form to a path for JSON": (post(ANSWERS, files(b"")[0], kind=files(b"")[1]), 415),
    "JSON to a path for files": (post("/v1/search", b"{}"), 415),
    "form without a boundary": (post("/v1/search", files(b"")[0], kind="multipart/form-data"), 415),
    "form of other parts": (post("/v1/search", b"--C--", kind="multipart/form-data; boundary=B"), 400),
    "file with a path": (upload(b"", name="../../../../tmp/evil.png"), 422),
    "page as a picture": (upload(b"<script>alert(1)</script>"), 422),
    "program as a picture": (upload(b"%!PS\nsystem", name="a.eps"), 422),
    "picture as a sound": (upload(png(2), modality="audio"), 422),
    "picture of 10 gigapixels": (upload(png(100_000)), 422),
    "unknown modality": (upload(png(2), modality="smell"), 422),
    "large file": (upload(bytes(LIMIT)), 413),
}


def fault_of(answer: Answer, status: int) -> str:
    """Return what is wrong with an answer; empty: nothing."""
    if "set-cookie" in answer.headers or "x-evil" in answer.headers or b"root:" in answer.body:
        return f"let through: {answer}"
    if answer.headers.get("x-request-id") == "<script>":
        return "gives back what is no id"
    if answer.status != status:
        return f"{answer.status} instead of {status}: {answer.body[:300]!r}"
    if status < 400:
        return ""
    if answer.headers.get("content-type") != "application/problem+json":
        return f"no problem but {answer.headers}"
    told = answer.json()
    clear = told["status"] == status and told["detail"] and (told.get("hint") or told.get("errors"))
    return "" if clear else f"not clear: {told}"


def test_hostile_requests_get_clear_answers_and_change_nothing(rated_films, settings, serving, caplog, capfd):
    caplog.set_level(logging.DEBUG, "graphrec")
    count = "MATCH (n) OPTIONAL MATCH (n)-[r]->() RETURN count(DISTINCT n) AS nodes, count(r) AS links"
    (before,) = rated_films.read(count)
    with serving(settings.override("serve", body=LIMIT // 2, upload=LIMIT)) as client:
        port = client.base_url.port
        faults = {
            name: fault_of(send(port, *(given if isinstance(given, list) else [given])), status)
            for name, (given, status) in HOSTILE.items()
        }
        assert client.get("/health/ready").status_code == 200
    wrong = [f"{name}: {fault}" for name, fault in faults.items() if fault]
    assert not wrong, "\n".join(wrong)
    (after,) = rated_films.read(count)
    assert after.data() == before.data()
    # Nothing was unforeseen, and the logs name nobody.
    assert not (settings.home / "errors").exists() or not any((settings.home / "errors").iterdir())
    assert SECRET_ID not in caplog.text + "".join(capfd.readouterr())


def test_slow_and_odd_connections_end(settings, db, serving):
    with serving(settings.override("serve", timeout=0.5)) as client:
        check_connections(client.base_url.port)
        assert client.get("/health/live").status_code == 200


def check_connections(port: int) -> None:
    head = request(f"POST {ANSWERS}", "Content-Length: 100", "Content-Type: application/json")
    form, kind = files(b"")
    begun_form = request("POST /v1/search", "Content-Length: 9999", f"Content-Type: {kind}") + form[:99]
    slow = {
        "a body that never comes": (408, send, [head]),
        "a body by the byte": (408, drip, [head + b"{", b" "]),
        "a body in slow chunks": (408, drip, [chunked(ANSWERS)[0], b"1\r\n \r\n"]),
        "a form by the byte": (408, drip, [begun_form, b"a"]),
        "a head by the byte": (408, drip, [b"GET / HTTP/1.1\r\nX: ", b"a"]),
        "nothing": (0, send, [b""]),
        "a body that goes on after the answer": (200, drip, [request(LIVE, "Content-Length: 100000"), b"a"]),
    }
    with ThreadPoolExecutor(len(slow)) as clients:
        running = {name: clients.submit(how, port, *given) for name, (_, how, given) in slow.items()}
    found = {name: one.result().status for name, one in running.items()}
    assert found == {name: status for name, (status, *_) in slow.items()}
    # Two requests at once are answered in their order.
    first = send(port, request("GET /health/live") + request("GET /v1/nothing"))
    assert first.status == 200
    assert first.rest == b"" or parse(first.rest).status == 404
    # A client that has closed its side is answered; one that ends in the middle is not.
    assert send(port, request(LIVE), end=True).status == 200
    assert send(port, head + b"{", end=True).status == 0
    # HTTP/1.0.
    old = send(port, b"GET /health/live HTTP/1.0\r\n\r\n")
    assert (old.status, old.headers["connection"]) == (200, "close")


def drip(port: int, begin: bytes, drop: bytes) -> Answer:
    """Send a drop now and then until the other side ends it, and return the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as wire:
        wire.sendall(begin)
        data = b""
        try:
            while True:
                time.sleep(0.1)
                wire.sendall(drop)
                wire.settimeout(0.01)
                try:
                    more = wire.recv(65_536)
                except TimeoutError:
                    continue
                if not more:
                    break
                data += more
        except OSError:
            pass
    return parse(data) or Answer(0, {}, data, b"")
