"""Which files a load takes for images and sounds: those below the folder that was named, after all links."""

from __future__ import annotations

from pathlib import Path

from graphrec_etl.media import make_relative, place
from graphrec_etl.model import Tables


def test_files_outside_the_folder_are_left_out_and_those_outside_the_project_are_said(tmp_path: Path) -> None:
    base, other = tmp_path / "data", tmp_path / "other"
    for folder in (base, other, tmp_path / "project"):
        folder.mkdir()
        (folder / "1.jpg").write_bytes(b"x")
    (base / "link.jpg").symlink_to(other / "1.jpg")
    names = ["1.jpg", str(base / "1.jpg"), "link.jpg", "../other/1.jpg", str(other / "1.jpg"), "/etc/passwd"]
    tables = Tables()
    for n, name in enumerate(names):
        tables.items.properties[tables.items.add(str(n))] |= {"image": name}
    (note,) = place(tables.items.properties, base)
    assert note == f"4 media files are not below {base}: left out"
    make_relative(tables, tmp_path / "project")
    assert [found.get("image") for found in tables.items.properties] == ["../data/1.jpg"] * 2 + [None] * 4
    (said,) = tables.notes
    assert "2 images and sounds lie outside the project" in said
    assert str(base) in said
    make_relative(tables, tmp_path)
    assert len(tables.notes) == 1
