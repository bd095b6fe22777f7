"""Whether what a sentence says is among the facts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from graphrec.grounding.fact import USER, Fact
from graphrec.grounding.grammar import Clause, Grammar
from graphrec.grounding.mentions import M, Sentence, key
from graphrec.grounding.relations import role_of

_KINDS = frozenset({"genre", "year"})
_TITLE = re.compile(rf"(?P<t>{M})(?:\s?[(（](?P<d>{M})分?[)）])?")
#: Any behaviour type.
_ANY_VERB = frozenset({"chose", "选择", "选"})
_GAVE = frozenset({"gave"})


class Untrue(Exception):  # noqa: N818  # a verdict, which stays inside this package
    """Something that is said is in no fact; the text says what."""


@dataclass(frozen=True)
class Context:
    """What a sentence may refer to: the items that "it" may be, and the titles of the sentence so far."""

    it: frozenset[str]
    titles: frozenset[str] = frozenset()


class Truth:
    """Looks clauses up in facts.

    Parameters
    ----------
    facts
        The facts.
    about
        The title of the item that the text is about.
    grammar
        Of the text's language.
    """

    def __init__(self, facts: Sequence[Fact], about: str, grammar: Grammar) -> None:
        self.facts, self.grammar, self.title, self.about = facts, grammar, about, key(about)
        self._found: dict[tuple[str, str, str], list[int]] = {}
        self._did: dict[str, list[Fact]] = {}
        self._because: dict[str, list[Fact]] = {}
        self.items = {self.about}
        for fact in facts:
            if fact.subject != USER:
                self.items.add(key(fact.subject))
            if fact.kind in ("behaviour", "reason"):
                self.items.add(key(fact.value))
                (self._did if fact.kind == "behaviour" else self._because).setdefault(key(fact.value), []).append(fact)
            else:
                place = key(fact.subject), role_of(fact.relation), key(fact.value)
                self._found.setdefault(place, []).append(fact.number)

    def titles(self, sentence: Sentence) -> list[str]:
        """Return the items that a sentence names, in order."""
        return [one for found in sentence.keys(sentence.words) for one in found if one in self.items]

    def supports(self, clauses: Sequence[Clause], sentence: Sentence, it: frozenset[str]) -> tuple[int, ...]:
        """Return the numbers of the facts that a reading of a sentence rests on.

        Raises
        ------
        Untrue
            Something that it says is in no fact.
        """
        used: dict[int, None] = {}
        context = Context(it)
        for clause in clauses:
            used |= dict.fromkeys(self._clause(clause, sentence, context))
            here = {one for found in sentence.keys("".join(clause.parts.values()) + clause.also) for one in found}
            titles = context.titles | frozenset(here & self.items)
            last = frozenset({self.about}) if here & self.items == {self.about} else titles
            context = Context(last or context.it, titles)
        return tuple(used)

    def _clause(self, clause: Clause, sentence: Sentence, context: Context) -> Iterable[int]:
        parts, keys = clause.parts, sentence.keys
        subjects = self._items(sentence, parts["s"]) if "s" in parts else context.it
        if clause.also:
            if clause.form.says not in ("relation", "kinds"):
                raise Untrue("it does not say what is alike")
            subjects |= self._items(sentence, clause.also)
        if "sy" in parts:
            yield from self._all(subjects, frozenset({"year"}), keys(parts["sy"]))
        match clause.form.says:
            case "relation":
                yield from self._all(subjects, self._roles(clause), keys(parts["n"]))
            case "kinds":
                yield from self._all(subjects, _KINDS, keys(parts["n"]))
            case "did" | "because":
                yield from self._behaviours(clause, sentence)
            case "shared":
                yield from self._shared(clause, sentence, context)
            case "share":
                yield from self._share(clause, sentence)
            case "wish":
                self._new(sentence, parts.get("s", ""))

    def _new(self, sentence: Sentence, titles: str) -> None:
        """Refuse to propose something that the user has."""
        if past := (self._items(sentence, titles) - {self.about}) & self._did.keys():
            raise Untrue(f"{min(past)!r} is nothing new to the user")

    def _shared(self, clause: Clause, sentence: Sentence, context: Context) -> Iterable[int]:
        parts = clause.parts
        titles = self._items(sentence, parts["t"]) if "t" in parts else context.titles - {self.about}
        if not titles:
            raise Untrue("it does not say with what something is shared")
        mine = self._items(sentence, parts["s"]) if "s" in parts else frozenset({self.about})
        roles = frozenset[str]()
        if "r" in parts:
            roles = self._roles(clause) or frozenset(role_of(one.strip()) for one in parts["r"].split(","))
        yield from self._all(mine | titles, roles, sentence.keys(parts["n"]))

    def _share(self, clause: Clause, sentence: Sentence) -> Iterable[int]:
        detail = clause.parts["d"]
        for keys in sentence.keys(clause.parts["t"]):
            facts = [fact for one in keys for fact in self._because.get(one, ()) if _is(fact, detail, sentence)]
            if not facts:
                raise Untrue(f"that is not the part of {min(keys)!r} in the score")
            yield from (fact.number for fact in facts)

    def _items(self, sentence: Sentence, characters: str) -> frozenset[str]:
        """Return the items that mentions mean."""
        found = set[str]()
        for keys in sentence.keys(characters):
            items = keys & self.items
            if not items:
                raise Untrue(f"{min(keys)!r} is no item of the facts")
            found |= items
        return frozenset(found)

    def _roles(self, clause: Clause) -> frozenset[str]:
        return clause.form.roles or self.grammar.roles.get(clause.parts.get("r", ""), frozenset())

    def _all(self, subjects: Iterable[str], roles: frozenset[str], values: Sequence[frozenset[str]]) -> Iterable[int]:
        """Yield the facts that each of some subjects has each of some values in one of some roles; empty: in any.

        Raises
        ------
        Untrue
            One of them has not.
        """
        for subject in sorted(subjects):
            for keys in values:
                found = [
                    number
                    for (one, role, value), numbers in self._found.items()
                    if one == subject and value in keys and (not roles or role in roles)
                    for number in numbers
                ]
                if not found:
                    what = " or ".join(sorted(roles)) or "relation"
                    raise Untrue(f"{min(keys)!r} is no {what} of {subject!r} in the facts")
                yield from found

    def _behaviours(self, clause: Clause, sentence: Sentence) -> Iterable[int]:
        verb = clause.parts.get("v", "")
        kinds = None if not verb or verb in _ANY_VERB | _GAVE else self.grammar.verbs.get(verb, frozenset())
        for found in _TITLE.finditer(clause.parts["t"]):
            (keys,) = sentence.keys(found["t"])
            detail = found["d"] or clause.parts.get("d")
            facts = [
                fact
                for one in keys
                for fact in self._did.get(one, ())
                if (kinds is None or fact.relation in kinds) and (detail is None or _is(fact, detail, sentence))
            ]
            if verb in _GAVE and detail is None:
                facts = []
            if not facts:
                raise Untrue(f"no fact says that the user {verb} {min(keys)!r}")
            yield from (fact.number for fact in facts)
            if clause.form.says == "because":
                reasons = [fact.number for one in keys for fact in self._because.get(one, ())]
                if not reasons:
                    raise Untrue(f"{min(keys)!r} has no part in the score")
                yield from reasons


def _is(fact: Fact, characters: str, sentence: Sentence) -> bool:
    """Return whether a mention is the detail of a fact."""
    return any(key(fact.detail) in keys for keys in sentence.keys(characters))


def subjects_of(facts: Sequence[Fact]) -> list[str]:
    """Return the titles that facts are about, in order."""
    return list(dict.fromkeys(fact.subject for fact in facts if fact.subject != USER))
