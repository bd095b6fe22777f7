"""A process of its own for each peer, so that its peak memory is its own."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import traceback
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import graphrec
from graphrec.benchmark.peer import Given
from graphrec.benchmark.table import Entry, fit_and_measure
from graphrec.errors import GraphrecError, TrainingError
from graphrec.files import replacing
from graphrec.split import Split

#: Where a library's chatter goes: stdout is for results.
STDERR = 2


def fit_apart(name: str, split: Split, seed: int, given: Given, **options: Any) -> Entry:
    """Do what :func:`graphrec.benchmark.table.fit_and_measure` does in a process of its own, and say its peak memory.

    Raises
    ------
    GraphrecError
        What the peer raised there.
    TrainingError
        The process died, or a library raised something there.
    """
    with TemporaryDirectory() as folder:
        asked, answered = Path(folder, "asked"), Path(folder, "answered")
        asked.write_bytes(pickle.dumps((name, split, seed, given, options)))
        # From where this one was imported, and not from a folder of that name in the user's directory.
        command = [sys.executable, "-P", "-m", "graphrec.benchmark.child", str(asked), str(answered)]
        places = [str(Path(graphrec.__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
        env = os.environ | {"PYTHONPATH": os.pathsep.join(places)}
        done = subprocess.run(command, stdout=STDERR, env=env, check=False)
        if not answered.is_file():
            how = f"was killed by signal {-code}" if (code := done.returncode) < 0 else f"ended with code {code}"
            raise TrainingError(f"its process {how}: was there memory enough?")
        answer = pickle.loads(answered.read_bytes())
    if isinstance(answer, GraphrecError):
        raise answer
    entry: Entry = answer
    return entry


def own_peak(status: Path = Path("/proc/self/status")) -> int | None:
    """Return the most memory that this process has held, bytes; None where the system does not say.

    Linux's ``ru_maxrss`` of a child counts what its parent held when it was made; ``VmHWM`` does not.
    """
    if status.is_file():
        # Not every kernel that has the file writes the line.
        line = next((line for line in status.read_text().splitlines() if line.startswith("VmHWM")), None)
        return None if line is None else int(line.split()[1]) * 1024
    try:
        import resource
    except ImportError:  # Windows
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _answer(asked: Path) -> Entry | GraphrecError:
    name, split, seed, given, options = pickle.loads(asked.read_bytes())
    try:
        return replace(fit_and_measure(name, split, seed, given, **options), memory=own_peak())
    except GraphrecError as error:
        return error
    except Exception as error:  # whatever a library raises must not end the whole comparison
        traceback.print_exc()
        return TrainingError(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    try:
        with replacing(Path(sys.argv[2])) as part:  # a process killed here leaves no half of an answer
            part.write_bytes(pickle.dumps(_answer(Path(sys.argv[1]))))
    except KeyboardInterrupt:  # the parent is interrupted too, and says so
        sys.exit(130)
