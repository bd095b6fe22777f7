"""Convert pandas DataFrames to tables, to load into Neo4j or to train without it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from graphrec.common.errors import InputError, nearest
from graphrec.common.moments import EARLIEST, LATEST
from graphrec_etl import values
from graphrec_etl.behaviours import behaviour_type, hand_over, named_type
from graphrec_etl.knowledge import attach
from graphrec_etl.media import place
from graphrec_etl.model import NO_TIME, EdgeBuilder, Nodes, Tables
from graphrec_etl.nodes import Column
from graphrec_etl.parts import PARTS, PROPERTY
from graphrec_etl.rejects import shortened
from graphrec_etl.relations import Pairs
from graphrec_etl.times import Times

if TYPE_CHECKING:
    from pandas import DataFrame, Series

#: Property of a behaviour's weight; the mapping detects it by this name.
WEIGHT = "weight"
#: Hint on names of behaviours.
_LIKE = "name one like PURCHASED"
TRIPLE = ("head", "relation", "tail")
#: Largest weight: sums of many stay far from the end of float32.
_MOST_WEIGHT = 1e9


@dataclass(frozen=True)
class Columns:
    """Roles of the columns in a table of interactions.

    Attributes
    ----------
    user, item
        Columns of the ids.
    behaviour
        A column with the type of each behaviour, or the type of all rows.
    time
        Time: datetimes, ISO 8601 text, or seconds (milliseconds if large) since 1970, UTC. None: no times.
    weight
        Weight of a row, 0 or more. None: equal weights.
    """

    user: str = "user_id"
    item: str = "item_id"
    behaviour: str = "RATED"
    time: str | None = None
    weight: str | None = None


def tables_of(
    interactions: DataFrame,
    columns: Columns,
    *,
    items: DataFrame | None = None,
    users: DataFrame | None = None,
    triples: DataFrame | None = None,
    base: Path | None = None,
) -> Tables:
    """Convert DataFrames to checked tables.

    Integer ids stay integers; all other ids are text.

    Parameters
    ----------
    interactions
        One row per interaction. A column ``split`` (train, valid or test) is kept as a published split; other columns
        are ignored.
    columns
        Roles of its columns.
    items, users
        One row per item or user, with the id column; the other columns become properties. ``title``,
        ``description``, ``image`` and ``audio`` (paths or URLs) of items are content.
    triples
        Columns ``head``, ``relation`` and ``tail``. Item ids among head and tail are items; others are entities.
    base
        Base of relative paths of ``image`` and ``audio``; by default the working directory.

    Raises
    ------
    InputError
        An argument is not a DataFrame, a column is missing, an id is empty or repeated, or a value is invalid.
    """
    import pandas as pd

    given = {"interactions": interactions, "items": items, "users": users, "triples": triples}
    for name, frame in given.items():
        if not isinstance(frame, pd.DataFrame) and (frame is not None or name == "interactions"):
            raise InputError(
                f"{name}={repr(frame)[:60]} is not a DataFrame", hint="read a file with pandas.read_csv first"
            )
    tables = Tables()
    _nodes(tables.users, users, columns.user, "users", "User")
    _nodes(tables.items, items, columns.item, "items", "Item")
    tables.notes += place(tables.items.properties, base or Path.cwd())
    _interactions(tables, interactions, columns)
    if triples is not None:
        _triples(tables, triples)
    return tables


def ids_of(column: Series[Any], where: str) -> tuple[NDArray[np.int64], list[str], bool]:
    """Return each row's position among the distinct ids, these ids as text, and whether they are integers.

    Raises
    ------
    InputError
        An id is empty, or Neo4j cannot hold it.
    """
    import pandas as pd

    empty = column.isna()
    if column.dtype == object or isinstance(column.dtype, pd.StringDtype):
        empty |= column.astype(str).str.strip() == ""
    if empty.any():
        row = int(np.flatnonzero(empty.to_numpy())[0])
        raise InputError(f"{where}: row {row}: the id is empty", hint=f"drop such rows: {int(empty.sum())} have none")
    try:
        codes, distinct = pd.factorize(column)
    except TypeError as error:
        raise InputError(f"{where}: {error}", hint="ids are texts or whole numbers") from error
    plain = []
    for code, value in enumerate(map(_plain, distinct)):
        try:
            plain.append(_id(value))
        except ValueError as error:
            row = int(np.flatnonzero(codes == code)[0])
            raise InputError(
                f"{where}: row {row}: {shortened(value)!r} {error}", hint="ids are texts or whole numbers"
            ) from error
    integers = pd.api.types.is_integer_dtype(column.dtype) or _whole(column)
    if len(set(plain)) < len(plain):  # 1 and "1" are the same id as text
        places: dict[str, int] = {}
        again = np.array([places.setdefault(name, len(places)) for name in plain], np.int64)
        return again[codes], list(places), integers
    return codes.astype(np.int64), plain, integers


def times_of(column: Series[Any], where: str) -> NDArray[np.int64]:
    """Return times as milliseconds since 1970, int64 ``[n]``; missing: :data:`graphrec_etl.model.NO_TIME`.

    Raises
    ------
    InputError
        A value is not a time.
    """
    import pandas as pd

    if isinstance(column.dtype, pd.DatetimeTZDtype) or pd.api.types.is_datetime64_dtype(column.dtype):
        moments = column if column.dt.tz is None else column.dt.tz_convert("UTC").dt.tz_localize(None)
        empty = moments.isna().to_numpy()
        found = moments.to_numpy().astype("datetime64[ms]").astype(np.int64)
        bad = ~empty & ((found < EARLIEST) | (found > LATEST))
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            raise InputError(
                f"{where}: row {row}: a time outside the years 1 to 9999", hint="correct it, or drop the row"
            )
        return np.where(empty, NO_TIME, found)
    made, times = np.full(len(column), NO_TIME, np.int64), Times()
    for row, cell in enumerate(column.tolist()):
        try:
            moment = None if pd.isna(cell) else times.read(_plain(cell))
        except ValueError as error:
            raise InputError(
                f"{where}: row {row}: {shortened(cell)!r} {error}", hint="correct it, or drop the row"
            ) from error
        if moment is not None:
            made[row] = moment
    return made


def weights_of(column: Series[Any], where: str) -> NDArray[np.float64]:
    """Return weights, float64 ``[n]``; NaN if missing.

    Raises
    ------
    InputError
        A value is not a number, or is less than 0.
    """
    import pandas as pd

    found = pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    # They are summed as float32.
    bad = (np.isnan(found) & column.notna().to_numpy()) | (found > _MOST_WEIGHT) | (found < 0)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise InputError(
            f"{where}: row {row}: {column.iloc[row]!r} is not a weight from 0 to {_MOST_WEIGHT:g}",
            hint=f"correct it, or drop such rows: {int(bad.sum())} have none",
        )
    return found


def kinds_of(interactions: DataFrame, behaviour: str) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """Yield each behaviour type with its rows, int64 ``[n]``.

    Raises
    ------
    InputError
        A name cannot be a relationship type.
    """
    if behaviour not in interactions.columns:
        try:
            kind = named_type(behaviour)
        except ValueError as error:
            raise InputError(f"behaviour={behaviour!r} {error}", hint=_LIKE) from error
        yield kind, np.arange(len(interactions))
        return
    codes, names, _ = ids_of(interactions[behaviour], f"interactions[{behaviour!r}]")
    kinds = [_type(name, f"interactions[{behaviour!r}]: {name!r}") for name in names]
    for kind in sorted(set(kinds)):
        own = [code for code, name in enumerate(kinds) if name == kind]
        yield kind, np.flatnonzero(np.isin(codes, own))


def column_of(frame: DataFrame, name: str, what: str, argument: str = "") -> Series[Any]:
    """Return a column of a DataFrame; ``argument`` names it.

    Raises
    ------
    InputError
        The column does not exist.
    """
    if name not in frame.columns:
        known = [str(column) for column in frame.columns]
        hint = nearest(name, known)
        if argument:
            close = difflib.get_close_matches(argument, known, n=1, cutoff=0.4)
            hint = f"pass {argument}={close[0]!r}" if close else f"pass {argument}= and the column's name; {hint}"
        raise InputError(f"{what} has no column {name!r}", hint=hint)
    column = frame[name]
    if column.ndim > 1:
        raise InputError(f"{what} has {column.shape[1]} columns {name!r}", hint="keep one of them")
    found: Series[Any] = column
    return found


def _interactions(tables: Tables, interactions: DataFrame, columns: Columns) -> None:
    if not len(interactions):
        raise InputError("interactions is empty", hint="give a row for each thing that a user did with an item")
    ends = {}
    for role, name in (("user", columns.user), ("item", columns.item)):
        codes, plain, integers = ids_of(column_of(interactions, name, "interactions", role), f"interactions[{name!r}]")
        nodes = tables.nodes(role)
        if not nodes.codes:
            nodes.integers = integers
        nodes.integers &= integers
        ends[role] = np.array([nodes.add(key) for key in plain], np.int64)[codes]
    times = np.full(len(interactions), NO_TIME, np.int64)
    if columns.time is not None:
        times = times_of(column_of(interactions, columns.time, "interactions"), f"interactions[{columns.time!r}]")
    numbers = {}
    if columns.weight is not None:
        column = column_of(interactions, columns.weight, "interactions")
        numbers[WEIGHT] = weights_of(column, f"interactions[{columns.weight!r}]")
    others = {PROPERTY: _parts(interactions[PROPERTY])} if PROPERTY in interactions.columns else {}
    for kind, rows in kinds_of(interactions, columns.behaviour):
        builder = EdgeBuilder(kind, "user", "item", numbers=list(numbers), others=list(others), fixed=PROPERTY)
        builder.add_arrays(
            ends["user"][rows],
            ends["item"][rows],
            times[rows],
            {name: column[rows] for name, column in numbers.items()},
            {name: [column[row] for row in rows.tolist()] for name, column in others.items()},
        )
        hand_over(tables, builder)


def _parts(column: Series[Any]) -> list[str | None]:
    found = [None if _plain(value) is None or value != value else str(value) for value in column.tolist()]  # noqa: PLR0124
    for row, name in enumerate(found):
        if name is not None and name not in PARTS:
            raise InputError(f"interactions['split']: row {row}: {name!r} is none of {', '.join(PARTS)}")
    return found


def _nodes(nodes: Nodes, frame: DataFrame | None, key: str, what: str, label: str) -> None:
    """Add one node per row; ``key`` may also be the index's name."""
    if frame is None:
        return
    if not len(frame):
        raise InputError(f"{what} is empty", hint="leave it out, or give a row for each")
    if key not in frame.columns and frame.index.name == key:
        frame = frame.reset_index()
    codes, plain, nodes.integers = ids_of(column_of(frame, key, what), f"{what}[{key!r}]")
    if len(plain) < len(codes):
        twice = plain[int(np.flatnonzero(np.bincount(codes) > 1)[0])]
        raise InputError(f"{what}[{key!r}]: {twice!r} is in more than one row", hint="keep one row each")
    if not frame.columns.is_unique:
        twice_named = next(name for name in frame.columns if list(frame.columns).count(name) > 1)
        raise InputError(f"{what} has several columns {twice_named!r}", hint="keep one of them")
    others = [name for name in frame.columns if name != key]
    strange = next((name for name in others if not isinstance(name, str)), None)
    if strange is not None:
        raise InputError(f"{what}: a column is named {strange!r}, which is no text", hint="name the columns")
    named = values.property_names(others, what, label)
    for name in plain:
        nodes.add(name)
    for column in others:
        prop = named[column]
        parse = Column.of(label.lower(), prop, _property).parse
        for row, cell in enumerate(frame[column].tolist()):
            try:
                value = parse(cell)
            except ValueError as error:
                raise InputError(
                    f"{what}[{column!r}]: row {row}: {shortened(cell)!r} {error}", hint="leave it out"
                ) from error
            if value is not None:
                nodes.properties[int(codes[row])][prop] = value


def _triples(tables: Tables, triples: DataFrame) -> None:
    found: dict[str, Pairs] = {}
    texts: list[Sequence[str]] = []
    for name in TRIPLE:
        codes, plain, _ = ids_of(column_of(triples, name, "triples"), f"triples[{name!r}]")
        texts.append([plain[code] for code in codes.tolist()])
    for head, relation, tail in zip(*texts, strict=True):
        found.setdefault(relation, set()).add((head, tail))
    ends = {end for pairs in found.values() for pair in pairs for end in pair}
    links = {key: key for key in tables.items.codes if key in ends}
    attach(tables, found, links, {}, [edges.type for edges in tables.edges])


def _type(name: str, where: str) -> str:
    try:
        return behaviour_type(name)
    except ValueError as error:
        raise InputError(f"{where} {error}", hint=_LIKE) from error


def _property(cell: Any) -> Any:
    """Return a cell as a property.

    Raises
    ------
    ValueError
        Neo4j cannot store it.
    """
    return values.native(_plain(cell))


def _id(value: Any) -> str:
    """Return an id as text; a text stays as it is.

    Raises
    ------
    ValueError
        Neo4j cannot hold it as an id.
    """
    if values.too_large(value):
        raise ValueError(f"{values.TOO_LARGE}; give such ids as text")
    found = values.key(value)
    return value.strip() if isinstance(value, str) else found


def _plain(value: Any) -> Any:
    """Return a cell as a Python value; None if missing."""
    import pandas as pd

    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    return value.item() if isinstance(value, np.generic) else value


def _whole(column: Series[Any]) -> bool:
    """Return whether a float column holds whole numbers, such as integers with missing values in pandas."""
    import pandas as pd

    if not pd.api.types.is_float_dtype(column.dtype):
        return False
    found = column.to_numpy(np.float64)
    return bool(((found == np.round(found)) & (np.abs(found) < values.EXACT)).all())
