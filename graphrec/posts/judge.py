"""Turn the tone of a post into what it says about items: a sign and a strength."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphrec.language.tone import Judge, Tone
from graphrec.posts.mentions import Found, Matcher, Mention

#: How a mention was found: the post leads to it, or its text names it.
BY_PATH, BY_NAME = "path", "name"
#: Longest part of a text that is judged, in characters.
LONGEST = 20_000
_DIGITS = 4


@dataclass(frozen=True)
class Post:
    """A post as it is read.

    Attributes
    ----------
    node, key, text
        Element id, key and text.
    at
        Epoch seconds; None: unknown.
    authors, items
        Element ids of the authors, and of the items that the post leads to.
    """

    node: str
    key: Any
    text: str
    at: int | None = None
    authors: tuple[str, ...] = ()
    items: tuple[str, ...] = ()


@dataclass
class Said:
    """What a post says.

    Attributes
    ----------
    tone
        Of the whole text.
    mentions
        Element id, confidence, tone (None: undecided) and way of each node that the post is about.
    opinions
        Author, item, tone and strength: the tone times the confidence, negative where it is disliked.
    """

    post: Post
    tone: Tone
    mentions: list[tuple[str, float, float | None, str]] = field(default_factory=list)
    opinions: list[tuple[str, str, float, float]] = field(default_factory=list)
    found: Found = field(default_factory=lambda: Found([], []))


class Reader:
    """Reads posts: their tone, what they mention, and what they count.

    A post that leads to items says its tone about them. Another one says about each item that its text names the tone
    of the sentences that name it; a sentence that names two compares them, and says nothing about either.

    Parameters
    ----------
    judge
        Of tones.
    matcher
        Of names.
    items
        Element ids of the items: what else is named is no item, and makes no behaviour.
    confidence
        Least confidence of a name that is linked.
    neutral
        A tone nearer to 0 is no opinion.
    """

    def __init__(
        self, judge: Judge, matcher: Matcher, items: frozenset[str], *, confidence: float, neutral: float
    ) -> None:
        self._judge, self._matcher, self._items = judge, matcher, items
        self._confidence, self._neutral = confidence, neutral

    def read(self, posts: Sequence[Post]) -> list[Said]:
        """Return what each post says.

        Raises
        ------
        LibraryError
            The lexicon of a language is not installed.
        """
        found = [self._matcher.find(post.text[:LONGEST], post.items, self._confidence) for post in posts]
        parts = [self._parts(one) for one in found]
        texts = dict.fromkeys(
            text
            for post, part in zip(posts, parts, strict=True)
            for text in (post.text[:LONGEST], *(text for text in part.values() if text))
        )
        tones = dict(zip(texts, self._judge.judge(list(texts)), strict=True)) if texts else {}
        return [self._said(*one, tones) for one in zip(posts, found, parts, strict=True)]

    def _parts(self, found: Found) -> dict[str, str | None]:
        """Return each node that is named → the part of the text about it; None: no sentence is about it alone."""
        shared = _several(mention for mention in found.mentions if mention.node in self._items)
        parts: dict[str, list[str]] = {}
        for mention in found.mentions:
            some = parts.setdefault(mention.node, [])
            if mention.sentence not in shared or mention.node not in self._items:
                some.append(found.sentences[mention.sentence])
        if len(parts) == 1 and all(parts.values()):
            return {node: " ".join(found.sentences) for node in parts}
        return {node: " ".join(some) or None for node, some in parts.items()}

    def _said(self, post: Post, found: Found, parts: dict[str, str | None], tones: dict[str, Tone]) -> Said:
        tone = tones[post.text[:LONGEST]]
        said = Said(post, tone, found=found)
        about: dict[str, tuple[float, float | None, str]] = {}
        for mention in found.mentions:
            text = parts[mention.node]
            score = tones[text].score if text else None
            best = about.get(mention.node)
            if best is None or best[0] < mention.confidence:
                about[mention.node] = mention.confidence, _rounded(score), BY_NAME
        about |= {item: (1.0, _rounded(tone.score), BY_PATH) for item in post.items}
        said.mentions = [(node, *one) for node, one in about.items()]
        for node, (confidence, score, _) in about.items():
            counts = node in post.items if post.items else node in self._items
            if counts and score is not None and abs(score) > self._neutral:
                strength = round(score * confidence, _DIGITS)
                said.opinions += [(author, node, score, strength) for author in post.authors if author != node]
        return said


def _several(mentions: Iterable[Mention]) -> set[int]:
    """Return the sentences with several nodes."""
    nodes: dict[int, set[str]] = {}
    for mention in mentions:
        nodes.setdefault(mention.sentence, set()).add(mention.node)
    return {sentence for sentence, some in nodes.items() if len(some) > 1}


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, _DIGITS)
