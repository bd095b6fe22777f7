"""Questions about a graph whose answer its owner knows, where two readings are about equally likely."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from graphrec.common.console import warn

#: Most readings in a question.
MOST_READINGS = 4


@dataclass(frozen=True)
class Question:
    """A question with its possible answers.

    Attributes
    ----------
    about
        Part of the mapping, such as ``user.key``.
    text
        The question.
    readings
        Two or more answers, the most likely first.
    """

    about: str
    text: str
    readings: tuple[str, ...]


#: Returns the index of the chosen reading.
Ask = Callable[[Question], int]


def take_first(question: Question) -> int:
    """Choose the most likely reading, and name the others in a warning."""
    first, *others = question.readings
    warn(f"{question.about}: {question.text} Taken: {first}. It may also be: {'; or '.join(others)}")
    return 0


@dataclass
class Interview:
    """Asks questions and keeps the answers: each question with the index of its reading.

    ``by_owner``: whether the owner of the graph answers.
    """

    ask: Ask = take_first
    by_owner: bool = False
    answers: list[tuple[Question, int]] = field(default_factory=list)

    @property
    def answered(self) -> bool:
        """Whether somebody answers, or has said that the first reading is taken."""
        return self.ask is not take_first

    def choose(self, question: Question) -> int:
        """Ask a question and return the index of the chosen reading."""
        chosen = self.ask(question)
        self.answers.append((question, chosen))
        return chosen

    def to_list(self) -> list[dict[str, Any]]:
        """Return plain data."""
        return [
            {"about": one.about, "question": one.text, "readings": list(one.readings), "taken": chosen}
            for one, chosen in self.answers
        ]
