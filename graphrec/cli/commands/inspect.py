"""``graphrec inspect``: examine a database and propose the mapping."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import click
import msgspec

from graphrec.cli.output import show_json
from graphrec.common.console import note
from graphrec.common.errors import ConfigError
from graphrec.common.files import replacing
from graphrec.config.schema import GraphSchema, Limits
from graphrec.config.settings import FILE, Settings, convert, load_settings
from graphrec.db.database import connect
from graphrec.graph.proposal import propose
from graphrec.graph.survey import survey


@click.command()
@click.option("--write", is_flag=True, help="Write the proposal to graphrec.toml, unless it has a [graph] table.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found and the mapping as JSON.")
def inspect(write: bool, as_json: bool) -> None:
    """Look at a database and propose which labels, keys and types play user, item, behaviour and knowledge."""
    settings = load_settings()
    file = _file(settings)
    if write:
        _refuse_overwriting(file)
    with connect(settings) as db:
        found = survey(db)
        if not as_json:
            note(f"found:\n{found.summary()}\n")
        proposal = propose(db, found)
        if settings.graph.limits != Limits():
            from graphrec.graph.read import read

            read(db, settings.graph)  # notes what the limits leave out
    text = proposal.toml()
    convert(tomllib.loads(text)["graph"], GraphSchema, "the proposal")
    if as_json:
        show_json(found.to_dict() | {"mapping": msgspec.to_builtins(proposal.schema), "reasons": proposal.reasons})
    else:
        click.echo(text, nl=False)
    if write:
        _append(file, text)
        note(f"written to {file}")
    elif not as_json:
        note("check it, then put it into graphrec.toml (or run graphrec inspect --write)")


def _file(settings: Settings) -> Path:
    named = os.environ.get("GRAPHREC_CONFIG")
    return Path(named) if named else settings.root / FILE


def _refuse_overwriting(file: Path) -> None:
    if file.is_file() and "graph" in tomllib.loads(file.read_text(encoding="utf-8")):
        raise ConfigError(
            f"{file} has a [graph] table already", hint="remove it first, or run graphrec inspect without --write"
        )


def _append(file: Path, text: str) -> None:
    """Add ``text`` to the file in one step: a reader sees the old file or the new one."""
    before = file.read_text(encoding="utf-8").rstrip("\n") + "\n\n" if file.is_file() else ""
    try:
        with replacing(file) as part:
            part.write_text(before + text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{file}: cannot be written: {error.strerror}", hint="check its folder") from error
