"""``graphrec person``: export all that is held of a user."""

from __future__ import annotations

from pathlib import Path

import click

from graphrec.cli.output import show_json
from graphrec.common.console import echo
from graphrec.config.settings import load_settings
from graphrec.db.database import connect
from graphrec.pseudonyms.door import user_of


@click.command()
@click.argument("user")
@click.option(
    "--export",
    "target",
    type=click.Path(path_type=Path),
    required=True,
    metavar="TARGET",
    help="A new folder, or a new file that ends in .json.",
)
@click.option("--run", "also", multiple=True, metavar="RUN", help="Also search a run that would be skipped.")
@click.option("--stored", type=click.Choice(["text", "number"]), help="How the id is stored, if both forms exist.")
@click.option("--json", "as_json", is_flag=True, help="Print the index as one JSON object.")
def person(user: str, target: Path, also: tuple[str, ...], stored: str | None, as_json: bool) -> None:
    """Write all that is held of a user to a folder, or to a single file, as JSON.

    It reads the places that `graphrec forget` empties: Neo4j, personal properties included, run directories, reject
    files, events that wait, conversations, copy, keys by name. Only you may read the files. Nothing is changed.
    """
    settings = load_settings()
    user = user_of(settings, user)
    from graphrec.erasure.person import gather, write
    from graphrec.erasure.trace import nobody, wanted_of

    with connect(settings) as db:
        wanted = wanted_of(db, settings, user, stored, also=also)
        held = gather(db, settings, wanted)
        if held is None:
            raise nobody(db, settings, user)
    files = write(held, target)
    if as_json:
        show_json({**held["index"], "files": [str(file) for file in files]})
        return
    echo("\n".join([*held["index"]["found"], *held["index"]["not searched"].values()]))
    echo(f"written: {', '.join(str(file) for file in files)}")
