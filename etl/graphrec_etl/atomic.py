"""RecBole's atomic files: ``.inter`` behaviours, ``.item``, ``.user``, ``.kg`` triples, ``.link`` item → entity.

Each is tab-separated with a typed header (``user_id:token``). Beyond RecBole: a column ``behaviour:token`` in
``.inter`` gives each row its own relationship type; several ``.inter`` files are read as one; ``.net`` holds
friendships. The benchmark files ``.train.inter``, ``.valid.inter`` and ``.test.inter`` hold one split each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from graphrec.common.entry_point import run_command
from graphrec.common.errors import InputError, nearest
from graphrec_etl import values
from graphrec_etl.behaviours import Behaviours
from graphrec_etl.command import PATH, checked_type, run_load, shared_options
from graphrec_etl.files import Row, folder_of, header, only, rows
from graphrec_etl.knowledge import attach
from graphrec_etl.model import EdgeBuilder, Tables
from graphrec_etl.nodes import Column, read_nodes
from graphrec_etl.parts import PARTS
from graphrec_etl.rejects import Reject, Rejects

TYPES: dict[str, values.Parser] = {
    "token": values.token,
    "token_seq": values.tokens,
    "float": values.number,
    "float_seq": values.numbers,
}
#: Columns that graphrec gives another name.
KNOWN = {"class": "genres", "genre": "genres", "poster": "image"}
#: Names of id columns.
IDS = {"user_id", "item_id", "entity_id", "head_id", "relation_id", "tail_id", "source_id", "target_id"}
#: Token sequences that are joined into one text.
TEXTS = {"title", "name", "description", "text", "plot", "review", "overview"}


@dataclass(frozen=True)
class AtomicFile:
    """An opened atomic file: its typed columns, an iterator over its rows, and the notes of the report."""

    path: Path
    columns: dict[str, str]  # name → type
    rows: Iterator[Row]
    notes: list[str]

    @property
    def names(self) -> list[str]:
        """Column names in file order."""
        return list(self.columns)

    def token(self, wanted: str, position: int) -> str:
        """Return the name of an id column: the one called ``wanted`` (or that without ``_id``).

        RecBole lets a file name it otherwise. So the column at ``position`` is taken if its name ends in ``id`` and
        it plays no other part, such as ``artist_id`` instead of ``item_id``; :attr:`notes` says so.

        Raises
        ------
        InputError
            The column is missing or its type is not token.
        """
        name = next((name for name in (wanted, wanted.removesuffix("_id")) if name in self.columns), None)
        if name is None and len(self.columns) > position:
            other = self.names[position]
            if other not in IDS and values.words(other)[-1:] == ["id"]:
                name = other
                self.notes.append(f"{self.path.name}: column {name} is read as {wanted}")
        if name is None:
            raise InputError(
                f"{self.path}:1: no column {wanted}:token; the columns are {', '.join(self.columns)}",
                hint=f"name the column of the {wanted.removesuffix('_id')}s {wanted}:token",
            )
        if self.columns[name] != "token":
            raise InputError(
                f"{self.path}:1: column {name!r} has type {self.columns[name]!r}, an id must be token",
                hint=f"write {name}:token, or name the id column {wanted}",
            )
        return name


def open_atomic(path: Path, encoding: str, notes: list[str]) -> AtomicFile:
    """Read the header of an atomic file; ``notes`` receives what its reading should tell.

    Raises
    ------
    InputError
        A column has no type, or one that RecBole does not define.
    """
    source = rows(path, encoding=encoding)
    columns = {}
    for cell in header(source, path):
        name, _, kind = cell.rpartition(":")
        if not name:
            raise InputError(
                f"{path}:1: column {cell!r} has no type",
                hint="the header must look like user_id:token<TAB>age:float; "
                "MMRec's files without types are for 'graphrec load mmrec'",
            )
        if kind not in TYPES:
            raise InputError(f"{path}:1: column {name!r} has the unknown type {kind!r}", hint=nearest(kind, TYPES))
        if name in columns:
            raise InputError(f"{path}:1: column {name!r} appears twice", hint="give every column its own name")
        columns[name] = kind
    return AtomicFile(path, columns, source, notes)


def transform(
    folder: Path,
    rejects: Rejects,
    *,
    names: Path | None = None,
    behaviour: str = "RATED",
    min_rating: float | None = None,
    encoding: str = "utf-8",
) -> Tables:
    """Read and check a folder of atomic files.

    Parameters
    ----------
    folder
        Must contain at least one ``.inter`` file.
    rejects
        Collects the unusable rows.
    names
        Tab-separated table of ``entity_id`` and ``name``.
    behaviour
        Relationship type of rows without a ``behaviour`` column.
    min_rating
        Skip behaviours with a lower rating.

    Raises
    ------
    InputError
        A file is missing, or its header or encoding is wrong.
    """
    found = sorted(folder_of(folder).glob("*.inter"))
    if not found:
        there = ", ".join(sorted(path.name for path in folder.iterdir())[:8]) or "nothing"
        raise InputError(
            f"{folder} has no .inter file; it holds {there}",
            hint="for GroupLens folders use 'graphrec load movielens', for other files 'graphrec load tables'",
        )
    tables = Tables()
    has_users = _nodes(tables, "user", only(folder, ".user"), rejects, encoding)
    has_items = _nodes(tables, "item", only(folder, ".item"), rejects, encoding)
    behaviours = Behaviours(tables, rejects, open_users=not has_users, open_items=not has_items, min_rating=min_rating)
    parts = {path: part for path in found if (part := Path(path.stem).suffix[1:]) in PARTS}
    if parts and (whole := [path.name for path in found if path not in parts]):
        tables.notes.append(f"{', '.join(whole)} left out: the behaviours are in the files of the split")
    for path in parts or found:
        _behaviours(behaviours, open_atomic(path, encoding, tables.notes), behaviour, parts.get(path))
    behaviours.finish()
    friends = only(folder, ".net")
    if friends:
        _friends(tables, open_atomic(friends, encoding, tables.notes), rejects)
    triples = only(folder, ".kg")
    links = only(folder, ".link")
    linked = _links(tables, open_atomic(links, encoding, tables.notes), rejects) if links else {}
    if triples:
        known = _pairs(names, rejects, encoding, tables.notes) if names else {}
        reserved = {edges.type for edges in tables.edges} | {"FRIEND_OF"}
        attach(tables, _triples(open_atomic(triples, encoding, tables.notes), rejects, tables), linked, known, reserved)
    tables.orphans.update(rejects.orphans)
    return tables


def _nodes(tables: Tables, role: str, path: Path | None, rejects: Rejects, encoding: str) -> bool:
    if path is None:
        return False
    file = open_atomic(path, encoding, tables.notes)
    key = file.token(f"{role}_id", 0)
    others = [name for name in file.names if name != key]
    title = next((n for n in others if role == "item" and values.words(n)[-1:] in (["title"], ["name"])), None)
    known = KNOWN | ({title: "title"} if title else {})
    properties = values.property_names(others, str(path), role.capitalize(), known)
    columns = {}
    for name, prop in properties.items():
        text = not TEXTS.isdisjoint(values.words(name)[-1:])  # a name may have no word at all
        columns[name] = Column.of(role, prop, values.token if text else TYPES[file.columns[name]])
    nodes, users = tables.nodes(role), role == "user"
    tables.duplicates[path.name] = read_nodes(
        nodes, path, names=file.names, rows=file.rows, key=key, columns=columns, rejects=rejects, users=users
    )
    return True


def _behaviours(behaviours: Behaviours, file: AtomicFile, default: str, part: str | None) -> None:
    user, item = file.token("user_id", 0), file.token("item_id", 1)
    kind = next((name for name in ("behaviour", "behavior") if name in file.columns), None)
    time = "timestamp" if "timestamp" in file.columns else None
    others = [name for name in file.names if name not in {user, item, kind, time}]
    properties = values.property_names(others, str(file.path), "RATED")
    columns = {name: Column(properties[name], TYPES[file.columns[name]]) for name in others}
    behaviours.read(
        file.path,
        file.names,
        file.rows,
        user=user,
        item=item,
        time=time,
        kind=kind,
        default=default,
        columns=columns,
        part=part,
    )


def _two(
    file: AtomicFile, rejects: Rejects, first: str, second: str, parse: values.Parser = values.key
) -> Iterator[tuple[int, str, str]]:
    """Yield the line number and both ids of each valid row; ``parse`` reads the second."""
    wanted = [file.token(first, 0), file.token(second, 1)]
    for line, (one, other) in _ids(file, rejects, wanted, parse):
        yield line, one, other


def _ids(
    file: AtomicFile, rejects: Rejects, wanted: Sequence[str], last: values.Parser = values.key
) -> Iterator[tuple[int, list[str]]]:
    """Yield the line number and the ids in the wanted columns of each valid row; note a file without rows.

    ``last`` reads the last of the columns.
    """
    at = [file.names.index(name) for name in wanted]
    parsers = [*[values.key] * (len(at) - 1), last]
    line = 0
    for line, cells in file.rows:
        if len(cells) != len(file.names):
            rejects.ragged(file.path, line, cells, len(file.names))
            continue
        found: list[str] = []
        try:
            for index, parse in zip(at, parsers, strict=True):
                found.append(parse(cells[index]))
        except ValueError as error:
            index = at[len(found)]
            rejects.add(file.path, line, file.names[index], cells[index], str(error))
            continue
        yield line, found
    if not line:
        file.notes.append(f"{file.path.name} holds no rows")


def _links(tables: Tables, file: AtomicFile, rejects: Rejects) -> dict[str, str]:
    """Return item → entity; also store the entity as a property of the item."""
    found: dict[str, str] = {}
    stranger: Reject | None = None
    for line, item, entity in _two(file, rejects, "item_id", "entity_id"):
        code = tables.items.codes.get(item)
        if code is None:
            reject = Reject(file.path, line, "item_id", item, "is not a known item")
            rejects.orphan("links of unknown items", reject)
            stranger = stranger or reject
        elif found.setdefault(item, entity) != entity:
            rejects.add(
                file.path, line, "entity_id", entity, f"is a second entity of item {item!r}, after {found[item]!r}"
            )
        else:
            tables.items.properties[code]["entityId"] = entity
    if stranger and not found:
        rejects.strangers("links", stranger, tables.items.codes)
    return found


def _triples(file: AtomicFile, rejects: Rejects, tables: Tables) -> dict[str, set[tuple[str, str]]]:
    wanted = [file.token(name, at) for at, name in enumerate(("head_id", "relation_id", "tail_id"))]
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    count = 0
    for _, (head, relation, tail) in _ids(file, rejects, wanted):
        found[relation].add((head, tail))
        count += 1
    tables.duplicates[file.path.name] = count - sum(map(len, found.values()))
    return found


def _friends(tables: Tables, file: AtomicFile, rejects: Rejects) -> None:
    builder = EdgeBuilder("FRIEND_OF", "user", "user")
    stranger: Reject | None = None
    for line, one, other in _two(file, rejects, "source_id", "target_id"):
        ends = [tables.users.codes.get(name) for name in (one, other)]
        if ends[0] is None or ends[1] is None:
            name = one if ends[0] is None else other
            column = file.names[ends[0] is not None]
            known = other if ends[0] is None else one
            reject = Reject(file.path, line, column, name, "is not a known user", known)
            rejects.orphan("friendships of unknown users", reject)
            stranger = stranger or reject
        else:
            builder.add(ends[0], ends[1])
    edges = builder.build()
    if stranger and not len(edges):
        rejects.strangers("friendships", stranger, tables.users.codes)
    tables.edges.append(edges)
    tables.duplicates[file.path.name] = edges.duplicates


def _pairs(path: Path, rejects: Rejects, encoding: str, notes: list[str]) -> dict[str, str]:
    """Read a table of names whose header has no types."""
    source = rows(path, encoding=encoding)
    names = header(source, path)
    if not {"entity_id", "name"} <= set(names):
        raise InputError(
            f"{path}:1: no columns entity_id and name; the columns are {', '.join(names)}", hint="rename them"
        )
    file = AtomicFile(path, dict.fromkeys(names, "token"), source, notes)
    return {entity: name for _, entity, name in _two(file, rejects, "entity_id", "name", _name)}


def _name(cell: Any) -> str:
    found = values.token(cell)
    if found is None:
        raise ValueError("is an empty name")
    return found


@click.command("atomic")
@click.argument("folder", type=PATH)
@click.option("--names", type=PATH, help="Table of entity_id, name for the knowledge graph (tab-separated).")
@click.option("--behaviour", default="RATED", show_default=True, help="Type of rows without a behaviour column.")
@click.option("--min-rating", type=float, help="Leave out behaviours rated lower.")
@click.option("--encoding", default="utf-8", show_default=True, help="Encoding of all text files.")
@shared_options
def command(
    folder: Path, names: Path | None, behaviour: str, min_rating: float | None, encoding: str, **options: Any
) -> None:
    """Load RecBole's atomic files: .inter .item .user .kg .link in FOLDER."""
    kind = checked_type(behaviour)
    run_load(
        lambda rejects: transform(
            folder, rejects, names=names, behaviour=kind, min_rating=min_rating, encoding=encoding
        ),
        **options,
    )


if __name__ == "__main__":
    run_command(command, name="graphrec load atomic")
