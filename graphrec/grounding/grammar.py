"""A sentence read in whole as clauses of known forms, each of which says something that can be looked up.

A sentence that has any other word in it is not read at all. So a negation, a comparison, a number in words, an unknown
name or praise is never let through: no form has it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from graphrec.grounding.mentions import M, Sentence

#: What a clause says. ``relation``: the subject has the named values in a role. ``kinds``: the values are genres, years
#: and the like of the subject. ``did``: the user did something with titles. ``because``: the same, and it has a part in
#: the score. ``shared``: subject and titles have values in common. ``share``: a title's part of the score. ``bare``: a
#: title alone. ``wish``: nothing that could be false.
Says = Literal["relation", "kinds", "did", "because", "shared", "share", "bare", "wish"]


#: Most characters and clauses of a sentence (a mention is one character), and readings of it.
LONGEST, _MOST, MOST_READINGS = 400, 8, 200
#: What may follow "Because …,": else it would be the reason of a fact.
_REASONED = ("wish", "shared")
#: Most forms that are tried at the places of one sentence.
_TRIED = 20_000


@dataclass(frozen=True)
class Form:
    """A form of a clause.

    Attributes
    ----------
    pattern
        A regular expression. Groups: ``s`` the subject's title, ``it`` a word for the subject, ``sy`` a year behind
        it, ``r`` words of the role, ``n`` values, ``t`` titles, ``d`` a detail, ``v`` a verb of the user.
    says
        See :data:`Says`.
    roles
        The roles that may be meant; empty: those of the words in ``r``, or any.
    fragment
        Whether the subject may be left out, because the clause before has it.
    """

    pattern: str
    says: Says
    roles: frozenset[str] = frozenset()
    fragment: bool = False

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The compiled pattern."""
        return re.compile(self.pattern)


@dataclass(frozen=True)
class Clause:
    """A clause that was read.

    ``parts``: groups of :class:`Form`; ``also``: titles of which it is said as well.
    """

    form: Form
    parts: Mapping[str, str]
    start: int
    end: int
    also: str = ""


@dataclass(frozen=True)
class Grammar:
    """The forms of a language.

    Attributes
    ----------
    forms
        Of clauses.
    between
        What may stand between clauses.
    joined
        What may stand before a fragment.
    opening
        What may stand at the beginning, and says nothing.
    like
        The beginning that extends a clause to further titles, with a group ``t``: "Like X, …".
    roles, verbs
        Words → roles; words → behaviour types.
    spaced
        Whether words are separated by spaces.
    """

    forms: tuple[Form, ...]
    between: str
    joined: str
    opening: str
    like: str
    roles: Mapping[str, frozenset[str]]
    verbs: Mapping[str, frozenset[str]]
    spaced: bool = True

    def readings(self, sentence: Sentence) -> Iterator[list[Clause]]:
        """Yield the ways to read a sentence as clauses, the first :data:`MOST_READINGS`."""
        words = self.bare(sentence)
        if len(words) <= LONGEST:
            yield from itertools.islice(self._all(words), MOST_READINGS)

    def _all(self, words: str) -> Iterator[list[Clause]]:
        left = iter(range(_TRIED))
        opening = re.compile(self.opening)
        starts = {0} | {found.end() for found in [opening.match(words)] if found}
        for start in sorted(starts, reverse=True):
            yield from self._read(words, start, [], left)
        like = re.compile(self.like).match(words)
        if like:
            for clauses in self._read(words, like.end(), [], left):
                first = clauses[0]
                yield [Clause(first.form, first.parts, first.start, first.end, like["t"]), *clauses[1:]]

    def bare(self, sentence: Sentence) -> str:
        """Return the words without the sentence's end, and for languages without spaces, without spaces."""
        words = re.sub(r"[\s.!?。！？…:：\"'”’」』]+\Z", "", sentence.words)
        words = re.sub(r"\A[\s\"'“‘「『*•\-–—]+", "", words)
        return words if self.spaced else re.sub(r"\s+", "", words)

    def _read(self, words: str, at: int, before: list[Clause], left: Iterator[int]) -> Iterator[list[Clause]]:
        if len(before) > _MOST:
            return
        for form, _ in zip(self.forms, left, strict=False):  # ``left`` is shared by all places
            if len(before) == 1 and before[0].form.says == "because" and form.says not in _REASONED:
                continue
            if form.says == "because" and any(one.form.says not in ("wish", "bare") for one in before):
                continue
            if before and (form.says == "bare" or (before[-1].form.says == "bare" and not form.fragment)):
                continue
            for clause in _matches(form, words, at):
                found = [*before, clause]
                if clause.end == len(words):
                    if form.says != "bare" or not before:
                        yield found
                    continue
                rest = re.compile(self.between if form.says != "bare" else self.joined).match(words, clause.end)
                if rest:
                    yield from self._read(words, rest.end(), found, left)
                space = re.compile(self.joined).match(words, clause.end)
                if space and (rest is None or space.end() != rest.end()):
                    more = self._read(words, space.end(), found, left)
                    yield from (one for one in more if one[len(found)].form.fragment)


def _matches(form: Form, words: str, at: int) -> Iterator[Clause]:
    """Yield the match of a form at a place, and where it ends in a list, the shorter ones."""
    end = len(words)
    while found := form.regex.match(words, at, end):
        if found.end() == at:
            return
        yield Clause(form, {k: v for k, v in found.groupdict().items() if v is not None}, at, found.end())
        # A list may end earlier, where another clause begins with a name.
        if not re.match(M, words[found.end() - 1]):
            return
        end = found.end() - 1


def any_of(words: Iterable[str]) -> str:
    """Return a pattern for one of some words, the longest first; of none, one that matches nothing."""
    return "|".join(map(re.escape, sorted(words, key=lambda one: (-len(one), one)))) or r"(?!)"


def merged(*known: Mapping[str, Collection[str]]) -> dict[str, frozenset[str]]:
    """Return the union of what words mean."""
    return {
        word: frozenset().union(*(one.get(word, ()) for one in known)) for word in {w for one in known for w in one}
    }
