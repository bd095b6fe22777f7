"""The boundary of the command line: every error ends in a short message, and what nobody foresaw in a log file too."""

from __future__ import annotations

import errno
import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import click
import pytest
import torch

from graphrec.common.crash_log import without_secrets
from graphrec.common.entry_point import UNFORESEEN, run_command
from graphrec.common.errors import LibraryError, ResourceError
from graphrec.common.files import replacing
from graphrec.common.libraries import library
from graphrec.common.machine_error import machine_error

SECRET = "hunter2-of-the-database"


def failing(error: BaseException) -> click.Command:
    """A command with this error."""

    @click.command()
    @click.argument("anything", nargs=-1)
    def command(anything: tuple[str, ...]) -> None:
        raise error

    return command


@pytest.fixture
def ended(alone: Path, capsys: pytest.CaptureFixture[str]):
    """Run a command that fails; return the exit code and stderr."""

    def call(error: BaseException, *args: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as left:
            run_command(failing(error), args, name="graphrec")
        return int(left.value.code or 0), capsys.readouterr().err

    return call


def test_what_nobody_foresaw_goes_to_a_log_that_only_its_owner_reads(ended, alone, monkeypatch) -> None:
    monkeypatch.setenv("NEO4J_PASSWORD", SECRET)
    error = KeyError(f"[/b]\x1b[2J {SECRET} bolt://neo4j:other@host")
    code, said = ended(error, SECRET, "\x1b[2J")
    assert code == UNFORESEEN == 70
    assert said.startswith("error: graphrec did not expect this: KeyError: ")
    assert "Traceback" not in said
    (log,) = (alone / "home" / "errors").iterdir()
    assert str(log) in said
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.parent.stat().st_mode) == 0o700
    text = log.read_text(encoding="utf-8")
    assert "Traceback" in text
    assert "test_boundary.py" in text
    for words in (text, said):
        assert SECRET not in words
        assert "neo4j:other" not in words
        assert "\x1b" not in words


def test_the_log_is_in_the_project_or_else_in_the_home_or_else_nowhere(ended, alone, monkeypatch) -> None:
    (alone / "home").write_text("a file in the place of the folder")
    assert str(alone / ".graphrec" / "errors") in ended(ZeroDivisionError())[1]
    monkeypatch.delenv("GRAPHREC_HOME")
    project = alone / "project"
    (project / ".graphrec").mkdir(parents=True)
    (project / "inside").mkdir()
    monkeypatch.chdir(project / "inside")
    assert str(project / ".graphrec" / "errors") in ended(ZeroDivisionError())[1]
    for folder in (project / ".graphrec", alone / ".graphrec"):
        for file in (folder / "errors").iterdir():
            file.unlink()
        (folder / "errors").rmdir()
        (folder / "errors").write_text("")
    monkeypatch.setattr("tempfile.tempdir", str(alone / "nowhere"))
    (alone / "nowhere").write_text("")
    code, said = ended(ZeroDivisionError("x"))
    assert code == UNFORESEEN
    assert "test_boundary.py" not in said
    assert "ZeroDivisionError: x (entry_point.py:" in said
    assert "no log could be written" in said


MACHINE = {
    "a full disk": (OSError(errno.ENOSPC, "No space left on device", "runs/x"), "runs/x: No space left"),
    "a quota": (OSError(errno.EDQUOT, "Disk quota exceeded"), "quota"),
    "a read-only disk": (OSError(errno.EROFS, "Read-only file system", b"runs"), "read-only"),
    "ulimit -f": (OSError(errno.EFBIG, "File too large"), "ulimit -f"),
    "ulimit -n": (OSError(errno.EMFILE, "Too many open files"), "ulimit -n"),
    "no permission": (PermissionError(errno.EACCES, "Permission denied", "a\x1b[2J"), "a\\u001b[2J: Permission"),
    "a long name": (OSError(errno.ENAMETOOLONG, "File name too long", "x" * 5_000), "shorter path"),
    "a broken disk": (OSError(errno.EIO, "Input/output error"), "disk fails"),
    "Python's memory": (MemoryError(), "memory"),
    "no name of a file": (ValueError("embedded null byte"), "a path has a NUL"),
    "PyTorch's memory": (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried 1 bytes"), "memory"),
    "the memory of a GPU": (torch.OutOfMemoryError("CUDA out of memory."), "memory"),
    "safetensors": (Exception("Error while serializing: IoError(Os { code: 28, kind: StorageFull })"), "No space left"),
    "safetensors by name": (Exception("I/O error: No space left on device (os error 28)"), "No space left"),
    "PyTorch's files": (RuntimeError("PytorchStreamWriter failed writing file data/1: file write failed"), "room"),
}


@pytest.mark.parametrize("case", MACHINE)
def test_errors_of_the_machine_are_no_bugs(case, ended, alone) -> None:
    error, said = MACHINE[case]
    code, message = ended(error)
    assert code == 2
    assert said in message
    assert "→" in message
    assert len(message) < 1_500
    assert not (alone / "home").exists()


def test_a_cause_counts_but_not_what_was_handled_before() -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    wrapped, after = RuntimeError("writing"), KeyError("a bug")
    wrapped.__cause__, after.__context__ = full, full
    assert machine_error(wrapped) is not None
    assert machine_error(after) is None


def test_a_full_disk_names_the_file(tmp_path: Path) -> None:
    full_disk = Path("/dev/full")
    with pytest.raises(OSError, match="No space") as full, replacing(tmp_path / "run.json"):
        full_disk.write_text("x")
    assert full.value.filename == str(tmp_path / "run.json")
    assert f"MB are free on the disk of {tmp_path}: make room" in str(machine_error(full.value))


@pytest.mark.skipif(sys.platform == "win32", reason="a limit on the size of files")
def test_a_library_that_names_no_file_does_not_hide_it(tmp_path: Path) -> None:
    """PyTorch says that a file write failed, and not of which file nor why."""
    import resource

    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with pytest.raises(ResourceError) as full, replacing(tmp_path / "checkpoint.pt") as part:
            torch.save({"x": torch.zeros(10_000)}, part)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert str(tmp_path / "checkpoint.pt") in full.value.message
    assert "ulimit -f" in str(full.value.hint)
    assert list(tmp_path.iterdir()) == []


def test_a_library_without_memory_is_said_to_lack_it() -> None:
    with pytest.raises(LibraryError, match="probably for want of memory") as lost, library("torch"):
        raise ImportError("libtorch_cpu.so: failed to map segment from shared object")
    assert "close other programs" in str(lost.value.hint) or "ulimit -v" in str(lost.value.hint)


def test_secrets_of_the_environment_are_named_by_their_variables() -> None:
    environ = {"NEO4J_PASSWORD": "abcdef", "HF_TOKEN": "hf_123", "API_KEY": "1", "HOME": "/root"}
    assert without_secrets("abcdef hf_123 1 /root", environ) == "*** *** 1 /root"


#: What the shell does before → exit code and what is said.
STREAMS = {
    "stdout closed": ("exec >&-", "--help", 0, ""),
    "stderr closed": ("exec 2>&-", "nothing", 2, ""),
    "all closed": ("exec <&- >&- 2>&-", "nothing", 2, ""),
    "stdout full": ("exec >/dev/full", "--help", 2, "No space left"),
    "JSON to a full disk": ("exec >/dev/full", "cypher --json", 2, "No space left"),
    "both full": ("exec >/dev/full 2>&1", "--version", 2, ""),
    "ASCII": ("export PYTHONIOENCODING=ascii", "runs plot ü€", 2, "\\xfc"),
    "no UTF-8": ("true", "runs plot $'\\xff\\x9b'", 2, "udcff"),
    "no folder": ("mkdir gone; cd gone; rmdir ../gone", "runs plot x", 2, "the working directory"),
    "the reader is gone": ("exec > >(true); sleep 0.2", "cypher", 0, ""),
}


@pytest.mark.skipif(os.name == "nt", reason="a POSIX shell")
@pytest.mark.parametrize("case", STREAMS)
def test_streams(case, alone: Path) -> None:
    before, args, code, said = STREAMS[case]
    script = f"{before}; exec {sys.executable} -m graphrec {args}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, cwd=alone, check=False)
    message = done.stderr.decode()
    assert done.returncode == code, message
    assert said in message
    assert "Traceback" not in message
    assert "Exception ignored" not in message


def test_json_stays_json_where_the_locale_has_no_such_characters(alone: Path) -> None:
    code = "from graphrec.common.console import echo_json; echo_json({'title': 'Amélie \\x9b\\udc80'})"
    for encoding in ("ascii", "latin-1", "utf-8"):
        told = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONIOENCODING": encoding},
            capture_output=True,
            check=True,
        )
        assert json.loads(told.stdout.decode(encoding)) == {"title": "Amélie \x9b\udc80"}
