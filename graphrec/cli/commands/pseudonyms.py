"""``graphrec pseudonyms``: keys of pseudonyms, and what their holder can do with them."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from graphrec.cli.output import show, show_json
from graphrec.common.console import echo, note, progress
from graphrec.config.settings import load_settings
from graphrec.db.database import connect
from graphrec.pseudonyms.key import make_key, read_key

_FILE = click.Path(path_type=Path)


@click.group()
def pseudonyms() -> None:
    """Make, rotate and use the keys of pseudonyms that stand for users' ids.

    `graphrec load … --pseudonymise KEYFILE` puts them in the place of ids, or [privacy] pseudonym_key in graphrec.toml.
    """


@pseudonyms.command()
@click.argument("file", type=_FILE)
def key(file: Path) -> None:
    """Make a key in FILE, which only its owner can read; keep a copy where the graph is not.

    Without it nobody can load more data of the same people, or find a person by their id.
    """
    made = make_key(file)
    note(f"{file} holds the key {made.fingerprint}; graphrec.toml: [privacy] pseudonym_key names the file")
    echo(made.fingerprint)


@pseudonyms.command()
@click.argument("file", type=_FILE)
def fingerprint(file: Path) -> None:
    """Print the fingerprint of the key in FILE, by which graphs and messages name it."""
    echo(read_key(file).fingerprint)


@pseudonyms.command()
@click.argument("keyfile", type=_FILE)
@click.argument("wanted", nargs=-1, metavar="[PSEUDONYM]...")
@click.option("--ids", type=_FILE, required=True, help="File of ids to try, one a line.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
def reidentify(keyfile: Path, wanted: tuple[str, ...], ids: Path, as_json: bool) -> None:
    """Say whose pseudonyms these are: of the PSEUDONYMs given, else of all users in the graph.

    A pseudonym cannot be turned back. Each id of the file is turned into its pseudonym, and those that match are
    printed; somebody whose id is not in the file is not found.
    """
    from graphrec.rotation.reidentify import among, in_graph, read_ids

    holder = read_key(keyfile)
    candidates = read_ids(ids)
    if wanted:
        found = among(holder, candidates, wanted)
    else:
        settings = load_settings()
        with connect(settings) as db:
            found = in_graph(db, settings, holder, candidates)
    if as_json:
        show_json([{"pseudonym": one, "id": name} for one, name in found.items()])
    else:
        show([{"pseudonym": one, "id": name} for one, name in found.items()], ["pseudonym", "id"])
        note(f"{len(found):,} of {len(candidates):,} ids match")


@pseudonyms.command()
@click.argument("old", type=_FILE)
@click.argument("new", type=_FILE)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def rotate(old: Path, new: Path, as_json: bool) -> None:
    """Put pseudonyms of a NEW key, which is made, in the place of those of the OLD one.

    Users in Neo4j, runs, rejects and the other files of the project are relabelled. Conversations with the assistant
    and the cache of a language model's answers are removed. After an interruption, the same command goes on. Stop the
    service first, and name NEW in graphrec.toml before it starts again.
    """
    from graphrec.rotation.rotate import rotate as change

    settings = load_settings()
    with connect(settings) as db, progress() as bar:
        tasks = {}

        def advance(what: str, number: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=None)
            bar.advance(tasks[what], number)

        done = change(db, settings, old, new, advance)
    if as_json:
        show_json(msgspec.to_builtins(done))
        return
    echo(done.text())
    note(f'set [privacy] pseudonym_key = "{new}" in graphrec.toml; then {old} can be destroyed')
