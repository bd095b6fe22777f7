"""The errors that graphrec raises on purpose.

::

    GraphrecError                exit code 2, shown without a traceback
    ├── ConfigError              graphrec.toml, a flag or an environment variable
    ├── DatabaseError            Neo4j cannot be reached, or refuses a query
    │   ├── ConnectionLostError  Neo4j was lost in the middle of something
    │   └── BusyError            another command writes to the database
    ├── ServerError              the local Neo4j that graphrec manages
    ├── InputError               a file or value that cannot be used
    ├── NotFoundError            a user, item or run that does not exist
    ├── ConflictError            something of that name exists, and is different
    ├── OverloadedError          more is waiting than can be taken in
    ├── GraphError               the graph in Neo4j does not match the mapping
    ├── EncoderError             a text, image or audio encoder is unavailable
    │   └── LibraryError         a required library is missing or does not load
    ├── LanguageError            a language model does not answer, or not as asked
    ├── ResourceError            the machine lacks memory or room, or forbids something
    ├── ServiceError             the service (graphrec serve) cannot be reached, or refuses a call
    ├── LeakageError             held-out behaviour would reach training
    └── TrainingError            training cannot start or continue

A message names the value and its location; ``hint`` gives the next step.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any


class GraphrecError(Exception):
    """Base class of graphrec's errors.

    Parameters
    ----------
    message
        The problem, with the value and its location.
    hint
        The next step, shown on a separate line.
    """

    exit_code = 2
    #: Of an answer of the service (:mod:`graphrec.client`): status, wrong value and its place, all that is wrong.
    status: int | None = None
    place: str | None = None
    value: Any = None
    details: Sequence[dict[str, Any]] = ()

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  → {self.hint}" if self.hint else self.message


class GraphrecWarning(UserWarning):
    """The Python API answers, and the answer is probably not what was meant."""


class ConfigError(GraphrecError):
    """A setting is missing, unknown or out of range."""


class DatabaseError(GraphrecError):
    """Neo4j cannot be reached, or refuses a query."""


class ConnectionLostError(DatabaseError):
    """The connection was lost in the middle of a result or a commit; the command can be repeated."""


class BusyError(DatabaseError):
    """Another command writes to the database."""


class ServerError(GraphrecError):
    """The managed local Neo4j cannot be installed, started or stopped."""


class InputError(GraphrecError):
    """A file or value is missing, malformed or of the wrong kind."""


class NotFoundError(GraphrecError):
    """A user, item or run does not exist."""


class ConflictError(GraphrecError):
    """Something of that name exists already, and is different."""


class OverloadedError(GraphrecError):
    """More is waiting than can be taken in.

    Attributes
    ----------
    retry_after
        Seconds after which to try again.
    """

    def __init__(self, message: str, *, hint: str | None = None, retry_after: int = 1) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class GraphError(GraphrecError):
    """The graph does not match the mapping."""


class EncoderError(GraphrecError):
    """An encoder cannot be loaded or does not fit the stored vectors."""


class LibraryError(EncoderError):
    """A library is not installed, or does not load."""


class LanguageError(GraphrecError):
    """A language model does not answer, or not as asked."""


class ResourceError(GraphrecError):
    """The machine lacks memory or disk space, or forbids something."""


class ServiceError(GraphrecError):
    """The service cannot be reached, or refuses a call: its key, too many calls, or something unforeseen."""


class LeakageError(GraphrecError):
    """Held-out behaviour would reach training."""


class TrainingError(GraphrecError):
    """Training cannot start or continue."""


def nearest(name: str, known: Iterable[str], n: int = 3) -> str:
    """Return a hint with the closest known names, or else with all of them.

    >>> nearest("emded", ["embed", "train"])
    "did you mean 'embed'?"
    """
    names = sorted(set(known))
    close = difflib.get_close_matches(name, names, n=n, cutoff=0.6)
    if close:
        return "did you mean " + " or ".join(repr(c) for c in close) + "?"
    shown = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return f"known: {shown}" if names else "there are none"
