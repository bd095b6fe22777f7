"""Recommendations with posters, as a page or in a notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from graphrec.common.console import warn
from graphrec.common.html_text import escaped
from graphrec.config.schema import GraphSchema
from graphrec.content.thumbnail import thumbnails
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.presentation.html_page import document

#: Longest side of a poster, in pixels.
SIDE = 240
_STYLE = """
body { font: 15px/1.4 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #1b1f24 }
footer { color: #59636e; font-size: 13px }
"""
#: Style of the cards, also used in notebooks.
_CARDS = """
.graphrec { display: flex; flex-wrap: wrap; gap: 1rem; margin: 1rem 0; padding: 0; list-style: none }
.graphrec li { width: 10rem; font-size: 14px; line-height: 1.35 }
.graphrec .poster { width: 10rem; height: 15rem; object-fit: cover; border-radius: 4px; display: block }
.graphrec div.poster { background: #d4d7dc; color: #59636e; box-sizing: border-box; padding: 6.5rem .8rem 0;
  text-align: center }
.graphrec b { display: block; margin-top: .4rem; overflow-wrap: anywhere }
.graphrec small { display: block; color: #59636e; font-size: 13px }
"""


def posters(db: Database, schema: GraphSchema, items: Sequence[Any], folders: Sequence[Path]) -> dict[Any, str]:
    """Return item → its poster as a small JPEG in base64, for the items with an image on this machine.

    Parameters
    ----------
    folders
        Folders whose files are read; paths in the graph are relative to the first.
    """
    rows = db.read(queries.load("query/pictures", schema), items=list(items))
    stored = {row["item"]: row["image"] if isinstance(row["image"], str | bytes | bytearray) else None for row in rows}
    read, failed = thumbnails(stored, folders, SIDE)
    if failed:
        warn(f"{failed} of the {len(items)} posters could not be read")
    return read


def cards(rows: Sequence[Mapping[str, Any]], pictures: Mapping[Any, str]) -> str:
    """Return the recommendations as HTML for a page or a notebook.

    Parameters
    ----------
    rows
        As returned by :func:`graphrec.serving.recommend.recommend`; ``why`` is shown if present.
    pictures
        As returned by :func:`posters`.
    """
    return (
        f'<style>{_CARDS}</style>\n<ol class="graphrec">\n'
        + "\n".join(_card(row, pictures) for row in rows)
        + "\n</ol>"
    )


def page(heading: str, rows: Sequence[Mapping[str, Any]], pictures: Mapping[Any, str]) -> str:
    """Return the whole page; see :func:`cards`."""
    runs = sorted({str(row["runId"]) for row in rows if row.get("runId") is not None})
    foot = f"graphrec{''.join(f', run {run}' for run in runs)}"
    body = [f"<h1>{escaped(heading)}</h1>", cards(rows, pictures), f"<footer>{escaped(foot)}</footer>"]
    return document(heading, _STYLE, body)


def _card(row: Mapping[str, Any], pictures: Mapping[Any, str]) -> str:
    title = escaped(row["title"])
    picture = pictures.get(row["item"])
    poster = (
        f'<img class="poster" alt="" src="data:image/jpeg;base64,{picture}">'
        if picture
        else '<div class="poster">no poster</div>'
    )
    why = f"<small>{escaped(row['why'])}</small>" if row.get("why") else ""
    told = f"{escaped(row['item'])} · {row['score']:.3f}"
    return f"<li>{poster}<b>{row['rank']}. {title}</b><small>{told}</small>{why}</li>"
