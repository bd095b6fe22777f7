"""Draw figures with matplotlib, if it is installed."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from graphrec.common.errors import ConfigError
from graphrec.common.files import replacing
from graphrec.common.printable import printable

#: How to install matplotlib.
MATPLOTLIB = "pip install 'graphrec[report]'"


def can_draw() -> bool:
    """Return whether matplotlib is installed."""
    return importlib.util.find_spec("matplotlib") is not None


def check_picture(path: Path, option: str) -> Path:
    """Check that a figure can be drawn to a file, and return the file.

    Parameters
    ----------
    path
        The file.
    option
        The option that names it.

    Raises
    ------
    ConfigError
        The suffix is not supported, the folder does not exist, or matplotlib is not installed.
    """
    if path.suffix.lower() not in (".svg", ".png"):
        raise ConfigError(f"{option}: {str(path)!r} is neither .svg nor .png", hint=f"{option} picture.svg")
    if not path.parent.is_dir():
        raise ConfigError(f"{option}: there is no folder {str(path.parent)!r}", hint="make it, or name another")
    if not can_draw():
        raise ConfigError(f"{option}: matplotlib is not installed", hint=MATPLOTLIB)
    return path


@contextmanager
def figure(size: tuple[float, float], path: Path) -> Iterator[Any]:
    """Yield the axes of a figure; write it to ``path`` (PNG or SVG by its suffix) if the block succeeds."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    svg = path.suffix.lower() == ".svg"
    # Keep text as text in an SVG, and make equal figures equal files.
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "graphrec"}):
        drawn = Figure(figsize=size)
        yield drawn.subplots()
        with warnings.catch_warnings(), replacing(path) as part:
            # Characters missing in the font are drawn as boxes; continue.
            warnings.filterwarnings("ignore", message="Glyph .* missing", category=UserWarning)
            drawn.set_layout_engine("tight")
            drawn.savefig(part, dpi=120, format="svg" if svg else "png", metadata={"Date": None} if svg else None)


def plain(text: str, longest: int = 40) -> str:
    """Return text that matplotlib shows literally: formulas escaped, and shortened to fit the figure."""
    text = printable(text)
    text = text if len(text) <= longest else text[: longest - 1] + "…"
    text = text.replace("$", r"\$")
    return f" {text}" if text.startswith("_") else text
