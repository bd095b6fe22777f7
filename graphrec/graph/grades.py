"""Tell dislikes by the grades on a relationship: labels of 0 and 1, thumbs, stars.

A label of 0 says that somebody did not want an item; without ``dislike`` it would count as liking. Low stars may be a
dislike or weak liking: only the owner knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphrec.config.schema import Behaviour
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.graph.names import parts
from graphrec.graph.readable import READABLE
from graphrec.graph.survey import Property, Relation
from graphrec.graph.values import read_number
from graphrec.graph.vocabulary import GRADES

#: Types of values that may be a grade.
_TYPES = frozenset({"INTEGER", "FLOAT", "BOOLEAN", "STRING"})
#: Most different grades on a scale: 0 to 5 in halves.
_MOST = 11
#: Ends of the usual scales of stars, and the highest grade of a dislike on each.
_STARS = {5.0: 2.0, 10.0: 4.0}
#: Fewest low grades, as a share, that are worth a question.
_FEW = 0.02
_PLAIN = Behaviour()


@dataclass(frozen=True)
class Grades:
    """A property with grades of which the low ones may be dislikes.

    Attributes
    ----------
    name
        The property.
    dislike
        Highest grade that is a dislike.
    values
        Words as numbers, where the grades are true and false.
    counts
        Grade → number of relationships, the lowest first.
    disliked
        Number of relationships with a grade that may be a dislike.
    certain
        Whether low grades can be nothing but dislikes.
    """

    name: str
    dislike: float
    values: dict[str, float]
    counts: dict[Any, int]
    disliked: int
    certain: bool

    def shown(self) -> str:
        """Return the grades with their counts."""
        return ", ".join(f"{_number(grade)}: {count:,}" for grade, count in self.counts.items())


def find_grades(db: Database, relation: Relation) -> Grades | None:
    """Return the first property of a relationship type whose low grades may be dislikes, or None."""
    for found in relation.properties if relation.count <= READABLE else ():
        if not _may_grade(found):
            continue
        query = queries.load("inspect/grades", User=relation.head, RATED=relation.kind, Item=relation.tail)
        rows = db.read(query, key=found.name, most=_MOST + 1)
        judged = judge(found.name, {row["grade"]: row["number"] for row in rows})
        if judged is not None:
            return judged
    return None


def judge(name: str, counts: Mapping[Any, int]) -> Grades | None:
    """Return the grades of a property if the low ones may be dislikes.

    Parameters
    ----------
    name
        The property.
    counts
        Each different value → its number; more than :data:`_MOST` are no grades.

    Examples
    --------
    >>> judge("label", {0.0: 3, 1.0: 7}).dislike, judge("rating", {1: 1, 3: 5, 5: 9}).dislike
    (0.0, 2.0)
    """
    read = {grade: read_number(grade, _PLAIN) for grade in counts}
    numbers = {grade: found[0] for grade, found in read.items() if found is not None}
    if all(isinstance(grade, bool) for grade in counts):
        numbers = {grade: float(grade) for grade in counts}
    if not 2 <= len(counts) <= _MOST or len(numbers) < len(counts):
        return None
    ordered = {grade: counts[grade] for grade in sorted(counts, key=lambda grade: numbers[grade])}
    scale = set(numbers.values())
    if scale in ({0.0, 1.0}, {-1.0, 1.0}, {-1.0, 0.0, 1.0}):
        words = {"false": 0.0, "true": 1.0} if any(isinstance(grade, bool) for grade in ordered) else {}
        least = -1.0 if len(scale) == 3 else 0.0
        return Grades(name, least, words, ordered, _below(numbers, counts, least), certain=True)
    low = _STARS.get(max(scale))
    if low is None or min(scale) < 0 or any(grade % 0.5 for grade in scale):
        return None
    disliked, total = _below(numbers, counts, low), sum(counts.values())
    return Grades(name, low, {}, ordered, disliked, certain=False) if _FEW * total <= disliked < 0.5 * total else None


def _below(numbers: Mapping[Any, float], counts: Mapping[Any, int], most: float) -> int:
    return sum(counts[grade] for grade, number in numbers.items() if number <= most)


def _may_grade(found: Property) -> bool:
    kinds = {kind.removesuffix(" NOT NULL") for kind in found.kinds}
    return bool(kinds <= _TYPES and set(parts(found.name)) & GRADES)


def _number(grade: Any) -> str:
    return f"{grade:g}" if isinstance(grade, float) else str(grade).lower()
