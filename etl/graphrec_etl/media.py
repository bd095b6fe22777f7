"""Read ``media.tsv``: an additional table with the image, audio and description of items."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from graphrec.common.errors import InputError
from graphrec.content.files import embedded
from graphrec_etl import values
from graphrec_etl.files import header, rows
from graphrec_etl.model import Tables
from graphrec_etl.nodes import Column, read_nodes
from graphrec_etl.rejects import Reject, Rejects

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
    columns = {name: Column.of("item", prop, values.token) for name, prop in properties.items()}
    read_nodes(found, path, names=names, rows=source, key="item_id", columns=columns, rejects=rejects)
    if found.codes and not found.codes.keys() & tables.items.codes.keys():
        first = Reject(path, 2, "item_id", next(iter(found.codes)), "is not a known item")
        rejects.strangers("items", first, tables.items.codes)
    base = root or _root(path, [cells for cells in found.properties if cells])
    placed = []
    for item, code in found.codes.items():
        target = tables.items.codes.get(item)
        if target is None:
            tables.orphans["media of unknown items"] = tables.orphans.get("media of unknown items", 0) + 1
            continue
        placed.append((found.properties[code], target))
    tables.notes += place([properties for properties, _ in placed], base, " (--media-root sets their folder)")
    for properties, target in placed:
        tables.items.properties[target] |= properties


def place(items: Iterable[dict[str, Any]], base: Path, hint: str = "") -> list[str]:
    """Make the paths in ``image`` and ``audio`` absolute, drop what is not a file, and return notes on it.

    URLs stay unchanged. A file that lies outside ``base``, after all links, is left out as one that is missing.
    ``hint`` is added to the note on these.
    """
    dropped: Counter[str] = Counter()
    for properties in items:
        for kind in ("image", "audio"):
            if kind not in properties:
                continue
            content = embedded(properties[kind])
            if content is None and "://" in properties[kind]:
                continue
            file = None if content else _file(base, properties[kind])
            if file is None:
                del properties[kind]
                dropped[content or ""] += 1
            else:
                properties[kind] = str(file)
    missing = dropped.pop("", 0)
    notes = [f"{missing} media files are not below {base}: left out{hint}"] if missing else []
    return notes + [
        f"{count} images or sounds are {content}, not the path of a file: left out; save them as files"
        for content, count in sorted(dropped.items())
    ]


def _file(base: Path, name: str) -> Path | None:
    """Return the absolute path of a file below a folder, or None if there is none."""
    try:
        file = (base / name).absolute()
        inside = file.resolve().is_relative_to(base.resolve())
        return file if inside and file.is_file() else None
    except (OSError, ValueError, RuntimeError):  # the name is too long, or has a NUL; links in a circle
        return None


def make_relative(tables: Tables, root: Path) -> None:
    """Make the paths of the items' files relative to the project's root, as they are stored.

    An absolute path names folders of one machine, and is wrong on every other one. On Windows, a file on another drive
    keeps its path. Files outside the project are noted, since the next step does not read them unasked.
    """
    outside = []
    for properties in tables.items.properties:
        for kind in ("image", "audio"):
            value = properties.get(kind)
            if isinstance(value, str) and Path(value).is_absolute():
                if not Path(value).is_relative_to(root):
                    outside.append(str(Path(value).parent))
                with suppress(ValueError):  # another drive
                    properties[kind] = Path(os.path.relpath(value, root)).as_posix()
    if outside:
        folder = min(outside, key=len) if os.name == "nt" else os.path.commonpath(outside)
        tables.notes.append(
            f"{len(outside)} images and sounds lie outside the project: `graphrec embed` reads them if "
            f"[content] media_folders in graphrec.toml names {folder}"
        )


def _root(path: Path, cells: list[dict[str, str]]) -> Path:
    """Find the base folder of the paths by trying the first few hundred, as some files may be missing."""
    named = [row[kind] for row in cells[:300] for kind in ("image", "audio") if kind in row]
    folder = path.absolute().parent
    for base in (folder, folder.parent, folder.parent.parent):
        if any(_file(base, name) for name in named):
            return base
    return folder
