"""Ask for confirmation of unusual requests."""

from __future__ import annotations

import sys

import click

from graphrec.common.console import is_terminal, note
from graphrec.common.errors import InputError


def ask(problem: str, question: str, *, hint: str) -> None:
    """Ask a question on the terminal and continue if the answer is yes.

    Parameters
    ----------
    problem, question
        What is unusual, and the question.
    hint
        Next step, shown if stdin is not a terminal.

    Raises
    ------
    InputError
        stdin is not a terminal.
    click.Abort
        The answer is no.
    """
    if not is_terminal(sys.stdin):
        raise InputError(problem, hint=hint)
    note(problem)
    click.confirm(question, abort=True, err=True)
