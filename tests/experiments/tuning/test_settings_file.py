"""graphrec.toml is changed where it must be; whatever else stands there stays."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from graphrec.common.errors import ConfigError
from graphrec.config.settings import Settings, load_settings
from graphrec.experiments.tuning.settings_file import changed, settings_file, write_settings

TEXT = """\
# Our shop.
[train]  # tried by hand
lr = 0.01   # fast
# the long one
epochs = 8

[content]
fusion = "weighted" # all three
weights = { text = 0.5, audio = 0.2 } # text first

[publish]
k = 5
"""


def test_comments_order_and_other_keys_stay():
    found = changed(TEXT, {"train.loss": "mse", "train.lr": 0.02, "model.dim": 128, "content.weights": {"text": 1.0}})
    assert found == (
        TEXT.replace("lr = 0.01", "lr = 0.02")
        .replace("epochs = 8\n", 'epochs = 8\nloss = "mse"\n')
        .replace("{ text = 0.5, audio = 0.2 }", "{text = 1.0}")
        + "\n[model]\ndim = 128\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "model = { dim = 3 }\ntrain.lr = 0.1",
        "[content.weights]\n# loud\ntext = 0.2\nimage = 0.8",
        "[graph.user]\nlabel = 'Reader'\n\n[train]\n",
    ],
)
def test_however_the_tables_are_written(text: str):
    changes = {"train.weight_decay": 1e-7, "model.dim": 64, "content.weights": {"text": 0.3, "audio": 0.7}}
    found, before = tomllib.loads(changed(text, changes)), tomllib.loads(text)
    assert found["train"]["weight_decay"] == 1e-7
    assert found["model"] == {"dim": 64}
    assert found["content"]["weights"] == {"text": 0.3, "audio": 0.7}
    assert found["train"].get("lr") == before.get("train", {}).get("lr")
    assert found.get("graph") == before.get("graph")


def test_line_ends_of_windows_stay():
    found = changed("[train]\r\nlr = 1 # high\r\n", {"train.lr": 0.1, "model.dim": 64})
    assert found == "[train]\r\nlr = 0.1 # high\r\n\r\n[model]\r\ndim = 64\r\n"


def test_a_file_is_made_where_there_is_none(settings: Settings):
    file = settings_file(settings)
    assert file == Path.cwd() / "graphrec.toml"
    write_settings(file, {"model.dim": 128})
    assert load_settings().model.dim == 128
    assert [path.name for path in Path.cwd().iterdir()] == ["graphrec.toml"]


def test_the_file_that_is_named_is_the_one_changed(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    other = tmp_path / "other.toml"
    other.write_text(TEXT)
    other.chmod(0o640)
    monkeypatch.setenv("GRAPHREC_CONFIG", str(other))
    write_settings(settings_file(load_settings()), {"train.lr": 0.5})
    assert other.read_text() == TEXT.replace("0.01", "0.5")
    assert other.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(("text", "message"), [("[train", "not valid TOML"), ("[train]\nspeed = 1", "speed")])
def test_a_file_that_is_broken_meanwhile_stays_as_it_is(text: str, message: str, tmp_path: Path):
    file = tmp_path / "graphrec.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=message):
        write_settings(file, {"train.lr": 0.5})
    assert file.read_text() == text
    assert list(tmp_path.iterdir()) == [file]
