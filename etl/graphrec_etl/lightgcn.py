"""Adjacency lists with a published split: each line of ``train.txt`` and ``test.txt`` is a user and their items.

LightGCN and its successors publish Gowalla, Yelp2018, Amazon-Book and ML-1M in this format. Users and items are
numbered from 0. An optional ``valid.txt`` is read too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from graphrec.common.entry_point import run_command
from graphrec.common.errors import InputError
from graphrec_etl.behaviours import hand_over
from graphrec_etl.command import PATH, checked_type, run_load, shared_options
from graphrec_etl.files import folder_of, lines
from graphrec_etl.model import EdgeBuilder, Tables
from graphrec_etl.numbered import fill_items
from graphrec_etl.parts import PARTS, PROPERTY
from graphrec_etl.rejects import Reject, Rejects


def transform(folder: Path, rejects: Rejects, *, behaviour: str = "RATED", items: int | None = None) -> Tables:
    """Read and check one data set.

    Parameters
    ----------
    folder
        Must contain ``train.txt`` and ``test.txt``.
    rejects
        Collects the unusable lines.
    behaviour
        Relationship type.
    items
        Number of items; None: the rows of the ``.npy`` files, else the items that occur.

    Raises
    ------
    InputError
        A file is missing, holds no behaviours or orphans alone, or train, valid and test share a pair.
    """
    found = {name: folder_of(folder) / f"{name}.txt" for name in PARTS}
    for name in ("train", "test"):
        if not found[name].is_file():
            there = ", ".join(sorted(path.name for path in folder.iterdir())[:8]) or "nothing"
            raise InputError(
                f"{folder} has no {name}.txt; it holds {there}",
                hint="for .inter and .npz use 'graphrec load mmrec', for other files 'graphrec load tables'",
            )
    tables = Tables()
    known = fill_items(tables.items, folder, items)
    builder = EdgeBuilder(behaviour, "user", "item", others=(PROPERTY,), fixed=PROPERTY)
    stranger: Reject | None = None
    for name, path in found.items():
        if path.is_file():
            stranger = _read(tables, builder, path, name, rejects, open_items=not known) or stranger
    if stranger and not len(builder):
        rejects.strangers("behaviours", stranger, tables.items.codes)
    elif not len(builder) and not rejects.bad:
        raise InputError(f"{folder}: train.txt and test.txt hold no behaviours", hint="a line is a user, then items")
    hand_over(tables, builder)
    tables.orphans.update(rejects.orphans)
    return tables


def _read(
    tables: Tables, builder: EdgeBuilder, path: Path, part: str, rejects: Rejects, *, open_items: bool
) -> Reject | None:
    values = {PROPERTY: part}
    stranger: Reject | None = None
    for line, text in lines(path):
        cells = text.split()
        wrong = next((cell for cell in cells if not (cell.isascii() and cell.isdigit() and len(cell) < 20)), None)
        if wrong is not None:
            column = "user" if wrong is cells[0] else "item"
            rejects.add(
                path,
                line,
                column,
                wrong,
                "is not a number: a line must be a user's number, then those of items",
                cells[0],
            )
            continue
        if not cells:
            continue
        head = tables.users.add(cells[0])
        for item in cells[1:]:
            tail = tables.items.add(item) if open_items else tables.items.codes.get(item)
            if tail is None:
                reject = Reject(path, line, "item", item, "is not a known item", cells[0])
                rejects.orphan("behaviours of unknown items", reject)
                stranger = stranger or reject
            else:
                builder.add(head, tail, None, values)
    return stranger


@click.command("lightgcn")
@click.argument("folder", type=PATH)
@click.option("--behaviour", default="RATED", show_default=True, help="Relationship type.")
@click.option("--items", type=click.IntRange(1), help="Number of items [default: rows of the .npy files].")
@shared_options
def command(folder: Path, behaviour: str, items: int | None, **options: Any) -> None:
    """Load adjacency lists with a published split, train.txt and test.txt, from FOLDER."""
    kind = checked_type(behaviour)
    run_load(lambda rejects: transform(folder, rejects, behaviour=kind, items=items), **options)


if __name__ == "__main__":
    run_command(command, name="graphrec load lightgcn")
