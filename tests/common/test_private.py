"""Files and folders are private from their first byte, whatever the umask."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from graphrec.common.files import replacing, write_json
from graphrec.common.private import open_private, private_folder
from graphrec.content.cache import VectorCache
from graphrec_etl.rejects import Rejects

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")


@pytest.fixture(autouse=True)
def _no_umask() -> Iterator[None]:
    """Let everything through that a program does not forbid itself."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_folders_above_that_are_missing_are_private_too(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    private_folder(tmp_path / "a" / "b")
    assert [mode(path) for path in (tmp_path, tmp_path / "a", tmp_path / "a" / "b")] == [0o755, 0o700, 0o700]


def test_a_file_is_private_before_anything_is_in_it(tmp_path: Path) -> None:
    """Also where an open one was there, or a killed writer left its part."""
    path = tmp_path / "weights.safetensors"
    for old in (path, tmp_path / "weights.safetensors.part"):
        old.write_bytes(b"old")
        assert mode(old) == 0o666
    with replacing(path) as part:
        assert (mode(part), part.read_bytes()) == (0o600, b"")
        save_file({"x": torch.zeros(2)}, part)
        assert mode(part) == 0o600
    assert mode(path) == 0o600
    with replacing(tmp_path / "graphrec.toml", private=False) as part:
        part.write_text("[train]\n")
    assert mode(tmp_path / "graphrec.toml") == 0o666
    with open_private(tmp_path / "log", "a") as log:
        assert mode(tmp_path / "log") == 0o600
        log.write("x")


def test_what_libraries_write_is_private(tmp_path: Path) -> None:
    write_json(tmp_path / "ids.json", {"users": ["anna"]})
    with replacing(tmp_path / "state.pt") as part:
        torch.save({"x": 1}, part)
    rejects = Rejects()
    rejects.add(tmp_path / "x.inter", 1, "rating", "x", "is odd", "anna")
    rejects.write(tmp_path / "rejects")
    with VectorCache(tmp_path / "cache") as cache:
        cache.put("encoder", {"content": np.ones(2, np.float32)})
        written = sorted(path.name for path in (tmp_path / "cache").iterdir())
        assert written == ["vectors.sqlite3", "vectors.sqlite3-shm", "vectors.sqlite3-wal"]
        modes = {str(path.relative_to(tmp_path)): mode(path) for path in tmp_path.rglob("*")}
    assert {path for path, found in modes.items() if found not in (0o600, 0o700)} == set()
    assert (tmp_path / "rejects" / "x.inter.tsv").read_text().splitlines()[1] == "1\trating\tx\tis odd\tanna"
