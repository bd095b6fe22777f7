"""Install the jars of the Neo4j server, as pinned by the committed lock file of its version.

A lock names every jar by Maven coordinate, size and SHA-256, without URLs: jgo resolves them with the user's jgo and
Maven settings. Jars are stored once per user and lock, in ``<cache>/neo4j-<version>-<lock>/``.
A file is moved there atomically after its checksum has been verified, so an interrupted install can be resumed. All
checksums are verified again before each start of the server; this takes a fraction of a second and needs no marker
file.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphrec.common.errors import ServerError
from graphrec.common.sizes import megabytes
from graphrec.db.server.java import missing_package
from graphrec.db.server.versions import LOCKS, chosen_version

if TYPE_CHECKING:
    from jgo.maven import MavenContext

DOWNLOAD_THREADS = 6
DOWNLOAD_TIMEOUT_S = 60
DOWNLOAD_TRIES = 3


@dataclass(frozen=True)
class Jar:
    """One jar of the server, as in the lock."""

    group: str
    artifact: str
    version: str
    classifier: str
    size: int  # bytes
    sha256: str

    @property
    def filename(self) -> str:
        """Name of the file in the cache."""
        classifier = f"-{self.classifier}" if self.classifier else ""
        return f"{self.artifact}-{self.version}{classifier}.jar"

    def __str__(self) -> str:
        return ":".join(filter(None, (self.group, self.artifact, self.version, self.classifier)))


@dataclass(frozen=True)
class Lock:
    """Content of the lock file."""

    neo4j: str  # version of the server
    jars: tuple[Jar, ...]
    digest: str  # of the lock file: each lock has its own folder in the cache


def read_lock(version: str | None = None) -> Lock:
    """Read the committed lock of a version; by default the newest.

    Raises
    ------
    ConfigError
        No lock has that version.
    """
    raw = (LOCKS / f"{chosen_version(version)}.toml").read_bytes()
    table = tomllib.loads(raw.decode())
    return Lock(
        neo4j=table["neo4j"],
        jars=tuple(Jar(**jar) for jar in table["jars"]),
        digest=hashlib.sha256(raw.replace(b"\r\n", b"\n")).hexdigest()[:12],
    )


def cache_dir() -> Path:
    """Return the folder that all projects of this user share (``$GRAPHREC_CACHE`` if set)."""
    named = os.environ.get("GRAPHREC_CACHE")
    if named:
        return Path(named).expanduser().absolute()
    import platformdirs

    return Path(platformdirs.user_cache_dir("graphrec"))


def jar_dir(lock: Lock) -> Path:
    """Return the folder for the jars of ``lock``."""
    return cache_dir() / f"neo4j-{lock.neo4j}-{lock.digest}"


def install(lock: Lock | None = None) -> Path:
    """Make sure that every jar is in the cache and matches the lock.

    Parameters
    ----------
    lock
        By default that of the newest version.

    Returns
    -------
    Path
        The folder with exactly these ``.jar`` files.

    Raises
    ------
    ServerError
        A jar differs from the lock (the message names it), or the network, disk space or ``jgo`` is missing.
    """
    import filelock

    lock = lock or read_lock()
    folder = jar_dir(lock)
    if all((folder / jar.filename).is_file() for jar in lock.jars):
        verify(folder, lock)
        return folder
    with _disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        # Two projects may start at the same time on a new machine: one downloads, the other waits.
        with filelock.FileLock(folder.with_name(f"{folder.name}.lock")):
            missing = [jar for jar in lock.jars if not (folder / jar.filename).is_file()]
            if missing:
                _fetch(missing, folder, lock.neo4j)
    verify(folder, lock)
    return folder


def verify(folder: Path, lock: Lock) -> None:
    """Compare each jar in ``folder`` with the lock.

    Raises
    ------
    ServerError
        A jar differs or does not belong there; the message names the first.
    """
    for jar in lock.jars:
        _check(folder / jar.filename, jar, "delete that file and run the command again to download it")
    strangers = {path.name for path in folder.glob("*.jar")} - {jar.filename for jar in lock.jars}
    if strangers:
        # The class path is every jar in the folder, so a jar outside the lock would be run.
        raise ServerError(
            f"{folder / min(strangers)} is not one of Neo4j's jars", hint="delete that file and run the command again"
        )


def maven_context(repo_cache: Path, on_bytes: Callable[[int], Any] = lambda n: None) -> MavenContext:
    """Return jgo's context: the user's repositories and mirrors, but downloads under ``repo_cache``.

    Jars in the user's local Maven repository are used from there.
    """
    try:
        from jgo.config import GlobalSettings
        from jgo.constants import MAVEN_CENTRAL_URL
        from jgo.maven import MavenContext, PythonResolver
    except ImportError as error:
        raise missing_package(error) from error

    @contextmanager
    def report(filename: str, total: int) -> Iterator[Callable[[int], Any]]:
        yield on_bytes

    settings = GlobalSettings.load()
    return MavenContext(
        resolver=PythonResolver(progress_callback=report),
        repo_cache=repo_cache,
        local_repos=[Path(settings.repo_cache)],
        remote_repos={"central": MAVEN_CENTRAL_URL, **settings.repositories},
        timeout=DOWNLOAD_TIMEOUT_S,
    )


def _fetch(missing: list[Jar], folder: Path, version: str) -> None:
    """Download jars, verify them and move them into place; keep finished ones if another fails."""
    from graphrec.common.console import note, progress

    staging = folder / "arriving"
    # jgo treats any file in its cache as complete, and an interrupted download leaves a partial file.
    shutil.rmtree(staging, ignore_errors=True)
    total = sum(jar.size for jar in missing)
    note(f"Fetching Neo4j {version} ({len(missing)} jars, {megabytes(total)}), once for all projects …")
    with progress() as bar, ThreadPoolExecutor(DOWNLOAD_THREADS) as pool:
        task = bar.add_task("Neo4j", total=total)
        context = maven_context(staging, lambda n: bar.advance(task, n))
        jobs = {pool.submit(_fetch_one, jar, context, folder): jar for jar in missing}
        try:
            for job in as_completed(jobs):
                job.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    shutil.rmtree(staging, ignore_errors=True)


def _fetch_one(jar: Jar, context: MavenContext, folder: Path) -> None:
    import requests

    component = context.project(jar.group, jar.artifact).at_version(jar.version)
    artifact = component.artifact(jar.classifier, "jar")
    arriving = artifact.cached_path
    assert arriving is not None  # set, because the context has a cache
    for attempt in range(DOWNLOAD_TRIES):
        try:
            path = artifact.resolve()
            break
        except (requests.RequestException, RuntimeError) as error:
            arriving.unlink(missing_ok=True)  # jgo would treat a partial file as complete
            if attempt == DOWNLOAD_TRIES - 1:
                raise _unreachable(jar, error) from error
    _check(path, jar, "the Maven repository (or your local one) delivered it: check its mirror or proxy")
    if path == arriving:
        os.replace(path, folder / jar.filename)
    else:  # from the user's own repository: do not move it
        copy = folder / f"{jar.filename}.part"
        shutil.copyfile(path, copy)
        os.replace(copy, folder / jar.filename)


def _unreachable(jar: Jar, error: Exception) -> ServerError:
    return ServerError(
        f"Neo4j's jar {jar} cannot be fetched: {_first_cause(error)}",
        hint=f"graphrec needs the network once, to fetch its Neo4j. Without one: copy {cache_dir()} from a machine "
        "that has it (or point GRAPHREC_CACHE at a copy), or set NEO4J_URI to a Neo4j that you run yourself. A "
        "Maven mirror goes into jgo's settings file, section [repositories], name 'central'",
    )


def _check(path: Path, jar: Jar, hint: str) -> None:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != jar.sha256:
        raise ServerError(
            f"{path} is not the jar that the lock names: SHA-256 is {found}, should be {jar.sha256}", hint=hint
        )


def _first_cause(error: BaseException) -> str:
    """Return the reason of a failed download in one line; the libraries' own messages are very long."""
    import requests

    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.ConnectionError):
        return "no connection to the Maven repository"
    return type(error).__name__ if isinstance(error, requests.RequestException) else "no repository has it"


@contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    """Turn a full or unwritable disk into an error that names the place."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise ServerError(
                f"no room for Neo4j's jars in {folder}", hint="free 200 MB or set GRAPHREC_CACHE"
            ) from error
        raise ServerError(
            f"cannot write Neo4j's jars to {folder}: {error.strerror}", hint="set GRAPHREC_CACHE to a folder of yours"
        ) from error
