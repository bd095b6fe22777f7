"""Results of the forms, as data and as table rows."""

from __future__ import annotations

from typing import Any

from graphrec.evaluation.reports import difference, interval
from graphrec.experiments.late_fusion.forms import BlendForm
from graphrec.experiments.late_fusion.measure import Measured
from graphrec.runs.run import Run
from graphrec.training.selection import SURE


def as_data(run: Run, measured: Measured) -> dict[str, Any]:
    """Return plain data: ``chosen``, a list of ``forms`` and one of the ``parts``."""
    return {
        "runId": run.run_id,
        "metric": measured.metric,
        "chosen": measured.chosen.name,
        "written": run.interest["form"],
        "forms": [_form(measured, form) for form in measured.forms],
        "parts": [
            {
                "part": part.name,
                "dims": int(part.rows.shape[1]),
                "reduced": int(part.table.shape[1]),
                "kept": part.kept,
                "validWhole": measured.whole[part.name][0],
                "validReduced": measured.whole[part.name][1],
            }
            for part in measured.parts
        ],
    }


def _form(measured: Measured, form: BlendForm) -> dict[str, Any]:
    learned = measured.forms[0]
    report, other = measured.tests[form.name], measured.tests[learned.name]
    low, high = report.interval(measured.metric)
    found: dict[str, Any] = {
        "form": form.name,
        "weights": dict(form.shares),
        "valid": float(form.values.mean()),
        "test": {"mean": report.mean(measured.metric), "low": low, "high": high},
    }
    if form is learned:
        return found
    gain, error = form.gain(learned)
    return found | {
        "validGain": {"mean": gain, "error": error},
        "testGain": difference(report, other, measured.metric),
    }


def columns(metric: str) -> tuple[str, ...]:
    """Return the columns of :func:`as_rows`."""
    return ("form", "weights", f"valid {metric}", "minus learned ± error", f"test {metric}", "test minus learned")


def as_rows(found: dict[str, Any]) -> list[dict[str, str]]:
    """Return one row per form from :func:`as_data`, the chosen one marked."""
    names = columns(found["metric"])
    rows = []
    for form in found["forms"]:
        mark = " *" if form["form"] == found["chosen"] else ""
        weights = ", ".join(f"{name} {share:g}" for name, share in form["weights"].items())
        cells = [form["form"] + mark, weights, f"{form['valid']:.4f}", "", interval(form["test"]), ""]
        if "validGain" in form:
            cells[3] = f"{form['validGain']['mean']:+.4f} ± {form['validGain']['error']:.4f}"
            cells[5] = interval(form["testGain"], sign=True)
        rows.append(dict(zip(names, cells, strict=True)))
    return rows


def verdict(found: dict[str, Any]) -> str:
    """Return which form was chosen, and why."""
    if found["chosen"] == "learned":
        return f"the learned form stays: no other is ahead on validation by {SURE:g} standard errors"
    return f"chosen: {found['chosen']}, ahead of the learned form on validation by more than {SURE:g} standard errors"


def losses(found: dict[str, Any]) -> list[str]:
    """Return what the reduction of dimensions costs for each component."""
    return [
        f"{part['part']}: {part['reduced']} of {part['dims']} dimensions keep {part['kept']:.1%} of squared lengths; "
        f"alone it has {part['validReduced']:.4f} on validation, {part['validWhole']:.4f} with all of them"
        for part in found["parts"]
    ]
