"""Files are replaced in one step, where they lie."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from graphrec.common.errors import InputError
from graphrec.common.files import replacing


def test_a_link_keeps_leading_to_the_file(tmp_path: Path) -> None:
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_text("old")
    link.symlink_to(real)
    with replacing(link) as part:
        part.write_text("new")
    assert link.is_symlink()
    assert real.read_text() == "new"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path):
        with pytest.raises(InputError, match="not a regular file"), replacing(path):
            pass
    assert pipe.is_fifo()


def test_an_error_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("old")

    def broken() -> None:
        with replacing(file) as part:
            part.write_text("half")
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        broken()
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert file.read_text() == "old"
