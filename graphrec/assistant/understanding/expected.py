"""Sentences that people are expected to say, with what the graph holds, for a recogniser of these words alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from graphrec.assistant.actions import ItemRef
from graphrec.assistant.understanding.known_names import Vocabulary
from graphrec.assistant.understanding.lexicon import lexicon
from graphrec.assistant.understanding.numerals import ORDINALS

#: Entities, and items beside those of the last list, whose names are expected. More words are heard less well.
_ENTITIES, _ITEMS = 60, 100
_ALONE = [
    "hello",
    "thank you",
    "goodbye",
    "help",
    "what can you do",
    "start over",
    "yes please",
    "no thank you",
    "more please",
    "show me others",
    "something shorter",
    "something longer",
    "something newer",
    "something older",
    "why these",
    "why that one",
    "i like it",
    "i don't like it",
    "block it",
    "how long is it",
    "who directed it",
    "tell me more about it",
    "clear the filters",
    "i want to talk to a person",
    "what should i watch tonight",
    "recommend something",
    "but from the nineties",
    "from the eighties",
    "from the seventies",
    "a recent one",
    "under two hours",
    "with a better rating",
]
_OF_NAME = (
    "recommend {}",
    "something with {}",
    "but not {}",
    "without {}",
    "i want {}",
    "only {}",
    "show me {} movies",
)
_OF_ITEM = (
    "why {}",
    "like {}",
    "something like {}",
    "i like {}",
    "i don't like {}",
    "tell me about {}",
    "who directed {}",
    "how long is {}",
    "never show me {} again",
    "compare {} and the first",
)


#: How a search begins: its other words are a title or the name of an entity.
_OF_SEARCH = ("{}", "make it {}", "show me {}", "i want {}", "something {}")


def expected_searches(vocabulary: Vocabulary) -> list[str]:
    """Return English searches with the names of a graph, and nothing else that a request may say."""
    names = [one.name for one in vocabulary.entities[:_ENTITIES]] + [one.title for one in vocabulary.items[:_ITEMS]]
    return [sentence.format(name) for name in names for sentence in _OF_SEARCH]


def expected_requests(vocabulary: Vocabulary, shown: Sequence[ItemRef] = ()) -> list[str]:
    """Return English requests with the names of a graph.

    Parameters
    ----------
    shown
        The last list, whose titles come before all others.
    """
    return [*_ALONE, *_requests(vocabulary, shown)]


def _requests(vocabulary: Vocabulary, shown: Sequence[ItemRef]) -> Iterator[str]:
    names = [one.name for one in vocabulary.entities[:_ENTITIES]]
    names += [value for held in vocabulary.texts.values() for value in held[:_ENTITIES]]
    concepts = [word for words in lexicon().concepts.values() for word in words if word.isascii()]
    names += [word for word in concepts if word in vocabulary.terms]
    for sentence in _OF_NAME:
        yield from (sentence.format(name) for name in names)
    places = [f"the {word} one" for word in islice(ORDINALS, 10)] + ["the last one", "that one"]
    titles = [one.title for one in (*shown, *vocabulary.items[:_ITEMS])]
    for sentence in _OF_ITEM:
        yield from (sentence.format(item) for item in (*places, *titles))
