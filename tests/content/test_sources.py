"""Where an item's content is: files, and what stands in their place."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from urllib.parse import quote

import pytest
from PIL import Image

from graphrec.common.errors import InputError
from graphrec.content.files import embedded, shown
from graphrec.content.image_file import read_picture
from graphrec.content.sources import hash_bytes, sources
from graphrec.content.store import Item
from graphrec.content.thumbnail import thumbnails

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


def test_content_in_the_place_of_a_path_is_read(tmp_path: Path):
    picture = io.BytesIO()
    Image.new("RGB", (9, 9), "red").save(picture, "PNG")
    data = picture.getvalue()
    text = base64.b64encode(data).decode()
    values = [
        *(text, data, f"data:image/png;base64,{text}", "data:image/png," + quote(data)),
        base64.urlsafe_b64encode(data).decode().rstrip("="),
        "\n".join(text[n : n + 20] for n in range(0, len(text), 20)),
    ]
    items = [Item(str(n), n, {}, value, None, {}, {}, None, None) for n, value in enumerate(values)]
    found, skipped = sources(items, "image", [tmp_path])
    assert skipped == []
    assert {source.content for source in found} == {hash_bytes(data)}
    assert all(read_picture(source.value).getpixel((1, 1)) == (255, 0, 0) for source in found)


def test_content_that_cannot_be_read_is_shown_short(tmp_path: Path):
    broken = "/9j/" + "A" * 4_001
    values = [JPEG, broken, "data:image/png;base64", 7, "no.jpg", "https://example.org/1.jpg", "s3://bucket/1.jpg"]
    items = [Item(str(n), n, {}, value, None, {}, {}, None, None) for n, value in enumerate(values)]
    found, skipped = sources(items, "image", [tmp_path])
    with pytest.raises(InputError, match="not a readable image"):
        read_picture(found[0].value)
    assert len(str(found[0].value)) < 60
    for skip, said in zip(
        skipped,
        ("not valid base64", "without a comma", "not a path", "no such file", "fetch = true", "a URL"),
        strict=True,
    ):
        assert said in skip.reason
        assert len(skip.path) < 60


def test_long_paths_are_shown_whole():
    path = "/" + "folder/" * 20 + "1.jpg"
    assert shown(path) == path


def test_files_outside_the_folders_are_not_read_unless_named(tmp_path: Path):
    project, covers = tmp_path / "project", tmp_path / "covers"
    for folder in (project, covers):
        folder.mkdir()
        Image.new("RGB", (9, 9), "red").save(folder / "1.png")
    (project / "link.png").symlink_to(covers / "1.png")
    (project / "inside.png").symlink_to(project / "1.png")
    values = ["1.png", "inside.png", "../covers/1.png", str(covers / "1.png"), "link.png", "/etc/passwd"]
    items = [Item(str(n), n, {}, value, None, {}, {}, None, None) for n, value in enumerate(values)]
    found, skipped = sources(items, "image", [project])
    assert [source.item for source in found] == [0, 1]
    assert {skip.reason for skip in skipped} == {
        "outside the project: name its folder in media_folders of [content], or move it into the project"
    }
    found, skipped = sources(items, "image", [project, covers])
    assert [source.item for source in found] == [0, 1, 2, 3, 4]
    assert [skip.path for skip in skipped] == ["/etc/passwd"]
    assert thumbnails(dict(enumerate(values)), [project], 9)[1] == 4
