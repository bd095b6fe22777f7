"""``graphrec chat``: talk with the assistant."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from graphrec.cli.output import show, show_json
from graphrec.common.console import echo, echo_json, is_terminal, note
from graphrec.config.settings import load_settings
from graphrec.db.database import connect
from graphrec.pseudonyms.door import user_of

if TYPE_CHECKING:
    from graphrec.assistant.assistant import Turn

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("user", required=False)
@click.option("--audio", type=_FILE, help="A recording of what is said, instead of typing it.")
@click.option("--conversation", metavar="ID", help="Go on with a conversation, as --json has shown it.")
@click.option("--handovers", is_flag=True, help="List what waits for a person, instead of talking.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object for each answer.")
def chat(user: str | None, audio: Path | None, conversation: str | None, handovers: bool, as_json: bool) -> None:
    """Talk with the assistant as USER (an id), or as a visitor, in English or Chinese.

    It recommends, explains, compares, filters, looks facts up, and records a like, a dislike or a block after it has
    asked. Where stdin is no terminal, each of its lines is a turn. “quit”, an empty line, Ctrl-D or Ctrl-C ends it.
    """
    from graphrec.assistant.conversation import Conversation
    from graphrec.assistant.hearing import hear
    from graphrec.assistant.store import Conversations
    from graphrec.assistant.understanding.vocabulary import open_vocabulary
    from graphrec.serving.user_status import user_statuses

    settings = load_settings()
    user = user_of(settings, user)
    if handovers:
        with closing(Conversations(settings.home, settings.assistant)) as kept:
            _show_handovers([msgspec.to_builtins(one) for one in kept.handovers(1_000)], as_json)
        return
    with connect(settings) as db:
        if user is not None:
            user_statuses(db, settings.graph, [user])  # a typing error is told at once
        with Conversation(db, settings, user, conversation) as talk:
            if audio is not None:
                heard = hear(settings, audio, open_vocabulary(db, settings))
                note(f"heard ({heard.how}): {heard.text}")
                _answer(talk.turn(heard.text, heard.how), as_json)
                return
            for words in _turns():
                _answer(talk.turn(words), as_json)


#: What ends a conversation in a terminal.
_ENDS = {"quit", "exit", "退出"}


def _turns() -> Iterator[str]:
    """Yield what is typed, or the lines of stdin."""
    if not is_terminal(sys.stdin):
        yield from (line.strip() for line in sys.stdin or () if line.strip())
        return
    note("say what you are looking for; “help” says what can be said; “quit” or an empty line ends the conversation")
    while True:
        try:
            words = click.prompt("you", prompt_suffix="> ", default="", show_default=False, err=True).strip()
        except click.Abort:
            echo(err=True)
            return
        if not words or words.casefold() in _ENDS:
            return
        yield words


def _answer(turn: Turn, as_json: bool) -> None:
    for piece in turn.pieces():
        if not as_json:
            echo(piece, nl=False)
    if as_json:
        echo_json(turn.reply.to_dict())
    else:
        echo()


def _show_handovers(found: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        show_json(found)
        return
    for one in found:
        one["at"] = datetime.fromtimestamp(one["at"], UTC).isoformat(timespec="seconds")
        one["shown"] = ", ".join(one["shown"])
    show(found, ("reference", "at", "user", "language", "wish", "shown"))
    if not found:
        note("nothing waits for a person")
