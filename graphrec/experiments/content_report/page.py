"""``report.md``: the tables, the plots, and the examples by title."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graphrec.common.markdown import escaped, markdown_table
from graphrec.experiments.content_report.tables import facts, tables


def markdown(found: Mapping[str, Any]) -> str:
    """Return the page."""
    lines = ["# What content is worth", "", f"**{escaped(found['verdict'])}**", ""]
    if found.get("plot"):
        lines += [f"![Every condition]({found['plot']})", ""]
    lines += [*(f"{fact}  " for fact in facts(found)), ""]
    for table in tables(found):
        lines += [f"## {table.title}", "", *([table.about, ""] if table.about else [])]
        lines += [markdown_table(table.rows, table.columns), "", *([escaped(table.below), ""] if table.below else [])]
    if found.get("maps"):
        lines += ["## Maps", ""]
        lines += [f"![Map of {drawn['modality']}]({drawn['file']})\n" for drawn in found["maps"]]
    if found.get("examples"):
        lines += ["## What lies nearest", "", *_examples(found["examples"])]
    return "\n".join(lines).rstrip() + "\n"


def _examples(examples: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for example in examples:
        yield f"**{escaped(example['title'])}**"
        yield ""
        for name, near in example["near"].items():
            yield f"- by {name}: " + "; ".join(f"{escaped(n['title'])} ({n['cosine']:.2f})" for n in near)
        yield ""
