"""Fixtures: a real Neo4j, a clean database in it, the command line, the real data.

The servers are graphrec's own managed ones, in a temporary home; ``GRAPHREC_TEST_HOME`` keeps them between runs
(quicker while developing), in a folder for each process that runs tests (``gw0``, ``gw1``; ``master`` under ``-n 0``),
so that no two share a server. Inside: ``scratch`` is wiped for every test that asks for ``db``.
``GRAPHREC_TEST_NEO4J`` names another version of Neo4j for them, such as 5.26.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

# The processes that run tests share the cores: PyTorch with a thread a core in each of them is ten times slower.
# Before it is imported, for that is when PyTorch reads it; what the tests start inherits it.
os.environ["OMP_NUM_THREADS"] = "1"

# Without compiled files each process that the tests start compiles all that it imports, which takes seconds.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
    sys.dont_write_bytecode = False

# A server that lives for minutes is up a third sooner, and takes less of the cores, without Java's second compiler,
# without threads that collect garbage beside it, and with room for it, so that it is collected seldom.
os.environ.setdefault(
    "JDK_JAVA_OPTIONS",
    "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:NewSize=96m -XX:MetaspaceSize=192m -XX:+IgnoreUnrecognizedVMOptions",
)
os.environ.setdefault("GRAPHREC_NEO4J_CONF", str(Path(__file__).with_name("neo4j.conf")))

# Some shells start what runs in the background deaf to Ctrl-C, and what the tests start and interrupt would be so too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

from graphrec.cli import main as command_line
from graphrec.config.schema import VECTOR_INDEXES
from graphrec.config.settings import Settings, load_settings
from graphrec.datasets.sample import write_sample
from graphrec.db import queries
from graphrec.db.database import Database, connect
from graphrec.db.server import ensure, stop
from graphrec_etl.atomic import transform
from graphrec_etl.media import add_media
from graphrec_etl.rejects import Rejects
from graphrec_etl.write import CONSTRAINTS, Writer

# Known graphs, and a web browser, that tests of several packages use.
pytest_plugins = ["tests.film_graph", "tests.clear_answer", "tests.web_browser"]

#: A cache of Neo4j's classes, with which a server starts sooner still; .ci/run makes it while the first tests run.
CLASSES = Path("build/neo4j.aot").absolute()
#: The most expensive first, by processor time, so that the processes end at about the same time. A file stays in one
#: process.
LONG = (
    "test_notebooks.py",
    "db/server/test_disk.py",
    "db/server/test_versions.py",
    "db/server/test_lifecycle.py",
    "publishing/test_publish.py",
    "experiments/tuning/test_tune.py",
    "erasure/test_no_harm.py",
    "db/test_queries.py",
    "training/test_content.py",
    "experiments/content_report/test_report.py",
    "updating/test_prune.py",
    "training/test_train.py",
    "serving/test_recommend.py",
    "publishing/test_roles.py",
    "publishing/test_reuse.py",
    "graph/test_keys.py",
    "publishing/test_similar_edges.py",
    "publishing/test_shared_items.py",
    "service/test_page.py",
    "content/test_kill.py",
    "service/test_process.py",
    "service/test_schema.py",
)
#: What they leave would be dear for others: a large store; or a new server, which has compiled and planned nothing yet.
#: So only files that need no server come after them.
LATE = ("test_movielens.py", "updating/test_outage.py", "erasure/test_bytes.py", "ingest/test_outage.py")
#: What publishing makes once and then leaves alone. Whenever an index goes, Neo4j plans every query anew, which is most
#: of the time of a small test.
PUBLISHED = (
    "runId",
    "recommenderId",
    "itemTitle",
    *(f"{kind}Embedding{slot}" for kind in ("user", "item") for slot in "ABC"),
)
#: The labels that they are on; on those of a mapping they would be in the way of the next test.
PUBLISHED_ON = ("User", "Item", "Run", "Recommender")
#: What embedding makes under the default mapping; it stays between the tests of embedding.
EMBEDDED = tuple(VECTOR_INDEXES.values())
#: What loading makes under the default mapping; it stays for the same reason.
LOADED = (("User", "userId"), ("Item", "itemId"), ("Entity", "entityId"), ("Item", "entityId"))
NEO4J_VARIABLES = ("NEO4J_URI", "NEO4J_USERNAME", "NEO4J_PASSWORD", "NEO4J_DATABASE")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long files first, and last those that need no server."""
    root = Path(__file__).parent
    served = {item.path for item in items if "scratch_home" in getattr(item, "fixturenames", ())}

    def place(item: pytest.Item) -> tuple[int, int]:
        name = item.path.relative_to(root).as_posix()
        for group, names in ((0, LONG), (2, LATE)):
            if name in names:
                return group, names.index(name)
        return (1 if item.path in served else 3), 0

    items.sort(key=place)


def pytest_runtest_setup() -> None:
    """Start servers with the cache of Neo4j's classes from when it is there."""
    options = os.environ["JDK_JAVA_OPTIONS"]
    if "UnrecognizedVMOptions" in options and "AOTCache" not in options and CLASSES.exists():
        os.environ["JDK_JAVA_OPTIONS"] = f"{options} -XX:AOTCache={CLASSES}"


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The directory in which the servers of this process live."""
    kept = os.environ.get("GRAPHREC_TEST_HOME")
    return Path(kept).resolve() / worker_id if kept else tmp_path_factory.mktemp("homes")


@pytest.fixture(scope="session")
def scratch_home(homes: Path) -> Iterator[Path]:
    """The home of a running server."""
    home = homes / "scratch"
    ensure(home, os.environ.get("GRAPHREC_TEST_NEO4J"))
    yield home
    if not os.environ.get("GRAPHREC_TEST_HOME"):
        stop(home)


Project = Callable[[Path, Path], AbstractContextManager[Settings]]


@pytest.fixture(scope="session")
def project_at() -> Project:
    """Work in a project folder on the server of a home: ``with project_at(folder, home) as settings``."""

    @contextmanager
    def enter(folder: Path, home: Path) -> Iterator[Settings]:
        with pytest.MonkeyPatch.context() as patch:
            for name in (*NEO4J_VARIABLES, "GRAPHREC_CONFIG"):
                patch.delenv(name, raising=False)
            patch.setenv("GRAPHREC_HOME", str(home))
            patch.chdir(folder)
            yield load_settings()

    return enter


@pytest.fixture
def settings(project_at: Project, scratch_home: Path, tmp_path: Path) -> Iterator[Settings]:
    """Settings of a fresh project in ``tmp_path`` (the working directory), on the scratch server."""
    with project_at(tmp_path, scratch_home) as found:
        yield found


@pytest.fixture
def db(settings: Settings, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database without data on the scratch server; what publishing makes once may be there."""
    with connect(settings) as database:
        wipe(database, loaded=() if "bare" in request.fixturenames else LOADED)
        yield database


@pytest.fixture
def bare(db: Database) -> Database:
    """``db`` without the constraints that loading makes: for repeated keys, and where constraints are looked at."""
    return db


@pytest.fixture
def embedding_db(settings: Settings) -> Iterator[Database]:
    """``db`` in which the indexes of earlier vectors may be; most of what follows their creation is planning anew."""
    with connect(settings) as database:
        wipe(database, (*PUBLISHED, *EMBEDDED))
        yield database


@pytest.fixture(scope="session")
def empty() -> Callable[[Database], None]:
    """What empties a database; for fixtures that live longer than ``db``."""
    return wipe


def wipe(database: Database, names: Collection[str] = PUBLISHED, loaded: Collection[tuple[str, str]] = LOADED) -> None:
    """Remove every node and relationship; of constraints and indexes, leave ``names`` and ``loaded``."""
    database.auto("MATCH (n) DETACH DELETE n")  # short: it is planned again after every change of an index
    there = _drop_schema(database, loaded, names)
    if len(there) < len(loaded):
        for name in CONSTRAINTS:
            database.auto(queries.load(name))
        # Until they are: an index that comes online in the middle of a test makes Neo4j plan every query anew.
        database.auto(queries.load("schema/await"), seconds=60)


def _drop_schema(
    database: Database, kept: Collection[tuple[str, str]], names: Collection[str] = PUBLISHED
) -> set[tuple[str, str]]:
    """Drop all but ``names`` and what is ``kept``; return which of these are there."""
    there = set()
    # Community has no constraints but those of uniqueness, and each of these owns an index.
    shown = "SHOW INDEXES YIELD name, type, labelsOrTypes, properties, owningConstraint WHERE type <> 'LOOKUP'"
    for row in database.read(shown):
        on, owner = (row["labelsOrTypes"][0], row["properties"][0]), row["owningConstraint"]
        if on in kept and len(row["properties"]) == 1:
            there.add(on)
        elif (owner or row["name"]) not in names or on[0] not in PUBLISHED_ON:
            database.auto(f"DROP {'CONSTRAINT' if owner else 'INDEX'} `{owner or row['name']}`")
    return there


@dataclass(frozen=True)
class Result:
    """What a command left: its exit code and its two streams."""

    exit_code: int
    stdout: str
    stderr: str


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]):
    """Run the command line in this process: ``run("load", "atomic", folder)``."""

    def call(*args: object) -> Result:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            command_line.main([str(a) for a in args])
        captured = capsys.readouterr()
        return Result(int(left.value.code or 0), captured.out, captured.err)

    return call


@pytest.fixture
def interrupted(run: Callable[..., Result]) -> Callable[..., Result]:
    """Run the command line, and press Ctrl-C as soon as something is true: ``interrupted(ready, "train")``."""

    def call(ready: Callable[[], object], *args: object) -> Result:
        def wait() -> None:
            while not ready():
                time.sleep(0.01)
            os.kill(os.getpid(), signal.SIGINT)

        waiting = threading.Thread(target=wait, daemon=True)
        waiting.start()
        stopped = run(*args)
        waiting.join()
        return stopped

    return call


@pytest.fixture(scope="session")
def checkpoint_stays() -> Callable[[], AbstractContextManager[None]]:
    """Train as if the process were killed before it removes the checkpoint: ``with checkpoint_stays(): train(…)``."""

    @contextmanager
    def kept() -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("graphrec.training.train.remove_checkpoint", lambda path: None)
            yield

    return kept


LoadSample = Callable[[Path, Settings, Database], None]


@pytest.fixture(scope="session")
def load_sample() -> LoadSample:
    """What loads the made catalogue of a folder, with its pictures and sounds."""

    def load(folder: Path, settings: Settings, database: Database) -> None:
        rejects = Rejects()
        tables = transform(folder, rejects)
        add_media(tables, folder / "media.tsv", None, rejects)
        Writer(database, settings.graph).write(tables)

    return load


SampleProject = Callable[..., AbstractContextManager[tuple[Settings, Database]]]


@pytest.fixture(scope="session")
def sample_project(project_at: Project, scratch_home: Path, load_sample: LoadSample) -> SampleProject:
    """Work in a folder with a made catalogue, loaded into the scratch server: ``with sample_project(folder, "")``.

    Beside the folder and the text of its ``graphrec.toml`` goes what :func:`graphrec.datasets.sample.write_sample`
    takes.
    """

    @contextmanager
    def enter(folder: Path, toml: str, **size: int) -> Iterator[tuple[Settings, Database]]:
        write_sample(folder, **size)
        (folder / "graphrec.toml").write_text(toml, encoding="utf-8")
        with project_at(folder, scratch_home) as settings, connect(settings) as database:
            wipe(database)
            load_sample(folder, settings, database)
            yield settings, database

    return enter


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the checkout; tests that need it skip where it is not there."""
    named = os.environ.get("GRAPHREC_DATA")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}: set GRAPHREC_DATA to a folder with ml-100k/ and the others")
    return folder
