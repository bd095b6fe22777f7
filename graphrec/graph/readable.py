"""Read a property before it is proposed as a time or a strength, so that training accepts what was proposed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from graphrec.config.schema import Behaviour
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.db.outage import restarted
from graphrec.graph.survey import Relation
from graphrec.graph.times import TimeProperty
from graphrec.graph.values import COMMA, is_strength, read_time

#: A date with the day or the month first.
_LOCAL = re.compile(r"\d{1,2}([./-])\d{1,2}\1\d{2,4}\b")
#: Up to this many relationships all values are read; beyond, the sample of the survey decides.
READABLE = 2_000_000


@dataclass(frozen=True)
class Bad:
    """Values that cannot be read: how many of how many, and an example."""

    count: int
    total: int
    example: Any

    def __str__(self) -> str:
        return f"{self.count:,} of {self.total:,}, such as {self.example!r}"


def readable_time(db: Database, relation: Relation) -> tuple[TimeProperty | None, str]:
    """Return the first property of a relationship type that reads as a time, and a remark on values that do not."""
    remarks: list[str] = []
    for found in relation.times:
        bad = _bad(db, "time", relation, found.name, lambda value: read_time(_marked(value)) is not None)
        if bad is None:
            return found, "".join(remarks)
        if 2 * bad.count < bad.total:
            remarks.append(f"; {bad}, {'is' if bad.count == 1 else 'are'} no time, and count without one")
            return found, "".join(remarks)
        remarks.append(f"; {found.name!r} holds values that are no time: {bad}")
    return None, "".join(remarks)


def readable_strength(db: Database, relation: Relation, name: str | None) -> tuple[str | None, str]:
    """Return a property if all its values read as strengths, and a remark if they do not."""
    if name is None:
        return None, ""
    plain = Behaviour()
    bad = _bad(db, "strength", relation, name, lambda value: is_strength(value, plain))
    if bad is None:
        return name, ""
    if isinstance(bad.example, str) and COMMA.match(bad.example.strip()):
        point = f"toFloat(replace({name}, ',', '.'))"
        return None, f"; {name!r} holds numbers with a decimal comma ({bad}): store them as {point} to use them"
    if isinstance(bad.example, str):
        return None, holds_words(name, bad)
    return None, f"; {name!r} holds values that are no strength: {bad}"


def holds_words(name: str, which: object) -> str:
    """Return the remark on a property that holds words; ``which``: some of them, or their counts."""
    return f"; {name!r} holds words ({which}): say what each counts, by strength and values"


def not_times(db: Database, relation: Relation, names: list[str]) -> str:
    """Return what properties hold whose names say time, though none of their values reads as one; and the next step."""
    remarks = list[str]()
    for name in names:
        bad = _bad(db, "time", relation, name, lambda value: read_time(_marked(value)) is not None)
        if bad is None:
            continue
        said = f"{name!r} holds {bad.example!r}"
        if isinstance(bad.example, str) and _LOCAL.match(bad.example.strip()):
            said += ", whose order of day and month is not known"
        remarks.append(f"{said}: store it as a date, or as text such as '2024-12-31', to use it")
    return "; ".join(remarks)


@restarted
def _bad(
    db: Database, part: Literal["strength", "time"], relation: Relation, name: str, reads: Callable[[Any], bool]
) -> Bad | None:
    """Return the values of a property that do not read, or None if all do."""
    if relation.count > READABLE:
        return None
    count, total, example = 0, 0, None
    mapped = (
        Behaviour(path=relation.path, strength=name) if part == "strength" else Behaviour(path=relation.path, time=name)
    )
    query = queries.load(f"inspect/odd_{part}s", relation.schema(mapped), RATED=relation.kind)
    for row in db.stream(query, **{part: mapped.key(name)}):
        odd, number = row.values()
        total += number
        if odd is not None and not reads(odd):
            example = example if count else odd
            count += number
    return Bad(count, total, example) if count else None


def _marked(value: Any) -> Any:
    """Mark a number that may be a date, as the queries of the export do."""
    return {"number": value} if isinstance(value, int) and not isinstance(value, bool) else value
