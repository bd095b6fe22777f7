"""``graphrec serve`` as a process: light, hard to kill, easy to stop."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil
import pytest

from graphrec.credentials.keys import Keys
from graphrec.db.server import status
from graphrec.publishing.publish import publish

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")

#: What serving published links needs none of; their shared objects would be mapped.
HEAVY = re.compile(r"/(torch|pandas|sklearn|pyarrow|scipy|matplotlib)/")


def workers(service: int) -> dict[int, psutil.Process]:
    """Return the processes that answer, by their ids."""
    living = [one for one in psutil.Process(service).children() if one.status() != psutil.STATUS_ZOMBIE]
    return {one.pid: one for one in living if "spawn_main" in " ".join(one.cmdline())}


@pytest.mark.long
def test_two_workers_are_light_come_back_and_end_with_their_requests_answered(settings, films, film_run):
    publish(films, film_run, k=3)
    keys = Keys(settings.home / "service")
    shown = {"X-API-Key": keys.add("shop", ("read", "events"))}
    command = [sys.executable, "-m", "graphrec", "serve", "--port", "0", "--workers", "2", "--no-open"]
    service = subprocess.Popen(command, cwd=settings.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert service.stdout is not None
    assert service.stderr is not None
    url = re.findall(r"http://\S+", service.stdout.readline())[0]
    with service, httpx.Client(base_url=url, timeout=60, trust_env=False, headers=shown) as client:
        try:
            assert client.get("/health/ready").json() == {"status": "ok", "run_id": film_run.run_id, "detail": ""}
            path = "/v1/users/anna/recommendations?k=2"
            assert statuses(url + path, **shown) == {200}
            assert client.get(path).json()["items"][0]["title"] == "Duel"
            first = workers(service.pid)
            assert len(first) == 2
            if sys.platform == "linux":
                mapped = "\n".join(Path(f"/proc/{pid}/maps").read_text() for pid in first)
                assert HEAVY.findall(mapped) == []

            # Workers that are killed are replaced, while requests wait. Lost keys let nobody in, also by the new ones.
            lost = keys.path.rename(keys.path.with_name("lost"))
            for killed in first:
                os.kill(killed, signal.SIGKILL)
            while len(now := workers(service.pid)) < 2 or first.keys() & now:
                assert service.poll() is None
                time.sleep(0.05)
            assert statuses(url + path) == {401}
            lost.rename(keys.path)
            assert statuses(url + path, **shown) == {200}

            # So is Neo4j, which graphrec runs here, also where a worker ends with it.
            kill_neo4j(settings.home, client, service)
            while client.get(path).json()["stale"]:  # another connection to the one that was killed
                time.sleep(0.05)
            while len(now := workers(service.pid)) < 2:
                time.sleep(0.05)
            assert statuses(url + path, **shown) == {200}

            ends_with_its_requests_answered(service, client, shown["X-API-Key"])
            assert service.wait(60) == 0
            assert not any(one.is_running() for one in {**first, **now}.values())
            address = (client.base_url.host, client.base_url.port)
            with socket.socket() as again:  # the port is free
                again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                again.bind(address)
            assert service.stdout.read() == ""
            said = service.stderr.read()
            assert [line for line in said.splitlines() if "Neo4j" not in line] == []
            assert "ended without being stopped" in said
            assert films.read("RETURN 1 AS one") == [{"one": 1}]  # Neo4j goes on
        finally:
            service.kill()
            keys.path.unlink(missing_ok=True)


def ends_with_its_requests_answered(service: subprocess.Popen[str], client: httpx.Client, key: str) -> None:
    """A request in progress is answered after SIGTERM, when there are no new connections any more."""
    address = (client.base_url.host, client.base_url.port)
    body = json.dumps({"user_id": "anna", "type": "RATED", "item_id": "4"}).encode()
    with socket.create_connection(address, timeout=60) as caller:
        head = f"Host: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        head += f"\r\nX-API-Key: {key}"
        caller.sendall(f"POST /v1/events HTTP/1.1\r\n{head}\r\nExpect: 100-continue\r\n\r\n".encode())
        assert caller.recv(100).startswith(b"HTTP/1.1 100 Continue")
        service.terminate()
        while not refused(address):
            time.sleep(0.01)
        caller.sendall(body)
        assert caller.recv(100).startswith((b"HTTP/1.1 200 OK", b"HTTP/1.1 202 Accepted"))


def statuses(address: str, **headers: str) -> set[int]:
    """Return how some new connections, which come to any of the workers, are answered."""
    return {httpx.get(address, headers=headers, timeout=60, trust_env=False).status_code for _ in range(8)}


def kill_neo4j(home: Path, client: httpx.Client, service: subprocess.Popen[str]) -> None:
    """Kill the local Neo4j, and wait until the service has another one."""
    killed = status(home).pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    os.kill(min(workers(service.pid)), signal.SIGKILL)
    while status(home).pid in (None, killed) or client.get("/health/ready").status_code != 200:
        assert service.poll() is None
        time.sleep(0.2)


def refused(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, timeout=60).close()
    except ConnectionRefusedError:
        return True
    return False


def test_a_worker_ends_when_its_parent_is_killed(tmp_path):
    program = tmp_path / "parent.py"
    program.write_text(
        "import multiprocessing, time\n"
        "from graphrec.service.processes import end_with_parent\n"
        "def work():\n"
        "    end_with_parent()\n"
        "    print(multiprocessing.current_process().pid, flush=True)\n"
        "    time.sleep(600)\n"
        "if __name__ == '__main__':\n"
        "    multiprocessing.get_context('spawn').Process(target=work).start()\n"
        "    time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        worker = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
        assert worker.wait(60) is None  # not a child of this process: it is only known to be gone
