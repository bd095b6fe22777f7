"""What rules do not decide: the kind of the nearest labelled utterance, by a text encoder.

Names would decide what is near, so that each is replaced by one word, in the labelled utterances (where they stand in
braces and brackets) and in what is said. How near is near enough is measured once for an encoder and a language: each
labelled utterance is understood by the others, and the least cosine is taken from which :data:`PRECISION` of the
actions are right. An encoder that does not get there, such as one of English for Chinese, decides nothing.

To encode the labelled utterances takes seconds. A thread does it when they are first needed, and keeps the vectors in
the project's ``encoders`` folder; until then the rules are alone.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from graphrec.assistant.actions import Context, Language
from graphrec.assistant.understanding.known_names import Vocabulary
from graphrec.assistant.understanding.reading import Reading
from graphrec.assistant.understanding.references import title_in
from graphrec.assistant.understanding.wishes import read_terms
from graphrec.common.console import note
from graphrec.common.errors import EncoderError, LibraryError
from graphrec.common.files import replacing
from graphrec.config.settings import Settings
from graphrec.content.encoder import Encoder, Vectors
from graphrec.serving.open_encoders import in_turn, opened

#: Share of right actions from which an encoder decides, over at least so many utterances.
PRECISION, _LEAST = 0.8, 15
_COSINES = np.arange(0.4, 0.95, 0.05)
_WITH_SLOT = ("greet", "react")
_SLOTS = ("hello", "thanks", "bye", "like", "dislike", "block")
#: What stands for an item, and for another name; names in one utterance.
_ITEM, _NAME, _NAMES = {"en": " it ", "zh": "它"}, {"en": "drama", "zh": "剧情"}, 3
#: Utterances that are encoded at once, so that searches need not wait; seconds that somebody waits for a thread.
_BATCH, _PATIENCE = 4, 0.1
#: Encoder where the project's own knows no more words than the items have.
_AUTO = "auto"


@dataclass(frozen=True)
class Example:
    """A labelled utterance: its kind is the tag of an action, with what no other words hold (``react like``)."""

    text: str
    kind: str


@dataclass(frozen=True)
class _Near:
    """The labelled utterances as unit vectors, and the least cosine that decides; None: it decides nothing."""

    vectors: Vectors
    least: float | None


@cache
def examples(language: Language) -> tuple[Example, ...]:
    """Return the labelled development utterances of a language, without names."""
    found = []
    for line in Path(__file__).with_name("development.tsv").read_text(encoding="utf-8").splitlines():
        held, _, text, label = line.split("\t")
        if held == language:
            text = re.sub(r"\[[^\]]*\]", _NAME[language], re.sub(r"\{[^}]*\}", _ITEM[language], text))
            found.append(Example(text, _kind(label.split(" | "))))
    return tuple(found)


def _kind(label: list[str]) -> str:
    tag, *slots = label
    # Whether a wish is new or refines the list is told by the words, not by what they are near to.
    tag = "wish" if tag in ("recommend", "refine") else tag
    return " ".join([tag, *(slot for slot in slots if slot in _SLOTS)]) if tag in _WITH_SLOT else tag


class Nearest:
    """Finds the nearest labelled utterance.

    Parameters
    ----------
    open_encoder
        Opens the encoder, or raises EncoderError or LibraryError.
    folder
        Where vectors are kept.
    """

    def __init__(self, open_encoder: Callable[[], Encoder[str]], folder: Path) -> None:
        self._open_encoder, self._folder = open_encoder, folder
        self._lock = threading.Lock()
        self._encoder: Encoder[str] | None = None
        self._near: dict[Language, _Near] = {}
        self._threads: dict[Language, threading.Thread] = {}

    def kind(
        self, text: str, language: Language, context: Context, vocabulary: Vocabulary
    ) -> tuple[str, float, str] | None:
        """Return the kind of the utterance nearest to a text, their cosine, and how; None: none is near enough yet."""
        if language not in self._near:
            with self._lock:
                if language not in self._threads:
                    self._threads[language] = threading.Thread(target=self.prepare, args=(language,), daemon=True)
                    self._threads[language].start()
            self._threads[language].join(_PATIENCE)
        near, encoder = self._near.get(language), self._encoder
        if near is None or near.least is None or encoder is None:
            return None
        with in_turn():
            (vector,) = _unit(encoder.encode([_nameless(text, language, context, vocabulary)]))
        likeness = near.vectors @ vector
        best = int(likeness.argmax())
        if likeness[best] < near.least:
            return None
        return examples(language)[best].kind, float(likeness[best]), f"encoder {encoder.name}"

    def prepare(self, language: Language) -> None:
        """Open the encoder and encode the labelled utterances of a language, or read their vectors; wait for it."""
        try:
            self._encoder = self._encoder or self._open_encoder()
        except (EncoderError, LibraryError) as error:
            note(f"requests are understood by rules alone: {error.message}")
            return
        vectors = self._vectors(language, self._encoder)
        self._near[language] = _Near(vectors, least_cosine(vectors, [one.kind for one in examples(language)]))

    def _vectors(self, language: Language, encoder: Encoder[str]) -> Vectors:
        texts = [one.text for one in examples(language)]
        name = hashlib.sha256("\n".join([encoder.fingerprint, *texts]).encode()).hexdigest()[:16]
        file = self._folder / f"{name}.npy"
        if file.is_file():
            try:
                kept: Vectors = np.load(file, allow_pickle=False)
            except (OSError, ValueError):
                kept = np.zeros((0, 0), np.float32)
            if kept.shape == (len(texts), encoder.dim):
                return kept
        parts = []
        for begin in range(0, len(texts), _BATCH):
            with in_turn():
                parts.append(_unit(encoder.encode(texts[begin : begin + _BATCH])))
        vectors = np.concatenate(parts)
        self._folder.mkdir(parents=True, exist_ok=True)
        with replacing(file) as part, part.open("wb") as made:
            np.save(made, vectors)
        return vectors


def nearest_of(settings: Settings) -> Nearest:
    """Return what finds the nearest utterance by the encoder of a project, or by the one that a package brings.

    An encoder of word counts knows the items' words alone, so that ``tfidf`` and ``none`` leave the choice to ``auto``.
    """
    name = _AUTO if settings.content.text in ("tfidf", "none") else settings.content.text

    def make() -> Encoder[str]:
        from graphrec.content.text import open_for_search

        return open_for_search(name, settings.root)

    return Nearest(lambda: opened(("understanding", name, settings.root), make), settings.home / "utterances")


def _nameless(text: str, language: Language, context: Context, vocabulary: Vocabulary) -> str:
    """Return a text with one word in the place of each name."""
    reading, titles = Reading(text, language), list[tuple[int, int]]()
    for _ in range(_NAMES):
        titled = title_in(reading.masked("~"), context, vocabulary)
        if titled is None:
            break
        titles.append((titled.begin, titled.end))
        reading.take(titled.begin, titled.end)
    read_terms(reading, vocabulary, exact=True)
    for begin, end in sorted(reading.taken, reverse=True):
        text = text[:begin] + (_ITEM if (begin, end) in titles else _NAME)[language] + text[end:]
    return text


def least_cosine(vectors: Vectors, kinds: list[str]) -> float | None:
    """Return from which cosine with its nearest other utterance enough actions are right; None: from none.

    Parameters
    ----------
    vectors
        float32 ``[n, dim]``, of length 1.
    kinds
        Of each utterance.
    """
    likeness = vectors @ vectors.T
    np.fill_diagonal(likeness, -1.0)
    nearest, cosine = likeness.argmax(axis=1), likeness.max(axis=1)
    named = np.array(kinds)
    right, acts = named[nearest] == named, named[nearest] != "unknown"
    for least in _COSINES:
        decided = acts & (cosine >= least)
        if decided.sum() < _LEAST:
            return None
        if right[decided].mean() >= PRECISION:
            return float(least)
    return None


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    units: Vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return units
