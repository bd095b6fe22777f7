"""Find relationships of the owner's whose types graphrec writes too: they are no knowledge."""

from __future__ import annotations

from collections.abc import Iterator

from graphrec.db import queries
from graphrec.db.database import Database

#: Types that may be the owner's too; each of graphrec's has the name of its run.
_TYPES = ("RECOMMENDED", "SIMILAR", "SHOWN")


def named_like_ours(db: Database) -> Iterator[str]:
    """Yield a remark on each type of which some relationships are not graphrec's."""
    for kind in _TYPES:
        if db.read(queries.load("inspect/type_count", RATED=kind))[0]["total"]:
            count = db.read(queries.load("own/other_links", SIMILAR=kind))[0]["count"]
            if count:
                yield (
                    f"left out: {kind}: {count:,} of them are yours, but graphrec writes relationships of this type; "
                    "copy them to another type to have them read"
                )
