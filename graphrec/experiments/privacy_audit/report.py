"""The figures of an audit as tables, and as a page; intervals are 95 %, by bootstrap over people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphrec.common.html_text import escaped
from graphrec.presentation.html_page import document

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1b1f24 }
table { border-collapse: collapse; margin: .5rem 0 1.5rem }
th, td { border-bottom: 1px solid #d4d7dc; padding: .25rem .7rem; text-align: left }
td { font-variant-numeric: tabular-nums }
"""


@dataclass(frozen=True)
class Table:
    """A table of text cells, with its title."""

    title: str
    columns: tuple[str, ...]
    rows: list[dict[str, str]]


def tables(data: Mapping[str, Any]) -> list[Table]:
    """Return the tables of what was audited."""
    at_few = "TPR at 1 % FPR"
    found = [
        Table(
            "membership: was the user in training?",
            ("from", "AUC", at_few),
            [_cells(row, at_few) for row in data.get("membership") or []],
        ),
        Table(
            "difference: was the user added between two trainings?",
            ("from", "AUC", at_few),
            [_cells(row, at_few) for row in data.get("difference") or []],
        ),
        Table(
            "attributes of users",
            ("attribute", "from", "AUC", "accuracy", "most frequent value"),
            [
                {"attribute": row["attribute"], "from": row["from"], "AUC": interval(row["auc"])}
                | {"accuracy": f"{row['accuracy']:.3f}", "most frequent value": f"{row['majority']:.3f}"}
                for row in data.get("attributes") or []
            ],
        ),
        Table(
            "interactions: does the user have the item, or one as popular?",
            ("from", "AUC"),
            [{"from": row["from"], "AUC": interval(row["auc"])} for row in data.get("interactions") or []],
        ),
        Table(
            f"what rests on few people (threshold {data['people']})",
            ("what", "number", "below", "at the threshold", "fewest people"),
            [
                {"what": row["what"], "number": str(row["total"]), "below": str(row["few"])}
                | {"at the threshold": str(row["at_bound"])}
                | {"fewest people": "–" if row["least"] is None else str(row["least"])}
                for row in data.get("few_people") or []
            ],
        ),
    ]
    return [table for table in found if table.rows]


def _cells(row: Mapping[str, Any], at_few: str) -> dict[str, str]:
    return {"from": row["from"], "AUC": interval(row["auc"]), at_few: interval(row["tpr"])}


def interval(value: Mapping[str, float] | None) -> str:
    """Return a figure with its interval.

    >>> interval({"mean": 0.25, "low": 0.2, "high": 0.3})
    '0.250 [0.200, 0.300]'
    """
    return "–" if value is None else f"{value['mean']:.3f} [{value['low']:.3f}, {value['high']:.3f}]"


def about(data: Mapping[str, Any]) -> str:
    """Return what was audited, in a sentence."""
    epsilon = "none" if data["epsilon"] is None else f"ε = {data['epsilon']:g}"
    text = (
        f"run {data['run']}: {data['attacked']:,} of {data['users']:,} users attacked, {data['items']:,} items, lists "
        f"of {data['k']}; differential privacy: {epsilon}"
    )
    if (shadows := data["shadows"]) is None:
        return text
    return (
        f"{text}; {shadows['models']} shadow models ({shadows['objective']}, at most {shadows['epochs']} epochs), each "
        "on a random half of the users"
    )


def page(data: Mapping[str, Any]) -> str:
    """Return the report as one self-contained page."""
    body = ["<h1>What a run tells of people</h1>", f"<p>{escaped(about(data))}</p>", "<h2>Advice</h2><ul>"]
    body += [*(f"<li>{escaped(one)}</li>" for one in data["advice"]), "</ul>"]
    for table in tables(data):
        body += [f"<h2>{escaped(table.title)}</h2>", *_grid(table.columns, table.rows)]
    return document("What a run tells of people", _STYLE, body)


def _grid(columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> list[str]:
    head = "<table><tr>" + "".join(f"<th>{escaped(name)}</th>" for name in columns) + "</tr>"
    lines = ["<tr>" + "".join(f"<td>{escaped(row[name])}</td>" for name in columns) + "</tr>" for row in rows]
    return [head, *lines, "</table>"]
