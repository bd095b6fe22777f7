"""What takes text and bytes from outside: each target either takes them, or refuses them in a clear message.

A target raises what it finds: any exception but the ones that graphrec means, and messages that a terminal would obey.
"""

from __future__ import annotations

import json
import runpy
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from graphrec.assistant.actions import Context
from graphrec.assistant.understanding.known_names import Vocabulary
from graphrec.assistant.understanding.rules import by_rules
from graphrec.client.models import Event, Events
from graphrec.common.errors import GraphrecError
from graphrec.common.html_text import escaped
from graphrec.common.printable import message_lines, printable
from graphrec.config import ids, paths, text_paths
from graphrec.config.roles import NodeRole
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import Neo4jSettings, Settings, load_settings
from graphrec.db.predicate_scan import scan, tokens_of
from graphrec.explanation.named_reason import Language
from graphrec.ingest.event import Event as Given
from graphrec.ingest.event import check_events
from graphrec.service.problem import ProblemError
from graphrec.service.strict_json import check_json
from graphrec_etl import atomic, lightgcn, mmrec, movielens, posts, tables, values
from graphrec_etl.guard import Guard
from graphrec_etl.rejects import Rejects
from tests.clear_answer import CONTROL

Target = Callable[[bytes], None]

_VOCABULARY: Vocabulary = runpy.run_path(str(Path(__file__).parents[1] / "benchmarks" / "understanding.py"))[
    "catalogue"
]()
_BODIES: TypeAdapter[Events | Event] = TypeAdapter(Events | Event)
_SETTINGS = Settings(root=Path(), home=Path(), runs=Path(), neo4j=Neo4jSettings())
_COMPOSITE = NodeRole("User", ("tenant", "userId"))
_MAP = b"[[behaviours]]\nfile='x.csv'\ntype='LIKED'\nuser='u'\nitem='i'\n"
#: First byte → the file that the others are, the files beside it, and what reads the folder.
_SOURCES: list[tuple[str, dict[str, bytes], Callable[[Path, Rejects], Any]]] = [
    ("x.inter", {}, atomic.transform),
    ("x.item", {"x.inter": b"user_id:token\titem_id:token\nu\t1\n"}, atomic.transform),
    ("x.inter", {}, mmrec.transform),
    ("train.txt", {"test.txt": b"0 1\n"}, lightgcn.transform),
    ("u.data", {"u.item": b"", "u.user": b""}, movielens.transform),
    ("x.csv", {"m.toml": _MAP}, lambda at, bad: tables.transform(at / "m.toml", bad)),
    ("m.toml", {"x.csv": b"u,i\n1,2\n"}, lambda at, bad: tables.transform(at / "m.toml", bad)),
    ("x.csv", {}, lambda at, bad: posts.transform([at / "x.csv"], GraphSchema(), bad, {}, "utf-8", Guard(_SETTINGS))),
    (
        "x.jsonl",
        {},
        lambda at, bad: posts.transform([at / "x.jsonl"], GraphSchema(), bad, {}, "utf-8", Guard(_SETTINGS)),
    ),
]


def loaders(data: bytes) -> None:
    """Files of data, in every format."""
    name, others, transform = _SOURCES[data[0] % len(_SOURCES) if data else 0]
    with tempfile.TemporaryDirectory() as folder:
        for other, content in others.items():
            (Path(folder) / other).write_bytes(content)
        (Path(folder) / name).write_bytes(data[1:])
        rejects = Rejects()
        try:
            transform(Path(folder), rejects)
        except GraphrecError as error:
            _clear(error)
        for reject in rejects.first:
            assert CONTROL.search(message_lines(reject)) is None


def configuration(data: bytes) -> None:
    """``graphrec.toml``."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "graphrec.toml"
        file.write_bytes(data)
        try:
            load_settings(file)
        except GraphrecError as error:
            _clear(error, str(file))


def filters(data: bytes) -> None:
    """``--where``, and paths of a mapping."""
    text = data.decode("utf-8", "surrogateescape")
    for read in (scan, paths.parse, text_paths.parse_text):
        try:
            read(text)
        except (GraphrecError, ValueError) as error:
            _clear(error)
    try:
        scan(text)
    except GraphrecError:
        return
    # What is let through stays within the parentheses of a query.
    depth = 0
    for token in tokens_of(text):
        depth += {"(": 1, ")": -1}.get(token.text, 0) if token.kind == "sign" else 0
        assert depth >= 0
        assert token.text not in (";", "//", "/*", "$") or token.kind in ("text", "ticks")
    assert depth == 0


def identifiers(data: bytes) -> None:
    """Ids as typed, with one key and with two; values of cells."""
    text = data.decode("utf-8", "replace")
    for role in (None, NodeRole("User", ("userId",)), _COMPOSITE):
        forms = ids.stored_forms(text, role)
        assert forms
        assert len(forms) == len({(type(form), form) for form in forms})
    assert ids.same_id(text, text)
    for read in (values.token, values.key):
        try:
            read(text)
        except ValueError as error:
            _clear(error)
    assert CONTROL.search(printable(text)) is None
    assert "<" not in escaped(text)


def events(data: bytes) -> None:
    """Bodies of requests, and the events in them."""
    try:
        check_json(data)
    except ProblemError as error:
        _clear(error)
        return
    value = json.loads(data)  # what is let through is JSON for any reader
    try:
        body = _BODIES.validate_python(value)
        given = body.events if isinstance(body, Events) else [body]
        names = {"user_id": "user", "item_id": "item"}
        check_events(
            [Given(**{names.get(name, name): value for name, value in dict(one).items()}) for one in given],
            GraphSchema(),
        )
    except ValidationError:
        pass  # the service answers 422
    except GraphrecError as error:
        _clear(error)


def words(data: bytes) -> None:
    """What somebody says to the assistant."""
    text = data.decode("utf-8", "replace")[:1_000]
    languages: tuple[Language, ...] = ("en", "zh")
    for language in languages:
        by_rules(text, language, Context(), _VOCABULARY)


TARGETS: dict[str, Target] = {
    target.__name__: target for target in (loaders, configuration, filters, identifiers, events, words)
}


def _clear(error: Exception, place: str = "") -> None:
    """Check a message: what parsers say (``ValueError``) is put into one that names the place."""
    if isinstance(error, ProblemError):
        assert 400 <= error.status_code < 500
    message = message_lines(error)
    assert place in message
    assert CONTROL.search(message) is None
    assert len(message) < 5_000
