"""Every command that the README gives after the quickstart runs on the quickstart's data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from graphrec.config.settings import Settings
from graphrec.content.embed import embed
from graphrec.publishing.publish import publish
from graphrec.training.train import train
from tests.docs.test_examples import all_blocks, commands

#: Blocks that hold one of these are about another graph or machine.
ELSEWHERE = ("NEO4J_", "pip install")
#: Not run here: other tests run them, and they take minutes or go on until they are stopped.
LONG = (
    "quickstart",
    "train",
    "tune",
    "content",
    "benchmark",
    "interest",
    "update --every",
    "serve",
    "db",
    "doctor",
    "load",
    "trends",
    "chat",
)
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


def readme_commands() -> list[tuple[str, ...]]:
    """Return the arguments of each ``graphrec`` command in the shell blocks about the quickstart's data."""
    return [
        tuple(words[1:])
        for block in all_blocks()
        if block.page.name == "README.md" and block.language == "sh"
        if not any(word in block.text for word in ELSEWHERE)
        for line in block.text.splitlines()
        for words in commands(line)
        if words[0] == "graphrec"
    ]


ALL = readme_commands()
RUN = [one for one in ALL if not " ".join(one).startswith(LONG)]


@pytest.fixture(scope="module")
def quickstarted(tmp_path_factory: pytest.TempPathFactory, sample_project: Any) -> Iterator[Settings]:
    """A project with the catalogue of the quickstart, embedded, trained for a moment and published."""
    with sample_project(tmp_path_factory.mktemp("readme"), TOML) as (settings, db):
        embed(db, settings)
        publish(db, train(db, settings).run, settings.publish.k, settings=settings)
        yield settings


@pytest.mark.usefixtures("quickstarted")
def test_the_python_block_runs_right_after_the_quickstart(capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = (one for one in all_blocks() if one.page.name == "README.md" and one.language == "python")
    exec(compile(block.text, "README.md", "exec"), {})
    said = capsys.readouterr().out
    assert all(word in said for word in ("u002", "item_id", "Name: sentence")), said


def test_commands_are_found() -> None:
    assert ("quickstart",) in ALL
    assert len(RUN) >= 4, "the README shows what to ask after the quickstart"


@pytest.mark.parametrize("arguments", RUN, ids=" ".join)
def test_the_example_answers(quickstarted: Settings, run: Any, arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 0, result.stderr
    least = 2 if arguments[0] in ("recommend", "similar", "search") else 1  # a header, and an item at least
    assert len(result.stdout.splitlines()) >= least, f"{result.stdout}{result.stderr}"
