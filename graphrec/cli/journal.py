"""The one place where commands are written down in the journal, and which of them touch people's data."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from graphrec.config.settings import Settings
    from graphrec.journal.recording import Kind

#: Command → what it does to people's data; None: it touches none. A command that is missing here counts as ``write``.
COMMANDS: dict[str, Kind | None] = {
    "quickstart": "write",
    "load atomic": "write",
    "load lightgcn": "write",
    "load mmrec": "write",
    "load movielens": "write",
    "load posts": "write",
    "load tables": "write",
    "inspect": "read",
    "embed": "derive",
    "train": "derive",
    "tune": "derive",
    "evaluate": "derive",
    "interest": "derive",
    "benchmark": "derive",
    "audit content": "derive",
    "audit poisoning": "derive",
    "audit privacy": "derive",
    "audit stability": "derive",
    "update": "write",
    "publish": "write",
    "runs": None,
    "runs clean": "remove",
    "runs plot": None,
    "rollback": "write",
    "forget": "remove",
    "expire": "remove",
    "person": "copy",
    "pseudonyms fingerprint": None,
    "pseudonyms key": None,
    "pseudonyms reidentify": "read",
    "pseudonyms rotate": "write",
    "recommend": "read",
    "explain": "read",
    "whatif": "read",
    "write": "read",
    "similar": None,
    "cypher": "read",
    "export": "copy",
    "search": "read",
    "trends": "read",
    "chat": "read",
    "serve": "read",
    "serve keys add": "access",
    "serve keys list": None,
    "serve keys remove": "access",
    "content report": "derive",
    "content tune": "derive",
    "quality": "read",
    "doctor": None,
    "journal": None,
    "db backup": "copy",
    "db browser": "access",
    "db check": None,
    "db clean": "remove",
    "db logs": None,
    "db restore": "write",
    "db start": None,
    "db status": None,
    "db stop": None,
}
#: The parameter that names a person.
USER = "user"
#: Names of runs, which are graphrec's own, are kept as they are given.
_RUN = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{4}(~[0-9a-z]+)*")


def journaled(command: click.Command, path: str) -> click.Command:
    """Let a command, or all commands of a group, be written down when they are called.

    Parameters
    ----------
    command
        It is changed in place, once.
    path
        Its name, with those of the groups that it is in.
    """
    if getattr(command, "_journaled", False):
        return command
    if isinstance(command, click.Group):
        find = command.get_command

        def get_command(context: click.Context, name: str) -> click.Command | None:
            found = find(context, name)
            return None if found is None else journaled(found, f"{path} {name}")

        setattr(command, "get_command", get_command)  # noqa: B010  # of this group alone, whatever its class
    if command.callback is not None and not (isinstance(command, click.Group) and not command.invoke_without_command):
        command.callback = _written_down(command.callback, path)
    setattr(command, "_journaled", True)  # noqa: B010
    return command


def _written_down(callback: Callable[..., Any], path: str) -> Callable[..., Any]:
    kind = COMMANDS.get(path, "write")
    if kind is None:
        return callback

    @wraps(callback)
    def call(*args: Any, **options: Any) -> Any:
        from graphrec.config.settings import load_settings
        from graphrec.journal.recording import Recording, has_anything, recorded

        context = click.get_current_context()
        if context.invoked_subcommand is not None:  # of a group, which does nothing itself
            return callback(*args, **options)
        run = context.params.get("run")
        known = {"run": run} if isinstance(run, str) and _RUN.fullmatch(run) else {}
        settings = load_settings()
        users = [_stored(settings, context.params.get(USER))]
        recording = Recording(path, kind, "command", users, options=_given(context), **known)
        with recorded(recording, settings, wait=not has_anything(settings)):
            return callback(*args, **options)

    return call


def _stored(settings: Settings, user: Any) -> Any:
    """Return the id under which a person is stored: a fingerprint of an id behind a pseudonym could be guessed."""
    from graphrec.common.errors import ConfigError
    from graphrec.pseudonyms.door import user_of

    try:
        return user_of(settings, user)
    except ConfigError:  # the command says so
        return None


def _given(context: click.Context) -> list[str]:
    """Return the names of the options that were given, without their values."""
    given = (ParameterSource.COMMANDLINE, ParameterSource.PROMPT)
    return [
        param.opts[-1]
        for param in context.command.params
        if isinstance(param, click.Option) and context.get_parameter_source(param.name or "") in given
    ]
