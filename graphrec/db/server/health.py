"""What a managed server that runs says of its database: whether it works, and if not, why."""

from __future__ import annotations

from dataclasses import dataclass

from graphrec.db import queries
from graphrec.db.driver import driver_module
from graphrec.db.server.layout import Address, Layout
from graphrec.db.server.process import debug_lines

ANSWER_S = 5
#: Neo4j cannot start from a log that a full disk has cut off within an entry; its own way out is this setting.
CUT_LOG = "internal.dbms.tx_log.fail_on_corrupted_log_files"
#: What Neo4j says of such a log: of transactions, and of checkpoints.
_CUT = (f"{CUT_LOG}=false", "has some data available after last readable log entry")


@dataclass(frozen=True)
class Health:
    """State of the database, as Neo4j says it.

    Attributes
    ----------
    status
        ``online``, ``offline`` and others; ``no answer``: the server does not respond.
    reason
        Neo4j's reason; empty if all is well.
    """

    status: str
    reason: str = ""

    @property
    def works(self) -> bool:
        """Whether it can be read and written."""
        return self.status == "online" and not self.reason

    def __str__(self) -> str:
        # After a critical error, the status stays what it was.
        status = "stopped by Neo4j" if self.status == "online" else self.status
        return f"{status} ({self.reason})" if self.reason else status


def ask(address: Address) -> Health:
    """Ask a server for the state of its database; this does not wait for a server that hangs."""
    neo4j = driver_module()
    auth = (address.username, address.password)
    try:
        with (
            neo4j.GraphDatabase.driver(
                address.uri, auth=auth, connection_timeout=ANSWER_S, max_transaction_retry_time=0
            ) as driver,
            driver.session(database="system") as session,
        ):
            row = session.run(queries.load("server/state")).single(strict=True)
    except (neo4j.exceptions.Neo4jError, neo4j.exceptions.DriverError, OSError) as error:
        return Health("no answer", " ".join(str(error).split()))
    return Health(row["status"], row["reason"])


def log_is_cut(layout: Layout, since: float) -> bool:
    """Return whether the start at ``since`` (Unix time) met a log that was cut off within an entry."""
    return any(sign in line for line in debug_lines(layout, since) for sign in _CUT)
