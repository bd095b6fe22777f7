r"""Store a form in a run.

Only the ratios of scores matter in a list, so the learned ones keep their scale. With :math:`σ` the deviations and
:math:`v_p = (w_p / σ_p) / (w_L / σ_L)`, an item gets the further components :math:`\sqrt{v_p} t_i` from each table
:math:`t`, and a user their mean, weighted by the messages of the profile. Their inner product is :math:`v_p s_p`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import torch
from torch import Tensor

from graphrec.experiments.late_fusion.forms import LEARNED
from graphrec.experiments.late_fusion.measure import Measured
from graphrec.model import Profiles
from graphrec.model.user_encoder import UserEncoder
from graphrec.runs import layout
from graphrec.runs.layout import View
from graphrec.runs.run import Run


def write(run: Run, measured: Measured) -> Run:
    """Add the chosen form's components to a run, replacing earlier ones; return the changed run.

    Its evaluation is removed, because it was measured on other vectors.
    """
    shares, table = measured.chosen.shares, side_features(measured)
    arrays, old, about = run.arrays, run.encoder, run.encoder_arrays
    made = UserEncoder(old.profile_encoder, old.get_buffer("source"), old.get_buffer("weights"), old.als, table)
    had, item = arrays.side_features, arrays.items.item
    item = item[:, : item.shape[1] - had]
    users = {view: vectors[:, : vectors.shape[1] - had] for view, vectors in arrays.user.items()}
    if table is not None:
        item = torch.cat([item, table], 1)
        views: dict[View, Profiles] = {"heldout": measured.profiles, "all": run.profiles}
        users = {view: torch.cat([users[view], _means(made, profiles)], 1) for view, profiles in views.items()}
    added = 0 if table is None else table.shape[1]
    vectors = replace(arrays, user=users, items=replace(arrays.items, item=item), side_features=added)
    encoder = replace(about, encoder=made.tensors())
    layout.write_arrays(run.path, {layout.EMBEDDINGS: vectors.tensors(), layout.ENCODER: encoder.tensors()})
    (run.path / layout.EVALUATION).unlink(missing_ok=True)
    dims = {part.name: part.table.shape[1] for part in measured.parts if part.name in shares}
    run.update(interest=said(measured) | {"dims": dims}, trained=datetime.now(UTC).isoformat(timespec="milliseconds"))
    return Run(run.path, run.info)


@torch.inference_mode()
def _means(encoder: UserEncoder, profiles: Profiles) -> Tensor:
    return encoder.means(profiles).contiguous()


def side_features(measured: Measured) -> Tensor | None:
    """Return the items' further components, float32 ``[n_items, d]``; None if the learned form was chosen."""
    shares, deviations = measured.chosen.shares, measured.deviations
    base = shares[LEARNED] / deviations[LEARNED]
    tables = [
        part.table * (shares[part.name] / deviations[part.name] / base) ** 0.5
        for part in measured.parts
        if part.name in shares
    ]
    return torch.cat(tables, 1) if tables else None


def said(measured: Measured) -> dict[str, Any]:
    """Return the description of the form for ``run.json`` and the published run."""
    form, learned = measured.chosen, measured.forms[0]
    gain, error = form.gain(learned)
    return {
        "form": form.name,
        "weights": dict(form.shares),
        "kept": {part.name: part.kept for part in measured.parts if part.name in form.shares},
        "validation": {
            "metric": measured.metric,
            "users": len(form.values),
            "mean": float(form.values.mean()),
            "learned": float(learned.values.mean()),
            "gain": gain,
            "error": error,
        },
    }
