"""``report.md``: the tables and pictures, and the examples by their titles."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graphrec.proof.tables import Table, facts, tables


def markdown(found: Mapping[str, Any]) -> str:
    """Return the page."""
    lines = ["# What content is worth", "", *(f"{fact}  " for fact in facts(found)), ""]
    for table in tables(found):
        lines += [f"## {table.title}", "", *([table.about, ""] if table.about else []), *_grid(table), ""]
        lines += [_escaped(table.below), ""] if table.below else []
    if found.get("plot"):
        lines += ["## Pictures", "", f"![Every condition]({found['plot']})", ""]
        lines += [f"![Map of {drawn['modality']}]({drawn['file']})\n" for drawn in found["maps"]]
    if found.get("examples"):
        lines += ["## What lies nearest", "", *_examples(found["examples"])]
    return "\n".join(lines).rstrip() + "\n"


def _grid(table: Table) -> Iterator[str]:
    yield "| " + " | ".join(map(_escaped, table.columns)) + " |"
    yield "|" + "---|" * len(table.columns)
    for row in table.rows:
        yield "| " + " | ".join(_escaped(row.get(name, "")) for name in table.columns) + " |"


def _examples(examples: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for example in examples:
        yield f"**{_escaped(example['title'])}**"
        yield ""
        for name, near in example["near"].items():
            yield f"- by {name}: " + "; ".join(f"{_escaped(n['title'])} ({n['cosine']:.2f})" for n in near)
        yield ""


def _escaped(text: str) -> str:
    r"""Return text that Markdown shows as it is, on one line.

    >>> _escaped("a | b\n<i>")
    'a \\| b \\<i\\>'
    """
    return re.sub(r"([\\`*_\[\]<>|&])", r"\\\1", " ".join(text.split()))
