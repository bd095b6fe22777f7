"""``graphrec search``: find items by text, image or audio."""

from __future__ import annotations

from pathlib import Path

import click

from graphrec.cli.output import show, show_json
from graphrec.common.console import note
from graphrec.common.errors import InputError
from graphrec.config.ids import with_lists
from graphrec.config.settings import Settings, load_settings
from graphrec.db.database import Database, connect
from graphrec.pseudonyms.door import user_of

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("text", required=False)
@click.option("--for", "user", metavar="USER", help="Rank what TEXT finds by USER's interest.")
@click.option("--at", metavar="TIME", help="With --for: at this time, as for recommend.")
@click.option("--context", metavar="NAME=VALUE", multiple=True, help="With --for: in this situation; repeatable.")
@click.option("--by", type=click.Choice(["text", "image", "audio"]), help="Item vectors that TEXT is compared with.")
@click.option("--image", type=_FILE, help="An image, instead of TEXT.")
@click.option("--audio", type=_FILE, help="An audio file, instead of TEXT.")
@click.option("--spoken", is_flag=True, help="The audio file says TEXT.")
@click.option("-k", type=click.IntRange(1, 1000), default=10, show_default=True, help="Number of items.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of JSON objects.")
def search(
    text: str | None,
    user: str | None,
    at: str | None,
    context: tuple[str, ...],
    by: str | None,
    image: Path | None,
    audio: Path | None,
    spoken: bool,
    k: int,
    as_json: bool,
) -> None:
    """Find the items nearest to TEXT, to an image or to an audio file.

    TEXT is compared with the items' text vectors if they exist, else with their image or audio vectors if the encoder
    understands both, as CLIP and CLAP do. The score is the cosine similarity, from -1 to 1: 1 is the same direction.
    With --for, what is clearly near comes first, in the order of the model's score for that user; match is the cosine.
    """
    _check(text, user, by, image, audio, spoken)
    if user is None and (at or context):
        raise click.UsageError("--at and --context go with --for USER")
    from graphrec.graph.situation import named_values
    from graphrec.serving import scales
    from graphrec.serving.personal_search import search_for
    from graphrec.serving.search import search as find
    from graphrec.serving.search import search_like

    settings = load_settings()
    user = user_of(settings, user)
    columns, scale = ["rank", "item", "title", "score"], scales.COSINE
    with connect(settings) as db:
        if audio is not None and spoken:
            text = _heard(db, settings, audio)
        if text is not None and user is not None:
            found = search_for(db, settings, user, text, k, by, at=at, context=named_values(context))
            rows, columns, scale = found.rows, [*columns, "match", "source"], scales.MODEL
        elif text is not None:
            rows = find(db, settings, text, k, by)
        else:
            file, modality = (image, "image") if image is not None else (audio, "audio")
            assert file is not None
            rows = search_like(db, settings, file, modality, k)
    if as_json:
        show_json(with_lists(rows, settings.graph.user, settings.graph.item))
    else:
        show(rows, columns, title=f"nearest to {text or image or audio}" + (f", for user {user}" if user else ""))
        note(scale)


def _check(
    text: str | None, user: str | None, by: str | None, image: Path | None, audio: Path | None, spoken: bool
) -> None:
    if sum(one is not None for one in (text, image, audio)) != 1:
        raise click.UsageError("name one thing to look for: TEXT, --image FILE or --audio FILE")
    if text is not None and not text.strip():
        raise click.UsageError("TEXT is empty")
    if spoken and audio is None:
        raise click.UsageError("--spoken goes with --audio FILE")
    if not (spoken or text):
        named = "image" if image is not None else "audio"
        if by:
            raise click.UsageError(f"--by goes with TEXT; --{named} FILE is compared with the items' {named}")
        if user:
            raise click.UsageError(f"--for goes with TEXT, or with --audio FILE --spoken; not with --{named} FILE")


def _heard(db: Database, settings: Settings, audio: Path) -> str:
    """Return what a recording says, and tell it on stderr, since little is sure."""
    from graphrec.assistant.hearing import hear_search
    from graphrec.assistant.understanding.vocabulary import read_vocabulary

    heard = hear_search(settings, audio, read_vocabulary(db, settings))
    if not heard.text.strip():
        raise InputError(f"{audio}: no word was understood ({heard.how})", hint="speak nearer, or type TEXT")
    note(f"heard ({heard.how}): {heard.text}")
    return heard.text
