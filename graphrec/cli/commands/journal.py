"""``graphrec journal``: who touched people's data, and whether that is as it was written."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from graphrec.cli.output import show, show_json
from graphrec.common.console import echo, note
from graphrec.common.duration import seconds
from graphrec.common.errors import InputError
from graphrec.config.settings import Settings, load_settings
from graphrec.journal.file import Head
from graphrec.journal.listing import Work, works
from graphrec.journal.recording import journal_of
from graphrec.journal.verify import verify
from graphrec.pseudonyms.door import open_door

_NOTED = re.compile(r"([1-9][0-9]{0,17}):([0-9a-f]{64})")


@click.command()
@click.option("--since", metavar="TIME", help="Only from then on: 7d or 12h ago, 2026-11-30, 2026-11-30T18:30.")
@click.option("--user", metavar="ID", help="Only what was asked or done about this user.")
@click.option("--verify", "check", is_flag=True, help="Check that nothing was changed or removed. Exit code 1: it was.")
@click.option("--expect", metavar="LAST", help="With --verify: the entry that it printed earlier must be there.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of JSON objects; with --verify, one.")
def journal(since: str | None, user: str | None, check: bool, expect: str | None, as_json: bool) -> None:
    """Show who touched people's data, when, by what command, method or route, how much, and how it ended.

    The journal has no ids of users, and no values that somebody typed. --verify prints the number and the hash of the
    last entry: keep them elsewhere, and give them to --expect later.
    """
    if expect is not None and not check:
        raise click.UsageError("--expect needs --verify")
    settings = load_settings()
    found = journal_of(settings)
    if check:
        verdict = verify(found, None if expect is None else _noted(expect))
        if as_json:
            show_json(verdict.to_dict())
        else:
            for line in (*verdict.problems, *verdict.remarks):
                echo(line)
            state = "not as it was written" if verdict.problems else "as it was written"
            echo(f"{verdict.entries} entries in {found.file}: {state}")
            echo(f"last {verdict.last.number}:{verdict.last.hash}")
        if verdict.problems:
            sys.exit(1)
        return
    rows = [_row(one) for one in works(found, None if since is None else _moment(since), _ids(settings, user))]
    if as_json:
        show_json(rows)
        return
    table = [row | {"who": _who(row), "counts": _counts(row["counts"])} for row in rows]
    show(table, ("at", "who", "through", "did", "kind", "outcome", "counts"))
    if not rows:
        note(f"nothing is written down in {found.file}")


def _ids(settings: Settings, user: str | None) -> list[str] | None:
    """Return the ids that somebody has, or had: as typed, and pseudonyms of the key and of those that it rotated."""
    pseudonyms = None if user is None else open_door(settings).pseudonyms
    return None if user is None else [user, *(pseudonyms.all_of(user) if pseudonyms else ())]


def _row(work: Work) -> dict[str, Any]:
    return work.to_dict()


def _who(row: dict[str, Any]) -> str:
    who = str(row["account"])
    more = [f"{name} {row[name]}" for name in ("login", "key") if row.get(name)]
    return f"{who} ({', '.join(more)})" if more else who


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in counts.items())


def _noted(text: str) -> Head:
    found = _NOTED.fullmatch(text.removeprefix("last ").strip())
    if found is None:
        raise InputError(f"--expect {text!r} is no entry", hint="give what --verify printed: NUMBER:HASH")
    return Head(int(found[1]), found[2])


def _moment(text: str) -> datetime:
    """Return a moment from a span before now, a date or a time."""
    if re.fullmatch(r"[0-9.]+[smhdw]", text):
        return datetime.now(UTC) - timedelta(seconds=seconds(text, "--since"))
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"--since {text!r} is no time", hint="such as 7d, 2026-11-30 or 2026-11-30T18:30") from error
    return found.astimezone(UTC)
