"""Tone by lexicons, and by a tiny classifier."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphrec.common.errors import EncoderError, LibraryError
from graphrec.config.settings import Settings
from graphrec.language.chinese_tone import ChineseLexicon
from graphrec.language.tone import open_tone

Make = Callable[..., Settings]
BENCHMARK = Path(__file__).parents[1] / "benchmarks" / "tone.py"


def test_the_lexicons_on_labelled_sentences(project: Make):
    """Below what docs/language.md says, whose figures ``python tests/benchmarks/tone.py`` makes."""
    rows = runpy.run_path(str(BENCHMARK))["sentences"]()
    assert len(rows) == 200
    judged = open_tone(project()).judge([text for _, _, text in rows])
    for language, how, least in (("en", "lexicon vaderSentiment", 0.5), ("zh", "lexicon jionlp", 0.7)):
        found = [(tone, wanted) for tone, (of, wanted, _) in zip(judged, rows, strict=True) if of == language]
        assert {tone.how for tone, _ in found} == {how}
        assert all(-1 <= tone.score <= 1 for tone, _ in found)
        signs = {"positive": 1, "negative": -1}
        decided = [tone.score * signs[wanted] > 0 for tone, wanted in found if wanted in signs]
        assert sum(decided) / len(decided) > least


def test_negation_degree_and_but_in_chinese():
    score = ChineseLexicon().score
    assert score("好看") > 0 > score("不好看")
    assert score("非常好看") > score("好看") > score("有点好看") > 0
    assert score("不是不喜欢") > 0
    assert score("画面漂亮，但是故事无聊") < score("故事无聊，但是画面漂亮")
    assert score("好像是三号。") == score("") == 0
    assert -1 < score("烂片！" * 500) < -0.99


def test_texts_of_other_languages_have_no_tone(project: Make):
    found = open_tone(project()).judge(["とても良い映画でした", "Отличный фильм", "42 !!", ""])
    assert [(tone.score, tone.how) for tone in found] == [(None, "none")] * 4


def test_without_the_chinese_lexicon(project: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr("graphrec.language.chinese_tone._FILE", "jionlp/none.zip")
    judge = open_tone(project())
    assert judge.judge(["a good film"])[0].score > 0
    with pytest.raises(LibraryError, match="lexicon of jionlp cannot be read") as error:
        judge.judge(["好看"])
    assert "name a classifier in [language] tone" in str(error.value)


@pytest.mark.parametrize("labels", [["NEGATIVE", "Positive"], ["1 star", "5 stars"], ["负面", "中性", "正面"]])
def test_a_classifier_judges_by_its_labels(project: Make, tiny: Any, tmp_path: Path, labels: list[str]):
    import torch
    from transformers import BertForSequenceClassification, BertTokenizerFast

    folder = tiny.judge(tmp_path / "judge", labels)
    texts = ["good film", "bad bad", "film " * 100]
    found = open_tone(project(tone="judge")).judge(texts)
    assert {tone.how for tone in found} == {"model judge"}
    model, tokenizer = BertForSequenceClassification.from_pretrained(folder), BertTokenizerFast.from_pretrained(folder)
    inputs = tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
    with torch.inference_mode():
        likely = model(**inputs).logits.softmax(-1)
    wanted = (likely[:, -1] - likely[:, 0]).tolist()
    assert [tone.score for tone in found] == pytest.approx(wanted, abs=1e-5)
    assert max(wanted) - min(wanted) > 0.01


@pytest.mark.parametrize(
    ("labels", "said"),
    [(["LABEL_0", "LABEL_1"], "its label 'LABEL_0' says no tone"), (["neutral", "mixed"], "do not differ in tone")],
)
def test_labels_that_say_no_tone_are_refused(project: Make, tiny: Any, tmp_path: Path, labels: list[str], said: str):
    tiny.judge(tmp_path / "judge", labels)
    with pytest.raises(EncoderError, match=said) as error:
        open_tone(project(tone="judge"))
    assert "id2label" in str(error.value)
