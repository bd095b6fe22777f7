"""Say how sure a proposed role or behaviour is, and why."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from graphrec.graph.vocabulary import BEHAVIOURS, ITEMS, RATINGS, USERS, parts, words

Level = Literal["sure", "likely", "a guess"]


@dataclass(frozen=True)
class Confidence:
    """How sure a part of the mapping is, with the reason."""

    level: Level
    reason: str

    def __str__(self) -> str:
        return f"{self.level}: {self.reason}"


def of_dislike(kind: str, *, certain: bool) -> Confidence:
    """Judge a behaviour whose name says that users did not want something."""
    said = f"{kind} says what people did not want"
    return Confidence("sure", said) if certain else Confidence("likely", f"{said}, as far as its name goes")


def of_behaviour(
    kind: str, said: Collection[str], timed: bool, properties: list[str], *, by_people: bool
) -> Confidence:
    """Judge a behaviour type.

    Parameters
    ----------
    kind
        The behaviour.
    said
        Words of its relationship type, or of all types on its path.
    timed
        Whether one of its properties is a time.
    properties
        Names of its properties.
    by_people
        Whether the labels that it joins read like users and items.

    Examples
    --------
    >>> str(of_behaviour("BOUGHT", {"bought"}, False, [], by_people=True))
    'sure: BOUGHT is what people do'
    >>> str(of_behaviour("LINK", {"link"}, True, [], by_people=True))
    'likely: it has a time, and joins users with items'
    """
    if not BEHAVIOURS.isdisjoint(said):
        return Confidence("sure", f"{kind} is what people do")
    graded = next((name for name in properties if _grades(name)), None)
    signs = ["a time"] * timed + ([f"a grade or count ({graded!r})"] if graded else [])
    if signs:
        joined = ", and joins users with items" if by_people else ""
        return Confidence("likely", f"it has {' and '.join(signs)}{joined}")
    if by_people:
        return Confidence("likely", "it joins users with items, though its name says nothing")
    return Confidence("a guess", "it joins the same labels; neither name nor properties say what it is")


def of_role(role: str, label: str, behaviour: Confidence, rival: str | None = None) -> Confidence:
    """Judge the label of users or items.

    Parameters
    ----------
    role
        ``user`` or ``item``.
    label
        The label.
    behaviour
        The judgement on the main behaviour.
    rival
        Another reading that is about as likely, if any.

    Examples
    --------
    >>> str(of_role("user", "Customer", Confidence("sure", "BOUGHT is what people do")))
    'sure: its name says user, and BOUGHT is what people do'
    """
    said = bool(words(label) & (USERS if role == "user" else ITEMS))
    names = f"its name says {role}" if said else f"its name does not say {role}"
    if rival is not None:
        return Confidence("a guess", f"{names}; it may also be {rival}")
    if said and behaviour.level == "sure":
        return Confidence("sure", f"{names}, and {behaviour.reason}")
    if said:
        return Confidence("likely", f"{names}; of the behaviour: {behaviour.reason}")
    if behaviour.level == "sure":
        return Confidence("likely", f"{names}, but {behaviour.reason}")
    return Confidence("a guess", f"{names}; by direction and numbers alone")


def _grades(name: str) -> bool:
    return bool(set(parts(name)) & set(RATINGS))
