"""The progress bar on a terminal of 80 columns, as a person sees it: nothing is cut."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys

import pytest

from graphrec.training.objectives import epoch_label

fcntl, pty, termios = (
    pytest.importorskip(name, reason="Windows has no such terminals") for name in ("fcntl", "pty", "termios")
)

PROGRAM = """
import sys
from graphrec.common.console import progress
label, total, done = sys.argv[1], int(sys.argv[2]) or None, int(sys.argv[3])
with progress() as bar:
    task = bar.add_task(label, total=total)
    bar.update(task, completed=done)
"""
WORST = epoch_label("softmax", {"loss": 1.234e-5, "ndcg@100": 0.12345}, "ndcg@100", 0.23456)


def drawn(columns: int, *arguments: object) -> list[str]:
    """Run the program on a terminal of its own and return the lines that it drew last."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    env = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *map(str, arguments)],
        stdin=its,
        stdout=its,
        stderr=its,
        env=env | {"TERM": "xterm-256color"},
    ) as process:
        os.close(its)
        seen = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # Linux says so that nobody writes any more
                break
            if not part:
                break
            seen += part
    os.close(ours)
    assert process.returncode == 0, seen.decode()
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen.decode())
    return [line for line in re.split(r"[\r\n]+", text) if line.strip()]


@pytest.mark.parametrize(
    ("label", "total", "done", "shown"),
    [
        (WORST, 100, 99, "99/100"),
        (WORST, 9999, 9999, "9999/9999"),
        ("trial 100, training 3, epoch 100: 0.1234  best 0.1234", 100, 37, "37/100"),
        ("encoding image, 12,345.6/s", 87_000, 43_500, "50%"),
        ("once more, validation included", 100, 4, "4/100"),
        ("softmax: edges and least squares", 0, 0, "0:00"),
        ("reading the graph", 0, 32_000_000, "32,000,000"),
        ("Neo4j", 150_000_000, 75_000_000, "50%"),
    ],
)
def test_nothing_is_cut_at_80_columns(label: str, total: int, done: int, shown: str) -> None:
    for line in drawn(80, label, total, done):
        assert len(line.rstrip()) <= 80
        assert "…" not in line
        assert label in line
    last = line.replace(label, "")
    assert shown in last
    assert re.search(r"-?\d+:\d\d", last)
    assert "━" in last


def test_a_wide_terminal_has_a_long_bar() -> None:
    narrow, wide = (drawn(columns, "links", 100, 100)[-1].count("━") for columns in (80, 200))
    assert narrow >= 6
    assert wide == 40
