"""``graphrec search``: find items by text, image or audio."""

from __future__ import annotations

from pathlib import Path

import click

from graphrec.cli.output import show, show_json
from graphrec.common.console import note
from graphrec.config.ids import with_lists
from graphrec.config.settings import load_settings
from graphrec.db.database import connect

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("text", required=False)
@click.option("--by", type=click.Choice(["text", "image", "audio"]), help="Item vectors that TEXT is compared with.")
@click.option("--image", type=_FILE, help="An image, instead of TEXT.")
@click.option("--audio", type=_FILE, help="An audio file, instead of TEXT.")
@click.option("-k", type=click.IntRange(1, 1000), default=10, show_default=True, help="Number of items.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of JSON objects.")
def search(text: str | None, by: str | None, image: Path | None, audio: Path | None, k: int, as_json: bool) -> None:
    """Find the items nearest to TEXT, to an image or to an audio file.

    TEXT is compared with the items' text vectors if they exist, else with their image or audio vectors if the encoder
    understands both, as CLIP and CLAP do. The score is the cosine similarity, from -1 to 1: 1 is the same direction.
    """
    files = {"image": image, "audio": audio}
    named = [(modality, file) for modality, file in files.items() if file]
    if (text is not None) + len(named) != 1:
        raise click.UsageError("name one thing to look for: TEXT, --image FILE or --audio FILE")
    if text is not None and not text.strip():
        raise click.UsageError("TEXT is empty")
    if by and named:
        raise click.UsageError(f"--by goes with TEXT; --{named[0][0]} FILE is compared with the items' {named[0][0]}")
    from graphrec.serving import scales
    from graphrec.serving.search import search as find
    from graphrec.serving.search import search_like

    settings = load_settings()
    with connect(settings) as db:
        rows = find(db, settings, text, k, by) if text else search_like(db, settings, named[0][1], named[0][0], k)
    if as_json:
        show_json(with_lists(rows, settings.graph.user, settings.graph.item))
    else:
        show(rows, ("rank", "item", "title", "score"), title=f"nearest to {text or named[0][1]}")
        note(scales.COSINE)
