"""What commands cost to start: ``python tests/benchmarks/startup.py PROJECT [OTHER]``.

PROJECT is a folder in which ``graphrec quickstart`` has run, its database running and its newest run published. Each
command is run three times; printed are the processor time of the cheapest (user and system, in seconds), how many
modules it has imported, and which of the large ones. OTHER is another checkout: its figures stand beside, and the
ratio of both. Other work on the machine makes processor time longer too; the two take turns.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

ROUNDS = 3
LARGE = ("numpy", "scipy", "torch", "torch_geometric", "transformers", "tokenizers", "sklearn", "pandas", "rich")
COMMANDS = (
    ("--help",),
    ("recommend", "u001"),
    ("recommend", "u001", "--where", "i.title STARTS WITH 'The'"),
    ("recommend", "--like", "i013"),
    ("recommend", "u001", "--now"),
    ("similar", "i013"),
    ("explain", "u001", "i013"),
    ("search", "a murder in the rain"),
    ("runs",),
    ("inspect",),
    ("publish",),
    ("update",),
    ("evaluate",),
)
PROGRAM = """
import sys
from graphrec.cli.main import main
try: main(sys.argv[1:])
except SystemExit as left: assert not left.code, left.code
print(len(sys.modules), *sys.modules, file=sys.stderr)
"""


def measured(checkout: Path, project: Path, args: tuple[str, ...]) -> tuple[float, int, list[str]]:
    """Return the processor time of a command in seconds, how many modules it imported, and the large ones of them."""
    path = os.pathsep.join(str(checkout / part) for part in ("", "etl"))
    environment = os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-c", PROGRAM, *args]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"graphrec {' '.join(args)}: {done.stderr}")
    count, *names = done.stderr.splitlines()[-1].split()
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, int(count), [name for name in LARGE if name in names]


def main(project: Path, *others: Path) -> None:
    """Measure and print."""
    here = Path(__file__).resolve().parents[2]
    for args in COMMANDS:
        found = {checkout: [] for checkout in (here, *others)}
        for _ in range(ROUNDS):
            for checkout, results in found.items():
                results.append(measured(checkout, project, args))
        best = [min(results) for results in found.values()]
        said = [f"{seconds:.2f} s, {count} modules" for seconds, count, _ in best]
        ratio = f"; ratio {best[0][0] / best[1][0]:.2f}" if others else ""
        print(
            f"{' '.join(args)}: {' / '.join(said)}{ratio}; {', '.join(best[0][2]) or 'none of the large ones'}",
            flush=True,
        )


if __name__ == "__main__":
    main(*(Path(argument).resolve() for argument in sys.argv[1:]))
