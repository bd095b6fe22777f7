"""Sizes of files and disks, for people."""

from __future__ import annotations


def megabytes(size: float) -> str:
    """Return a number of bytes for people.

    >>> megabytes(12_300_000), megabytes(300_000)
    ('12 MB', '0.3 MB')
    """
    return f"{size / 1e6:,.0f} MB" if size >= 1e7 else f"{size / 1e6:.1f} MB"
