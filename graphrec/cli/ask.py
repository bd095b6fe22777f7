"""Questions before something that is probably not meant."""

from __future__ import annotations

import sys

import click

from graphrec.common.console import note
from graphrec.common.errors import InputError


def ask(problem: str, question: str, *, hint: str) -> None:
    """Go on where the answer on the terminal is yes.

    Parameters
    ----------
    problem, question
        What is unusual, and what is asked.
    hint
        The next step where there is no terminal to ask on.

    Raises
    ------
    InputError
        There is no terminal.
    click.Abort
        The answer is no.
    """
    if not sys.stdin.isatty():
        raise InputError(problem, hint=hint)
    note(problem)
    click.confirm(question, abort=True, err=True)
