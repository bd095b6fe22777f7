"""What the names of behaviours say: disliking, making or offering, or what people did."""

from __future__ import annotations

import pytest

from graphrec.graph.personal import owned_by_one
from graphrec.graph.senses import dislike, makes, naming
from graphrec.graph.survey import Relation
from graphrec.graph.times import time_properties


def relation(kind: str) -> Relation:
    """Return a direct relationship, or a path if the text is one."""
    return Relation("User", "KIND" if "(" in kind else kind, "Item", 9, (), path=kind if "(" in kind else None)


@pytest.mark.parametrize(
    "kind",
    [
        *("DISLIKED", "DISLIKES", "SKIPPED", "SKIP", "skipping", "HATES", "UNFOLLOWED", "UNLIKES", "UNSUBSCRIBED"),
        *("BLOCKED", "HID", "HIDES", "MUTED", "REJECTED", "DISMISSED", "DOWNVOTED", "VOTED_DOWN", "THUMBS_DOWN"),
        *("NOT_INTERESTED", "DID_NOT_LIKE", "SWIPED_LEFT", "(u)-[:HAD]->(:Session)-[:SKIPPED]->(i)"),
    ],
)
def test_what_was_not_wanted(kind: str) -> None:
    assert dislike(relation(kind)) == "sure"


@pytest.mark.parametrize(
    "kind",
    [
        *("RETURNED", "RETURNS", "REPORTED", "CANCELLED", "CANCELED", "REFUNDED", "REMOVED", "DROPPED", "ABANDONED"),
        *("(u)-[:MADE]->(:Return)-[:OF]->(i)", "(u)-[:PLACED]->(:Order)-[:RETURNED]->(i)"),
        "(u)-[:RETURNED]->(:Order)-[:CONTAINS]->(i)",
    ],
)
def test_what_may_not_have_been_wanted(kind: str) -> None:
    assert dislike(relation(kind)) == "asked"


@pytest.mark.parametrize(
    "kind",
    [
        *(
            "LIKED",
            "LIKES",
            "FOLLOWED",
            "BOUGHT",
            "UNDERSTOOD",
            "DISCOVERED",
            "DISCUSSED",
            "RETWEETED",
            "NOTED",
            "UNITED",
        ),
        *("(u)-[:LIVES_IN]->(:Block)-[:HAS]->(i)", "(u)-[:PLACED]->(:Order)-[:CONTAINS]->(i)"),
    ],
)
def test_what_was_wanted(kind: str) -> None:
    assert dislike(relation(kind)) is None


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("ACTED_IN", "surely"),
        ("DIRECTED", "surely"),
        *((kind, "maybe") for kind in ("POSTED", "HOSTS", "UPLOADED", "PUBLISHED", "MANAGES", "LISTS", "OFFERS")),
        *((kind, "maybe") for kind in ("SELLS", "SOLD", "CREATED", "AUTHORED", "OWNS", "IS_OWNER_OF", "POSTED_BY")),
        *((kind, None) for kind in ("LIKED", "LISTENED_TO", "HAS_SEEN", "REVIEWED", "SHARED")),
        ("(u)-[:WROTE]->(:Review)-[:OF]->(i)", None),
        ("(u)-[:CREATED]->(:Playlist)-[:CONTAINS]->(i)", None),
        ("(u)-[:OWNS]->(:Shop)-[:SELLS]->(i)", "surely"),
        ("(u)-[:MANAGES]->(:Shop)-[:HAS]->(i)", "surely"),
    ],
)
def test_making_and_offering_is_no_liking(kind: str, expected: str | None) -> None:
    assert makes(relation(kind)) == expected


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (["APPLIED", "FOR"], "APPLIED"),
        (["CHECKED_OUT", "CONTAINS"], "CHECKED_OUT"),
        (["HAD", "PLAYED"], "PLAYED"),
        (["PLACED", "RETURNED"], "RETURNED"),
        (["OF_CUSTOMER", "CONTAINS"], None),
        (["GAVE", "FOR"], None),
        (["WROTE", "ABOUT"], None),
        (["CREATED", "CONTAINS"], None),
    ],
)
def test_a_path_has_the_name_of_its_verb(kinds: list[str], expected: str | None) -> None:
    assert naming(kinds) == expected


@pytest.mark.parametrize(
    ("size", "owned", "shared", "links", "expected"),
    [
        (2400, 800, 0, 0, True),  # guests placed the others
        (800, 775, 25, 50, True),  # a few sessions of two people
        (800, 600, 200, 400, False),
        (1000, 600, 100, 4000, False),  # tags: most have one user, most users share theirs
        (1000, 10, 0, 0, False),  # ten of a thousand artists, of ten users: chance alone
        (20, 10, 0, 0, True),
        (20, 0, 0, 0, False),
        (0, 0, 0, 0, False),
    ],
)
def test_what_belongs_to_one(size: int, owned: int, shared: int, links: int, expected: bool) -> None:
    assert owned_by_one(size, owned, shared, links) is expected


def test_on_a_path_the_time_nearest_to_the_item_comes_first() -> None:
    def row(owner: str, place: int, key: str, share: float = 1.0) -> dict[str, object]:
        return {"owner": owner, "place": place, "key": key, "kinds": ["DATE"], "share": share, "some": []}

    rows = [row("r", 0, "at"), row("r2", 2, "added_at"), row("r2", 2, "shipped"), row("r2", 2, "time", 0.1)]
    assert [found.name for found in time_properties(rows)] == ["r2.added_at", "r.at", "r2.shipped", "r2.time"]
