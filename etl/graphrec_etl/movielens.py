"""GroupLens folders: ml-100k (``u.data``), ml-1m (``ratings.dat``), ml-latest and ml-32m (``ratings.csv``).

Genres become entities, the year in a title becomes a property, tags become ``TAGGED`` behaviours with their text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from graphrec.common.entry_point import run_command
from graphrec.common.errors import InputError
from graphrec_etl import values
from graphrec_etl.behaviours import Behaviours
from graphrec_etl.command import PATH, checked_type, run_load, shared_options
from graphrec_etl.files import Row, folder_of, header, rows
from graphrec_etl.model import EdgeBuilder, Tables
from graphrec_etl.nodes import Column, read_nodes
from graphrec_etl.rejects import Reject, Rejects

_YEAR = re.compile(r"\s*\((\d{4})(?:[-–]\d{0,4})?\)\s*\Z")
_NO_GENRE = {"unknown", "(no genres listed)"}
#: The genre flags of ``u.item`` in order, used if ``u.genre`` is absent.
_GENRES = (
    "unknown",
    "Action",
    "Adventure",
    "Animation",
    "Children's",
    "Comedy",
    "Crime",
    "Documentary",
    "Drama",
    "Fantasy",
    "Film-Noir",
    "Horror",
    "Musical",
    "Mystery",
    "Romance",
    "Sci-Fi",
    "Thriller",
    "War",
    "Western",
)


def _flag(cell: Any) -> bool | None:
    if cell not in {"0", "1"}:
        raise ValueError("is neither 0 nor 1")
    return True if cell == "1" else None


def _genres(cell: Any) -> list[str] | None:
    return [values.key(name) for name in str(cell).split("|") if name.strip()] or None


def transform(folder: Path, rejects: Rejects, *, behaviour: str = "RATED", min_rating: float | None = None) -> Tables:
    """Read and check a GroupLens folder.

    Parameters
    ----------
    folder
        Must contain ``u.data``, ``ratings.dat`` or ``ratings.csv``.
    rejects
        Collects the unusable rows.
    behaviour
        Relationship type of a rating.
    min_rating
        Skip lower ratings.

    Raises
    ------
    InputError
        The folder has no known layout, a file is missing, or its columns or encoding are wrong.
    """
    reader = _Reader(folder_of(folder), rejects, behaviour, min_rating)
    if (folder / "u.data").is_file():
        reader.ml_100k()
    elif (folder / "ratings.dat").is_file():
        reader.ml_1m()
    elif (folder / "ratings.csv").is_file():
        reader.ml_csv()
    else:
        there = ", ".join(sorted(path.name for path in folder.iterdir())[:8]) or "nothing"
        raise InputError(
            f"{folder} has no u.data, ratings.dat or ratings.csv; it holds {there}",
            hint="unpack one of GroupLens' archives there, or use 'graphrec load atomic' or 'graphrec load tables'",
        )
    reader.tables.orphans.update(rejects.orphans)
    return reader.tables


class _Reader:
    """Reads one folder into tables."""

    def __init__(self, folder: Path, rejects: Rejects, behaviour: str, min_rating: float | None) -> None:
        self.folder, self.rejects, self.behaviour, self.min_rating = folder, rejects, behaviour, min_rating
        self.tables = Tables()

    def ml_100k(self) -> None:
        genres = self._genre_flags()
        users = ("user id", "age", "gender", "occupation", "zip code")
        kinds = {"age": values.whole, "gender": values.token, "occupation": values.token, "zip code": values.token}
        self._nodes("user", "u.user", users, self._rows("u.user", "|", "latin-1"), kinds)
        movies = ("movie id", "title", "release date", "video release date", "imdb url", *genres)
        parsers = dict.fromkeys(movies[1:5], values.token) | dict.fromkeys(genres, _flag)
        self._nodes("item", "u.item", movies, self._rows("u.item", "|", "latin-1"), parsers, as_named=genres)
        for properties in self.tables.items.properties:
            properties["genres"] = [name for name in genres if properties.pop(name, None)]
        self._movies()
        self._ratings("u.data", ("user", "movie", "rating", "timestamp"), self._rows("u.data", "\t", "utf-8"))

    def _genre_flags(self) -> Sequence[str]:
        if not (self.folder / "u.genre").is_file():
            return _GENRES
        return [cells[0] for _, cells in self._rows("u.genre", "|", "latin-1")]

    def ml_1m(self) -> None:
        users = ("user id", "gender", "age", "occupation", "zip code")
        kinds = {"gender": values.token, "age": values.whole, "occupation": values.whole, "zip code": values.token}
        self._nodes("user", "users.dat", users, self._rows("users.dat", "::", "latin-1"), kinds)
        movies = {"title": values.token, "genres": _genres}
        source = self._rows("movies.dat", "::", "latin-1")
        self._nodes("item", "movies.dat", ("movie id", "title", "genres"), source, movies)
        self._movies()
        names = ("user", "movie", "rating", "timestamp")
        self._ratings("ratings.dat", names, self._rows("ratings.dat", "::", "utf-8"))

    def ml_csv(self) -> None:
        names, source = self._csv("movies.csv", "movieId", "title", "genres")
        self._nodes("item", "movies.csv", names, source, {"title": values.token, "genres": _genres}, key="movieId")
        if (self.folder / "links.csv").is_file():
            self._links()
        self._movies()
        names, source = self._csv("ratings.csv", "userId", "movieId", "rating", "timestamp")
        self._ratings("ratings.csv", names, source, user="userId", movie="movieId")
        if (self.folder / "tags.csv").is_file():
            self._tags()

    def _rows(self, name: str, separator: str, encoding: str) -> Iterator[Row]:
        return rows(self.folder / name, separator, encoding=encoding)

    def _csv(self, name: str, *wanted: str) -> tuple[list[str], Iterator[Row]]:
        path = self.folder / name
        source = rows(path, ",", quoted=True)
        names = header(source, path)
        missing = [column for column in wanted if column not in names]
        if missing:
            raise InputError(
                f"{path}:1: no column {missing[0]!r}; the columns are {', '.join(names)}",
                hint=f"GroupLens' {name} begins with {','.join(wanted)}",
            )
        return names, source

    def _nodes(
        self,
        role: str,
        file: str,
        names: Sequence[str],
        source: Iterator[Row],
        parsers: Mapping[str, values.Parser],
        *,
        key: str | None = None,
        as_named: Sequence[str] = (),
    ) -> None:
        columns = {
            name: Column.of(role, name if name in as_named else values.camel(name), parse)
            for name, parse in parsers.items()
        }
        self.tables.duplicates[file] = read_nodes(
            self.tables.nodes(role),
            self.folder / file,
            names=names,
            rows=source,
            key=key or names[0],
            columns=columns,
            rejects=self.rejects,
            users=role == "user",
        )

    def _links(self) -> None:
        names, source = self._csv("links.csv", "movieId", "imdbId", "tmdbId")
        found = Tables().items
        columns = {name: Column(name, values.token) for name in ("imdbId", "tmdbId")}
        path = self.folder / "links.csv"
        repeated = read_nodes(
            found, path, names=names, rows=source, key="movieId", columns=columns, rejects=self.rejects
        )
        self.tables.duplicates["links.csv"] = repeated
        if found.codes and not found.codes.keys() & self.tables.items.codes.keys():
            first = Reject(path, 2, "movieId", next(iter(found.codes)), "is not a known item")
            self.rejects.strangers("links", first, self.tables.items.codes)
        for movie, code in found.codes.items():
            target = self.tables.items.codes.get(movie)
            if target is None:
                self.rejects.orphans["links of unknown items"] += 1
            else:
                self.tables.items.properties[target] |= found.properties[code]

    def _movies(self) -> None:
        """Move the year from the title to a property, and turn genres into entities."""
        builder = EdgeBuilder("HAS_GENRE", "item", "entity")
        entities = self.tables.entities
        for movie, properties in enumerate(self.tables.items.properties):
            title = properties.get("title", "")
            year = _YEAR.search(title)
            if year and year.start():
                properties["title"], properties["year"] = title[: year.start()], int(year[1])
            for name in properties.pop("genres", ()):
                if name not in _NO_GENRE:
                    genre = entities.add(f"genre:{name}")
                    entities.properties[genre]["name"] = name
                    entities.kinds[genre] = {"Genre"}
                    builder.add(movie, genre)
        self.tables.edges.append(builder.build())

    def _ratings(
        self, file: str, names: Sequence[str], source: Iterator[Row], *, user: str = "user", movie: str = "movie"
    ) -> None:
        behaviours = Behaviours(
            self.tables,
            self.rejects,
            open_users=not self.tables.users.codes,
            open_items=False,
            min_rating=self.min_rating,
        )
        behaviours.read(
            self.folder / file,
            names,
            source,
            user=user,
            item=movie,
            time="timestamp",
            default=self.behaviour,
            columns={"rating": Column("rating", values.number)},
        )
        behaviours.finish()

    def _tags(self) -> None:
        names, source = self._csv("tags.csv", "userId", "movieId", "tag", "timestamp")
        # A user may tag without ever rating.
        behaviours = Behaviours(self.tables, self.rejects, open_users=True, open_items=False)
        behaviours.read(
            self.folder / "tags.csv",
            names,
            source,
            user="userId",
            item="movieId",
            time="timestamp",
            default="TAGGED",
            columns={"tag": Column("tag", values.token)},
            identity=("tag",),  # several tags are often given in the same second
        )
        behaviours.finish(required=False)


@click.command("movielens")
@click.argument("folder", type=PATH)
@click.option("--behaviour", default="RATED", show_default=True, help="Type of the ratings.")
@click.option("--min-rating", type=float, help="Leave out lower ratings.")
@shared_options
def command(folder: Path, behaviour: str, min_rating: float | None, **options: Any) -> None:
    """Load the GroupLens data set in FOLDER: ml-100k, ml-1m, ml-latest, ml-32m."""
    kind = checked_type(behaviour)
    run_load(lambda rejects: transform(folder, rejects, behaviour=kind, min_rating=min_rating), **options)


if __name__ == "__main__":
    run_command(command, name="graphrec load movielens")
