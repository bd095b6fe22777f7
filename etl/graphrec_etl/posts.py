"""Read files of posts and reviews (CSV, Parquet, JSON Lines), write them as nodes, and read what they say."""

from __future__ import annotations

import hashlib
import time as clock
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import msgspec
from msgspec.structs import replace

from graphrec.common.console import echo, echo_json
from graphrec.common.entry_point import run_command
from graphrec.common.errors import ConfigError, InputError, nearest
from graphrec.config.ids import stored_forms
from graphrec.config.personal import names
from graphrec.config.project import leave_file
from graphrec.config.roles import ItemRole, UserRole
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import Settings, load_settings
from graphrec.db.database import Database, connect
from graphrec.db.write_lock import writing
from graphrec.posts.ends import load
from graphrec.posts.read_posts import check_mapping, read_posts
from graphrec.posts.report import PostsReport
from graphrec.pseudonyms.key import PseudonymKey
from graphrec_etl import values
from graphrec_etl.command import PATH, plain_options, write
from graphrec_etl.files import Row, header, lines, rows
from graphrec_etl.guard import Guard
from graphrec_etl.model import EdgeBuilder, Nodes, Tables
from graphrec_etl.parquet import parquet
from graphrec_etl.rejects import Reject, Rejects
from graphrec_etl.report import Report
from graphrec_etl.times import Times

#: Part of a post → names of columns that are taken for it, the first that there is.
COLUMNS = {
    "author": "author author_id user user_id userId username reviewer reviewer_id reviewerID",
    "text": "text review review_text reviewText body content comment post",
    "time": "time timestamp at date created_at createdAt unixReviewTime published_at",
    "item": "item item_id itemId product product_id asin movie_id movieId",
    "id": "id post_id postId review_id reviewId",
}
#: Longest text of a post, in characters.
LONGEST = 100_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class Posts:
    """Posts of files, checked: users, posts and who wrote them; and the items that they name, by the post's number."""

    tables: Tables
    items: dict[int, tuple[str, Reject]]


def transform(
    files: Sequence[Path],
    schema: GraphSchema,
    rejects: Rejects,
    columns: Mapping[str, str | None],
    encoding: str,
    guard: Guard,
) -> Posts:
    """Read and check files of posts.

    Parameters
    ----------
    files
        CSV, TSV, Parquet or JSON Lines, by their endings.
    columns
        Part of a post → name of its column, where it is none of :data:`COLUMNS`.
    guard
        Changes authors and texts before anything is made of them, such as the keys of posts.

    Raises
    ------
    InputError
        A file is missing, cannot be decoded, or lacks a column.
    """
    reader = _Reader(schema, rejects, guard)
    for path in files:
        names, source = _open(path, encoding, rejects)
        reader.read(path, _found(names, columns, path), source)
    return reader.posts()


def _open(path: Path, encoding: str, rejects: Rejects) -> tuple[list[str] | None, Iterator[tuple[int, dict[str, Any]]]]:
    """Return the names of the columns, None of JSON Lines, and the numbered rows by these names."""
    ending = path.suffix.lower()
    if ending in {".jsonl", ".ndjson"}:
        return None, _objects(path, encoding, rejects)
    if ending in {".parquet", ".pq"}:
        names, source = parquet(path)
    elif ending in {".csv", ".tsv", ".tab"}:
        source = rows(path, "," if ending == ".csv" else "\t", encoding=encoding, quoted=True)
        names = header(source, path)
    else:
        raise InputError(f"{path}: an unknown kind of file", hint="give a .csv, .tsv, .parquet or .jsonl file")
    return names, _cells(path, names, source, rejects)


# What somebody wrote is in no message: rows that cannot be taken apart are told by their line alone.
def _cells(
    path: Path, names: list[str], source: Iterable[Row], rejects: Rejects
) -> Iterator[tuple[int, dict[str, Any]]]:
    for line, row in source:
        if len(row) == len(names):
            yield line, dict(zip(names, row, strict=True))
        else:
            rejects.add(path, line, "all", "", f"is a row of {len(row)} cells instead of {len(names)}")


def _objects(path: Path, encoding: str, rejects: Rejects) -> Iterator[tuple[int, dict[str, Any]]]:
    decoder = msgspec.json.Decoder(dict[str, Any])
    for line, text in lines(path, encoding):
        try:
            found = decoder.decode(text)
        except msgspec.DecodeError as error:
            rejects.add(path, line, "all", "", f"is no JSON object: {error}")
        else:
            yield line, found


def _found(names: list[str] | None, columns: Mapping[str, str | None], path: Path) -> dict[str, list[str]]:
    """Return part of a post → the columns that may hold it: of a table at most one."""
    found = {}
    for part, known in COLUMNS.items():
        given = columns.get(part)
        among = [given] if given is not None else known.split()
        if names is None:
            found[part] = among
            continue
        found[part] = [name for name in among if name in names][:1]
        if given is not None and not found[part]:
            raise InputError(f"{path}:1: no column {given!r} (--{part})", hint=nearest(given, names))
    if not found["text"]:
        raise InputError(
            f"{path}:1: no column holds the text of the posts; there are {', '.join(map(repr, names or ()))}",
            hint="name it with --text",
        )
    return found


class _Reader:
    """Collects the posts of files."""

    def __init__(self, schema: GraphSchema, rejects: Rejects, guard: Guard) -> None:
        self._guard = guard
        self._mapped, self._rejects, self._tables = schema.posts, rejects, Tables()
        self._wrote = EdgeBuilder(schema.posts.to_author[0].name, "user", "item")
        self._items: dict[int, tuple[str, Reject]] = {}
        self._lines: dict[int, int] = {}
        self._authors: dict[int, str | None] = {}

    def read(self, path: Path, columns: Mapping[str, list[str]], source: Iterable[tuple[int, dict[str, Any]]]) -> None:
        """Read the rows of a file."""
        times, line, repeated = Times(), 0, 0
        for line, row in source:
            cells = {part: next((row[name] for name in columns[part] if name in row), None) for part in COLUMNS}
            repeated += self._add(path, line, cells, times)
        if not line and not self._rejects.bad:
            raise InputError(f"{path}: holds no posts", hint="a row has a text, and an author, a time and an item")
        self._tables.duplicates[path.name] = repeated

    def _add(self, path: Path, line: int, cells: dict[str, Any], times: Times) -> bool:
        """Add a post; return whether it is there already."""
        part, author = "author", None
        try:
            author = self._guard.author(values.link(cells["author"]))
            part = "text"
            text = values.token(cells["text"])
            if text is None:
                raise ValueError("is an empty text")
            if len(text) > LONGEST:
                raise ValueError(f"is a text of {len(text):,} characters; a post has at most {LONGEST:,}")
            text = self._guard.text(text)
            part = "time"
            moment = times.read(cells["time"])
            part = "item"
            item = values.link(cells["item"])
            part = "id"
            key = values.link(cells["id"]) or _key(author, text, moment, item)
        except ValueError as error:
            shown = "" if part == "text" else cells[part]  # what somebody wrote is in no message
            self._rejects.add(path, line, part, shown, str(error), author or "")
            return False
        at = None if moment is None else _EPOCH + timedelta(milliseconds=moment)
        properties = {self._mapped.text: text} | ({self._mapped.time: at} if at is not None else {})
        posts = self._tables.items
        code = posts.add(key)
        if code in self._lines:
            before = self._items[code][0] if code in self._items else None
            if (posts.properties[code], self._authors[code], before) == (properties, author, item):
                return True
            why = f"is already on line {self._lines[code]}, with other values"
            self._rejects.add(path, line, "id", key, why, author or "")
            return False
        self._lines[code], self._authors[code] = line, author
        posts.properties[code] |= properties
        if author is not None:
            self._wrote.add(self._tables.users.add(author), code)
        if item is not None:
            self._items[code] = item, Reject(path, line, "item", item, "is not a known item", author or "")
        return False

    def posts(self) -> Posts:
        """Return what was read."""
        self._tables.edges.append(self._wrote.build())
        return Posts(self._tables, self._items)


def _key(author: str | None, text: str, moment: int | None, item: str | None) -> str:
    """Return the key of a post that has none: the same post has the same key."""
    return hashlib.sha256(repr((author, text, moment, item)).encode()).hexdigest()[:20]


def require_writable(schema: GraphSchema) -> None:
    """Refuse to write posts that the mapping reads over several relationships, or backwards.

    Raises
    ------
    ConfigError
        The path is no ``(u)-[:A]->(p:B)-[:C]->(i)``, or posts have the label of users or items.
    """
    check_mapping(schema)
    ways = (schema.posts.to_author, schema.posts.to_item)
    if any(len(way) > 1 or way[0].direction == "<-" for way in ways):
        raise ConfigError(
            f"[graph.posts] path = {schema.posts.path!r}: such posts are only read",
            hint="files become (u)-[:WROTE]->(p:Post)-[:ABOUT]->(i): leave path out, or give it this form",
        )


def write_posts(
    db: Database, settings: Settings, posts: Posts, rejects: Rejects, batch: int, secret: PseudonymKey | None = None
) -> Report:
    """Write posts, their authors, and the ways to the items that they name, which must exist.

    Raises
    ------
    InputError
        No post names an item of the graph, although all name one.
    DatabaseError
        Neo4j refuses or is unreachable. Committed batches stay; the same command resumes after them.
    """
    schema = settings.graph
    label, key = schema.posts.label, schema.posts.key
    known = _known(db, schema, {item for item, _ in posts.items.values()})
    codes = posts.tables.items.codes
    about = Tables(users=Nodes(codes=dict(codes), properties=[{} for _ in codes]))
    builder = EdgeBuilder(schema.posts.to_item[0].name, "user", "item")
    for code, (item, reject) in posts.items.items():
        if item in known:
            builder.add(code, about.items.add(item))
        else:
            rejects.orphan("posts about unknown items", reject)
    if posts.items and not len(builder):
        some = next(reject for _, reject in posts.items.values())
        rejects.strangers("items of posts", some, known)
        rejects.check_joined()
    about.edges.append(builder.build())
    posts.tables.orphans.update(rejects.orphans)
    first = write(
        db, replace(schema, item=ItemRole(label=label, key=key)), posts.tables, batch, root=settings.root, key=secret
    )
    second = write(
        db, replace(schema, user=UserRole(label=label, key=key)), about, batch, root=settings.root, key=secret
    )
    if first.changes is not None and second.changes is not None:
        first.changes.update(second.changes)
    posts.tables.edges += about.edges
    return first


def _known(db: Database, schema: GraphSchema, ids: set[str]) -> set[str]:
    """Return which ids are items of the graph."""
    found: set[str] = set()
    some = sorted(ids)
    for start in range(0, len(some), 10_000):
        forms = [form for one in some[start : start + 10_000] for form in stored_forms(one, schema.item)]
        found.update(str(row["item"]) for row in db.read(load("posts/known_items", schema), ids=forms))
    return found


def load_posts(
    files: Sequence[Path],
    settings: Settings,
    *,
    columns: Mapping[str, str | None] | None = None,
    encoding: str = "utf-8",
    rejects: Path | None = None,
    max_bad: int = 0,
    batch: int = 10_000,
    dry_run: bool = False,
    pseudonymise: Path | None = None,
    scrub: bool = False,
) -> tuple[Report | None, PostsReport | None]:
    """Load files of posts, and read what they say; without files, read the posts of the graph.

    Parameters
    ----------
    files, columns, encoding
        See :func:`transform`.
    rejects, max_bad, batch, dry_run, pseudonymise, scrub
        See :func:`graphrec_etl.command.load`.

    Returns
    -------
    tuple
        What was loaded, None without files; what the posts say, None for a dry run.

    Raises
    ------
    InputError
        The files cannot be used.
    GraphError, ConfigError
        There are no posts, or the mapping does not fit.
    DatabaseError
        Neo4j refuses or is unreachable. What is committed stays; the same command goes on.
    """
    if not files:
        if dry_run or pseudonymise or scrub:
            option = "--dry-run" if dry_run else "--pseudonymise" if pseudonymise else "--scrub"
            raise InputError(f"{option} is for files, and none is named", hint="name files of posts")
        with connect(settings) as db:
            return None, read_posts(db, settings, min(batch, 1_000))
    started = clock.perf_counter()
    require_writable(settings.graph)
    guard = Guard(settings, pseudonymise, scrub=scrub)
    folder, collected = rejects or settings.root / "rejects", Rejects(guard, names(settings.graph.personal))
    posts = transform(files, settings.graph, collected, columns or {}, encoding, guard)
    written = collected.write(folder)
    collected.check(max_bad, folder)
    if dry_run:
        posts.tables.notes.append("ids of items are not compared with the graph in a dry run")
        seconds = clock.perf_counter() - started
        return Report(
            posts.tables, collected, written, _named(settings), None, seconds, guard.scrubbed, guard.key
        ), None
    with connect(settings, create=True) as db, writing(db, "load posts"):
        report = write_posts(db, settings, posts, collected, batch, guard.key)
        leave_file(settings)
        said = read_posts(db, settings, min(batch, 1_000))
    seconds = clock.perf_counter() - started
    written = collected.write(folder)
    return Report(
        posts.tables, collected, written, _named(settings), report.changes, seconds, guard.scrubbed, guard.key
    ), said


def _named(settings: Settings) -> GraphSchema:
    """Return the mapping with posts in the place of items, as a report counts them."""
    posts = settings.graph.posts
    return replace(settings.graph, item=ItemRole(label=posts.label, key=posts.key))


@click.command("posts")
@click.argument("files", type=PATH, nargs=-1)
@click.option("--author", help="Column of the author's id [default: author, user_id and the like].")
@click.option("--text", help="Column of the text [default: text, review and the like].")
@click.option("--time", help="Column of the time [default: time, timestamp, date and the like].")
@click.option("--item", help="Column of the item's id, where posts have one [default: item, item_id and the like].")
@click.option("--id", "id_", help="Column of the post's id [default: id, post_id and the like, or a hash of the post].")
@click.option("--encoding", default="utf-8", show_default=True, help="Encoding of text files.")
@plain_options
def command(
    files: tuple[Path, ...],
    author: str | None,
    text: str | None,
    time: str | None,
    item: str | None,
    id_: str | None,
    encoding: str,
    *,
    as_json: bool,
    **options: Any,
) -> None:
    """Load posts and reviews from FILES (CSV, Parquet, JSON Lines), and read what they say about items.

    Without FILES, read the posts that are nodes of the graph already, as [graph.posts] maps them.
    """
    columns = {"author": author, "text": text, "time": time, "item": item, "id": id_}
    loaded, said = load_posts(files, load_settings(), columns=columns, encoding=encoding, **options)
    if as_json:
        echo_json({"load": loaded and loaded.to_dict(), "posts": said and said.to_dict()})
    else:
        echo("\n".join(one.text() for one in (loaded, said) if one is not None))


if __name__ == "__main__":
    run_command(command, name="graphrec load posts")
