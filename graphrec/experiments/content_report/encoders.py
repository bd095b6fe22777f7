"""Kinds of stored vectors, derived from the label stored with them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from graphrec.content.audio import MfccEncoder
from graphrec.content.descriptors import ClassicalImageEncoder
from graphrec.content.tfidf import TfidfEncoder
from graphrec.graph.vector_labels import is_given, split_label

UNKNOWN = "unknown"
_CLASSICAL = frozenset({TfidfEncoder.name, ClassicalImageEncoder.name, MfccEncoder.name})
#: Pattern of graphrec's own fingerprints; a label without one was not written by graphrec.
_FINGERPRINT = re.compile(r"[0-9a-f]{12}")


def kind_of(stored: str) -> str:
    """Return ``given``, ``pretrained``, ``classical — not pretrained``, or ``unknown``.

    The graph stores labels (``name@fingerprint``), not kinds. The user's own files and the three classical encoders
    have names of their own; every other label that graphrec writes belongs to a network's weights. Labels that graphrec
    did not write are unknown.

    >>> kind_of("tfidf@0123456789ab"), kind_of("mine")
    ('classical — not pretrained', 'unknown')
    """
    name, fingerprint = split_label(stored)
    if not name or not _FINGERPRINT.fullmatch(fingerprint):
        return UNKNOWN
    if is_given(stored):
        return "given"
    return "classical — not pretrained" if name in _CLASSICAL else "pretrained"


def kinds(encoders: Mapping[str, str]) -> dict[str, str]:
    """Return modality → kind."""
    return {modality: kind_of(stored) for modality, stored in encoders.items()}
