"""Pictures by matplotlib, where it is there."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from graphrec.common.errors import ConfigError
from graphrec.common.files import replacing

#: How to have it.
MATPLOTLIB = "pip install 'graphrec[report]'"


def can_draw() -> bool:
    """Whether matplotlib is there."""
    return importlib.util.find_spec("matplotlib") is not None


def check_picture(path: Path, option: str) -> Path:
    """Return the file of a picture that can be drawn.

    Parameters
    ----------
    path
        The file.
    option
        Which option named it.

    Raises
    ------
    ConfigError
        Its name is that of no picture, there is no such folder, or matplotlib is not there.
    """
    if path.suffix.lower() not in (".svg", ".png"):
        raise ConfigError(f"{option}: {str(path)!r} is neither .svg nor .png", hint=f"{option} picture.svg")
    if not path.parent.is_dir():
        raise ConfigError(f"{option}: there is no folder {str(path.parent)!r}", hint="make it, or name another")
    if not can_draw():
        raise ConfigError(f"{option}: matplotlib is not there", hint=MATPLOTLIB)
    return path


@contextmanager
def figure(size: tuple[float, float], path: Path) -> Iterator[Any]:
    """Yield the axes of a picture, a PNG or an SVG by its name, that is written when the block has gone well."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    svg = path.suffix.lower() == ".svg"
    # Text stays text in an SVG, and the same figures are the same file.
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "graphrec"}):
        drawn = Figure(figsize=size)
        yield drawn.subplots()
        with warnings.catch_warnings(), replacing(path) as part:
            # Names in scripts that the font lacks are drawn as boxes; that is no reason to stop.
            warnings.filterwarnings("ignore", message="Glyph .* missing", category=UserWarning)
            drawn.set_layout_engine("tight")
            drawn.savefig(part, dpi=120, format="svg" if svg else "png", metadata={"Date": None} if svg else None)


def plain(text: str, longest: int = 40) -> str:
    """Return text that matplotlib takes as it is: no formulas, and not so long that it would push the points aside."""
    text = text if len(text) <= longest else text[: longest - 1] + "…"
    text = text.replace("$", r"\$")
    return f" {text}" if text.startswith("_") else text
