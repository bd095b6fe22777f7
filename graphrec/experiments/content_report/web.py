"""``report.html``: one self-contained file, no script and no network."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from graphrec.common.html_text import escaped
from graphrec.experiments.content_report.tables import Table, facts, tables

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; color: #1b1f24 }
table { border-collapse: collapse; margin: .5rem 0 1.5rem; display: block; overflow-x: auto }
th, td { border-bottom: 1px solid #d4d7dc; padding: .25rem .7rem; text-align: left; vertical-align: top }
td { font-variant-numeric: tabular-nums }
img { max-width: 100% }
.items { display: flex; flex-wrap: wrap; gap: .8rem; margin: .2rem 0 .8rem }
.items figure { margin: 0; width: 8.5rem; font-size: 13px }
.items img { height: 96px; display: block; margin-bottom: .2rem }
.by { color: #59636e; font-size: 13px }
"""
#: The page may show only what it contains, and fetch nothing.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def html(found: Mapping[str, Any], folder: Path, pictures: Mapping[Any, str]) -> str:
    """Return the page.

    Parameters
    ----------
    found
        The report.
    folder
        Folder of its plots.
    pictures
        Item → JPEG as base64 text.
    """
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8"><title>What content is worth</title>',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        f"<style>{_STYLE}</style></head><body>",
        "<h1>What content is worth</h1>",
        f"<p><strong>{escaped(found['verdict'])}</strong></p>",
        _plot(folder / found["plot"], "Every condition") if found.get("plot") else "",
        "<p>" + "<br>".join(map(escaped, facts(found))) + "</p>",
    ]
    for table in tables(found):
        parts += [f"<h2>{escaped(table.title)}</h2>", f"<p>{escaped(table.about)}</p>" if table.about else ""]
        parts += [*_grid(table), f"<p>{escaped(table.below)}</p>" if table.below else ""]
    if found.get("maps"):
        parts.append("<h2>Maps</h2>")
        for drawn in found["maps"]:
            title = f"Map of {drawn['modality']}: {drawn['items']} of {drawn['of']} items"
            parts.append(_plot(folder / drawn["file"], title))
    if found.get("examples"):
        parts += ["<h2>What lies nearest</h2>", *_examples(found["examples"], pictures)]
    return "\n".join(part for part in parts if part) + "\n</body></html>\n"


def _grid(table: Table) -> Iterator[str]:
    yield "<table><tr>" + "".join(f"<th>{escaped(name)}</th>" for name in table.columns) + "</tr>"
    for row in table.rows:
        yield "<tr>" + "".join(f"<td>{escaped(row.get(name, ''))}</td>" for name in table.columns) + "</tr>"
    yield "</table>"


def _plot(path: Path, title: str) -> str:
    data = base64.b64encode(path.read_bytes()).decode("ascii")
    return f'<p>{escaped(title)}<br><img alt="{escaped(title)}" src="data:image/png;base64,{data}"></p>'


def _examples(examples: Sequence[Mapping[str, Any]], pictures: Mapping[Any, str]) -> Iterator[str]:
    for example in examples:
        yield f"<h3>{escaped(example['title'])}</h3>"
        if example["item"] in pictures:
            yield '<div class="items">' + _item(example, pictures, "") + "</div>"
        for name, near in example["near"].items():
            shown = "".join(_item(item, pictures, f"{item['cosine']:.2f}") for item in near)
            yield f'<div class="by">by {escaped(name)}</div><div class="items">{shown}</div>'


def _item(item: Mapping[str, Any], pictures: Mapping[Any, str], caption: str) -> str:
    picture = pictures.get(item["item"])
    image = f'<img alt="" src="data:image/jpeg;base64,{picture}">' if picture else ""
    said = f"{escaped(item['title'])} <span class=by>{caption}</span>" if caption else ""
    return f"<figure>{image}{said}</figure>"
