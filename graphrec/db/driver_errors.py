"""Turn the driver's exceptions into graphrec's, with a next step."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from graphrec.common.errors import ConnectionLostError, DatabaseError
from graphrec.common.interrupt import held_back, interrupted_by
from graphrec.db.address import unreachable
from graphrec.db.driver import driver_module

#: Codes by which a server says that it stops, or has not started yet.
_DOWN = ("Neo.TransientError.General.DatabaseUnavailable", "Neo.TransientError.Database.DatabaseUnavailable")
#: Signs in the code or the message that Neo4j has given up a database until its next start, as on a full disk.
_STOPPED = ("Transaction.TransactionLogError", "encountered a critical error", "No space left on device")

#: A value in a message about a constraint.
_VALUE = re.compile(r"(` ?= ?)(?:'.*?'(?=[\s,;)]|\Z)|\"[^\"]*\"|[^\s,;]+)")


class StoppedError(DatabaseError):
    """Neo4j has met an error, such as a full disk, after which it does nothing with the database until it is restarted.

    What was committed is kept; the query that failed has written nothing.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"Neo4j stopped the database after an error ({reason}), such as a full disk; what was committed is kept",
            hint="make room on the disk of the server, restart it, then repeat the command",
        )


class RetryableError(DatabaseError):
    """A query that may succeed if it is repeated; nothing of it has been written.

    Attributes
    ----------
    down
        Whether the database cannot be reached; otherwise it is busy, for example with a deadlock.
    """

    def __init__(self, message: str, *, hint: str | None = None, down: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.down = down


@contextmanager
def errors(uri: str = "Neo4j", username: str = "", database: str | None = None) -> Iterator[None]:
    """Turn the driver's exceptions into ``DatabaseError`` with a next step; hold Ctrl-C back between messages."""
    try:
        with held_back(), _driver_errors(uri, username, database):
            yield
    except Exception as error:
        interrupt = interrupted_by(error)
        if interrupt is not None:
            raise interrupt from None
        raise


@contextmanager
def _driver_errors(uri: str, username: str, database: str | None) -> Iterator[None]:
    exceptions = driver_module().exceptions
    try:
        yield
    except exceptions.AuthError as error:
        if "Forbidden" in (error.code or ""):
            raise _forbidden(error.message) from error
        raise DatabaseError(
            f"{uri} refuses user {username!r}: wrong name or password",
            hint="set NEO4J_USERNAME and NEO4J_PASSWORD",
        ) from error
    except exceptions.IncompleteCommit as error:
        raise ConnectionLostError(
            "the connection to Neo4j was lost while it committed: whether that was written is not known",
            hint="repeat the command",
        ) from error
    except (exceptions.ServiceUnavailable, exceptions.SessionExpired) as error:
        found = unreachable(uri, error)
        raise RetryableError(found.message, hint=found.hint, down=True) from error
    except exceptions.Neo4jError as error:
        code = error.code or ""
        if "DatabaseNotFound" in code:
            raise DatabaseError(
                f"{uri} has no database {database!r}", hint="set NEO4J_DATABASE to one of SHOW DATABASES"
            ) from error
        if "Forbidden" in code or "AccessMode" in code or code.endswith(".WriteOnReadOnlyAccessDatabase"):
            raise _forbidden(error.message) from error
        if any(sign in f"{code} {error.message}" for sign in _STOPPED):
            raise StoppedError(code) from error
        if code in _DOWN:
            raise RetryableError(
                f"the database is not available: it starts, stops or has failed ({code})",
                hint="SHOW DATABASES and the server's debug.log say why; of the local one, `graphrec db status`",
                down=True,
            ) from error
        refused = f"Neo4j refused a query: {_without_values(code, error.message)} ({code})"
        if error.is_retryable() and "OutOfMemory" not in code:
            raise RetryableError(refused) from error
        raise DatabaseError(refused) from error
    except exceptions.DriverError as error:
        raise DatabaseError(f"{uri} cannot be used: {error}") from error


def _forbidden(message: str | None) -> DatabaseError:
    return DatabaseError(
        f"the Neo4j user may not do this: {message}",
        hint="load, embed and publish write, and create indexes and constraints: role architect or above; "
        "`graphrec cypher roles` prints narrower ones, also for a service that takes events",
    )


def _without_values(code: str, message: str | None) -> str:
    """Return a message of Neo4j; one about a constraint quotes the values that break it, which may be personal."""
    said = message or ""
    return _VALUE.sub(r"\1…", said) if "ConstraintValidationFailed" in code else said
