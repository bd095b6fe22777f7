"""Write the pages that follow from the code: commands and options, the API of the service, the list of decisions.

``python docs/generate.py`` writes them; a test says where they are out of date.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path

import click

from graphrec.cli.main import cli
from graphrec.config.settings import load_settings
from graphrec.service.app import create_app

DOCS = Path(__file__).resolve().parent
NOTE = "<!-- Written by `python docs/generate.py`: do not edit. -->"


def commands() -> str:
    """Return the page of all commands: usage, help, arguments and options, as click knows them."""
    lines = [
        "# Commands",
        "",
        NOTE,
        "",
        "Every command also has `--help`. Results go to stdout, progress and notes to stderr (`graphrec -q` prints",
        "only warnings and errors); `--json` prints results for programs. Exit codes: 0 done, 1 where a check of",
        "`graphrec doctor` or `graphrec db check` fails, 2 an error that graphrec explains,",
        "70 one that it does not expect, 130 interrupted by Ctrl-C.",
    ]
    for context in contexts():
        lines += ["", *_command(context)]
    return "\n".join(lines) + "\n"


def contexts() -> Iterator[click.Context]:
    """Yield the context of each command, ``graphrec`` itself first, groups before what they hold."""
    whole = click.Context(cli, info_name="graphrec")
    yield whole
    yield from _below(whole)


def _below(context: click.Context) -> Iterator[click.Context]:
    group = context.command
    if not isinstance(group, click.Group):
        return
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is not None and not command.hidden:
            below = click.Context(command, info_name=name, parent=context)
            yield below
            yield from _below(below)


def options(command: click.Command) -> list[click.Option]:
    """Return the options of a command that people see."""
    return [one for one in command.params if isinstance(one, click.Option) and not one.hidden]


def _command(context: click.Context) -> Iterator[str]:
    command = context.command
    depth = max(2, context.command_path.count(" ") + 1)
    yield f"{'#' * depth} {context.command_path}"
    yield ""
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    yield from ("```text", usage, "```", "")
    # A line of its own for every paragraph: click wraps them anew for each terminal.
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        yield from (_plain(" ".join(paragraph.split())), "")
    for option in options(command):
        yield _option(option, context)


def _option(option: click.Option, context: click.Context) -> str:
    metavar = "" if option.is_flag or option.count else " " + _metavar(option, context)
    names = ", ".join([*option.opts, *option.secondary_opts])
    text = f"- `{names}{metavar}`: {_plain((option.help or '').strip())}"
    if option.multiple and "repeat" not in text:
        text += " Repeatable."
    said = _default(option)
    return text + (f" Default: `{said}`." if said else "")


def _metavar(option: click.Option, context: click.Context) -> str:
    """Return what stands for an option's value: ``N`` and ``X`` for numbers, else as click has it."""
    if option.metavar is None and isinstance(option.type, click.types.IntParamType):
        return "N"
    if option.metavar is None and isinstance(option.type, click.types.FloatParamType):
        return "X"
    return option.make_metavar(context)


def _default(option: click.Option) -> str | None:
    if isinstance(option.show_default, str):
        return option.show_default
    if not option.show_default or option.default is None:
        return None
    return ", ".join(map(str, option.default)) if isinstance(option.default, tuple) else str(option.default)


def _plain(text: str) -> str:
    """Return a text in which Markdown marks nothing but code."""
    return re.sub(r"(?<![`\w])([*_<])", r"\\\1", text)


def decisions() -> str:
    """Return the list of the decisions, the newest first."""
    files = sorted((DOCS / "decisions").glob("0*.md"), reverse=True)
    lines = [
        "# Decisions",
        "",
        NOTE,
        "",
        "What was decided, why, what was measured and what failed. A decision stays as it was written; a later one may",
        "change it.",
        "",
    ]
    for file in files:
        title = file.read_text(encoding="utf-8").split("\n", 1)[0].lstrip("# ")
        number, _, name = re.sub(r"^(\d+)\.? ", r"\1 ", title).partition(" ")
        lines.append(f"- [{int(number):04d}]({file.name}) {name}")
    return "\n".join(lines) + "\n"


def openapi() -> str:
    """Return the description of the service's API: OpenAPI 3.1."""
    return json.dumps(create_app(load_settings()).openapi(), ensure_ascii=False, indent=1) + "\n"


#: Page below ``docs/`` → what writes it.
PAGES = {"commands.md": commands, "decisions/index.md": decisions, "openapi.json": openapi}


def main() -> None:
    """Write the pages."""
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
