"""``graphrec inspect``: examine a database and propose the mapping, or check the one that there is."""

from __future__ import annotations

import os
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from graphrec.cli.output import show_json
from graphrec.common.console import echo, is_terminal, note
from graphrec.common.errors import ConfigError
from graphrec.common.files import replacing
from graphrec.config.convert import convert
from graphrec.config.limits import Limits
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import FILE, Settings, load_settings
from graphrec.db.database import connect
from graphrec.graph.proposal import propose
from graphrec.graph.proposed import Proposal
from graphrec.graph.questions import Interview, Question
from graphrec.graph.survey import survey

if TYPE_CHECKING:
    from graphrec.graph.examples import Examples


@click.command()
@click.option("--write", is_flag=True, help="Write the proposal to graphrec.toml, unless it has a [graph] table.")
@click.option("--yes", is_flag=True, help="Ask nothing: take the most likely reading.")
@click.option("--check", is_flag=True, help="Read everything that graphrec.toml maps, and report; propose nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON; nothing is asked.")
def inspect(write: bool, yes: bool, check: bool, as_json: bool) -> None:
    """Look at a database and propose which labels, keys and types play user, item, behaviour and knowledge.

    Where two readings are about as likely, it asks on a terminal; otherwise it takes the first and names the other.
    --check reads the graph by the mapping of graphrec.toml as training would, counts, and reports all problems at
    once; exit code 2 if training would fail.
    """
    settings = load_settings()
    if check:
        if write or yes:
            raise click.UsageError("--check proposes nothing: leave out --write and --yes")
        _check(settings, as_json)
        return
    file = _file(settings)
    if write:
        _refuse_overwriting(file)
    with connect(settings) as db:
        from graphrec.graph.examples import read_examples

        found = survey(db)
        if not as_json:
            note(f"found:\n{found.summary()}\n")
        proposal = propose(db, found, _interview(yes or as_json))
        examples = read_examples(db, proposal.schema)
        if settings.graph.limits != Limits():
            from graphrec.graph.read import read

            read(db, settings.graph)  # notes what the limits leave out
    text = proposal.toml()
    convert(tomllib.loads(text)["graph"], GraphSchema, "the proposal")
    if as_json:
        show_json(found.to_dict() | proposal.to_dict() | {"examples": [one.to_dict() for one in examples]})
    else:
        _show_examples(proposal, examples)
        echo(text, nl=False)
    if write:
        _append(file, text)
        note(f"written to {file}")
    elif not as_json:
        note("check it, then put it into graphrec.toml (or run graphrec inspect --write)")


def _interview(quiet: bool) -> Interview:
    """Return who answers: the owner on a terminal, else the first reading of each question."""
    if quiet:
        return Interview(lambda _: 0)
    return Interview(_ask, by_owner=True) if is_terminal(sys.stdin) else Interview()


def _ask(question: Question) -> int:
    lines = [f"  {n}  {reading}" for n, reading in enumerate(question.readings, 1)]
    note("\n".join([question.text, *lines]))
    while True:
        echo("number [1]: ", nl=False, err=True)  # click.prompt writes to stdout, which is for the proposal
        line = sys.stdin.readline()
        if not line:
            raise click.Abort
        said = line.strip() or "1"
        if said.isdecimal() and 1 <= int(said) <= len(lines):
            return int(said) - 1


def _show_examples(proposal: Proposal, examples: list[Examples]) -> None:
    from graphrec.graph.examples import table

    for part in ("user", "item"):
        label = proposal.schema.role(part).label
        note(f"{part}s: {label!r}, {proposal.confidence[part]}")
    for one in examples:
        note(f"\nbehaviour {one.kind}, {proposal.confidence[f'behaviours.{one.kind}']}. As it will be read:")
        note(table(one.rows))
        note(f"the same in Neo4j Browser, as stored:\n{one.cypher}\n")


def _check(settings: Settings, as_json: bool) -> None:
    from graphrec.content.check import check

    with connect(settings) as db:
        found = check(db, settings)
    if as_json:
        show_json(found.to_dict())
    else:
        echo(found.text())
    if found.fatal:
        raise SystemExit(2)


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
        with replacing(file, private=False) as part:
            part.write_text(before + text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{file}: cannot be written: {error.strerror}", hint="check its folder") from error
