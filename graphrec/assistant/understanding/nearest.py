"""What rules do not decide: the kind of the nearest labelled utterance, by the text encoder."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from graphrec.assistant.actions import Language
from graphrec.content.encoder import Encoder, Vectors
from graphrec.serving.open_encoders import in_turn

#: Least cosine with the nearest utterance; below, nothing is understood.
LEAST = 0.6
_WITH_SLOT = ("greet", "react")
_SLOTS = ("hello", "thanks", "bye", "like", "dislike", "block")

_lock = threading.Lock()
_vectors: dict[tuple[str, Language], Vectors] = {}


@dataclass(frozen=True)
class Example:
    """A labelled utterance: its kind is the tag of an action, with what no other words hold (``react like``)."""

    text: str
    kind: str


@cache
def examples(language: Language) -> tuple[Example, ...]:
    """Return the labelled development utterances of a language."""
    found = []
    for line in Path(__file__).with_name("development.tsv").read_text(encoding="utf-8").splitlines():
        held, _, text, label = line.split("\t")
        tag, *slots = label.split(" | ")
        kind = " ".join([tag, *(slot for slot in slots if slot in _SLOTS)]) if tag in _WITH_SLOT else tag
        if held == language:
            found.append(Example(text, kind))
    return tuple(found)


def nearest_kind(text: str, language: Language, encoder: Encoder[str]) -> tuple[str, float]:
    """Return the kind of the labelled utterance nearest to a text, and their cosine from -1 to 1."""
    vectors = _encoded(language, encoder)
    with in_turn():
        (vector,) = _unit(encoder.encode([text]))
    likeness = vectors @ vector
    best = int(likeness.argmax())
    return examples(language)[best].kind, float(likeness[best])


def _encoded(language: Language, encoder: Encoder[str]) -> Vectors:
    key = encoder.fingerprint, language
    with _lock:
        if key not in _vectors:
            with in_turn():
                vectors = _unit(encoder.encode([one.text for one in examples(language)]))
            while len(_vectors) >= 8:
                del _vectors[next(iter(_vectors))]
            _vectors[key] = vectors
        return _vectors[key]


def _unit(vectors: Vectors) -> Vectors:
    import numpy as np

    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    units: Vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return units
