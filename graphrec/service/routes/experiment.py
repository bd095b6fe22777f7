"""The experiment: published runs side by side."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Request

from graphrec.client.models_admin import Arm, Estimate, ExperimentReport
from graphrec.service.access import Admin
from graphrec.service.experiment import Arm as Counted
from graphrec.service.online_test import Interval
from graphrec.service.problem import responses
from graphrec.service.state import service_of

router = APIRouter(tags=["experiment"])


@router.get("/experiment", operation_id="experiment", responses=responses(409))
def experiment(request: Request, caller: Admin) -> ExperimentReport:
    """Return what each run of `[serve.experiment]` showed and what followed, with intervals of 95 %: of this minute."""
    service = service_of(request)
    if not service.experiment:
        return ExperimentReport(running=False)
    found = service.experiment_report.get()
    return ExperimentReport(
        running=True,
        since=found.since,  # type: ignore[arg-type]  # pydantic reads ISO 8601
        counted_at=found.counted_at,  # type: ignore[arg-type]
        arms=[_arm(arm) for arm in found.arms],
        differences={run: _interval(one) for run, one in found.differences.items()},
        sample_ratio=found.sample_ratio,
        trustworthy=found.trustworthy,
        left_out=found.left_out,
        undated=found.undated,
    )


def _arm(found: Counted) -> Arm:
    fields = msgspec.structs.asdict(found) | {"conversion": _interval(found.conversion)}
    return Arm.model_validate(fields)


def _interval(found: Interval | None) -> Estimate | None:
    return None if found is None else Estimate(**msgspec.structs.asdict(found))
