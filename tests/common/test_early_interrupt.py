"""Ctrl-C in the first half second of a command, while Python is still importing: one word, no traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest

from graphrec.common.entry_point import run_command

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one child")

#: What the script that is installed with the package runs.
SCRIPT = "import sys; from graphrec.__main__ import main; sys.exit(main())"
MODULE, INSTALLED = ("-m", "graphrec"), ("-c", SCRIPT)


def interrupted_at(module: str, how: tuple[str, ...], arguments: tuple[str, ...], folder: Path) -> tuple[int, str]:
    """Press Ctrl-C when a module has just been imported; return the exit code and what the command said."""
    command = [sys.executable, "-X", "importtime", *how, *arguments]
    said = []
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        sent = False
        for line in process.stderr:
            if not line.startswith("import time:"):
                said.append(line)
            elif not sent and line.rpartition("|")[2].strip() == module:
                process.send_signal(signal.SIGINT)
                sent = True
        assert sent, f"{module} is not imported: {''.join(said)}"
    return process.returncode, "".join(said).strip()


@pytest.mark.parametrize("how", [MODULE, INSTALLED], ids=["module", "script"])
@pytest.mark.parametrize("module", ["graphrec.cli", "click.types", "click", "msgspec"])
def test_while_the_command_line_is_imported(module: str, how: tuple[str, ...], tmp_path: Path) -> None:
    assert interrupted_at(module, how, ("evaluate",), tmp_path) == (130, "interrupted")


@pytest.mark.long
@pytest.mark.parametrize("module", ["numpy", "torch.version", "torch"])
def test_while_a_command_imports_what_it_needs(module: str, tmp_path: Path) -> None:
    assert interrupted_at(module, MODULE, ("evaluate",), tmp_path) == (130, "interrupted")


def test_an_error_that_an_interrupt_led_to_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Compiled libraries turn a Ctrl-C while they are imported into an error of their own."""

    @click.command()
    def command() -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt as error:
            raise ImportError("a part of the library failed to import") from error

    with pytest.raises(SystemExit) as left:
        run_command(command, [], name="command")
    assert (left.value.code, capsys.readouterr().err.strip()) == (130, "interrupted")
