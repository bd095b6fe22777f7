"""``graphrec write``: personal copy, from facts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from graphrec.cli.output import show_json
from graphrec.common.console import echo, note
from graphrec.common.printable import printable, printable_lines
from graphrec.config.copy_settings import Kind, Lang, Tone
from graphrec.config.ids import with_lists_within
from graphrec.config.settings import Settings, load_settings
from graphrec.db.database import connect
from graphrec.pseudonyms.door import user_of

if TYPE_CHECKING:
    from graphrec.copywriting.wording import Wording
    from graphrec.copywriting.write import Copy


@click.command()
@click.argument("user", required=False)
@click.argument("item", required=False)
@click.option("--kind", type=click.Choice(get_args(Kind)), help="Kind of text [default: [copy] kind].")
@click.option("--lang", type=click.Choice(get_args(Lang)), help="Language [default: [copy] lang].")
@click.option("--tone", type=click.Choice(get_args(Tone)), help="Tone [default: [copy] tone].")
@click.option(
    "--for-segment",
    metavar="NAME",
    help="The wording of a segment of [copy.segments]; without USER, one text for everybody in it.",
)
@click.option("--segment", metavar="NAME", help="Write to each user of a segment, or to all, without USER and ITEM.")
@click.option("--top", type=click.IntRange(1, 1000), help="Items per user of --segment; 1 if not given.")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), metavar="FILE", help="Parquet file for the texts of --segment."
)
@click.option("--write", "to_graph", is_flag=True, help="Also keep the texts of --segment in Neo4j.")
@click.option(
    "--audio", type=click.Path(path_type=Path), metavar="FILE", help="Speak the text to a file, such as a .wav."
)
@click.option(
    "--storyboard", type=click.Path(path_type=Path), metavar="FILE", help="Write scenes with posters as JSON."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object: text, verdicts, facts, sources.")
def write(
    user: str | None,
    item: str | None,
    kind: Kind | None,
    lang: Lang | None,
    tone: Tone | None,
    for_segment: str | None,
    segment: str | None,
    top: int | None,
    out: Path | None,
    to_graph: bool,
    audio: Path | None,
    storyboard: Path | None,
    as_json: bool,
) -> None:
    """Write about ITEM (an id or a title) for USER, from facts of the graph; every sentence is checked against them.

    The text goes to stdout, the verdict to stderr. Without a language
    model ([language] model) templates write it. With --segment: texts
    for many users, to a file or to Neo4j; an interrupted call goes on
    where it was.
    """
    from graphrec.copywriting.wording import wording_of

    settings = load_settings()
    wording = wording_of(settings.copy, kind, lang, tone, segment or for_segment)
    if segment is not None:
        if user is not None or for_segment is not None or audio or storyboard:
            raise click.UsageError("--segment takes no USER, ITEM, --for-segment, --audio or --storyboard")
        if out is None and not to_graph:
            raise click.UsageError("--segment needs --out FILE, --write, or both")
        _campaign(settings, segment, wording, top or 1, out, to_graph, as_json)
        return
    if out is not None or to_graph or top is not None:
        raise click.UsageError("--top, --out and --write are for --segment")
    if item is None and for_segment is not None:
        user, item = None, user
    if item is None:
        raise click.UsageError("name a USER and an ITEM; or an ITEM and --for-segment; or --segment")
    _one(settings, user, item, wording, audio, storyboard, as_json)


def _one(
    settings: Settings,
    user: str | None,
    item: str,
    wording: Wording,
    audio: Path | None,
    storyboard: Path | None,
    as_json: bool,
) -> None:
    from graphrec.copywriting.write import Writer

    user = user_of(settings, user)
    with connect(settings) as db, Writer(db, settings) as writer:
        copy = writer.write(user, item, wording)
        if audio is not None:
            from graphrec.copywriting.spoken import speak_copy

            note(f"spoken to {audio} by {speak_copy(settings, copy, audio)}")
        if storyboard is not None:
            from graphrec.copywriting.storyboard import write_storyboard

            write_storyboard(db, settings, copy, storyboard, audio)
            note(f"written to {storyboard}")
    if as_json:
        show_json(with_lists_within(copy.to_dict(), settings.graph.user, settings.graph.item))
        return
    _verdict(copy)
    echo(printable_lines(copy.text))


def _verdict(copy: Copy) -> None:
    """Say on stderr how a text came about, and what was cut."""
    sentences = copy.checked.sentences
    supported = sum(one.supported for one in sentences)
    why = f", because {copy.why}" if copy.why else ""
    note(f"by {copy.how}{why}: {supported} of {len(sentences)} sentences supported, by {len(copy.used)} facts (--json)")
    for one in sentences:
        if not one.supported:
            note(f"cut: {printable(one.text)} ({printable(one.why)})")


def _campaign(
    settings: Settings, segment: str, wording: Wording, top: int, out: Path | None, to_graph: bool, as_json: bool
) -> None:
    from graphrec.copywriting.campaign import run_campaign

    with connect(settings) as db:
        try:
            done = run_campaign(db, settings, segment, wording, top, out, to_graph)
        except KeyboardInterrupt:
            note("interrupted: the same command goes on where this one ended")
            raise
    if as_json:
        show_json(done.to_dict())
        return
    told: dict[str, Any] = {
        "texts": done.texts,
        "users": done.users,
        "of the language model": done.by_model,
        "sentences": done.sentences,
        "cut": done.cut,
    }
    note(", ".join(f"{name} {count:,}" for name, count in told.items()))
    where = [done.file] if done.file else []
    where += [f"Neo4j ({done.in_graph:,} GRAPHREC_COPY relationships)"] if to_graph else []
    echo(f"{done.texts:,} texts for {done.users:,} users, run {done.run_id}, in {' and '.join(where)}")
