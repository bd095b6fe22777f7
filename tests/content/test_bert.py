"""The BERT of a search: what it makes is what transformers makes, and models that it does not know are left to that."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertModel, BertTokenizer

from graphrec.common.errors import EncoderError
from graphrec.content.bert import BertEncoder
from graphrec.content.text import TextEncoder, open_for_search, open_text

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "the", "film", "about", "toys", "war", "love", "##s", "Ü"]
TEXTS = [
    "a film about toys",
    "THE naïve film, about Ü and 漢字 [SEP] wars",
    "",
    "<b>war</b> &amp; love",
    "love 😀 " * 300,
    "loves",
]


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A small BERT with random weights, saved as people save theirs."""
    folder = tmp_path / "tiny"
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=12,
    )  # fmt: skip
    model = BertModel(config)
    for value in model.state_dict().values():
        if value.is_floating_point():
            value.copy_(torch.randn(value.shape) * 0.3)
    model.save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(WORDS))
    BertTokenizer(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
    return folder


def change(file: Path, **values: object) -> None:
    """Change what a JSON file says."""
    file.write_text(json.dumps(json.loads(file.read_text()) | values))


def pool(folder: Path, mode: str, *modules: str) -> None:
    """Let a model's directory say how its states are pooled, and what follows."""
    (folder / "1_Pooling").mkdir(exist_ok=True)
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({f"pooling_mode_{mode}": True}))
    kinds = [{"type": f"sentence_transformers.models.{m}"} for m in ("Transformer", "Pooling", *modules)]
    (folder / "modules.json").write_text(json.dumps(kinds))


def assert_same(name: str, root: Path) -> None:
    quick, full = open_for_search(name, root), open_text(name, root)
    assert (type(quick), type(full)) == (BertEncoder, TextEncoder)
    assert (quick.name, quick.fingerprint, quick.dim, quick.max_length, quick.kind) == (
        full.name, full.fingerprint, full.dim, full.max_length, full.kind,
    )  # fmt: skip
    vectors = quick.encode(TEXTS)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, full.encode(TEXTS), atol=2e-6)
    assert not vectors[2].any()
    assert vectors[[0, 1, 3, 4, 5]].any(axis=1).all()


def test_the_packaged_model() -> None:
    assert_same("auto", Path())


@pytest.mark.parametrize("mode", ["mean_tokens", "cls_token"])
def test_a_directory(tiny: Path, mode: str) -> None:
    pool(tiny, mode)
    assert_same("tiny", tiny.parent)
    pool(tiny, mode, "Normalize")
    change(tiny / "tokenizer_config.json", model_max_length=8)
    prompts = {"prompts": {"query": "the film "}, "default_prompt_name": "query"}
    (tiny / "config_sentence_transformers.json").write_text(json.dumps(prompts))
    assert_same("tiny", tiny.parent)


def test_half_precision(tiny: Path) -> None:
    weights = {name: value.half() for name, value in load_file(tiny / "model.safetensors").items()}
    save_file(weights, tiny / "model.safetensors", {"format": "pt"})
    assert_same("tiny", tiny.parent)


@pytest.mark.parametrize(
    ("file", "key", "value"),
    [
        ("config.json", "hidden_act", "relu"),
        ("tokenizer_config.json", "do_lower_case", False),
        ("tokenizer_config.json", "strip_accents", True),
        ("tokenizer.json", "post_processor", None),
    ],
)
def test_what_is_set_up_in_another_way_is_left_to_transformers(tiny: Path, file: str, key: str, value: object) -> None:
    change(tiny / file, **{key: value})
    quick, full = open_for_search("tiny", tiny.parent), open_text("tiny", tiny.parent)
    assert type(quick) is TextEncoder
    np.testing.assert_array_equal(quick.encode(TEXTS), full.encode(TEXTS))


def test_other_poolings_and_weights_are_left_to_transformers(tiny: Path) -> None:
    pool(tiny, "max_tokens")
    assert type(open_for_search("tiny", tiny.parent)) is TextEncoder
    pool(tiny, "mean_tokens")
    weights = {f"bert.{name}": value for name, value in load_file(tiny / "model.safetensors").items()}
    save_file(weights, tiny / "model.safetensors", {"format": "pt"})
    assert type(open_for_search("tiny", tiny.parent)) is TextEncoder


def test_a_directory_that_lacks_weights(tiny: Path) -> None:
    weights = load_file(tiny / "model.safetensors")
    del weights["encoder.layer.1.output.dense.bias"]
    save_file(weights, tiny / "model.safetensors", {"format": "pt"})
    with pytest.raises(EncoderError, match=r"encoder\.layer\.1\.output\.dense\.bias"):
        open_for_search("tiny", tiny.parent)
