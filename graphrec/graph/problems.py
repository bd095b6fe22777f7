"""Collect what is wrong with a graph or its mapping, all of it rather than the first."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from graphrec.common.console import LOGGER
from graphrec.common.errors import DatabaseError, GraphrecError

T = TypeVar("T")


@dataclass(frozen=True)
class Problem:
    """An error that training would end with (``fatal``), or a warning."""

    message: str
    hint: str | None = None
    fatal: bool = True

    def __str__(self) -> str:
        return self.message + (f"\n  → {self.hint}" if self.hint else "")


@dataclass
class Problems:
    """Errors and warnings, each once."""

    found: list[Problem] = field(default_factory=list)

    def add(self, problem: Problem) -> None:
        """Add a problem unless it is known."""
        if problem not in self.found:
            self.found.append(problem)

    def attempt(self, read: Callable[[], T]) -> T | None:
        """Return the result of ``read``, or None and keep its error; a failing database ends everything."""
        try:
            return read()
        except DatabaseError:
            raise
        except GraphrecError as error:
            self.add(Problem(error.message, error.hint))
            return None

    @contextmanager
    def warned(self) -> Iterator[None]:
        """Keep the warnings of the block, in place of showing them."""
        handler = _Warnings(self)
        shown, propagated = LOGGER.handlers[:], LOGGER.propagate
        LOGGER.handlers[:], LOGGER.propagate = [handler], False
        try:
            yield
        finally:
            LOGGER.handlers[:], LOGGER.propagate = shown, propagated


class _Warnings(logging.Handler):
    """Add warnings to problems."""

    def __init__(self, problems: Problems) -> None:
        super().__init__(logging.WARNING)
        self._problems = problems

    def emit(self, record: logging.LogRecord) -> None:
        self._problems.add(Problem(record.getMessage(), fatal=False))
