"""Check a text against facts, sentence by sentence.

A sentence is let through if it is read in whole as clauses of known forms (:mod:`graphrec.grounding.grammar`), each of
which the facts bear out (:mod:`graphrec.grounding.truth`). Everything else is cut. Where a model of entailment is
given, an English sentence of other words is let through too, if it names nothing unknown, denies, compares and counts
nothing, speaks of nobody, and the model finds that the facts entail it. (In Chinese a name cannot be told from other
words.)
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from graphrec.explanation.named_reason import Language
from graphrec.grounding import chinese, english
from graphrec.grounding.fact import USER, Fact
from graphrec.grounding.grammar import Grammar
from graphrec.grounding.mentions import FIRST, LAST, Mentions, Sentence, key
from graphrec.grounding.relations import role_of
from graphrec.grounding.sensitive import Sensitive
from graphrec.grounding.truth import Truth, Untrue, subjects_of
from graphrec.grounding.wild import too_free

#: Premise, hypothesis → probability that the one entails the other.
Entail = Callable[[str, str], float]
#: Least probability of entailment.
ENTAILED = 0.9
#: Longest text that is checked; more is cut.
LONGEST = 20_000


@dataclass(frozen=True)
class CheckedSentence:
    """A sentence and the verdict.

    Attributes
    ----------
    text
        The sentence.
    supported
        Whether it may stay.
    facts
        Numbers of the facts that it rests on; none for a sentence that says nothing that could be false.
    why
        Why it is cut; ``entailed`` where a model decided; else empty.
    """

    text: str
    supported: bool
    facts: tuple[int, ...] = ()
    why: str = ""


@dataclass(frozen=True)
class Checked:
    """A checked text.

    Attributes
    ----------
    sentences
        All of them, in order.
    text
        The supported ones.
    """

    sentences: tuple[CheckedSentence, ...]
    text: str

    @property
    def share(self) -> float:
        """Share of the sentences that are supported; 1 for none."""
        return sum(one.supported for one in self.sentences) / len(self.sentences) if self.sentences else 1.0

    @property
    def facts(self) -> tuple[int, ...]:
        """Numbers of the facts that the supported sentences rest on, ascending."""
        return tuple(sorted({number for one in self.sentences if one.supported for number in one.facts}))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, for JSON."""
        sentences = [asdict(one) | {"facts": list(one.facts)} for one in self.sentences]
        return {"share": self.share, "sentences": sentences}


def check(
    text: str,
    facts: Sequence[Fact],
    *,
    lang: Language,
    about: str | None = None,
    noun: str = "item",
    sensitive: Sensitive | None = None,
    phrases: Sequence[str] = (),
    entail: Entail | None = None,
) -> Checked:
    """Check a text against facts.

    Parameters
    ----------
    text
        Whatever a model or a template wrote.
    facts
        What it may say.
    lang
        Its language; sentences in another one are cut.
    about
        The title of the item that "it" means; by default the first that a fact is about.
    noun
        What items are called: a key of :data:`graphrec.grounding.relations.NOUNS`.
    sensitive
        What must not be inferred; by default all of :data:`graphrec.grounding.sensitive.SUBJECTS`.
    phrases
        Sentences that are let through as they are.
    entail
        A model of entailment, for English sentences of other forms.
    """
    grammar = _grammar(
        lang,
        tuple(sorted({role_of(fact.relation) for fact in facts if fact.kind in ("knowledge", "property")})),
        tuple(sorted({fact.relation for fact in facts if fact.kind == "behaviour"})),
        noun,
        tuple(phrases),
    )
    known = subjects_of(facts)
    truth = Truth(facts, about if about is not None else (known[0] if known else ""), grammar)
    judge = _Judge(facts, truth, grammar, sensitive or Sensitive(), lang, entail)
    mentions = Mentions(facts, _common(lang), truth.title)
    found, kept, it = [], [], frozenset({truth.about})
    for line in text[:LONGEST].splitlines():
        line_kept = []
        for sentence in mentions.sentences(line) if _plain(line) else [Sentence(line, "", {})]:
            one = judge.judge(sentence, it)
            found.append(one)
            if one.supported:
                line_kept.append(one.text)
            if titles := truth.titles(sentence):
                it = frozenset({titles[-1]}) if titles[-1] == truth.about else frozenset(titles) | {truth.about}
        if line_kept:
            kept.append(("" if lang == "zh" else " ").join(line_kept))
    return Checked(tuple(found), "\n".join(kept))


@dataclass(frozen=True)
class _Judge:
    facts: Sequence[Fact]
    truth: Truth
    grammar: Grammar
    sensitive: Sensitive
    lang: Language
    entail: Entail | None

    def judge(self, sentence: Sentence, it: frozenset[str]) -> CheckedSentence:
        text = sentence.text
        if not sentence.words:
            return CheckedSentence(text, False, why="it has characters that are not shown")
        if subject := self.sensitive.inferred(unicodedata.normalize("NFKC", text)):
            return CheckedSentence(text, False, why=f"it may infer something about the person: {subject}")
        if not re.search(r"\w", self.grammar.bare(sentence)):
            return CheckedSentence(text, False, why="it has no words")
        why = ""
        for clauses in self.grammar.readings(sentence):
            try:
                return CheckedSentence(text, True, self.truth.supports(clauses, sentence, it))
            except Untrue as error:
                why = why or str(error)
        if not why and self.entail is not None and self.lang == "en":
            return self._entailed(sentence)
        return CheckedSentence(text, False, why=why or self._unread(sentence))

    def _entailed(self, sentence: Sentence) -> CheckedSentence:
        """Return the verdict of the model of entailment, on a sentence of which no word is wrong by itself."""
        known = {key(value) for fact in self.facts for value in (fact.value, fact.subject, fact.detail)}
        strange = next((min(keys) for keys in sentence.keys(sentence.words) if not keys & known), None)
        why = f"{strange!r} is in no fact" if strange else too_free(sentence)
        named = {one for keys in sentence.keys(sentence.words) for one in keys}
        used = tuple(fact.number for fact in self.facts if key(fact.value) in named)
        if not why and not used:
            why = "it names nothing of the facts"
        if not why and self.entail is not None:
            premise = ". ".join(fact.text for fact in self.facts)
            if self.entail(premise, sentence.text) >= ENTAILED:
                return CheckedSentence(sentence.text, True, used, "entailed")
            why = "the facts do not entail it"
        return CheckedSentence(sentence.text, False, why=why)

    def _unread(self, sentence: Sentence) -> str:
        known = {key(value) for fact in self.facts for value in (fact.value, fact.subject, fact.detail)}
        strange = next((min(keys) for keys in sentence.keys(sentence.words) if not keys & known), None)
        return f"{strange!r} is in no fact" if strange else "it is of no form that can be looked up"


@lru_cache(maxsize=64)
def _grammar(
    lang: Language, roles: tuple[str, ...], behaviours: tuple[str, ...], noun: str, phrases: tuple[str, ...]
) -> Grammar:
    make = english.grammar if lang == "en" else chinese.grammar
    return make(roles, behaviours, noun, phrases)


@lru_cache(maxsize=2)
def _common(lang: Language) -> frozenset[str]:
    """Return the words of the forms, which names and titles are only where they are quoted."""
    from graphrec.grounding.relations import ROLES

    grammar = _grammar(lang, tuple(ROLES), (), "film", ())
    words = set[str]()
    for form in grammar.forms:
        words |= set(re.findall(r"[a-z']+|[一-鿿]+", re.sub(r"\?P<\w+>", "", form.pattern)))
    return frozenset(words) | {USER}


def _plain(line: str) -> bool:
    """Return whether a line has no characters that are not shown, and none that stand for mentions."""
    return not any(
        FIRST <= one <= LAST or (unicodedata.category(one) in ("Cc", "Cf", "Co", "Cs") and one != "\t") for one in line
    )
