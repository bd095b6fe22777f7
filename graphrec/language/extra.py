"""Libraries of the extra ``graphrec[language]``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from graphrec.common.errors import LibraryError
from graphrec.common.libraries import library, version


@contextmanager
def extra_library(name: str) -> Iterator[None]:
    """Import a library inside the block, as :func:`graphrec.common.libraries.library` does; say how to install it.

    Raises
    ------
    LibraryError
        The library is not installed, or does not load.
    """
    try:
        with library(name):
            yield
    except LibraryError as error:
        if version(name) is not None:
            raise
        raise LibraryError(error.message, hint="pip install 'graphrec[language]'") from error
