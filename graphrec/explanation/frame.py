"""The shares of a score as a DataFrame, with the keys of the run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graphrec.explanation.attribution import Attribution
from graphrec.explanation.shares import shares
from graphrec.model.item_parts import relation_type


def share_frame(of: Attribution, row: int, item: int) -> pd.DataFrame:
    """Return the shares of the score of a user and an item, by index: see :meth:`graphrec.api.model.Model.explain`."""
    run, user = of.run, of.user(row)
    rows = shares(user, item)
    theirs = np.append(user.items.numpy(), -1)[rows.place]
    entities, items = _keys(rows.entity, run.entities), _keys(rows.item, run.items)
    relations = [relation_type(name) for name in run.info.get("relations", [])]
    frame = pd.DataFrame(
        {
            "item_id": pd.Series(_keys(theirs, run.items), dtype=object),
            "behaviour": pd.Series(_keys(rows.behaviour, run.behaviours), dtype=object),
            "component": rows.component,
            "part": rows.part,
            "relation": pd.Series(_keys(rows.relation, relations), dtype=object),
            "entity": pd.Series(
                [one if one is not None else other for one, other in zip(entities, items, strict=True)], dtype=object
            ),
            "modality": pd.Series([name or None for name in rows.modality], dtype=object),
            "share": rows.share,
        }
    )
    order = frame["share"].abs().sort_values(ascending=False, kind="stable").index
    return frame.loc[order].reset_index(drop=True)


def _keys(places: NDArray[np.int64], keys: Any) -> list[Any]:
    """Return the key of each index, None for -1."""
    return [None if place < 0 else keys[place] for place in places.tolist()]
