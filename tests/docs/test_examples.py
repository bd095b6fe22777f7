"""What the pages show can be done: settings are read, command lines parsed, Python run, Cypher explained."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import click
import msgspec
import pytest

from graphrec.cli.main import cli
from graphrec.config.settings import Settings, load_settings
from graphrec.db.database import Database
from graphrec.serving.cypher_filter import Where
from graphrec_etl.mapping import Mapping, read_mapping

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


class Block(NamedTuple):
    """A fenced block of a page."""

    page: Path
    line: int
    language: str
    text: str


def all_blocks() -> list[Block]:
    """Return every block of the pages."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        matches = re.finditer(r"^```(\w*)[^\n]*\n(.*?)^```$", text, re.M | re.S)
        found += [Block(page, text[: match.start()].count("\n") + 1, match[1], match[2]) for match in matches]
    return found


def blocks(language: str) -> list[Any]:
    """Return the blocks in a language, each named by its page and line."""
    return [pytest.param(b, id=f"{b.page.name}:{b.line}") for b in all_blocks() if b.language == language]


def test_every_block_says_its_language():
    """One that does not would be left out of the tests below."""
    languages = {block.language for block in all_blocks() if block.page.name != "README.md"}
    assert languages == {"sh", "toml", "python", "cypher", "text", "javascript"}


@pytest.mark.parametrize("block", blocks("toml"))
def test_toml_is_read(block: Block, tmp_path: Path):
    """A mapping of files by its reader, anything else as settings."""
    file = tmp_path / "block.toml"
    file.write_text(block.text, encoding="utf-8")
    if set(tomllib.loads(block.text)) <= {field.name for field in msgspec.structs.fields(Mapping)}:
        read_mapping(file)
    else:
        load_settings(file)


def commands(line: str) -> list[list[str]]:
    """Return the commands of a line of shell, each as its words."""
    words = shlex.shlex(line, posix=True, punctuation_chars=True)
    words.whitespace_split = True
    found: list[list[str]] = [[]]
    for word in words:
        if set(word) <= set("();<>|&"):
            found.append([])
        elif found[-1] or not re.fullmatch(r"\w+=\S*", word):  # NAME=value before a command is no part of it
            found[-1].append(word)
    return [words[2:] if words[:2] == ["uv", "run"] else words for words in found if words]


def parse(words: list[str]) -> None:
    """Parse a command line of graphrec with click, and run nothing."""
    command: click.Command = cli
    context = click.Context(cli, info_name="graphrec")
    while isinstance(command, click.Group):
        # Its own options come before the command; a group that runs alone may have no more.
        _, words, _ = command.make_parser(context).parse_args(list(words))
        if not words:
            return
        name, below, words = command.resolve_command(context, words)
        assert below is not None
        command, context = below, click.Context(below, info_name=name, parent=context)
    command.make_context(context.info_name, words, parent=context.parent)


@pytest.mark.parametrize("block", blocks("sh"))
def test_command_lines_parse(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    for name in ("poster.jpg", "said.wav"):  # search takes files that are there
        (tmp_path / name).touch()
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    for line in block.text.replace("\\\n", " ").splitlines():
        for words in commands(line):
            if words[0] == "graphrec":
                parse(words[1:])
            elif words[0] == "python" and words[1].endswith(".py"):
                assert (ROOT / words[1]).is_file(), line
            elif words[:2] == ["pip", "install"]:
                named = [re.fullmatch(r"(?:graphrec|\.)\[(.+)\]", word) for word in words[2:]]
                assert {extra for match in named if match for extra in match[1].split(",")} <= set(extras), line


def inline() -> list[Any]:
    """Return what pages call commands in running text."""
    found = []
    for page in PAGES:
        text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.M | re.S)
        told = sorted(set(re.findall(r"(?<!`)`graphrec ([a-z][^`]*)`", text)))
        found += [pytest.param(one, id=f"{page.name}: {one}") for one in told if page.name != "commands.md"]
    return found


@pytest.mark.parametrize("told", inline())
def test_commands_in_the_text_are_there(told: str):
    words = told.split()
    command, context = cli, click.Context(cli, info_name="graphrec")
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        _, command, words = command.resolve_command(context, words)
    options = {
        name for one in command.params if isinstance(one, click.Option) for name in [*one.opts, *one.secondary_opts]
    }
    assert {word for word in words if word.startswith("-")} <= options


#: Pages whose examples other tests run.
ELSEWHERE = {"clients.md", "service-client.md", "README.md", "copy.md"}


def test_python_runs(settings: Settings, db: Database):
    """The examples of a page run one after the other, in one project, and share their names.

    Those of ``clients.md`` need packages of their own: ``tests/clients/test_page.py``. README.md and ``copy.md`` ask
    after the quickstart: ``test_readme.py``, ``tests/test_notebooks.py``. That of ``service-client.md`` needs a
    service: ``tests/service/test_client.py``.
    """
    toml = '[content]\ntext = "tfidf"\n[train]\nepochs = 2\n'
    (settings.root / "graphrec.toml").write_text(toml, encoding="utf-8")
    pages: dict[Path, dict[str, Any]] = {}
    # The other pages ask what python.md has loaded.
    for block in sorted(all_blocks(), key=lambda one: one.page.name != "python.md"):
        if block.language == "python" and block.page.name not in ELSEWHERE:
            code = compile(block.text, f"{block.page.name}:{block.line}", "exec")
            exec(code, pages.setdefault(block.page, {}))
    shown = pages[ROOT / "docs" / "python.md"]
    assert shown["same"].run_id == shown["model"].run_id


#: Values with which any query of the pages compiles.
VALUES = {"user": "196", "item": "50", "k": 10}
CLAUSE = re.compile(r"(?://[^\n]*\n)*\s*(?:CALL|CREATE|DROP|MATCH|OPTIONAL|RETURN|SHOW|UNWIND|WITH)\b")


@pytest.mark.parametrize("block", blocks("cypher"))
def test_cypher_compiles(block: Block, db: Database):
    """Queries are explained; predicates on items are run as filters; commands on the schema are carried out."""
    if not CLAUSE.match(block.text):
        for line in block.text.splitlines():
            Where(line, "[docs]").items(db, load_settings().graph, None)
        return
    for statement in filter(None, map(str.strip, block.text.split(";"))):
        db.auto(statement if statement.startswith("DROP") else f"EXPLAIN {statement}", **VALUES)
