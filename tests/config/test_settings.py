"""Settings, names, hints and the command line's manners: what a person meets before any work is done."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from graphrec.cli.main import VERBS, cli
from graphrec.common import errors
from graphrec.common.errors import ConfigError, GraphrecError, nearest
from graphrec.config.roles import ItemRole, UserRole
from graphrec.config.schema import Behaviour, GraphSchema, quoted
from graphrec.config.settings import Neo4jSettings, Settings, TrainSettings, _File, load_settings
from graphrec.db import queries

VARIABLES = (
    "GRAPHREC_CONFIG", "GRAPHREC_HOME", "GRAPHREC_RUNS",
    "NEO4J_URI", "NEO4J_USERNAME", "NEO4J_PASSWORD", "NEO4J_DATABASE",
)  # fmt: skip


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project, as the working directory; nothing in the environment."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def load(project: Path, text: str) -> Settings:
    (project / "graphrec.toml").write_text(text, encoding="utf-8")
    return load_settings()


def test_without_a_file_everything_is_at_its_default(project: Path):
    settings = load_settings()
    assert settings.root == project
    assert settings.home == project / ".graphrec"
    assert settings.runs == project / "runs"
    assert settings.graph == GraphSchema()
    assert settings.neo4j.uri is None


def test_the_file_is_found_from_a_folder_below(project: Path, monkeypatch: pytest.MonkeyPatch):
    (project / "graphrec.toml").write_text("[train]\nepochs = 3\n")
    below = project / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert load_settings().train.epochs == 3
    assert load_settings().root == project


def test_the_environment_names_file_home_runs_and_server(project: Path, monkeypatch: pytest.MonkeyPatch):
    other = project / "other" / "mine.toml"
    other.parent.mkdir()
    other.write_text("[split]\nseed = 5\n")
    monkeypatch.setenv("GRAPHREC_CONFIG", str(other))
    monkeypatch.setenv("GRAPHREC_HOME", str(project / "h"))
    monkeypatch.setenv("GRAPHREC_RUNS", "r")
    monkeypatch.setenv("NEO4J_URI", "neo4j://example:7687")
    monkeypatch.setenv("NEO4J_PASSWORD", "secret")
    settings = load_settings()
    assert (settings.split.seed, settings.root) == (5, other.parent)
    assert (settings.home, settings.runs) == (project / "h", project / "r")
    assert settings.neo4j == Neo4jSettings("neo4j://example:7687", "neo4j", "secret", None)
    assert "secret" not in repr(settings)


def test_a_whole_mapping(project: Path):
    settings = load(
        project,
        """
        [graph]
        knowledge = ["WRITTEN_BY"]
        social = ["FRIEND OF"]
        [graph.user]
        label = "Big Reader"
        key = "card no"
        [graph.item]
        label = "Book"
        key = "isbn"
        text = ["title", "blurb"]
        [graph.behaviours."BORROWED BY"]
        weight = 2
        strength = "days"
        time = "since"
        [graph.behaviours.BROWSED]
        target = false
        """,
    )
    assert settings.graph == GraphSchema(
        user=UserRole("Big Reader", "card no"),
        item=ItemRole("Book", "isbn", text=("title", "blurb")),
        behaviours={
            "BORROWED BY": Behaviour(weight=2, strength="days", time="since"),
            "BROWSED": Behaviour(target=False),
        },
        knowledge=("WRITTEN_BY",),
        social=("FRIEND OF",),
    )
    assert msgspec.convert(msgspec.to_builtins(settings.graph), GraphSchema) == settings.graph


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("[trian]\n", "unknown key 'trian'", "'train'"),
        ("[train]\nepoch = 3\n", r"unknown key 'epoch' in \[train\]", "'epochs'"),
        ("[graph.user]\nlable = 'X'\n", r"unknown key 'lable' in \[graph.user\]", "'label'"),
        ("[graph.behaviours.RATED]\nstrenght = 'x'\n", "unknown key 'strenght'", "'strength'"),
        ("[train]\nepochs = 0\n", r"\[train\] epochs = 0", ""),
        ("[train]\nepochs = 'many'\n", r"\[train\] epochs = 'many'", ""),
        ("[train]\ndevice = 'tpu'\n", r"\[train\] device = 'tpu'", ""),
        ("[train]\ncontrastive = -0.1\n", r"\[train\] contrastive = -0\.1", ""),
        ("[train]\nadversarial = inf\n", r"\[train\] adversarial = inf", ""),
        ("[train]\nadversarial = nan\n", r"\[train\] adversarial = nan", ""),
        ("[split]\ntest = 1.0\n", r"\[split\] test = 1\.0: must be a number, below 1", ""),
        ("[graph.behaviours.RATED]\nweight = -1\n", r"\[graph\.behaviours\.RATED\] weight = -1: must be", ""),
        (
            "[graph.behaviours.A]\n[graph.behaviours.'B C']\nweight = 'x'\n",
            r"\.\"B C\"\] weight = 'x': must be a number, and",
            "inspect",
        ),
        ("[graph.behaviours.A]\ndislike = 1.0\n", r"toml: \[graph\.behaviours\.A\]: dislike needs strength", "inspect"),
        ("[graph.user]\nkey = []\n", r"\[graph\.user\]: key must name", ""),
        ("[content.weights]\nsmell = 1\n", "none of the allowed", "'text', 'image', 'audio'"),
        ("[train]\ndevice = 3\n", "device = 3: must be a text, and is a whole number", "'auto', 'cpu', 'cuda'"),
        ("[[recommend.boost]]\nwhere = 'x'\nadd = 200\n", r"boost\[0\]\] add = 200: must be a number, at most 100", ""),
        ("[graph]\nknowledge = 'ALL'\n", r"\[graph\] knowledge = 'ALL'", ""),
        ("[serve]\nupdate_every = 'often'\n", r"update_every = 'often': must be a number and s, m, h or d", ""),
        ("[serve]\ncors = ['https://a/']\n", r"cors\[0\] = 'https://a/': must be an origin as browsers send it", ""),
        ("[serve.filters]\n1a = 'true'\n", r"\[serve\.filters\]: the name '1a' must be a letter, and then", ""),
        (f"[database]\nindex_prefix = '{'a' * 65}'\n", "must be a text of at most 64 characters", ""),
        ("[train\n", "not valid TOML", ""),
    ],
)
def test_a_bad_file_is_refused_with_key_value_and_place(project: Path, text: str, said: str, hint: str):
    with pytest.raises(ConfigError, match=said) as caught:
        load(project, text)
    assert "graphrec.toml" in str(caught.value)
    assert hint in (caught.value.hint or "")


def test_what_a_pattern_allows_is_said_in_words():
    def walk(schema: Any) -> None:
        if isinstance(schema, dict):
            assert "pattern" not in schema or schema.get("description"), schema
        for part in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
            walk(part)

    walk(msgspec.json.schema(_File))


def test_a_named_file_that_is_missing(project: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GRAPHREC_CONFIG", str(project / "none.toml"))
    with pytest.raises(ConfigError, match=r"none\.toml: cannot be read"):
        load_settings()


def test_a_file_that_is_not_text(project: Path):
    (project / "graphrec.toml").write_bytes(b"[train]\nloss = '\xff\xfe'\n")
    with pytest.raises(ConfigError, match="not valid TOML"):
        load_settings()


def test_override(project: Path):
    settings = load(project, "[train]\nepochs = 3\nlr = 0.5\n")
    assert settings.override("train", epochs=None) is settings
    assert settings.override("train", epochs=9, seed=None).train == TrainSettings(epochs=9, lr=0.5)
    assert settings.train.epochs == 3
    with pytest.raises(ConfigError, match=r"\[train\].*epochs = -1"):
        settings.override("train", epochs=-1)


def test_settings_are_frozen(project: Path):
    with pytest.raises(AttributeError):
        load_settings().train.epochs = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("User", "User"), ("_x9", "_x9"), ("Big Reader", "`Big Reader`"), ("a`b", "`a``b`"), ("9x", "`9x`"), ("é", "`é`")],
)
def test_quoted(name: str, expected: str):
    assert quoted(name) == expected


@pytest.mark.parametrize("name", ["", "a\x00", "a\ud800"])
def test_names_that_cannot_stand_in_cypher(name: str):
    with pytest.raises(ConfigError, match="cannot be a label"):
        quoted(name)


NAMES = {"User": "`Big Reader`", "userId": "`card no`", "RATED": "BORROWED", "title": "heading"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("MATCH (u:User {userId: $userId})", "MATCH (u:`Big Reader` {`card no`: $userId})"),
        ("MATCH (u:User)-[r:RATED|BROWSED]->()", "MATCH (u:`Big Reader`)-[r:BORROWED|BROWSED]->()"),
        ("RETURN u.userId AS userId, i.title", "RETURN u.`card no` AS userId, i.heading"),
        ("RETURN {a: 1, title: i.title}", "RETURN {a: 1, heading: i.heading}"),
        ("WHERE NOT n:User AND n.title = 'User.title'", "WHERE NOT n:`Big Reader` AND n.heading = 'User.title'"),
        ("RETURN 'it\\'s :User' AS title", "RETURN 'it\\'s :User' AS title"),
        ("RETURN Useful.titles, UserId", "RETURN Useful.titles, UserId"),
    ],
)
def test_rename_touches_labels_types_and_properties_alone(query: str, expected: str):
    assert queries.rename(query, NAMES) == expected


def test_load_puts_the_mapping_in_and_nothing_else():
    schema = GraphSchema(user=UserRole("Big Reader", "card no"))
    text = queries.load("export/nodes", schema)
    assert "MATCH (u:`Big Reader`)" in text
    assert "u.`card no`" in text
    assert not text.startswith("//")
    assert queries.load("export/nodes") == queries.load("export/nodes", GraphSchema())
    assert "-[r:`BORN IN`]->" in queries.load("export/edges", HAS_GENRE="BORN IN")
    assert "-[r:SUNG_BY|`BORN IN`]->" in queries.load_types("export/edges", ["SUNG_BY", "BORN IN"])


def test_a_type_cannot_break_out_of_its_place():
    text = queries.load("export/edges", HAS_GENRE="X`]->(b) DETACH DELETE b //")
    assert "-[r:`X``]->(b) DETACH DELETE b //`]->" in text


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        ("emded", ["embed", "train"], "did you mean 'embed'?"),
        ("RATED", ["RATES", "RATE", "OTHER"], "did you mean 'RATE' or 'RATES'?"),
        ("zzz", ["b", "a", "a"], "known: a, b"),
        ("zzz", [f"n{n:02}" for n in range(13)], "known: " + ", ".join(f"n{n:02}" for n in range(12)) + ", …"),
        ("zzz", [], "there are none"),
    ],
)
def test_nearest(name: str, known: list[str], expected: str):
    assert nearest(name, known) == expected


def test_the_tree_of_errors_is_whole_and_all_leave_with_2():
    family = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, GraphrecError)]
    assert len(family) == 18
    for kind in family:
        assert kind.__name__ in (errors.__doc__ or "")
        assert kind("said", hint="do that").exit_code == 2
    assert str(ConfigError("said", hint="do that")) == "said\n  → do that"
    assert str(ConfigError("said")) == "said"


def test_a_wrong_verb(run):
    result = run("trian")
    assert result.exit_code == 2
    assert result.stderr == "error: no command 'trian'\n  → did you mean 'train'? graphrec --help lists them\n"
    assert result.stdout == ""


def test_an_error_of_ours_leaves_with_2_and_no_traceback(project: Path, run):
    (project / "graphrec.toml").write_text("[train]\nepoch = 3\n")
    result = run("runs")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert "unknown key 'epoch'" in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_a_wrong_option(run):
    result = run("inspect", "--wirte")
    assert result.exit_code == 2
    assert "--write" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("inspect", "--wirte"), "no such option '--wirte'. Did you mean '--write'?"),
        (("recommend", "anna", "-k", "0"), "invalid value for '-k': 0 is not in the range 1<=x<=1000000"),
        (("recommend", "anna", "bert"), "got unexpected extra argument (bert)"),
        (("explain", "anna"), "name a USER and an ITEM"),
        (("search",), "name one thing to look for: TEXT, --image FILE or --audio FILE"),
        (("search", " "), "TEXT is empty"),
        (("search", "--image", "none.png"), "invalid value for '--image': File 'none.png' does not exist"),
        (("embed", "--fusion", "sum"), "invalid value for '--fusion': 'sum' is not one of 'mean'"),
        (("quickstart", "--epochs", "x"), "invalid value for '--epochs': 'x' is not a whole number"),
        (("db", "starts"), "no such command 'starts'"),
        (("load", "atomc", "x"), "no source 'atomc'"),
        (("content", "report", "x"), "got unexpected extra argument (x)"),
    ],
)
def test_a_usage_error_looks_like_any_other(project: Path, run, arguments: tuple[str, ...], said: str):
    left = run(*arguments)
    assert (left.exit_code, left.stdout) == (2, "")
    message, step = left.stderr.splitlines()
    assert message.startswith(f"error: {said}")
    assert step.startswith("  → ")
    assert "--help" in step
    assert f"graphrec {arguments[0]}" in step


def test_without_a_command_there_is_help(run):
    left = run()
    assert left.exit_code == 2
    assert left.stderr.startswith("Usage: graphrec")
    assert "quickstart" in left.stderr


@pytest.mark.parametrize("verb", VERBS)
def test_every_command_explains_itself(run, verb: str):
    result = run(verb, "--help")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: graphrec {verb}")
    command = cli.get_command(None, verb)  # type: ignore[arg-type]
    assert command.name == verb
    assert command.help


def test_help_lists_every_command(run):
    result = run("--help")
    assert result.exit_code == 0
    for verb, what in VERBS.items():
        assert verb in result.stdout
        assert what.split()[0] in result.stdout


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one child")
def test_interrupted(project: Path):
    """A server that accepts and never answers: whoever waits for it presses Ctrl-C."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        uri = f"bolt://127.0.0.1:{server.getsockname()[1]}"
        command = [sys.executable, "-m", "graphrec", "inspect"]
        with subprocess.Popen(
            command, env=os.environ | {"NEO4J_URI": uri}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            connection, _ = server.accept()
            with connection:
                process.send_signal(signal.SIGINT)
                out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert (out, err.strip()) == ("", "interrupted")


def test_help_and_settings_import_no_torch_and_no_driver():
    code = (
        "import sys\nfrom graphrec.cli.main import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "import graphrec.config.settings\n"
        "heavy = {'torch', 'neo4j', 'pandas', 'numpy', 'transformers'} & set(sys.modules)\nassert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "role",
    [
        {"user": UserRole("Run")},
        {"user": UserRole(("Reader", "GraphrecLock"))},
        {"user": UserRole(key="embeddingA")},
        {"item": ItemRole(title="textVector")},
        {"item": ItemRole(text=("plot", "contentVector"))},
        {"item": ItemRole(image="imageHash")},
    ],
)
def test_names_that_graphrec_writes_cannot_be_mapped(role: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="is what graphrec itself writes"):
        GraphSchema(**role)
