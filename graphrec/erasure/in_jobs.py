"""Find and remove a user among the examples in reports on the data that jobs of the service have left."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from graphrec.common.files import write_json
from graphrec.config.settings import Settings

_REPORTS = "service/jobs/*/result.json"


def look(settings: Settings, forms: Sequence[Any]) -> int:
    """Return how often the user is an example."""
    return sum(_named(report, forms) for _, report in _reports(settings))


def read(settings: Settings, forms: Sequence[Any]) -> list[dict[str, Any]]:
    """Return these examples, each with its report and what it is an example of."""
    return [
        {"report": path.parent.name, "finding": {k: v for k, v in finding.items() if k != "examples"}, "example": one}
        for path, report in _reports(settings)
        for finding in _findings(report)
        for one in finding["examples"]
        if _is(one, forms)
    ]


def remove(settings: Settings, forms: Sequence[Any]) -> None:
    """Remove these examples, replacing each report atomically.

    Raises
    ------
    InputError, ResourceError
        A report cannot be written.
    """
    for path, report in _reports(settings):
        if _named(report, forms):
            for finding in _findings(report):
                finding["examples"] = [one for one in finding["examples"] if not _is(one, forms)]
            write_json(path, report)


def _reports(settings: Settings) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in sorted(settings.home.glob(_REPORTS)):
        with suppress(OSError, ValueError):  # of a job that is at work, or has failed
            report = json.loads(path.read_text(encoding="utf-8"))
            if isinstance(report, dict):
                yield path, report


def _findings(report: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for part in ("findings", "cut"):
        yield from report.get(part, ())


def _named(report: dict[str, Any], forms: Sequence[Any]) -> int:
    return sum(_is(example, forms) for finding in _findings(report) for example in finding["examples"])


def _is(example: Any, forms: Sequence[Any]) -> bool:
    """Return whether an example is the user, or a behaviour of the user."""
    return (example[0] if isinstance(example, list) and example else example) in forms
