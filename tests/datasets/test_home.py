"""The generated home: the same for the same seed, with the habits that it claims, in tables that can be loaded."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from graphrec.common.errors import InputError
from graphrec.config.toml_file import read_toml
from graphrec.datasets.home import Home, write_home
from graphrec.datasets.home.catalogue import DOOR, SCENES
from graphrec_etl.rejects import Rejects
from graphrec_etl.tables import transform


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return write_home(tmp_path_factory.mktemp("made") / "home")


def test_the_same_seed_gives_the_same_files(home: Home, tmp_path: Path) -> None:
    for name, seed in (("same", 0), ("other", 1)):
        write_home(tmp_path / name, seed=seed)
    logs = [(folder / "log.csv").read_bytes() for folder in (home.folder, tmp_path / "same", tmp_path / "other")]
    assert logs[0] == logs[1] != logs[2]
    (tmp_path / "same" / "graphrec.toml").write_text("[train]\nepochs = 1\n", encoding="utf-8")
    write_home(tmp_path / "same")
    assert read_toml(tmp_path / "same" / "graphrec.toml") == {"train": {"epochs": 1}}, "the owner's"


def test_the_habits_are_in_the_log(home: Home) -> None:
    assert {habit.resident for habit in home.habits} == {"mei", "jonas"}
    for habit in home.habits:
        near = [
            event.scene
            for event in home.events
            if event.resident == habit.resident
            and abs(event.at.hour + event.at.minute / 60 - habit.hour) < 0.75
            and event.at.weekday() in habit.days
            and habit.presence in ("", event.presence)
            and habit.weather in ("", event.weather)
        ]
        scenes = Counter(scene for scene in near if scene not in DOOR)
        assert scenes.most_common(1)[0][0] == habit.scene, habit
    apart = {(habit.slot, habit.scene) for habit in home.habits}
    assert len(apart) == len(home.habits), "the two share none"
    assert json.loads((home.folder / "habits.json").read_text(encoding="utf-8"))[0]["scene"] == home.habits[0].scene


def test_the_tables_can_be_loaded(home: Home) -> None:
    tables = transform(home.folder / "home.toml", Rejects())
    assert len(tables.items) == len(SCENES)
    assert len(tables.users) == 2
    assert "温馨" in tables.items.properties[0]["description"]


def test_what_cannot_be_made(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="0 weeks"):
        write_home(tmp_path, weeks=0)
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be written"):
        write_home(tmp_path / "file" / "home")


def test_as_a_program(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "graphrec.datasets.home", "home", "--weeks", "1", "--homes", "2"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "of 4 residents; load them: graphrec load tables home/home.toml" in done.stderr
    assert "mei2" in (tmp_path / "home" / "residents.csv").read_text(encoding="utf-8")
