"""Library code speaks through logging: silent until somebody listens, on stderr in commands."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from graphrec.common.console import (
    LOGGER,
    Verbosity,
    activity,
    note,
    progress,
    set_verbosity,
    shown,
    verbosity,
    warn,
)


@pytest.fixture
def kept() -> Iterator[None]:
    """The verbosity of this process, as it was."""
    before = LOGGER.level, verbosity().progress
    yield
    set_verbosity(Verbosity(*before))


def say(module: str) -> None:
    """Say something as a module of that name would."""
    code = "note('said'); warn('warned')"
    exec(code, {"__name__": module, "note": note, "warn": warn})


@pytest.mark.parametrize(
    ("module", "logger"),
    [
        ("graphrec.training.train", "graphrec.training"),
        ("graphrec.db.server.lifecycle", "graphrec.db"),
        ("graphrec.quickstart", "graphrec.quickstart"),
        ("graphrec_etl.command", "graphrec.etl"),
        ("__main__", "graphrec"),
    ],
)
def test_each_package_has_a_logger(module: str, logger: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "graphrec")
    say(module)
    assert caplog.record_tuples == [(logger, logging.INFO, "said"), (logger, logging.WARNING, "warned")]
    assert {record.filename for record in caplog.records} == {"<string>"}  # where it was said


def test_nothing_is_printed_unless_logging_is_configured() -> None:
    program = (
        "from graphrec.common.console import note, progress, warn\n"
        "note('a'); warn('b')\n"
        "with progress() as bar: bar.add_task('c')"
    )
    configured = f"import logging; logging.basicConfig(level=logging.INFO, format='%(name)s %(message)s')\n{program}"
    said = []
    for code in (program, configured):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout == ""
        said.append(done.stderr.splitlines())
    assert said == [[], ["graphrec a", "graphrec b"]]


def test_commands_print_messages_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    message = "[content] text = '%s' " + "a long line " * 20
    with shown(), shown():
        note(message)
        warn(message)
    assert capsys.readouterr().err == f"{message}\n{message}\n"
    note("not said")
    warn("not said")
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("db")
def test_quiet_says_what_may_be_wrong_alone(run, tmp_path) -> None:
    assert "no run yet" in run("runs").stderr
    quiet = run("--quiet", "runs")
    assert (quiet.exit_code, quiet.stderr) == (0, "")
    assert quiet.stdout == run("runs").stdout
    failed = run("-q", "recommend", "nobody")
    assert (failed.exit_code, failed.stderr.startswith("error: ")) == (2, True)
    assert "no run yet" in run("runs").stderr  # until the next command


@pytest.mark.skipif(os.name == "nt", reason="no pseudo-terminals")
@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("wanted", [True, False])
def test_progress_is_drawn_on_a_terminal(wanted: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    master, slave = os.openpty()
    set_verbosity(Verbosity(logging.INFO, wanted))
    with os.fdopen(slave, "w") as terminal, monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", terminal)
        with progress() as bar:
            bar.update(bar.add_task("counting", total=2), advance=1)
        with activity("waiting") as tell:
            tell("still")
        terminal.write("end")
        terminal.flush()
        drawn = ""
        while not drawn.endswith("end"):  # a terminal hands over what it has in pieces
            drawn += os.read(master, 100_000).decode()
    os.close(master)
    assert ("counting" in drawn, "still" in drawn) == (wanted, wanted)


def test_an_activity_is_a_note_a_change_elsewhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "graphrec")
    with activity("not told") as tell:
        for message in ("one", "one", "two"):
            tell(message)
    assert caplog.messages == ["one", "two"]
