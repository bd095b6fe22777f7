"""Read ``media.tsv``: an additional table with the image, audio and description of items."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from graphrec.common.errors import InputError
from graphrec_etl import values
from graphrec_etl.files import header, rows
from graphrec_etl.model import Tables
from graphrec_etl.nodes import Column, read_nodes
from graphrec_etl.rejects import Rejects

#: Column → property.
FILES = {"poster": "image", "image": "image", "audio": "audio"}


def add_media(tables: Tables, path: Path, root: Path | None, rejects: Rejects, encoding: str = "utf-8") -> None:
    """Add the columns of a media table to the items' properties, matched by ``item_id``.

    ``poster`` or ``image`` and ``audio`` name files and become absolute paths, which :func:`make_relative` shortens for
    the database; URLs stay unchanged.

    Parameters
    ----------
    root
        Base folder of the files' paths. None: the folder of ``path`` or one of the two above it, whichever contains
        the first file named.

    Raises
    ------
    InputError
        The table has no column ``item_id``.
    """
    source = rows(path, encoding=encoding)
    names = header(source, path)
    if "item_id" not in names:
        raise InputError(
            f"{path}:1: no column item_id; the columns are {', '.join(names)}",
            hint="rename the item's column to item_id",
        )
    found = Tables().items
    properties = values.property_names([n for n in names if n != "item_id"], str(path), "Item", FILES)
    columns = {name: Column(prop, values.token) for name, prop in properties.items()}
    read_nodes(found, path, names=names, rows=source, key="item_id", columns=columns, rejects=rejects)
    base = root or _root(path, [cells for cells in found.properties if cells])
    missing = 0
    for item, code in found.codes.items():
        target = tables.items.codes.get(item)
        if target is None:
            tables.orphans["media of unknown items"] = tables.orphans.get("media of unknown items", 0) + 1
            continue
        missing += place(found.properties[code], base)
        tables.items.properties[target] |= found.properties[code]
    if missing:
        tables.notes.append(f"{missing} media files are not below {base}: left out (--media-root sets their folder)")


def place(properties: dict[str, Any], base: Path) -> int:
    """Make the paths in ``image`` and ``audio`` absolute, drop those of missing files, and return how many."""
    missing = 0
    for kind in ("image", "audio"):
        if kind in properties and "://" not in properties[kind]:
            file = (base / properties[kind]).absolute()
            if file.is_file():
                properties[kind] = str(file)
            else:
                del properties[kind]
                missing += 1
    return missing


def make_relative(tables: Tables, root: Path) -> None:
    """Make the paths of the items' files relative to the project's root, as they are stored.

    An absolute path names folders of one machine, and is wrong on every other one. On Windows, a file on another drive
    keeps its path.
    """
    for properties in tables.items.properties:
        for kind in ("image", "audio"):
            value = properties.get(kind)
            if isinstance(value, str) and Path(value).is_absolute():
                with suppress(ValueError):  # another drive
                    properties[kind] = Path(os.path.relpath(value, root)).as_posix()


def _root(path: Path, cells: list[dict[str, str]]) -> Path:
    """Find the base folder of the paths by trying the first few hundred, as some files may be missing."""
    named = [row[kind] for row in cells[:300] for kind in ("image", "audio") if kind in row]
    folder = path.absolute().parent
    for base in (folder, folder.parent, folder.parent.parent):
        if any((base / name).is_file() for name in named):
            return base
    return folder
