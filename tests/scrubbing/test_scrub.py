"""Scrubbing: what is found on labelled sentences, what stays, and that it ends."""

from __future__ import annotations

import pytest

from graphrec.scrubbing.scrub import Scrubber, luhn
from tests.scrubbing.measure import measure

pytest.importorskip("phonenumbers")
pytest.importorskip("faker")


@pytest.fixture(scope="module")
def scrubber() -> Scrubber:
    return Scrubber()


# The figures of docs/pseudonyms.md. One that grows may be written there; one that falls is a fault.
@pytest.mark.parametrize(
    ("file", "names"),
    [("sentences.tsv", {"en": (19, 25), "zh": (15, 20)}), ("held_out.tsv", {"en": (16, 21), "zh": (9, 15)})],
)
def test_what_is_found_is_what_the_page_says(scrubber: Scrubber, file: str, names: dict[str, tuple[int, int]]) -> None:
    done = measure(file, scrubber)
    for kind in done.all:
        if kind[0] == "name":
            assert (done.found[kind], done.all[kind]) == names[kind[1]]
        else:
            assert done.found[kind] == done.all[kind], kind
    assert done.wrong == []


def test_kinds_are_counted_and_the_rest_stays() -> None:
    some = Scrubber()
    text = "Mr Weber (+49 30 901820) wrote: k@x.example, card 4111-1111-1111-1111. Great film!"
    assert some.text(text) == "Mr [name] ([phone]) wrote: [email], card [card]. Great film!"
    assert some.counts == {"email": 1, "card": 1, "phone": 1, "name": 1}
    assert some.value(["a@b.example", 7, None]) == ["[email]", 7, None]
    assert some.text(some.text(text)) == some.text(text), "what was scrubbed stays"


def test_names_can_stay_and_countries_are_asked_for() -> None:
    assert Scrubber(names=False).text("Sarah Johnson: a@b.example") == "Sarah Johnson: [email]"
    assert Scrubber(["DE"], names=False).text("Ruf 030 901820 an") == "Ruf [phone] an"
    assert Scrubber(["US"], names=False).text("Ruf 030 901820 an") == "Ruf 030 901820 an"
    assert Scrubber([], names=False).text("+49 30 901820") == "[phone]"


def test_check_digits() -> None:
    assert [luhn(n) for n in ("378282246310005", "6011111111111117", "4111111111111112", "")] == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    "text", ["1" * 30_000, "a@" * 20_000, "Aa " * 20_000, "王" * 50_000, "Mr A" * 10_000, "1-" * 30_000]
)
def test_long_texts_end(scrubber: Scrubber, text: str) -> None:
    assert scrubber.text(text)  # with a pattern that goes back over what it read, each would take minutes
