"""One fact: a subject, a relation and a value, with where they stand in the graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from graphrec.content.text_cleaning import visible
from graphrec.grounding.relations import role_of

#: What a fact is about: an entity of an item, a property of an item, something that the user did, or the part that one
#: of the user's items has in the score.
Kind = Literal["knowledge", "property", "behaviour", "reason"]
#: The subject of facts about the user: texts never name them.
USER = "you"
#: Characters of one fact in a prompt, and of all of them.
_LINE, _LINES = 400, 24_000
#: Roles whose values are common words.
_COMMON = frozenset({"genre", "subject", "year"})


@dataclass(frozen=True)
class Fact:
    """A fact that a text may state.

    Attributes
    ----------
    number
        From 1, as texts are told it.
    subject
        The title of an item, or :data:`USER`.
    relation
        The relationship type or property, such as ``DIRECTED_BY`` or ``year``; ``because`` for a reason.
    value
        The name of an entity, the value of a property, or the title of an item of the user.
    sources
        Element ids of the nodes and relationships that say so.
    text
        The fact as a line of English.
    kind
        See :data:`Kind`.
    detail
        The strength of a behaviour, such as a rating; the share of a reason in percent.
    """

    number: int
    subject: str
    relation: str
    value: str
    sources: tuple[str, ...]
    text: str
    kind: Kind = "knowledge"
    detail: str = ""

    @property
    def of_kind(self) -> bool:
        """Whether the value is a common word, such as a genre, and no name."""
        return role_of(self.relation) in _COMMON

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, for JSON."""
        return asdict(self) | {"sources": list(self.sources)}


def numbered(facts: Sequence[Fact]) -> str:
    """Return facts as the numbered lines of a prompt: without invisible characters, and none too long.

    >>> numbered([Fact(1, "Heat", "year", "1995", (), "“He\u200bat”: year: 1995")])
    '1. “Heat”: year: 1995'
    """
    lines, room = list[str](), _LINES
    for fact in facts:
        lines.append(f"{fact.number}. {visible(fact.text, _LINE)}")
        room -= len(lines[-1])
        if room < 0:
            break
    return "\n".join(lines)
