"""Every command that the README gives after the quickstart runs on the quickstart's data."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graphrec.config.settings import Settings
from graphrec.content.embed import embed
from graphrec.publishing.publish import publish
from graphrec.training.train import train

README = Path(__file__).resolve().parents[1] / "README.md"
#: Blocks that hold one of these are about another graph or machine.
ELSEWHERE = ("NEO4J_", "pip install")
#: Not run here: other tests run them, and they take minutes or go on until they are stopped.
LONG = ("quickstart", "train", "tune", "content", "benchmark", "interest", "update --every", "db", "doctor", "load")
#: Small and quick; the data is the quickstart's.
TOML = """
[content]
image = "classical"
audio = "none"
dim = 16
[model]
dim = 8
[train]
epochs = 2
"""


def commands(text: str) -> list[tuple[str, ...]]:
    """Return the arguments of each ``graphrec`` command in the shell blocks of a page about the quickstart's data."""
    found = []
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        if any(word in block for word in ELSEWHERE):
            continue
        for line in block.splitlines():
            words = shlex.shlex(line, posix=True, punctuation_chars=";&|")
            words.whitespace_split = True
            one: list[str] = []
            for word in [*words, ";"]:
                if set(word) <= set(";&|"):
                    named = one[2:] if one[:2] == ["uv", "run"] else one
                    found += [tuple(named[1:])] if named[:1] == ["graphrec"] else []
                    one = []
                else:
                    one.append(word)
    return found


ALL = commands(README.read_text(encoding="utf-8"))
RUN = [one for one in ALL if not " ".join(one).startswith(LONG)]


@pytest.fixture(scope="module")
def quickstarted(tmp_path_factory: pytest.TempPathFactory, sample_project: Any) -> Iterator[Settings]:
    """A project with the catalogue of the quickstart, embedded, trained for a moment and published."""
    with sample_project(tmp_path_factory.mktemp("readme"), TOML) as (settings, db):
        embed(db, settings)
        publish(db, train(db, settings).run, settings.publish.k, settings=settings)
        yield settings


def test_commands_are_found_and_split() -> None:
    page = (
        "```sh\nuv run graphrec quickstart   # all\ngraphrec recommend u1 --where \"i.year; 'x'\"; graphrec runs\n```\n"
        "```sh\nexport NEO4J_URI=x\ngraphrec publish\n```\n```toml\ngraphrec no\n```\n"
    )
    assert commands(page) == [("quickstart",), ("recommend", "u1", "--where", "i.year; 'x'"), ("runs",)]
    assert ("quickstart",) in ALL
    assert len(RUN) >= 4, "the README shows what to ask after the quickstart"


@pytest.mark.parametrize("arguments", RUN, ids=" ".join)
def test_the_example_answers(quickstarted: Settings, run: Any, arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 0, result.stderr
    assert len(result.stdout.splitlines()) > 1, f"nothing but a header: {result.stdout}{result.stderr}"
