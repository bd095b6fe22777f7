"""Where an item's content is: files, and what stands in their place."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from graphrec.content.files import embedded, shown
from graphrec.content.sources import sources
from graphrec.content.store import Item

JPEG = base64.b64encode(b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40).decode()
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(40)).decode()


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (JPEG, "base64"),
        (PNG, "base64"),
        (base64.b64encode(bytes(range(256)) * 2).decode(), "base64"),
        (f"data:image/jpeg;base64,{JPEG}", "a data: address"),
        ("DATA:,x", "a data: address"),
        (b"\x89PNG" * 100, "bytes"),
        ("posters/1.jpg", None),
        ("/9j/poster", None),
        ("https://example.org/1.jpg", None),
        ("/" + "folder/" * 50 + "1.jpg", None),
        (7, None),
    ],
)
def test_content_is_told_from_paths(value: object, what: str | None):
    assert embedded(value) == what


def test_content_in_the_place_of_a_path_is_called_what_it_is(tmp_path: Path):
    values = [JPEG, f"data:image/jpeg;base64,{JPEG}", bytes(5_000), "no.jpg"]
    items = [Item(str(n), n, {}, value, None, {}, {}, None, None) for n, value in enumerate(values)]
    found, skipped = sources(items, "image", tmp_path)
    assert found == []
    assert [skip.reason.partition(",")[0] for skip in skipped] == ["base64", "a data: address", "bytes", "no such file"]
    assert all(len(skip.path) < 60 for skip in skipped[:3])
    assert skipped[2].path == "5,000 bytes"


def test_long_paths_are_shown_whole():
    path = "/" + "folder/" * 20 + "1.jpg"
    assert shown(path) == path
