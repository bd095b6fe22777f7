"""What the trainings of a project have spent, and whether another one may begin.

``privacy-spent.json`` in the project's folder has a line for each private training that began, with its releases. All
of them add up, by the accountant: they may have learned from the same people. A training is written down before its
first release, and stays there when it fails or its run is removed.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from graphrec.common.errors import InputError, TrainingError
from graphrec.common.file_lock import waited_for
from graphrec.common.files import write_json
from graphrec.privacy.accountant import Release, epsilon_of
from graphrec.privacy.plan import Plan

FILE = "privacy-spent.json"


@dataclass(frozen=True)
class Ledger:
    """The budget of a project.

    Attributes
    ----------
    folder
        The project's folder.
    budget
        Most ε of all trainings; None: no limit.
    """

    folder: Path
    budget: float | None = None

    @property
    def path(self) -> Path:
        """The file."""
        return self.folder / FILE

    def entries(self) -> list[dict[str, Any]]:
        """Return what the private trainings have released, the oldest first.

        Raises
        ------
        InputError
            The file is damaged.
        """
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))["trainings"]
            for one in found:
                if not _releases(one) or not 0 < float(one["delta"]) < 1:
                    raise ValueError("a training without releases, or a delta that is no probability")
        except FileNotFoundError:
            return []
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise InputError(
                f"{self.path}: cannot be read, so what is spent is not known: {error}",
                hint="bring it back from a backup",
            ) from error
        return list(found)

    def total(self, delta: float, beside: Plan | None = None) -> float:
        """Return what all trainings have spent, with a planned one, at a ``delta``."""
        releases = [release for one in self.entries() for release in _releases(one)]
        return epsilon_of([*releases, *(beside.releases if beside else ())], delta)

    def afford(self, plan: Plan) -> float:
        """Return what would be spent with a planned training; nothing is written.

        The δ of the sum is that of the training, or the smallest one of an earlier one.

        Raises
        ------
        TrainingError
            The budget does not cover it.
        InputError
            The file is damaged.
        """
        entries = self.entries()
        delta = min([plan.delta, *(float(one["delta"]) for one in entries)])
        total = self.total(delta, plan)
        # The search for the noise comes within a fraction of ε, so one training may spend its whole budget.
        if self.budget is not None and total > self.budget:
            before = epsilon_of([release for one in entries for release in _releases(one)], delta)
            raise TrainingError(
                f"the privacy budget is spent: ε = {before:.3g} of {self.budget:g} by {len(entries)} "
                f"training{'s' * (len(entries) != 1)}, and ε = {total:.3g} with this one (δ = {delta:.2g}; "
                f"{self.path})",
                hint="lower [privacy] epsilon, or raise [privacy] budget knowing what it means; "
                "`graphrec update` spends nothing",
            )
        return total

    def spend(self, run_id: str, plan: Plan) -> float:
        """Write down a training that is about to begin; return what is spent then, as :meth:`afford` does.

        Raises
        ------
        TrainingError
            The budget does not cover it; nothing is written then.
        InputError
            The file is damaged.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with waited_for(self.path.with_suffix(".lock")):
            entries, total = self.entries(), self.afford(plan)
            now = datetime.now(UTC).isoformat(timespec="seconds")
            releases = [list(one) for one in plan.releases]
            entry = {"runId": run_id, "at": now, "delta": plan.delta, "releases": releases}
            write_json(self.path, {"trainings": [*entries, entry]})
        return total


def _releases(entry: dict[str, Any]) -> list[Release]:
    releases = [Release(float(noise), float(rate), int(steps)) for noise, rate, steps in entry["releases"]]
    if not all(0 < one.noise < math.inf and 0 < one.rate <= 1 and one.steps >= 1 for one in releases):
        raise ValueError("noise, rate or steps that no training has")
    return releases
