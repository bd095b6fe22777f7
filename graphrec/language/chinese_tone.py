"""Tone of Chinese texts by a lexicon: words with strengths, negation, degree, and what follows a "but".

The words are plain data in the package jionlp (Apache-2.0), 33,000 with a strength from 1.1 to 1.9; no code of it is
run. Single characters, which that list leaves out, and words of reviews are added here.
"""

from __future__ import annotations

import math
import re
import zipfile
from importlib import metadata
from pathlib import Path

from graphrec.common.errors import LibraryError
from graphrec.language.chinese_words import BAD, GOOD, NEITHER, NOT, RATHER, SLIGHTLY, VERY

_FILE, _MEMBER = "jionlp/dictionary/sentiment_words.zip", "sentiment_words.txt"
HINT = "pip install 'graphrec[chinese]', or name a classifier in [language] tone"
_LONGEST_WORD = 8
#: Strength of the words that are added.
_ADDED = 1.5
_DEGREES = dict.fromkeys(VERY, 1.5) | dict.fromkeys(RATHER, 1.25) | dict.fromkeys(SLIGHTLY, 0.7)
_PARTS = re.compile(r"[。！？!?；;\n]+")
_CLAUSES = re.compile(r"[，,、：:\s]+")
_BUT = re.compile("但是|可是|然而|不过|只是|但|却")
#: What stands before a "but" counts so much; words of a clause within which a negation or a degree acts.
_BEFORE, _REACH = 0.5, 3
_NEGATED, _ALPHA = -0.75, 15.0


class ChineseLexicon:
    """Scores Chinese texts.

    Raises
    ------
    LibraryError
        jionlp is not installed, or has no lexicon.
    """

    def __init__(self) -> None:
        self._words = _lexicon()

    def score(self, text: str) -> float:
        """Return the tone of a text, from -1 to 1."""
        total = 0.0
        for sentence in _PARTS.split(text):
            before, *after = _BUT.split(sentence)
            weight = _BEFORE if after else 1.0
            total += weight * self._sum(before) + sum(map(self._sum, after))
        return total / math.sqrt(total * total + _ALPHA)

    def _sum(self, part: str) -> float:
        return sum(map(self._clause, _CLAUSES.split(part)))

    def _clause(self, clause: str) -> float:
        total, since_not, since_degree, degree = 0.0, _REACH + 1, _REACH + 1, 1.0
        for word in self._cut(clause):
            if word in NOT:
                # Two negations make none.
                since_not = _REACH + 1 if since_not == 0 else 0
                continue
            if word in _DEGREES:
                since_degree, degree = 0, _DEGREES[word]
                continue
            strength = 0.0 if word in NEITHER else self._words.get(word, 0.0)
            since_not, since_degree = since_not + 1, since_degree + 1
            if strength:
                strength *= degree if since_degree <= _REACH else 1.0
                strength *= _NEGATED if since_not <= _REACH else 1.0
                total += strength
                since_not = since_degree = _REACH + 1
        return total

    def _cut(self, clause: str) -> list[str]:
        """Return a clause in its longest known words, from left to right; other characters stand alone."""
        found, at = [], 0
        while at < len(clause):
            for length in range(min(_LONGEST_WORD, len(clause) - at), 0, -1):
                word = clause[at : at + length]
                if length == 1 or word in self._words or word in NEITHER or word in NOT or word in _DEGREES:
                    found.append(word)
                    at += length
                    break
        return found


def _lexicon() -> dict[str, float]:
    try:
        file = Path(str(metadata.distribution("jionlp").locate_file(_FILE)))
        with zipfile.ZipFile(file) as archive:
            lines = archive.read(_MEMBER).decode("utf-8").splitlines()
        pairs = (line.split("\t") for line in lines if line)
        words = {word: float(strength) for word, strength in pairs if len(word) > 1}
    except metadata.PackageNotFoundError as error:
        raise LibraryError("tone in Chinese needs a lexicon, which is not installed: jionlp", hint=HINT) from error
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise LibraryError(f"the lexicon of jionlp cannot be read: {error}", hint=HINT) from error
    return words | dict.fromkeys(GOOD, _ADDED) | dict.fromkeys(BAD, -_ADDED)
