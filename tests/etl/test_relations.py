"""Readable names for relations, and inverses recognised from their pairs."""

from __future__ import annotations

import pytest

from graphrec_etl.relations import merge_inverses, names


@pytest.mark.parametrize(
    ("relation", "expected"),
    [
        ("film.film.directed_by", ("DIRECTED_BY", "Film", "Person")),
        ("film.film.genre", ("HAS_GENRE", "Film", "Genre")),
        ("film.film.subjects", ("HAS_SUBJECT", "Film", "Subject")),
        ("film.film.country", ("HAS_COUNTRY", "Film", "Country")),
        ("film.film.award_won", ("WON", "Film", "Award")),
        ("music.album.release_countries", ("HAS_RELEASE_COUNTRY", "Album", "ReleaseCountry")),
        ("isPartOf", ("IS_PART_OF", None, None)),
        ("belongs to", ("BELONGS_TO", None, None)),
        ("wikidata/P57", ("HAS_P57", None, None)),
        ("17", ("HAS_17", None, None)),
        ("Schöpfer", ("HAS_SCHOPFER", None, "Schopfer")),
        ("'`}) DETACH DELETE n //", ("HAS_DETACH_DELETE_N", None, "DetachDeleteN")),
        ("item", ("HAS_ITEM", None, None)),  # the label Item has another role
        ("演员", ("RELATED_TO", None, None)),
    ],
)
def test_names(relation, expected):
    found = names([relation])[relation]
    assert (found.type, found.start_kind, found.end_kind) == expected


def test_names_never_collide():
    relations = ["a.b.genre", "a.c.genre", "genre", "genres", "Genre", "recommended", "演员", "导演"]
    found = names(relations, reserved={"HAS_GENRE"})
    types = [found[r].type for r in relations]
    assert len(set(types)) == len(types)
    assert "HAS_GENRE" not in types
    assert names(reversed(relations), reserved={"HAS_GENRE"}) == found
    assert names(["rated_by"], reserved={"RATED_BY"})["rated_by"].type == "HAS_RATED_BY"


def _pairs(n: int, start: int = 0) -> set[tuple[str, str]]:
    return {(f"film{k}", f"person{k}") for k in range(start, start + n)}


def _reverse(pairs: set[tuple[str, str]]) -> set[tuple[str, str]]:
    return {(b, a) for a, b in pairs}


def test_inverses_are_joined_towards_the_item():
    relations = {"made": _pairs(20), "maker_of": _reverse(_pairs(20, 1)), "likes": _pairs(20, 50)}
    for items in ({"film1", "film2"}, {"person1"}):
        kept, merged = merge_inverses(relations, items)
        if "film1" in items:
            assert kept == {"made": _pairs(21), "likes": _pairs(20, 50)}
            assert merged == [("made", "maker_of", pytest.approx(19 / 20))]
        else:
            assert kept == {"maker_of": _reverse(_pairs(21)), "likes": _pairs(20, 50)}


def test_chance_is_no_proof():
    few = {"likes": _pairs(3), "hates": _reverse(_pairs(3))}
    assert merge_inverses(few, set())[0] == few
    partly = {"directed": _pairs(100), "wrote_for": _reverse(_pairs(40))}
    assert merge_inverses(partly, set())[0] == partly


def test_mirrored_names_need_less():
    relations = {"film.film.actor": _pairs(50), "film.actor.films": _reverse(_pairs(3) | {("filmX", "personX")})}
    kept, merged = merge_inverses({**relations, "film.actor.films": _reverse(_pairs(4))}, {"film1"})
    assert kept == {"film.film.actor": _pairs(50)}
    assert merged == [("film.film.actor", "film.actor.films", 1.0)]
    relations["film.actor.films"] = _reverse(_pairs(2, 200))
    assert len(merge_inverses(relations, {"film1"})[0]) == 2


def test_a_symmetric_relation_is_stored_once():
    ring = {(f"n{k}", f"n{(k + 1) % 12}") for k in range(12)}
    kept, merged = merge_inverses({"similar": ring | _reverse(ring)}, set())
    assert len(kept["similar"]) == 12
    assert {frozenset(p) for p in kept["similar"]} == {frozenset(p) for p in ring}
    assert merged == [("similar", "similar", 1.0)]


def test_an_inverse_has_one_partner():
    relations = {"a": _pairs(30), "b": _reverse(_pairs(30)), "c": _reverse(_pairs(30))}
    kept, merged = merge_inverses(relations, {"film1"})
    assert len(merged) == 1
    assert len(kept) == 2
