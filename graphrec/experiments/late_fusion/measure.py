"""Measure the forms on a run's own split: validation chooses, test is evaluated once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from scipy.sparse import csr_array
from torch import Tensor

from graphrec.common.errors import GraphError, InputError
from graphrec.config.settings import TrainSettings
from graphrec.evaluation.ranking import Report, evaluate_split
from graphrec.experiments.benchmark.run_graph import Source
from graphrec.experiments.late_fusion.components import SideComponent, messages, side_components
from graphrec.experiments.late_fusion.forms import LEARNED, BlendForm, Shares, best_forms, chosen, mixed
from graphrec.model import Profiles
from graphrec.runs.run import Run
from graphrec.training.selection import ValidationSet


@dataclass(frozen=True)
class Measured:
    """A run's forms.

    Attributes
    ----------
    forms
        The learned one first.
    chosen
        One of them.
    tests
        Form → its test report.
    parts
        The components in addition to the learned vectors.
    whole
        Component → mean validation NDCG by its whole vectors alone, and by those reduced to
        :data:`graphrec.experiments.late_fusion.components.MOST` dimensions.
    deviations
        Component → deviation of its scores over the validation users.
    profiles
        The users' interactions in training.
    metric
        Metric of all results.
    """

    forms: list[BlendForm]
    chosen: BlendForm
    tests: dict[str, Report]
    parts: list[SideComponent]
    whole: dict[str, tuple[float, float]]
    deviations: dict[str, float]
    profiles: Profiles
    metric: str


def measure(run: Run, source: Source) -> Measured:
    """Compare the forms of a run.

    Parameters
    ----------
    run
        A finished run; if it already has further components, only its learned vectors are used.
    source
        Its graph.

    Raises
    ------
    InputError
        The run was refitted on train and validation, places cold items, or its graph is not available.
    GraphError
        The items have neither content nor knowledge.
    """
    _check(run)
    data = source.data
    if data is None:
        raise InputError(source.missing, hint="train again, or start the database that the run was trained on")
    parts = side_components(run, data)
    if not parts:
        raise GraphError(
            "the items have neither content nor knowledge, so there is one form: learned",
            hint="`graphrec embed` makes content vectors; [graph] knowledge names relations",
        )
    k = run.table("train", TrainSettings).metric_k
    validation = ValidationSet(run.split.seen("valid"), run.split.matrix("valid"), run.split.candidates("valid"), k)
    profiles = Profiles.of(data)
    told = messages(run.encoder.profile_encoder, profiles, len(run.items))
    users = _means(told, parts)
    raw = {LEARNED: validation.scores(lambda some: learned_scores(run, some))}
    raw |= {part.name: validation.scores(lambda some, p=part: users[p.name][some] @ p.table.T) for part in parts}  # type: ignore[misc]
    deviations = {name: max(float(scores.std()), 1e-12) for name, scores in raw.items()}
    whole = {}
    for part in parts:
        full = part.scores(csr_array(told[validation.users.numpy()]))
        whole[part.name] = validation.value(full), validation.value(raw[part.name])
    forms = best_forms(validation, {name: scores / deviations[name] for name, scores in raw.items()})
    metric = f"ndcg@{k}"

    def tested(shares: Shares) -> Report:
        def score(some: Tensor) -> Tensor:
            scores = {part.name: users[part.name][some] @ part.table.T for part in parts if part.name in shares}
            if LEARNED in shares:
                scores[LEARNED] = learned_scores(run, some)
            return mixed({name: value / deviations[name] for name, value in scores.items()}, shares)

        return evaluate_split(score, run.split, "test", ks=(k,))

    tests = {form.name: tested(form.shares) for form in forms}
    return Measured(forms, chosen(forms), tests, parts, whole, deviations, profiles, metric)


def _check(run: Run) -> None:
    if run.refit:
        raise InputError(
            f"{run.run_id} was refitted on train and validation, so validation can no longer choose a form",
            hint="train without --refit",
        )
    if run.cold_item_rank:
        raise InputError(
            f"{run.run_id} places cold items by its learned scores ([model] cold_item_rank = {run.cold_item_rank})",
            hint="train with cold_item_rank = 0",
        )


def learned_scores(run: Run, users: Tensor) -> Tensor:
    """Return the run's scores without its further components, float32 ``[b, n_items]``."""
    scores = run.scores(users, "heldout")
    if not run.n_side_features:
        return scores
    user, item = run.embeddings("heldout")
    return scores - user[users, -run.n_side_features :] @ item[:, -run.n_side_features :].T


def _means(told: csr_array, parts: list[SideComponent]) -> Mapping[str, Tensor]:
    """Return the users' vectors of each component, float32 ``[n_users, d]``."""
    return {part.name: torch.from_numpy(told @ part.table.numpy()) for part in parts}
