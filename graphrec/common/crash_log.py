"""Write what nobody foresaw to a log file that only its owner can read, without secrets."""

from __future__ import annotations

import os
import platform
import re
import sys
import tempfile
import traceback
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from graphrec.common.printable import printable, printable_lines
from graphrec.common.private import open_private, private_folder

FOLDER = "errors"
#: Variables whose values are secret.
_SECRET = re.compile(r"PASS|SECRET|TOKEN|KEY|AUTH|CREDENTIAL", re.I)
#: Shorter values, such as ``1``, stand in too many other places.
_SHORTEST = 4
_IN_ADDRESS = re.compile(r"(?<=://)[^/\s@]+@")


def write_crash_log(error: BaseException, args: Sequence[str], values: bool = True) -> Path | None:
    """Write the traceback of an error to a new file (mode 0600), and return the file.

    The file is in ``errors/`` of ``GRAPHREC_HOME``, of the project's ``.graphrec`` or of ``~/.graphrec``, or else among
    the temporary files: the first that can be written. None: nowhere.

    Parameters
    ----------
    args
        The arguments of the command.
    values
        Whether to write what the errors say, which may name people; otherwise only their kinds.
    """
    now = datetime.now(UTC)
    text = without_secrets(_text(error, args, now, values and not withheld(error)), os.environ)
    for folder in _folders():
        file = folder / FOLDER / f"{now:%Y%m%d-%H%M%S-%f}.log"
        try:
            private_folder(file.parent)
            with open_private(file, "x", encoding="utf-8") as log:
                log.write(text)
        except OSError:
            continue
        return file
    return None


def withhold(error: BaseException) -> None:
    """Mark an error whose message may name people: neither the log nor the terminal repeats it."""
    error._graphrec_withheld = True  # type: ignore[attr-defined]


def withheld(error: BaseException) -> bool:
    """Return whether an error was marked by :func:`withhold`."""
    return bool(getattr(error, "_graphrec_withheld", False))


def origin(error: BaseException) -> str:
    """Return the kind and the message of an error, and the last place in graphrec that it passed."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if {"graphrec", "graphrec_etl"} & set(Path(frame.filename).parts[:-1])] or frames
    place = f" ({Path(own[-1].filename).name}:{own[-1].lineno})" if own else ""
    said = "" if withheld(error) else printable(error)
    told = f"{type(error).__name__}: {said}" if said else type(error).__name__
    return without_secrets(told if len(told) <= 300 else f"{told[:299]}…", os.environ) + place


def without_secrets(text: str, environ: Mapping[str, str]) -> str:
    """Return text in which secret variables' values and the credentials in addresses are replaced by ``***``.

    >>> without_secrets("bolt://neo4j:s3cret@host: s3cret", {"NEO4J_PASSWORD": "s3cret"})
    'bolt://***@host: ***'
    """
    named = [value for name, value in environ.items() if _SECRET.search(name)]
    named += [_text_of(value) for name, value in environ.items() if name.endswith("PASSWORD_FILE")]
    values = [value for value in named if len(value) >= _SHORTEST]
    # Arguments and tracebacks show values as Python writes them: with other quotation marks and backslashes.
    for value in sorted({*values, *(repr(one)[1:-1] for one in values)}, key=len, reverse=True):
        text = text.replace(value, "***")
    return _IN_ADDRESS.sub("***@", text)


def _text_of(file: str) -> str:
    try:
        return Path(file).expanduser().read_text(encoding="utf-8").strip()
    except (OSError, ValueError, RuntimeError):
        return ""


def _text(error: BaseException, args: Sequence[str], now: datetime, values: bool) -> str:
    lines = [
        f"graphrec {metadata.version('graphrec')}, Python {platform.python_version()}, {platform.platform()}",
        f"{now.isoformat(timespec='seconds')}  {' '.join(repr(arg) for arg in (Path(sys.argv[0]).name, *args))}",
        "",
        *(traceback.format_exception(error) if values else _places(error)),
    ]
    return printable_lines("\n".join(lines))


def _places(error: BaseException | None) -> Iterator[str]:
    """Yield the traceback of an error and of its causes without their messages, the last error first."""
    while error is not None:
        yield type(error).__name__
        yield from traceback.format_tb(error.__traceback__)
        error = error.__cause__ or error.__context__


def _folders() -> Iterator[Path]:
    named = os.environ.get("GRAPHREC_HOME")
    if named:
        yield Path(os.path.expanduser(named))
    try:
        here = Path.cwd()
        yield from (folder / ".graphrec" for folder in (here, *here.parents) if (folder / ".graphrec").is_dir())
    except OSError:  # the working directory was removed
        pass
    yield Path(os.path.expanduser("~/.graphrec"))
    yield Path(tempfile.gettempdir())
