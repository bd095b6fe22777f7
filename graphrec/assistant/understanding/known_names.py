"""What the graph has words for: titles, entities, numeric and text properties, relations."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from graphrec.assistant.actions import EntityFilter, Filter, Id, ItemRef, TextFilter
from graphrec.assistant.understanding.lexicon import lexicon
from graphrec.assistant.understanding.names import NameIndex, key
from graphrec.graph.vocabulary import parts

#: Shortest surname that names a person alone.
_SURNAME = 4
#: Likeness at which several titles are as good as each other.
_AS_GOOD = 0.02
#: What the name of a kind may end in.
_KIND_OF = re.compile(r" (?:films?|movies?|fiction|music|books?)$")


@dataclass(frozen=True)
class EntityName:
    """An entity: its id (its name where it has none), its name, the relations that tie items to it, and how many."""

    entity: Id
    name: str
    relations: tuple[str, ...] = ()
    items: int = 0


@dataclass(frozen=True)
class Spread:
    """The least, middle and greatest value of a numeric property."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True)
class Term:
    """What words in a wish can mean: entities and texts, any of which fits."""

    filters: tuple[Filter, ...]


@dataclass
class Vocabulary:
    """Names of a graph, and what they stand for; finds titles and entities despite typing errors.

    Attributes
    ----------
    items
        The items, where they are few enough to be held.
    entities
        Entities, the most tied first.
    numbers
        Numeric property of items → its values.
    texts
        Text property of items → its values, where they are few.
    find
        Looks for titles in the database, where the items are not held: words → items, the most alike first.
    """

    items: Sequence[ItemRef] = ()
    entities: Sequence[EntityName] = ()
    numbers: Mapping[str, Spread] = field(default_factory=dict)
    texts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    find: Callable[[str], Sequence[ItemRef]] | None = None

    def __post_init__(self) -> None:
        """Build the indexes."""
        self.titles = NameIndex([one.title for one in self.items])
        self.names = NameIndex([one.name for one in self.entities])
        self.relations = tuple(dict.fromkeys(kind for one in self.entities for kind in one.relations))
        self.terms = self._terms()
        self.surnames = self._surnames()
        self.term_names = NameIndex([*self.terms, *self.surnames])
        self.terms |= {words: Term((one,)) for words, one in self.surnames.items()}
        self.longest = max((len(words.split()) for words in self.terms), default=1)

    def items_called(self, words: str) -> list[ItemRef]:
        """Return the item with a title, or the items: the same title, else the most alike despite typing errors."""
        if self.find is not None:
            return _best(words, self.find(words))
        same = self.titles.exact(words)
        if same:
            return [self.items[place] for place in same]
        return _best(words, [self.items[place] for place, _ in self.titles.like(words)])

    def entity(self, words: str) -> EntityName | None:
        """Return the entity of a name, the most tied of several; despite typing errors."""
        found = self.names.exact(words) or [place for place, _ in self.names.like(words)[:1]]
        return self.entities[found[0]] if found else None

    def measure(self, name: str) -> str | None:
        """Return the numeric property of a measure of the lexicon, such as ``year``; None: there is none."""
        wanted = lexicon().measures[name].properties
        named = {held: set(parts(held)) for held in self.numbers}
        return next((held for word in wanted for held in named if word == held.lower() or word in named[held]), None)

    def fact(self, name: str) -> str | None:
        """Return the relation or property that holds a fact of the lexicon, such as ``maker``."""
        wanted = lexicon().facts[name].parts
        named = (*self.relations, *self.texts)
        # A number of stars is a rating, and people who star are a relation.
        held = (*self.numbers, *named) if name in lexicon().measures else (*named, *self.numbers)
        # "made in" may name a country: a relation that says more of the fact, such as "directed by", comes first.
        return next((one for word in wanted for one in held if word in parts(one)), None)

    def _terms(self) -> dict[str, Term]:
        """Return key of words → what they mean."""
        held: dict[str, list[Filter]] = {}
        for one in self.entities:
            held.setdefault(key(one.name), []).append(EntityFilter(one.entity, one.name))
        for name, values in self.texts.items():
            for value in values:
                held.setdefault(key(value), []).append(TextFilter(name, value))
        # An entity and a text of the same name mean the same: the entity, of which the most tied comes first.
        named = {words: some[0] for words, some in held.items() if words}
        for name in list(named):
            named.setdefault(_KIND_OF.sub("", name), named[name])
        meant: dict[str, tuple[Filter, ...]] = {}
        for concept, words in lexicon().concepts.items():
            keys = [key(one) for one in (concept, *words)]
            found = next((named[one] for one in keys if one in named), None) or self._kind_with(keys)
            if found is not None:
                meant[concept] = (found,)
        for together, several in lexicon().together.items():
            if together not in meant and all(one in meant for one in several):
                meant[together] = tuple(one for name in several for one in meant[name])
        terms = {key(word): Term(some) for concept, some in meant.items() for word in lexicon().concepts[concept]}
        return terms | {words: Term((one,)) for words, one in named.items()}

    def _kind_with(self, words: Sequence[str]) -> EntityFilter | None:
        """Return the most tied kind of item with one of some words in its name: "Comedy-GB"."""
        wanted, kind = set(words), self.fact("kind")
        for one, said in zip(self.entities, self.names.keys, strict=True):
            if kind in one.relations and wanted.intersection(said.split()):
                return EntityFilter(one.entity, one.name)
        return None

    def _surnames(self) -> dict[str, EntityFilter]:
        """Return last word → the most tied entity with several words."""
        common = lexicon().fillers["en"]
        found: dict[str, EntityFilter] = {}
        for one, words in zip(self.entities, self.names.keys, strict=True):
            first, _, last = words.rpartition(" ")
            if first and len(last) >= _SURNAME and last.isalpha() and last not in common and last not in self.terms:
                found.setdefault(last, EntityFilter(one.entity, one.name))
        return found


def _best(words: str, found: Iterable[ItemRef]) -> list[ItemRef]:
    """Return the items whose titles are most like words, several where they are as good as each other."""
    from graphrec.assistant.understanding.names import ALIKE, likeness

    wanted = key(words)
    scored = [(likeness(wanted, key(one.title)), one) for one in found]
    top = max((score for score, _ in scored), default=0.0)
    return [one for score, one in scored if score >= max(ALIKE, top - _AS_GOOD)]
