"""The examples of `docs/clients.md`, each where its client is installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from graphrec.db.database import Database
from graphrec.db.server import ensure
from graphrec.publishing.publish import publish

HERE = Path(__file__).parent
PAGE = (HERE.parents[1] / "docs" / "clients.md").read_text("utf-8")


def example(title: str) -> str:
    """Return the code of a section."""
    section = PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]
    return re.findall(r"^```\w+\n(.*?)^```$", section, re.M | re.S)[0]


@pytest.fixture
def published(films: Database, film_run: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Database:
    """The film graph with text vectors and a published run, its server named by the environment."""
    publish(films, film_run, k=2)
    films.write("MATCH (i:Item) SET i.textVector = i.contentVector, i.textEncoder = 'given@0', i.textHash = '0'")
    films.auto(
        "CREATE VECTOR INDEX itemText FOR (i:Item) ON (i.textVector) "
        "OPTIONS {indexConfig: {`vector.dimensions`: 2, `vector.similarity_function`: 'cosine'}}"
    )
    films.auto("CALL db.awaitIndexes(60)")
    for name, value in vars(ensure(settings.home)).items():
        monkeypatch.setenv(f"NEO4J_{name.upper()}", value)
    return films


def run(title: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(example(title), f"clients.md: {title}", "exec"), names)
    return names


def test_javascript(request: pytest.FixtureRequest) -> None:
    if shutil.which("node") is None:
        pytest.skip("there is no node")
    if not (HERE / "node_modules" / "neo4j-driver").is_dir():
        pytest.skip("there is no neo4j-driver: `npm install --no-package-lock` in tests/clients installs it")
    request.getfixturevalue("published")
    command = ["node", "--input-type=module", "--eval", example("JavaScript")]
    answer = subprocess.run(command, cwd=HERE, env=os.environ, capture_output=True, text=True, check=True, timeout=60)
    assert "title: 'Duel'" in answer.stdout


def test_pandas(published: Database) -> None:
    runs = run("pandas")["runs"]
    assert str(runs["published"].dtype).startswith("datetime64")
    assert runs["links"].tolist() == [6]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("package", ["neo4j-graphrag", "langchain-neo4j", "neo4j-viz"])
def test_package(package: str, request: pytest.FixtureRequest) -> None:
    pytest.importorskip(package.replace("-", "_"), reason=f"there is no {package}: `pip install {package}`")
    request.getfixturevalue("published")
    names = run(package)
    if package == "neo4j-graphrag":
        assert "'title': 'Jaws'" in names["found"].items[0].content
        assert "Vector" not in str(names["found"].items)
        assert "title='Jaws'" in str(names["similar"].items[0].content)
    elif package == "langchain-neo4j":
        first = names["documents"][0]
        assert (first.page_content, first.metadata) == ("Jaws", {"item": "1"})
    else:
        assert {node.caption for node in names["picture"].nodes} == {"anna", "Duel", "Dune"}
