"""What leaves this machine without TLS: nothing, unless a host is allowed by its name."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from graphrec.common.errors import DatabaseError
from graphrec.config.settings import load_settings
from graphrec.db.address import check_address, host_of, may_be_plain
from graphrec.db.database import connect
from graphrec.db.routing import away
from graphrec.db.server import process
from graphrec.db.server.layout import Layout, Record
from graphrec.db.server.starting import start
from graphrec.db.server.versions import chosen_version
from graphrec.diagnostics.neo4j import check_neo4j

PASSWORD = "not-for-the-wire-4711"


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST", "localhost.", "127.0.0.1", "127.255.3.4", "[::1]", "[::ffff:127.0.0.1]"],
)
def test_this_machine_needs_no_tls(host: str) -> None:
    for uri in (f"bolt://{host}:7687", f"neo4j://{host}"):
        check_address(uri, None)


@pytest.mark.parametrize(
    "host",
    [
        "10.0.0.7",
        "graph.example",
        "localhost.example",
        "mylocalhost",
        "127.0.0.1.example",
        "[2001:db8::1]",
        "[::ffff:10.0.0.7]",
        "0.0.0.0",
        "127.1",
        "2130706433",
        "user@10.0.0.7",
    ],
)
def test_other_hosts_need_it(host: str) -> None:
    for scheme in ("bolt", "neo4j", "NEO4J"):
        with pytest.raises(DatabaseError, match="is not this machine") as refused:
            check_address(f"{scheme}://{host}:7687", None, ["elsewhere"])
        assert "+s://" in str(refused.value.hint)
        assert "allow_plain" in str(refused.value.hint)
    for scheme in ("bolt+s", "neo4j+s", "bolt+ssc", "NEO4J+SSC"):
        check_address(f"{scheme}://{host}:7687", None)
    check_address(f"bolt://{host}:7687", None, [host_of(f"bolt://{host}")])


def test_names_are_compared_as_they_are_given() -> None:
    assert may_be_plain(host_of("bolt://NEO4J:7687"), ["Neo4j"])
    assert may_be_plain(host_of("bolt://[2001:DB8::1]"), ["[2001:db8::1]"])
    assert not may_be_plain("neo4j.example", ["neo4j"])
    with pytest.raises(DatabaseError):
        check_address("bolt://[::1", None)  # a bracket that is not closed


def test_members_of_a_cluster_that_are_not_this_machine() -> None:
    servers = [
        {"role": "WRITE", "addresses": ["127.0.0.1:7687"]},
        {"role": "READ", "addresses": ["core-2.example:7687", "[2001:db8::1]:7687", "localhost:7688"]},
        {"role": "ROUTE", "addresses": ["127.0.0.1:7687", "core-2.example:7687"]},
    ]
    assert away(servers, ()) == ["2001:db8::1", "core-2.example"]
    assert away(servers, ["Core-2.example"]) == ["2001:db8::1"]


@dataclass
class _Listener:
    """A port on all addresses of this machine, and every byte that came in."""

    port: int = 0
    calls: int = 0
    came: bytearray = field(default_factory=bytearray)


@contextmanager
def _listening() -> Iterator[_Listener]:
    seen = _Listener()
    with socket.create_server(("", 0)) as server:
        seen.port = server.getsockname()[1]
        server.settimeout(0.05)
        over = threading.Event()

        def work() -> None:
            while not over.is_set():
                try:
                    call, _ = server.accept()
                except TimeoutError:
                    continue
                seen.calls += 1
                with call:
                    call.settimeout(0.2)
                    with suppress(TimeoutError):
                        seen.came += call.recv(65_536)

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield seen
        finally:
            over.set()
            thread.join()


@pytest.fixture
def own_address() -> str:
    """An address of this machine that is not loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # chooses an address; nothing is sent
            found = str(probe.getsockname()[0])
        except OSError:
            found = "127.0.0.1"
    if found.startswith("127."):
        pytest.skip("this machine has no address but loopback")
    return found


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """A project whose Neo4j the environment names."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRAPHREC_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NEO4J_PASSWORD", PASSWORD)
    return lambda uri: monkeypatch.setenv("NEO4J_URI", uri)


def test_nothing_is_sent_to_another_host_without_tls(named: Any, run: Any, own_address: str) -> None:
    with _listening() as seen:
        for scheme in ("bolt", "neo4j"):
            named(f"{scheme}://{own_address}:{seen.port}")
            left = run("recommend", "anna")
            assert left.exit_code == 2
            assert f"{scheme}://{own_address} is not this machine" in left.stderr
            assert left.stderr.count("\n") == 2
            assert check_neo4j(load_settings()).status == "failure"
        assert (seen.calls, bytes(seen.came)) == (0, b"")


def test_a_host_that_is_allowed_is_called(
    named: Any, run: Any, own_address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with _listening() as seen:
        named(f"bolt://{own_address}:{seen.port}")
        monkeypatch.setenv("GRAPHREC_ALLOW_PLAIN", f"elsewhere, {own_address}")
        assert "is not this machine" not in run("recommend", "anna").stderr
        assert seen.calls > 0
        monkeypatch.delenv("GRAPHREC_ALLOW_PLAIN")
        before = seen.calls
        (tmp_path / "graphrec.toml").write_text(f'[database]\nallow_plain = ["{own_address}"]\n', encoding="utf-8")
        assert "is not this machine" not in run("recommend", "anna").stderr
        assert seen.calls > before


def test_a_password_over_tls_is_not_readable(named: Any, run: Any, own_address: str) -> None:
    with _listening() as seen:
        named(f"bolt+ssc://{own_address}:{seen.port}")
        assert run("recommend", "anna").exit_code == 2
        assert seen.came.startswith(b"\x16\x03")  # a TLS handshake
        assert PASSWORD.encode() not in seen.came


def _certificate(folder: Path, address: str) -> None:
    """Make a key and a certificate that signs itself, as `openssl req` does."""
    folder.mkdir(parents=True)
    made = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=graph -keyout private.key -out public.crt"
    command = [*made.split(), "-addext", f"subjectAltName=IP:{address}"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


@pytest.mark.long
def test_a_real_neo4j_with_tls(
    named: Any, own_address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, run: Any
) -> None:
    """It listens on an address beyond loopback: +ssc and a trusted +s work, an untrusted +s and plain do not."""
    layout = Layout.of(tmp_path / "server")
    layout.create()
    with socket.create_server(("", 0)) as one, socket.create_server(("", 0)) as other:
        port, http = one.getsockname()[1], other.getsockname()[1]
    certificates = layout.root / "certificates" / "bolt"
    _certificate(certificates, own_address)
    policy = {"enabled": "true", "base_directory": str(certificates), "client_auth": "NONE"}
    own = {f"dbms.ssl.policy.bolt.{name}": value for name, value in policy.items()}
    own |= {"server.bolt.tls_level": "OPTIONAL", "server.bolt.listen_address": f"0.0.0.0:{port}"}
    own |= {"server.bolt.advertised_address": f"{own_address}:{port}"}
    version = chosen_version()
    layout.write_record(Record(0, 0, version, bolt=port, http=http, ready=False))
    record = start(layout, version, own)
    try:
        monkeypatch.setenv("NEO4J_PASSWORD", layout.read_password())
        place = f"{own_address}:{port}"
        for scheme in ("bolt+ssc", "neo4j+ssc"):
            named(f"{scheme}://{place}")
            with connect(load_settings()) as db:
                assert db.read("RETURN 1 AS one")[0]["one"] == 1
            found = check_neo4j(load_settings())
            assert (found.status, found.details["tls"]) == ("warning", "any certificate")
        named(f"neo4j+s://{place}")
        assert "certificate is not trusted" in run("recommend", "anna").stderr
        monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "public.crt"))
        with connect(load_settings()) as db:
            assert db.read("RETURN 1 AS one")[0]["one"] == 1
        assert check_neo4j(load_settings()).details["tls"] == "verified"
        named(f"bolt://{place}")
        assert "is not this machine" in run("recommend", "anna").stderr
        for scheme in ("bolt", "neo4j"):  # a server by itself leads to the address that it was called by
            named(f"{scheme}://127.0.0.1:{port}")
            with connect(load_settings()) as db:
                assert db.read("RETURN 1 AS one")[0]["one"] == 1
    finally:
        running = process.find(layout, record)
        assert running is not None
        process.terminate(running, layout)
