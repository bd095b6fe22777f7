"""The quickstart in a process of its own, the planted tastes at the end of it, and the notebooks, in its project.

A notebook that reads a project with a published run executes in that of the quickstart: ``executed(path, done.folder,
kernel)``. One that needs an empty database comes last, and asks for ``db``.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from fastapi.testclient import TestClient
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient

from graphrec.config.settings import Settings, load_settings
from graphrec.datasets.home.catalogue import NEVER, SCENES
from graphrec.datasets.sample import Sample, write_sample
from graphrec.db import queries
from graphrec.db.database import Database, connect
from graphrec.service.app import create_app

STAGES = ["neo4j", "sample", "load", "embed", "train", "evaluate", "publish", "recommend"]
NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))
#: Absolute paths, and addresses of this machine.
MACHINE = re.compile(r"(?<![\w.<])/(home|root|tmp|work|var|mnt|opt|Users)/|[A-Z]:\\\\|localhost|127\.0")
QUICKSTART = NOTEBOOKS[0]
ASSISTANT = QUICKSTART.with_name("05_assistant.ipynb")
POSTS = next(path for path in NOTEBOOKS if path.name == "06_posts.ipynb")


@pytest.fixture(scope="module")
def kernel() -> Iterator[KernelManager]:
    """The process that runs the notebooks, one after the other: it imports PyTorch once."""
    manager = KernelManager()
    yield manager
    if manager.has_kernel:
        manager.shutdown_kernel(now=True)


def executed(path: Path, folder: Path, kernel: KernelManager) -> Any:
    """Run a notebook in a folder, with no name that an earlier one has left; return it with its outputs."""
    notebook = nbformat.read(path, as_version=4)
    fresh = nbformat.v4.new_code_cell(f"import os\nos.chdir({str(folder)!r})\n%reset -f")
    notebook.cells.insert(0, fresh)
    # The kernel inherits the environment: the server of the tests.
    client = NotebookClient(notebook, timeout=300, km=kernel)
    try:
        client.execute()
    finally:
        if client.kc is not None:
            client.kc.stop_channels()
    return notebook


def outputs(notebook: Any, kind: str) -> list[Any]:
    """Return the data of one MIME type that the cells left, in order."""
    found = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [output["data"][kind] for output in found if kind in output.get("data", {})]


def outputs_of(notebook: Any) -> list[str]:
    """Return what the cells printed, in order."""
    found = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [output["text"] for output in found if output.get("name") == "stdout"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_what_is_kept_is_small_and_tells_nothing_of_the_machine(path: Path) -> None:
    """``notebooks/execute.py`` leaves out progress, notes and times."""
    assert path.stat().st_size < 500_000
    notebook = nbformat.read(path, as_version=4)
    assert set(notebook.metadata) <= {"kernelspec", "language_info"}
    assert notebook.metadata.language_info == {"name": "python"}
    for cell in notebook.cells:
        assert not cell.metadata
        for output in cell.get("outputs", []):
            assert output.output_type != "error"
            assert output.get("name") != "stderr"
            shown = output.get("text", "") + json.dumps(output.get("data", {}))
            text = re.sub(r"[A-Za-z0-9+/=]{200,}", "", shown)  # pictures
            assert not MACHINE.search(text), text


def test_the_quickstart_is_kept_with_its_outputs() -> None:
    notebook = nbformat.read(QUICKSTART, as_version=4)
    assert [len(outputs(notebook, kind)) for kind in ("image/png", "text/html")] == [2, 1]
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))


def test_python_is_kept_with_its_outputs() -> None:
    notebook = nbformat.read(NOTEBOOKS[1], as_version=4)
    assert len(outputs(notebook, "text/html")) >= 4, "frames"
    assert not outputs(notebook, "application/vnd.jupyter.widget-view+json")


def test_an_explanation_is_kept_with_its_picture() -> None:
    notebook = nbformat.read(NOTEBOOKS[2], as_version=4)
    assert len(outputs(notebook, "text/html")) == 3
    assert "srcdoc" in outputs(notebook, "text/html")[-1]


def test_posts_are_kept_with_their_picture() -> None:
    notebook = nbformat.read(POSTS, as_version=4)
    assert len(outputs(notebook, "image/png")) == 1
    assert len(outputs(notebook, "text/html")) == 4


class Done:
    """One finished quickstart: what it said, where it ran, the database it left."""

    def __init__(self, folder: Path, home: Path, db: Database) -> None:
        self.folder, self.db = folder, db
        command = [sys.executable, "-m", "graphrec", "quickstart", "--json"]
        # It inherits the environment: a fresh project in the working directory, on the server of the tests.
        self.result = subprocess.run(command, capture_output=True, text=True, check=False)
        assert self.result.returncode == 0, self.result.stderr
        self.said: dict[str, Any] = json.loads(self.result.stdout)
        self.sample: Sample = write_sample(home / "sample")  # complete already: only its truth is read

    def counts(self) -> Counter[str]:
        """Return how many nodes of each label and relationships of each type there are, runs left out."""
        nodes = self.db.read("MATCH (n) WHERE NOT n:Run UNWIND labels(n) AS name RETURN name, count(*) AS n")
        types = self.db.read(
            "MATCH ()-[r]->() WHERE NOT type(r) IN ['RECOMMENDED', 'SIMILAR'] RETURN type(r) AS name, count(*) AS n"
        )
        return Counter({row["name"]: row["n"] for row in [*nodes, *types]})


@pytest.fixture(scope="module")
def done(scratch_home: Path, tmp_path_factory: pytest.TempPathFactory, project_at: Any, empty: Any) -> Iterator[Done]:
    folder = tmp_path_factory.mktemp("project")
    with project_at(folder, scratch_home) as settings, connect(settings) as db:
        empty(db)
        yield Done(folder, scratch_home, db)


def test_every_stage_has_a_header_and_a_time(done: Done) -> None:
    assert list(done.said["seconds"]) == STAGES
    headers = [line.split()[1].rstrip(":") for line in done.result.stderr.splitlines() if line.startswith("──")]
    assert headers == STAGES
    for name in STAGES:
        assert f"   {name} took " in done.result.stderr


def test_what_is_printed_is_what_cypher_returns(done: Done) -> None:
    query = queries.load("query/recommend")
    assert len(done.said["recommendations"]) == 2
    for user, rows in done.said["recommendations"].items():
        found = [dict(row) for row in done.db.read(query, user=user, k=5)]
        assert len(rows) == 5
        assert [(row["title"], row["item"]) for row in rows] == [(row["title"], row["item"]) for row in found]
        assert {row["runId"] for row in rows} == {done.said["runId"]}


def test_planted_tastes_are_found_again(done: Done) -> None:
    links = done.db.read(
        "MATCH (u:User)-[r:RECOMMENDED]->(i:Item) WHERE r.rank <= 10 RETURN u.userId AS user, i.itemId AS item"
    )
    assert len(links) == 10 * len(done.sample.user_taste)
    hits = [done.sample.item_taste[row["item"]] in done.sample.tastes_of(row["user"]) for row in links]
    chance = np.mean([len(done.sample.tastes_of(user)) for user in done.sample.user_taste]) / 6
    assert np.mean(hits) > 3 * chance, f"{np.mean(hits):.3f} against {chance:.3f} by chance"


def test_nothing_done_already_is_recommended(done: Done) -> None:
    row = done.db.read("MATCH (u:User)-[:RECOMMENDED]->(i)<-[:PURCHASED|BROWSED|SEARCHED]-(u) RETURN count(*) AS n")
    assert row[0]["n"] == 0


@pytest.mark.parametrize(
    ("vector", "least"), [("contentVector", 0.8), ("textVector", 0.6), ("imageVector", 0.8), ("audioVector", 0.8)]
)
def test_content_neighbours_share_the_taste(done: Done, vector: str, least: float) -> None:
    rows = done.db.read(
        f"MATCH (i:Item) WHERE i.{vector} IS NOT NULL RETURN i.itemId AS item, i.{vector} AS vector ORDER BY item"
    )
    matrix = np.array([row["vector"] for row in rows])
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    near = matrix @ matrix.T - 2 * np.eye(len(matrix))
    tastes = np.array([done.sample.item_taste[row["item"]] for row in rows])
    assert (tastes[near.argmax(1)] == tastes).mean() > least


def test_the_metrics_are_the_evaluated_ones(done: Done) -> None:
    stored = json.loads((done.folder / "runs" / done.said["runId"] / "evaluation.json").read_text(encoding="utf-8"))
    assert done.said["metrics"]["ndcg@10"] == stored["test"]["metrics"]["ndcg@10"]["mean"]
    assert done.said["metrics"]["ndcg@10"] > 0.1


@pytest.mark.long
def test_doing_it_again_changes_no_data_and_shows_people_a_table(done: Done, run: Any) -> None:
    before = done.counts()
    again = run("quickstart", "--epochs", "1")
    assert again.exit_code == 0, again.stderr
    assert done.counts() == before
    assert again.stdout.splitlines()[:2] == ["for user u001", "rank\titem\ttitle\tscore"]
    assert "next:\n  graphrec recommend u001" in again.stderr


@pytest.mark.usefixtures("done")
def test_bad_requests(run: Any) -> None:
    for arguments, message in [
        (("--data", "absent"), "no such folder"),
        (("--data", ".", "--download", "ml-100k"), "exclude each other"),
        (("--epochs", "0"), "0 is not in the range"),
    ]:
        result = run("quickstart", *arguments)
        assert result.exit_code == 2, result.stderr
        assert message in result.stderr


@pytest.mark.long
def test_quickstart_and_explanations(done: Done, run: Any, kernel: KernelManager) -> None:
    """The notebook does it once more, in Python."""
    runs, before = len(list(done.folder.glob("runs/*/run.json"))), done.counts()
    with (done.folder / "graphrec.toml").open("a", encoding="utf-8") as file:
        file.write("\n[train]\nepochs = 40\n")
    notebook = executed(QUICKSTART, done.folder, kernel)
    assert done.counts() == before
    figures = outputs(notebook, "image/png")
    assert len(figures) == 2, "the graph, the training curve"
    assert all(len(figure) > 10_000 for figure in figures), [len(figure) for figure in figures]
    page = outputs(notebook, "text/html")[-1]
    assert page.count("<li>") == 6
    assert page.count("data:image/jpeg;base64,") >= 3
    printed = "".join(outputs_of(notebook))
    # u001 likes space: that is what they bought most, and what is recommended to them.
    first = printed.splitlines()[0].split()
    assert first[0] == "Space"
    assert int(first[-1]) >= 10, printed
    assert done.db.read("MATCH (:Recommender)-[:ACTIVE]->(r:Run) RETURN count(r) AS n")[0]["n"] == 1
    assert len(list(done.folder.glob("runs/*/run.json"))) == runs + 1

    # The explanations continue in the same project.
    notebook = executed(NOTEBOOKS[2], done.folder, kernel)
    assert len(list(done.folder.glob("runs/*/run.json"))) == runs + 1
    picture = outputs(notebook, "text/html")[-1]
    assert "data:image/jpeg;base64," in picture
    result = run("explain", "u001", "Last Galaxy", "--html", "why-zh.html", "--lang", "zh", "-k", "2")
    assert "written to why-zh.html" in result.stderr
    pages = [(done.folder / name).read_text(encoding="utf-8") for name in ("why.html", "why-zh.html")]
    assert all(page.startswith("<!doctype html>") and "data:image/jpeg;base64," in page for page in pages)
    assert "为什么推荐《Last Galaxy》" in pages[1]

    # So does personal copy.
    notebook = executed(NOTEBOOKS[3], done.folder, kernel)
    tables = outputs(notebook, "text/plain")
    assert sum("is in no fact" in table or "it is of no form" in table for table in tables) == 1
    assert (done.folder / "campaign.parquet").is_file()
    assert (done.folder / "blurb.json").is_file()

    # So does the assistant.
    told = "".join(outputs_of(executed(ASSISTANT, done.folder, kernel)))
    assert "Conditions: not Mystery." in told
    assert "Shall I record that you like" in told
    assert "因为您选择了" in told
    assert "A person will read this conversation." in told

    # So do posts.
    notebook = executed(POSTS, done.folder, kernel)
    assert done.db.read("MATCH (:User)-[r:POSTED]->(:Item) WHERE r.strength < 0 RETURN count(r) AS n")[0]["n"] > 1000
    assert any("volume" in table for table in outputs(notebook, "text/plain")), "the film that turns"


@pytest.mark.long
def test_python(db: Database, settings: Settings, tmp_path: Path, kernel: KernelManager) -> None:
    (tmp_path / "graphrec.toml").write_text("[train]\nepochs = 5\n", encoding="utf-8")
    notebook = executed(NOTEBOOKS[1], tmp_path, kernel)
    tables = outputs(notebook, "text/plain")
    assert any("ndcg@10" in table for table in tables)
    assert tables[-1].count("newcomer") == 3
    assert db.read("MATCH (u:User {userId: 'newcomer'})-[r:RECOMMENDED]->() RETURN count(r) AS n")[0]["n"] == 20
    assert db.read("MATCH (u:User {userId: 'newcomer'})-[:PURCHASED]->() RETURN count(*) AS n")[0]["n"] == 1


#: Every way by which the command line proposes items: arguments.
WAYS = [
    ("recommend", "mei"),
    ("recommend", "mei", "--at", "2026-11-24T08:30", "--context", "presence=alone"),
    ("recommend", "mei", "--now", "--where", "i.kind <> 'scene' OR i.itemId = 'fire'"),
    ("recommend", "--like", "lock", "--like", "arm"),
    ("recommend", "--search", "unlock the front door"),
    ("similar", "unlock", "--by", "text"),
    ("search", "unlock the front door"),
    ("search", "unlock the front door", "--for", "jonas", "--at", "2026-11-24T17:30"),
    ("search", "--audio", "said.wav", "--spoken", "--for", "mei"),
]


@pytest.mark.long
def test_home(db: Database, settings: Settings, run: Any, tmp_path: Path, kernel: KernelManager) -> None:
    notebook = executed(next(path for path in NOTEBOOKS if path.stem == "07_home"), tmp_path, kernel)
    printed = "".join(
        output["text"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.get("name") == "stdout"
    )
    found = re.search(r"(\d+) of 18 habits are proposed first", printed)
    assert found, printed
    assert int(found[1]) >= 13, printed
    assert printed.endswith("?\nstored\n")
    assert outputs(notebook, "text/plain").count("np.False_") == 1
    never = {scene.id for scene in SCENES if scene.kind in NEVER}
    for way in WAYS:
        if "--spoken" in way and not (tmp_path / "said.wav").is_file():
            continue  # espeak-ng is not installed
        told = run(*way, "-k", 100, "--json")
        items = {row["item"] for row in json.loads(told.stdout)}
        assert items, way
        assert not items & never, way
    at = ("--at", "2026-11-24T20:30", "--context", "presence=alone")
    for who, own in (("mei", "Fireplace corner"), ("jonas", "Tea and blanket")):
        (row,) = json.loads(run("search", "make it cosy", "--for", who, *at, "-k", 1, "--json").stdout)
        assert row["title"] == own
    with TestClient(create_app(load_settings()), base_url="http://localhost") as service:
        for path in (
            "/v1/search?q=make it cosy&user=mei&at=20:30&k=100",
            "/v1/popular?k=100",
            "/v1/items?q=front door",
        ):
            answer = service.get(path)
            assert answer.status_code == 200, answer.text
            items = [row["item_id"] for row in answer.json()["items"]]
            assert not never & set(items), path
        assert service.get("/v1/search?q=cosy&at=20:30").status_code == 422
