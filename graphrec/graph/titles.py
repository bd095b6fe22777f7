"""Choose the property that people see in place of a node's key: by its name, and by values that can be a title."""

from __future__ import annotations

from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.graph.names import title_rank
from graphrec.graph.survey import Label

#: Longest mean length of titles, in characters; longer texts are prose.
LONGEST = 120
#: Fewest of the sampled nodes that have the title.
_SHARE = 0.5
_SAMPLE = 200


def find_title(db: Database, label: Label) -> str | None:
    """Return the property with the titles of a label, or None. A title need not be unique, nor on every node."""
    ranked = [
        (rank, -p.share, p.name)
        for p in label.properties
        if p.kinds == ("STRING",) and p.share >= _SHARE and (rank := title_rank(p.name, label.name)) is not None
    ]
    return next((name for *_, name in sorted(ranked) if _is_title(db, label, name)), None)


def _is_title(db: Database, label: Label, name: str) -> bool:
    """Return whether the values are short, and not all the same."""
    some = db.read(queries.load("inspect/values", User=label.names, userId=name), sample=_SAMPLE)[0]["some"]
    texts = [value for value in some if value and value.strip()]
    if not texts or (len(set(texts)) == 1 and len(texts) > 1):
        return False
    return sum(map(len, texts)) / len(texts) <= LONGEST
