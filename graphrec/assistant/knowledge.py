"""What the graph says about items: facts looked up, and items compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from graphrec.assistant.actions import Id, ItemRef, Language
from graphrec.assistant.phrases import joined, listed, say, titled
from graphrec.assistant.reply import Outcome
from graphrec.common.printable import printable
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.grounding.fact import Fact
from graphrec.grounding.facts import gather_items, not_told
from graphrec.grounding.relations import ROLES, role_of, words_of
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
        User and item → its place for this user; None where it has none.
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
        """Return a fact of an item, or as many as fit an answer."""
        detail = self._detail(item)
        if detail is None:
            return _gone(item, language)
        title, facts = titled(language, detail.title), self._facts([item.item])
        known = _grouped(facts)
        if about is None:
            key, what = ("facts", _worded(known[:_FACTS], language)) if known else ("facts.none", "")
            return Outcome((say(language, key, title=title, what=what),), facts=facts, about=detail.title)
        found = [one for one in known if one.relation == about] or self._text(detail, about)
        name = named(about, language)
        if not found:
            return Outcome((say(language, "fact.none", title=title, about=name),))
        said = say(language, "fact", title=title, about=name, what=_listed(found[0], language))
        own = tuple(one for one in facts if one.relation == about)
        return Outcome((said,), facts=own, about=detail.title)

    def compare(self, items: Sequence[ItemRef], user: Id | None, language: Language) -> Outcome:
        """Return what items have in common, what each has alone, and which comes first for a person."""
        for item in items:
            if self._detail(item) is None:
                return _gone(item, language)
        facts = self._facts([item.item for item in items])
        shared, alone = _divided(
            [_grouped([one for one in facts if one.subject == printable(item.title)]) for item in items]
        )
        sentences = list[str]()
        if shared:
            key = "compare.shared" if len(items) == 2 else "compare.shared.many"
            sentences.append(say(language, key, what=_worded(shared[:_FACTS], language)))
        for item, own in zip(items, alone, strict=True):
            if own:
                what = _worded(own[:_FACTS], language)
                sentences.append(say(language, "compare.one", title=titled(language, item.title), what=what))
        if not any(alone):
            titles = listed(language, [titled(language, one.title) for one in items])
            sentences.append(say(language, "compare.same", titles=titles))
        first = self._first(items, user)
        if first is not None:
            sentences.append(say(language, "compare.rank", title=titled(language, first.title)))
        return Outcome(tuple(sentences), facts=facts, about=items[0].title)

    def of_items(self, items: Sequence[ItemRef]) -> tuple[Fact, ...]:
        """Return the facts of items of a list."""
        return self._facts([item.item for item in items])

    def _first(self, items: Sequence[ItemRef], user: Id | None) -> ItemRef | None:
        if user is None:
            return None
        places = [(place, n) for n, one in enumerate(items) if (place := self._rank(user, one.item)) is not None]
        return items[min(places)[1]] if len(places) == len(items) else None

    def _facts(self, items: Sequence[Id]) -> tuple[Fact, ...]:
        return gather_items(self._db, self._schema(), items, not_told(self._settings.serve))

    def _detail(self, item: ItemRef) -> ItemDetail | None:
        """Return an item that may be shown."""
        found = read_detail(self._db, self._settings, self._schema(), item.item)
        return found if found is not None and found.available else None

    def _text(self, detail: ItemDetail, about: str) -> list[_Known]:
        """Return a text of an item, which is no fact."""
        value = detail.properties.get(about) if about in self._settings.graph.item.text else None
        if not isinstance(value, str) or not value.strip():
            return []
        text = printable(value)
        return [_Known(about, (text if len(text) <= _TEXT else text[: _TEXT - 1] + "…",))]


def named(relation: str, language: Language) -> str:
    """Return a relation or property in words.

    >>> named("DIRECTED_BY", "en"), named("DIRECTED_BY", "zh")
    ('directed by', '导演')
    """
    role = ROLES.get(role_of(relation))
    if language == "zh" and role is not None and role.zh_nouns:
        return role.zh_nouns[0]
    return words_of(relation).removeprefix("has ")


def _gone(item: ItemRef, language: Language) -> Outcome:
    return Outcome((say(language, "gone", title=titled(language, item.title)),))


def _grouped(facts: Sequence[Fact]) -> list[_Known]:
    """Return facts by relation: what the item is tied to first, then its properties."""
    found: dict[str, list[str]] = {}
    for one in sorted(facts, key=lambda fact: fact.kind == "property"):
        found.setdefault(one.relation, []).append(one.value)
    return [_Known(relation, tuple(dict.fromkeys(values))) for relation, values in found.items()]


def _divided(known: Sequence[Sequence[_Known]]) -> tuple[list[_Known], list[list[_Known]]]:
    """Return what all items have, and what each of them has that not all have."""
    values = [{one.relation: one.values for one in some} for some in known]
    shared = []
    for relation, first in values[0].items():
        common = tuple(value for value in first if all(value in one.get(relation, ()) for one in values))
        if common:
            shared.append(_Known(relation, common))
    both = {one.relation: set(one.values) for one in shared}
    alone = [
        [_Known(one.relation, tuple(v for v in one.values if v not in both.get(one.relation, ()))) for one in some]
        for some in known
    ]
    return shared, [[one for one in some if one.values] for some in alone]


def _listed(known: _Known, language: Language) -> str:
    more = ["…"] if len(known.values) > _VALUES else []
    return joined(language, [listed(language, known.values[:_VALUES]), *more])


def _worded(known: Sequence[_Known], language: Language) -> str:
    between = ": " if language == "en" else "："
    after = say(language, "semicolon")
    return after.join(f"{named(one.relation, language)}{between}{_listed(one, language)}" for one in known)
