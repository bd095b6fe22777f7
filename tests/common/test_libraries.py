"""A library that does not load stops only what needs it: real broken libraries, in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from graphrec.common.errors import EncoderError, LibraryError
from graphrec.common.libraries import failed_import, library

#: How compiled libraries fail while they are imported.
FAILURES = {
    "OSError": "import ctypes\nctypes.CDLL(__file__)",  # a file that is no library
    "ImportError": "raise ImportError('undefined symbol: torch_exception_get_what')",
    "RuntimeError": "raise RuntimeError('compiled with different CUDA versions')",
}
SOUND = "from graphrec.content.audio import open_audio; open_audio('mfcc', Path())"
TEXT = "from graphrec.content.text import open_text; print(open_text('auto', Path()).dim)"
WORDS = "from graphrec.content.tfidf import TfidfEncoder; print(TfidfEncoder.fit(['red cat', 'blue dog']).dim)"
NETWORK = "from graphrec.content.image import open_image; open_image('resnet18', Path())"
CLASSICAL = "from graphrec.content.image import open_image; print(open_image('classical', Path()).dim)"

Call = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def without(tmp_path: Path) -> Call:
    """Run Python where libraries are broken: ``without("torchaudio soundfile", "OSError", "-c", program)``."""

    def call(names: str, failure: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        folder = tmp_path / "broken"
        for name in names.split():
            (folder / name).mkdir(parents=True, exist_ok=True)
            (folder / name / "__init__.py").write_text(FAILURES[failure], encoding="utf-8")
        path = os.pathsep.join([str(folder), *sys.path[1:]])
        env = os.environ | {"PYTHONPATH": path, "HF_HUB_OFFLINE": "1"} | variables
        return subprocess.run(
            [sys.executable, *arguments], capture_output=True, text=True, env=env, cwd=tmp_path, check=False
        )

    return call


def opened(program: str) -> str:
    """Return a program that says which errors of ours end it."""
    return (
        "from pathlib import Path\nfrom graphrec.common.errors import EncoderError\n"
        f"try:\n    {program}\nexcept EncoderError as error:\n    print(error)"
    )


@pytest.mark.parametrize("failure", FAILURES)
def test_the_library_and_the_next_step_are_named(without: Call, failure: str) -> None:
    done = without("torchaudio", failure, "-c", opened(SOUND))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("torchaudio ")
    assert f"cannot be loaded: {failure}: " in done.stdout
    assert "→ graphrec doctor" in done.stdout


@pytest.mark.long
@pytest.mark.parametrize(
    ("broken", "stops", "goes_on"),
    [
        ("soundfile torchaudio torchvision", [SOUND, NETWORK], TEXT),
        ("skimage", [CLASSICAL], WORDS),
        ("sklearn", [WORDS], CLASSICAL),
    ],
    ids=["transformers", "skimage", "sklearn"],
)
def test_only_what_needs_it_stops(without: Call, broken: str, stops: list[str], goes_on: str) -> None:
    done = without(broken, "OSError", "-c", "\n".join(map(opened, [goes_on, *stops])))
    assert done.returncode == 0, done.stderr
    dim, *said = done.stdout.splitlines()
    assert int(dim) > 0
    errors = [line for line in said if "→" not in line]
    assert len(errors) == len(stops)
    for line in errors:
        assert line.split()[0] in broken.split()
        assert "cannot be loaded: OSError" in line


def test_a_command_that_cannot_do_without_leaves_no_traceback(without: Call) -> None:
    done = without("torch", "OSError", "-m", "graphrec", "train", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    done = without("torch", "OSError", "-c", "from graphrec.cli.main import main; main(['benchmark', '--data', '.'])")
    assert done.returncode == 2
    assert "error: torch " in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_not_installed_is_said_so() -> None:
    with pytest.raises(LibraryError, match="nowhere is not installed: ModuleNotFoundError"), library("nowhere"):
        import nowhere  # noqa: F401


def test_errors_of_ours_pass() -> None:
    with pytest.raises(EncoderError, match="mine"), library("numpy"):
        raise EncoderError("mine")


def test_mistakes_are_no_broken_libraries() -> None:
    with pytest.raises(ZeroDivisionError) as error:
        1 / 0  # noqa: B018
    assert failed_import(error.value) is None
