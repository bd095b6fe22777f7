"""The label that a stored vector carries: which encoder made it, or that it was given."""

from __future__ import annotations


def label(name: str, fingerprint: str) -> str:
    """Return what is stored beside a vector: ``name@fingerprint``."""
    return f"{name}@{fingerprint}"


def split_label(stored: str) -> tuple[str, str]:
    """Return name and fingerprint of a stored label; names may hold ``@`` themselves."""
    name, _, fingerprint = stored.rpartition("@")
    return name, fingerprint


#: First part of the label of given vectors, where an encoder's name would stand.
PREFIX = "given:"


def is_given(label: str | None) -> bool:
    """Whether a stored label says that the user gave the vector."""
    return bool(label) and str(label).startswith(PREFIX)
