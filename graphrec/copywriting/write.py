"""Write a text about an item for a user, from facts, with the verdict on each sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from graphrec.common.errors import InputError
from graphrec.common.printable import printable
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import Settings
from graphrec.copywriting.prompt import TOKENS, prompt
from graphrec.copywriting.templates import Brief, template, titled
from graphrec.copywriting.wording import Wording, wording_of
from graphrec.db.database import Database
from graphrec.explanation.explanation import Explanation
from graphrec.graph.never_proposed import never_proposed
from graphrec.graph.resolved import resolved_once
from graphrec.grounding.check import Checked, check
from graphrec.grounding.entailment import open_entailment
from graphrec.grounding.fact import Fact
from graphrec.grounding.facts import gather, not_told
from graphrec.grounding.relations import noun_of
from graphrec.grounding.sensitive import Sensitive
from graphrec.language.answer_cache import Shelf, answer_cache
from graphrec.language.model import LanguageModel, open_language_model
from graphrec.language.templates import TEMPLATE, word
from graphrec.serving.explain_score import explain_score
from graphrec.serving.lookup import find_item

#: Items of the user that are looked at for facts.
PAST = 8


@dataclass(frozen=True)
class Copy:
    """A text, and what it rests on.

    Attributes
    ----------
    user, item
        Ids; the user is None for a text that is for a whole segment.
    title
        Of the item.
    wording
        Kind, language, tone, segment.
    text
        The text: every sentence is supported.
    how
        ``model NAME``, or ``template``.
    why
        Why a template took the model's place, else empty.
    checked
        The verdict on every sentence, also on those that were cut.
    facts
        What the text could say.
    run_id
        The run whose score was explained; None without a user.
    past
        Ids and titles of the user's items that were looked at.
    """

    user: Any
    item: Any
    title: str
    wording: Wording
    text: str
    how: str
    why: str
    checked: Checked
    facts: tuple[Fact, ...]
    run_id: str | None = None
    past: Mapping[Any, str] = field(default_factory=dict)

    @property
    def used(self) -> list[Fact]:
        """The facts that the text states."""
        stated = set(self.checked.facts)
        return [fact for fact in self.facts if fact.number in stated]

    @property
    def sources(self) -> list[str]:
        """Element ids of the nodes and relationships that the text rests on."""
        return list(dict.fromkeys(source for fact in self.used for source in fact.sources))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, for JSON."""
        return {
            "user": self.user,
            "item": self.item,
            "title": self.title,
            "kind": self.wording.kind,
            "lang": self.wording.lang,
            "tone": self.wording.tone,
            "segment": self.wording.segment,
            "text": self.text,
            "how": self.how,
            "why": self.why,
            **self.checked.to_dict(),
            "facts": [fact.to_dict() for fact in self.used],
            "run_id": self.run_id,
        }


class Writer:
    """Writes texts; a language model and one of entailment are opened once. Use as a context manager, or close it.

    Parameters
    ----------
    db, settings
        The database and the project's settings.
    resolved
        Gives the mapping with the behaviours and the knowledge that the graph has; None: it is read once, when asked.
    """

    def __init__(self, db: Database, settings: Settings, resolved: Callable[[], GraphSchema] | None = None) -> None:
        self.db, self.settings = db, settings
        self._schema = resolved_once(db, settings.graph, resolved)
        self.sensitive = Sensitive(settings.copy.sensitive, settings.copy.sensitive_words)

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Free the language model, if it was opened."""
        if (model := self.__dict__.get("model")) is not None:
            model.close()

    @cached_property
    def model(self) -> LanguageModel | None:
        """The language model of ``[language] model``; None: templates."""
        return open_language_model(self.settings)

    @cached_property
    def _entail(self) -> Any:
        return open_entailment(self.settings)

    @cached_property
    def _cache(self) -> Any:
        return answer_cache(self.settings)

    @property
    def schema(self) -> GraphSchema:
        """The mapping with the knowledge that the graph has: other relationships of an item may tell of other users."""
        return self._schema()

    @cached_property
    def noun(self) -> str:
        """What items are called."""
        named = self.settings.copy.noun
        return noun_of(self.settings.graph.item.labels) if named == "auto" else named

    def shelf(self, user: Any) -> Shelf | None:
        """Return where answers about a user are kept, or about nobody; None: nowhere."""
        if self._cache is None:
            return None
        found: Shelf = self._cache.nobody() if user is None else self._cache.user(user)
        return found

    def write(self, user: Any, item: Any, wording: Wording, run_id: str | None = None) -> Copy:
        """Return a text.

        Parameters
        ----------
        user
            Id; None: for everybody, from facts about the item alone.
        item
            Id or title.
        wording
            See :func:`graphrec.copywriting.wording.wording_of`.
        run_id
            A published run whose score counts; None, or one that is not kept: the active one.

        Raises
        ------
        NotFoundError, InputError
            As :func:`graphrec.serving.explain_score.explain_score`; or the item is never proposed.
        EncoderError, ConfigError
            A model that the settings name cannot be opened.
        """
        explanation = None
        if user is not None:
            explanation = explain_score(self.db, self.settings, user, item, PAST, run_id=run_id)
            user, item, title = explanation.user, explanation.item, explanation.title
        else:
            item, title = find_item(self.db, self.settings.graph, item)
        never = self.settings.recommend.never_propose
        if item in never_proposed(self.db, self.settings.graph, never):
            raise InputError(
                f"{printable(title)} ({printable(item)}) is never proposed, so no text invites to it",
                hint=f"[recommend] never_propose = {never!r} says so",
            )
        brief = self.brief(item, title, explanation)
        messages = prompt(brief, wording)
        said = word(
            self.model,
            messages,
            lambda: template(brief, wording),
            max_tokens=TOKENS[wording.kind],
            shelf=None if self.model is None else self.shelf(user),
        )
        run_id = None if explanation is None else explanation.run_id
        if said.how == TEMPLATE:
            found = self.from_template(user, item, brief, wording, run_id, said.why)
        else:
            found = self.checked(user, item, brief, wording, run_id, said.text, said.how)
        past = {} if explanation is None else {via.item: printable(via.title) for via, _ in explanation.past_items}
        return replace(found, past=past)

    def brief(self, item: Any, title: str, explanation: Explanation | None) -> Brief:
        """Return the facts for a text."""
        facts = gather(self.db, self.schema, item, explanation, self.sensitive, not_told(self.settings.serve))
        return Brief(printable(title), facts, self.noun)

    def checked(
        self, user: Any, item: Any, brief: Brief, wording: Wording, run_id: str | None, text: str, how: str
    ) -> Copy:
        """Return what is left of a model's text; the template, where nothing is left that states a fact."""
        checked = self.check(text, brief, wording)
        if not checked.facts:
            lost = f"none of the {len(checked.sentences)} sentences of {how} states a fact that can be traced"
            return self.from_template(user, item, brief, wording, run_id, lost, checked)
        return Copy(user, item, brief.title, wording, checked.text, how, "", checked, brief.facts, run_id)

    def from_template(
        self,
        user: Any,
        item: Any,
        brief: Brief,
        wording: Wording,
        run_id: str | None,
        why: str = "",
        refused: Checked | None = None,
    ) -> Copy:
        """Return the template's text; it is checked as any other."""
        checked = self.check(template(brief, wording), brief, wording)
        if not checked.text:  # a title that must not be told of the reader is told of nobody
            checked = self.check(titled(brief, wording), brief, wording)
        cut = () if refused is None else tuple(one for one in refused.sentences if not one.supported)
        verdict = Checked((*cut, *checked.sentences), checked.text)
        return Copy(user, item, brief.title, wording, checked.text, TEMPLATE, why, verdict, brief.facts, run_id)

    def check(self, text: str, brief: Brief, wording: Wording) -> Checked:
        """Return the verdict on a text, by the rules of ``[copy]``."""
        return check(
            text,
            brief.facts,
            lang=wording.lang,
            about=brief.title,
            noun=brief.noun,
            sensitive=self.sensitive,
            phrases=self.settings.copy.phrases,
            entail=self._entail,
        )


def write_copy(db: Database, settings: Settings, user: Any, item: Any, **wording: Any) -> Copy:
    """Return a text about an item for a user.

    Parameters
    ----------
    db, settings
        The database and the project's settings.
    user, item
        See :meth:`Writer.write`.
    wording
        ``kind``, ``lang``, ``tone``, ``segment``: see :func:`graphrec.copywriting.wording.wording_of`.

    Raises
    ------
    NotFoundError
        There is no such user, item or segment, or no published run.
    """
    wanted = wording_of(settings.copy, **wording)
    with Writer(db, settings) as writer:
        return writer.write(user, item, wanted)
