"""How the jars arrive: from a real Maven repository (a small one, served here) into a real cache."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from graphrec.common.errors import ServerError
from graphrec.db.server import ensure, status
from graphrec.db.server.jars import Lock, cache_dir, install, jar_dir, read_lock

DEAD = "http://127.0.0.1:9"  # the port "discard": nobody listens


@pytest.fixture(scope="session")
def real_jars() -> Path:
    """The folder with all of Neo4j's jars."""
    return install()


@pytest.fixture
def lock() -> Lock:
    """A lock with the five smallest jars, so that a download takes no time."""
    whole = read_lock()
    return replace(whole, jars=tuple(sorted(whole.jars, key=lambda jar: jar.size)[:5]))


class Repository:
    """A Maven repository on the loopback that remembers what it was asked for."""

    def __init__(self, root: Path, jars: Path, lock: Lock) -> None:
        self.root = root
        self.asked: list[str] = []
        self.paths = []
        for jar in lock.jars:
            path = root / jar.group.replace(".", "/") / jar.artifact / jar.version / jar.filename
            path.parent.mkdir(parents=True)
            shutil.copy(jars / jar.filename, path)
            self.paths.append(path)


@pytest.fixture
def repository(tmp_path: Path, real_jars: Path, lock: Lock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    """Serve the lock's jars, make jgo's settings name that mirror, and have an empty cache."""
    repository = Repository(tmp_path / "mirror", real_jars, lock)

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, directory=str(repository.root), **kwargs)

        def log_message(self, format: str, *args: object) -> None:
            if not self.path.endswith(".sha1"):
                repository.asked.append(Path(self.path).name)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        Thread(target=httpd.serve_forever, daemon=True).start()
        use_mirror(f"http://127.0.0.1:{httpd.server_address[1]}", tmp_path, monkeypatch)
        yield repository
        httpd.shutdown()
    with warnings.catch_warnings():
        # jgo leaves a refused connection to the garbage collector; it shall not warn in a test to come.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def use_mirror(address: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have jgo ask there, an empty cache, and no local Maven repository."""
    settings = folder / "jgo.conf"
    settings.write_text(f"[repositories]\ncentral = {address}\n")
    monkeypatch.setenv("JGO_CONFIG_FILE", str(settings))
    monkeypatch.setenv("M2_REPO", str(folder / "no-m2"))
    monkeypatch.setenv("GRAPHREC_CACHE", str(folder / "cache"))


def test_the_lock_names_checksums_and_no_address() -> None:
    text = (Path(__file__).parents[3] / "graphrec/db/server/locks/2026.08.1.toml").read_text()
    assert "://" not in text
    lock = read_lock()
    assert len({jar.filename for jar in lock.jars}) == len(lock.jars) > 200
    assert all(len(jar.sha256) == 64 and jar.size > 0 for jar in lock.jars)
    assert {"org.neo4j.app:neo4j-server:2026.08.1", "org.neo4j.client:neo4j-browser:5.24.0"} <= set(map(str, lock.jars))


def test_jars_come_from_the_users_mirror_once(repository: Repository, lock: Lock) -> None:
    folder = install(lock)
    assert folder == jar_dir(lock)
    assert sorted(path.name for path in folder.iterdir()) == sorted(jar.filename for jar in lock.jars)
    assert sorted(repository.asked) == sorted(jar.filename for jar in lock.jars)
    install(lock)
    assert len(repository.asked) == len(lock.jars)


def test_an_interrupted_install_goes_on_where_it_stopped(repository: Repository, lock: Lock) -> None:
    hidden = repository.paths[2].rename(repository.root / "hidden")
    with pytest.raises(ServerError, match="cannot be fetched: no repository has it") as caught:
        install(lock)
    assert str(lock.jars[2]) in str(caught.value)
    arrived = {path.name for path in jar_dir(lock).glob("*.jar")}
    assert lock.jars[2].filename not in arrived
    hidden.rename(repository.paths[2])
    # What a killed download leaves: half a jar where jgo would look for a whole one.
    jar = lock.jars[2]
    half = jar_dir(lock) / "arriving" / jar.group.replace(".", "/") / jar.artifact / jar.version / jar.filename
    half.parent.mkdir(parents=True, exist_ok=True)
    half.write_bytes(repository.paths[2].read_bytes()[:100])
    repository.asked.clear()
    install(lock)
    assert set(repository.asked) == {jar.filename for jar in lock.jars} - arrived


def test_a_mirror_with_another_jar_is_refused(repository: Repository, lock: Lock) -> None:
    repository.paths[1].write_bytes(repository.paths[0].read_bytes())
    with pytest.raises(ServerError, match="is not the jar that the lock names") as caught:
        install(lock)
    assert lock.jars[1].filename in str(caught.value)
    assert "mirror" in str(caught.value)
    assert not (jar_dir(lock) / lock.jars[1].filename).exists()


def test_the_users_own_maven_repository_is_read_and_left_alone(
    repository: Repository, lock: Lock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("M2_REPO", str(repository.root))
    install(lock)
    assert repository.asked == []
    assert all(path.is_file() for path in repository.paths)


def test_a_first_use_without_network_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_mirror(DEAD, tmp_path, monkeypatch)
    with pytest.raises(ServerError, match="no connection to the Maven repository") as caught:
        ensure(tmp_path / "home")
    assert caught.value.hint is not None
    assert str(tmp_path / "cache") in caught.value.hint
    assert "GRAPHREC_CACHE" in caught.value.hint
    assert "NEO4J_URI" in caught.value.hint
    assert status(tmp_path / "home").state == "none"


def test_a_copied_cache_needs_no_network(
    real_jars: Path, lock: Lock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_mirror(DEAD, tmp_path, monkeypatch)
    jar_dir(lock).mkdir(parents=True)
    for jar in lock.jars:
        shutil.copyfile(real_jars / jar.filename, jar_dir(lock) / jar.filename)
    assert install(lock) == jar_dir(lock)


@pytest.fixture
def linked_cache(real_jars: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A whole cache of our own to spoil; returns the folder of the jars."""
    monkeypatch.setenv("GRAPHREC_CACHE", str(tmp_path / "cache"))
    folder = jar_dir(read_lock())
    folder.mkdir(parents=True)
    for jar in read_lock().jars:
        try:
            os.link(real_jars / jar.filename, folder / jar.filename)
        except OSError:  # another disk
            shutil.copyfile(real_jars / jar.filename, folder / jar.filename)
    return folder


def test_a_jar_that_was_tampered_with_is_not_run(linked_cache: Path, tmp_path: Path) -> None:
    jar = next(linked_cache.glob("neo4j-kernel-2*.jar"))
    content = bytearray(jar.read_bytes())
    content[len(content) // 2] ^= 1  # same name, same size, one bit
    jar.unlink()  # it is a link to the real one
    jar.write_bytes(content)
    with pytest.raises(ServerError, match="is not the jar that the lock names") as caught:
        ensure(tmp_path / "home")
    assert str(jar) in str(caught.value)
    assert status(tmp_path / "home").pid is None


def test_a_jar_that_is_not_in_the_lock_is_not_run(linked_cache: Path, tmp_path: Path) -> None:
    (linked_cache / "aaa.jar").write_bytes(b"PK")
    with pytest.raises(ServerError, match=r"aaa\.jar is not one of Neo4j's jars"):
        ensure(tmp_path / "home")


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("GRAPHREC_CACHE", str(tmp_path / "file"))
    with pytest.raises(ServerError, match="cannot write Neo4j's jars") as caught:
        install()
    assert str(cache_dir()) in str(caught.value)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system with one megabyte on it."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("a small file system can be mounted by root on Linux alone")
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting is not allowed here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_is_said(real_jars: Path, small_disk: Path) -> None:
    with pytest.raises(ServerError, match=r"only 1\.0 MB are free") as caught:
        ensure(small_disk / "home")
    assert "GRAPHREC_HOME" in str(caught.value)


def test_a_disk_that_fills_up_while_jars_arrive_is_said(
    repository: Repository, lock: Lock, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAPHREC_CACHE", str(small_disk))
    (small_disk / "full").write_bytes(b"0" * (1024 * 1024 - 3 * 4096))
    with pytest.raises(ServerError, match="no room for Neo4j's jars") as caught:
        install(lock)
    assert str(small_disk) in str(caught.value)
