"""Settings that have a new name: the old one works for a release, says so, and never stands beside the new one."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from graphrec.common.errors import ConfigError
from graphrec.config.renamed import RENAMED, with_new_keys
from graphrec.config.settings import ModelSettings, RecommendSettings, Settings, TrainSettings, load_settings
from graphrec.runs.run import Run

OLD = """
[model]
factors = false
short = 0.25
untried = 7

[train]
average = 0.5
contrast = 0.1
adversary = 0.2
epochs = 3

[recommend]
most = { HAS_GENRE = 3 }
"""


def read(folder: Path, text: str) -> Settings:
    file = folder / "graphrec.toml"
    file.write_text(text, encoding="utf-8")
    return load_settings(file)


def test_old_names_are_read_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings = read(tmp_path, OLD)
    assert settings.model == ModelSettings(als=False, short_profiles=0.25, cold_item_rank=7)
    assert settings.train == TrainSettings(ema=0.5, contrastive=0.1, adversarial=0.2, epochs=3)
    assert settings.recommend == RecommendSettings(max_per_entity={"HAS_GENRE": 3})
    said = caplog.messages
    assert len(said) == sum(map(len, RENAMED.values()))
    assert f"{tmp_path / 'graphrec.toml'}: [model] untried is called cold_item_rank now" in "\n".join(said)


def test_new_names_are_read_in_silence(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    text = OLD
    for renamed in RENAMED.values():
        for old, new in renamed.items():
            text = text.replace(f"{old} =", f"{new} =")
    new = read(tmp_path, text)
    assert not caplog.messages
    assert new == read(tmp_path, OLD)


def test_both_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\[model\] has both 'cold_item_rank' and 'untried'") as refused:
        read(tmp_path, "[model]\nuntried = 1\ncold_item_rank = 1\n")
    assert refused.value.hint == "remove 'untried' from [model]"


def test_every_new_name_is_a_setting() -> None:
    tables = {field.name: field.type for field in msgspec.structs.fields(Settings)}
    for table, renamed in RENAMED.items():
        known = {field.name for field in msgspec.structs.fields(tables[table])}
        assert set(renamed.values()) <= known
        assert not set(renamed) & known


def test_what_is_no_table_is_left_to_the_checks() -> None:
    assert with_new_keys({"model": 3}, "here") == {"model": 3}


def test_runs_of_the_last_release_are_read_in_silence(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    run = Run(tmp_path, {"settings": {"model": {"factors": False, "untried": 2}, "train": {"average": 0.9}}})
    assert run.table("model", ModelSettings) == ModelSettings(als=False, cold_item_rank=2)
    assert run.table("train", TrainSettings) == TrainSettings(ema=0.9)
    assert not caplog.messages
