"""Convert strengths and times as people store them: numbers as text, words, ISO 8601 text, dates as numbers.

What is converted is counted, and reported once. A strength that is no number is an error; so is a property of which
half or more are no times. Fewer count as missing, with a warning.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np

from graphrec.common.calendar import EARLY, FORMS, calendar_format, calendar_seconds
from graphrec.common.console import note_once, warn
from graphrec.common.errors import GraphError
from graphrec.config.schema import Behaviour
from graphrec.graph.columns import Ints, Nodes
from graphrec.graph.typed import NO_TIME

#: Marks a missing strength during the transfer.
UNGRADED = 1e300
#: Numbers as people write them in text.
NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?\Z", re.ASCII)
#: A number with a decimal comma.
COMMA = re.compile(r"[+-]?\d[\d.]*,\d+\Z", re.ASCII)
#: Kind of a text that is a date or a time.
ISO = "ISO 8601 text"
_MOST = 8


def read_time(value: Any) -> tuple[int, str | None] | None:
    """Return a time in its own unit (see :func:`graphrec.graph.behaviours.seconds`), and what was converted.

    Parameters
    ----------
    value
        A time that is not a temporal value in Neo4j. ``{"number": n}``: a number that may be a date; queries mark
        these, since temporal values arrive as numbers too.

    Returns
    -------
    tuple or None
        None if it is no time.

    Examples
    --------
    >>> read_time("965069103"), read_time("2000-07-31"), read_time({"number": 20000731}), read_time("soon")
    ((965069103, 'numbers as text'), (965001600, 'ISO 8601 text'), (965001600, 'numbers of the form YYYYMMDD'), None)
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value, None
    if isinstance(value, dict):
        return _calendar(value["number"])
    if isinstance(value, float):
        if not math.isfinite(value) or abs(value) >= 2**63:
            return None
        return _calendar(value)
    return _text_time(value.strip()) if isinstance(value, str) else None


def text_number(text: str) -> float:
    """Return a text that :data:`NUMBER` matches as a number, whole ones as integers."""
    return int(text) if text.lstrip("+-").isdigit() else float(text)


def is_strength(value: Any, mapped: Behaviour) -> bool:
    """Return whether a value is a strength: a number that is not negative, or converts to one."""
    found = read_number(value, mapped)
    return found is not None and math.isfinite(found[0]) and found[0] >= 0


def _calendar(value: float) -> tuple[int, str | None] | None:
    form = calendar_format(value)
    if form is None or value != int(value):
        return math.floor(value), None
    found = calendar_seconds(value, form)
    return None if found is None else (found, FORMS[form])


def _text_time(text: str) -> tuple[int, str | None] | None:
    if not text:
        return NO_TIME, None
    if NUMBER.match(text):
        number = text_number(text)
        found = _calendar(number) if abs(number) < 2**63 else None
        return found and (found[0], f"{found[1] or 'numbers'} as text")
    try:
        moment = datetime.fromisoformat(re.sub(r"\A(\d{4})/(\d\d)/", r"\1-\2-", text))
    except ValueError:
        return None
    return math.floor((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()), ISO


def read_number(value: Any, mapped: Behaviour) -> tuple[float, str | None] | None:
    """Return a strength as a number and what was converted, or None if it is no number."""
    said = str(value).lower() if isinstance(value, bool) else value
    if isinstance(said, str):
        said = said.strip()
        if said in mapped.values:
            return mapped.values[said], "words"
        return (float(said), "numbers as text") if NUMBER.match(said) else None
    return (float(said), None) if isinstance(said, int | float) else None


@dataclass
class _Odd:
    """Values that cannot be read: how many, the first one with the internal ids of its ends, and some others."""

    count: int = 0
    value: Any = None
    user: Any = None
    item: Any = None
    others: dict[str, None] = field(default_factory=dict)

    def add(self, value: Any, user: Any, item: Any) -> None:
        if not self.count:
            self.value, self.user, self.item = value, user, item
        self.count += 1
        if len(self.others) < _MOST and isinstance(value, str):
            self.others[value] = None


class Values:
    """Convert the strengths and times of one behaviour type."""

    def __init__(self, kind: str, mapped: Behaviour) -> None:
        self.kind, self.mapped = kind, mapped
        self._converted: Counter[tuple[str, str]] = Counter()
        self._strengths, self._times = _Odd(), _Odd()
        self._year: int | None = None

    def time(self, value: Any, user: Any = None, item: Any = None) -> int:
        """Return a time in its own unit; :data:`graphrec.graph.typed.NO_TIME` if it is missing or no time."""
        found = read_time(value)
        if found is None:
            self._times.add(value["number"] if isinstance(value, dict) else value, user, item)
            return NO_TIME
        if found[1]:
            self._converted[str(self.mapped.time_property), found[1]] += 1
        if isinstance(value, dict) and found[1] == FORMS["%Y"]:
            self._year = value["number"]
        return found[0]

    def check_years(self, times: Ints) -> None:
        """Refuse times, int64 ``[E]``, that count from a small number, so that some of them look like years.

        Raises
        ------
        GraphError
            Numbers that were read as years are beside smaller ones.
        """
        small = times[(times >= 0) & (times < EARLY)]
        if self._year is not None and len(small) and not np.isin(small, [0]).all():
            raise GraphError(
                f"{self.kind}.{self.mapped.time_property}: {self._year} may be a year, and {small.max()} is none: "
                "these numbers count something, and are no times",
                hint=f'leave the time out with time = "" in [graph.behaviours.{self.kind}], or store epoch seconds',
            )

    def strength(self, value: Any, user: Any = None, item: Any = None) -> float:
        """Return a strength; :data:`UNGRADED` if it is no number, which :meth:`report` refuses."""
        found = read_number(value, self.mapped)
        if found is None:
            self._strengths.add(value, user, item)
            return UNGRADED
        if found[1]:
            self._converted[str(self.mapped.strength), found[1]] += 1
        return found[0]

    def report(self, timed: int = 0, users: Nodes | None = None, items: Nodes | None = None) -> None:
        """Say what was converted, and what could not be.

        Parameters
        ----------
        timed
            Number of behaviours with a time that was read.
        users, items
            The nodes, to name those of an example.

        Raises
        ------
        GraphError
            A strength is no number, or half or more of the times are none.
        """
        self.check_strengths(users, items)
        if self._times.count:
            self._no_time(timed, between(self._times.user, self._times.item, users, items))
        for (name, what), count in self._converted.items():
            read = "numbers" if name == self.mapped.strength else "times"
            note_once(f"{self.kind}.{name}: {what} are read as {read} ({count:,} of them)")

    def check_strengths(self, users: Nodes | None = None, items: Nodes | None = None) -> None:
        """Refuse strengths that are no numbers.

        Raises
        ------
        GraphError
            A strength is no number.
        """
        if self._strengths.count:
            raise self._no_number(between(self._strengths.user, self._strengths.item, users, items))

    def _no_number(self, where: str) -> GraphError:
        odd = self._strengths
        words = list(odd.others)
        leave = f"leave strength out of [graph.behaviours.{self.kind}]: each then counts the same"
        hint = f"convert the property, or {leave}"
        if words and all(COMMA.match(word.strip()) for word in words):
            hint = f"these are numbers with a decimal comma: store them with a point; or {leave}"
        elif words:
            worth = ", ".join(f"{_key(word)} = {n}" for n, word in enumerate(words, 1))
            hint = f"say what each word counts: values = {{{worth}}}, with numbers of your own; or {leave}"
        return GraphError(
            f"{self.kind}.{self.mapped.strength} = {odd.value!r} ({type(odd.value).__name__}): a strength must "
            f"be a number{where} ({odd.count:,} are not)",
            hint=hint,
        )

    def _no_time(self, timed: int, where: str) -> None:
        odd, total = self._times, self._times.count + timed
        said = (
            f"{self.kind}.{self.mapped.time_property} = {odd.value!r} ({type(odd.value).__name__}): not a time{where} "
            f"({odd.count:,} of {total:,} are not)"
        )
        if 2 * odd.count >= total:
            raise GraphError(
                said,
                hint="it may be a datetime or date, a number (epoch seconds or milliseconds, YYYYMMDD or a year), or "
                f"such a number or ISO 8601 as text; or name another property with time = in "
                f"[graph.behaviours.{self.kind}]",
            )
        warn(f"{said}; they count without a time")


def between(user: Any, item: Any, users: Nodes | None, items: Nodes | None) -> str:
    """Return ``, as from KEY to KEY`` for two internal ids, or nothing if the nodes are unknown."""
    if users is None or items is None or user is None:
        return ""
    return f", as from {_named(users, user)} to {_named(items, item)}"


def _named(nodes: Nodes, node: int) -> str:
    place = int(nodes.find(np.array([node], np.int64))[0])
    return repr(nodes.keys[place]) if place >= 0 else "a node without a key"


def _key(word: str) -> str:
    """Return a word as a key of TOML."""
    return word if re.fullmatch(r"[A-Za-z0-9_-]+", word) else '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'
