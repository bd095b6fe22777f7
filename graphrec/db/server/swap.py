"""Put a prepared store in place of the old one, so that one of the two is there whatever happens in between.

The old ``data`` becomes ``data.before``, the new one ``data``: two renames. The old one goes when the new one has been
opened; where it does not open, the old one comes back. Nothing is deleted under these names: what has to go is renamed
to ``data.gone`` first.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from graphrec.db.server.layout import Layout


def staging(layout: Layout) -> Path:
    """Return the folder in which a store is prepared."""
    return layout.root / "restoring"


def before(layout: Layout) -> Path:
    """Return the folder of the old data, which is there until the new one has been opened."""
    return layout.root / "data.before"


def put_in_place(layout: Layout) -> None:
    """Replace the server's data by ``staging/data``. The server does not run."""
    layout.data.rename(before(layout))
    (staging(layout) / "data").rename(layout.data)


def mend(layout: Layout) -> None:
    """Bring the old data back where a replacement was interrupted between two renames. The server does not run."""
    if before(layout).is_dir() and not (layout.data / "databases").is_dir():
        put_back(layout)


def put_back(layout: Layout) -> None:
    """Bring the old data back after a replacement. The server does not run."""
    if layout.data.is_dir():
        _make_room(layout)
        layout.data.rename(_gone(layout))
    before(layout).rename(layout.data)
    _make_room(layout)


def settle(layout: Layout) -> None:
    """Remove what a replacement has left behind, as the new data has been opened."""
    _make_room(layout)
    if before(layout).is_dir():
        before(layout).rename(_gone(layout))
        _make_room(layout)
    shutil.rmtree(staging(layout), ignore_errors=True)


def _gone(layout: Layout) -> Path:
    return layout.root / "data.gone"


def _make_room(layout: Layout) -> None:
    """Delete what has been renamed to go; an interruption before may have left some."""
    if _gone(layout).exists():
        shutil.rmtree(_gone(layout))
