"""Every error that graphrec raises on purpose.

::

    GraphrecError                exit code 2, shown without a traceback
    ├── ConfigError              graphrec.toml, a flag or an environment variable
    ├── DatabaseError            a Neo4j that cannot be reached, or refuses
    ├── ServerError              the local Neo4j that graphrec runs itself
    ├── InputError               files: what a loader or an encoder was given
    ├── NotFoundError            a user, item or run that is not there
    ├── GraphError               the graph in Neo4j is not what the mapping says
    ├── EncoderError             a text, image or audio encoder that cannot be had
    │   └── LibraryError         a library that it needs is not there, or does not load
    ├── LeakageError             a split that would let the answer into training
    └── TrainingError            a training that cannot start or go on

A message names the value and the place; ``hint`` is the next step.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class GraphrecError(Exception):
    """Base of the family.

    Parameters
    ----------
    message
        What is wrong, with the value and the place.
    hint
        What to do next; shown on a line of its own.
    """

    exit_code = 2

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  → {self.hint}" if self.hint else self.message


class ConfigError(GraphrecError):
    """A setting is missing, unknown or out of range."""


class DatabaseError(GraphrecError):
    """Neo4j cannot be reached, or refuses what was asked."""


class ServerError(GraphrecError):
    """The managed local Neo4j cannot be installed, started or stopped."""


class InputError(GraphrecError):
    """A file is missing, malformed or not what it claims to be."""


class NotFoundError(GraphrecError):
    """A user, an item or a run that does not exist."""


class GraphError(GraphrecError):
    """The graph lacks what the mapping promises."""


class EncoderError(GraphrecError):
    """An encoder cannot be loaded or does not fit the stored vectors."""


class LibraryError(EncoderError):
    """A library is not installed, or does not load."""


class LeakageError(GraphrecError):
    """Held-out behaviour would reach training."""


class TrainingError(GraphrecError):
    """Training cannot start or go on."""


def nearest(name: str, known: Iterable[str], n: int = 3) -> str:
    """Return a hint naming what was probably meant, or what there is.

    >>> nearest("emded", ["embed", "train"])
    "did you mean 'embed'?"
    """
    names = sorted(set(known))
    close = difflib.get_close_matches(name, names, n=n, cutoff=0.6)
    if close:
        return "did you mean " + " or ".join(repr(c) for c in close) + "?"
    shown = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return f"known: {shown}" if names else "there are none"
