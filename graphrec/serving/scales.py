"""What the numbers in answers mean: one wording for notes, help and documentation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

#: Score of a recommendation.
MODEL = "score: the model's; higher is better; comparable among the items of one user and one run, on no fixed scale"
#: Score of ``similar`` and ``search``.
COSINE = "score: cosine similarity from -1 to 1; 1 is the same direction, and about 0 is unrelated"
#: Where the score of a recommendation comes from.
SOURCES: Mapping[str, str] = {
    "model": "the trained model",
    "content": "likeness to the content of the user's items",
    "knowledge": "entities shared with the user's items",
    "popularity": "how many users have done the item",
}


def sources(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return what the sources in some rows mean; nothing if all are the model."""
    found = sorted({str(row["source"]) for row in rows} & set(SOURCES))
    if found in ([], ["model"]):
        return ""
    return "source: " + "; ".join(f"{name} = {SOURCES[name]}" for name in found)
