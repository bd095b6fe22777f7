"""Public benchmark sets as tables that graphrec loads, and the commands for it.

``python tests/benchmarks/datasets.py ml-1m|lastfm-kg|gowalla SOURCE DEST`` reads the set as it is published in SOURCE,
writes what ``graphrec load`` needs and a ``graphrec.toml`` into DEST, and prints the commands to run there.
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from graphrec.common.errors import GraphrecError, InputError
from graphrec_etl.files import folder_of, lines
from graphrec_etl.relations import names

PUBLISHED = '[split]\nmethod = "published"\n'
LISTENED = """[split]
method = "random"
valid = 0.1
test = 0.1
seed = 0

[graph.behaviours.LISTENED]
weight = 1.0    # every pair counts alike: the number of plays, a property of the same name, is left unread
"""
ITEMS = """[items]
file = "items.tsv"
quoted = false
key = "item"
title = "title"
description = "description"
image = "poster"
media_root = {posters}
entity = "entity"
properties = {{ movie = "movieId", year = "year" }}
types = {{ year = "integer" }}

[[relations]]
file = "items.tsv"
quoted = false
needs = ["genres"]
type = "HAS_GENRE"
from = "item"
to = "genres"
many = "|"
"""
RELATION = """
[[relations]]
file = "{file}"
quoted = false
type = "{type}"
from = "head"
to = "tail"
start = "{start}"
"""
_YEAR = re.compile(r"\s*\((\d{4})\)\Z")


def read(path: Path, width: int, separator: str | None = None, encoding: str = "utf-8") -> list[list[str]]:
    """Return the cells of a file without a header; ``separator`` None: blanks.

    Raises
    ------
    InputError
        The file cannot be read, or a line has not ``width`` cells.
    """
    found = []
    for number, line in lines(path, encoding):
        cells = line.split(separator)
        if len(cells) != width:
            raise InputError(f"{path}:{number}: {len(cells)} cells instead of {width}", hint="fetch the file again")
        found.append(cells)
    return found


def descriptions(path: Path) -> dict[str, str]:
    """Return movieId → description; nothing where there is no such file.

    Raises
    ------
    InputError
        It is not JSON that maps text to text.
    """
    if not path.is_file():
        return {}
    try:
        found = json.loads("\n".join(line for _, line in lines(path)))
    except json.JSONDecodeError as error:
        raise InputError(f"{path}:{error.lineno}: not valid JSON: {error.msg}", hint="fetch the file again") from error
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        raise InputError(f"{path}: does not map movie ids to texts", hint="fetch the file again")
    return found


def write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a tab-separated table; line ends and tabs inside a cell become blanks."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = ("\t".join(" ".join(cell.split()) for cell in row) for row in (columns, *rows))
    path.write_text("\n".join(text) + "\n", encoding="utf-8")


def ml_1m(source: Path, dest: Path) -> list[str]:
    """Write MovieLens-1M: a published split, titles, genres, knowledge, and the texts and posters that are there.

    Items are the rows of the split (``item_map.txt``: movieId, row). A film of the knowledge graph that the split lacks
    stays an entity.
    """
    entities = dict(read(source / "kg" / "item_index2entity_id.txt", 2))
    movies = {movie: rest for movie, *rest in read(source / "movies.dat", 3, "::", "latin-1")}
    texts = descriptions(source / "descriptions.json")
    posters = next((path for path in (source / "posters", source.parent / "posters") if path.is_dir()), source)
    items, rows = {}, []
    for movie, item in read(source / "item_map.txt", 2):
        title, genres = movies.get(movie, ("", ""))
        year = _YEAR.search(title)
        entity = entities.get(movie, "")
        if entity:
            items[entity] = item
        poster = (posters / f"{movie}.jpg").absolute()
        image = str(poster) if poster.is_file() else ""
        known = (_YEAR.sub("", title), year[1] if year else "", genres, entity)
        rows.append((item, movie, *known, texts.get(movie, ""), image))
    write(dest / "items.tsv", ("item", "movie", "title", "year", "genres", "entity", "description", "poster"), rows)
    triples = read(source / "kg" / "kg.txt", 3)
    named = names({relation for _, relation, _ in triples}, ("RATED", "HAS_GENRE"))
    tables: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for head, relation, tail in triples:
        start = "item" if head in items else "entity"
        tables[named[relation].type, start].append((items.get(head, head), tail))
    folder = json.dumps(str(posters.absolute()))
    mapping = ITEMS.format(posters=folder)
    for (kind, start), pairs in sorted(tables.items()):
        file = f"kg/{kind}.{start}.tsv"
        write(dest / file, ("head", "tail"), pairs)
        mapping += RELATION.format(file=file, type=kind, start=start)
    (dest / "ml-1m.toml").write_text(mapping, encoding="utf-8")
    allowed = f"{PUBLISHED}\n[content]\nmedia_folders = [{folder}]\n"
    (dest / "graphrec.toml").write_text(allowed, encoding="utf-8")
    return [
        f"graphrec load lightgcn {shlex.quote(str(source.absolute()))}",
        "graphrec load tables ml-1m.toml",
        "graphrec embed --image classical",
    ]


def lastfm_kg(source: Path, dest: Path) -> list[str]:
    """Write Last.FM with the knowledge graph of KGCN as RecBole's atomic files.

    As in that paper the items are the artists that the knowledge graph knows, all that a user listened to is positive,
    and users of no such artist are left out.
    """
    links = read(source / "item_index2entity_id.txt", 2)
    known = {artist for artist, _ in links}
    plays = [row for row in read(source / "user_artists.dat", 3) if row[1] in known]  # the header goes, too
    files = {
        "item": (["item_id:token"], [[artist] for artist, _ in links]),
        "link": (["item_id:token", "entity_id:token"], links),
        "kg": (["head_id:token", "relation_id:token", "tail_id:token"], read(source / "kg.txt", 3)),
        "inter": (["user_id:token", "item_id:token", "weight:float"], plays),
    }
    for suffix, (columns, rows) in files.items():
        write(dest / f"lastfm-kg.{suffix}", columns, rows)
    (dest / "graphrec.toml").write_text(LISTENED, encoding="utf-8")
    return ["graphrec load atomic . --behaviour LISTENED"]


def gowalla(source: Path, dest: Path) -> list[str]:
    """Write the settings of Gowalla, whose files LightGCN's loader reads as they are."""
    folder_of(source)
    (dest / "graphrec.toml").write_text(PUBLISHED, encoding="utf-8")
    return [f"graphrec load lightgcn {shlex.quote(str(source.absolute()))}"]


SETS: dict[str, Callable[[Path, Path], list[str]]] = {"ml-1m": ml_1m, "lastfm-kg": lastfm_kg, "gowalla": gowalla}


def main() -> None:
    """Write one set and print the commands."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=SETS)
    parser.add_argument("source", type=Path, help="folder of the published files")
    parser.add_argument("dest", type=Path, help="folder of the project; made where absent")
    options = parser.parse_args()
    try:
        folder_of(options.source)
        options.dest.mkdir(parents=True, exist_ok=True)
        commands = SETS[options.name](options.source, options.dest)
    except GraphrecError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    print(f"cd {shlex.quote(str(options.dest))}", *commands, sep="\n")


if __name__ == "__main__":
    main()
