"""Access to Neo4j: connect, read, write. No other module of graphrec uses a driver.

The driver imports pandas and pyarrow where they are installed (a second of start-up) only to accept their types as
parameters; graphrec passes plain values, so :func:`driver_module` imports it without them.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from graphrec.common.errors import ConnectionLostError, DatabaseError
from graphrec.config.settings import Neo4jSettings, Settings
from graphrec.db.address import check_address
from graphrec.db.driver import driver_module
from graphrec.db.driver_errors import RetryableError, StoppedError, errors
from graphrec.db.driver_log import unlogged
from graphrec.db.node_patterns import with_parts
from graphrec.db.outage import repeated
from graphrec.db.routing import check_members
from graphrec.db.server.layout import Address, Layout
from graphrec.db.server.room import LOOP_BYTES, Room
from graphrec.db.version import check_version
from graphrec.journal.tally import count_changes, count_rows

if TYPE_CHECKING:
    from neo4j import Driver, ManagedTransaction, Record, Session, SummaryCounters

#: What to do where the local server does not answer any more.
_LOCAL_LOST = "repeat the command: it starts the local Neo4j if that has ended; `graphrec db logs` says why it ended"


class Guard(Protocol):
    """What may refuse a write: the lock of commands that write (:mod:`graphrec.db.write_lock`)."""

    @property
    def mine(self) -> bool:
        """Whether this thread may write."""

    def check(self) -> None:
        """Raise DatabaseError if this process may not write any more."""


class Answer(NamedTuple):
    """Result of a query: its records, its type (``"r"``: only reads), and Neo4j's warnings."""

    records: list[Record]
    kind: str | None
    warnings: list[str]


class Written(NamedTuple):
    """Result of a writing query: its records, and what it changed."""

    records: list[Record]
    counters: SummaryCounters


class Database:
    """One database of one server. Use as a context manager.

    Parameters
    ----------
    driver
        An open driver.
    name
        The database; None: the server's default.
    index_prefix
        Put before the names of graphrec's indexes and constraints.
    wait
        Seconds to wait for a database that is down (:mod:`graphrec.db.outage`).
    room
        The disk of the server, which is looked at before every write; None: of a server that graphrec does not run.
    """

    def __init__(
        self,
        driver: Driver,
        name: str | None = None,
        index_prefix: str = "",
        wait: float = 0,
        room: Room | None = None,
    ) -> None:
        self._driver = driver
        self._room = room
        self.name = name
        self.index_prefix = index_prefix
        self.wait = wait
        #: While a command writes.
        self.lock: Guard | None = None
        # Replicas of a cluster answer no reader before they have what this process has written.
        self._bookmarks = driver_module().GraphDatabase.bookmark_manager()

    def __enter__(self) -> Database:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the driver."""
        with errors():
            self._driver.close()

    def _session(self, **config: Any) -> Session:
        return self._driver.session(database=self.name, bookmark_manager=self._bookmarks, **config)

    def hurried(self) -> Database:
        """Return the same database without waiting while it is down; it is not closed by itself."""
        return Database(self._driver, self.name, self.index_prefix)

    def _check_lock(self) -> None:
        if self.lock is not None:
            self.lock.check()

    def index_name(self, name: str) -> str:
        """Return the name that one of graphrec's indexes or constraints has in this database."""
        return self.index_prefix + name

    def require_room(self, size: int = 0) -> None:
        """Refuse to write where the disk of the local server has too little room; of another server, nothing is known.

        Every write asks this for itself. Before a long one, ``size`` says how many bytes it will write.

        Raises
        ------
        DatabaseError
            The disk has too little room; nothing was lost.
        """
        if self._room is not None:
            self._room.require(size)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn the driver's exceptions into graphrec's; of the local server, say how it goes on."""
        try:
            with errors():
                yield
        except (RetryableError, ConnectionLostError) as error:
            if isinstance(error, ConnectionLostError) or error.down:
                error.hint = self._when_lost(error.hint)
            raise
        except StoppedError as error:
            if self._room is None:
                raise
            raise self._room.stopped() from error

    def _when_lost(self, hint: str | None) -> str | None:
        """Return the next step where the server cannot be reached; ``hint``: of one that graphrec does not run."""
        return hint if self._room is None else _LOCAL_LOST

    def read(self, query: str, /, **parameters: Any) -> list[Record]:
        """Run a reading query and return all its records; repeat it while the database is down or busy.

        Raises
        ------
        DatabaseError
            Neo4j refuses the query or is unreachable.
        """

        def work() -> list[Record]:
            # By itself, not in a transaction that is begun and committed: one trip to the server in place of three.
            with self._errors(), self._session(default_access_mode="READ") as session:
                records = list(session.run(query, with_parts(query, parameters)))
            count_rows(len(records))
            return records

        return repeated(work, self.wait)

    def read_within(self, seconds: float, query: str, /, **parameters: Any) -> Answer:
        """Run an untrusted query once: Neo4j refuses writes, ends it after ``seconds``, and returns its warnings.

        It is not retried, as an error is probably the query's own.

        Raises
        ------
        DatabaseError
            Neo4j refuses the query, is unreachable, or has ended the query.
        """
        with (
            self._errors(),
            unlogged(),
            self._session(default_access_mode="READ", notifications_min_severity="WARNING") as session,
            session.begin_transaction(timeout=seconds) as transaction,
        ):
            result = transaction.run(query, with_parts(query, parameters))
            records = list(result)
            count_rows(len(records))
            summary = result.consume()
            said = [one.status_description for one in summary.gql_status_objects if one.gql_status.startswith("01")]
            return Answer(records, summary.query_type, said)

    def stream(self, query: str, /, **parameters: Any) -> Generator[Record, None, None]:
        """Yield the records of a large read as they arrive; close the generator if it is not exhausted.

        The query is repeated until its first record is there. A caller that can begin again is decorated with
        :func:`graphrec.db.outage.restarted`.

        Raises
        ------
        ConnectionLostError
            The connection is lost when some records have been yielded.
        DatabaseError
            Neo4j refuses the query or is unreachable.
        """

        def start() -> tuple[Session, Iterator[Record], Record | None]:
            with self._errors():
                session = self._session(fetch_size=10_000, default_access_mode="READ")
                try:
                    records = iter(session.run(query, with_parts(query, parameters)))
                    return session, records, next(records, None)
                except BaseException:
                    session.close()
                    raise

        session, records, record = repeated(start, self.wait)
        rows = 0
        try:
            while record is not None:
                rows += 1
                yield record
                with self._errors():  # not around the yield: Ctrl-C is the caller's there
                    record = next(records, None)
        except RetryableError as error:
            raise ConnectionLostError(
                "the connection to Neo4j was lost in the middle of a result", hint=self._when_lost("repeat the command")
            ) from error
        finally:
            count_rows(rows)
            with errors():
                session.close()

    def write(self, query: str, /, **parameters: Any) -> SummaryCounters:
        """Run a writing query in a transaction; repeat it while the database is down or busy; return what it changed.

        Where the connection is lost during the commit, the query runs again, so it must be one that changes nothing the
        second time. Others: :meth:`write_once`.

        Raises
        ------
        DatabaseError
            Neo4j refuses the query or is unreachable, or the user may only read.
        """
        try:
            return self.write_once(query, **parameters).counters
        except ConnectionLostError:
            return self.write_once(query, **parameters).counters

    def write_once(self, query: str, /, **parameters: Any) -> Written:
        """Run a writing query that must not run twice; repeat it only if nothing was written.

        Raises
        ------
        ConnectionLostError
            The connection is lost during the commit: it is not known whether the query has written.
        DatabaseError
            Neo4j refuses the query or is unreachable, or the user may only read.
        """
        self._check_lock()

        def run(transaction: ManagedTransaction) -> Written:
            result = transaction.run(query, with_parts(query, parameters))
            return Written(list(result), result.consume().counters)

        def work() -> Written:
            self.require_room()
            with self._errors(), self._session() as session:
                written = session.execute_write(run)
            count_changes(written.counters)
            return written

        return repeated(work, self.wait)

    def attempt(self, query: str, /, **parameters: Any) -> None:
        """Run a writing query in a transaction and roll it back, leaving the database unchanged.

        Raises
        ------
        DatabaseError
            Neo4j refuses the query or is unreachable, or the user may only read.
        """
        self.require_room()
        with self._errors(), self._session() as session, session.begin_transaction() as transaction:
            transaction.run(query, with_parts(query, parameters)).consume()
            transaction.rollback()

    def auto(self, query: str, /, **parameters: Any) -> list[Record]:
        """Run a writing query in an auto-commit transaction: schema changes and ``CALL { … } IN TRANSACTIONS``.

        It is repeated while the database is down or busy, so it must be one that may run again.
        """
        self._check_lock()

        def work() -> list[Record]:
            self.require_room(LOOP_BYTES if "IN TRANSACTIONS" in query else 0)
            with self._errors(), self._session() as session:
                result = session.run(query, with_parts(query, parameters))
                records = list(result)
                count_changes(result.consume().counters)
            return records

        return repeated(work, self.wait)

    def write_batches(self, query: str, rows: Sequence[Any], batch: int, **parameters: Any) -> Iterator[int]:
        """Write ``rows`` as ``$rows``, ``batch`` per transaction; yield the number of rows after each commit."""
        for start in range(0, len(rows), batch):
            part = rows[start : start + batch]
            self.write(query, rows=part, **parameters)
            yield start + len(part)

    def version(self) -> str:
        """Return the server's version, such as ``2026.08.1``."""
        record = self.read("CALL dbms.components() YIELD name, versions WHERE name = 'Neo4j Kernel' RETURN versions")
        return str(record[0]["versions"][0])


def connect(settings: Settings, *, create: bool = False) -> Database:
    """Open the database named by the environment, or the project's local one, starting it if needed.

    Parameters
    ----------
    settings
        Settings of the project.
    create
        Whether to create a local database if the project has none. Only for loading: readers would find it empty.

    Raises
    ------
    ConfigError
        The environment has misspelled variables for a server.
    DatabaseError
        The project has no database, or the server cannot be reached, refuses the password, is too old, or lacks the
        database.
    ServerError
        The local server cannot be installed or started, or its disk is full.
    """
    from graphrec.db.local import local_address, require_names
    from graphrec.db.server import revive

    require_names(settings)
    if settings.neo4j.uri is not None:
        return _opened(settings, settings.neo4j)
    local = local_address(settings, create=create)
    try:
        return _opened(settings, local)
    except (StoppedError, RetryableError):
        if not revive(settings.home, settings.server.version, settings.server.conf):
            raise
    return _opened(settings, local_address(settings))


def _opened(settings: Settings, at: Neo4jSettings | Address) -> Database:
    """Open the database of a server; ``at``: one that the environment names, or the local one."""
    uri, username, password = str(at.uri), at.username, at.password
    database = at.database if isinstance(at, Neo4jSettings) else settings.neo4j.database
    check_address(uri, database, settings.database.allow_plain)
    check_members(uri, (username, password), database, settings.database.allow_plain)
    neo4j = driver_module()
    try:
        driver = neo4j.GraphDatabase.driver(
            uri,
            auth=(username, password),
            notifications_min_severity="OFF",
            connection_timeout=15,
            max_transaction_retry_time=0,  # graphrec.db.outage repeats, and says so
            user_agent="graphrec",
        )
    except (ValueError, neo4j.exceptions.ConfigurationError) as error:
        raise DatabaseError(
            f"NEO4J_URI={uri!r} is not a Neo4j address: {error}", hint="for example neo4j://localhost:7687"
        ) from error
    room = Room(Layout.of(settings.home)) if isinstance(at, Address) else None
    db = Database(driver, database, settings.database.index_prefix, settings.database.wait, room)
    try:
        # verify_connectivity(database=…) is a preview that warns.
        with errors(uri, username, database), driver.session(database=database, default_access_mode="READ") as session:
            session.run("RETURN 1").consume()
        check_version(db.version(), uri)
    except BaseException:
        db.close()
        raise
    return db
