"""``graphrec recommend --html``: one file with posters, and nothing that it would fetch."""

from __future__ import annotations

import base64
import io
import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from graphrec.db.database import Database
from graphrec.publishing.publish import publish
from graphrec.runs.run import Run


class Page(HTMLParser):
    """The pictures, the text and the tags of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.sources: list[str] = []
        self.said: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.sources += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.said.append(data)


@pytest.fixture
def published(films: Database, film_run: Run, tmp_path: Path) -> Database:
    """Published films of which Duel has a poster, Dune a broken one, Alien one on the web."""
    Image.new("RGB", (1200, 1800), "darkred").save(tmp_path / "duel.png")
    (tmp_path / "dune.png").write_bytes(b"no picture")
    films.write(
        """
        MATCH (duel:Item {itemId: '3'}), (dune:Item {itemId: '5'}), (alien:Item {itemId: '4'})
        SET duel.image = 'duel.png', dune.image = 'dune.png', alien.image = 'https://example.org/alien.png'
        SET dune.title = '<script>alert("Dune")</script>'
        """
    )
    publish(films, film_run, k=3)
    return films


def test_the_page_stands_alone(published: Database, run: Any, tmp_path: Path) -> None:
    result = run("recommend", "anna", "--explain", "--html", "anna.html", "--json")
    assert result.exit_code == 0, result.stderr
    assert "written to anna.html" in result.stderr
    assert "1 of the 3 posters could not be read" in result.stderr
    text = (tmp_path / "anna.html").read_text(encoding="utf-8")
    found = Page(text)
    assert "script" not in found.tags
    assert "https://" not in text
    assert found.tags.count("li") == 3
    said = "".join(found.said)
    rows = json.loads(result.stdout)
    for row in rows:
        assert f"{row['rank']}. {row['title']}" in said
        assert row["why"] in said
    assert rows[0]["runId"] in said
    (source,) = found.sources
    with Image.open(io.BytesIO(base64.b64decode(source.removeprefix("data:image/jpeg;base64,")))) as poster:
        assert (poster.format, poster.size) == ("JPEG", (160, 240))
    assert [path.name for path in tmp_path.glob("anna*")] == ["anna.html"]


def test_the_list_is_printed_as_always(published: Database, run: Any, tmp_path: Path) -> None:
    result = run("recommend", "anna", "-k", "1", "--html", "one.htm")
    assert result.stdout.splitlines()[0] == "rank\titem\ttitle\tscore\tsource"
    assert "Recommendations for user anna" in (tmp_path / "one.htm").read_text(encoding="utf-8")


def test_no_page_of_an_explanation_without_shares(published: Database, run: Any, tmp_path: Path) -> None:
    for more, message in (((), "train again"), (("--evidence",), "--html draws the shares")):
        result = run("explain", "anna", "Duel", "--html", "why.html", *more)
        assert result.exit_code == 2
        assert message in result.stderr
    assert not list(tmp_path.glob("why*"))


@pytest.mark.parametrize(
    ("file", "message"),
    [("anna.pdf", "'anna.pdf' does not end in .html"), ("absent/anna.html", "there is no folder 'absent'")],
)
def test_bad_files(run: Any, tmp_path: Path, file: str, message: str) -> None:
    result = run("recommend", "anna", "--html", file)
    assert result.exit_code == 2
    assert message in result.stderr
