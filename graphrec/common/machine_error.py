"""Name the errors that come from the machine and not from graphrec: a full disk, too little memory, no permission."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator

from graphrec.common.errors import GraphrecError, ResourceError

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
_NO_MEMORY = re.compile(r"can't allocate memory|out of memory|not enough memory|std::bad_alloc|malloc of size", re.I)
_NO_ROOM = re.compile(r"database or disk is full|PytorchStreamWriter failed writing|unexpected pos \d+", re.I)


def machine_error(error: BaseException) -> GraphrecError | None:
    """Return the error to show if the machine is the cause of ``error``, else None."""
    for one in _chain(error):
        if "CUDA" in str(one) and _NO_MEMORY.search(str(one)):
            return ResourceError(
                "the memory of the GPU is too small for this", hint="use smaller settings, or --device cpu"
            )
        if isinstance(one, MemoryError) or _NO_MEMORY.search(str(one)):
            return ResourceError(
                "the memory of this machine is too small for this", hint="close other programs, or use smaller settings"
            )
        found = _of_system(one)
        if found is not None:
            return found
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and its causes."""
    one: BaseException | None = error
    while one is not None:
        yield one
        one = one.__cause__


def _of_system(error: BaseException) -> GraphrecError | None:
    if isinstance(error, OSError):
        number, place = error.errno, error.filename
    else:
        said = _OF_SYSTEM.search(str(error))
        number, place = (int(next(filter(None, said.groups()))) if said else None), None
        if _NO_ROOM.search(str(error)):
            number = errno.ENOSPC
    if number not in _HINTS:
        return None
    where = f"{os.fsdecode(place)}: " if isinstance(place, str | bytes) and place else "a file or the output: "
    return ResourceError(f"{where}{os.strerror(number)}", hint=_HINTS[number])
