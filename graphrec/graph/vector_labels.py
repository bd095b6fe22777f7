"""Labels of stored vectors: the encoder, or that the user gave the vector."""

from __future__ import annotations


def label(name: str, fingerprint: str) -> str:
    """Return the label stored with a vector: ``name@fingerprint``."""
    return f"{name}@{fingerprint}"


def split_label(stored: str) -> tuple[str, str]:
    """Split a stored label into name and fingerprint; names may contain ``@``."""
    name, _, fingerprint = stored.rpartition("@")
    return name, fingerprint


#: First part of the label of given vectors, in place of an encoder's name.
PREFIX = "given:"


def is_given(label: str | None) -> bool:
    """Return whether a label marks a vector given by the user."""
    return bool(label) and str(label).startswith(PREFIX)
