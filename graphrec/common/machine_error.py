"""Name the errors that come from the machine and not from graphrec: a full disk, too little memory, no permission."""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from graphrec.common.errors import GraphrecError, InputError, ResourceError
from graphrec.common.sizes import megabytes

_ROOM = "make room, then repeat the command"
#: Number of an operating system's error → the next step.
_HINTS = {
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EFBIG: "a limit on the size of files is in force (ulimit -f): raise it",
    errno.EROFS: "the disk is read-only: name a folder on another one (GRAPHREC_HOME, GRAPHREC_RUNS)",
    errno.EACCES: "it belongs to somebody else: name a folder of yours (GRAPHREC_HOME, GRAPHREC_RUNS)",
    errno.EPERM: "it belongs to somebody else: name a folder of yours (GRAPHREC_HOME, GRAPHREC_RUNS)",
    errno.EIO: "the disk fails: look at the system's log",
    errno.EMFILE: "raise the limit on open files (ulimit -n)",
    errno.ENFILE: "close other programs",
    errno.ENOMEM: "close other programs",
    errno.EAGAIN: "a limit on processes or threads is in force (ulimit -u): raise it",
    errno.ENAMETOOLONG: "use a shorter path",
    errno.ENOTDIR: "check the path",
    errno.EISDIR: "name a file",
    errno.ELOOP: "check the links on the path",
    errno.ENOENT: "check the path; something may have been removed meanwhile",
}
#: How libraries say it that raise errors of their own: safetensors, PyTorch, SQLite, Arrow.
_OF_SYSTEM = re.compile(r"\(os error (\d+)\)|\bOs \{ code: (\d+)|\[Errno (\d+)\]")
_NO_MEMORY = re.compile(
    r"(can't|cannot) allocate memory|out of memory|not enough memory|std::bad_alloc|malloc of size|"
    "failed to map segment from shared object",
    re.I,
)
_NO_ROOM = re.compile(r"database or disk is full|PytorchStreamWriter failed writing|unexpected pos \d+", re.I)


def machine_error(error: BaseException, file: Path | None = None) -> GraphrecError | None:
    """Return the error to show if the machine is the cause of ``error``, else None.

    Parameters
    ----------
    file
        What was written, for libraries whose errors do not name it.
    """
    for one in _chain(error):
        if "CUDA" in str(one) and _NO_MEMORY.search(str(one)):
            return ResourceError(
                "the memory of the GPU is too small for this", hint="use smaller settings, or --device cpu"
            )
        if _lacks_memory(one):
            return ResourceError("the memory of this machine is too small for this", hint=_memory_hint())
        found = _of_system(one, file)
        if found is not None:
            return found
    return None


def memory_hint(error: BaseException) -> str | None:
    """Return the next step if too little memory is the likely cause of an error, else None."""
    return _memory_hint() if any(map(_lacks_memory, _chain(error))) else None


def _lacks_memory(error: BaseException) -> bool:
    return isinstance(error, MemoryError) or _NO_MEMORY.search(str(error)) is not None


def _memory_hint() -> str:
    limit = _limit("RLIMIT_AS")
    if limit is not None:
        return f"a limit of {megabytes(limit)} on the memory of a program is in force (ulimit -v): raise it"
    return "close other programs, or use smaller settings"


def _limit(name: str) -> int | None:
    """Return a limit of this process in bytes, such as ``RLIMIT_AS``; None if there is none."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    limit = int(resource.getrlimit(getattr(resource, name))[0])
    return None if limit == resource.RLIM_INFINITY else limit


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and its causes."""
    one: BaseException | None = error
    while one is not None:
        yield one
        one = one.__cause__


def _of_system(error: BaseException, file: Path | None) -> GraphrecError | None:
    if isinstance(error, ValueError) and str(error).startswith("embedded null"):
        return InputError("a path has a NUL, which no file's name has", hint="correct the path")
    if isinstance(error, OSError):
        number, place = error.errno, error.filename
    else:
        said = _OF_SYSTEM.search(str(error))
        number, place = (int(next(filter(None, said.groups()))) if said else None), None
        if _NO_ROOM.search(str(error)):
            number = errno.ENOSPC if _limit("RLIMIT_FSIZE") is None else errno.EFBIG
    if number not in _HINTS:
        return None
    place = place if isinstance(place, str | bytes) and place else file
    where = "a file or the output" if place is None else os.fsdecode(place)
    hint = _HINTS[number]
    if hint == _ROOM and place is not None:
        with suppress(OSError):
            folder = Path(os.fsdecode(place)).parent
            hint = f"{megabytes(shutil.disk_usage(folder).free)} are free on the disk of {folder}: {hint}"
    return ResourceError(f"{where}: {os.strerror(number)}", hint=hint)
