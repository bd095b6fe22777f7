"""Handle installed libraries that do not load, such as compiled ones with incompatible versions.

Such an import may raise ``ImportError``, ``OSError`` for a shared object, or ``RuntimeError`` from the library's own
check. :func:`library` turns any of them into an error with the library's name and the next step, so that only
features that need the library fail.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata

from graphrec.common.errors import GraphrecError, LibraryError
from graphrec.common.machine_error import memory_hint

HINT = (
    "graphrec doctor compares all versions with those that graphrec is tested with; install these by uv sync in a "
    "checkout, or pip install -c constraints.txt"
)
#: Libraries that transformers imports if they are installed, whatever the model.
_BESIDE_TRANSFORMERS = ("torchvision", "torchaudio", "soundfile")
#: Libraries hidden from transformers because they do not load.
_set_aside: dict[str, LibraryError] = {}


@contextmanager
def library(name: str) -> Iterator[None]:
    """Import a library inside the block; a failure becomes :class:`~graphrec.common.errors.LibraryError`.

    transformers imports optional libraries. Those that do not load are first hidden from it for the rest of the
    process, so that text models load even if the audio libraries do not.

    Parameters
    ----------
    name
        Import name of the library.

    Raises
    ------
    LibraryError
        The library is not installed, or it or one of its imports does not load.

    Examples
    --------
    >>> with library("math"):
    ...     from math import pi
    """
    if name == "transformers" and name not in sys.modules:
        for other in _BESIDE_TRANSFORMERS:
            _set_aside_if_broken(other)
    if name in _set_aside:
        raise LibraryError(_set_aside[name].message, hint=HINT) from _set_aside[name]
    try:
        yield
    except GraphrecError:
        raise
    except Exception as error:  # an import runs arbitrary code, which may raise anything
        raise _unloadable(_culprit(error) or name, error) from error


def failed_import(error: BaseException) -> LibraryError | None:
    """Return the :class:`LibraryError` for an error raised while a library was imported; None for any other error."""
    name = _culprit(error)
    return _unloadable(name, error) if name else None


def version(name: str) -> str | None:
    """Return the installed version of the package that provides a module, or None."""
    for package in metadata.packages_distributions().get(name, [name]):
        try:
            return metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return None


def reason(error: BaseException) -> str:
    """Return type and first message line of the root cause of an error."""
    first = _first(error)
    lines = str(first).strip().splitlines()
    return f"{type(first).__name__}: {lines[0]}" if lines else type(first).__name__


def _set_aside_if_broken(name: str) -> None:
    if name in sys.modules or importlib.util.find_spec(name) is None:
        return
    try:
        with library(name):
            importlib.import_module(name)
    except LibraryError as error:
        _set_aside[name] = error
        sys.modules[name] = None  # type: ignore[assignment]  # makes an import fail, as if not installed


def _unloadable(name: str, error: BaseException) -> LibraryError:
    installed = version(name)
    if installed is None:
        return LibraryError(f"{name} is not installed: {reason(error)}", hint=HINT)
    memory = memory_hint(error)
    why = f"probably for want of memory ({reason(error)})" if memory else reason(error)
    return LibraryError(f"{name} {installed} cannot be loaded: {why}", hint=memory or HINT)


def _first(error: BaseException) -> BaseException:
    """Return the first error of a chain, as libraries wrap the errors of their imports."""
    return error if error.__cause__ is None else _first(error.__cause__)


def _culprit(error: BaseException) -> str | None:
    """Return the library whose module was being imported when the error arose."""
    first, found = _first(error), None
    trace = first.__traceback__
    while trace is not None:
        frame = trace.tb_frame
        if frame.f_code.co_name == "<module>":
            found = _foreign(frame.f_globals.get("__name__")) or found
        trace = trace.tb_next
    if found is None and isinstance(first, ImportError):
        found = _foreign(first.name)
    return found


def _foreign(module: str | None) -> str | None:
    """Return the library of a module; None for graphrec's and Python's own modules."""
    name = (module or "").partition(".")[0]
    own = ("", "__main__", "graphrec", "graphrec_etl", "etl", "tests")
    return None if name in own or name in sys.stdlib_module_names else name
