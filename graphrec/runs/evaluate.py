"""Evaluate a run on its held-out behaviours."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor

from graphrec.common.errors import InputError
from graphrec.common.files import write_json
from graphrec.evaluation.ranking import Among, HeldOut, evaluate_split
from graphrec.evaluation.split import Split
from graphrec.runs import layout
from graphrec.runs.run import Run
from graphrec.runs.stored_context import INFO


def evaluate_run(
    run: Run,
    on: HeldOut,
    *,
    ks: Sequence[int] = (10, 20),
    tail: int | None = None,
    among: Among | None = None,
    advance: Callable[[int], None] | None = None,
) -> dict[str, Any]:
    """Evaluate a run, add the result to its ``evaluation.json``, and return it.

    See :func:`evaluate_split`. ``advance`` is called with the number of users scored. Where validation chose a context,
    ``context`` has the figures of the held-out behaviours, each in its own (:mod:`graphrec.runs.in_context`).

    Raises
    ------
    InputError
        ``evaluation.json`` is damaged, or the validation split is requested although the run was refitted on it.
    """
    if on == "valid" and run.refit:
        raise InputError(
            f"{run.run_id} was refitted on train and validation, so its validation score means nothing",
            hint="--on test, or train without --refit",
        )
    file = run.path / layout.EVALUATION
    try:
        results = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    except ValueError as error:
        raise InputError(f"{file}: not JSON: {error}", hint="remove it") from error

    def score(users: Tensor) -> Tensor:
        if advance is not None:
            advance(len(users))
        return run.scores(users, "heldout")

    result = evaluate_split(score, run.split, on, ks=ks, tail=tail, among=among).to_dict()
    if (run.info.get(INFO) or {}).get("variables") and tail is None and among is None:
        from graphrec.runs.in_context import evaluate_in_context

        result |= {"context": evaluate_in_context(run, on, min(ks))}
    write_json(file, results | {question(run.split, on, tail, among): result})
    return result


def question(split: Split, on: HeldOut, tail: int | None = None, among: Among | None = None) -> str:
    """Return the key of an evaluation in ``evaluation.json``: ``test``, ``test tail 5``, ``test among all``."""
    name = on if tail is None else f"{on} tail {tail}"
    return f"{name} among all" if among == "all" and on in split.cold else name
