"""A model of entailment is a classifier with a label for it; a tiny one, whose weights say what it says."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from graphrec.common.errors import EncoderError
from graphrec.config.settings import Settings, load_settings
from graphrec.grounding.entailment import open_entailment

judge = runpy.run_path(str(Path(__file__).parents[1] / "language" / "tiny.py"))["judge"]


def named(folder: Path) -> Settings:
    return load_settings().override("copy", entailment=str(folder))


def test_a_model_judges_by_its_label(tmp_path: Path):
    labels = ["contradiction", "ENTAILMENT", "neutral"]
    found = open_entailment(named(judge(tmp_path / "nli", labels)))
    others = [open_entailment(named(judge(tmp_path / str(n), labels[n:] + labels[:n]))) for n in (1, 2)]
    # The same weights: the labels' probabilities, in another order of names, sum to 1.
    total = sum(one("good film", "film") for one in (found, *others) if one is not None)
    assert total == pytest.approx(1, abs=1e-5)
    assert found is not None
    assert found("good film " * 40, "film") == 0, "more than the model reads is not judged"
    assert open_entailment(load_settings()) is None


def test_a_model_without_the_label_is_refused(tmp_path: Path):
    with pytest.raises(EncoderError, match="none of which is 'entailment'"):
        open_entailment(named(judge(tmp_path / "tone", ["negative", "positive"])))
    with pytest.raises(EncoderError):
        open_entailment(named(tmp_path / "nowhere"))
