"""Whenever a restore is cut off, one whole store is in place at the next start."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphrec.db.server import swap
from graphrec.db.server.layout import Layout


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A server with an old store, and a new one that is prepared."""
    layout = Layout.of(tmp_path)
    layout.create()
    for folder, what in ((layout.data, "old"), (swap.staging(layout) / "data", "new")):
        (folder / "databases").mkdir(parents=True)
        (folder / "databases" / "store").write_text(what)
    return layout


def stored(layout: Layout) -> str:
    return (layout.data / "databases" / "store").read_text()


def test_cut_off_before_and_between_the_renames_the_old_store_is_there(layout: Layout) -> None:
    swap.mend(layout)
    assert stored(layout) == "old"
    layout.data.rename(swap.before(layout))
    layout.create()  # as each command does
    swap.mend(layout)
    assert stored(layout) == "old"


def test_the_old_store_goes_when_the_new_one_is_open_and_comes_back_when_it_is_not(layout: Layout) -> None:
    swap.put_in_place(layout)
    swap.mend(layout)
    assert stored(layout) == "new"
    swap.put_back(layout)
    assert stored(layout) == "old"
    (swap.staging(layout) / "data" / "databases").mkdir(parents=True)
    (swap.staging(layout) / "data" / "databases" / "store").write_text("new")
    swap.put_in_place(layout)
    swap.settle(layout)
    swap.settle(layout)
    assert stored(layout) == "new"
    assert not swap.before(layout).exists()
    assert not swap.staging(layout).exists()


@pytest.mark.parametrize("renames", [0, 1, 2])
def test_cut_off_while_the_old_store_comes_back(layout: Layout, renames: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed before each rename, and in the deletion after them."""
    swap.put_in_place(layout)
    left = renames
    rename = Path.rename

    def cut(self: Path, target: Path) -> Path:
        nonlocal left
        if not left:
            raise KeyboardInterrupt
        left -= 1
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", cut)
        patch.setattr(swap.shutil, "rmtree", lambda path: cut(path, path))
        with pytest.raises(KeyboardInterrupt):
            swap.put_back(layout)
    layout.create()
    swap.mend(layout)
    assert stored(layout) == ("new" if renames == 0 else "old")
    assert renames == 0 or not swap.before(layout).exists()
    if renames == 0:
        swap.put_back(layout)
    assert stored(layout) == "old"


def test_cut_off_while_the_old_store_goes(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    swap.put_in_place(layout)
    with monkeypatch.context() as patch:
        patch.setattr(swap.shutil, "rmtree", lambda *a, **k: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            swap.settle(layout)
    assert not swap.before(layout).exists(), "half of a store that could be put back"
    swap.settle(layout)
    assert stored(layout) == "new"
    assert {path.name for path in layout.root.iterdir()} & {"data.gone", "restoring"} == set()
