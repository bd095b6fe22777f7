"""What the driver logs, and Python would print: warnings and failed connections become graphrec's own messages."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

logging.getLogger("neo4j").addHandler(logging.NullHandler())
# Neo4j's warnings about a predicate are in its answer; the driver would log each a second time.
_untrusted = ContextVar("untrusted", default=False)
logging.getLogger("neo4j.notifications").addFilter(lambda record: not _untrusted.get())


@contextmanager
def unlogged() -> Iterator[None]:
    """Log no warnings of Neo4j's about the queries in the block."""
    token = _untrusted.set(True)
    try:
        yield
    finally:
        _untrusted.reset(token)
