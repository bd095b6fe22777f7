"""Keys by their names and values, in several languages, before anything is counted."""

from __future__ import annotations

import pytest

from graphrec.graph.keys import candidates
from graphrec.graph.survey import Label, Property

#: Shape of a column → type, mean length, share with spaces.
SHAPES = {
    "int": (("INTEGER",), 0.0, 0.0),
    "word": (("STRING",), 5.0, 0.0),
    "long": (("STRING",), 30.0, 0.0),
    "words": (("STRING",), 12.0, 1.0),
}


def ranked(label: str, part: str, columns: str, unique: tuple[str, ...] = ()) -> list[str]:
    """Return the candidates among columns such as ``tid:int, name:words, isbn:word/0.5`` (on half of the nodes)."""
    properties = []
    for column in columns.split(", "):
        name, shape = column.rsplit(":", 1)
        shape, _, share = shape.partition("/")
        kinds, length, spaced = SHAPES[shape]
        properties.append(Property(name, kinds, float(share or 1), 1.0, length, spaced))
    return [found.name for found in candidates(Label(label, 100, tuple(properties), unique), part)]


@pytest.mark.parametrize(
    ("label", "part", "columns", "first"),
    [
        ("Büch`er", "item", "Beschreibung:words, Buch-Nr.:word, Titel:words", "Buch-Nr."),
        ("Kunde 客户", "user", "Kunden Nr:int, 名字:word", "Kunden Nr"),
        ("Kunde", "user", "kundenNr:int, name:words", "kundenNr"),
        ("Artikel", "item", "artikelnummer:int, bezeichnung:words, preis:int", "artikelnummer"),
        ("Track", "item", "name:words, tid:int", "tid"),
        ("Patient", "user", "birthDate:word, mrn:int", "mrn"),
        ("Livre", "item", "titre:words, code:word, prix:int, résumé:words", "code"),
        ("Cliente", "user", "nombre:words, correo:long, código:word", "código"),
        ("商品", "item", "标题:word, 商品编号:int, 描述:words", "商品编号"),
        ("Medium", "item", "isbn:word/0.5, signatur:word, title:words", "signatur"),
        ("Medium", "item", "isbn:word/0.5, title:words", "isbn"),
        ("Film", "item", "stem:word, name:words, blob:words", "stem"),
        ("Film", "item", "stem:long, leaf:word, name:words", "leaf"),
        ("Student", "user", "email:long, firstName:word, lastName:word, matriculation:int", "matriculation"),
        ("Candidate", "user", "email:long, firstName:word, phone:word", "email"),
        ("Person", "user", "email:long, handle:word, name:words", "handle"),
    ],
)
def test_ids_come_before_names_prose_and_what_says_who_somebody_is(
    label: str, part: str, columns: str, first: str
) -> None:
    assert ranked(label, part, columns)[0] == first


def test_prose_prices_and_places_are_never_keys() -> None:
    columns = "Beschreibung:words, Anzahl:int, 价格:int, 商品描述:words, precio:int, imageUrl:long"
    assert ranked("Item", "item", columns) == []
    assert ranked("Book", "item", "isbn:word, name:words", unique=("name",)) == ["name", "isbn"]
