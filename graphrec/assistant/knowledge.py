"""What the graph says about items: facts looked up, and items compared."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from graphrec.assistant.actions import Id, ItemRef, Language
from graphrec.assistant.phrases import joined, listed, say, titled
from graphrec.assistant.reply import Fact, Outcome
from graphrec.common.printable import printable
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.serving.item_detail import ItemDetail, read_detail

#: Values of one fact, and facts of one item, that an answer names; characters of a text.
_VALUES, _FACTS, _TEXT = 6, 8, 240


class _Known(NamedTuple):
    """A relation or property of an item, and its values."""

    relation: str
    values: tuple[str, ...]


class Knowledge:
    """Answers from the item's node and what it is tied to.

    Parameters
    ----------
    db, settings
        The database and the project's settings.
    schema
        Gives the mapping with its behaviours and knowledge.
    rank
        User and items → their places for this user, where they are known.
    """

    def __init__(
        self,
        db: Database,
        settings: Settings,
        schema: Callable[[], GraphSchema],
        rank: Callable[[Id, Id], int | None],
    ) -> None:
        self._db, self._settings, self._schema, self._rank = db, settings, schema, rank

    def look_up(self, item: ItemRef, about: str | None, language: Language) -> Outcome:
        """Return a fact of an item, or all that fits an answer."""
        detail = self._detail(item.item)
        if detail is None or not detail.available:
            return Outcome((say(language, "gone", title=titled(language, item.title)),))
        title, known = titled(language, detail.title), self._known(detail)
        if about is None:
            known = known[:_FACTS]
            what = _worded(known, language)
            key = "facts" if known else "facts.none"
            return Outcome((say(language, key, title=title, what=what),), facts=_facts(detail, known))
        found = [one for one in known if one.relation == about]
        if not found:
            return Outcome((say(language, "fact.none", title=title, about=words_of(about)),))
        what = _listed(found[0], language)
        said = say(language, "fact", title=title, about=words_of(about), what=what)
        return Outcome((said,), facts=_facts(detail, found))

    def compare(self, items: Sequence[ItemRef], user: Id | None, language: Language) -> Outcome:
        """Return what items have in common, what each has alone, and which comes first for a person."""
        details = [one for item in items if (one := self._detail(item.item)) is not None and one.available]
        if len(details) < 2:
            missing = next((item for item in items if item.item not in {one.item for one in details}), items[0])
            return Outcome((say(language, "gone", title=titled(language, missing.title)),))
        known = [{one.relation: one.values for one in self._known(detail)} for detail in details]
        shared, alone = _divided(known)
        sentences, facts = list[str](), list[Fact]()
        if shared:
            key = "compare.shared" if len(details) == 2 else "compare.shared.many"
            sentences.append(say(language, key, what=_worded(shared[:_FACTS], language)))
        for detail, own in zip(details, alone, strict=True):
            facts += _facts(detail, [*shared[:_FACTS], *own[:_FACTS]])
            if own:
                what = _worded(own[:_FACTS], language)
                sentences.append(say(language, "compare.one", title=titled(language, detail.title), what=what))
        if not any(alone):
            titles = listed(language, [titled(language, one.title) for one in details])
            sentences.append(say(language, "compare.same", titles=titles))
        best = self._first(details, user)
        if best is not None:
            sentences.append(say(language, "compare.rank", title=titled(language, best.title)))
        return Outcome(tuple(sentences), facts=tuple(facts))

    def _first(self, details: Sequence[ItemDetail], user: Id | None) -> ItemDetail | None:
        if user is None:
            return None
        places = [(place, n) for n, one in enumerate(details) if (place := self._rank(user, one.item)) is not None]
        return details[min(places)[1]] if len(places) == len(details) else None

    def _detail(self, item: Id) -> ItemDetail | None:
        return read_detail(self._db, self._settings, self._schema(), item)

    def _known(self, detail: ItemDetail) -> list[_Known]:
        """Return what may be said of an item: what it is tied to, then its properties."""
        role, serve = self._settings.graph.item, self._settings.serve
        ties: dict[str, list[str]] = {}
        for one in detail.entities:
            ties.setdefault(one.type, []).append(str(one.name))
        found = [_Known(kind, tuple(dict.fromkeys(names))) for kind, names in ties.items()]
        untold = {*role.keys, role.title, serve.hidden, serve.expires, serve.stock, self._settings.graph.entity.key}
        for name, value in detail.properties.items():
            if name not in untold and (values := _texts(value)):
                found.append(_Known(name, values))
        return found


def _texts(value: Any) -> tuple[str, ...]:
    """Return a property as texts to show; none for what says nothing."""
    if isinstance(value, list):
        return tuple(text for one in value for text in _texts(one))
    if value is None or isinstance(value, dict) or value == "":
        return ()
    text = f"{value:g}" if isinstance(value, float) and abs(value) < 1e15 else str(value)
    text = printable(text)
    return (text if len(text) <= _TEXT else text[: _TEXT - 1] + "…",)


def _divided(known: Sequence[dict[str, tuple[str, ...]]]) -> tuple[list[_Known], list[list[_Known]]]:
    """Return what all items have, and what each of them has that not all have."""
    shared: list[_Known] = []
    for relation in known[0]:
        common = [value for value in known[0][relation] if all(value in one.get(relation, ()) for one in known)]
        if common:
            shared.append(_Known(relation, tuple(common)))
    both = {one.relation: set(one.values) for one in shared}
    alone = []
    for one in known:
        own = [_Known(name, tuple(v for v in values if v not in both.get(name, ()))) for name, values in one.items()]
        alone.append([part for part in own if part.values])
    return shared, alone


def words_of(relation: str) -> str:
    """Return a relation or property as words.

    >>> words_of("DIRECTED_BY"), words_of("releaseYear")
    ('directed by', 'release year')
    """
    if relation.isupper():
        return printable(relation.replace("_", " ").lower().removeprefix("has "))
    return printable(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", relation).replace("_", " ").lower())


def _listed(known: _Known, language: Language) -> str:
    values = list(known.values[:_VALUES])
    return joined(language, [listed(language, map(printable, values)), *(["…"] if len(known.values) > _VALUES else [])])


def _worded(known: Sequence[_Known], language: Language) -> str:
    between = ": " if language == "en" else "："
    after = say(language, "semicolon")
    return after.join(f"{words_of(one.relation)}{between}{_listed(one, language)}" for one in known)


def _facts(detail: ItemDetail, known: Sequence[_Known]) -> tuple[Fact, ...]:
    return tuple(
        Fact(detail.title, one.relation, value, detail.item) for one in known for value in one.values[:_VALUES]
    )
