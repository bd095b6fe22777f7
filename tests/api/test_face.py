"""Hints of the Python API name Python calls, and a request that cannot be meant is a Python warning."""

from __future__ import annotations

import ast
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import graphrec
from graphrec.api.face import in_python
from graphrec.common.console import advise

HOUSE = Path(graphrec.__file__).parent
#: What the Python API runs; the other packages are commands.
BELOW = ("common", "db", "graph", "content", "model", "runs", "training", "publishing", "serving", "updating")
#: Hints that name a command with options that no method has, or a shell where the command was begun.
IN_A_SHELL = re.compile(r"--write|--resume|--refit|--llm|--search|embed --|embed \{back\}|'graphrec load|inspect\)")


def hints() -> Iterator[tuple[str, str]]:
    """Yield file and text of every hint that is written in the house."""
    for file in sorted(file for package in BELOW for file in (HOUSE / package).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "hint":
                yield str(file.relative_to(HOUSE)), ast.unparse(node.value)


def test_no_hint_names_a_command_that_has_a_method():
    found = [(file, hint, in_python(hint)) for file, hint in hints()]
    assert len(found) > 100
    commands = re.compile(r"graphrec (load|embed|fit|train|publish|rollback|update|forget)\b|--(by|stored|between)\b")
    left = [(file, hint) for file, hint, said in found if commands.search(said) and not IN_A_SHELL.search(said)]
    assert not left


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("`graphrec runs` lists; `graphrec publish RUN` publishes", "`graphrec runs` lists; graph.publish("),
        ("run graphrec load or graphrec quickstart", "call graph.load(interactions) or graphrec quickstart"),
        ("say which: --stored text, or --stored number", "say which: stored='text', or stored='number'"),
        ("graphrec embed --llm DIR", "graphrec embed --llm DIR"),
        ("try a lower [train] lr or more --epochs", "try a lower [train] lr or more epochs"),
    ],
)
def test_commands_become_calls(text: str, said: str):
    assert in_python(text).startswith(said)


def test_an_address_that_was_passed_is_named_and_no_variable():
    with pytest.raises(graphrec.DatabaseError, match=r"^uri='localhost:7687' is not a Neo4j address") as caught:
        graphrec.connect("localhost:7687")
    assert "NEO4J_URI" not in str(caught.value)
    with pytest.raises(graphrec.DatabaseError, match="is the server running, and uri right"):
        graphrec.connect("neo4j://localhost:1", auth=("neo4j", "secret"))


def test_arguments_name_what_is_valid():
    frame = pd.DataFrame({"user": [1, 2], "item_id": [1, 2]})
    with pytest.raises(graphrec.InputError, match="no column 'user_id'") as caught:
        graphrec.fit_frames(frame)
    assert caught.value.hint == "pass user='user'"
    with pytest.raises(graphrec.ConfigError, match="split='time': no such split") as refused:
        graphrec.fit_frames(frame, split="time")  # type: ignore[arg-type]
    assert "'user-time'" in str(refused.value.hint)


def test_advice_is_logged_without_the_api(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.WARNING):
        advise("nothing fits")
    assert caplog.messages == ["nothing fits"]
