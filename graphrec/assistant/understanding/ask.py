"""An utterance that rules look at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from graphrec.assistant.actions import (
    Context,
    ItemRef,
    Language,
    Unknown,
)
from graphrec.assistant.understanding.known_names import Vocabulary
from graphrec.assistant.understanding.patterns import Patterns, patterns
from graphrec.assistant.understanding.references import (
    Named,
    item_of,
    reference_in,
)
from graphrec.assistant.understanding.wishes import Wishes, read_wishes


@dataclass
class Ask:
    """An utterance, and what it is understood by."""

    text: str
    language: Language
    context: Context
    vocabulary: Vocabulary
    #: Why no earlier rule took it: a title that no item has.
    problem: Unknown | None = None

    @property
    def patterns(self) -> Patterns:
        """Those of the language."""
        return patterns(self.language)

    def item(self, words: str) -> ItemRef | None:
        """Return the item that a phrase names; the reason why there is none is kept."""
        named = item_of(words, self.context, self.vocabulary)
        self.keep(named)
        return named.item

    def keep(self, named: Named | None) -> None:
        """Keep the first reason why words name no item."""
        if named is not None and named.problem is not None and self.problem is None:
            self.problem = named.problem

    def anywhere(self, text: str) -> ItemRef | None:
        """Return the item that stands anywhere in a text."""
        named = reference_in(text, self.context, self.vocabulary)
        self.keep(named)
        return named.item if named else None

    def wishes(self, text: str) -> Wishes:
        """Return the wishes in a text."""
        return read_wishes(text, self.language, self.vocabulary)


def matches(patterns: tuple[re.Pattern[str], ...], text: str) -> Iterator[re.Match[str]]:
    """Yield the match of each pattern that a text has."""
    return (match for pattern in patterns if (match := pattern.search(text)))
