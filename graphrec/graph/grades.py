"""Tell dislikes by the grades on a relationship: labels of 0 and 1, thumbs, stars.

A label of 0 says that somebody did not want an item; without ``dislike`` it would count as liking. Low stars may be a
dislike or weak liking: only the owner knows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphrec.config.schema import Behaviour
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.graph.readable import READABLE, holds_words
from graphrec.graph.senses import says_dislike
from graphrec.graph.survey import Property, Relation
from graphrec.graph.values import read_number
from graphrec.graph.vocabulary import GRADES, parts

#: Types of values that may be a grade.
_TYPES = frozenset({"INTEGER", "FLOAT", "BOOLEAN", "STRING"})
#: Most different grades on a scale, 0 to 100; and most that are shown one by one.
_MOST, _SHOWN = 101, 11
#: Highest grades of the usual scales, and the highest of a dislike on each: stars (halves too), marks, percent.
_SCALES = {3.0: 1.0, 5.0: 2.0, 7.0: 3.0, 10.0: 4.0, 100.0: 40.0}
#: Fewest low grades, as a share, that are worth a question.
_FEW = 0.02
_PLAIN = Behaviour()
_YES = "true yes y t up like liked love loved good positive relevant recommended thumbs_up interested"
_NO = "false no n f down dislike disliked hate hated bad negative irrelevant not_recommended thumbs_down not_interested"
_BETWEEN = "neutral meh ok okay so_so indifferent mixed"
_COUNTED = "zero one two three four five six seven eight nine ten"
_WORDS = {
    **dict.fromkeys(_YES.split(), 1.0),
    **dict.fromkeys(_NO.split(), 0.0),
    **dict.fromkeys(_BETWEEN.split(), 0.5),
    **{word: float(number) for number, word in enumerate(_COUNTED.split())},
}


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
        Words as numbers, where the grades are words, or true and false.
    counts
        Grade → number of relationships, the lowest first.
    disliked
        Number of relationships with a grade that may be a dislike.
    certain
        Whether low grades can be nothing but dislikes.
    likely
        Whether they probably are.
    """

    name: str
    dislike: float
    values: dict[str, float]
    counts: dict[Any, int]
    disliked: int
    certain: bool
    likely: bool = False

    def shown(self) -> str:
        """Return the grades with their counts."""
        return _shown(self.counts)


def find_grades(db: Database, relation: Relation) -> tuple[Grades | None, str]:
    """Return the first property of a behaviour whose low grades may be dislikes, and a remark on grades in words."""
    remark = ""
    for found in relation.properties if relation.count <= READABLE else ():
        if not _may_grade(found):
            continue
        mapped = Behaviour(path=relation.path, strength=found.name)
        query = queries.load("inspect/grades", relation.schema(mapped), RATED=relation.kind)
        rows = db.read(query, strength=mapped.key(found.name), most=_MOST + 1)
        counts = {row["grade"]: row["number"] for row in rows}
        judged = judge(found.name, counts)
        if judged is not None:
            return judged, remark
        if len(counts) <= _SHOWN and any(isinstance(g, str) and read_number(g, _PLAIN) is None for g in counts):
            remark = remark or holds_words(found.name, _shown(counts))
    return None, remark


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
    >>> judge("label", {0.0: 3, 1.0: 7}).dislike, judge("rating", {"1.0": 1, "3": 5, "4.5": 9}).dislike
    (0.0, 2.0)
    >>> judge("vote", {"up": 7, "down": 3}).values, judge("skipped", {False: 7, True: 3}).values
    ({'down': 0.0, 'up': 1.0}, {'true': 0.0, 'false': 1.0})
    """
    if not 2 <= len(counts) <= _MOST:
        return None
    read = {grade: _read(grade) for grade in counts}
    numbers = {grade: number for grade, number in read.items() if number is not None}
    if len(numbers) < len(counts):
        return None
    turned = says_dislike(name.rpartition(".")[2])
    scale = set(numbers.values())
    if turned is not None:
        if scale != {0.0, 1.0} or not all(map(_is_word, counts)):
            return None
        numbers = {grade: 1 - number for grade, number in numbers.items()}
    ordered = {grade: counts[grade] for grade in sorted(counts, key=lambda grade: numbers[grade])}
    values = {_word(grade): numbers[grade] for grade in ordered if _is_word(grade)}
    if scale in ({0.0, 1.0}, {-1.0, 1.0}, {-1.0, 0.0, 1.0}) or (values and scale == {0.0, 0.5, 1.0}):
        least = -1.0 if len(scale) == 3 and -1.0 in scale else 0.0
        disliked = _below(numbers, counts, least)
        return Grades(name, least, values, ordered, disliked, certain=turned != "asked", likely=True)
    top = next((limit for limit in _SCALES if max(scale) <= limit), None)
    if top is None or min(scale) < 0 or max(scale) < 3 or (top == 3 and scale != {1.0, 2.0, 3.0}):
        return None
    low, total = _SCALES[top], sum(counts.values())
    disliked = _below(numbers, counts, low)
    return (
        Grades(name, low, values, ordered, disliked, certain=False) if _FEW * total <= disliked < 0.5 * total else None
    )


def _read(grade: Any) -> float | None:
    """Return a grade as a number: a number, also as text, a word, or a number of stars."""
    found = float(grade) if isinstance(grade, bool) else (read_number(grade, _PLAIN) or (None,))[0]
    if found is not None or not isinstance(grade, str):
        return found
    said = grade.strip().lower()
    if said and set(said) <= {"★", "☆"}:
        return float(said.count("★"))
    starred = re.fullmatch(r"(\w+?)[ _-]?stars?", said)
    word = starred[1] if starred else re.sub(r"[\s-]+", "_", said)
    return float(word) if word.isdecimal() else _WORDS.get(word)


def _is_word(grade: Any) -> bool:
    return isinstance(grade, bool) or read_number(grade, _PLAIN) is None


def _word(grade: Any) -> str:
    """Return a grade as a key of ``values``."""
    return str(grade).lower() if isinstance(grade, bool) else str(grade).strip()


def _below(numbers: Mapping[Any, float], counts: Mapping[Any, int], most: float) -> int:
    return sum(counts[grade] for grade, number in numbers.items() if number <= most)


def _may_grade(found: Property) -> bool:
    kinds = {kind.removesuffix(" NOT NULL") for kind in found.kinds}
    said = found.name.rpartition(".")[2]
    return bool(kinds <= _TYPES and (set(parts(said)) & GRADES or says_dislike(said)))


def _shown(counts: Mapping[Any, int]) -> str:
    if len(counts) > _SHOWN:
        return f"{_number(next(iter(counts)))} to {_number(list(counts)[-1])}"
    return ", ".join(f"{_number(grade)}: {count:,}" for grade, count in counts.items())


def _number(grade: Any) -> str:
    return f"{grade:g}" if isinstance(grade, float) else str(grade).lower() if isinstance(grade, bool) else str(grade)
