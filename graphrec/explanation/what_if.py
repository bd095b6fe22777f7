"""What would have to be different for an item to leave a user's list, or to come into it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphrec.explanation.counterfactual import Additions, Removal, additions, removal
from graphrec.explanation.intervention import Effect, interventions

if TYPE_CHECKING:
    from graphrec.explanation.attribution import Attribution
    from graphrec.runs.run import Run


@dataclass(frozen=True)
class WhatIf:
    """What an item's place in a user's list depends on.

    Attributes
    ----------
    run
        The run.
    removal
        The behaviours without which the item is not in the list.
    additions
        What one more behaviour would do; None if the item is in the list.
    effects
        The score and the rank without each relation and each modality of the model's input, the largest loss first;
        empty for a run of an earlier release.
    """

    run: Run
    removal: Removal
    additions: Additions | None
    effects: list[Effect]

    @property
    def in_list(self) -> bool:
        """Whether the item is in the list."""
        return self.removal.rank <= self.removal.k

    def items(self) -> list[Any]:
        """Return the ids of the items that it speaks of."""
        added = [] if self.additions is None else [one.added for one in self.additions.found]
        return [self.run.items[place] for place in (*self.removal.removed, *added)]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data with the ids of the run, for JSON."""
        run = self.run
        about = ("user", "item", "k", "rank")
        removed, added = self.removal.to_dict(run), None if self.additions is None else self.additions.to_dict(run)
        found = {name: removed.pop(name) for name in about} | {"run_id": run.run_id, "without": removed}
        if added is not None:
            found["with_one_more"] = {name: value for name, value in added.items() if name not in about}
        effects = [{name: v for name, v in one.to_dict(run).items() if name not in about} for one in self.effects]
        return found | {"interventions": effects}


def what_if(of: Attribution, user: int, item: int, k: int = 10, left_out: Sequence[int] = ()) -> WhatIf:
    """Return what the place of an item depends on.

    Parameters
    ----------
    of
        The run's attribution.
    user, item
        Indices in the run.
    k
        Length of the list.
    left_out
        Indices of items that no further behaviour is tried with.

    Raises
    ------
    InputError
        The user has done or dislikes the item, so that it is in no list.
    """
    removed = removal(of, user, item, k=k)
    added = additions(of, user, item, k=k, left_out=left_out) if removed.rank > k else None
    parts = of.parts
    known = parts is not None and (bool(len(parts.messages)) or bool(parts.source))
    return WhatIf(of.run, removed, added, interventions(of, user, item) if known else [])
