"""``graphrec forget``: remove a user from the graph, the published lists and the run directories."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from graphrec.cli.output import show_json
from graphrec.common.console import echo, is_terminal, note
from graphrec.common.errors import InputError
from graphrec.common.printable import printable
from graphrec.config.settings import load_settings
from graphrec.db.database import connect
from graphrec.pseudonyms.door import user_of

if TYPE_CHECKING:
    from graphrec.config.settings import Settings
    from graphrec.db.database import Database
    from graphrec.erasure.between import Choice
    from graphrec.erasure.retrain import Base, Retrained
    from graphrec.erasure.trace import Trace, Wanted


@click.command()
@click.argument("user")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@click.option("--dry-run", is_flag=True, help="List what would be removed; change nothing.")
@click.option("--own", multiple=True, metavar="LABEL", help="Also remove nodes of LABEL that only this user has.")
@click.option(
    "--between",
    type=click.Choice(["keep", "delete"]),
    help="What happens to nodes on paths of behaviours, such as orders, that only this user has.",
)
@click.option("--run", "also", multiple=True, metavar="RUN", help="Also clean a run that would be skipped.")
@click.option("--stored", type=click.Choice(["text", "number"]), help="How the id is stored, if both forms exist.")
@click.option("--compact", is_flag=True, help="Also remove from the local Neo4j's files what was deleted; restarts it.")
@click.option("--retrain", is_flag=True, help="Then train again without the user, and publish as the old run was.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def forget(
    user: str,
    yes: bool,
    dry_run: bool,
    own: tuple[str, ...],
    between: Choice | None,
    also: tuple[str, ...],
    stored: str | None,
    compact: bool,
    retrain: bool,
    as_json: bool,
) -> None:
    """Remove a user from Neo4j, from every run directory and from the reject files, and verify it by a search.

    What the weights have learned stays until the next training (--retrain), the files that were loaded do not change,
    and Neo4j keeps deleted values in its files until it needs the space (--compact); the command reports all three.
    After an interruption, the same command continues. It cannot be undone.
    """
    settings = load_settings()
    user = user_of(settings, user)
    from graphrec.erasure.erase import compact as rewrite
    from graphrec.erasure.erase import forget as remove
    from graphrec.erasure.erase import require_nothing
    from graphrec.erasure.in_store import require_local
    from graphrec.erasure.trace import search, wanted_of

    if compact:
        require_local(settings)
    try:
        with connect(settings) as db:
            wanted = wanted_of(db, settings, user, stored, own, also, between)
            found = search(db, settings, wanted)
            base = _base(db, settings) if retrain else None
            if not found:
                _nothing_there(db, settings, found, wanted, base, compact=compact)
            if not (yes or dry_run or is_terminal(sys.stdin)):
                raise InputError(
                    "forgetting cannot be undone, and there is no terminal to ask on",
                    hint="add --yes; --dry-run lists what would be removed",
                )
            if dry_run or not yes:
                _show(found, between, as_json=as_json and dry_run, to_stderr=not dry_run)
            if dry_run:
                return
            if found.graph.between and between is None and is_terminal(sys.stdin):
                wanted = replace(wanted, between=_ask_between(found))
            if not yes:
                click.confirm("Remove all of it? It cannot be undone", abort=True, err=True)
            done = remove(db, settings, wanted)
        if compact:  # without a connection, as the server is restarted
            done = rewrite(settings, wanted, done)
        if not as_json:
            echo("\n".join(done.lines(retrain=retrain)))
        trained = None if base is None or done.after else _retrain(settings, base, wanted)
    except KeyboardInterrupt:
        note("interrupted: part of it may be removed already; the same command continues from here")
        raise
    if as_json:
        show_json(done.to_dict() | ({} if trained is None else {"retrained": trained.to_dict()}))
    elif trained is not None:
        echo("\n".join(trained.lines()))
    require_nothing(done)


def _base(db: Database, settings: Settings) -> Base:
    from graphrec.erasure.retrain import base_of

    return base_of(db, settings)


def _retrain(settings: Settings, base: Base, wanted: Wanted) -> Retrained:
    from graphrec.erasure.retrain import retrain

    with connect(settings) as db:
        return retrain(db, settings, base, wanted)


def _nothing_there(
    db: Database, settings: Settings, found: Trace, wanted: Wanted, base: Base | None, *, compact: bool
) -> None:
    """Say what is done although nothing of the user is found; if nothing is, raise an error.

    A training is repeated if its run has learned from somebody who has been removed since.
    """
    from graphrec.erasure.trace import nobody

    again = base is not None and None in base.run.users
    if not (compact or again):
        _passed(found, wanted.between)
        raise nobody(db, settings, wanted.text)
    done = ["the files of Neo4j are rewritten"] * compact + ["the training is repeated"] * again
    note(f"nothing of this user is there: only {' and '.join(done)}")


def _ask_between(found: Trace) -> Choice:
    from graphrec.erasure.trace import counts

    choices: list[Choice] = ["keep", "delete"]
    question = f"{counts(found.graph.between)} belong to this user alone. Keep them without the user, or delete?"
    return choices[choices.index(click.prompt(printable(question), type=click.Choice(choices), err=True))]


def _show(found: Trace, between: Choice | None, *, as_json: bool, to_stderr: bool) -> None:
    from graphrec.erasure.erase import SOURCES, remarks

    if as_json:
        show_json(found.to_dict() | {"passedOver": found.passed})
        return
    for line in (*(f"to be removed from {line}" for line in found.lines()), *remarks(found, between), SOURCES):
        if to_stderr:
            note(line)
        else:
            echo(line)


def _passed(found: Trace, between: Choice | None) -> None:
    from graphrec.erasure.erase import remarks

    for line in remarks(found, between):
        note(line)
