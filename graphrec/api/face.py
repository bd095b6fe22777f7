"""What the Python API says: hints name Python calls instead of commands, and advice is a Python warning.

Everything below the API words its hints for the command line; they are translated here, in one place.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable
from functools import wraps
from types import FunctionType
from typing import Any, ParamSpec, TypeVar

from graphrec.common.console import advice
from graphrec.common.errors import GraphrecError, GraphrecWarning

P = ParamSpec("P")
R = TypeVar("R")
C = TypeVar("C", bound=type)

#: Commands that have a method, as they are called in the examples of the documentation.
_CALLS = {
    "load": "graph.load(interactions)",
    "inspect": "graph.inspect()",
    "embed": "graph.embed()",
    "train": "graph.fit()",
    "publish RUN": "graph.publish(graphrec.Model.load(run))",
    "publish": "graph.publish(model)",
    "rollback": "graph.rollback()",
    "update": "graph.update()",
    "forget USER": "graph.forget(user)",
    "similar ITEM": "graph.similar_items(item)",
}
_NAMES = "|".join(_CALLS)
#: ``graphrec embed`` is a call; ``graphrec embed --text NAME`` has none, and neither has ``graphrec runs``.
_COMMAND = re.compile(rf"`graphrec ({_NAMES})`|\bgraphrec ({_NAMES})(?![\w`]| -| (?:[A-Z]|\w+'))")
_WITH_BY = re.compile(r"graphrec similar ITEM --by (\w+)")
_TEXT_OPTION = re.compile(r"--(by|stored|between|device|split) (?=([a-z]+(?:-[a-z]+)*))\2")
_OPTION = re.compile(r"--(epochs|lr|device|seed|split|by|k|compact)\b")
#: Variables → arguments of :func:`graphrec.connect`.
ARGUMENTS = {
    "NEO4J_URI": "uri",
    "NEO4J_USERNAME": "auth",
    "NEO4J_PASSWORD": "auth",
    "NEO4J_DATABASE": "database",
}


def in_python(text: str, given: Iterable[str] = ()) -> str:
    """Return a message or a hint with Python calls in place of commands and options.

    Parameters
    ----------
    given
        The arguments given to :func:`graphrec.connect`: they are named in place of the variables.

    Examples
    --------
    >>> in_python("`graphrec train`, then `graphrec publish`; or compare by content: --by content")
    "graph.fit(), then graph.publish(model); or compare by content: by='content'"
    >>> in_python("`graphrec runs` lists the trained ones")
    '`graphrec runs` lists the trained ones'
    """
    text = text.replace("set NEO4J_USERNAME and NEO4J_PASSWORD", "give auth=(user, password) to connect()")
    for variable, argument in ARGUMENTS.items():
        if argument in given:
            text = text.replace(variable, argument)
    text = _WITH_BY.sub(r"graph.similar_items(item, by='\1')", text)
    text = _COMMAND.sub(lambda found: _CALLS[found[1] or found[2]], text)
    text = _TEXT_OPTION.sub(r"\1='\2'", text)
    text = _OPTION.sub(r"\1", text)
    return re.sub(r"\brun (?=graph\.)", "call ", text)


def python_face(call: Callable[P, R]) -> Callable[P, R]:
    """Return a function whose errors and warnings speak Python."""

    @wraps(call)
    def speaking(*args: P.args, **named: P.kwargs) -> R:
        with advice() as messages:
            try:
                result = call(*args, **named)
            except GraphrecError as error:
                given = getattr(args[0], "_given", ()) if args else ()
                error.message = in_python(error.message, given)
                error.hint = error.hint and in_python(error.hint, given)
                raise
        for message in dict.fromkeys(messages):
            warnings.warn(message, GraphrecWarning, stacklevel=2)
        return result

    return speaking


def python_faces(cls: C) -> C:
    """Apply :func:`python_face` to the public methods of a class, and to what opens it."""
    for name, member in list(vars(cls).items()):
        if name.startswith("_") and name != "__init__":
            continue
        if isinstance(member, FunctionType):
            setattr(cls, name, python_face(member))
        elif isinstance(member, classmethod):
            setattr(cls, name, classmethod(python_face(member.__func__)))
        elif isinstance(member, property) and member.fget is not None:
            setattr(cls, name, property(python_face(member.fget), doc=member.__doc__))
    return cls


def given_arguments(**arguments: Any) -> frozenset[str]:
    """Return the names of the arguments that are not None."""
    return frozenset(name for name, value in arguments.items() if value is not None)
